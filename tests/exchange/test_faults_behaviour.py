"""What the desk does about a fault while it lasts: one asked for, one looked at."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest

from engine.exchange.faults.kinds import Fault
from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import OrderReport, Part, ReportKind
from engine.risk.gates import Gate
from engine.runtime.views.snapshot_builder import EVENTS
from engine.state.notices import LINES
from tests.support.faulty_desk import (
    ask,
    broker_of,
    faulty,
    sent_to_the_exchange,
    struck,
    trader_of,
    wire,
)
from tests.support.operator_steps import Operated


def test_an_order_that_never_arrived_is_asked_after_never_sent_again_and_ends():
    desk = faulty()
    ask(desk, Fault.SUBMIT_LOST)
    desk.run_until(lambda: struck(desk, Fault.SUBMIT_LOST))
    name = wire(desk, "submit")[-1]
    desk.run_until(lambda: desk.of(ev.OrderUnknown), within_s=3.0)
    assert trader_of(desk).exposure.working > 0, "it counts as the worse outcome"
    desk.run_until(lambda: any(e.order == name for e in desk.of(ev.OrderEnded)), within_s=60.0)
    assert wire(desk, "submit").count(name) == 1
    assert name in wire(desk, "query")
    assert name not in sent_to_the_exchange(desk)
    assert not desk.raised("ORDER_UNKNOWN")


def test_an_order_that_was_taken_without_a_word_is_adopted_when_the_exchange_tells_of_it():
    desk = faulty()
    ask(desk, Fault.SUBMIT_UNANSWERED)
    desk.run_until(lambda: desk.of(ev.OrderUnknown))
    name = desk.of(ev.OrderUnknown)[-1].order
    desk.run_until(lambda: any(e.order == name for e in desk.of(ev.OrderWorking)), within_s=5.0)
    desk.run_until(lambda: any(e.order == name for e in desk.of(ev.OrderEnded)), within_s=30.0)
    assert wire(desk, "submit").count(name) == 1
    desk.nothing_open()
    assert desk.desk.books_agree() == ""


@pytest.mark.parametrize("fault", [Fault.DUPLICATE_ACK, Fault.DUPLICATE_FILL])
def test_what_is_told_twice_is_booked_once(fault):
    desk = faulty()
    ask(desk, fault, times=20)
    desk.run_until(lambda: struck(desk, fault) >= 5)
    desk.run(6.0)
    desk.nothing_open()
    ids = [(e.order, e.execution) for e in desk.of(ev.Executed)]
    assert len(ids) == len(set(ids))
    assert desk.desk.books_agree() == ""


def test_a_fill_before_its_acknowledgement_is_completed_at_once():
    desk = faulty()
    ask(desk, Fault.FILL_BEFORE_ACK, times=100)

    def overtaken() -> list[str]:
        acked: set[str] = set()
        orders = []
        for event in desk.events:
            if isinstance(event, ev.OrderWorking):
                acked.add(event.order)
            elif isinstance(event, ev.Executed) and event.order not in acked:
                orders.append(event.order)
        return orders

    desk.run_until(overtaken)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""


@pytest.mark.parametrize("fault", [Fault.LEGS_BEFORE_COMBO, Fault.LEGS_INSTEAD])
def test_a_combination_told_leg_by_leg_counts_once(fault):
    desk = faulty()
    ask(desk, fault, times=1000)
    desk.run_until(lambda: len(desk.venue.ledger.executions) >= 10)
    desk.run(1.0)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""
    assert not desk.raised("BOOK_DIFFERS")


def test_a_lone_leg_is_an_alarm_after_thirty_seconds_until_the_other_is_told():
    desk = faulty()
    ask(desk, Fault.ONE_LEG, times=1000)
    desk.run_until(lambda: any("one leg" in a.what for a in desk.of(ev.AlarmRaised)))
    raised = next(a for a in desk.of(ev.AlarmRaised) if "one leg" in a.what)
    executed_ms = desk.venue.ledger.executions[0].at_s * 1000
    assert 29_000 <= raised.at_ms - executed_ms <= 31_500
    desk.run_until(
        lambda: any(c.alarm == raised.alarm for c in desk.of(ev.AlarmCleared)), within_s=60.0
    )


def test_a_late_fill_is_booked_marked_late_and_completed():
    desk = faulty()
    ask(desk, Fault.LATE_FILL, times=1000)
    desk.run_until(lambda: any(e.late for e in desk.of(ev.Executed)))
    desk.nothing_open()
    assert desk.desk.books_agree() == ""


def test_a_rejected_cancellation_leaves_the_order_counted_and_it_is_cancelled_again():
    desk = faulty()
    ask(desk, Fault.CANCEL_REJECTED)
    desk.run_until(lambda: struck(desk, Fault.CANCEL_REJECTED))
    name = wire(desk, "cancel")[-1]
    assert name in desk.context.state.orders.live
    desk.run_until(lambda: wire(desk, "cancel").count(name) >= 2, within_s=10.0)
    desk.run_until(lambda: any(e.order == name for e in desk.of(ev.OrderEnded)), within_s=10.0)


def test_a_lost_cancel_ack_is_asked_after_within_seconds():
    desk = faulty()
    ask(desk, Fault.CANCEL_ACK_LOST)
    desk.run_until(lambda: struck(desk, Fault.CANCEL_ACK_LOST))
    name = wire(desk, "cancel")[-1]
    desk.run_until(lambda: any(e.order == name for e in desk.of(ev.OrderEnded)), within_s=6.0)
    assert name in wire(desk, "query")


def test_a_rejected_credit_is_tried_again_with_longer_waits_then_parked_with_an_alarm():
    desk = faulty()
    ask(desk, Fault.CREDIT_REJECTED, times=50)
    desk.run_until(lambda: desk.raised("PARKED"), within_s=1800.0)
    units = list(trader_of(desk).credits.units.values())
    assert units and units[0].stage is Stage.PARKED
    times_s = [s for s, r in _submits(desk) if r == Part.CREDIT.value]
    waits = [b - a for a, b in pairwise(times_s)]
    assert waits[-1] > waits[0]


def _submits(desk: Operated) -> list[tuple[float, str]]:
    rows = broker_of(desk).wire.rows()
    return [(r["at_ms"] / 1000, r["part"]) for r in rows if r["what"] == "submit"]


def test_a_reject_storm_holds_the_trader_with_an_alarm():
    desk = faulty()
    held: list[object] = []

    def hold() -> bool:
        if broker_of(desk).rejections.storm_until_s < desk.now_s:
            ask(desk, Fault.REJECT_STORM)
        held[:] = desk.of(ev.TraderHeld)
        return bool(held)

    desk.run_until(hold)
    assert trader_of(desk).held is Gate.REJECTS
    assert desk.raised("REJECTS")


@pytest.mark.parametrize("fault", [Fault.DISCONNECT, Fault.UNAUTHORIZED, Fault.HALF_OPEN])
def test_nothing_is_lost_to_a_connection_that_fails_with_an_order_at_work(fault):
    desk = faulty()
    desk.working_debit()
    ask(desk, fault)
    desk.run(60.0)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""
    submits = wire(desk, "submit")
    assert len(submits) == len(set(submits))


def test_a_replay_of_old_reports_books_nothing_and_raises_no_alarm():
    desk = faulty()
    desk.run_until(lambda: len(desk.venue.ledger.executions) >= 40, within_s=3000.0)
    desk.nothing_open()
    executed = len(desk.of(ev.Executed))
    ask(desk, Fault.REPLAY)
    ask(desk, Fault.DISCONNECT)
    trader_of(desk).pause()
    desk.run(60.0)
    assert struck(desk, Fault.REPLAY) == 1
    assert len(desk.of(ev.Executed)) == executed
    assert not desk.raised("BOOK_DIFFERS")


def test_a_position_query_that_fails_is_not_taken_for_flat():
    desk = faulty()
    desk.run_until(desk.venue.positions)
    ask(desk, Fault.POSITIONS_FAILED, times=10)
    desk.run(200.0)
    assert struck(desk, Fault.POSITIONS_FAILED) > 3
    assert not desk.context.flags.unreconciled
    assert not desk.raised("BOOK_DIFFERS")


def test_a_manual_trade_blocks_its_chain_and_is_left_alone_until_it_is_gone():
    desk = faulty()
    desk.run_until(lambda: desk.sent)
    ask(desk, Fault.MANUAL_TRADE)
    desk.run_until(lambda: desk.raised("BOOK_DIFFERS"), within_s=120.0)
    desk.run(30.0)
    assert trader_of(desk).blocked is Gate.RECONCILE
    assert all("MANUAL" not in name for name in wire(desk, "cancel"))
    before = desk.debits_sent()
    desk.run(60.0)
    assert desk.debits_sent() == before
    broker_of(desk).account.close_by_hand()
    desk.run_until(lambda: not desk.raised("BOOK_DIFFERS"), within_s=60.0)
    desk.run_until(lambda: desk.debits_sent() > before, within_s=120.0)


@pytest.mark.parametrize("fault", [Fault.BUST, Fault.PRICE_CORRECTION])
def test_a_correction_is_booked_to_the_cent_and_raises_an_alarm(fault):
    desk = faulty()
    ask(desk, fault)
    desk.run_until(lambda: any("corrected" in a.what for a in desk.of(ev.AlarmRaised)))
    assert any(e.quantity < 0 for e in desk.of(ev.Executed))
    assert desk.desk.books_agree() == ""


def test_a_busted_credit_is_sold_again():
    desk = faulty()
    desk.legged()
    ask(desk, Fault.BUST)
    desk.run_until(lambda: any(e.quantity < 0 for e in desk.of(ev.Executed)))
    taken = next(e for e in desk.of(ev.Executed) if e.quantity < 0)
    cycle = desk.context.state.orders.known[taken.order].intent.cycle
    desk.nothing_open()
    sums = dict.fromkeys(("D", "C"), 0)
    for event in desk.of(ev.Executed):
        intent = desk.context.state.orders.known[event.order].intent
        if intent.cycle == cycle and intent.part in sums:
            sums[intent.part] += event.quantity
    assert desk.context.state.orders.known[taken.order].intent.part == "C"
    assert sums["D"] == sums["C"] > 0
    assert desk.desk.books_agree() == ""


def test_garbage_and_hostile_text_fault_nobody_and_reach_no_row():
    desk = faulty()
    for _ in range(200):
        ask(desk, Fault.GARBAGE)
        desk.run(1.0)
    assert not trader_of(desk).fault and not desk.raised("DESK_FAULT")
    assert desk.of(ev.AlarmRaised), "garbage about a known order is an alarm"
    for event in desk.events:
        for value in event:
            assert not isinstance(value, str) or (value.isprintable() and len(value) < 500)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""


def test_a_flood_of_reports_in_one_moment_is_taken_and_makes_no_list_longer_than_it_may_be():
    desk = faulty()
    desk.legged()
    connection = broker_of(desk).connection
    known = list(connection._recent)
    ask(desk, Fault.GARBAGE, times=5_000)
    for number in range(5_000):
        connection.report(replace(known[number % len(known)], at_s=desk.now_s))
        connection.report(
            OrderReport(ReportKind.FILL, f"S9-{number}", desk.now_s, "", f"X{number}", 1, 9)
        )
    desk.run(10.0)
    view = desk.snapshot()
    assert not trader_of(desk).fault and not desk.raised("DESK_FAULT")
    assert len(view.events) <= EVENTS
    assert len(desk.context.state.notices.lines) <= LINES
    assert len(desk.of(ev.AlarmRaised)) < 200, "one alarm a place, however many reports"
    desk.nothing_open()
    ids = [(e.order, e.execution) for e in desk.of(ev.Executed)]
    assert len(ids) == len(set(ids))
    assert desk.desk.books_agree() == ""


@pytest.mark.parametrize(
    "fault", [Fault.QUOTES_FUTURE, Fault.QUOTES_ZERO, Fault.QUOTES_HALF_MISSING]
)
def test_no_debit_leaves_on_quotes_that_cannot_be_true(fault):
    desk = faulty()
    ask(desk, fault, times=10_000)
    desk.run(120.0)
    assert struck(desk, fault) > 3
    assert desk.debits_sent() == 0 or fault is Fault.QUOTES_HALF_MISSING
    assert all(r.legs[0].option_type == "put" for _, r in desk.sent if r.pays), "calls lack asks"
    if fault is Fault.QUOTES_FUTURE:
        assert trader_of(desk).blocked is Gate.QUOTES_STALE


def test_a_feed_that_fails_stops_entries_and_nothing_else():
    desk = faulty()
    ask(desk, Fault.FEED_ERROR, times=10_000)
    desk.run(60.0)
    assert desk.debits_sent() == 0
    assert not trader_of(desk).fault


def test_no_credit_follows_a_cancelled_one_before_the_exchange_has_told_what_that_executed():
    desk = faulty()
    unconfirmed: list[Any] = []

    def confirming() -> bool:
        unconfirmed[:] = [
            unit for unit in trader_of(desk).credits.units.values() if unit.confirming
        ]
        return bool(unconfirmed)

    desk.run_until(confirming, within_s=3000.0)
    unit, name = unconfirmed[0], unconfirmed[0].confirming
    ask(desk, Fault.HALF_OPEN)
    sent = len(wire(desk, "submit"))
    connection = broker_of(desk).connection
    broken_s = desk.now_s
    while connection.state != "up":
        assert unit.confirming == name
        assert len(wire(desk, "submit")) == sent
        desk.run(0.05)
    assert desk.now_s - broken_s > 2.5, "longer than a silent broker is waited for"
    assert wire(desk, "query").count(name) >= 2
    desk.run_until(lambda: unit.confirming != name, within_s=20.0)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""
