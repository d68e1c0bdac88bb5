"""The session screen: its keys, and how it looks; every change is looked at by eye."""

from __future__ import annotations

import pytest

from tests.support import sample_days as days
from tests.support.held_positions import with_positions
from tests.support.screen_text import whole as drawn
from tui.pane_numbers import FIGURES, TIME

CASES = {
    "80x24": ((80, 24), {}, ["D", *["left"] * 29]),
    "120x40": ((120, 40), {}, ["D", "shift+left"]),
    "ascii-120x40": ((120, 40), {"LEGDESK_ASCII": "1"}, ["D", "left"]),
    "main-200x60": ((200, 60), {}, []),
    "detail-120x40": ((120, 40), {}, ["enter", "left", "left"]),
    "detail-80x24": ((80, 24), {}, ["enter", "G"]),
}


@pytest.mark.parametrize("name", CASES)
def test_the_session_looks_as_it_did(snap_compare, open_app, monkeypatch, name):
    size, environment, keys = CASES[name]
    for key, value in environment.items():
        monkeypatch.setenv(key, value)
    found = days.over_its_day()
    app, _ = open_app(days.with_detail(found), environment=environment)
    assert snap_compare(app, terminal_size=size, press=keys)


async def test_the_report_and_its_plots_are_two_pages_of_one_session(open_app):
    app, _ = open_app(days.over_its_day())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t")
        assert app.place == "report" and "Tab over its time" in drawn(app)
        await pilot.press("tab")
        assert app.place == "day"
        await pilot.press("tab")
        assert app.place == "report"
        await pilot.press("D", "escape")
        assert app.place == "main"


async def test_other_lists_move_no_cursor_of_the_session(open_app):
    app, _ = open_app(with_positions(days.over_its_day()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("i", "j", "j", "h", "j", "c", "j", "D")
        assert app.state.selected(TIME) == "now" and "10:42:17 ET" in drawn(app)


async def test_left_and_right_read_other_minutes_and_j_draws_another_figure(open_app):
    app, _ = open_app(days.over_its_day())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("D")
        assert "10:42:17 ET" in drawn(app)
        await pilot.press("left", "left", "shift+left", "right")
        assert app.state.selected(TIME) != "now" and "10:27:00 ET" in drawn(app)
        await pilot.press("j", "j")
        assert app.state.selected(FIGURES) == "unhedged" and "unhedged $" in drawn(app)
        await pilot.press("shift+right", "shift+right")
        assert "10:42:17 ET" in drawn(app)
