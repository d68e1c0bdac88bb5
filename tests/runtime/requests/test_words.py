"""Words that say what is so: of halted and killed rows, of a resume, of a recommendation's end."""

from __future__ import annotations

from datetime import time

import pytest

from engine.commands import Ask, TicketState
from engine.snapshot import TraderState
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

CONFIRMED, REFUSED = TicketState.CONFIRMED, TicketState.REFUSED


@pytest.fixture
def running() -> Operated:
    """A desk of five minutes."""
    desk = Operated(simulated(settings(9), until=time(15, 55)))
    desk.run(300)
    return desk


@pytest.mark.parametrize("ask", [Ask.HALT, Ask.KILL])
def test_no_row_of_a_desk_that_enters_nothing_says_run_or_counts_down(running, ask):
    running.ask(ask)
    running.run(60)
    rows = running.snapshot().traders
    assert TraderState.RUN not in {row.state for row in rows}
    assert {row.next_s for row in rows} == {None}
    assert all(row.gate for row in rows)


def test_after_a_kill_is_lifted_one_request_starts_the_whole_desk(running):
    running.ask(Ask.KILL)
    assert running.ask(Ask.RESUME_AFTER_KILL, word="resume").state is REFUSED
    lifted = running.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    assert "Resume all" in lifted.text
    before = running.debits_sent()
    assert running.ask(Ask.RESUME).text.startswith("resumed 6 of 6")
    running.run(120)
    assert running.debits_sent() > before


@pytest.mark.parametrize("ask", [Ask.REJECT, Ask.SNOOZE])
def test_a_recommendation_that_was_put_aside_or_rejected_can_be_taken_back(ask):
    desk = Operated(simulated(settings(77), until=time(15, 55)))
    desk.run(901)
    name = next(iter(desk.executor.advice.ready))
    assert desk.ask(ask, name, "by mistake", minutes=30).state is CONFIRMED
    assert name not in desk.executor.advice.ready
    answer = desk.ask(Ask.UNDO, name)
    assert (answer.state, answer.text) == (CONFIRMED, f"{name} waits for an answer again")
    assert name in desk.executor.advice.ready
    assert {row.id: row.state for row in desk.snapshot().recommendations}[name] == "ready"
    assert desk.ask(Ask.REJECT, name, "now for good").state is CONFIRMED
