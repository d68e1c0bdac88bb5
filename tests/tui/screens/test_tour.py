"""The guided tour: nine steps on the running desk that press nothing and hide nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask
from engine.config import DeskConfig
from tests.support import sample_snapshots as desks
from tests.support.screen_text import texts
from tui.actions.keymap import build
from tui.cli.run import is_first_start
from tui.pane_numbers import BALANCES
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import text_of, wrapped
from tui.viewmodel.tour import OFFERED, STEPS, TEXT_ROWS, card, rows
from tui.viewmodel.view import View

KEYS = build({})


def everything(snapshot):
    """The same with the longest figures that there are."""
    totals = replace(
        snapshot.totals, floor_c=-123_456_789_00, fills=1_234_567, completions=1_234_567,
        unhedged=123_456, orders_today=1_234_567,
    )  # fmt: skip
    gates = "the broker cannot be reached, and so nothing new is entered before it can be"
    rows = tuple(
        replace(t, key=f"BRKB{n:04} 2029-12-21", symbol="BRKB12", gate="LINK", gate_text=gates)
        for n, t in enumerate(snapshot.traders)
    )
    return replace(snapshot, totals=totals, traders=rows)


@pytest.mark.parametrize("number", range(1, len(STEPS) + 1))
def test_the_words_of_every_step_fit_whatever_the_figures_are(number: int) -> None:
    assert len(STEPS) == 9
    for snapshot in (desks.normal(), everything(desks.troubled())):
        view = View(snapshot, ScreenState(), UNICODE)
        view.state.keys[1] = [t.key for t in snapshot.traders]
        view.state.selection(1).select(snapshot.traders[0].key)
        view.state.tour_at(number)
        words = STEPS[number - 1].words(view, KEYS)
        for width, most in ((80, TEXT_ROWS), (120, TEXT_ROWS - 1), (200, TEXT_ROWS - 1)):
            assert len(wrapped(words, width - 4 if width >= 120 else width - 3, "")) <= most, words
            high = rows(view, "main", width)
            lines = list(map(text_of, card(view, KEYS, width, high)))
            shown = " ".join(lines[: TEXT_ROWS + 1])
            assert f"TOUR {number} of 9" in shown and "Esc leave" in shown
            assert words.split()[-1] in shown and ("…" not in shown or number == 4)


def test_values_of_a_step_are_those_of_the_desk() -> None:
    snapshot = desks.normal()
    for number, value in ((1, "240 debits"), (3, "+93 dollars"), (8, "841 so far")):
        state = ScreenState()
        state.tour_at(number)
        lines = card(View(snapshot, state, UNICODE), KEYS, 120, TEXT_ROWS + 1)
        assert value in " ".join(" ".join(map(text_of, lines)).split())


async def test_nine_steps_forth_and_back_and_away_without_pressing_anything(open_app) -> None:
    app, desk = open_app(desks.normal())
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("3", "plus")
        for number, step in enumerate(STEPS, 1):
            await pilot.press("N")
            assert f"TOUR {number} of 9: {step.title}" in texts(app, "banner")[0]
            assert app.place == step.place
            assert "KILL" in texts(app, "footer")[-1] and "ALM" in texts(app, "header")[0]
        await pilot.press("B")
        assert "TOUR 8 of 9" in texts(app, "banner")[0] and app.place == "day"
        await pilot.press("N", "N")
        assert (app.place, app.state.tour) == ("main", None)
        assert "begins it again" in texts(app, "status")[0]
        for number in range(1, len(STEPS) + 1):
            app.state.tour_at(number - 1)
            await pilot.press("N", "escape")
            assert (app.place, app.state.tour) == ("main", None), number
        await pilot.press("N", "N")
        assert app.state.pane == BALANCES
        assert texts(app, "balances")[0].startswith("─▸ 3 CHAIN BALANCES")
        await pilot.press("N", "N", "enter")
        assert app.place == "detail" and "TOUR 4 of 9" in texts(app, "banner")[0]
        await pilot.press("escape")
        assert app.place == "main" and "TOUR 4 of 9" in texts(app, "banner")[0]
        await pilot.press("question_mark")
        assert "TOUR 4 of 9" in texts(app, "banner")[0]
        await pilot.press("escape", "p")
        asked = [ask for ask in desk.asks() if ask is not Ask.WATCH]
        assert asked == [Ask.PAUSE], "keys do what they always do, and no step presses one"
        await pilot.press("ctrl+k")
        assert desk.asks()[-1] is Ask.KILL
        assert "KILL" in texts(app, "banner")[0] and "TOUR" not in texts(app, "banner")[0]


async def test_an_alarm_that_wants_an_answer_is_in_every_step(open_app) -> None:
    app, desk = open_app(desks.troubled())
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in STEPS:
            await pilot.press("N")
            card_rows = texts(app, "banner")
            assert len(card_rows) == TEXT_ROWS + 2 and "UNHEDGED" in card_rows[-1]
    assert desk.asks() == []


async def test_it_is_offered_where_there_is_nothing_else_and_taken_away_by_esc(open_app) -> None:
    app, desk = open_app(desks.warming())
    app.state.tour_at(OFFERED)
    async with app.run_test(size=(80, 24)) as pilot:
        assert not app.query_one("#banner").display, "the warm-up is over first"
        desk.now = desks.normal()
        app.look()
        await pilot.pause()
        assert "NEW HERE?" in texts(app, "banner")[0]
        await pilot.press("b")
        assert not app.screen.query_one("#banner").display
        await pilot.press("escape")
        assert "NEW HERE?" in texts(app, "banner")[0]
        await pilot.press("N")
        assert "TOUR 1 of 9" in texts(app, "banner")[0]
        await pilot.press("escape")
        assert app.state.tour is None
        app.state.tour_at(OFFERED)
        app.look()
        await pilot.press("escape")
        assert app.state.tour is None and not app.query_one("#banner").display


@pytest.mark.parametrize("mode", ["SIM", "PAPER", "LIVE"])
def test_only_the_first_start_of_a_simulated_desk_offers_it(mode, tmp_path) -> None:
    config = DeskConfig.model_validate({"mode": mode, "state_dir": tmp_path})
    assert is_first_start(config) is (mode == "SIM")
    run = tmp_path / "paper" / "runs" / "p1"
    run.mkdir(parents=True)
    (run / "journal.db").write_bytes(b"")
    assert not is_first_start(config)
