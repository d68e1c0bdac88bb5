"""Contracts of open units that other hands end: nothing is sold for such a unit, and it says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from engine.book.contract_keys import ContractKey
from engine.book.held_pair import Leg
from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.settlements import SettlementKind, SettlementReport, taken_back
from engine.orders.types import OrderReport, ReportKind
from engine.runtime.restart.live_orders import know_again
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.settlement_desk import EXPIRES, At, Pair, SettlementDesk

TODAY = date(2026, 11, 12)
OPEN = Pair("C", 590.0, 595.0, 600.0, 605.0, debit_c=310, credit_c=330, credits=0)
WHOLE = replace(OPEN, credits=1)


def desk_with(*pairs: Pair) -> SettlementDesk:
    desk = SettlementDesk("SPY", At(594.0), today=TODAY, early=0.0)
    desk.hold(*pairs)
    desk.begin()
    return desk


def report(
    name: str, strike: float, quantity: int, kind: SettlementKind, price_c: int, cash_c: int,
    shares: int = 0,
) -> SettlementReport:  # fmt: skip
    return SettlementReport(
        kind, name, 0.0, "SPY", EXPIRES, "call", strike, quantity, price_c, cash_c, shares
    )


def closed(name: str, strike: float, quantity: int, price_c: int) -> SettlementReport:
    kind = SettlementKind.CLOSED
    return report(name, strike, quantity, kind, price_c, quantity * price_c * 100)


def told(desk: SettlementDesk, settlement: SettlementReport) -> None:
    """The broker books a settlement, and tells it."""
    desk.venue.ledger.settle(settlement)
    desk.core.settlements.hear(settlement)
    desk.books_agree()


def unit_of(desk: SettlementDesk) -> Any:
    """An open unit of the held debit, as a trader has it after its fill."""
    from engine.runtime.restart.units import unit_of

    context = desk.context
    totals = context.state.traders[desk.key]
    (unit,) = totals.units.values()
    made = unit_of(context, totals, unit, list(context.state.orders.known.values()))
    assert made is not None
    context.traders[desk.key].credits.adopt(made)
    return made


ASSIGNED = report("A1", 595.0, -1, SettlementKind.ASSIGNED, 59_600, 59_500_00, -100)


def test_a_unit_whose_short_leg_is_assigned_is_left_to_the_operator() -> None:
    desk = desk_with(OPEN)
    unit = unit_of(desk)
    told(desk, ASSIGNED)
    assert unit.stage is Stage.PARKED and not unit.rests
    assert unit.order is None
    raised = desk.raised()
    assert "not all in the account any more" in raised["PARKED"]
    assert "-1 595C assigned" in raised["ASSIGNED"]
    assert "-100 (-100 a pair's)" in raised["SHARES"]
    pair = desk.context.state.positions.pairs.find(desk.key, 1)
    assert pair is not None and pair.legs == {Leg("C", 590.0): 1}
    assert pair.floor_c() == -310_00 - 136 + 500_00  # the long call covers the shares: bounded
    desk.run(3600.0)
    assert desk.of(ev.OrderSent)[1:] == [], "nothing is sold for it, whatever the ladder's age"


def test_a_unit_assigned_on_the_morning_of_its_expiration_is_left_to_the_operator() -> None:
    before_the_open_s = 6.5 * 3600.0 + 600.0
    desk = SettlementDesk("SPY", At(594.0), today=EXPIRES, early=0.0, last_s=before_the_open_s)
    desk.hold(OPEN)
    desk.begin()
    unit = unit_of(desk)
    told(desk, ASSIGNED)
    assert "not all in the account any more" in desk.raised()["PARKED"]
    assert "-1 595C assigned" in desk.raised()["ASSIGNED"]
    desk.run(3600.0)
    assert unit.stage is Stage.PARKED
    assert desk.of(ev.OrderIntended)[1:] == [], "its debit is not there to be sold back"


def test_an_assignment_of_the_last_day_is_an_alarm_until_its_chain_ends() -> None:
    desk = SettlementDesk("SPY", At(594.0), today=EXPIRES, early=0.0)
    desk.hold(WHOLE)
    desk.begin()
    told(desk, ASSIGNED)
    assert "-1 595C assigned" in desk.raised()["ASSIGNED"]
    desk.run(6.5 * 3600.0 + 10.0)
    assert "ASSIGNED" not in desk.raised()
    desk.books_agree()


def test_a_unit_of_which_a_broker_closes_one_leg_is_left_to_the_operator_and_then_ends() -> None:
    desk = desk_with(OPEN)
    unit = unit_of(desk)
    told(desk, closed("F1", 595.0, -1, 40))
    assert unit.stage is Stage.PARKED
    assert desk.of(ev.PairSettled) == []
    told(desk, closed("F2", 590.0, 1, 420))
    (ended,) = desk.of(ev.PairSettled)
    assert (ended.cash_c, ended.payoff_c) == (-310_00 - 40_00 + 420_00, 0)
    assert ended.realised_c == 70_00 - 136
    money, totals = desk.context.state.money, desk.context.state.traders[desk.key]
    assert (money.net_premium_c, money.unwind_c, money.unwound) == (70_00, 380_00, 1)
    assert (totals.net_premium_c, totals.matched_c) == (70_00, 70_00)
    assert money.result_c == totals.result_c == ended.realised_c
    assert desk.context.traders[desk.key].credits.units == {}
    assert "PARKED" not in desk.raised()
    assert desk.context.state.money.unhedged == desk.context.exposure.legged == 0
    again = DeskState()
    again.apply_all(desk.context.journal.read())
    assert plain_values(again) == plain_values(desk.context.state)


def test_what_a_broker_closes_of_a_completed_pair_is_in_its_money_and_its_floor() -> None:
    desk = desk_with(WHOLE)
    for name, strike, quantity, price_c in (("F1", 600.0, -1, 20), ("F2", 605.0, 1, 5)):
        told(desk, closed(name, strike, quantity, price_c))
    pair = desk.context.state.positions.pairs.find(desk.key, 1)
    assert pair is not None
    assert pair.cash_c == (330 - 310 - 20 + 5) * 100
    assert pair.legs == {Leg("C", 590.0): 1, Leg("C", 595.0): -1}
    assert desk.raised().keys() & {"SETTLEMENT", "UNCOVERED", "BOOK_DIFFERS"} == set()


def test_an_assignment_that_is_taken_back_gives_pair_and_account_what_they_had() -> None:
    desk = desk_with(WHOLE, WHOLE)
    state = desk.context.state
    before = state.contracts.cash_c, state.contracts.contracts()
    two = report("A1", 595.0, -2, SettlementKind.ASSIGNED, 59_600, 2 * 59_500_00, -200)
    told(desk, two)
    assert "ASSIGNED" in desk.raised()
    told(desk, taken_back(two, 1.0))
    assert (state.contracts.cash_c, state.contracts.contracts()) == before
    assert all(pair.whole and not pair.shares for pair in state.positions.pairs.held())
    assert desk.raised().keys() & {"ASSIGNED", "SHARES", "SETTLEMENT"} == set()
    told_again = len(desk.of(ev.Settled))
    desk.core.settlements.hear(two)
    desk.core.settlements.hear(taken_back(two, 2.0))
    assert len(desk.of(ev.Settled)) == told_again == 2
    again = DeskState()
    again.apply_all(desk.context.journal.read())
    assert plain_values(again) == plain_values(state)


@pytest.mark.parametrize("known", [False, True])
def test_what_cannot_be_given_back_is_named(known: bool) -> None:
    desk = SettlementDesk("SPY", At(592.0), last_s=1800.0) if known else desk_with(WHOLE)
    if known:
        desk.hold(WHOLE)
        desk.close()
        (first, *_) = desk.of(ev.Settled)
        end = report(first.settlement, first.strike, first.quantity, SettlementKind.EXPIRED, 0, 0)
    else:
        end = report("A9", 595.0, -1, SettlementKind.ASSIGNED, 59_600, 59_500_00, -100)
    settled = len(desk.of(ev.Settled))
    desk.core.settlements.hear(taken_back(end, 1.0))
    assert "was taken back" in desk.raised()["SETTLEMENT"]
    assert len(desk.of(ev.Settled)) == settled


def test_what_waits_for_its_execution_and_is_taken_back_waits_no_more() -> None:
    desk = desk_with(WHOLE)
    early = report("A1", 597.0, -1, SettlementKind.ASSIGNED, 59_800, 59_700_00, -100)
    desk.core.settlements.hear(early)
    assert desk.core.settlements.waiting_chains() == {desk.key}
    desk.core.settlements.hear(taken_back(early, 1.0))
    assert desk.core.settlements.waiting_chains() == set()
    key = ContractKey("SPY", EXPIRES.isoformat(), "C", 597.0)
    assert desk.context.state.contracts.held(key) == 0


def test_an_order_that_works_for_such_a_unit_is_cancelled() -> None:
    desk = desk_with(OPEN)
    unit = unit_of(desk)
    trader = desk.context.traders[desk.key]
    trader.credits.look_now(desk.context.now())
    desk.core.step(trader)
    for _ in range(3600):
        if unit.order is not None and unit.order.live:
            break
        desk.run(1.0)
    name = unit.order.request.client_order_id
    assert desk.of(ev.CancelSent) == []
    told(desk, ASSIGNED)
    (asked,) = desk.of(ev.CancelSent)
    assert asked.order == name
    desk.run(600.0)
    assert [each.order for each in desk.of(ev.OrderEnded)][1:] == [name]


def test_another_price_of_a_debit_that_others_closed_sells_nothing_for_it() -> None:
    desk = desk_with(OPEN)
    unit_of(desk)
    ((name, record),) = desk.context.state.orders.known.items()
    assert know_again(desk.context, desk.core.orders, name) is not None
    told(desk, closed("F1", 595.0, -1, 40))
    told(desk, closed("F2", 590.0, 1, 420))
    desk.context.traders[desk.key].pause()
    sent = len(desk.of(ev.OrderSent))
    kind, (execution,) = ReportKind.CORRECTION, record.executions
    desk.core.orders.on_report(OrderReport(kind, name, 2.0, "B1", execution, 1, 309))
    assert record.value_c == 309
    desk.run(3600.0)
    assert desk.of(ev.OrderSent)[sent:] == []
    assert desk.context.traders[desk.key].credits.units == {}
    assert desk.of(ev.CycleEnded) == []
