"""Settings that a trial gives single attempts: they hold for those, and for nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from engine.orders import events as ev
from engine.orders.types import Part
from engine.risk.gates import Gate
from engine.trader.arms import OWN, AttemptValues
from tests.support.trader_world import World, fast, sent_at


@dataclass
class Turns:
    """Every second attempt has the values of the arm after."""

    world: World
    after: AttemptValues
    stands: bool = True
    gates: list[Gate | None] = field(default_factory=list)

    def values(self, trader: str) -> AttemptValues:
        return self.after if len(self.world.of(ev.PairChosen)) % 2 else OWN

    def stands_still(self, trader: str) -> bool:
        return self.stands

    def met(self, trader: str, gate: Gate | None, now_s: float) -> None:
        self.gates.append(gate)


def test_an_attempt_uses_the_values_of_its_arm_and_the_next_its_own() -> None:
    world = fast(fill_rate={"min_fill_rate": 0.0})
    after = AttemptValues("T1 after", contracts=2, cancel_ms=1000, buy_at=0.2, delay_s=(20.0, 21.0))
    world.trader.use_arms(Turns(world, after))
    world.run_until(lambda: len(world.of(ev.AttemptEnded)) >= 4, 400.0)
    first, second, third, fourth = world.of(ev.PairChosen)[:4]
    own = world.trader.chain.entry_rules.buy_at
    for plain in (first, third):
        assert (plain.arm, plain.contracts, plain.cancel_ms, plain.buy_at) == ("", 1, 2500, own)
    for drawn in (second, fourth):
        assert (drawn.arm, drawn.contracts, drawn.cancel_ms) == ("T1 after", 2, 1000)
        assert (drawn.buy_at, drawn.delay_low_s, drawn.delay_high_s) == (0.2, 20.0, 21.0)
    ended = world.of(ev.AttemptEnded)
    assert [each.contracts for each in ended[:4]] == [1, 2, 1, 2]
    assert [each.worked_ms for each in ended[:4]] == pytest.approx([2500, 1000] * 2, abs=60)
    waits = [b.at_ms - a.at_ms for a, b in zip(ended, world.of(ev.PairChosen)[1:], strict=False)]
    assert waits[0] >= 17_000 > waits[1]
    prices = [request.limit_c for _, request in world.submits(Part.DEBIT)[:4]]
    assert prices[1] < prices[0]
    assert sent_at(world, second.order) > sent_at(world, first.order)
    assert world.trader.sizing.current_contracts == 1
    assert world.trader.timing.cancel_after_seconds == 2.5


@pytest.mark.parametrize(
    "values", [AttemptValues("T1 after", rests=True), AttemptValues("T1 after", hours=frozenset())]
)
def test_a_trader_that_rests_in_an_arm_enters_nothing_and_says_so(values: AttemptValues) -> None:
    world = fast()
    world.trader.use_arms(Turns(world, values))
    world.run(60.0)
    assert len(world.submits(Part.DEBIT)) == 1
    assert world.trader.blocked is Gate.HOURS


@pytest.mark.parametrize("stands", [True, False])
def test_the_size_stands_still_while_the_trader_is_in_a_trial(stands: bool) -> None:
    world = fast(fills=lambda booked: booked.request.quantity)
    world.trader.use_arms(Turns(world, OWN, stands))
    world.run_until(lambda: world.trader.debits.attempts >= 25, 1000.0)
    assert bool(world.of(ev.SizeChanged)) is not stands


@pytest.mark.parametrize(("arm", "counted"), [("X buy_at 0.9", 6), ("T1 before", 12)])
def test_explored_attempts_neither_size_nor_pause_a_trader(arm: str, counted: int) -> None:
    """Every second attempt explores and alone fills: the trader's own settings do not."""
    world = fast(fill_rate={"min_fill_rate": 0.1})
    world.fills = lambda booked: booked.request.quantity * (1 - len(world.of(ev.PairChosen)) % 2)
    world.trader.use_arms(Turns(world, AttemptValues(arm), stands=False))
    world.run_until(lambda: world.trader.debits.attempts >= 12, 600.0)
    debits = world.trader.debits
    assert (debits.attempts, debits.fills) == (12, 6)
    assert (debits.window.attempts, debits.since_size_change) == (counted, counted)
    assert debits.window.fills == debits.fills_since_size_change == counted - 6


def test_the_trial_is_told_which_gates_the_trader_meets() -> None:
    world = fast()
    turns = Turns(world, OWN)
    world.trader.use_arms(turns)
    world.trader.pause()
    world.run(5.0)
    world.trader.resume()
    world.run(10.0)
    assert set(turns.gates) >= {Gate.PAUSED, None}
