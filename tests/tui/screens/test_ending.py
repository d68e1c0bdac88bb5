"""The end of a desk on its screen: what it waits for, and what a second request gives up."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.snapshot import EndingView, EngineState
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts
from tui.screens.prompt import LiveQuitDialog, QuitDialog

COMPLETING = EndingView(left_s=14.2, orders=2, units=1, ends=None, difference="")
ASKING = EndingView(
    left_s=11.8, orders=0, units=0, ends=3, difference="AAPL 180C: book +1, broker +0"
)


def ends(snapshot, ending):
    return replace(snapshot, state=EngineState.DRAINING, ending=ending, version=99)


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (COMPLETING, "ending: 2 orders at work, 1 unit to complete; at most 14 s more"),
        (
            ASKING,
            "ending: 3 ended orders asked about again, may have filled; book and broker differ: "
            "AAPL 180C: book +1, broker +0; at most 12 s more",
        ),
    ],
)
async def test_the_status_line_says_what_an_end_waits_for_and_how_long(open_app, ending, words):
    app, desk = open_app()
    desk.ends.clear()
    async with app.run_test(size=(160, 40)) as pilot:
        app.leave(drain=True)
        assert "the screen ends when book and broker are compared" in texts(app, "status")[0]
        desk.now = ends(desk.now, ending)
        app.look()
        await pilot.pause()
        assert texts(app, "status")[0].strip() == words
        desk.ends.set()


@pytest.mark.parametrize(
    ("ending", "words"),
    [
        (COMPLETING, "completing orders get no more time; 1 open unit parked and kept"),
        (ASKING, "3 ended orders asked about again, may have filled"),
    ],
)
async def test_a_second_quit_says_what_it_gives_up_before_it_does(open_app, ending, words):
    app, desk = open_app(ends(desks.normal(), ending))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
        assert isinstance(app.screen, QuitDialog)
        box = app.screen.query_one("#question")
        shown = " ".join(" ".join(box.render_line(y).text.split()) for y in range(box.size.height))
        assert words in shown
        assert "Esc go on waiting" in shown
        await pilot.press("escape")
        assert desk.stops == []
        await pilot.press("q", "c")
        assert app.bridge.wait(5)
    assert desk.stops == [False]


async def test_a_live_desk_gives_up_waiting_only_by_a_typed_word(open_app):
    app, desk = open_app(ends(desks.live(), ASKING))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
        assert isinstance(app.screen, LiveQuitDialog)
        await pilot.press("c", "enter")
        assert desk.stops == []
        await pilot.press("q", *"cancel", "enter")
        assert app.bridge.wait(5)
    assert desk.stops == [False]
