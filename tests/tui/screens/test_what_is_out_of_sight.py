"""A pane that shows a part of its rows says which part, also where it has no frame below."""

from __future__ import annotations

import pytest

from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tests.support.screen_text import texts
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of
from tui.viewmodel import alarms
from tui.viewmodel.view import View

LONG = desks.normal(
    events=views.events() * 12,
    alarms=tuple(views.alarm(n, 1, where=f"Q{n:02d} 20DEC24") for n in range(1, 50)),
)


@pytest.mark.parametrize(("key", "pane"), [("2", "phase"), ("6", "alarms"), ("8", "events")])
async def test_a_zoomed_pane_without_a_frame_below_tells_its_rows_in_the_title(open_app, key, pane):
    app, _ = open_app(LONG)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key, "plus")
        shown = texts(app, pane)
        assert " 1-" in shown[0] and " of " in shown[0].partition(" 1-")[2]


async def test_six_alarms_of_which_four_fit_say_so(open_app):
    rows = tuple(views.alarm(n, where=f"Q{n:02d} 20DEC24") for n in range(1, 7))
    app, _ = open_app(desks.normal(alarms=rows))
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("6")
        shown = texts(app, "alarms")
        seen = sum("QUOTES STALE" in row for row in shown)
        assert seen < 6
        assert f"1-{seen} of 6" in shown[-1]


def test_a_cleared_alarm_names_its_object_and_asks_for_nothing() -> None:
    over = views.alarm(
        1, 1, "cleared", "UNHEDGED", where="SPY 2024-12-20/173",
        response="watch the ladder; decide in the open units (h) from H5 on", stands_s=views.NOW - 9,
    )  # fmt: skip
    view = View(desks.normal(), ScreenState(), UNICODE)
    row = text_of(alarms.line(over, view, 78))
    assert "SPY 20DEC24/173" in row and "watch the ladder" not in row
    told = " ".join(text_of(line) for line in alarms.in_full(over, 110))
    assert "holds" not in told
    assert "cleared, held last from 10:42:08, raised at 10:41:54" in told
