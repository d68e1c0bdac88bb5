"""A program's run that goes on in another process: with the same fills, with others, without a state."""

from __future__ import annotations

from typing import Any

import pytest

from engine.journal.opening import memory_journal
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.runtime.views.snapshot_builder import DeskLabels
from engine.state.desk import DeskState
from tests.support.executor_world import (
    MORNING_S,
    NEAR,
    PaperBroker,
    executor_on,
    fill,
    run_for,
    virtual,
)


def executor(start_s: float = MORNING_S, **more: Any) -> Any:
    """An executor of one chain whose every order executes at once."""
    broker = PaperBroker(answer=fill)
    made = executor_on(broker, virtual(start_s), cancel_callback=broker.cancel, **more)
    made.add_symbol("SYM", [NEAR])
    return made


def goes_on(events: list[ev.Event], fill_model: str) -> Any:
    """Another process with the journal of a former one, whose orders are filled by this model."""
    state, journal = DeskState(), memory_journal()
    for event in events:
        state.apply(event)
        journal.append(event)
    return executor(MORNING_S + 180, journal=journal, state=state, labels=labelled(fill_model))


def labelled(fill_model: str) -> DeskLabels:
    return DeskLabels("mine", "SIM", "A", "mine", "mine", fill_model, "", False)


def told(made: Any) -> list[str]:
    """What its status says of new evidence."""
    return [note for note in made.get_status()["notes"] if "new evidence" in note]


def test_a_run_that_goes_on_with_other_fills_begins_new_evidence_and_says_so():
    first = executor(labels=labelled("assumed"))
    run_for(first, 120)
    events = [event for _, event in first.context.journal.read()]
    assert told(first) == [] and first.advice.tallies.evidence.attempts > 0
    first.stop()
    same = goes_on(events, "assumed")
    run_for(same, 5)
    assert told(same) == []
    tried = first.metrics.total().n
    assert same.metrics.total().n >= tried > 0
    other = goes_on(events, "crossing")
    run_for(other, 5)
    text = (
        "new evidence begins: fills are of SIM mine crossing, before they were of SIM mine assumed"
    )
    assert told(other) == [text]
    assert text in other.snapshot().notices
    assert other.advice.tallies.evidence.venue == "SIM mine crossing"
    attempts = [e for _, e in other.context.journal.read() if isinstance(e, ev.AttemptEnded)]
    assert other.metrics.total().n == len(attempts) - tried < tried
    own = other.advice.tallies.own.values()
    assert sum(each.total().n for each in own) == other.metrics.total().n
    for made, model in ((same, "assumed"), (other, "crossing")):
        starts = [e for _, e in made.context.journal.read() if isinstance(e, ev.SessionStarted)]
        assert [each.fill_model for each in starts] == ["assumed", model]
        made.stop()


def test_a_journal_that_holds_an_earlier_run_is_refused_without_its_state():
    first = executor()
    run_for(first, 20)
    first.stop()
    with pytest.raises(JournalError, match="name another file"):
        executor(journal=first.context.journal)
