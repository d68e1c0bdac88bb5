"""Alarms, requests, recommendations and the lines that tell of them."""

from __future__ import annotations

from engine.orders import events as ev
from engine.state.desk import DeskState
from tests.support.hand_written_runs import OPEN_MS


def test_an_alarm_is_active_until_cleared_and_its_acknowledgement_is_timed() -> None:
    state = DeskState()
    raised = ev.AlarmRaised(OPEN_MS, "A1", 1, "HUNG", "SYM0", "unhedged 31 s", "risk", "press h")
    state.apply(raised)
    state.apply(raised._replace(at_ms=OPEN_MS + 5))
    record = state.notices.alarms["A1"]
    assert (record.state, state.notices.raised[1]) == ("unacked", 1)
    state.apply(ev.AlarmAcknowledged(OPEN_MS + 9000, "A1"))
    assert record.state == "acked"
    assert list(state.notices.acked_after_ms) == [9000]
    state.apply(ev.AlarmCleared(OPEN_MS + 10_000, "A1"))
    assert (record.state, state.notices.alarms) == ("cleared", {})


def test_a_ticket_that_is_accepted_and_then_confirmed_is_one_action() -> None:
    state = DeskState()
    for outcome in ("accepted", "confirmed"):
        state.apply(
            ev.OperatorActed(OPEN_MS, "T1", "pause", "SYM0", "op", "p", "RUN", "PAU", outcome, "")
        )
    assert state.notices.operator == {"pause": {"confirmed": 1}}
    assert state.notices.lines[-1].source == "op"


def test_a_recommendation_carries_what_became_of_it() -> None:
    state = DeskState()
    state.apply(ev.Recommended(OPEN_MS, "R1", "SYM0", "HOURS", [9, 10], [10], "THIN", {}))
    assert state.notices.recommendations["R1"].state == "ready"
    state.apply(ev.RecommendationSettled(OPEN_MS + 1, "R1", "rejected", "too thin"))
    record = state.notices.recommendations["R1"]
    assert (record.state, record.reason) == ("rejected", "too thin")
    assert "9,10 -> 10" in state.notices.lines[-2].text


def test_the_books_get_a_line_only_when_the_answer_changes() -> None:
    state = DeskState()
    for difference in ("", "", "SYM0 190C: book +1", ""):
        state.apply(ev.BooksCompared(OPEN_MS, 9, difference))
    assert len(state.notices.lines) == 3


def test_the_lines_call_a_star_all_traders() -> None:
    state = DeskState()
    state.apply(
        ev.OperatorActed(OPEN_MS, "T1", "halt", "*", "op", "H", "RUN", "HLT", "confirmed", "")
    )
    state.apply(ev.Recommended(OPEN_MS, "R1", "*", "SIZE", 1, 2, "THIN", {}))
    state.apply(ev.SettingChanged(OPEN_MS, "*", "optimal_contracts", 1, 2, "R1 approved"))
    assert [line.text for line in state.notices.lines] == [
        "halt confirmed",
        "R1 SIZE all traders 1 -> 2 THIN",
        "all traders optimal_contracts 1 -> 2 (R1 approved)",
    ]
