"""Books a broker's settlement reports."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from engine.book.contract_keys import contract_key
from engine.book.settlement import Proceeds, proceeds
from engine.brokers.protocol import SettlingBroker
from engine.market.legs import right_letter, strike_text
from engine.orders import events as ev
from engine.orders.settlements import BACK, SettlementKind, SettlementReport
from engine.runtime.context import DeskContext
from engine.runtime.watch.expired_chains import ExpiredChains
from engine.runtime.watch.terms import terms_of

WAITING: Final = 256
"""Settlements that may wait for their executions at a time."""

_WITHOUT_VALUE: Final = Proceeds(0, 0)


class SettlementBooking:
    """Books settlements; runs in the scheduler's thread.

    Args:
        context: the desk's shared parts.
        on_booked: called after a report, once nothing more of its chain is expected.

    Attributes:
        expired: ends the pairs of expired chains.
        heard: settlement reports taken in since the desk was opened.
        waiting: reports of more contracts than the book holds, by id: their executions may be on
            their way yet.
    """

    def __init__(self, context: DeskContext, on_booked: Callable[[], None]) -> None:
        self._context = context
        self._on_booked = on_booked
        self.expired = ExpiredChains(context, on_booked)
        self._catching_up = False
        self.heard = 0
        self.waiting: dict[str, SettlementReport] = {}
        self._taken: set[str] = set()

    def connect(self) -> None:
        """Begin to receive reports; those of the night come at once, and are booked."""
        broker = self._context.broker
        self._catching_up = True  # who calls looks at the positions when the nights are over
        if isinstance(broker, SettlingBroker):
            broker.connect_settlements(self.hear)
        self._catching_up = False
        self.close_day()

    def session_opened(self) -> None:
        """The exchange is open: chains that expire today may end at its close."""
        self.expired.session_opened()

    def hear(self, report: SettlementReport) -> None:
        """Take a report from the broker's own thread, or at once where it has none."""
        if self._context.broker.blocking:
            self._context.scheduler.post(lambda: self.on_report(report))
        else:
            self.on_report(report)

    def on_report(self, report: SettlementReport) -> None:
        """Book a settlement once; what does not fit the book is an alarm that names it."""
        context = self._context
        at_ms = context.now().at_ms
        name = report.settlement_id
        if name in context.state.positions.known or name in self.waiting or name in self._taken:
            return
        self.heard += 1
        if report.kind is SettlementKind.SHARES:
            context.emit(
                ev.SharesTraded(
                    at_ms, report.symbol, name, report.shares, report.price_c, report.cash_c
                )
            )
        elif report.kind is SettlementKind.TAKEN_BACK:
            self._returned(report, at_ms)
        else:
            self._contract_ended(report, at_ms)
        if not (self._catching_up or self._more_to_come(report)):
            self._on_booked()

    def again(self, trader: str = "") -> None:
        """Book what waits and fits by now, of one trader or of all."""
        for report in list(self.waiting.values()):
            if trader in ("", _trader_of(report)) and self._held(report):
                self._no_longer(report)
                self.on_report(report)

    def waiting_chains(self) -> set[str]:
        """The traders of whose contracts a settlement waits for its execution."""
        return {_trader_of(report) for report in self.waiting.values()}

    def forget(self, chains: Collection[str]) -> None:
        """An operator took the broker's positions over: what waits there is in them."""
        for report in list(self.waiting.values()):
            if _trader_of(report) in chains:
                del self.waiting[report.settlement_id]
                self._taken.add(report.settlement_id)  # a reconnect tells it again
        alarms = self._context.alarms
        for where in alarms.places("SETTLEMENT"):
            chain, _, contract = where.partition("/")
            if contract and chain in chains:
                alarms.clear(self._context.moment.at_ms, "SETTLEMENT", where)

    def _no_longer(self, report: SettlementReport) -> None:
        del self.waiting[report.settlement_id]
        alarms, at_ms = self._context.alarms, self._context.moment.at_ms
        alarms.clear(at_ms, "SETTLEMENT", f"{_trader_of(report)}/{_contract(report)}")

    def _held(self, report: SettlementReport) -> bool:
        """Whether the book holds what a report ends."""
        right = right_letter(report.right)
        key = contract_key(report.symbol, report.expiration.isoformat(), right, report.strike)
        held = self._context.state.contracts.held(key)
        return held * report.quantity > 0 and abs(held) >= abs(report.quantity)

    def _more_to_come(self, report: SettlementReport) -> bool:
        """Whether other contracts of an expired chain still wait for their end after the close.

        Between them shorts look uncovered and shares come and go: no moment to raise an alarm.
        Before its last session what ends was assigned: units of the chain must not go on.
        """
        day = report.expiration.isoformat()
        return (
            self._context.session.multiplier is None
            and report.kind is not SettlementKind.SHARES
            and self._expired(report)
            and bool(self._context.state.contracts.chain(report.symbol, day).quantities)
        )

    def _contract_ended(self, report: SettlementReport, at_ms: int, last: bool = False) -> None:
        """Book contracts that ended; `last`: no execution is on its way any more."""
        context = self._context
        right = right_letter(report.right)
        key = contract_key(report.symbol, report.expiration.isoformat(), right, report.strike)
        trader = f"{key.symbol} {key.expiration}"
        summary = f"{report.quantity:+d} {_contract(report)} {report.kind}"
        held = context.state.contracts.held(key)
        quantity = 0
        if held * report.quantity > 0 and trader in context.state.traders:
            quantity = max(-abs(held), min(abs(held), report.quantity))
        if quantity != report.quantity:
            where, text = f"{trader}/{_contract(report)}", f"{summary}, the book holds {held:+d}"
            context.alarms.raise_(at_ms, "SETTLEMENT", where, text)
            if not last and trader in context.traders and len(self.waiting) < WAITING:
                self.waiting[report.settlement_id] = report
                return
        if not quantity:
            return
        own = self._proceeds(report, right, quantity)
        if (own.cash_c * report.quantity, own.shares * report.quantity) != (
            report.cash_c * quantity,
            report.shares * quantity,
        ):
            text = (
                f"{summary} for {report.cash_c / 100:.2f} $, the book says {own.cash_c / 100:.2f}"
            )
            context.alarms.raise_(at_ms, "SETTLEMENT", trader, text)
        context.emit(
            ev.Settled(
                at_ms,
                trader,
                report.settlement_id,
                report.kind.value,
                right,
                report.strike,
                quantity,
                report.price_c,
                own.cash_c,
                own.shares,
            )
        )
        if report.kind is SettlementKind.CLOSED:
            return  # its price is no settlement of the chain, which ends with its day
        if self._expired(report):
            self.expired.end(trader, report.price_c)
        elif report.kind is SettlementKind.ASSIGNED:
            context.alarms.raise_(at_ms, "ASSIGNED", trader, summary)

    def _returned(self, report: SettlementReport, at_ms: int) -> None:
        """Contracts did not end after all: give them back to the pairs that had them.

        What is left of a chain that has been settled since is for the operator.
        """
        context = self._context
        name, trader = report.settlement_id.removesuffix(BACK), _trader_of(report)
        waits = self.waiting.get(name)
        if waits is not None:
            self._no_longer(waits)
            return
        positions = context.state.positions
        if name not in positions.known or trader in positions.by_chain:
            text = f"{_contract(report)}, an end of {report.quantity:+d} was taken back"
            context.alarms.raise_(at_ms, "SETTLEMENT", trader, text)
            return
        context.emit(
            ev.Settled(
                at_ms,
                trader,
                report.settlement_id,
                report.kind.value,
                right_letter(report.right),
                report.strike,
                report.quantity,
                report.price_c,
                report.cash_c,
                report.shares,
            )
        )
        context.alarms.clear(at_ms, "ASSIGNED", trader)

    def _proceeds(self, report: SettlementReport, right: str, quantity: int) -> Proceeds:
        if report.kind is SettlementKind.EXPIRED:
            return _WITHOUT_VALUE
        if report.kind is SettlementKind.CLOSED:
            return Proceeds(quantity * report.multiplier * report.price_c, 0)
        return proceeds(
            right,
            report.strike,
            quantity,
            report.price_c,
            report.multiplier,
            self._context.state.traders[f"{report.symbol} {report.expiration}"].settlement
            == "physical",
        )

    def close_day(self) -> None:
        """End the pairs of expired chains whose contracts cancel each other out.

        What waited for an execution until now is booked as far as the book holds it.
        """
        context = self._context
        waited, self.waiting = list(self.waiting.values()), {}
        for report in waited:
            self._contract_ended(report, context.moment.at_ms, last=True)
        self.expired.look()

    def _expired(self, report: SettlementReport) -> bool:
        """Whether the chain of a report trades no more: its last session is over.

        A chain that settles at the open has had it the day before.
        """
        phase = self._context.session.phase
        if report.expiration != phase.session_date:
            return report.expiration < phase.session_date
        return (
            terms_of(self._context, _trader_of(report)).settles_at == "open"
            or phase.closes_s is None
            or self._context.moment.epoch_s >= phase.closes_s
        )


def _trader_of(report: SettlementReport) -> str:
    return f"{report.symbol} {report.expiration.isoformat()}"


def _contract(report: SettlementReport) -> str:
    return f"{strike_text(report.strike)}{right_letter(report.right)}"
