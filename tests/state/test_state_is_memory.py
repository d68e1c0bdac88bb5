"""The state in memory equals the state computed from the journal, at any moment of a run."""

from __future__ import annotations

from random import Random

import pytest

from engine import OrderReport
from engine.book.balancer import PositionBalancer
from engine.commands import Ask
from engine.orders import events as ev
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.desks import settings, simulated
from tests.support.executor_world import PaperBroker, Placed, fill, run_for, trading_on
from tests.support.operator_steps import TRADER, Operated

ASKED = (
    (Ask.PAUSE, TRADER), (Ask.HALT, "*"), (Ask.RESUME, "*"), (Ask.KILL, "*"), (Ask.PAUSE, "*"),
    (Ask.RESUME, TRADER),
)  # fmt: skip


def folded(events: list[ev.Event], limit: int) -> DeskState:
    state = DeskState(PositionBalancer(limit))
    for event in events:
        state.apply(event)
    return state


def journaled(desk: Operated) -> list[ev.Event]:
    return [event for _, event in desk.context.journal.read()]


@pytest.mark.parametrize("seed", [3, 7, 39])
def test_at_random_moments_of_a_run_memory_equals_the_journal_applied(seed: int) -> None:
    desk, chance = Operated(simulated(settings(seed))), Random(seed)
    limit = desk.context.config.limits.max_imbalance_chain
    legged = working = 0
    for _ in range(30):
        desk.run(chance.uniform(0.02, 25.0))
        if chance.random() < 0.3:
            desk.ask(*chance.choice(ASKED))
        if chance.random() < 0.1:
            desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
            desk.ask(Ask.RESUME)
        legged += bool(desk.context.state.money.open_units)
        working += bool(desk.context.state.orders.live)
        assert plain_values(folded(journaled(desk), limit)) == plain_values(desk.context.state)
    assert legged and working, "the moments were not all quiet ones"


def test_any_prefix_of_a_run_gives_the_same_state_twice_and_goes_on_to_the_whole() -> None:
    desk = Operated(simulated(settings(7)))
    desk.run(400)
    events, chance = journaled(desk), Random(7)
    limit = desk.context.config.limits.max_imbalance_chain
    whole = plain_values(folded(events, limit))
    for cut in sorted(chance.sample(range(len(events)), 25)):
        once = folded(events[:cut], limit)
        assert plain_values(once) == plain_values(folded(events[:cut], limit))
        for event in events[cut:]:
            once.apply(event)
        assert plain_values(once) == whole


def test_every_execution_that_is_told_is_journalled_whatever_its_id() -> None:
    told: list[str] = []

    def at_once(placed: Placed) -> OrderReport:
        report = fill(placed, execution=f"E{len(told)}")
        told.append(report.execution_id)
        return report

    executor = trading_on(PaperBroker(at_once))
    run_for(executor, 120)
    kept = [event for _, event in executor.context.journal.read() if type(event) is ev.Executed]
    assert [event.execution for event in kept] == told
    assert {name[-1] for name in told} == set("0123456789")
