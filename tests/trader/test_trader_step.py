"""One trader against a scripted exchange in virtual time: attempts, completion, faults, holds."""

import math
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.config import DeskConfig
from engine.market.fees import NO_FEES
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Fetch, Quotes, Submit, WakeAt
from engine.orders.ladder import Stage
from engine.orders.states import OrderState
from engine.orders.types import Part, ReportKind
from engine.risk.gates import Gate
from tests.support.trader_world import World, make_chain

S = OrderState


def between(low, value, high):
    return low - 1e-6 <= value <= high + 1e-6


def sent_at(world, name):
    return next(at_s for at_s, request in world.submits() if request.client_order_id == name)


def fast(**more):
    """Attempts every second, so that many fit into a short test."""
    timing = {"min_delay_between_attempts": 1.0, "max_delay_between_attempts": 1.5}
    return World(timing=timing, **more)


# -------------------------------------------------------------------- one attempt


def test_a_debit_is_cancelled_two_and_a_half_seconds_after_it_works():
    world = World(ack_s=0.7)
    name = world.debit()
    world.run(5.0)
    at_s, cancel = world.cancels(name)[0]
    assert at_s == pytest.approx(sent_at(world, name) + 0.7 + 2.5)
    assert cancel.reason == "timeout"
    assert world.of(ev.AttemptEnded)[0].result == "TIMEOUT"


def test_an_acknowledgement_that_comes_late_does_not_move_the_hard_cap():
    world = World(ack_s=9.0, query_s=None)
    name = world.debit()
    world.run(12.0)
    assert [round(at_s - sent_at(world, name), 6) for at_s, _ in world.cancels(name)] == [10.0]


def test_a_debit_that_is_never_acknowledged_is_cancelled_ten_seconds_after_it_was_sent():
    world = World(ack_s=None, query_s=None)
    name = world.debit()
    world.run(10.5)
    assert [round(at_s - sent_at(world, name), 6) for at_s, _ in world.cancels(name)] == [10.0]


def test_a_cancel_that_got_lost_is_sent_again_once_the_order_is_found_working():
    world = World()
    name = world.debit()
    world.cancel_s = None
    world.run(6.0)
    world.cancel_s = 0.1
    world.run(8.0)
    assert len(world.cancels(name)) == 2
    assert world.orders[name].state is S.CANCELED


def test_silence_makes_an_order_unknown_after_two_seconds_and_asks_never_submitting_again():
    world = World(ack_s=None, query_s=None, cancel_s=None)
    name = world.debit()
    world.run(1.99)
    assert world.orders[name].state is S.SENT
    world.run(0.02)
    assert world.orders[name].state is S.UNKNOWN
    assert world.queries(name) == [pytest.approx(sent_at(world, name) + 2.0)]
    world.run(600.0)
    assert len(world.submits()) == 1
    assert world.orders[name].live and world.exposure.working == 1


def test_an_order_that_stays_silent_is_asked_about_less_and_less_often():
    world = World(ack_s=None, query_s=None, cancel_s=None)
    name = world.debit()
    world.run(300.0)
    asked = world.queries(name)
    gaps = [round(b - a, 3) for a, b in pairwise(asked)]
    assert max(gaps) <= 16.0 and gaps[-1] == 16.0
    assert len(asked) < 30
    assert len(world.of(ev.OrderUnknown)) == 1


def test_an_unknown_order_that_exists_is_adopted():
    world = World(ack_s=None)
    name = world.debit()
    world.run(2.2)
    assert world.orders[name].state is S.WORKING
    assert world.exposure.unknown == 0
    world.fill(name)
    assert world.trader.completer.units


def test_not_found_is_not_cancelled_and_only_a_verified_answer_frees_the_trader():
    world = World()
    world.reach_exchange = False
    name = world.debit()
    world.run(3.0)
    world.reach_exchange = True
    world.run(30.0)
    assert world.orders[name].state in (S.UNKNOWN, S.CANCEL_SENT)
    assert world.exposure.working == 1
    world.never_arrived(name)
    assert world.exposure.working == 0
    world.debit()


def test_a_fill_before_the_acknowledgement_is_completed_and_a_late_acknowledgement_harmless():
    world = World(contracts=2, ack_s=None)
    name = world.debit()
    world.fill(name, 1)
    assert world.orders[name].state is S.CANCEL_SENT
    world.report(ReportKind.ACK, name)
    world.run(1.0)
    credit = world.submits(Part.CREDIT)[0][1]
    assert credit.quantity == 1
    assert world.orders[name].state is S.CANCELED


def test_duplicate_acknowledgements_and_fills_change_nothing():
    world = World(ack_s=0.1)
    name = world.debit()
    world.run(0.2)
    told = world.fill(name)
    before = len(world.events)
    world.step(told)
    world.report(ReportKind.ACK, name)
    assert len(world.events) == before
    assert next(iter(world.trader.completer.units.values())).filled == 1


def test_a_cancel_rejected_as_too_late_looks_for_the_execution():
    world = World(cancel_s=None)
    name = world.debit()
    world.run(3.0)
    world.fill(name, tell=False)
    world.report(ReportKind.CANCEL_REJECTED, name)
    assert world.queries(name)
    world.run(0.5)
    assert world.orders[name].state is S.FILLED
    assert world.submits(Part.CREDIT)


def test_an_intent_that_is_slow_to_become_durable_sends_one_credit_only():
    world = World()
    world.record_s = 1.0
    name = world.debit()
    world.run(1.5)
    world.fill(name)
    world.run(0.9)
    assert [request.part for _, request in world.submits()] == [Part.DEBIT, Part.CREDIT]
    assert world.orders[world.credit()].state is S.RECORDED
    world.run(1.0)
    assert len(world.submits(Part.CREDIT)) == 1


def test_fill_time_counts_from_working():
    world = World(ack_s=0.5)
    name = world.debit()
    world.run(0.5)
    world.run(0.75)
    world.fill(name)
    assert world.of(ev.AttemptEnded)[-1].fill_time_ms == 750


def test_a_partial_fill_that_ends_in_a_reject_is_an_attempt_that_filled():
    world = World(contracts=2, cancel_s=None)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 1)
    world.end(name, ReportKind.REJECTED, "no")
    ended = world.of(ev.AttemptEnded)[-1]
    assert (ended.result, ended.filled) == ("PARTIAL", 1)
    assert world.trader.debits.fills == 1
    assert world.submits(Part.CREDIT)


# -------------------------------------------------------------------- the credit


def test_a_full_fill_sends_the_credit_at_once_at_the_price_leaned_on():
    world = World()
    unit = world.legged()
    at_s, credit = world.submits(Part.CREDIT)[0]
    assert at_s == unit.first_fill_s
    pair = world.trader.debits.chooser.opportunity
    assert credit.limit_c == pair.credit_limit_c
    assert credit.legs[0].strike == pair.credit_long and credit.legs[1].strike == pair.credit_short
    assert (credit.legs[0].side, credit.legs[1].side) == ("buy", "sell")


def test_after_a_partial_fill_the_rest_is_cancelled_and_the_credit_waits_for_its_end():
    world = World(contracts=3, cancel_s=0.1)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 2)
    filled_s = world.now_s
    assert world.cancels(name)[0][0] == filled_s
    assert not world.submits(Part.CREDIT)
    world.run(0.2)
    at_s, credit = world.submits(Part.CREDIT)[0]
    assert at_s == pytest.approx(filled_s + 0.1)
    assert credit.quantity == 2


def test_the_credit_goes_out_after_a_quarter_second_while_the_cancel_is_pending():
    world = World(contracts=3, cancel_s=1.0)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 1)
    filled_s = world.now_s
    world.run(0.9)
    at_s, credit = world.submits(Part.CREDIT)[0]
    assert at_s == pytest.approx(filled_s + 0.25)
    assert credit.quantity == 1


def test_a_second_execution_forms_a_second_credit_when_the_first_is_terminal():
    world = World(contracts=3, cancel_s=2.0)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 1)
    world.run(0.5)
    first = world.credit()
    world.fill(name, 2)
    world.run(0.5)
    assert len(world.submits(Part.CREDIT)) == 1
    world.fill(first)
    world.run(0.3)
    assert [request.quantity for _, request in world.submits(Part.CREDIT)] == [1, 2]
    world.fill(world.credit())
    world.run(3.0)
    assert not world.trader.completer.units
    done = world.of(ev.CycleEnded)
    assert [(e.outcome, e.contracts) for e in done] == [("COMPLETE", 3)]


def test_a_credit_that_fills_in_parts_completes_without_another():
    world = World(contracts=3)
    world.legged()
    credit = world.credit()
    world.run(0.5)
    for _ in range(3):
        world.fill(credit, 1)
        world.run(0.3)
    assert len(world.submits(Part.CREDIT)) == 1
    assert world.of(ev.CycleEnded)[0].contracts == 3


def test_a_completed_cycle_accounts_for_its_money_to_the_cent():
    world = World(contracts=2)
    world.legged()
    world.run(0.5)
    world.fill(world.credit(), price_c=250)
    ended = world.of(ev.CycleEnded)[0]
    debit = world.submits(Part.DEBIT)[0][1]
    assert ended.net_c == (250 - debit.limit_c) * 2 * 100
    assert ended.fees_c == 2 * 4 * 68
    assert ended.floor_c == ended.net_c - ended.fees_c
    assert ended.label == "LOCK*"


def test_a_completed_trader_attempts_again():
    world = World()
    world.legged()
    world.run(0.5)
    world.fill(world.credit())
    world.debit()


# -------------------------------------------------------------------- late fills, busts


def late_fill(world, quantity=1):
    name = world.debit()
    world.run(4.0)
    assert world.orders[name].state is S.CANCELED
    return name, world.fill(name, quantity)


def test_a_late_fill_after_a_cancel_makes_a_unit_and_gets_its_credit():
    world = World(contracts=2)
    name, _ = late_fill(world)
    assert world.of(ev.Executed)[-1].late
    assert world.submits(Part.CREDIT)[0][1].quantity == 1
    world.run(1.0)
    world.fill(world.credit())
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"
    assert world.trader.debits.fills == 0, "late fills teach nothing"
    assert world.orders[name].filled == 1


def test_a_late_fill_cancels_a_newer_live_debit():
    world = fast(contracts=1)
    old = world.debit()
    world.run_until(lambda: not world.orders[old].live)
    new = world.debit()
    world.run(0.5)
    world.fill(old)
    assert [action.order for _, action in world.cancels()][-1] == new
    assert world.submits(Part.CREDIT)
    world.run(1.0)
    assert world.of(ev.AttemptEnded)[-1].result == "CANCELLED"


def test_a_late_fill_cancels_a_newer_debit_that_was_only_being_recorded():
    world = fast(contracts=1)
    old = world.debit()
    world.run_until(lambda: not world.orders[old].live)
    world.record_s = 0.5
    new = world.debit()
    world.fill(old)
    assert not world.cancels(new)
    world.run(1.5)
    assert world.cancels(new)[0][0] <= sent_at(world, new) + 0.5 + 0.11


def test_a_late_fill_of_a_finished_cycle_continues_it_under_new_order_ids():
    world = World(contracts=2, cancel_s=0.05)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 1)
    world.run(0.2)
    world.fill(world.credit())
    assert world.of(ev.CycleEnded)[-1].contracts == 1
    assert not world.trader.completer.units
    world.fill(name, 1)
    assert len(world.submits(Part.CREDIT)) == 2
    world.run(0.5)
    world.fill(world.credit())
    assert world.of(ev.CycleEnded)[-1].contracts == 2
    assert world.exposure.legged == 0


def test_a_late_fill_of_a_replaced_credit_cancels_what_would_sell_twice():
    world = World(fees=NO_FEES)
    world.legged()
    first = world.credit()
    world.run_until(lambda: len(world.submits(Part.CREDIT)) == 2)
    second = world.credit()
    world.run(0.2)
    world.fill(first)
    assert world.cancels(second)
    world.run(0.5)
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"
    assert ("OVERSOLD", f"{world.trader.key}/1") not in world.standing


def test_when_both_credits_fill_the_alarm_stands_and_the_chain_enters_nothing():
    world = World(fees=NO_FEES)
    world.legged()
    first = world.credit()
    world.run_until(lambda: len(world.submits(Part.CREDIT)) == 2)
    world.run(0.2)
    world.standing["OVERSOLD", "expected"] = ""
    world.cancel_s = None
    world.fill(first)
    world.fill(world.credit())
    assert ("OVERSOLD", f"{world.trader.key}/1") in world.standing
    world.run(300.0)
    assert len(world.submits(Part.DEBIT)) == 1
    assert world.trader.blocked is Gate.UNHEDGED


def test_a_bust_of_the_debit_cancels_the_credit_that_would_sell_it():
    world = World()
    name = world.debit()
    world.run(0.5)
    told = world.fill(name)
    world.run(0.2)
    credit = world.credit()
    world.standing["OVERSOLD", "expected"] = ""
    world.report(ReportKind.CORRECTION, name, execution_id=told.execution_id, quantity=0)
    assert world.cancels(credit)
    assert any(code == "BOOK_DIFFERS" for code, _ in world.standing)
    del world.standing["OVERSOLD", "expected"]
    world.run(1.0)
    assert not world.trader.completer.units
    assert world.exposure.legged == 0


def test_a_bust_of_the_credit_is_completed_again():
    world = World()
    world.legged()
    world.run(0.5)
    first = world.credit()
    told = world.fill(first)
    assert world.exposure.legged == 0
    world.report(ReportKind.CORRECTION, first, execution_id=told.execution_id, quantity=0)
    assert world.exposure.legged == 1
    world.run(0.5)
    world.fill(world.credit())
    assert world.credit() != first
    assert world.exposure.legged == 0 and not world.trader.completer.units
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"


def test_an_execution_of_a_forgotten_order_raises_an_alarm():
    world = World()
    world.report(ReportKind.FILL, "S-0-0D1", execution_id="X", quantity=1, price_c=100)
    assert ("BOOK_DIFFERS", world.trader.key) in world.standing


def one_leg(world, name, leg, execution, price_c):
    fields = {"execution_id": execution, "quantity": 1, "price_c": price_c, "leg": leg}
    world.report(ReportKind.LEG_FILL, name, **fields)


def test_a_lone_leg_is_no_fill_and_after_thirty_seconds_an_alarm_which_its_other_leg_clears():
    world = World(cancel_s=None, query_s=None)
    name = world.debit()
    world.run(0.5)
    where = ("BOOK_DIFFERS", f"{world.trader.key}/{name}")
    one_leg(world, name, 0, "a", 2_070)
    assert not world.trader.completer.units
    world.run(29.9)
    assert where not in world.standing
    world.run(0.2)
    assert where in world.standing
    one_leg(world, name, 1, "b", 1_835)
    assert where not in world.standing
    assert world.of(ev.Executed)[-1].price_c == 235
    assert world.submits(Part.CREDIT)[0][1].quantity == 1


# -------------------------------------------------------------------- rejects


def test_a_rejected_credit_is_tried_again_after_growing_pauses_and_then_parked():
    world = World(ack_s=None)
    name = world.debit()
    world.fill(name)
    times = []
    while world.trader.completer.units[1].stage is not Stage.PARKED:
        credit = world.credit()
        times.append(sent_at(world, credit))
        world.end(credit, ReportKind.REJECTED, "margin")
        count = len(world.submits(Part.CREDIT))
        if world.trader.completer.units[1].stage is not Stage.PARKED:
            world.run_until(lambda count=count: len(world.submits(Part.CREDIT)) > count)
    gaps = [round(b - a, 2) for a, b in pairwise(times)]
    assert gaps[:5] == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert max(gaps) <= 35.0 and len(times) == 8
    assert "margin" in world.standing["PARKED", f"{world.trader.key}/1"]
    world.run(1800.0)
    assert len(world.submits(Part.CREDIT)) == 8


def test_a_rejected_debit_is_no_attempt_and_backs_off_twice_as_long():
    world = World(ack_s=None)
    name = world.debit()
    world.end(name, ReportKind.REJECTED, "price")
    assert not world.of(ev.AttemptEnded)
    timing = world.config.timing
    assert world.trader.next_delay_s >= timing.min_delay_between_attempts
    world.debit()
    assert world.trader.debits.attempts == 0


def test_three_rejects_in_a_row_hold_the_trader_until_an_operator_resumes():
    world = World(ack_s=None)
    for _ in range(3):
        world.end(world.debit(), ReportKind.REJECTED, "account closed")
    held = world.of(ev.TraderHeld)[-1]
    assert held.code == Gate.REJECTS and "account closed" in held.text and held.until_ms == 0
    world.run(3600.0)
    assert len(world.submits()) == 3
    world.trader.release(world.moment)
    world.trader.plan_next(world.moment)
    world.step()
    world.end(world.debit(), ReportKind.REJECTED)
    assert world.trader.held is None, "the row of rejects begins anew"


def test_an_attempt_between_rejects_begins_the_row_anew():
    world = World(ack_s=0.1)
    for turn in range(6):
        name = world.debit()
        if turn % 3 == 2:
            world.run(4.0)
        else:
            world.end(name, ReportKind.REJECTED)
    assert world.trader.held is None


# -------------------------------------------------------------------- the ladder


def credits(world, unit):
    return [(round(at_s - unit.first_fill_s, 2), r) for at_s, r in world.submits(Part.CREDIT)]


def test_the_credit_rests_until_five_seconds_and_then_walks_a_tick_each_two_and_a_half():
    world = World(fees=NO_FEES, cancel_s=0.05, query_s=0.05)
    world.chain = make_chain(spread=0.3)
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
    world.chain = make_chain(spread=0.3)
    unit = world.legged()
    world.run_to(unit.first_fill_s + 20.0)
    sent = credits(world, unit)
    assert sent[-1][1].limit_c == sent[0][1].limit_c - 6


def test_rescanning_keeps_a_profit_and_scratching_gives_it_up_after_a_minute():
    world = World()
    unit = world.legged()
    world.run_to(unit.first_fill_s + 59.0)
    paid = world.submits(Part.DEBIT)[0][1].limit_c
    assert unit.stage is Stage.RESCAN
    assert min(r.limit_c for _, r in credits(world, unit)) >= paid + 2.72 + 1
    world.run(10.0)
    assert unit.stage is Stage.SCRATCH
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
    assert unit.stage is Stage.OPERATOR
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
    assert unit.stage is Stage.PARKED
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
    assert unit.stage is Stage.UNWIND and not world.submits(Part.UNWIND)
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
    assert unit.stage is Stage.UNWIND


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
    assert unit.stage is Stage.UNWIND


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
    assert unit.stage is Stage.PARKED
    assert len(world.submits()) == 2


def test_after_the_first_press_of_kill_the_completing_goes_on():
    world = World()
    world.legged()
    world.flags.killed = True
    world.run_until(lambda: len(world.submits(Part.CREDIT)) > 1)
    world.run(300.0)
    assert len(world.submits(Part.DEBIT)) == 1


# -------------------------------------------------------------------- the close


def test_five_minutes_before_the_close_a_legged_unit_may_scratch_and_at_three_it_unwinds():
    world = World(at="15:54:30")
    unit = world.legged()
    to_close_s = 330.0
    assert unit.stage is Stage.LEAN
    world.run_to(to_close_s - 301.0)
    early = unit.stage
    world.run_to(to_close_s - 299.9)
    assert early is not Stage.SCRATCH and unit.stage is Stage.SCRATCH
    world.run_to(to_close_s - 180.1)
    assert unit.stage is Stage.SCRATCH
    world.run_to(to_close_s - 179.9)
    assert unit.stage is Stage.UNWIND


def test_the_close_finds_a_unit_in_the_operators_stage_in_time():
    world = World(at="15:48:00")
    unit = world.legged()
    world.run_to(720.0 - 299.0)
    assert unit.stage is Stage.OPERATOR
    world.run_to(720.0 - 179.9)
    assert unit.stage is Stage.UNWIND


def test_without_forced_balance_the_close_changes_no_stage():
    world = World(at="15:54:30")
    world.trader.balancer.force_balance_at_close = False
    unit = world.legged()
    world.run_to(330.0 - 250.0)
    assert unit.stage is Stage.SCRATCH
    world.run_to(330.0 - 100.0)
    assert unit.stage is Stage.SCRATCH


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
    world.trader.completer.close_day(world.moment)
    world.carry_out(actions)
    assert unit.stage is Stage.PARKED
    assert world.of(ev.CycleEnded)[-1].outcome == "PARKED"


# -------------------------------------------------------------------- pause, hold, size


def test_pause_lets_a_live_debit_live_out_its_timer_and_a_filled_one_complete():
    world = World()
    name = world.debit()
    world.run(0.5)
    world.trader.pause()
    world.step()
    world.run(1.9)
    assert not world.cancels(name)
    world.fill(name)
    assert world.submits(Part.CREDIT)
    world.run(0.5)
    world.fill(world.credit())
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"
    world.run(600.0)
    assert len(world.submits(Part.DEBIT)) == 1


def test_a_low_fill_rate_pauses_sixty_seconds_and_then_judges_anew():
    world = fast()
    world.run_until(lambda: world.trader.held is not None, 400.0)
    assert world.trader.debits.attempts == 20
    held_s = world.now_s
    count = len(world.submits())
    world.run(59.9)
    assert len(world.submits()) == count
    world.run(3.0)
    assert len(world.submits()) > count
    assert world.of(ev.TraderReleased)
    assert world.trader.debits.window.attempts <= 1
    world.run_until(lambda: len(world.of(ev.TraderHeld)) == 2, 400.0)
    assert world.trader.debits.attempts == 40
    assert world.now_s - held_s > 60.0


def test_a_fill_rate_at_the_minimum_goes_on():
    turn = iter(range(1000))
    world = fast(fills=lambda booked: booked.request.quantity if _fills(booked, turn) else 0)
    world.run_until(lambda: world.trader.debits.attempts >= 44, 1000.0)
    assert world.trader.held is None


def _fills(booked, turn):
    return booked.request.part is Part.CREDIT or next(turn) % 4 == 0


def test_the_size_steps_up_by_one_every_twenty_attempts_that_fill():
    world = fast(fills=lambda booked: booked.request.quantity)
    world.run_until(lambda: world.trader.debits.attempts >= 45, 1000.0)
    changes = [(e.before, e.after) for e in world.of(ev.SizeChanged)]
    assert changes == [(1, 2), (2, 3)]
    sizes = [r.quantity for _, r in world.submits(Part.DEBIT)]
    assert sizes[:20] == [1] * 20 and sizes[20:40] == [2] * 20


def test_the_size_steps_down_but_never_below_the_minimum():
    sizing = {"current_contracts": 2}
    world = fast(sizing=sizing, fill_rate={"min_fill_rate": 0.0})
    world.run_until(lambda: world.trader.debits.attempts >= 45, 1000.0)
    assert [(e.before, e.after) for e in world.of(ev.SizeChanged)] == [(2, 1)]


def test_after_an_approved_size_it_steps_only_downward():
    world = fast(fills=lambda booked: booked.request.quantity)
    world.trader.debits.only_downward = True
    world.run_until(lambda: world.trader.debits.attempts >= 25, 1000.0)
    assert not world.of(ev.SizeChanged)


def test_the_size_never_exceeds_the_room_left():
    world = World(
        sizing={"current_contracts": 8}, limits={"max_imbalance_chain": 3, "orders_per_minute": 600}
    )
    world.debit()
    assert world.submits()[0][1].quantity == 3


@pytest.mark.parametrize("flag", ["killed", "halted", "exit_only", "journal_failed"])
def test_no_debit_goes_out_while_a_flag_of_the_desk_is_up(flag):
    world = fast()
    setattr(world.flags, flag, True)
    world.run(30.0)
    assert not world.submits()
    setattr(world.flags, flag, False)
    world.debit()


def test_no_debit_goes_out_after_the_days_loss():
    world = fast()
    world.exposure.realised_c = -250_000
    world.run(30.0)
    assert not world.submits() and world.trader.blocked is Gate.DAY_LOSS


def test_a_gate_that_closes_while_quotes_are_on_their_way_stops_the_debit():
    world = fast()
    world.fetch_answers = False
    world.run_until(lambda: any(isinstance(a, Fetch) for _, a in world.actions))
    world.flags.halted = True
    world.quote()
    assert not world.submits()


def test_a_report_and_quotes_in_one_inbox_never_send_a_debit_beside_a_new_unit():
    world = fast(contracts=1)
    old = world.debit()
    world.run_until(lambda: not world.orders[old].live)
    world.fetch_answers = False
    world.run_until(
        lambda: isinstance(world.actions[-1][1], Fetch) or world.trader.context.fetching
    )
    told = world.fill(old, tell=False)
    world.chain.confirmed_s = world.moment.epoch_s
    world.step(told, Quotes(world.chain, 100.0))
    assert len(world.submits(Part.DEBIT)) == 1
    assert world.submits(Part.CREDIT)


# -------------------------------------------------------------------- delays, determinism


@settings(max_examples=150, deadline=None)
@given(
    low=st.floats(0, 20),
    more=st.floats(0, 20),
    spread=st.floats(0, 1),
    phase=st.sampled_from([("09:35:00", "open"), ("10:30:00", ""), ("15:50:00", "close")]),
    multiplier=st.floats(1, 5),
    seed=st.integers(0, 10**6),
)
def test_the_delay_keeps_the_bounds_of_its_formula(low, more, spread, phase, multiplier, seed):
    clock, auction = phase
    world = _DELAYS[clock]
    trader = world.trader
    config = DeskConfig.model_validate(
        {
            "timing": {
                "min_delay_between_attempts": low,
                "max_delay_between_attempts": low + more,
                "random_delay_factor": spread,
            }
        }
    )
    trader.context.timing = config.timing
    trader.context.rng.seed(seed)
    world.session.multiplier = multiplier if auction else 1.0
    trader.plan_next(Moment(5.0, world.start_epoch_s))
    factor = world.session.multiplier
    least = max(low, low * (1 - spread / 2) * factor)
    most = max(low, (low + more) * (1 + spread / 2) * factor)
    assert least - 1e-9 <= trader.next_delay_s <= most + 1e-9
    assert trader.next_attempt_s == 5.0 + trader.next_delay_s


_DELAYS = {at: World(at=at, start=False) for at in ("09:35:00", "10:30:00", "15:50:00")}


@pytest.mark.parametrize(
    ("at", "multiplier"), [("09:35:00", 2.0), ("10:30:00", 1.0), ("15:50:00", 1.5)]
)
def test_the_auctions_lengthen_the_delay(at, multiplier):
    assert World(at=at, start=False).session.multiplier == multiplier


def day(seed):
    turn = iter(range(10**6))
    world = fast(
        contracts=2,
        seed=seed,
        fills=lambda booked: 1 if next(turn) % 3 else 0,
    )
    world.run(240.0)
    return world.events, [a for _, a in world.actions if not isinstance(a, WakeAt)]


def test_the_same_seed_gives_the_same_actions_and_events():
    events, actions = day(11)
    again_events, again_actions = day(11)
    assert events == again_events and len(events) > 50
    kinds = (Submit, Cancel)
    picked = [a for a in actions if isinstance(a, kinds)]
    assert [repr(a) for a in picked] == [repr(a) for a in again_actions if isinstance(a, kinds)]


def test_another_seed_gives_other_delays():
    assert day(11)[0] != day(12)[0]
