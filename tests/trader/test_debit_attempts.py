"""One debit: sent, acknowledged, cancelled, filled, looked up when nothing answers."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.orders import events as ev
from engine.orders.transitions import OrderState
from engine.orders.types import Part, ReportKind
from tests.support.trader_world import World, sent_at

S = OrderState


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
    assert world.trader.credits.units


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
    report = world.fill(name)
    before = len(world.events)
    world.step(report)
    world.report(ReportKind.ACK, name)
    assert len(world.events) == before
    assert next(iter(world.trader.credits.units.values())).filled == 1


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
