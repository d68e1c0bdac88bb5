"""A restart cancels its own orders alone, and books what executed meanwhile with all its fees."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import pytest

from engine.book.contract_keys import ContractKey
from engine.brokers.execution import Execution, LegFill
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.ledger_difference import ledger_difference
from engine.brokers.protocol import OpenOrder
from engine.commands import Ask
from engine.market.fees import FeeSchedule
from engine.orders import events as ev
from engine.orders.types import OrderReport, ReportKind
from engine.risk.gates import Gate
from engine.runtime.restart.missed import book_missed
from engine.runtime.restart.reconcile import Reconciliation
from engine.runtime.restart.restore import go_on
from engine.runtime.restart.told_meanwhile import told_meanwhile
from tests.support.operator_steps import TRADER, Operated


class AccountThatCancelsLate:
    """The account at a desk's exchange, beside orders of others; no cancel arrives in time."""

    def __init__(self, desk: Operated, others: list[OpenOrder]) -> None:
        self.venue, self.others = desk.venue, others
        self.cancelled: list[str] = []

    @property
    def ledger(self) -> ExchangeLedger:
        return self.venue.ledger

    def busted(self) -> frozenset[str]:
        return frozenset(self.venue.ledger.busted)

    def open_orders(self) -> tuple[OpenOrder, ...]:
        return (*self.venue.open_orders(), *self.others)

    def cancel(self, client_order_id: str, now_s: float) -> None:
        self.cancelled.append(client_order_id)

    def query(self, client_order_id: str, now_s: float) -> None:
        raise AssertionError("what the exchange lists is not looked up")

    def states(self, names: list[str]) -> dict[str, str]:
        working = {order.client_order_id for order in self.venue.open_orders()}
        return {name: "working" if name in working else "" for name in names}

    def acknowledge_known(self, names: Collection[str]) -> None:
        """Nothing is kept here that could be dropped."""

    def tell(self, report: OrderReport) -> None:
        raise AssertionError("nothing was changed meanwhile")


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


class GatewayBehind:
    """The account at a gateway that has not heard yet how an order ended at the broker.

    Args:
        order: which ended.
        end: as the broker tells it.
        hears: after which of "query", "ledger", "states" the gateway has heard it; "" for never.
        told: its executions: id, contracts, cents a share.
    """

    def __init__(
        self, order: str, end: str, hears: str, told: list[tuple[str, int, int]] | None = None
    ) -> None:
        self.order, self.end, self.hears = order, end, hears
        self.told = told or []
        self.heard = False
        self.taken_back: frozenset[str] | None = frozenset()
        self.acknowledged: set[str] = set()
        self.queries: list[str] = []
        self.later: list[OrderReport] = []

    def _asked(self, what: str) -> None:
        self.heard = self.heard or what == self.hears

    @property
    def ledger(self) -> ExchangeLedger:
        told = missing(self.order, self.told if self.heard else [])
        self._asked("ledger")
        return told

    def busted(self) -> frozenset[str] | None:
        return self.taken_back

    def open_orders(self) -> tuple[OpenOrder, ...]:
        return ()

    def cancel(self, client_order_id: str, now_s: float) -> None:
        raise AssertionError("nothing works that could be cancelled")

    def query(self, client_order_id: str, now_s: float) -> None:
        self.queries.append(client_order_id)
        self._asked("query")
        if not self.heard:
            raise ConnectionError("the broker did not say")

    def states(self, names: list[str]) -> dict[str, str]:
        state = self.end if self.heard else "working"
        self._asked("states")
        return {name: state if name == self.order else "" for name in names}

    def acknowledge_known(self, names: Collection[str]) -> None:
        self.acknowledged = set(names)

    def tell(self, report: OrderReport) -> None:
        self.later.append(report)


@pytest.mark.parametrize("hears", ["query", "states", "ledger", ""])
@pytest.mark.parametrize("end", ["filled", "canceled"])
def test_an_order_that_ended_as_the_desk_began_is_booked_or_stays_heard(end, hears):
    """Money: an execution that is booked nowhere is never heard again."""
    desk, order = Operated(), "S0-missed-9"
    intended(desk, order, 2)
    told = [("E1", 1, 118), ("E2", 1, 119)] if end == "filled" else [("E1", 1, 118)]
    account = GatewayBehind(order, end, hears, told)
    reconciliation = Reconciliation(desk.context, account, "S0-", lambda seconds: None)
    reconciliation.book()
    found = reconciliation.end_orders()
    record = desk.context.state.orders.known[order]
    if record.live:
        assert hears in ("ledger", "")
        assert order not in account.acknowledged
        assert order in found.surviving
        assert order in {each.order for each in desk.of(ev.OrderUnknown)}
    else:
        assert order in account.acknowledged
        assert (record.status, record.filled) == (end, len(told))


def test_what_is_asked_about_again_after_a_restart_stays_heard():
    desk, order = Operated(), "S0-missed-10"
    at_ms = intended(desk, order, 1)
    desk.context.emit(ev.OrderEnded(at_ms, TRADER, order, "canceled", ""))
    desk.context.emit(ev.EndAwaited(at_ms, TRADER, order))
    account = GatewayBehind(order, "canceled", "states")
    reconciliation = Reconciliation(desk.context, account, "S0-", lambda seconds: None)
    reconciliation.book()
    reconciliation.end_orders()
    assert order not in account.acknowledged


def test_an_unknown_order_that_the_broker_does_not_list_is_followed_on_after_a_restart():
    desk, order = Operated(), "S0-missed-11"
    intended(desk, order, 1)
    account = GatewayBehind(order, "filled", "")
    reconciliation = Reconciliation(desk.context, account, "S0-", lambda seconds: None)
    reconciliation.book()
    reconciliation.end_orders()
    go_on(desk.context, desk.core.orders, desk.core.books, {}, reconciled=True)
    assert desk.context.state.orders.live[order].status == "unknown"
    desk.core.orders.on_report(
        OrderReport(ReportKind.FILL, order, 2.0, "B1", "B1:1", quantity=1, price_c=118)
    )
    record = desk.context.state.orders.known[order]
    assert (record.filled, record.value_c, record.status) == (1, 118, "filled")


def test_an_execution_that_is_taken_back_or_corrected_after_a_restart_is_booked():
    desk, order = Operated(), "S0-missed-12"
    at_ms = intended(desk, order, 3)
    for name, price_c in (("B1:1", 118), ("B1:2", 119)):
        desk.context.emit(ev.Executed(at_ms, TRADER, order, name, 1, price_c, 136, False))
    desk.context.emit(ev.OrderEnded(at_ms, TRADER, order, "canceled", ""))
    orders, books = desk.core.orders, desk.core.books
    go_on(desk.context, orders, books, {}, reconciled=True)
    record = desk.context.state.orders.known[order]

    def told(kind: ReportKind, execution: str, quantity: int, price_c: int) -> tuple[int, int]:
        report = OrderReport(kind, order, 2.0, "B1", execution, quantity, price_c)
        orders.on_report(report)
        return record.filled, record.value_c

    assert told(ReportKind.FILL, "B1:1", 1, 118) == (2, 237)
    assert told(ReportKind.CORRECTION, "B1:2", 1, 117) == (2, 235)
    assert told(ReportKind.CORRECTION, "B1:1", 0, 118) == (1, 117)
    assert told(ReportKind.FILL, "B1:3", 1, 120) == (2, 237)


def missing(order: str, told: list[tuple[str, int, int]]) -> ExchangeLedger:
    """An exchange's record of one debit's executions: id, contracts, cents a share."""
    symbol, day = TRADER.split()
    ledger = ExchangeLedger()
    for name, quantity, price_c in told:
        legs = (
            LegFill("call", 600.0, quantity, 100 + price_c),
            LegFill("call", 605.0, -quantity, 100),
        )
        fee_c = FeeSchedule().vertical_fee_c(quantity, symbol)
        ledger.book(
            Execution(
                name, order, 0.0, symbol, date.fromisoformat(day), quantity, price_c,
                True, 100, legs, fee_c,
            )
        )  # fmt: skip
    return ledger


def intended(desk: Operated, order: str, contracts: int = 3) -> int:
    """Journal a debit's intent with a limit of 1.20; returns the epoch millisecond."""
    at_ms = desk.context.now().at_ms
    desk.context.emit(
        ev.OrderIntended(
            at_ms, TRADER, order, 901, "D", 1, "C", 600.0, 605.0, contracts, 120, 1.1, 1.4, 0.0,
            3.0, "",
        )
    )  # fmt: skip
    return at_ms


def test_a_price_that_nobody_told_is_read_from_the_exchanges_record_to_the_cent():
    desk, order = Operated(), "S0-missed-2"
    at_ms = intended(desk, order)
    for name, quantity, price_c in (("E1", 1, 118), ("E2", 2, 120)):
        if name == "E2":
            desk.context.emit(ev.PriceUnknown(at_ms, TRADER, order, name, quantity, "no price"))
        desk.context.emit(
            ev.Executed(at_ms, TRADER, order, name, quantity, price_c, 136 * quantity, False)
        )
    fees_c = desk.context.state.money.fees_c
    record = desk.context.state.orders.known[order]
    assert [each.execution for each in record.without_price] == ["E2"]
    ledger = missing(order, [("E1", 1, 118), ("E2", 2, 115)])
    assert book_missed(desk.context, ledger) == 0
    assert (record.filled, record.value_c) == (3, 118 + 2 * 115)
    assert desk.context.state.money.fees_c == fees_c
    assert record.without_price == ()
    rows = len(desk.events)
    assert book_missed(desk.context, ledger) == 0
    assert len(desk.events) == rows


def test_what_legs_reported_under_other_names_is_not_booked_a_second_time():
    desk, order = Operated(), "S0-missed-3"
    at_ms = intended(desk, order)
    desk.context.emit(ev.Executed(at_ms, TRADER, order, "E1/0", 1, 118, 136, False))
    assert book_missed(desk.context, missing(order, [("E1", 1, 118)])) == 0
    assert book_missed(desk.context, missing(order, [("E1", 1, 118), ("E2", 1, 119)])) == 1
    record = desk.context.state.orders.known[order]
    assert record.filled == 2
    assert desk.context.state.orders.excess == 0


def test_an_execution_without_a_price_that_was_never_booked_is_booked_as_the_exchange_has_it():
    """The process died between the two rows."""
    desk, order = Operated(), "S0-missed-4"
    at_ms = intended(desk, order)
    desk.context.emit(ev.PriceUnknown(at_ms, TRADER, order, "E1", 2, "no price"))
    record = desk.context.state.orders.known[order]
    assert record.without_price == ()
    assert book_missed(desk.context, missing(order, [("E1", 2, 117)])) == 1
    assert (record.filled, record.value_c, record.without_price) == (2, 234, ())
    assert desk.context.state.orders.unpriced == {}


def test_an_execution_whose_price_the_exchange_does_not_know_either_is_booked_as_unpriced():
    desk, order = Operated(), "S0-missed-5"
    intended(desk, order)
    ledger = missing(order, [("E1", 1, 117)])
    (row,) = ledger.executions
    ledger = ExchangeLedger()
    ledger.book(row._replace(provisional=True))
    assert book_missed(desk.context, ledger) == 1
    record = desk.context.state.orders.known[order]
    assert [each.execution for each in record.without_price] == ["E1"]
    assert record.value_c == 120, "at its limit, as the worst case"
    assert book_missed(desk.context, ledger) == 0
    assert record.without_price, "its price is no more known than before"
    ledger.correct("E1", 117)
    assert book_missed(desk.context, ledger) == 0
    assert (record.value_c, record.without_price) == (117, ())


BOOKED = [("B1:1", 118), ("B1:2", 119), ("B1:3", 120)]


@pytest.mark.parametrize(
    ("told", "comes_to"),
    [
        ([("B1:1", 1, 118), ("B1:2", 1, 119), ("B1:3", 1, 120)], (3, 357)),
        ([("B1:1", 1, 118), ("B1:3", 1, 120)], (2, 238)),
        ([("B1:1", 1, 118), ("B1:2", 1, 113), ("B1:3", 1, 120)], (3, 351)),
        ([("B1:1", 1, 118), ("B1:3", 1, 111), ("B1:4", 1, 110)], (3, 339)),
        ([], (0, 0)),
    ],
)
def test_what_was_taken_back_or_corrected_while_no_desk_ran_is_booked_at_its_start(told, comes_to):
    desk, order = Operated(), "S0-missed-13"
    at_ms = intended(desk, order)
    for name, price_c in BOOKED:
        desk.context.emit(ev.Executed(at_ms, TRADER, order, name, 1, price_c, 136, False))
    desk.context.emit(ev.OrderEnded(at_ms, TRADER, order, "filled", ""))
    account = GatewayBehind(order, "filled", "", told)
    account.heard = True
    account.taken_back = frozenset(name for name, _ in BOOKED) - {name for name, *_ in told}
    reconciliation = Reconciliation(desk.context, account, "S0-", lambda seconds: None)
    reconciliation.book()
    reconciliation.end_orders()
    assert not desk.context.alarms.is_raised("LEDGER_LACKS", TRADER)
    go_on(desk.context, desk.core.orders, desk.core.books, {}, reconciled=True)
    for report in account.later:
        desk.core.orders.on_report(report)
    record = desk.context.state.orders.known[order]
    assert (record.filled, record.value_c) == comes_to
    assert (account.later == []) == (comes_to == (3, 357))
    again = Reconciliation(desk.context, account, "S0-", lambda seconds: None)
    account.later.clear()
    again.book()
    again.end_orders()
    assert account.later == []


@pytest.mark.parametrize("busted", [frozenset(), frozenset({"B1:1"}), None])
def test_what_a_shortened_record_lacks_is_no_bust_and_closes_its_chain(busted):
    """Money: executions that the account holds were reversed."""
    desk, order = Operated(), "S0-missed-15"
    at_ms = intended(desk, order)
    for name, price_c in BOOKED:
        desk.context.emit(ev.Executed(at_ms, TRADER, order, name, 1, price_c, 136, False))
    desk.context.emit(ev.OrderEnded(at_ms, TRADER, order, "filled", ""))
    for row in missing(order, [(name, 1, price_c) for name, price_c in BOOKED]).executions:
        desk.venue.ledger.book(row)  # the broker holds what the gateway's record has lost
    account = GatewayBehind(order, "filled", "", [("B1:3", 1, 120)])
    account.heard, account.taken_back = True, busted
    reconciliation = Reconciliation(desk.context, account, "S0-", lambda seconds: None)
    reconciliation.book()
    reconciliation.end_orders()
    told = [(report.execution_id, report.quantity) for report in account.later]
    assert told == [(name, 0) for name in sorted(busted or ())]
    record = desk.context.state.orders.known[order]
    assert (record.filled, record.value_c) == (3, 357)
    context = desk.context
    said = context.alarms.said("LEDGER_LACKS", TRADER)
    assert order in said and "B1:2" in said and ("B1:1" in said) is (busted != {"B1:1"})
    assert ("older one" in said) is (busted is None)
    chain = desk.context.traders[TRADER].context
    for _ in range(2):
        desk.core.books.compare()
        closed = chain.gate.chain_gate(TRADER, chain.exposure, context.moment.now_s)
        assert closed is Gate.RECONCILE
    assert "lost executions" in desk.snapshot().health.difference
    account.told = [(name, 1, price_c) for name, price_c in BOOKED]
    again = Reconciliation(context, account, "S0-", lambda seconds: None)
    again.book()
    again.end_orders()
    assert not context.alarms.is_raised("LEDGER_LACKS", TRADER)
    assert context.flags.lacking == frozenset()
    account.told = account.told[2:]
    again.book()
    again.end_orders()
    assert context.flags.lacking == {TRADER}
    desk.ask(Ask.ACCEPT_POSITIONS, TRADER, word="ACCEPT")
    assert context.flags.lacking == frozenset()
    assert not context.alarms.is_raised("LEDGER_LACKS", TRADER)


def test_what_legs_reported_is_not_taken_for_busted():
    desk, order = Operated(), "S0-missed-14"
    at_ms = intended(desk, order)
    desk.context.emit(ev.Executed(at_ms, TRADER, order, "E1/0", 1, 118, 136, False))
    found = told_meanwhile(desk.context, missing(order, [("E1", 1, 118)]), frozenset())
    assert found == ([], {}, {})


def test_what_a_record_lacks_is_asked_about_once_and_what_it_loses_later_again():
    desk, order = Operated(), "S0-missed-16"
    context, at_ms = desk.context, intended(desk, order)
    for name, price_c in BOOKED:
        context.emit(ev.Executed(at_ms, TRADER, order, name, 1, price_c, 136, False))
    context.emit(ev.OrderEnded(at_ms, TRADER, order, "filled", ""))
    for row in missing(order, [(name, 1, price_c) for name, price_c in BOOKED]).executions:
        desk.venue.ledger.book(row)
    account = GatewayBehind(order, "filled", "", [("B1:2", 1, 119), ("B1:3", 1, 120)])
    account.heard, account.taken_back = True, frozenset()

    def start() -> None:
        account.later.clear()
        reconciliation = Reconciliation(context, account, "S0-", lambda seconds: None)
        reconciliation.book()
        reconciliation.end_orders()

    start()
    ticket = desk.ask(Ask.ACCEPT_POSITIONS, TRADER, word="ACCEPT")
    assert "1 execution that its record lacks stays booked" in ticket.text
    (accepted,) = desk.of(ev.LackAccepted)
    assert (accepted.trader, accepted.order, accepted.executions) == (TRADER, order, ["B1:1"])
    start()
    assert context.flags.lacking == frozenset() and account.later == []
    assert not context.alarms.is_raised("LEDGER_LACKS", TRADER)
    account.told = account.told[1:]
    start()
    said = context.alarms.said("LEDGER_LACKS", TRADER)
    assert "B1:2" in said and "B1:1" not in said
    account.taken_back = frozenset({"B1:1", "B1:2"})
    start()
    assert [report.execution_id for report in account.later] == ["B1:1", "B1:2"]


def test_what_was_accepted_as_lacking_is_no_difference_with_the_brokers_record():
    """The end of each later session said that book and broker differ."""
    desk, order = Operated(), "S0-missed-17"
    context, at_ms = desk.context, intended(desk, order)
    book = context.state.contracts
    for name, price_c in BOOKED:
        context.emit(ev.Executed(at_ms, TRADER, order, name, 1, price_c, 136, False))
    context.emit(ev.OrderEnded(at_ms, TRADER, order, "filled", ""))
    context.emit(ev.FeeCorrected(at_ms, TRADER, order, 901, "B1:1", 136, 130))

    def differs(*told: tuple[str, int, int]) -> str:
        return ledger_difference(book, missing(order, list(told)))

    rest, whole = (("B1:3", 1, 120),), [(name, 1, price_c) for name, price_c in BOOKED]
    assert "cash" in differs(*rest) and "600C" in differs(*rest)
    context.emit(ev.LackAccepted(at_ms, TRADER, order, ["B1:1", "B1:2"]))
    assert differs(*rest) == ""
    context.emit(ev.FeeCorrected(at_ms, TRADER, order, 901, "B1:2", 136, 140))
    assert differs(*rest) == ""
    assert differs(whole[0], *rest) == "fees: book 406, exchange 412 cents"  # it has it after all
    assert "cash" in differs()  # another one is lost
    key = ContractKey(*TRADER.split(), "C", 600.0)
    context.emit(ev.BookAdjusted(at_ms, TRADER, "C", 600.0, book.held(key), 1))
    assert differs(*rest) == ""  # the account holds as much as the record has
    context.emit(ev.BookAdjusted(at_ms, TRADER, "C", 600.0, 1, 3))
    context.emit(ev.Executed(at_ms, TRADER, order, "B1:1", -1, 118, -130, True))
    assert differs(*rest) == ""  # busted at last
    context.emit(ev.Executed(at_ms, TRADER, order, "B1:2", -1, 119, -140, True))
    context.emit(ev.Executed(at_ms, TRADER, order, "B1:2~1", 1, 117, 140, True))
    assert differs(*rest) == ""  # corrected
