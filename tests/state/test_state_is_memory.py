"""Memory is the fold of the journal: at any moment of a run, from any prefix, as often as one likes."""

from __future__ import annotations

from random import Random

import pytest

from engine.book.balancer import PositionBalancer
from engine.commands import Ask
from engine.orders import events as ev
from engine.state.desk import DeskFold
from engine.state.totals import desk_state
from tests.support.desks import settings, simulated
from tests.support.operator_steps import TRADER, Operated

ASKED = (
    (Ask.PAUSE, TRADER), (Ask.HALT, "*"), (Ask.RESUME, "*"), (Ask.KILL, "*"), (Ask.PAUSE, "*"),
    (Ask.RESUME, TRADER),
)  # fmt: skip


def folded(events: list[ev.Event], limit: int) -> DeskFold:
    fold = DeskFold(PositionBalancer(limit))
    for event in events:
        fold.apply(event)
    return fold


def journaled(desk: Operated) -> list[ev.Event]:
    return [event for _, event in desk.core.journal.read()]


@pytest.mark.parametrize("seed", [3, 7, 39])
def test_at_random_moments_of_a_run_memory_is_the_fold_of_the_journal(seed: int) -> None:
    desk, chance = Operated(simulated(settings(seed))), Random(seed)
    limit = desk.core.config.limits.max_imbalance_chain
    legged = working = 0
    for _ in range(30):
        desk.run(chance.uniform(0.02, 25.0))
        if chance.random() < 0.3:
            desk.ask(*chance.choice(ASKED))
        if chance.random() < 0.1:
            desk.ask(Ask.RESUME_AFTER_KILL, word="resume")
            desk.ask(Ask.RESUME)
        legged += bool(desk.core.fold.money.open_units)
        working += bool(desk.core.fold.orders.live)
        assert desk_state(folded(journaled(desk), limit)) == desk_state(desk.core.fold)
    assert legged and working, "the moments were not all quiet ones"


def test_any_prefix_of_a_run_folds_to_the_same_twice_and_goes_on_to_the_whole() -> None:
    desk = Operated(simulated(settings(7)))
    desk.run(400)
    events, chance = journaled(desk), Random(7)
    limit = desk.core.config.limits.max_imbalance_chain
    whole = desk_state(folded(events, limit))
    for cut in sorted(chance.sample(range(len(events)), 25)):
        once = folded(events[:cut], limit)
        assert desk_state(once) == desk_state(folded(events[:cut], limit))
        for event in events[cut:]:
            once.apply(event)
        assert desk_state(once) == whole
