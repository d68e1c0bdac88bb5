"""Limits only tighten, an undo brings back exactly what was, and what is folded is what holds."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import RiskLimits
from engine.config.tightening import TIGHTENED_LIVE, LimitError, tightened
from engine.orders import events as ev
from engine.state.limits import TightenedLimits

NAMES = st.sampled_from(TIGHTENED_LIVE)
ASKED = st.one_of(
    st.integers(-2, 20_000), st.floats(-1.0, 20_000.0), st.booleans(), st.just(float("nan")),
    st.just("5"), st.none(),
)  # fmt: skip
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("tighten"), NAMES, ASKED),
        st.tuples(st.just("undo"), NAMES, st.none()),
        st.tuples(st.just("restart"), NAMES, st.floats(1.0, 1_000.0)),
    ),
    max_size=40,
)


def started(limits: RiskLimits) -> ev.SessionStarted:
    values = {"limits": limits.model_dump(mode="json")}
    return ev.SessionStarted(0, "SIM", "a", "r", "s", "m", 1, "2026-06-01", values)


class Desk:
    """Limits as a desk has them: the settings, and the fold of what was asked."""

    def __init__(self) -> None:
        self.written = RiskLimits()
        self.folded = TightenedLimits()
        self.rows: list[ev.SessionStarted | ev.LimitChanged] = []
        self.tell(started(self.written))

    def tell(self, event: ev.SessionStarted | ev.LimitChanged) -> None:
        self.rows.append(event)
        fold(self.folded, event)

    @property
    def limits(self) -> RiskLimits:
        return self.written.changed(**self.folded.in_force())

    def tighten(self, name: str, value: Any) -> bool:
        limits = self.limits
        try:
            after = tightened(limits, name, value)
        except LimitError:
            return False
        self.tell(ev.LimitChanged(0, name, getattr(limits, name), after, False, "ada"))
        return True

    def undo(self, name: str) -> bool:
        last = self.folded.last(name)
        if last is None:
            return False
        now = getattr(self.limits, name)
        self.tell(ev.LimitChanged(0, name, now, last.before, True, "ada"))
        return True

    def restart(self, name: str, value: float) -> None:
        kind = type(getattr(self.written, name))
        self.written = self.written.changed(**{name: kind(value)})
        self.tell(started(self.written))


def fold(state: TightenedLimits, event: ev.SessionStarted | ev.LimitChanged) -> None:
    if isinstance(event, ev.LimitChanged):
        state.changed(event)
    else:
        state.session_started(event)


def beyond(limits: RiskLimits, other: RiskLimits) -> list[str]:
    """The limits that let more through than others do."""
    return [name for name in TIGHTENED_LIVE if getattr(limits, name) > getattr(other, name)]


@settings(max_examples=50)
@given(STEPS)
def test_no_sequence_of_edits_ever_loosens_a_limit_beyond_what_the_settings_say(
    steps: list[tuple[str, str, Any]],
) -> None:
    desk = Desk()
    for step, name, value in steps:
        before = desk.limits
        if step == "tighten":
            if desk.tighten(name, value):
                assert getattr(desk.limits, name) < getattr(before, name)
            else:
                assert desk.limits == before
            assert not beyond(desk.limits, before)
        elif step == "undo":
            desk.undo(name)
        else:
            desk.restart(name, value)
        assert not beyond(desk.limits, desk.written)


@settings(max_examples=50)
@given(STEPS)
def test_undoing_everything_brings_back_exactly_what_the_settings_say(
    steps: list[tuple[str, str, Any]],
) -> None:
    desk = Desk()
    for step, name, value in steps:
        if step == "tighten":
            before = getattr(desk.limits, name)
            if desk.tighten(name, value):
                after = desk.limits
                assert desk.undo(name) and getattr(desk.limits, name) == before
                assert type(getattr(desk.limits, name)) is type(before)
                assert desk.tighten(name, value) and desk.limits == after
        elif step == "restart":
            desk.restart(name, value)
    for name in TIGHTENED_LIVE:
        while desk.undo(name):
            pass
    assert desk.limits == desk.written and not desk.folded.in_force() and not desk.folded.told()


@settings(max_examples=50)
@given(STEPS)
def test_the_rows_folded_anew_are_what_holds(steps: list[tuple[str, str, Any]]) -> None:
    desk = Desk()
    for step, name, value in steps:
        match step:
            case "tighten":
                desk.tighten(name, value)
            case "undo":
                desk.undo(name)
            case _:
                desk.restart(name, value)
    again = TightenedLimits()
    for event in desk.rows:
        fold(again, event)
    assert again.in_force() == desk.folded.in_force()
    assert [again.last(n) for n in TIGHTENED_LIVE] == [desk.folded.last(n) for n in TIGHTENED_LIVE]


def test_a_tighter_settings_file_takes_over_and_a_looser_one_changes_nothing() -> None:
    desk = Desk()
    desk.tighten("max_contracts", 6)
    desk.tighten("max_contracts", 4)
    desk.restart("max_contracts", 5)
    assert desk.limits.max_contracts == 4
    desk.undo("max_contracts")
    assert desk.limits.max_contracts == 5 and not desk.undo("max_contracts")
    desk.tighten("max_contracts", 3)
    desk.restart("max_contracts", 50)
    assert desk.limits.max_contracts == 3
    desk.restart("max_contracts", 2)
    assert desk.limits.max_contracts == 2 and desk.folded.last("max_contracts") is None


def test_an_older_journal_that_lacks_a_limit_keeps_what_was_tightened() -> None:
    folded = TightenedLimits()
    folded.changed(ev.LimitChanged(1, "max_hung_desk", 2, 1, False, "ada"))
    folded.session_started(started(RiskLimits())._replace(settings={}))
    assert folded.in_force() == {"max_hung_desk": 1}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("max_contracts", 11, "looser than 10, which is in force"),
        ("max_contracts", 10, "is 10 already"),
        ("max_contracts", 0, "greater than or equal to 1"),
        ("max_contracts", 2.5, "integer"),
        ("max_contracts", True, "is not a number"),
        ("max_contracts", "5", "is not a number"),
        ("day_loss_halt_usd", float("nan"), "finite"),
        ("min_net_edge", 1.0, "changes at the next start"),
        ("max_\x1b[2Jcontracts", 1, r"limits.max_\?\[2Jcontracts is not a limit"),
    ],
)
def test_what_may_not_be_says_why(name: str, value: Any, says: str) -> None:
    with pytest.raises(LimitError, match=says) as caught:
        tightened(RiskLimits(), name, value)
    assert str(caught.value).isprintable()
