"""Every screen and dialog in every state and size, as text; every change is looked at by eye.

`pytest -n0 --snapshot-update` writes the files in `pictures/` anew, a file a screen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from textual.containers import Vertical
from textual.pilot import Pilot

from engine.config import settings_in
from engine.snapshot import EngineSnapshot
from tests.support import sample_days as days
from tests.support import sample_snapshots as desks
from tests.support.every_list import everything
from tests.support.held_positions import positions
from tests.support.screen_pictures import Picture, picture_of, read, written
from tests.tui.viewmodel.test_nothing import empty
from tui.actions.registry import ACTIONS
from tui.app import DeskApp
from tui.screens.base import DeskScreen

FOLDER = Path(__file__).parent / "pictures"
SIZES = [(80, 24), (120, 40), (200, 60)]


def alarm() -> EngineSnapshot:
    return replace(everything(), day=days.over_its_day().day)


def normal() -> EngineSnapshot:
    return replace(days.with_detail(days.over_its_day()), positions=positions())


def killed() -> EngineSnapshot:
    now = desks.killed()
    return replace(alarm(), traders=now.traders, state=now.state, totals=now.totals)


STATES: dict[str, tuple[Callable[[], EngineSnapshot], dict[str, Any]]] = {
    "alarm": (alarm, {}),
    "normal": (normal, {}),
    "empty": (empty, {}),
    "killed": (killed, {}),
    "no-colour": (alarm, {"environment": {"NO_COLOR": "1"}}),
    "ascii": (alarm, {"ascii_only": True}),
    "light": (alarm, {"theme": "light"}),
}
"""The first is the one the others are compared with."""

SCREENS: dict[str, tuple[str, ...]] = {
    "main": (),
    "detail": ("enter",),
    "review": ("e",),
    "units": ("h",),
    "blotter": ("b",),
    "alarms": ("l",),
    "events": ("l", "v"),
    "report": ("t",),
    "day": ("D",),
    "config": ("c",),
    "positions": ("i",),
    "contracts": ("i", "v"),
    "connection": ("C",),
    "help": ("question_mark",),
    "words": ("question_mark", "tab"),
    "quit": ("q",),
    "theme": ("T",),
    "filter": ("slash",),
    "columns": ("V",),
    "take": ("Y",),
    "reject": ("e", "n"),
}
"""The keys that lead to each screen and dialog from the main screen."""

MOST_LEVELS = 4
"""Screens and dialogs that may be over the main screen."""

DIALOGS = ("quit", "theme", "filter", "columns", "take", "reject")
"""They are no larger on the largest terminal. Palette and command line have pictures of their own."""

FROM_ANY = frozenset(SCREENS) - {"main", "detail", "help", "words", *DIALOGS}
"""Screens that open from any other: the main screen need not be drawn between them."""


@pytest.fixture
def few_settings(monkeypatch):
    """Settings of two kinds and few keys: the screen stays, however many others there will be."""

    def some(config):
        return [each for each in settings_in(config) if each[0].startswith(("mode", "timing."))]

    monkeypatch.setattr("tui.viewmodel.settings.settings_in", some)
    monkeypatch.setattr("tui.viewmodel.settings.ACTIONS", ACTIONS[:3])


def shown(app: DeskApp) -> Picture:
    if isinstance(app.screen, DeskScreen):
        return picture_of(app)
    return picture_of(app, app.screen.query_one(Vertical).region)


async def back_to_main(app: DeskApp, pilot: Pilot[Any]) -> None:
    for _ in range(MOST_LEVELS):
        if app.place == "main":
            return
        await pilot.press("escape")
    assert app.place == "main"


def changes(kept: dict[str, Picture], now: dict[str, Picture]) -> list[str]:
    """The first row of each size that differs, as it was and as it is; or that its styles do."""
    found = []
    for size, picture in now.items():
        before = kept.get(size, Picture((), ()))
        rows = zip_longest(before.rows, picture.rows, before.styles, picture.styles)
        for y, (was, is_now, *styles) in enumerate(rows):
            if was != is_now:
                found.append(f"{size} row {y}\n  was {was}\n  is  {is_now}")
                break
            if styles[0] != styles[1]:
                found.append(f"{size} row {y}, its styles\n  was {styles[0]}\n  is  {styles[1]}")
                break
    return found


@pytest.mark.parametrize("state", STATES)
async def test_every_screen_looks_as_it_did(open_app, monkeypatch, few_settings, request, state):
    make, options = STATES[state]
    for name, value in options.get("environment", {}).items():
        monkeypatch.setenv(name, value)
    app, _ = open_app(make(), **options)
    taken: dict[str, dict[str, Picture]] = {name: {} for name in SCREENS}
    async with app.run_test(size=SIZES[0]) as pilot:
        for size in SIZES:
            if size != SIZES[0]:
                await pilot.resize_terminal(*size)
            for name, keys in SCREENS.items():
                if name in DIALOGS and size == SIZES[-1]:
                    continue
                if name not in FROM_ANY:
                    await back_to_main(app, pilot)
                await pilot.press(*keys)
                taken[name]["{}x{}".format(*size)] = shown(app)
            await back_to_main(app, pilot)
    differ: list[str] = []
    for name, pictures in taken.items():
        path = FOLDER / f"{name}.txt"
        kept = read(path.read_text(encoding="utf-8")) if path.exists() else {}
        if kept.get(state) == pictures:
            continue
        if request.config.option.update_snapshots:
            FOLDER.mkdir(exist_ok=True)
            kept[state] = pictures
            path.write_text(written({s: kept[s] for s in STATES if s in kept}), encoding="utf-8")
        else:
            differ += [f"{name}: {each}" for each in changes(kept.get(state, {}), pictures)]
    assert not differ, "\n".join(differ)
