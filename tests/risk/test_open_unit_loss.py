"""What an open unit adds to the day's loss, from its first execution to the end of its cycle."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import Part
from engine.risk.gates import Gate
from engine.trader.legged_unit import LeggedUnit
from tests.support.trader_world import World, stage_of


def natural_bid_c(world, unit):
    """Cents a share for which the debit vertical could be sold now."""
    row = 0 if unit.right == "call" else 1
    chain = world.chain
    bought, sold = chain.index(unit.long_strike), chain.index(unit.short_strike)
    return 100 * float(chain.bid[row, bought] - chain.ask[row, sold])


def fees_c(world):
    return sum(event.fee_c for event in world.of(ev.Executed))


def loss_of(world, unit):
    """The loss by hand: what the executions cost, what is left is worth, and every fee."""
    paid = sum(q * p for q, p, part in executions(world) if part is Part.DEBIT)
    bought = sum(q for q, _, part in executions(world) if part is Part.DEBIT)
    back = [(q, p) for q, p, part in executions(world) if part is Part.UNWIND]
    each = Fraction(paid, bought)
    worth = min(max(0.0, natural_bid_c(world, unit)), width_c(unit))
    value = unit.remaining * (worth - float(each)) + sum(q * (p - float(each)) for q, p in back)
    return round(-100 * value) + fees_c(world)


def executions(world):
    for event in world.of(ev.Executed):
        yield event.quantity, event.price_c, world.orders[event.order].request.part


def width_c(unit):
    return round(abs(unit.long_strike - unit.short_strike) * 100)


def fall(world, unit, dollars):
    """Let the natural bid of the unit's debit vertical fall."""
    row = 0 if unit.right == "call" else 1
    world.chain.bid[row, world.chain.index(unit.long_strike)] -= dollars


@pytest.mark.parametrize("contracts", [1, 3])
def test_a_unit_counts_from_its_first_execution_on_with_its_bid_and_its_fees(contracts):
    world = World(contracts=contracts)
    unit = world.legged(contracts)
    assert stage_of(unit) is Stage.LEAN
    assert world.exposure.day_loss_c == loss_of(world, unit) > fees_c(world) > 0


def test_a_unit_younger_than_five_seconds_has_the_bid_of_the_quotes_seen_last():
    world = World()
    unit = world.legged()
    world.run(1.0)
    assert stage_of(unit) is Stage.REST
    fall(world, unit, 0.05)
    world.quote()
    assert stage_of(unit) is Stage.REST
    assert world.exposure.day_loss_c == loss_of(world, unit)


def test_a_young_unit_is_valued_but_its_bid_alone_does_not_sell_it_back():
    world = World()
    unit = world.legged()
    world.run(1.0)
    fall(world, unit, 0.9)
    world.quote()
    assert world.exposure.day_loss_c == loss_of(world, unit) > 9_000
    assert stage_of(unit) is Stage.REST
    world.run(5.0)
    assert stage_of(unit) is Stage.UNWIND


def test_a_loss_that_a_young_unit_brings_past_the_second_limit_sells_it_back():
    world = World(limits={"day_loss_exit_only_usd": 120, "day_loss_halt_usd": 130})
    unit = world.legged()
    world.run(1.0)
    assert not world.gate.day_halted()
    fall(world, unit, 1.3)
    world.quote()
    assert stage_of(unit) is Stage.REST
    assert world.gate.day_halted()
    world.run(5.0)
    assert stage_of(unit) is Stage.UNWIND


@pytest.mark.parametrize(("before_fees_c", "closed"), [(12_000, True), (11_999, False)])
def test_the_fees_of_an_open_unit_are_what_reaches_a_limit(before_fees_c, closed):
    world = World(limits={"day_loss_exit_only_usd": 121.36, "day_loss_halt_usd": 1000})
    unit = world.legged()
    assert fees_c(world) == 136
    least_c = unit.paid_c - before_fees_c / 100
    fall(world, unit, (natural_bid_c(world, unit) - least_c) / 100)
    world.quote()
    assert world.exposure.day_loss_c == before_fees_c + 136
    assert (world.gate.desk_gate() is Gate.DAY_LOSS) is closed


def test_contracts_that_were_sold_back_have_lost_what_they_lost_while_others_are_open():
    world = World(contracts=3)
    unit = world.legged(3)
    world.run_to(unit.first_fill_s + 902.0)
    assert stage_of(unit) is Stage.UNWIND
    name = world.submits(Part.UNWIND)[-1][1].client_order_id
    world.fill(name, 2)
    assert (unit.remaining, unit.unwound) == (1, 2)
    assert world.exposure.day_loss_c == loss_of(world, unit)


def test_without_a_market_the_bid_seen_last_holds():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 8.0)
    before_c = world.exposure.day_loss_c
    assert before_c == loss_of(world, unit)
    world.chain.bid[:] = math.nan
    world.run(8.0)
    assert world.exposure.day_loss_c == before_c


def test_no_quote_values_a_vertical_below_nothing():
    world, unit = legged_a_second_ago()
    fall(world, unit, 64.0)
    world.chain.ask[row_of(unit), world.chain.index(unit.long_strike)] += 64.0
    world.quote()
    assert mark_c(world, unit) == unit.paid_c * 100 + fees_c(world)


def test_a_market_beyond_the_width_values_no_vertical_and_the_bid_seen_last_holds():
    world, unit = legged_a_second_ago()
    before_c = mark_c(world, unit)
    fall(world, unit, -64.0)
    world.chain.ask[row_of(unit), world.chain.index(unit.long_strike)] += 64.0
    world.quote()
    assert mark_c(world, unit) == before_c


def legged_a_second_ago():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 1.0)
    return world, unit


def mark_c(world, unit):
    return -world.exposure.chains[world.trader.key].marks[unit.cycle]


def row_of(unit):
    return 0 if unit.right == "call" else 1


def test_what_the_cycle_came_to_takes_the_marks_place_in_one_event():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 902.0)
    name = world.submits(Part.UNWIND)[-1][1].client_order_id
    world.fill(name)
    (cycle,) = [e for e in world.of(ev.CycleEnded) if e.outcome == "SCRATCHED"]
    assert world.exposure.chains[world.trader.key].marks == {}
    assert world.exposure.day_loss_c == max(0, cycle.fees_c - cycle.net_c)


def unit_of(contracts=2, paid_c=200, entry_bid_c=math.inf):
    unit = LeggedUnit(1, "call", 80.0, 85.0, 85.0, 90.0, 240, 0.0, entry_bid_c)
    unit.filled, unit.paid_c, unit.fees_c = contracts, contracts * paid_c, 272
    return unit


@pytest.mark.parametrize("bid", [math.inf, math.nan])
def test_a_unit_whose_bid_nobody_has_seen_has_lost_its_fees(bid):
    assert unit_of(entry_bid_c=bid).value_c(100) == -272


def test_a_unit_whose_debit_was_busted_away_or_sold_twice_is_worth_its_fees_and_no_more():
    busted = unit_of(contracts=0, entry_bid_c=195.0)
    assert busted.value_c(100) == -272
    oversold = unit_of(entry_bid_c=195.0)
    oversold.credited = 3
    assert oversold.value_c(100) == -272
