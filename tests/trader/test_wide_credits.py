"""A credit wider than its debit asks for the difference of the widths in every stage."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import Part
from engine.trader.unit_prices import credit_target, owed_c
from tests.support.trader_parts import make_chain
from tests.support.trader_world import World

STAGES = [stage for stage in Stage if stage is not Stage.UNWIND]


def widened(world, unit, points=5.0):
    """Make the unit's credit wider than its debit by `points`, away from the debit."""
    width = abs(unit.long_strike - unit.short_strike) + points
    outward = 1.0 if unit.long_strike < unit.short_strike else -1.0
    unit.credit_short = unit.short_strike
    unit.credit_long = unit.credit_short + outward * width


def lowest(world, unit, stage):
    rules = world.trader.chain.rules
    p = unit.ladder_prices(rules.fee_per_share * 100, rules.tick_c, world.config.ladder)
    return p.f2_c if stage in (Stage.SCRATCH, Stage.OPERATOR) else p.f1_c


def dear(chain, strike, by):
    """Make one call dearer: verticals that sell it bring more, those that are bought cost less."""
    at = chain.index(strike)
    chain.bid[0, at] += by
    chain.ask[0, at] += by
    return chain


@pytest.mark.parametrize("quoted", [True, False])
@pytest.mark.parametrize("rule", ["safe", "otm"])
@pytest.mark.parametrize("stage", STAGES)
def test_no_stage_offers_a_wider_credit_below_what_it_may_owe(stage, rule, quoted):
    world = World()
    unit = world.legged()
    rules = replace(world.trader.chain.rules, rule=rule)
    widened(world, unit)
    unit.stage, unit.planned_c, unit.limit_c = stage, 0, 0
    # The market pays next to nothing, so that each stage asks for the least it accepts.
    chain = world.chain if quoted else None
    world.chain.bid[:], world.chain.ask[:] = 0.01, 0.02
    age_s = {Stage.WALK: 19.9, Stage.RESCAN: 59.0}.get(stage, 0.0)
    target = credit_target(unit, chain, rules, world.config.ladder, unit.first_fill_s + age_s)
    assert target is not None
    assert (target.sell_strike, target.buy_strike) == (unit.credit_short, unit.credit_long)
    assert target.limit_c == lowest(world, unit, stage) + (500 if rule == "safe" else 0)


def test_the_walk_of_a_wide_credit_ends_with_a_floor_of_a_cent():
    world = World()
    world.chain = dear(make_chain(spread=0.3), 82.5, 0.15)
    unit = world.legged()
    world.run_to(unit.first_fill_s + 4.0)
    owed = owed_c(unit, world.trader.chain.rules, unit.credit_short, unit.credit_long)
    assert owed > 0, "the chain's best credit is wider than its debit"
    world.run_to(unit.first_fill_s + 19.9)
    sent = [request.limit_c for _, request in world.submits(Part.CREDIT)]
    assert len(sent) > 1
    assert min(sent) >= lowest(world, unit, Stage.WALK) + owed
    world.fill(world.credit())
    world.run(2.0)
    assert world.of(ev.CycleEnded)[-1].floor_c >= 1


def rescanned(world, unit):
    """Strikes and limit of what a rescan offers for the unit in H3."""
    unit.stage = Stage.RESCAN
    rules = world.trader.chain.rules
    target = credit_target(unit, world.chain, rules, world.config.ladder, world.now_s)
    assert target is not None
    return (target.sell_strike, target.buy_strike), target.limit_c


def mid_c(chain, short, long):
    at = [chain.index(strike) for strike in (short, long)]
    mids = [(chain.bid[0, i] + chain.ask[0, i]) * 50 for i in at]
    return mids[0] - mids[1]


def owner_of_a_call(paid_c=40):
    """A world whose unit owns the 95/97.5 calls and offers 100/102.5 against them."""
    world = World()
    unit = world.legged()
    unit.right, unit.long_strike, unit.short_strike = "call", 95.0, 97.5
    unit.credit_short, unit.credit_long = 100.0, 102.5
    unit.paid_c = paid_c * unit.filled
    return world, unit


def test_a_rescan_does_not_leave_a_floor_for_a_wider_credit_that_only_brings_more():
    world, unit = owner_of_a_call()
    dear(world.chain, 97.5, 1.0)
    narrow, wide = (97.5, 100.0), (97.5, 102.5)
    unit.credit_short, unit.credit_long = narrow
    assert mid_c(world.chain, *wide) - 250 >= 40 + 4, "it would lose nothing"
    assert mid_c(world.chain, *narrow) + 50 < mid_c(world.chain, *wide)
    assert mid_c(world.chain, *wide) - 250 < mid_c(world.chain, *narrow)
    assert rescanned(world, unit) == (narrow, math.ceil(mid_c(world.chain, *narrow)))


@pytest.mark.parametrize("present", [(97.5, 102.5), (100.0, 102.5)])
def test_a_rescan_finds_the_highest_floor_where_another_credit_brings_more(present):
    world, unit = owner_of_a_call()
    dear(world.chain, 97.5, 1.0)
    unit.credit_short, unit.credit_long = present
    best = (97.5, 100.0)
    assert rescanned(world, unit) == (best, math.ceil(mid_c(world.chain, *best)))


def test_a_rescan_leaves_a_wide_credit_for_a_narrower_one_whose_floor_is_higher():
    world, unit = owner_of_a_call()
    unit.credit_short, unit.credit_long = 100.0, 110.0
    strikes, limit_c = rescanned(world, unit)
    assert mid_c(world.chain, *strikes) < mid_c(world.chain, 100.0, 110.0)
    assert strikes[0] - strikes[1] == -2.5
    assert limit_c - 40 >= 1


@pytest.mark.parametrize(("gain", "switches"), [(0.0, False), (0.0199, False), (0.0201, True)])
def test_a_rescan_switches_for_two_ticks_of_floor_and_for_no_less(gain, switches):
    world, unit = owner_of_a_call()
    present, other = (97.5, 100.0), (100.0, 102.5)
    unit.credit_short, unit.credit_long = present
    ahead = (mid_c(world.chain, *present) - mid_c(world.chain, *other)) / 100
    dear(world.chain, 100.0, (gain + ahead) / 2)
    strikes, limit_c = rescanned(world, unit)
    assert strikes == (other if switches else present)
    assert limit_c == math.ceil(round(mid_c(world.chain, *strikes), 6))
