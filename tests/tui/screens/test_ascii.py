"""With --ascii no cell of any screen holds anything else: frames, plots and dialogs included."""

from __future__ import annotations

import html
import re
from dataclasses import replace

import pytest

from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.held_positions import with_positions
from tui.app import DeskApp

KEYS = {
    "detail": ["enter", "plus"],
    "review": ["e"],
    "units": ["h"],
    "blotter": ["b"],
    "report": ["t"],
    "configuration": ["c"],
    "log": ["l"],
    "positions": ["i", "plus"],
    "help": ["question_mark"],
    "quit": ["q"],
    "theme": ["T"],
    "filter": ["slash"],
    "palette": ["ctrl+p"],
    "command": ["colon", "p"],
    "reject": ["e", "n"],
    "main": [],
}


def cells(app: DeskApp) -> str:
    """Every character on the terminal."""
    svg = app.export_screenshot(simplify=True)
    return html.unescape(re.sub(r"<style>.*?</style>|<[^>]+>", "", svg, flags=re.S))


@pytest.mark.parametrize("name", KEYS)
async def test_no_cell_of_any_screen_is_above_tilde(open_app, name):
    held = with_positions(desks.troubled())
    app, desk = open_app(held, ascii_only=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press(*KEYS[name])
        about = {t.key: t for t in held.traders}.get(app.state.detail, held.traders[0])
        desk.now = replace(held, detail=views.detail_of(about), version=held.version + 1)
        for _ in range(4):  # a curve is drawn anew at every fourth look
            app.look()
        await pilot.pause()
        assert not {character for character in cells(app) if ord(character) > 0x7E} - {"\xa0"}
