"""Books in the account's ledger how its contracts ended otherwise than by trades, each once.

The ledger has only what was traded from here, so only that is booked: contracts that were in the
account before, or came by other hands, end without a trace in it. A trade of another hand's that
closes our contracts is such an end, at the price that it tells.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from typing import Final

from engine.book.settlement import proceeds
from engine.brokers.following.option_events import OptionEvent, settled_at_c
from engine.brokers.following.replay import FillRow
from engine.brokers.following.symbols import occ_symbol
from engine.brokers.ledger import Contract, LedgerError
from engine.brokers.protocol import SettlementSink
from engine.gateway.books import Notice
from engine.gateway.closes import DayCloseOf
from engine.gateway.journal import GatewayJournal
from engine.market.calendar import exchange_date
from engine.market.clock import Clock
from engine.market.legs import right_letter
from engine.market.ticks import contract_terms
from engine.orders.settlements import BACK, SettlementKind, SettlementReport, taken_back

PRICE_WAITS_S: Final = 600.0
"""Seconds that an end waits for the close of its underlying; then it is booked at its strike."""


_KEPT: Final = 1_000
"""Events of which is remembered how they were told when they were booked."""


class Booked(StrEnum):
    """What became of an end of contracts."""

    BEFORE = "booked before"
    NOW = "booked"
    AT_STRIKE = "booked at its strike, for want of the day's close"
    WAITS = "waits for the close of its underlying"
    NO_CASH = "not booked: the amount that settled it is not told"
    PARTLY = "booked as far as it is of contracts traded from here"
    NOT_OURS = "not of contracts traded from here"
    BACK = "taken out of the books again"


class Settling:
    """Books ends of contracts; used from one thread at a time.

    Args:
        journal: of the account.
        close: tells the close of an underlying.
        told: takes each settlement once it is on the disk.
        clock: real time.
        notice: tells the operator.
    """

    def __init__(
        self,
        journal: GatewayJournal,
        close: DayCloseOf,
        told: SettlementSink,
        clock: Clock,
        notice: Notice,
    ) -> None:
        self._journal, self._close, self._told = journal, close, told
        self._clock, self._notice = clock, notice
        self._since_s: dict[str, float] = {}
        self._done: dict[str, OptionEvent] = {}

    def book(self, event: OptionEvent, others: Iterable[OptionEvent] = ()) -> Booked:
        """Book an end, or take it out again where the broker did.

        Args:
            event: the end.
            others: ends told with it; those of its chain may tell the settlement price.
        """
        if self._done.get(event.name) == event:
            return Booked.BEFORE
        name = self._standing(event.name)
        before = self._journal.written.ledger.settlement(name) if name else None
        if event.taken_back:
            became = Booked.NOT_OURS if before is None else self._take_back(before)
        else:
            became = self._end(event, before, others)
        if became in (Booked.WAITS, Booked.NO_CASH, Booked.NOT_OURS):
            return became
        self._done[event.name] = event
        if len(self._done) > _KEPT:
            del self._done[next(iter(self._done))]
        return became

    def closed(self, row: FillRow) -> int:
        """Book an execution of another hand as far as it closes our contracts.

        Returns:
            How many of them, also where they were booked before.
        """
        ledger = self._journal.written.ledger
        name = f"FILL.{row.name}.{occ_symbol(row.contract)}"
        contract: Contract = tuple(row.contract)  # type: ignore[assignment]
        terms = contract_terms(row.contract.root)
        with self._journal.booking:
            before = ledger.settlement(name)
            if before is not None:
                return abs(before.quantity)
            held = ledger.held(contract)
            if held * (-1 if row.side == "buy" else 1) <= 0:
                return 0
            quantity = int(math.copysign(min(abs(held), row.quantity), held))
            self._settle(
                SettlementReport(
                    SettlementKind.CLOSED,
                    name,
                    row.at_s,
                    row.contract.root,
                    row.contract.expiration,
                    "call" if row.contract.right == "call" else "put",
                    row.contract.strike,
                    quantity,
                    row.price_c,
                    quantity * terms.multiplier * row.price_c,
                    0,
                    terms.multiplier,
                )
            )
            return abs(quantity)

    def _end(
        self, event: OptionEvent, before: SettlementReport | None, others: Iterable[OptionEvent]
    ) -> Booked:
        """Book an end, unless it is booked so already.

        Args:
            event: the end.
            before: as it is booked; None where it is not.
            others: ends told with it.
        """
        quantity = self._ours(event, before)
        if not quantity:
            return Booked.NOT_OURS
        if before is not None and self._same(before, event, quantity):
            return Booked.BEFORE
        price_c, late = self._price_c(event, others)
        if price_c is None:
            return Booked.NO_CASH if late else Booked.WAITS
        with self._journal.booking:
            quantity = self._ours(event, before)
            if before is not None:  # it was corrected: as if it had been so from the start
                self._take_back(before)
            if quantity:
                self._settle(self._report(event, quantity, price_c))
        if abs(quantity) < event.quantity:
            return Booked.PARTLY
        return Booked.AT_STRIKE if late else Booked.NOW

    # ------------------------------------------------------------------ what is booked

    def _standing(self, name: str) -> str:
        """Under which name an event is booked, and not taken back; "" where it is not."""
        ledger = self._journal.written.ledger
        latest = ""
        for number in range(1, 1_000):
            current = _numbered(name, number)
            if ledger.settlement(current) is None:
                break
            latest = "" if ledger.settlement(current + BACK) is not None else current
        return latest

    def _free(self, name: str) -> str:
        ledger = self._journal.written.ledger
        return next(
            current
            for number in range(1, 1_000)
            if ledger.settlement(current := _numbered(name, number)) is None
        )

    def _same(self, before: SettlementReport, event: OptionEvent, quantity: int) -> bool:
        """Whether an end is booked as it is told now, of so many contracts."""
        cash_c = None if event.cash_c is None else _part(event.cash_c, quantity, event)
        return (
            _contract(before) == tuple(event.contract)
            and before.quantity == quantity
            and cash_c in (None, before.cash_c)
        )

    def _ours(self, event: OptionEvent, before: SettlementReport | None) -> int:
        """How many of an end's contracts the ledger holds, signed as held.

        Only those count that were traded on its day or before.
        """
        ledger = self._journal.written.ledger
        contract: Contract = tuple(event.contract)  # type: ignore[assignment]
        held = ledger.held(contract)
        if before is not None and _contract(before) == contract:
            held += before.quantity
        if not held:
            return 0
        later = sum(
            leg.quantity
            for execution in ledger.executions
            if (execution.symbol, execution.expiration) == contract[:2]
            and exchange_date(execution.at_s) > event.day
            for leg in execution.legs
            if (leg.right, leg.strike) == contract[2:]
        )
        least = held - later if later * held > 0 else held
        short = event.kind is SettlementKind.ASSIGNED
        long = event.kind is SettlementKind.EXERCISED
        if least * held <= 0 or (short and held > 0) or (long and held < 0):
            return 0
        return int(math.copysign(min(abs(least), event.quantity), held))

    def _take_back(self, report: SettlementReport) -> Booked:
        with self._journal.booking:
            self._settle(taken_back(report, self._clock.epoch_s()))
        return Booked.BACK

    # ------------------------------------------------------------------ what it brought

    def _price_c(
        self, event: OptionEvent, others: Iterable[OptionEvent]
    ) -> tuple[int | None, bool]:
        """Cents a share that settle an end, and whether it is its strike for want of a price."""
        root, expiration = event.contract.root, event.contract.expiration
        terms = contract_terms(root)
        if terms.settlement == "cash":
            chain = [event, *(o for o in others if o.contract[:2] == event.contract[:2])]
            if event.kind is not SettlementKind.EXPIRED and event.cash_c is None:
                return None, True
            own = [event] if event.kind is not SettlementKind.EXPIRED else chain
            return settled_at_c(own, terms.multiplier), False
        price_c = self._close(root, event.day, event.day >= expiration)
        if price_c is not None:
            self._since_s.pop(event.name, None)
            return price_c, False
        since_s = self._since_s.setdefault(event.name, self._clock.now_s())
        if self._clock.now_s() - since_s < PRICE_WAITS_S:
            return None, False
        return round(event.contract.strike * 100), True

    def _report(self, event: OptionEvent, quantity: int, price_c: int) -> SettlementReport:
        contract = event.contract
        terms = contract_terms(contract.root)
        kind = event.kind
        cash_c = shares = 0
        if kind is not SettlementKind.EXPIRED:
            for_shares = terms.settlement == "physical"
            cash_c, shares = proceeds(
                right_letter(contract.right), contract.strike, quantity, price_c, terms.multiplier,
                for_shares,
            )  # fmt: skip
            if event.cash_c is not None:
                cash_c = _part(event.cash_c, quantity, event)
                shares = _part(event.shares or 0, quantity, event)
            if not for_shares and event.day >= contract.expiration:
                kind = SettlementKind.CASH
        return SettlementReport(
            kind,
            self._free(event.name),
            self._clock.epoch_s(),
            contract.root,
            contract.expiration,
            "call" if contract.right == "call" else "put",
            contract.strike,
            quantity,
            price_c,
            cash_c,
            shares,
            terms.multiplier,
        )

    def _settle(self, report: SettlementReport) -> None:
        try:
            self._journal.written.ledger.settle(report)
        except LedgerError as error:  # cannot be: what it ends was counted just now
            self._notice("BOOK_DIFFERS", str(error))
            return
        try:
            self._journal.keep()
        except OSError as error:
            self._notice("JOURNAL", f"settlements cannot be written: {error.strerror or error}")
        self._told(report)


def _contract(report: SettlementReport) -> tuple[str, date, str, float]:
    return report.symbol, report.expiration, report.right, report.strike


def _part(whole: int, quantity: int, event: OptionEvent) -> int:
    """What so many of an event's contracts have of an amount that is told of all of them."""
    return whole * abs(quantity) // event.quantity


def _numbered(name: str, number: int) -> str:
    """The name of the first booking of an event, and of those after corrections of it."""
    return name if number == 1 else f"{name}~{number}"
