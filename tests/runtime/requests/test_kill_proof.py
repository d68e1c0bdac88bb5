"""What a kill must prove before it is over, before it is lifted, and before an order leaves."""

from __future__ import annotations

from datetime import time

from engine.commands import Ask, TicketState
from engine.orders import events as ev
from engine.run_folder.kill_latch import KillLatch
from tests.support.desks import simulated
from tests.support.operator_steps import Operated


def test_an_order_that_the_broker_does_not_list_survives_a_kill_until_its_end_is_told(desk):
    order = desk.working_debit()
    heard, listed = desk.core.orders.on_report, desk.venue.open_orders
    # The broker's answers about the order get lost, and its list forgets the order.
    desk.core.orders.on_report = lambda r: None if r.client_order_id == order else heard(r)
    desk.venue.open_orders = lambda: tuple(o for o in listed() if o.client_order_id != order)
    desk.ask(Ask.KILL, stage=2)
    desk.run(5.5)
    assert order not in {o.client_order_id for o in desk.venue.open_orders()}
    (alarm,) = desk.raised("KILL_OPEN")
    assert order in alarm.what
    desk.core.orders.on_report = heard
    desk.run(60)
    assert order not in desk.context.state.orders.live
    assert not desk.raised("KILL_OPEN")


def test_a_kill_is_not_lifted_while_an_order_shows_no_definite_answer(desk):
    desk.ask(Ask.KILL)
    desk.run(60)
    desk.nothing_open()
    desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    assert not desk.context.flags.killed, "it is lifted where every order has ended"
    desk.ask(Ask.RESUME)
    order = desk.working_debit()
    desk.ask(Ask.KILL)
    trader = desk.context.state.orders.live[order].intent.trader
    desk.context.emit(ev.OrderUnknown(desk.context.now().at_ms, trader, order, "no answer"))
    ticket = desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    assert ticket.state is TicketState.REFUSED
    assert "no definite answer" in ticket.text
    assert desk.context.flags.killed


def test_a_debit_whose_intent_is_durable_does_not_leave_when_another_process_has_latched(tmp_path):
    desk = Operated(simulated(run_dir=tmp_path, until=time(15, 0)))
    desk.run(30)
    latch = KillLatch(desk.desk.places.folder)
    # A desk on an exchange of its own process asks the file; this one looks at it now and then.
    desk.core.orders._latched = lambda: latch.is_closed
    emit, late = desk.context.emit, []

    def latching(event):
        if isinstance(event, ev.OrderIntended) and event.part == "D" and not late:
            late.append(event.order)
            latch.close(1, event.at_ms / 1000)
        emit(event)

    desk.context.emit = latching
    desk.run_until(lambda: late)
    desk.run(5)
    sent = [request.client_order_id for _, request in desk.sent]
    assert late[0] not in sent
    (ended,) = [event for event in desk.of(ev.OrderEnded) if event.order == late[0]]
    assert ended.reason == "the gate closed before it was sent"
    desk.desk.stop()
