"""A state is said in the same words wherever it is shown, whatever happens to the desk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, time

import pytest

from engine.commands import Ask
from engine.report.status import status_json
from engine.risk.gates import OF_A_CYCLE, Gate
from engine.snapshot import EngineState, TraderState, TraderView
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated
from tui.cli.stored_runs import _status_lines
from tui.state import ScreenState
from tui.text.glyphs import UNICODE
from tui.viewmodel import alarms, detail, header, phase, trader_words
from tui.viewmodel.view import View

ACTIVE = {TraderState.RUN, TraderState.WORKING, TraderState.HEDGING}


def said(line: object) -> str:
    return "".join(text for text, _ in line)  # type: ignore[attr-defined]


def begun(start: time = time(10, 30), seconds: float = 45.0) -> Operated:
    desk = Operated(simulated(settings(9), until=None, start=start))
    desk.run(seconds)
    return desk


def one(desk: Operated) -> str:
    return next(iter(desk.context.traders))


def paused_and_halted(desk: Operated) -> None:
    desk.ask(Ask.PAUSE, one(desk))
    desk.ask(Ask.HALT)


def killed(desk: Operated) -> None:
    desk.ask(Ask.KILL, stage=1)
    desk.ask(Ask.KILL, stage=2)
    desk.run(3.0)


def resumed_while_halted(desk: Operated) -> None:
    paused_and_halted(desk)
    desk.ask(Ask.RESUME, one(desk))


def kill_lifted(desk: Operated) -> None:
    killed(desk)
    desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")


def out_of_hours(desk: Operated) -> None:
    desk.context.traders[one(desk)].context.hours = frozenset({14})


def feed_lost(desk: Operated) -> None:
    def dead(symbol: str, expiration: date, now_s: float) -> None:
        raise ConnectionError("the line is dead")

    desk.context.market.chain = dead  # type: ignore[method-assign]  # a feed that fails
    desk.run(40.0)


STATES: dict[str, Callable[[Operated], object]] = {
    "running": lambda desk: None,
    "paused": lambda desk: desk.ask(Ask.PAUSE),
    "halted, one paused": paused_and_halted,
    "resumed while halted": resumed_while_halted,
    "killed": lambda desk: desk.ask(Ask.KILL, stage=1),
    "killed, nothing works": killed,
    "kill lifted": kill_lifted,
    "out of hours": out_of_hours,
    "only completing": lambda desk: desk.context.flags.close_entries(),
    "feed lost": feed_lost,
}


def check(desk: Operated) -> None:
    """Every surface says of the desk and of each trader what the others say."""
    snapshot = desk.snapshot()
    view = View(snapshot, ScreenState(), UNICODE)
    status = status_json(snapshot, snapshot.now_s)
    states = Counter(row.state for row in snapshot.traders)
    active = sum(states[state] for state in ACTIVE)
    first = said(header.first(view, 200))
    assert f"engine {snapshot.state.value} {active} of {len(snapshot.traders)}" in first
    assert (f"paused {states[TraderState.PAUSED]}" in first) == bool(states[TraderState.PAUSED])
    assert status["state"] == snapshot.state.value
    entries = next(text for text in map(said, phase.phase_lines(view, 60)) if "entries" in text)
    assert ("open" in entries) == status["entries_open"] == snapshot.phase.entries_open
    if not snapshot.phase.entries_open:
        assert TraderState.RUN not in states
    for row in snapshot.traders:
        assert status["traders"][row.key]["state"] == row.state.value
        assert status["traders"][row.key]["gate"] == row.gate
        check_row(row, view)


def check_row(row: TraderView, view: View) -> None:
    following = trader_words.coming(row, view)
    state, quoted, *_ = map(said, detail._summary(row, view))
    assert ("suspect" in quoted) == bool(row.suspect)
    assert state.split()[1] == row.state.value
    assert quoted.split()[1] == following.split()[0]
    if row.state is TraderState.RUN:
        assert row.gate == "" or Gate(row.gate) in OF_A_CYCLE, "what runs is not kept from it"
    elif row.state not in ACTIVE | {TraderState.HELD}:
        assert row.gate and row.gate_text in trader_words.why(row)
        word = trader_words.GATE_WORDS.get(row.gate) or row.gate.partition("_")[0].lower()
        assert following == word or row.stage, "no countdown where nothing is coming"


@pytest.mark.parametrize("state", STATES)
def test_every_surface_says_the_same_of_a_state(state: str) -> None:
    desk = begun()
    STATES[state](desk)
    check(desk)
    desk.run(5.0)
    check(desk)


def test_every_surface_says_the_same_from_before_the_close_until_the_desk_has_ended() -> None:
    desk = begun(time(15, 54, 30), 20.0)
    for _ in range(14):
        desk.run(25.0)
        check(desk)
    assert desk.snapshot().state is EngineState.ENDED


def test_a_resume_says_what_still_keeps_the_chain_from_entering() -> None:
    desk = begun(time(15, 54, 30), 45.0)
    desk.ask(Ask.PAUSE)
    assert "nothing is entered yet: too near the close" in desk.ask(Ask.RESUME).text
    out_of_hours(early := begun())
    early.ask(Ask.PAUSE)
    assert "nothing is entered yet: outside the hours" in early.ask(Ask.RESUME, one(early)).text
    early.ask(Ask.PAUSE)
    assert (
        "resumed 6 of 6; 1 of 6 enter nothing yet: outside the hours" in early.ask(Ask.RESUME).text
    )


def test_a_paused_row_says_so_in_full_and_a_shelved_alarm_counts_nowhere() -> None:
    desk = begun()
    desk.ask(Ask.PAUSE)
    row = next(r for r in desk.snapshot().traders if r.state is TraderState.PAUSED)
    assert trader_words.coming(row, View(desk.snapshot(), ScreenState(), UNICODE)) == "paused"
    for chain in list(desk.context.traders)[:2]:
        desk.context.alarms.raise_(desk.context.now().at_ms, "NOT_QUOTED", chain)
    (alarm,) = desk.snapshot().alarms
    desk.ask(Ask.SHELVE, alarm.id, "known")
    snapshot = desk.snapshot()
    status = status_json(snapshot, snapshot.now_s)
    assert alarms.alarm_counts(snapshot) == (0, 0, 0) == tuple(status["alarms"].values())
    assert (status["shelved"], status["standing"][0]["places"]) == (1, 2)
    text = "\n".join(_status_lines(status))
    assert "P1 0, P2 0, P3 0, 1 shelved" in text
    assert f"NOT_QUOTED {one(desk)} and 1 more: never quoted (shelved)" in text
    assert "unhedged, at worst -inf" not in text
    unlimited = "\n".join(_status_lines({**status, "open_worst_usd": None}))
    assert "unhedged, at worst -inf" in unlimited
