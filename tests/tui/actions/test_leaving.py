"""Quitting asks first, says what becomes of the desk, and ends with its last sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.snapshot import EngineState
from tests.support import sample_snapshots as desks
from tui.screens.prompt import QuitDialog


@pytest.mark.parametrize("key", ["q", "ctrl+q", "ctrl+c"])
async def test_quit_asks_first_and_escape_goes_on_trading(open_app, key):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(key)
        assert isinstance(app.screen, QuitDialog)
        await pilot.press("enter", "space", "y")
        assert isinstance(app.screen, QuitDialog)
        await pilot.press("escape")
        assert app.is_running
        assert desk.stops == []


@pytest.mark.parametrize("make", [desks.normal, desks.live])
@pytest.mark.parametrize("size", [(40, 16), (60, 20), (80, 24)])
async def test_no_word_of_the_quit_dialog_is_cut_on_a_narrow_terminal(open_app, make, size):
    app, _ = open_app(make())
    async with app.run_test(size=(200, 60)) as pilot:
        await pilot.press("q")
        await pilot.resize_terminal(*size)
        await pilot.pause()
        box = app.screen.query_one("#question")
        assert box.region.right < size[0]
        shown = " ".join(" ".join(box.render_line(y).text.split()) for y in range(box.size.height))
        assert "at most 20 s more, then cancel and verify; open units are parked and kept" in shown
        assert "cancel every engine order now and verify, then quit" in shown
        assert "Esc go on trading" in shown


@pytest.mark.parametrize("make", [desks.normal, desks.live])
async def test_after_the_end_quitting_offers_no_trading_to_go_on_with(open_app, make):
    app, desk = open_app(replace(make(), state=EngineState.ENDED))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q")
        box = app.screen.query_one("#question")
        shown = " ".join(box.render_line(y).text for y in range(box.size.height))
        assert "the session has ended" in shown and "stay and look" in shown
        assert "trading" not in shown and "debits" not in shown
        await pilot.press("escape")
        assert app.is_running and desk.stops == []


@pytest.mark.parametrize(("key", "drain"), [("d", True), ("c", False)])
async def test_leaving_settles_the_desk_and_ends_with_its_last_sentence(open_app, key, drain):
    app, desk = open_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("q", key)
        assert app.bridge.wait(120)
        app.look()
        await pilot.pause()
    assert desk.stops == [drain]
    assert app.return_value == "settled: book == broker, 0 working"
