"""What a trader does about debits and credits that the broker rejects."""

from __future__ import annotations

from itertools import pairwise

from engine.orders import events as ev
from engine.orders.actions import Failed
from engine.orders.ladder import Stage
from engine.orders.types import Part, ReportKind
from engine.risk.gates import Gate
from tests.support.trader_world import World, sent_at, stage_of


def next_credit(world: World) -> None:
    """Wait until another credit is sent."""
    before = len(world.submits(Part.CREDIT))
    world.run_until(lambda: len(world.submits(Part.CREDIT)) > before)


def test_a_rejected_credit_is_tried_again_after_growing_pauses_and_then_parked():
    world = World(ack_s=None)
    name = world.debit()
    world.fill(name)
    unit = world.trader.credits.units[1]
    times = []
    while stage_of(unit) is not Stage.PARKED:
        credit = world.credit()
        times.append(sent_at(world, credit))
        world.end(credit, ReportKind.REJECTED, "margin")
        if stage_of(unit) is not Stage.PARKED:
            next_credit(world)
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


def test_a_throttled_debit_is_no_reject_and_its_trader_is_never_held():
    world = World(ack_s=None)
    for _ in range(5):
        world.step(Failed(world.debit(), "too fast", denied=True, gate="RATE"))
        assert world.trader.blocked is Gate.RATE
    assert [event.status for event in world.of(ev.OrderEnded)] == ["denied"] * 5
    assert (world.trader.debits.rejects, world.trader.held) == (0, None)
    assert not world.exposure.rejects_ms


def test_a_debit_that_was_not_sent_is_no_reject_however_late_that_is_known():
    world = World(ack_s=None, cancel_s=None, query_s=None)
    for wait_s in (0.5, 3.0, 12.0):  # sent; without an answer; with its cancel asked for
        name = world.debit()
        world.run(wait_s)
        world.step(Failed(name, "no connection", denied=True, gate="LINK"))
    assert [event.status for event in world.of(ev.OrderEnded)] == ["denied"] * 3
    assert world.trader.debits.rejects == 0


def test_throttled_credits_are_sent_again_after_growing_pauses_and_never_parked():
    world = World(ack_s=None)
    world.fill(world.debit())
    unit = world.trader.credits.units[1]
    times = []
    for _ in range(9):
        credit = world.credit()
        times.append(sent_at(world, credit))
        world.step(Failed(credit, "too fast", denied=True, gate="RATE"))
        next_credit(world)
    gaps = [b - a for a, b in pairwise(times)]
    assert [round(gap) for gap in gaps[:5]] == [1, 2, 4, 8, 16] and max(gaps) <= 35.0
    assert unit.rejects == 0 and stage_of(unit) is not Stage.PARKED


def test_a_throttled_credit_between_rejects_does_not_begin_their_row_anew():
    world = World(ack_s=None)
    world.fill(world.debit())
    unit = world.trader.credits.units[1]
    world.end(world.credit(), ReportKind.REJECTED, "margin")
    next_credit(world)
    world.step(Failed(world.credit(), "too fast", denied=True, gate="RATE"))
    assert unit.rejects == 1


def test_a_throttled_debit_that_executes_all_the_same_is_booked_and_completed():
    world = World(ack_s=None)
    name = world.debit()
    world.step(Failed(name, "too fast", denied=True, gate="RATE"))
    world.fill(name)
    executed = world.of(ev.Executed)[-1]
    assert (executed.order, executed.late) == (name, True)
    assert world.trader.credits.units
