"""Settling: brings a broker's settlement reports into the book, and ends the pairs of a chain."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import TYPE_CHECKING, Final

from engine.book.contracts import ContractKey
from engine.book.pairs import HeldPair
from engine.book.settlement import Proceeds, proceeds
from engine.brokers.protocol import SettlingBroker
from engine.orders import events as ev
from engine.orders.settlements import SettlementKind, SettlementReport

if TYPE_CHECKING:
    from engine.runtime.core import Core

_OF_A_UNIT: Final = ("UNHEDGED", "PARKED", "OVERSOLD")
WAITING: Final = 256
"""Settlements that may wait for their executions at a time."""

_WITHOUT_VALUE: Final = Proceeds(0, 0)


class Settling:
    """Hears settlements; runs in the scheduler's thread.

    Args:
        core: the desk.

    Attributes:
        heard: settlement reports taken in since the desk was opened.
        waiting: reports of more contracts than the book holds, by id: their executions may be on
            their way yet.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self._catching_up = False
        self.heard = 0
        self.waiting: dict[str, SettlementReport] = {}

    def connect(self) -> None:
        """Begin to hear; what happened overnight comes at once, and is settled."""
        broker = self._core.broker
        self._catching_up = True  # who calls looks at the positions when the nights are over
        if isinstance(broker, SettlingBroker):
            broker.connect_settlements(self.hear)
        self._catching_up = False
        self.close_day()

    def hear(self, report: SettlementReport) -> None:
        """Take a report from the broker's own thread, or at once where it has none."""
        if self._core.broker.blocking:
            self._core.scheduler.post(lambda: self.on_report(report))
        else:
            self.on_report(report)

    def on_report(self, report: SettlementReport) -> None:
        """Book a settlement once; what does not fit the book is an alarm that names it."""
        core = self._core
        at_ms = core.now().at_ms
        name = report.settlement_id
        if name in core.state.positions.known or name in self.waiting:
            return
        self.heard += 1
        if report.kind is SettlementKind.SHARES:
            core.emit(
                ev.SharesTraded(
                    at_ms, report.symbol, name, report.shares, report.price_c, report.cash_c
                )
            )
        else:
            self._contract_ended(report, at_ms)
        if not (self._catching_up or self._more_to_come(report)):
            core.watch.look()

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
        alarms = self._core.alarms
        for where in alarms.places("SETTLEMENT"):
            chain, _, contract = where.partition("/")
            if contract and chain in chains:
                alarms.clear(self._core.moment.at_ms, "SETTLEMENT", where)

    def _no_longer(self, report: SettlementReport) -> None:
        del self.waiting[report.settlement_id]
        where = f"{_trader_of(report)}/{report.strike:g}{report.right[0].upper()}"
        self._core.alarms.clear(self._core.moment.at_ms, "SETTLEMENT", where)

    def _held(self, report: SettlementReport) -> bool:
        """Whether the book holds what a report ends."""
        right = report.right[0].upper()
        key = ContractKey(report.symbol, report.expiration.isoformat(), right, report.strike)
        held = self._core.state.contracts.held(key)
        return held * report.quantity > 0 and abs(held) >= abs(report.quantity)

    def _more_to_come(self, report: SettlementReport) -> bool:
        """Whether other contracts of an expired chain still wait for their end after the close.

        Between them shorts look uncovered and shares come and go: no moment to raise an alarm.
        """
        day = report.expiration.isoformat()
        return (
            self._core.session.multiplier is None
            and report.kind is not SettlementKind.SHARES
            and self._expired(day)
            and bool(self._core.state.contracts.chain(report.symbol, day).quantities)
        )

    def _contract_ended(self, report: SettlementReport, at_ms: int, last: bool = False) -> None:
        """Book contracts that ended; `last`: no execution is on its way any more."""
        core = self._core
        right = report.right[0].upper()
        key = ContractKey(report.symbol, report.expiration.isoformat(), right, report.strike)
        trader = f"{key.symbol} {key.expiration}"
        words = f"{report.quantity:+d} {report.strike:g}{right} {report.kind}"
        held = core.state.contracts.held(key)
        quantity = 0
        if held * report.quantity > 0 and trader in core.state.traders:
            quantity = max(-abs(held), min(abs(held), report.quantity))
        if quantity != report.quantity:
            where = f"{trader}/{report.strike:g}{right}"
            core.alarms.raise_(at_ms, "SETTLEMENT", where, f"{words}, the book holds {held:+d}")
            if not last and trader in core.traders and len(self.waiting) < WAITING:
                self.waiting[report.settlement_id] = report
                return
        if not quantity:
            return
        own = self._proceeds(report, right, quantity)
        if (own.cash_c * report.quantity, own.shares * report.quantity) != (
            report.cash_c * quantity,
            report.shares * quantity,
        ):
            said = f"{words} for {report.cash_c / 100:.2f} $, the book says {own.cash_c / 100:.2f}"
            core.alarms.raise_(at_ms, "SETTLEMENT", trader, said)
        core.emit(
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
        if self._expired(key.expiration):
            self._end_chain(trader, report.price_c)
        elif report.kind is SettlementKind.ASSIGNED:
            core.alarms.raise_(at_ms, "ASSIGNED", trader, words)

    def _proceeds(self, report: SettlementReport, right: str, quantity: int) -> Proceeds:
        if report.kind is SettlementKind.EXPIRED:
            return _WITHOUT_VALUE
        return proceeds(
            right,
            report.strike,
            quantity,
            report.price_c,
            report.multiplier,
            self._core.state.traders[f"{report.symbol} {report.expiration}"].settlement
            == "physical",
        )

    def close_day(self) -> None:
        """End the pairs of expired chains whose contracts cancel each other out.

        What waited for an execution until now is booked as far as the book holds it.
        """
        core = self._core
        waited, self.waiting = list(self.waiting.values()), {}
        for report in waited:
            self._contract_ended(report, core.moment.at_ms, last=True)
        chains = dict.fromkeys(pair.trader for pair in core.state.positions.pairs.held.values())
        for trader in chains:
            totals = core.state.traders[trader]
            over = totals.expires < self._today or (
                totals.expires == self._today and core.seen_open and core.session.multiplier is None
            )
            price = core.market.underlying(totals.symbol, core.moment.epoch_s) if over else None
            if price is not None:
                self._end_chain(trader, round(price * 100))

    @property
    def _today(self) -> date:
        return self._core.session.phase.session_date

    def _expired(self, expiration: str) -> bool:
        return expiration <= self._today.isoformat()

    def _end_chain(self, trader: str, price_c: int) -> None:
        """Settle every pair of an expired chain once the account holds none of its contracts."""
        core = self._core
        totals, positions = core.state.traders[trader], core.state.positions
        if any(
            (key.symbol, key.expiration) == (totals.symbol, totals.expiration)
            for key in core.state.contracts.contracts()
        ):
            return
        at_ms = core.moment.at_ms
        pairs = positions.pairs.of_chain(trader)
        realised_c = 0
        for pair in pairs:
            realised_c += pair.result_c(price_c)
            core.emit(_settled(pair, price_c, at_ms))
        if pairs:
            core.emit(ev.ChainSettled(at_ms, trader, price_c, len(pairs), realised_c))
        self._release(trader, at_ms)

    def _release(self, trader: str, at_ms: int) -> None:
        """Nothing of the chain's units is left to complete, and none of their alarms stands."""
        core = self._core
        found = core.traders.get(trader)
        if found is not None:
            found.completer.units.clear()
        for code in _OF_A_UNIT:
            for where in core.alarms.places(code):
                if where.startswith(f"{trader}/"):
                    core.alarms.clear(at_ms, code, where)
        core.alarms.clear(at_ms, "ASSIGNED", trader)


def _trader_of(report: SettlementReport) -> str:
    return f"{report.symbol} {report.expiration.isoformat()}"


def _settled(pair: HeldPair, price_c: int, at_ms: int) -> ev.PairSettled:
    return ev.PairSettled(
        at_ms,
        pair.trader,
        pair.cycle,
        pair.contracts_of("debit"),
        pair.unhedged,
        price_c,
        pair.cash_c,
        pair.worth_c(price_c),
        pair.fees_c,
        pair.result_c(price_c),
        pair.as_traded().floor_c(),
    )
