"""A pane without rows says why, in every state that empties it, and what would fill it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from engine.snapshot import EngineSnapshot, EngineState, PositionsView
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views
from tui.layout import plan
from tui.pane_numbers import CONTRACTS, PAIRS
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.text.lines import Line, text_of
from tui.viewmodel import day, detail, nothing, orders, pages, positions, units
from tui.viewmodel.frame import Box
from tui.viewmodel.nothing import EMPTY, Cause, cause, sentence
from tui.viewmodel.panes import PANES
from tui.viewmodel.phase import rate_lines
from tui.viewmodel.view import View
from tui.widgets.plot import ASKED, CurvePlot

NOTHING_HELD = PositionsView((), 0, (), (), (), 0, 0, 0, "", ((), ()), None)


def empty(**changes: Any) -> EngineSnapshot:
    """A desk with no row in any pane."""
    nothing_listed = dict.fromkeys(
        ("traders", "balances", "orders", "events", "recommendations", "alarms", "sizes", "hours",
         "delays", "units"),
        (),
    )  # fmt: skip
    return desks.normal(**{**nothing_listed, "positions": NOTHING_HELD, **changes})


CLOSED = replace(views.phase(), name="CLOSED", next_name="", entries_open=False)
LINK_DOWN = replace(desks.paper().connection, connected=False)
FAILED = replace(desks.troubled().alarms[0], code="JOURNAL", state="acked")

STATES: dict[str, tuple[Callable[[], EngineSnapshot], float, Cause, str]] = {
    "empty": (empty, 0.0, Cause.NONE, ""),
    "loading": (
        lambda: empty(state=EngineState.STARTING), 0.0, Cause.STARTING, "has not begun",
    ),
    "closed market": (lambda: empty(phase=CLOSED), 0.0, Cause.CLOSED, "in CLOSED"),
    "disconnected": (
        lambda: empty(connection=LINK_DOWN), 0.0, Cause.DISCONNECTED, "cannot be reached",
    ),
    "silent": (empty, 12.0, Cause.SILENT, "has said nothing for 12s"),
    "refused: killed": (
        lambda: empty(state=EngineState.KILLED), 0.0, Cause.KILLED, "kill is latched",
    ),
    "refused: halted": (
        lambda: empty(state=EngineState.HALTED), 0.0, Cause.HALTED, "entries are halted",
    ),
    "refused: limit": (
        lambda: empty(state=EngineState.EXIT_ONLY), 0.0, Cause.EXIT_ONLY, "complete and close",
    ),
    "refused: unarmed": (
        lambda: empty(connection=replace(LINK_DOWN, connected=True, unarmed=True)),
        0.0, Cause.UNARMED, "not armed",
    ),
    "error": (lambda: empty(alarms=(FAILED,)), 0.0, Cause.FAILED, "has failed"),
    "ending": (lambda: empty(state=EngineState.DRAINING), 0.0, Cause.ENDING, "is ending"),
    "ended": (lambda: empty(state=EngineState.ENDED), 0.0, Cause.ENDED, "session has ended"),
    "past": (lambda: empty(past="demo-7"), 0.0, Cause.PAST, "journal of this run has none"),
}  # fmt: skip


def of_positions(pane: int) -> Callable[[View, Box], list[Line]]:
    def draw(view: View, box: Box) -> list[Line]:
        view.state.focus(pane)
        return positions.list_pane(view, box)

    return draw


TRADER = views.calm_traders()[0]

DRAWN: dict[str, Callable[[View, Box], list[Line]]] = {
    **{name: draw for name, (_, draw) in PANES.items() if name in EMPTY},
    "units": units.units_pane,
    "pairs": of_positions(PAIRS),
    "contracts": of_positions(CONTRACTS),
    "day": lambda view, box: day.session_lines(view, box.width, box.height),
    "attempts": lambda view, box: rate_lines("FILL RATE BY HOUR", (), box.width, view),
    "detail": lambda view, box: detail.lines(TRADER, None, view, box.width),
    "chosen": lambda view, box: positions.chosen_lines(view, box.width),
}


def view_of(state: str) -> View:
    make, silent_s, _, _ = STATES[state]
    screen = ScreenState()
    screen.heard(silent_s, 0.0)
    return View(make(), screen, UNICODE)


def shown(lines: list[Line]) -> str:
    return " ".join(" ".join(text_of(line).strip("│ ") for line in lines).split())


@pytest.mark.parametrize("pane", DRAWN)
def test_each_pane_says_in_each_state_why_it_is_empty(pane: str) -> None:
    for state, (_, _, expected, words) in STATES.items():
        view = view_of(state)
        assert cause(view) is expected, state
        text = sentence(view, pane)
        assert not text.startswith(";") and len(text) > 10
        if state == "error" and pane == "alarms":
            continue  # it has the alarm
        assert text in shown(DRAWN[pane](view, Box(100, 12, True, False))), (pane, state)
        if EMPTY[pane].traded:
            assert words in text, (pane, state)
        if expected in (Cause.SILENT, Cause.STARTING, Cause.DISCONNECTED):
            assert text.startswith(EMPTY[pane].unsure), "what nobody knows is not called none"
            assert words in text


def test_every_sentence_there_is_belongs_to_a_pane_that_is_drawn() -> None:
    assert set(EMPTY) - set(DRAWN) == {
        "open orders", "orders of a pair", "positions", "trader's day",
    }  # fmt: skip
    view = view_of("empty")
    orders.LIST.choices(view).show_within("SPY 2024-12-20/7", "the pair")
    assert sentence(view, "orders of a pair") in shown(
        PANES["orders"][1](view, Box(90, 6, True, True))
    )
    orders.LIST.choices(view).show_within("")
    view.state.show_open_only(True)
    assert sentence(view, "open orders") in shown(PANES["orders"][1](view, Box(90, 6, True, True)))
    unasked = View(empty(positions=None), ScreenState(), UNICODE)
    assert sentence(unasked, "positions") in shown(
        positions.list_pane(unasked, Box(90, 6, True, True))
    )
    assert sentence(view, "trader's day") in shown(day.trader_lines(TRADER, view, 90, 12))
    assert sentence(view, "events") in shown(pages.log_lines(view, 90))


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
def test_the_reason_fits_into_every_pane_of_the_main_screen(size: tuple[int, int]) -> None:
    places = plan(*size)
    for state, (_, _, _, words) in STATES.items():
        view = view_of(state)
        for name, place in places.places.items():
            if name not in EMPTY or (name == "alarms" and state == "error"):
                continue
            box = Box(place.width, place.height, places.boxed, False)
            text = shown(PANES[name][1](view, box))
            if EMPTY[name].traded:
                assert words in text, (name, state, text)


@pytest.mark.parametrize("noun", ["order", "event", "alarm"])
def test_a_filter_says_how_many_it_hides_and_how_to_take_it_back(noun: str) -> None:
    view = View(desks.troubled(), ScreenState(), UNICODE)
    name = f"{noun}s"
    view.state.choices(name).filter_by("nothing has these words")
    text = shown(PANES[name][1](view, Box(100, 12, True, False)))
    if noun == "alarm":  # what wants an answer passes every filter
        assert "P1" in text
    else:
        assert f"no {noun} passes the filter" in text and "hidden, Esc takes it back" in text


def test_words_are_cut_to_the_rows_there_are() -> None:
    assert len(nothing.lines("word " * 60, 40, 2)) == 2


async def test_the_plots_of_a_detail_say_that_they_are_asked_for(open_app) -> None:
    app, _ = open_app(desks.normal())
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("enter")
        for name in ("fills", "payoff"):
            plot = app.screen.query_one(f"#{name}", CurvePlot)
            plot.render()
            assert ASKED in str(plot.plt.build())


def test_a_broker_whose_process_is_gone_is_not_a_desk_that_has_failed() -> None:
    gone = replace(FAILED, code="GATEWAY_GONE")
    view = View(empty(alarms=(gone,)), ScreenState(), UNICODE)
    assert nothing.cause(view) is Cause.DISCONNECTED
    told = nothing.sentence(view, "orders")
    assert told.startswith("no order is known; the broker cannot be reached: C says")
