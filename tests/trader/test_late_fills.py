"""Executions that come late, twice, for one leg, or are taken back."""

from __future__ import annotations

from engine.market.fees import NO_FEES
from engine.orders import events as ev
from engine.orders.actions import Warn
from engine.orders.transitions import OrderState
from engine.orders.types import Part, ReportKind
from engine.risk.gates import Gate
from tests.support.trader_world import World, fast, sent_at

S = OrderState


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
    assert not world.trader.credits.units
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
    report = world.fill(name)
    world.run(0.2)
    credit = world.credit()
    world.standing["OVERSOLD", "expected"] = ""
    world.report(ReportKind.CORRECTION, name, execution_id=report.execution_id, quantity=0)
    assert world.cancels(credit)
    assert any(code == "BOOK_DIFFERS" for code, _ in world.standing)
    del world.standing["OVERSOLD", "expected"]
    world.run(1.0)
    assert not world.trader.credits.units
    assert world.exposure.legged == 0
    end = world.of(ev.CycleEnded)[-1]
    assert (end.outcome, end.contracts, end.label) == ("BUSTED", 0, ""), "nothing was locked"


def test_a_bust_of_the_credit_is_completed_again():
    world = World()
    world.legged()
    world.run(0.5)
    first = world.credit()
    report = world.fill(first)
    assert world.exposure.legged == 0
    world.report(ReportKind.CORRECTION, first, execution_id=report.execution_id, quantity=0)
    assert world.exposure.legged == 1
    world.run(0.5)
    world.fill(world.credit())
    assert world.credit() != first
    assert world.exposure.legged == 0 and not world.trader.credits.units
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"


def test_a_bust_that_overtakes_its_execution_leaves_no_contract_to_complete():
    world = World()
    name = world.debit()
    world.run(0.5)
    told = world.fill(name, 1, tell=False)
    world.report(ReportKind.CORRECTION, name, execution_id=told.execution_id, quantity=0)
    world.step(told)
    world.run(10.0)
    assert not world.submits(Part.CREDIT)
    assert world.exposure.legged == 0 and not world.trader.credits.units


def test_a_corrected_debit_price_of_a_complete_pair_is_no_short_position_on_the_way():
    world = World()
    name = world.debit()
    world.run(0.5)
    report = world.fill(name)
    world.run(0.5)
    world.fill(world.credit())
    before = world.of(ev.CycleEnded)[-1]
    cheaper = {"quantity": report.quantity, "price_c": report.price_c - 1}
    world.report(ReportKind.CORRECTION, name, execution_id=report.execution_id, **cheaper)
    warned = [each.code for _, each in world.actions if isinstance(each, Warn) and each.raised]
    assert "OVERSOLD" not in warned
    after = world.of(ev.CycleEnded)[-1]
    assert after.floor_c - before.floor_c == 100
    assert world.exposure.legged == 0 and not world.trader.credits.units


def test_a_debit_that_cost_more_than_was_told_has_its_next_credit_priced_anew() -> None:
    """The price that the walk had chosen went out, below the lowest that leaves a cent."""
    world = World(query_s=None)
    name = world.debit()
    world.run(0.2)
    report = world.fill(name)
    world.run(0.2)
    first = world.credit()
    world.run_until(lambda: not world.orders[first].live)
    (unit,) = world.trader.credits.units.values()
    assert unit.next_target is not None
    dearer = report.price_c + 3
    more = {"quantity": report.quantity, "price_c": dearer}
    world.report(ReportKind.CORRECTION, name, execution_id=report.execution_id, **more)
    world.answer(first)
    world.run(0.2)
    assert world.credit() != first
    assert world.submits(Part.CREDIT)[-1][1].limit_c >= dearer


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
    assert not world.trader.credits.units
    world.run(29.9)
    assert where not in world.standing
    world.run(0.2)
    assert where in world.standing
    one_leg(world, name, 1, "b", 1_835)
    assert where not in world.standing
    assert world.of(ev.Executed)[-1].price_c == 235
    assert world.submits(Part.CREDIT)[0][1].quantity == 1
