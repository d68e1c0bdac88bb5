"""What must not happen between two steps that are each right: found by breaking them on purpose."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

from engine.commands import Ask, Command, TicketState
from engine.journal.opening import open_journal
from engine.journal.threaded import ThreadedJournal
from engine.orders import events as ev
from engine.orders.ladder import Choice, Stage
from engine.orders.transitions import OrderState
from engine.orders.types import OrderReport, Part, ReportKind
from tests.support.executor_world import (
    NEAR,
    PaperBroker,
    by_hand,
    executor_on,
    forward,
)
from tests.support.trader_world import World


class SlowDisk:
    """A durable journal whose commits wait until a test lets them go."""

    def __init__(self, path: Path) -> None:
        journal = open_journal(path, durable=True)
        assert isinstance(journal, ThreadedJournal)
        self.journal = journal
        self.journal._io.acquire()

    def let_go(self) -> None:
        self.journal._io.release()


def test_an_order_whose_intent_becomes_durable_after_a_kill_is_not_sent(tmp_path):
    disk = SlowDisk(tmp_path / "journal.db")
    broker = PaperBroker()
    clock, pace = by_hand()
    executor = executor_on(broker, pace, cancel_callback=broker.cancel, journal=disk.journal)
    executor.add_symbol("AAPL", [NEAR])
    executor.start()

    def live():
        return executor.call(lambda: dict(executor.context.state.orders.live))

    for _ in range(120):
        forward(executor, clock, 0.5)
        if live():
            break
    assert live() and not broker.orders, "the intent waits for the disk"
    assert executor.kill().state is TicketState.CONFIRMED
    disk.let_go()
    disk.journal.flush()
    forward(executor, clock, 1.0)
    assert not broker.orders
    assert not live()
    ended = [event for _, event in disk.journal.read() if isinstance(event, ev.OrderEnded)]
    assert [(event.status, event.reason) for event in ended] == [
        ("rejected", "the gate closed before it was sent")
    ]
    executor.stop(0.0)
    assert not broker.orders


@pytest.mark.parametrize("ask", [Ask.HALT, Ask.PAUSE])
def test_a_debit_that_waits_for_the_disk_is_not_sent_once_entries_were_stopped(tmp_path, ask):
    disk = SlowDisk(tmp_path / "journal.db")
    broker = PaperBroker()
    clock, pace = by_hand()
    executor = executor_on(broker, pace, cancel_callback=broker.cancel, journal=disk.journal)
    executor.add_symbol("AAPL", [NEAR])
    executor.start()
    state = executor.context.state
    for _ in range(240):
        forward(executor, clock, 0.5)
        if executor.call(lambda: dict(state.orders.live)):
            break
    (debit,) = executor.call(lambda: dict(state.orders.live))
    executor.ask(Command(ask, "*"))
    forward(executor, clock, 0.1)
    disk.let_go()
    disk.journal.flush()
    for _ in range(4):
        forward(executor, clock, 0.5)
        disk.journal.flush()
    assert not broker.orders
    assert executor.call(lambda: state.orders.known[debit].status) == "denied"
    executor.stop(0.0)


def test_a_credit_that_waits_for_the_disk_is_not_sent_once_its_debit_was_taken_back(tmp_path):
    """It left and was cancelled behind: what it executed meanwhile was a naked short."""
    disk = SlowDisk(tmp_path / "journal.db")
    broker = PaperBroker()
    clock, pace = by_hand()
    executor = executor_on(broker, pace, cancel_callback=broker.cancel, journal=disk.journal)
    executor.add_symbol("AAPL", [NEAR])
    executor.start()
    disk.let_go()
    state = executor.context.state
    for _ in range(240):
        forward(executor, clock, 0.5)
        if executor.call(lambda: dict(state.orders.live)):
            break
    disk.journal.flush()
    forward(executor, clock, 0.1)
    assert broker.arrived.wait(10.0)
    forward(executor, clock, 0.1)
    (placed,) = broker.orders
    (debit,) = executor.call(lambda: dict(state.orders.live))
    disk.journal._io.acquire()
    limit_c = state.orders.known[debit].intent.limit_c
    now_s = clock.epoch_s()
    told = OrderReport(ReportKind.FILL, debit, now_s, placed.order_id, "E1", 1, limit_c)
    executor.on_order_update(told)
    credit = ""
    for _ in range(20):
        forward(executor, clock, 0.25)
        live = executor.call(lambda: dict(state.orders.live))
        credit = next((n for n, r in live.items() if r.intent.part == Part.CREDIT), "")
        if credit:
            break
    assert credit and broker.orders == [placed], "its intent waits for the disk"
    executor.on_order_update(replace(told, kind=ReportKind.CORRECTION, quantity=0))
    forward(executor, clock, 0.25)
    disk.let_go()
    disk.journal.flush()
    for _ in range(8):
        forward(executor, clock, 0.5)
        disk.journal.flush()
    assert broker.orders[1:] == [] or broker.orders[1].legs[0].side == "buy"
    assert not executor.call(lambda: credit in state.orders.live)
    assert executor.call(lambda: state.orders.known[credit].status) == "denied"
    executor.stop(0.0)


def test_a_pause_outlives_the_automatic_hold_that_stood_beside_it():
    world = World(timing={"min_delay_between_attempts": 0.5, "max_delay_between_attempts": 1.0})
    world.run_until(lambda: world.trader.held is not None, 400.0)
    before = len(world.submits(Part.DEBIT))
    world.trader.pause()
    world.step()
    world.run(300.0)
    assert world.trader.held is None
    assert world.of(ev.TraderReleased)
    assert world.trader.paused
    assert len(world.submits(Part.DEBIT)) == before


def test_a_debit_is_never_offered_back_below_its_loss_limit_however_far_the_market_falls():
    world = World()
    unit = world.legged()
    world.run(6.0)
    row = 0 if unit.right == "call" else 1
    long = world.chain.index(unit.long_strike)
    world.chain.bid[row, long] = max(0.01, world.chain.bid[row, long] - 1.5)
    world.chain.ask[row, long] = world.chain.bid[row, long] + 0.10
    world.run(45.0)
    paid_c = world.submits(Part.DEBIT)[0][1].limit_c
    offered = [request.limit_c for _, request in world.submits(Part.UNWIND)]
    assert offered, "the sell-back began"
    assert min(offered) >= paid_c - math.floor(max(2, 0.25 * paid_c))
    assert unit.stage is Stage.PARKED


@pytest.mark.parametrize("how", ["lost", "refused", "not yet out"])
def test_the_credit_of_a_unit_that_is_left_to_the_operator_is_cancelled_until_it_has_ended(how):
    """It went on working, for a debit of which a leg was assigned: its fill would be naked."""
    world = World(record_s=1.0 if how == "not yet out" else 0.0)
    unit = world.legged()
    world.run_until(lambda: world.submits(Part.CREDIT))
    name = world.credit()
    if how == "not yet out":
        assert world.orders[name].state is OrderState.RECORDED
    else:
        world.run_until(lambda: world.orders[name].state is OrderState.WORKING)
        world.cancel_s = None
    world.trader.collect()
    world.trader.credits.leave(unit, world.moment, "a leg was assigned")
    world.carry_out(world.trader.out)
    if how == "refused":
        world.report(ReportKind.CANCEL_REJECTED, name, reason="try again")
    world.run(0.01)
    world.cancel_s = 0.1
    world.run(60.0)
    assert not world.booked[name].open
    assert unit.stage is Stage.PARKED and not unit.credited
    assert len(world.submits(Part.CREDIT)) == 1


def test_nothing_follows_the_credit_that_a_kill_cancelled_before_its_executions_are_known():
    """Lifted, the kill let its contract be sold back that the cancelled credit had sold."""
    world = World(query_s=None)
    unit = world.legged()
    world.run_until(lambda: world.submits(Part.CREDIT))
    name = world.credit()
    world.run_until(lambda: world.orders[name].state is OrderState.WORKING)
    world.flags.kill(2)
    world.trader.collect()
    world.trader.credits.abandon("kill", world.moment)
    world.carry_out(world.trader.out)
    overtaking = world.fill(name, tell=False)
    world.end(name, ReportKind.CANCELED)
    world.run(1.0)
    world.flags.lift_kill()
    world.trader.collect()
    world.trader.credits.decide(unit, Choice.UNWIND, world.moment)
    world.carry_out(world.trader.out)
    world.step()
    world.run(60.0)
    assert world.queries(name) and not world.submits(Part.UNWIND)
    world.step(overtaking)
    assert not world.trader.credits.units
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"


def test_a_unit_whose_credit_a_kill_cancelled_is_sold_back_once_the_broker_has_confirmed():
    world = World()
    unit = world.legged()
    world.run(0.5)
    world.flags.kill(2)
    world.trader.collect()
    world.trader.credits.abandon("kill", world.moment)
    world.carry_out(world.trader.out)
    world.run(1.0)
    world.flags.lift_kill()
    world.trader.collect()
    world.trader.credits.decide(unit, Choice.UNWIND, world.moment)
    world.carry_out(world.trader.out)
    world.step()
    world.run(1.0)
    assert world.submits(Part.UNWIND)
