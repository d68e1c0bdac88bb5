"""Clearing at the simulated exchange: expirations, exercises, assignments and share trades."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

from engine.brokers.ledger import ExchangeLedger
from engine.brokers.protocol import ContractPosition, SettlementSink, Timer
from engine.exchange.seeding import Draws
from engine.market.calendar import TradingCalendar
from engine.market.legs import OptionType, right_letter, strike_text
from engine.market.ticks import SettlesAt, contract_terms
from engine.orders.settlements import SettlementKind, SettlementReport

EARLY: Final = 0.002
"""Probability that a contract without time value is exercised in a night."""

AFTER_CLOSE_S: Final = 1.0
"""Seconds after the close at which expirations are reported, before the desk closes its day."""


class UnderlyingPrices(Protocol):
    """Prices of underlyings on any session's date, and which contracts have no time value."""

    def price(self, symbol: str, day: date, at: SettlesAt) -> float:
        """Dollars a share at the open or the close of a session."""
        ...

    def without_time_value(
        self, symbol: str, expiration: date, right: OptionType, strike: float, day: date
    ) -> bool:
        """Whether at the close of `day` the contract is worth no more than exercising it."""
        ...


@dataclass(frozen=True, slots=True)
class ClearedSession:
    """The session that a clearing settles.

    Args:
        day: its exchange date.
        opens_s, closes_s: epoch seconds.
        since: date of the account's last session; `day` where the account is new.
    """

    day: date
    opens_s: float
    closes_s: float
    since: date


class Clearing:
    """Expires, exercises and assigns what the account holds, books it and reports it.

    When the desk connects, the nights since the account's last session come first: what expired
    meanwhile, and early assignments of American shorts without time value. Roots that settle at
    the open are settled then, the others AFTER_CLOSE_S after the close.

    Args:
        ledger: the exchange's books.
        prices: of the underlyings.
        timer: calls back at an epoch second.
        calendar: the exchange's days.
        session: the session it settles.
        seed: decides which shorts are assigned.
        last: the underlying's last price at an epoch second, dollars a share; None where unknown.
        early: probability that a contract without time value is assigned in a night.
    """

    def __init__(
        self,
        ledger: ExchangeLedger,
        prices: UnderlyingPrices,
        timer: Timer,
        calendar: TradingCalendar,
        session: ClearedSession,
        seed: int,
        *,
        last: Callable[[str, float], float | None],
        early: float = EARLY,
    ) -> None:
        self._last = last
        self._ledger, self._prices, self._timer = ledger, prices, timer
        self._calendar, self._session = calendar, session
        self._seed, self._early = seed, early
        self._sink: SettlementSink | None = None
        self._traded = 0

    def connect(self, sink: SettlementSink) -> None:
        """Report the nights since the last session, and settle this one when it is time."""
        self._sink = sink
        session = self._session
        for day in self._nights():
            self._expire(day, ("open", "close"), session.opens_s)
            self._exercise_early(day, session.opens_s)
        self._expire(session.day, ("open",), session.opens_s)
        self._timer(session.closes_s + AFTER_CLOSE_S, self._close)

    def assign(
        self,
        symbol: str,
        expiration: date,
        right: OptionType,
        strike: float,
        contracts: int,
        at_s: float | None = None,
    ) -> None:
        """Assign contracts that the account is short.

        Args:
            symbol, expiration, right, strike: the contract.
            contracts: how many, 1 or more.
            at_s: epoch second in the session; None for the night before it.

        Raises:
            LedgerError: the account is not short so many.
        """
        session = self._session
        row = ContractPosition(symbol, expiration, right, strike, -contracts)
        price = None if at_s is None else self._last(symbol, at_s)
        if price is None:
            price = self._prices.price(symbol, session.day, "close")
        reported_s = session.opens_s if at_s is None else at_s
        self._traded += 1
        name = f"on demand {self._traded}.{round(reported_s * 1000)}"
        self._end(row, price, reported_s, SettlementKind.ASSIGNED, name)

    def close_shares(self, symbol: str, at_s: float) -> None:
        """Trade all shares of a root away at the last price; do nothing without one."""
        held = next((row.quantity for row in self._ledger.shares() if row.symbol == symbol), 0)
        price = self._last(symbol, at_s)
        if not held or price is None:
            return
        price_c = round(price * 100)
        self._traded += 1
        self._report(
            SettlementReport(
                SettlementKind.SHARES,
                f"SHARES.{symbol}.{self._session.day}.{self._traded}.{round(at_s * 1000)}",
                at_s,
                symbol,
                self._session.day,
                "call",
                0.0,
                0,
                price_c,
                held * price_c,
                -held,
                1,
            )
        )

    def _nights(self) -> Iterator[date]:
        """The dates from the last session to the one before this, a night after each."""
        day: date | None = self._session.since
        while day is not None and day < self._session.day:
            yield day
            day = self._calendar.next_session(day)

    def _close(self) -> None:
        session = self._session
        self._expire(session.day, ("open", "close"), session.closes_s + AFTER_CLOSE_S)

    def _expire(self, day: date, times: tuple[SettlesAt, ...], at_s: float) -> None:
        for row in self._ledger.positions():
            settles_at = contract_terms(row.symbol).settles_at
            if row.expiration <= day and settles_at in times:
                price = self._prices.price(row.symbol, row.expiration, settles_at)
                self._end(row, price, at_s)

    def _exercise_early(self, day: date, at_s: float) -> None:
        for row in self._ledger.positions():
            right: OptionType = "call" if row.right == "call" else "put"
            if row.quantity >= 0 or contract_terms(row.symbol).style != "american":
                continue
            name = f"{row.symbol}/{row.expiration}/{right}/{strike_text(row.strike)}/{day}"
            draws = Draws(self._seed, f"assigned/{name}")
            if draws.uniform() >= self._early or not self._prices.without_time_value(
                row.symbol, row.expiration, right, row.strike, day
            ):
                continue
            contracts = 1 + int(draws.uniform() * -row.quantity)
            part = ContractPosition(row.symbol, row.expiration, right, row.strike, -contracts)
            price = self._prices.price(row.symbol, day, "close")
            self._end(part, price, at_s, SettlementKind.ASSIGNED, f"{day}")

    def _end(
        self,
        row: ContractPosition,
        price: float,
        at_s: float,
        kind: SettlementKind | None = None,
        cause: str = "expired",
    ) -> None:
        """Settle contracts at a price of the underlying: worthless, for cash, or for shares."""
        right: OptionType = "call" if row.right == "call" else "put"
        terms = contract_terms(row.symbol)
        price_c, strike_c = round(price * 100), row.strike * 100
        inside_c = round(price_c - strike_c if right == "call" else strike_c - price_c)
        if kind is None and inside_c <= 0:
            kind, cash_c, shares = SettlementKind.EXPIRED, 0, 0
        elif terms.settlement == "cash":
            cash_c, shares = row.quantity * max(0, inside_c) * terms.multiplier, 0
            kind = kind or SettlementKind.CASH
        else:
            shares = row.quantity * terms.multiplier * (1 if right == "call" else -1)
            cash_c = -round(strike_c * shares)
            ours = SettlementKind.EXERCISED if row.quantity > 0 else SettlementKind.ASSIGNED
            kind = kind or ours
        self._report(
            SettlementReport(
                kind,
                f"{row.symbol}.{row.expiration}.{strike_text(row.strike)}{right_letter(right)}.{cause}",
                at_s,
                row.symbol,
                row.expiration,
                right,
                row.strike,
                row.quantity,
                price_c,
                cash_c,
                shares,
                terms.multiplier,
            )
        )

    def _report(self, report: SettlementReport) -> None:
        self._ledger.settle(report)
        if self._sink is not None:
            self._sink(report)
