"""What the open and the close change for debits and open units."""

from __future__ import annotations

import math

from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import Part
from engine.risk.gates import Gate
from tests.support.trader_world import World, fast, stage_of


def test_five_minutes_before_the_close_a_legged_unit_may_scratch_and_at_three_it_unwinds():
    world = World(at="15:54:30")
    unit = world.legged()
    to_close_s = 330.0
    assert stage_of(unit) is Stage.LEAN
    world.run_to(to_close_s - 301.0)
    early = unit.stage
    world.run_to(to_close_s - 299.9)
    assert early is not Stage.SCRATCH and unit.stage is Stage.SCRATCH
    world.run_to(to_close_s - 180.1)
    assert stage_of(unit) is Stage.SCRATCH
    world.run_to(to_close_s - 179.9)
    assert stage_of(unit) is Stage.UNWIND


def test_the_close_finds_a_unit_in_the_operators_stage_in_time():
    world = World(at="15:48:00")
    unit = world.legged()
    world.run_to(720.0 - 299.0)
    assert stage_of(unit) is Stage.OPERATOR
    world.run_to(720.0 - 179.9)
    assert stage_of(unit) is Stage.UNWIND


def test_without_forced_balance_the_close_changes_no_stage():
    world = World(at="15:54:30")
    world.trader.balancer.force_balance_at_close = False
    unit = world.legged()
    world.run_to(330.0 - 250.0)
    assert stage_of(unit) is Stage.SCRATCH
    world.run_to(330.0 - 100.0)
    assert stage_of(unit) is Stage.SCRATCH


def test_no_debit_goes_out_in_the_last_five_minutes_nor_after_the_close():
    world = fast(at="15:53:00")
    world.run(900.0)
    sent = [at_s for at_s, _ in world.submits(Part.DEBIT)]
    assert sent and max(sent) < 120.0
    assert world.trader.blocked in (Gate.CLOSE_NEAR, Gate.PHASE)


def test_no_debit_goes_out_before_the_open_and_the_first_soon_after_it():
    world = fast(at="09:28:00")
    world.run(240.0)
    sent = [at_s for at_s, _ in world.submits(Part.DEBIT)]
    assert 119.99 <= min(sent) < 180.0


def test_a_unit_at_the_close_is_parked_and_recorded():
    world = World(at="15:54:30")
    unit = world.legged()
    world.chain.bid[:] = math.nan
    world.run_to(335.0)
    actions = world.trader.collect()
    world.trader.credits.close_day(world.moment)
    world.carry_out(actions)
    assert stage_of(unit) is Stage.PARKED
    assert world.of(ev.CycleEnded)[-1].outcome == "PARKED"
