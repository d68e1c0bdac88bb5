"""A unit's way up the ladder while nobody buys its credit."""

from __future__ import annotations

import math

from engine.market.fees import NO_FEES
from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import Part, ReportKind
from tests.support.trader_parts import make_chain
from tests.support.trader_world import World, between, stage_of


def credits(world, unit):
    return [(round(at_s - unit.first_fill_s, 2), r) for at_s, r in world.submits(Part.CREDIT)]


def test_the_credit_rests_until_five_seconds_and_then_walks_a_tick_each_two_and_a_half():
    world = World(fees=NO_FEES, cancel_s=0.05, query_s=0.05)
    world.chain = make_chain(spread=0.6)
    unit = world.legged()
    world.run_to(unit.first_fill_s + 20.0)
    sent = credits(world, unit)
    planned = sent[0][1].limit_c
    assert [r.limit_c for _, r in sent] == [planned - step for step in range(7)]
    assert all(between(5.0 + 2.5 * i, at_s, 5.3 + 2.5 * i) for i, (at_s, _) in enumerate(sent[1:]))


def test_the_walk_stops_at_the_lowest_credit_with_a_profit():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 20.0)
    paid = world.submits(Part.DEBIT)[0][1].limit_c
    assert min(r.limit_c for _, r in credits(world, unit)) == math.ceil(paid + 2.72 + 1)


def test_a_slow_broker_does_not_slow_the_walk_down():
    world = World(fees=NO_FEES, cancel_s=0.4, query_s=0.4, ack_s=0.4)
    world.chain = make_chain(spread=0.6)
    unit = world.legged()
    world.run_to(unit.first_fill_s + 20.0)
    sent = credits(world, unit)
    assert sent[-1][1].limit_c == sent[0][1].limit_c - 6


def test_rescanning_keeps_a_profit_and_scratching_gives_it_up_after_a_minute():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 59.0)
    paid = world.submits(Part.DEBIT)[0][1].limit_c
    assert stage_of(unit) is Stage.RESCAN
    assert min(r.limit_c for _, r in credits(world, unit)) >= paid + 2.72 + 1
    world.run(10.0)
    assert stage_of(unit) is Stage.SCRATCH
    assert credits(world, unit)[-1][1].limit_c >= paid
    assert credits(world, unit)[-1][1].limit_c < paid + 2.72 + 1


def test_a_better_credit_is_taken_only_once_the_old_order_is_confirmed_dead():
    world = World(cancel_s=1.5)
    unit = world.legged()
    old = world.credit()
    world.run_to(unit.first_fill_s + 19.0)
    old_strikes = (unit.credit_short, unit.credit_long)
    row = 0 if unit.right == "call" else 1
    better = world.chain.index(85.0 if unit.right == "call" else 115.0)
    world.chain.bid[row, better] += 0.08
    world.chain.ask[row, better] += 0.08
    world.run_to(unit.first_fill_s + 45.0)
    assert (unit.credit_short, unit.credit_long) != old_strikes
    for name, order in world.orders.items():
        if order.request.part is Part.CREDIT and name != old:
            others = [
                o
                for n, o in world.orders.items()
                if n != name and o.request.part is Part.CREDIT and o.live
            ]
            assert not (order.live and others)
    world.fill(world.credit())
    world.run(2.0)
    assert world.of(ev.CycleEnded)[-1].floor_c >= 0, "safe with the debit that filled"


def test_thirty_seconds_without_a_credit_raise_the_alarm_which_its_end_clears():
    world = World()
    unit = world.legged()
    where = ("UNHEDGED", f"{world.trader.key}/1")
    world.run_to(unit.first_fill_s + 29.9)
    assert where not in world.standing
    world.run_to(unit.first_fill_s + 30.01)
    assert where in world.standing
    world.run_until(lambda: world.booked.get(world.credit()) and world.booked[world.credit()].open)
    world.fill(world.credit())
    world.run(3.0)
    assert where not in world.standing


def test_from_five_minutes_to_fifteen_nothing_happens_by_itself():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 331.0)
    assert stage_of(unit) is Stage.OPERATOR
    count = len(world.submits())
    world.run_to(unit.first_fill_s + 899.0)
    assert len(world.submits()) == count
    assert world.orders[world.credit()].live


def test_after_fifteen_minutes_the_debit_is_sold_back_from_mid_to_natural_in_ten_steps():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 900.5 + 45.0)
    unwinds = world.submits(Part.UNWIND)
    prices = [r.limit_c for _, r in unwinds]
    assert prices == sorted(prices, reverse=True)
    assert unwinds[0][1].legs[0].strike == unit.short_strike
    assert unwinds[0][1].legs[1].strike == unit.long_strike
    paid = world.submits(Part.DEBIT)[0][1].limit_c
    assert min(prices) >= paid * 0.75
    assert unwinds[-1][0] - unwinds[0][0] <= 31.0
    assert unwinds[-1][0] - unwinds[0][0] >= 20.0


def test_an_unwind_that_fills_scratches_the_unit():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 901.0)
    world.run_until(lambda: world.submits(Part.UNWIND))
    world.run(0.3)
    world.fill(world.submits(Part.UNWIND)[-1][1].client_order_id)
    world.run(1.0)
    ended = world.of(ev.CycleEnded)[-1]
    assert ended.outcome == "SCRATCHED"
    paid = world.submits(Part.DEBIT)[0][1].limit_c
    assert ended.net_c == (world.submits(Part.UNWIND)[-1][1].limit_c - paid) * 100
    assert world.exposure.realised_c == min(0, ended.net_c - ended.fees_c)
    assert world.exposure.unwinds == 1


def test_an_unwind_without_a_buyer_parks_the_unit_with_a_resting_credit_and_an_alarm():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 960.0)
    assert stage_of(unit) is Stage.PARKED
    assert ("PARKED", f"{world.trader.key}/1") in world.standing
    resting = world.orders[world.credit()]
    assert resting.live and unit.order is resting
    paid = world.submits(Part.DEBIT)[0][1].limit_c
    assert resting.request.limit_c == math.ceil(paid + 2.72 + 1)
    count = len(world.submits())
    world.run(3600.0)
    assert len(world.submits()) == count, "nothing automatic, and no debit on the chain"
    world.fill(world.credit())
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"
    assert not world.standing
    world.debit()


def test_a_market_that_is_not_quoted_for_a_moment_does_not_park_an_unwind():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 899.0)
    kept = world.chain.bid.copy()
    world.chain.bid[:] = math.nan
    world.run(8.0)
    assert stage_of(unit) is Stage.UNWIND and not world.submits(Part.UNWIND)
    world.chain.bid[:] = kept
    world.run(4.0)
    assert world.submits(Part.UNWIND)


def test_a_natural_bid_far_below_the_price_paid_unwinds_at_once():
    world = World()
    unit = world.legged()
    world.run(6.0)
    row = 0 if unit.right == "call" else 1
    world.chain.bid[row, world.chain.index(unit.long_strike)] -= 0.9
    world.run(3.0)
    assert stage_of(unit) is Stage.UNWIND


def test_the_days_loss_halt_unwinds_open_units():
    world = World()
    unit = world.legged()
    world.run(1.0)
    world.emit(
        ev.CycleEnded(
            0, world.trader.key, 99, "SCRATCHED", 1, -600_000, 0, 0, "RISK", "vertical", 1
        )
    )
    world.run(5.0)
    assert stage_of(unit) is Stage.UNWIND


def test_only_prices_on_the_tick_and_inside_the_width_are_ever_asked():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 1000.0)
    for _, request in world.submits():
        width = abs(request.legs[0].strike - request.legs[1].strike) * 100
        assert isinstance(request.limit_c, int) and 0 < request.limit_c < width


def test_a_second_press_of_kill_leaves_the_unit_parked_and_sends_nothing():
    world = World()
    unit = world.legged()
    world.flags.killed = world.flags.frozen = True
    world.end(world.credit(), ReportKind.CANCELED)
    world.run(600.0)
    assert stage_of(unit) is Stage.PARKED
    assert len(world.submits()) == 2


def test_after_the_first_press_of_kill_the_completing_goes_on():
    world = World()
    world.legged()
    world.flags.killed = True
    world.run_until(lambda: len(world.submits(Part.CREDIT)) > 1)
    world.run(300.0)
    assert len(world.submits(Part.DEBIT)) == 1
