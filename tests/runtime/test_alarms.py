"""Alarms: one for each cause, its places come and go, and an answer covers what it saw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.checker.history import History
from engine.orders import events as ev
from engine.runtime.alarms import OVER_AFTER_MS, Alarms
from engine.state.alarm_record import AlarmRecord
from engine.state.notices import Notices


class Desk:
    """Alarms, and what the journal's fold makes of their events."""

    def __init__(self) -> None:
        self.events: list[ev.Event] = []
        self.notices = Notices()
        self.alarms = Alarms(self.emit)
        self._on: dict[type, Callable[[Any], object]] = {
            ev.AlarmRaised: self.notices.alarm_raised,
            ev.AlarmJoined: self.notices.alarm_joined,
            ev.AlarmLeft: self.notices.alarm_left,
            ev.AlarmCleared: self.notices.alarm_cleared,
            ev.AlarmAcknowledged: self.notices.alarm_acknowledged,
        }

    def emit(self, event: ev.Event) -> None:
        self.events.append(event)
        self._on[type(event)](event)

    def ack(self, at_ms: int = 1) -> None:
        for name in list(self.notices.alarms):
            self.emit(ev.AlarmAcknowledged(at_ms, name))

    def one(self) -> AlarmRecord:
        (record,) = self.notices.alarms.values()
        return record

    def standing(self) -> set[tuple[str, str, str]]:
        alarms = self.notices.alarms.values()
        return {(each.code, each.where, each.what) for a in alarms for each in a.each()}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_an_alarm_that_has_become_graver_is_raised_anew_and_wants_an_answer_of_its_own(
    desk: Desk,
) -> None:
    desk.alarms.raise_(0, "LINK_DOWN", "desk", "9 s", 2)
    desk.ack()
    desk.alarms.raise_(1, "LINK_DOWN", "desk", "10 s", 1)
    assert (desk.one().raised.priority, desk.one().state) == (1, "unacked")
    desk.alarms.raise_(2, "LINK_DOWN", "desk", "11 s", 2)
    assert desk.one().raised.priority == 1
    restarted = Alarms(desk.emit)
    restarted.remember(desk.events)
    before = len(desk.events)
    restarted.raise_(3, "LINK_DOWN", "desk", "12 s", 1)
    assert len(desk.events) == before, "a restart knows how grave it is"
    restarted.clear(4, "LINK_DOWN", "desk")
    restarted.raise_(5, "LINK_DOWN", "desk", "1 s", 2)
    assert desk.one().raised.priority == 2, "a graver one that is over is another alarm"


def test_twenty_two_parked_units_are_one_alarm_that_names_each(desk: Desk) -> None:
    for n in range(22):
        desk.alarms.raise_(n, "PARKED", f"SPY 2026-12-04/{n}", "the desk ends")
    assert len(desk.one().places) == 22
    assert desk.notices.raised[1] == 1
    assert [type(each).__name__ for each in desk.events] == ["AlarmRaised"] + ["AlarmJoined"] * 21


def test_a_place_that_is_in_order_again_leaves_and_the_last_one_clears_the_alarm(
    desk: Desk,
) -> None:
    desk.alarms.raise_(1, "PARKED", "A/1", "why")
    desk.alarms.raise_(2, "PARKED", "A/2", "why")
    desk.alarms.clear(3, "PARKED", "A/1")
    assert list(desk.one().places) == ["A/2"]
    assert desk.alarms.places("PARKED") == ("A/2",)
    desk.alarms.clear(4, "PARKED", "A/2")
    assert not desk.notices.alarms
    assert [record.state for record in desk.notices.cleared] == ["cleared"]


def test_one_answer_covers_the_units_that_follow_one_after_the_other(desk: Desk) -> None:
    desk.alarms.raise_(0, "UNHEDGED", "A/1")
    desk.ack()
    for n in range(2, 40):
        at_ms = n * (OVER_AFTER_MS - 1)
        desk.alarms.clear(at_ms - 1, "UNHEDGED", f"A/{n - 1}")
        desk.alarms.raise_(at_ms, "UNHEDGED", f"A/{n}")
        assert (desk.one().state, list(desk.one().places)) == ("acked", [f"A/{n}"])
        assert (desk.one().wanted_ms, desk.one().since_ms) == (0, at_ms), "each unit is young"
    assert desk.notices.raised[1] == 1
    assert desk.one().told == 39


@pytest.mark.parametrize("code", ["UNHEDGED", "STALE", "GARBLED"])
def test_more_than_twice_as_many_at_once_as_were_answered_want_an_answer_again(
    desk: Desk, code: str
) -> None:
    for answered, more in ((2, 5), (5, 11)):
        for n in range(answered):
            desk.alarms.raise_(1, code, f"A/{n}")
        desk.ack()
        for n in range(answered, 2 * answered):
            desk.alarms.raise_(4, code, f"A/{n}")
            assert desk.one().state == "acked"
        desk.alarms.raise_(more, code, f"A/{2 * answered}")
        assert (desk.one().state, desk.one().wanted_ms) == ("unacked", more)
    assert sum(desk.notices.raised.values()) == 3


def test_an_answer_covers_the_most_places_that_were_there_at_once_while_it_was_wanted(
    desk: Desk,
) -> None:
    for n in range(6):
        desk.alarms.raise_(1, "STALE", f"A/{n}")
    for n in range(5):
        desk.alarms.clear(2, "STALE", f"A/{n}")
    desk.ack(3)
    for n in range(10, 21):
        desk.alarms.raise_(4, "STALE", f"A/{n}")
    assert desk.one().state == "acked"
    desk.alarms.raise_(5, "STALE", "A/30")
    assert desk.one().state == "unacked"


@pytest.mark.parametrize("gone", [False, True])
def test_a_place_that_insists_wants_an_answer_of_its_own_once(desk: Desk, gone: bool) -> None:
    desk.alarms.insist(0, "ORDER_UNKNOWN", "A/1", "1")
    assert desk.notices.raised[1] == 1
    desk.ack()
    if gone:
        desk.alarms.clear(2, "ORDER_UNKNOWN", "A/1")
    desk.alarms.insist(3, "ORDER_UNKNOWN", "B/1", "1")
    assert (desk.one().state, desk.notices.raised[1]) == ("unacked", 2)
    desk.ack(4)
    desk.alarms.insist(5, "ORDER_UNKNOWN", "B/1", "1")
    assert desk.one().state == "acked"


def test_a_unit_that_joined_an_answered_alarm_wants_an_answer_when_it_is_the_operators(
    desk: Desk,
) -> None:
    desk.alarms.raise_(0, "UNHEDGED", "A/1")
    desk.ack()
    desk.alarms.raise_(5, "UNHEDGED", "B/1")
    assert desk.notices.raised[1] == 1
    desk.alarms.raise_(9, "UNDECIDED", "B/1")
    assert [a.raised.code for a in desk.notices.alarms.values() if a.state == "unacked"] == [
        "UNDECIDED"
    ]
    assert desk.notices.raised[1] == 2


def test_every_newcomer_of_another_cause_wants_an_answer_of_its_own(desk: Desk) -> None:
    desk.alarms.raise_(0, "PARKED", "A/1", "why")
    desk.ack()
    desk.alarms.raise_(5, "PARKED", "B/1", "why")
    assert desk.one().state == "unacked"
    desk.ack(6)
    desk.alarms.clear(7, "PARKED", "A/1")
    desk.alarms.clear(7, "PARKED", "B/1")
    desk.alarms.raise_(8, "PARKED", "C/1", "why")
    assert (desk.one().state, list(desk.one().places)) == ("unacked", ["C/1"])


def test_other_particulars_of_a_place_are_told_and_want_an_answer(desk: Desk) -> None:
    desk.alarms.say(0, "SHARES", "SPY", "+100")
    desk.ack()
    desk.alarms.say(1, "SHARES", "SPY", "+100")
    assert desk.one().state == "acked"
    desk.alarms.say(2, "SHARES", "SPY", "+300")
    assert desk.one().state == "unacked"
    assert "+300" in desk.one().places["SPY"]


def test_a_cause_that_was_gone_for_ten_minutes_is_another_alarm(desk: Desk) -> None:
    desk.alarms.raise_(0, "UNHEDGED", "A/1")
    desk.alarms.clear(1, "UNHEDGED", "A/1")
    desk.alarms.raise_(1 + OVER_AFTER_MS, "UNHEDGED", "A/2")
    assert desk.one().raised.alarm == "A02"


STEPS = st.lists(
    st.tuples(
        st.sampled_from(("raise", "say", "clear", "ack")),
        st.sampled_from(("UNHEDGED", "PARKED")),
        st.sampled_from(("A/1", "A/2", "B/1")),
        st.integers(0, OVER_AFTER_MS),
    ),
    max_size=25,
)


@given(STEPS, STEPS)
def test_memory_journal_checker_and_restart_know_the_same_alarms(
    before: list[tuple[str, str, str, int]], after: list[tuple[str, str, str, int]]
) -> None:
    desk, at_ms = Desk(), 0
    for steps in (before, after):
        desk.alarms = Alarms(desk.emit)
        desk.alarms.remember(desk.events)
        for what, code, where, later_ms in steps:
            at_ms += later_ms
            if what == "ack":
                desk.ack(at_ms)
            elif what == "clear":
                desk.alarms.clear(at_ms, code, where)
            else:
                tell = desk.alarms.raise_ if what == "raise" else desk.alarms.say
                tell(at_ms, code, where, f"{what} {later_ms % 3}")
    standing = {(code, where) for code, where, _ in desk.standing()}
    assert {
        (code, where) for code in ("UNHEDGED", "PARKED") for where in desk.alarms.places(code)
    } == standing
    rows = [
        {"seq": n, "at": event.at_ms, "kind": type(event).__name__, **event._asdict()}
        for n, event in enumerate(desk.events, 1)
    ]
    known = History(rows, (), (), True).raised.values()
    assert {(row["code"], row["where"], row["what"]) for row in known} == desk.standing()
