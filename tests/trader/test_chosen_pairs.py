"""What an attempt is learned from: the settings and the pair it was chosen by, the real wait."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.pricing.rules import Objective
from engine.trader.chosen import OTHER_EVERY_ATTEMPTS
from tests.support.trader_world import World


@pytest.mark.parametrize("objective", ["floor", "credit"])
def test_every_debit_has_the_row_of_its_choice(objective: Objective) -> None:
    world = World(spreads={"objective": objective})
    world.run(120)
    debits = {e.order: e for e in world.of(ev.OrderIntended) if e.part == "D"}
    chosen = {e.order: e for e in world.of(ev.PairChosen)}
    assert len(debits) > OTHER_EVERY_ATTEMPTS
    assert chosen.keys() == debits.keys()
    rules = world.trader.chain.rules
    for order, row in chosen.items():
        debit = debits[order]
        assert (row.cycle, row.contracts, row.floor) == (debit.cycle, debit.quantity, debit.floor)
        assert (row.buy_at, row.sell_at, row.objective) == (rules.buy_at, rules.sell_at, objective)
        assert row.cancel_ms == 2500 and row.arm == ""
        assert debit.bid is not None and debit.ask is not None
        assert row.width_c >= (debit.ask - debit.bid) * 100
        asked = row.cycle % OTHER_EVERY_ATTEMPTS == 0
        assert bool(row.other_pair) is asked
        assert (row.other_floor is None) is (row.other_net_c is None) is (not asked)
        if asked:
            assert row.other_floor is not None and row.other_net_c is not None
            by_floor = row.floor if objective == "floor" else row.other_floor
            assert by_floor == max(row.floor, row.other_floor)


def test_the_wait_of_an_attempt_is_the_one_that_passed() -> None:
    world = World()
    world.run_until(lambda: len(world.of(ev.AttemptEnded)) >= 1)
    world.trader.attempt_at(world.moment.now_s + 33.0)
    world.step()
    world.run_until(lambda: len(world.of(ev.AttemptEnded)) >= 2)
    first, second = world.of(ev.AttemptEnded)[:2]
    assert second.delay_s > 30
    sent = [e for e in world.of(ev.OrderIntended) if e.part == "D"][1]
    assert second.delay_s == sent.delay_s
    assert sent.delay_s == pytest.approx((sent.at_ms - first.at_ms) / 1000, abs=0.002)


def test_a_pause_is_no_wait_of_the_trader() -> None:
    world = World()
    world.run_until(lambda: len(world.of(ev.AttemptEnded)) >= 1)
    world.trader.pause()
    world.run(600)
    resumed_ms = world.moment.at_ms
    world.trader.resume()
    world.trader.plan_next(world.moment)
    world.step()
    count = len(world.of(ev.PairChosen))
    world.run_until(lambda: len(world.of(ev.PairChosen)) > count)
    sent = [e for e in world.of(ev.OrderIntended) if e.part == "D"][-1]
    assert sent.delay_s == pytest.approx((sent.at_ms - resumed_ms) / 1000, abs=0.002)


def test_a_cancelled_attempt_says_how_long_it_worked() -> None:
    world = World()
    world.run(120)
    cancelled = [e for e in world.of(ev.AttemptEnded) if e.result == "TIMEOUT"]
    filled = [e for e in world.of(ev.AttemptEnded) if e.result == "FILLED"]
    assert cancelled and {e.worked_ms for e in cancelled} == {2500}
    assert {e.worked_ms for e in filled} <= {None}
