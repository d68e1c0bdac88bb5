"""One leg has executed, and the other is unconfirmed: nothing may be sold twice."""

from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import Part, ReportKind
from engine.risk.gates import Gate
from engine.trader.unit_stages import park
from tests.support.trader_world import World


def one_leg(world, name, leg, execution, price_c, quantity=1):
    fields = {"execution_id": execution, "quantity": quantity, "price_c": price_c, "leg": leg}
    world.report(ReportKind.LEG_FILL, name, **fields)


def cancelled_credit(world):
    """A credit that the walk took back, and that has ended; nothing new has gone out yet."""
    world.legged()
    world.run(0.2)
    first = world.credit()
    world.run_until(lambda: not world.orders[first].live)
    return first


def test_no_credit_follows_one_of_which_a_single_leg_executed():
    world = World(query_s=None)
    first = cancelled_credit(world)
    one_leg(world, first, 1, "s", 500)
    world.answer(first)
    world.run(40.0)
    assert world.credit() == first, "the leg says that it may have sold"
    one_leg(world, first, 0, "b", 260)
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"
    assert not world.trader.credits.units


def test_a_leg_of_the_last_credit_that_is_told_late_takes_the_next_one_back():
    world = World()
    first = cancelled_credit(world)
    world.run(0.3)
    second = world.credit()
    assert second != first and world.orders[second].live
    one_leg(world, first, 1, "s", 500)
    world.run(0.05)
    assert world.cancels(second)
    world.run(20.0)
    assert not any(order.live for order in world.orders.values())
    one_leg(world, first, 0, "b", 260)
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"


def test_nothing_is_sold_back_either_while_a_leg_is_alone():
    world = World(query_s=None)
    first = cancelled_credit(world)
    one_leg(world, first, 1, "s", 500)
    world.answer(first)
    world.run(1000.0)
    assert not world.submits(Part.UNWIND)
    unit = next(iter(world.trader.credits.units.values()))
    assert unit.stage is Stage.PARKED and world.credit() == first


def test_no_debit_goes_out_while_a_leg_of_the_last_one_is_alone():
    world = World()
    name = world.debit()
    world.run_until(lambda: not world.orders[name].live)
    one_leg(world, name, 0, "b", 2_070)
    world.run(25.0)
    assert world.trader.blocked is Gate.UNKNOWN_ORDER
    assert len(world.submits(Part.DEBIT)) == 1
    one_leg(world, name, 1, "s", 1_835)
    assert world.submits(Part.CREDIT)


def test_a_unit_that_parks_while_its_sell_back_is_being_cancelled_sends_no_other():
    world = World()
    unit = world.legged()
    world.run_until(lambda: world.submits(Part.UNWIND), 1000.0)
    world.run(0.3)
    out = world.submits(Part.UNWIND)[-1][1].client_order_id
    world.cancel_s = None
    world.run_until(lambda: world.cancels(out), 10.0)
    assert unit.next_target is not None
    actions = world.trader.collect()
    park(world.trader.context, unit, world.moment, "no buyer", rests=True)
    world.carry_out(actions)
    before = len(world.submits(Part.UNWIND))
    world.end(out, ReportKind.CANCELED)
    world.run(5.0)
    assert len(world.submits(Part.UNWIND)) == before
    assert world.submits()[-1][1].part is Part.CREDIT


def test_a_garbled_report_in_the_answer_holds_the_next_credit_until_another_answer_came():
    world = World(query_s=None)
    first = cancelled_credit(world)
    world.trader.mark_unconfirmed(first, world.moment)
    world.report(ReportKind.CANCELED, first)
    world.run(1.0)
    assert world.credit() == first, "one of two answers has come"
    world.report(ReportKind.CANCELED, first)
    world.run(0.5)
    assert world.credit() != first


def test_a_garbled_report_about_a_rejected_credit_asks_before_anything_else_is_sold():
    world = World(ack_s=None, query_s=None)
    world.legged()
    first = world.credit()
    world.end(first, ReportKind.REJECTED, "no room")
    world.trader.mark_unconfirmed(first, world.moment)
    world.run(1.9)
    assert world.credit() == first, "the back-off of a second is over, the doubt is not"
    world.report(ReportKind.REJECTED, first)
    world.run(1.0)
    assert world.credit() == first, "one answer is due for the rejection, one for the doubt"
    world.report(ReportKind.REJECTED, first)
    world.run(1.0)
    assert world.credit() != first


def test_a_credit_that_is_rejected_after_it_worked_is_asked_after_before_the_next():
    world = World(query_s=None)
    world.legged()
    world.run(0.3)
    first = world.credit()
    report = world.fill(first, tell=False)
    world.end(first, ReportKind.REJECTED, "no room")
    assert world.queries(first)
    world.run(1.9)
    assert world.credit() == first
    world.step(report)
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"


def test_nothing_follows_a_cancelled_credit_before_the_broker_has_answered_what_became_of_it():
    world = World(query_s=None)
    first = cancelled_credit(world)
    assert world.queries(first)
    world.run(1.9)
    assert world.credit() == first, "an execution of it may still be on its way"
    late = world.fill(first, tell=False)
    world.step(late)
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"
    assert world.credit() == first


def test_a_garbled_report_that_names_no_order_leaves_every_answer_unconfirmed_that_is_due():
    world = World(query_s=None)
    first = cancelled_credit(world)
    world.trader.mark_all_unconfirmed()
    world.report(ReportKind.CANCELED, first)
    world.run(1.0)
    assert world.credit() == first, "what was garbled may have been its execution"
    world.report(ReportKind.CANCELED, first)
    world.run(0.5)
    assert world.credit() != first


def test_a_rejection_is_asked_after_where_its_acknowledgement_and_execution_were_lost():
    world = World(ack_s=None, query_s=None)
    unit = world.legged()
    first = world.credit()
    world.fill(first, tell=False)
    world.end(first, ReportKind.REJECTED, "no room")
    world.run(1.5)
    world.answer(first)
    world.run(60.0)
    assert world.credit() == first, "what it sold is not sold again"
    assert (unit.credited, unit.remaining) == (1, 0)


def test_a_broker_that_forgot_what_it_refused_delays_the_next_credit_by_one_look():
    world = World(ack_s=None, query_s=None)
    world.legged()
    first = world.credit()
    world.end(first, ReportKind.REJECTED, "no room")
    world.report(ReportKind.NOT_FOUND, first)
    world.run(2.1)
    assert world.credit() != first


def test_a_leg_that_was_told_alone_waits_no_more_once_its_order_is_filled_whole():
    """The other leg's report is lost, and the whole order's comes: the chain stayed closed."""
    world = World(query_s=None)
    name = world.debit()
    world.run_until(lambda: name in world.booked)
    where = ("BOOK_DIFFERS", f"{world.trader.key}/{name}")
    one_leg(world, name, 0, "b", 2_070)
    world.run(31.0)
    assert where in world.standing
    world.report(
        ReportKind.FILL,
        name,
        execution_id="whole",
        quantity=1,
        price_c=world.orders[name].request.limit_c,
    )
    assert not world.trader.lone_legs and where not in world.standing
    world.run_until(lambda: world.submits(Part.CREDIT))
    world.run(0.3)
    world.fill(world.credit())
    world.run(60.0)
    assert len(world.submits(Part.DEBIT)) > 1


def test_a_leg_alone_is_still_one_where_another_contract_was_filled_whole():
    world = World(query_s=None, contracts=2)
    name = world.debit()
    world.run_until(lambda: name in world.booked)
    limit_c = world.orders[name].request.limit_c
    world.report(ReportKind.FILL, name, execution_id="one", quantity=1, price_c=limit_c)
    one_leg(world, name, 0, "b", 2_070)
    assert world.trader.lone_legs
