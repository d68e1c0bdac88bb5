"""A restart cancels its own orders alone, and books what executed meanwhile with all its fees."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pytest

from engine.brokers.ledger import ExchangeLedger, Execution, LegFill
from engine.brokers.protocol import OpenOrder
from engine.market.fees import FeeSchedule
from engine.orders import events as ev
from engine.runtime.restart.reconcile import Reconciliation, book_missed
from tests.support.operator_steps import TRADER, Operated


class AccountThatCancelsLate:
    """The account at a desk's exchange, beside orders of others; no cancel arrives in time."""

    def __init__(self, desk: Operated, others: list[OpenOrder]) -> None:
        self.venue, self.others = desk.venue, others
        self.cancelled: list[str] = []

    @property
    def ledger(self) -> ExchangeLedger:
        return self.venue.ledger

    def open_orders(self) -> tuple[OpenOrder, ...]:
        return (*self.venue.open_orders(), *self.others)

    def cancel(self, client_order_id: str, now_s: float) -> None:
        self.cancelled.append(client_order_id)

    def states(self, names: list[str]) -> dict[str, str]:
        working = {order.client_order_id for order in self.venue.open_orders()}
        return {name: "working" if name in working else "" for name in names}

    def acknowledge_known(self, names: Collection[str]) -> None:
        """Nothing is kept here that could be dropped."""


def test_a_restart_cancels_its_own_orders_alone_and_ends_none_that_still_works():
    desk = Operated()
    desk.run(120)
    order = desk.working_debit()
    prefix = order.partition("-")[0] + "-"
    working = {each.client_order_id for each in desk.venue.open_orders()}
    theirs = [OpenOrder("TWS-77", "B77", 3, 0), OpenOrder("", "B78", 1, 0)]
    account = AccountThatCancelsLate(desk, theirs)
    reconciliation = Reconciliation(desk.context, account, prefix, lambda seconds: None)
    reconciliation.book()
    found = reconciliation.end_orders()
    assert set(account.cancelled) == working
    assert found.external == 2
    assert found.surviving == tuple(sorted(working))
    assert working <= desk.context.state.orders.live.keys()
    assert {each.order for each in desk.of(ev.OrderUnknown)} == working
    assert not {each.order for each in desk.of(ev.OrderEnded)} & working


@pytest.mark.parametrize("contracts", [1, 3, 10])
def test_a_missed_execution_is_booked_with_the_fees_of_all_its_contracts(contracts):
    desk = Operated()
    order, at_ms = "S0-missed-1", desk.context.now().at_ms
    desk.context.emit(
        ev.OrderIntended(
            at_ms, TRADER, order, 901, "D", 1, "C", 600.0, 605.0, contracts, 120, 1.1, 1.4, 0.0,
            3.0, "",
        )
    )  # fmt: skip
    symbol, day = TRADER.split()
    legs = (LegFill("call", 600.0, contracts, 220), LegFill("call", 605.0, -contracts, 100))
    fee_c = FeeSchedule().vertical_fee_c(contracts, symbol)
    ledger = ExchangeLedger()
    ledger.book(
        Execution(
            f"{order}.1", order, at_ms / 1000, symbol, date.fromisoformat(day), contracts, 120,
            True, 100, legs, fee_c,
        )
    )  # fmt: skip
    before_c = desk.context.state.money.fees_c
    assert book_missed(desk.context, ledger) == 1
    (booked,) = desk.of(ev.Executed)
    assert (booked.quantity, booked.fee_c) == (contracts, contracts * 2 * 68)
    assert desk.context.state.money.fees_c - before_c == fee_c
    assert book_missed(desk.context, ledger) == 0
