"""Visitors of one page look at things of their own on a desk that looks at neither."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest
from rich.segment import Segment

from engine.config import DeskConfig
from engine.observers.client import Found, ObservedDesk
from tests.support.desks import places_of, simulated
from tests.tui.web.test_web_screens import opened, until
from tui.theme.loading import load_themes
from tui.theme.theme import STYLE_RULES
from tui.web.server import WebScreens
from tui.web.visitor import VisitorApp, _runs


async def test_two_visitors_look_at_two_traders_of_a_running_desk(tmp_path: Path) -> None:
    desk = simulated(until=time(9, 45), run_dir=tmp_path, speed=1.0)
    folder = places_of(desk).folder
    observed = ObservedDesk(lambda before: Found(folder), "")
    observed.start()
    desk.start()
    assert observed.wait(60)
    screens = WebScreens(
        lambda: VisitorApp(observed, DeskConfig(), environment={}), "the-token", lambda: "word"
    )
    address = await screens.open()
    async with opened(address) as first, opened(address) as second:
        shown = []
        for page, moves in ((first, 1), (second, 4)):
            rows: dict[int, str] = {}
            await page.send('{"size": [120, 40]}')
            await until(page, lambda text: "1 TRADERS 6" in text, rows)
            for _ in range(moves):
                await page.send('{"key": "down"}')
            await page.send('{"key": "enter"}')
            text = await until(page, lambda text: "GATES" in text and "FILL RATE" in text, rows)
            shown.append(next(line for line in text.splitlines() if "TRADER " in line))
        assert shown[0].split("─")[1] != shown[1].split("─")[1]
        assert desk.observers is not None
        assert {look.name for look in desk.observers.looked_at()[1]} < set(desk.executor.traders)
    assert desk.snapshot().detail is None and not desk.snapshot().tickets
    await screens.close()
    desk.stop()
    observed.stop()


@pytest.mark.parametrize("without_colour", [False, True])
@pytest.mark.parametrize("name", sorted(load_themes().themes))
def test_what_a_terminal_tells_apart_the_page_tells_apart(name: str, without_colour: bool) -> None:
    """Without hue an alarm is told by its underline: the page showed P3 as any other text."""
    theme = load_themes().named(name)
    theme = theme.without_colour() if without_colour else theme
    styles = {theme.style(rule) for rule in STYLE_RULES}
    looks = {_runs([Segment("text", style)])[0][2:] for style in styles}
    assert len(looks) == len(styles)
