"""A desk on the day its contracts expire, with pairs that a test has put into both books."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import count
from typing import Any, Final

from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.execution import Execution, LegFill
from engine.brokers.ledger import ExchangeLedger
from engine.config import DeskConfig
from engine.exchange.matching.clearing import ClearedSession, Clearing
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.quotes.market import SimulatedMarket
from engine.market.calendar import xnys
from engine.market.clock import VirtualClock
from engine.market.fees import FeeSchedule
from engine.market.legs import OptionType
from engine.market.phases import phase_at
from engine.market.ticks import ContractTerms, contract_terms
from engine.orders import events as ev
from engine.pricing.payoff import PayoffLeg, payoff
from engine.runtime.pace import VirtualPace
from engine.runtime.scheduler import Scheduler

EXPIRES = date(2026, 11, 20)
WORDS: Final[dict[str, OptionType]] = {"C": "call", "P": "put"}


@dataclass(frozen=True)
class Pair:
    """A debit and a credit vertical, as filled; strikes and cents a share."""

    right: str
    debit_long: float
    debit_short: float
    credit_short: float
    credit_long: float
    debit_c: int
    credit_c: int
    contracts: int = 1
    credits: int | None = None

    @property
    def sold(self) -> int:
        return self.contracts if self.credits is None else self.credits

    def legs(self) -> list[PayoffLeg]:
        word = WORDS[self.right]
        return [
            PayoffLeg(self.contracts, word, self.debit_long),
            PayoffLeg(-self.contracts, word, self.debit_short),
            PayoffLeg(-self.sold, word, self.credit_short),
            PayoffLeg(self.sold, word, self.credit_long),
        ]

    def result_c(self, symbol: str, price: float) -> int:
        """What it comes to after fees, by the pricing floor's payoff function."""
        terms = contract_terms(symbol)
        cash = (self.credit_c * self.sold - self.debit_c * self.contracts) * terms.multiplier
        fees = FeeSchedule().vertical_fee_c(self.contracts + self.sold, symbol)
        return cash - fees + round(payoff(self.legs(), price) * 100 * terms.multiplier)


CONDOR = Pair("C", 590.0, 595.0, 600.0, 605.0, debit_c=310, credit_c=330)
"""A pair whose credit is the vertical above its debit, at a gain wherever it ends."""


class At:
    """Prices that a test names: every underlying ends at one of them."""

    def __init__(self, price: float, early: Iterable[float] = ()) -> None:
        self.ends = price
        self.early = set(early)

    def price(self, symbol: str, day: date, at: str) -> float:
        return self.ends

    def without_time_value(
        self, symbol: str, expiration: date, right: str, strike: float, day: date
    ) -> bool:
        return strike in self.early


class SettlementDesk:
    """Both books, a clearing, and an executor whose time a test lets pass.

    Args:
        last_s: so many seconds before the close it begins; None for the open.
        terms: under which its chain is added; None for the root's.

    Attributes:
        events: every event journaled.
    """

    def __init__(
        self,
        symbol: str = "SPY",
        prices: At | None = None,
        *,
        today: date = EXPIRES,
        since: date | None = None,
        expires: date = EXPIRES,
        early: float = 1.0,
        last_s: float | None = None,
        config: DeskConfig | None = None,
        terms: ContractTerms | None = None,
    ) -> None:
        self.symbol, self.expires = symbol, expires
        self.prices = prices or At(600.0)
        self._calendar = calendar = xnys()
        hours = calendar.session(today)
        assert hours is not None
        opens_s, self.closes_s = hours.opens.timestamp(), hours.closes.timestamp()
        market = SimulatedMarket(
            1, today, opens_s, self.closes_s, held={(symbol, expires): frozenset()}
        )
        starts_s = opens_s if last_s is None else self.closes_s - last_s
        pace = VirtualPace(VirtualClock(starts_s), math.inf)
        scheduler = self._scheduler = Scheduler(pace)
        self._ledger = ExchangeLedger()
        self._session = ClearedSession(today, opens_s, self.closes_s, since or today)
        self.venue = MatchingEngine(
            market,
            scheduler.timer,
            1,
            lambda epoch_s: phase_at(epoch_s, calendar),
            model="assumed",
            ledger=self._ledger,
            clearing=self.clearing(early),
        )
        self.executor = ArbitrageExecutor(
            broker=self.venue,
            market=market,
            scheduler=scheduler,
            calendar=calendar,
            config=config,
        )
        self.core, self.context = self.executor.core, self.executor.context
        self.executor.add_symbol(symbol, [expires], terms=terms)
        self.key = f"{symbol} {expires}"
        self.events: list[Any] = []
        emit = self.context.emit

        def emitted(event: Any) -> None:
            self.events.append(event)
            emit(event)

        self.context.emit = emitted  # type: ignore[method-assign]  # the test listens in between
        self.context.alarms._emit = emitted
        self._names = count(1)
        self._cycles = count(1)

    def clearing(self, early: float = 0.0) -> Clearing:
        """Another clearing of the same account and session, as after a restart."""
        return Clearing(
            self._ledger,
            self.prices,
            self._scheduler.timer,
            self._calendar,
            self._session,
            1,
            last=lambda symbol, at_s: self.prices.ends,
            early=early,
        )

    def of(self, kind: type) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def raised(self) -> dict[str, str]:
        alarms = self.context.state.notices.alarms.values()
        return {record.raised.code: "; ".join(record.places.values()) for record in alarms}

    def hold(self, *pairs: Pair) -> None:
        """Put pairs into the desk's book and the exchange's, as if they had been traded."""
        for pair in pairs:
            cycle = next(self._cycles)
            self._fill(
                cycle, "D", pair, pair.debit_long, pair.debit_short, pair.contracts, pair.debit_c
            )
            if pair.sold:
                self._fill(
                    cycle, "C", pair, pair.credit_long, pair.credit_short, pair.sold, pair.credit_c
                )

    def _fill(
        self, cycle: int, part: str, pair: Pair, buy: float, sell: float, contracts: int, c: int
    ) -> None:
        name, at_ms = f"O{next(self._names)}", self.context.now().at_ms
        terms = contract_terms(self.symbol)
        fee_c = FeeSchedule().vertical_fee_c(contracts, self.symbol)
        emit = self.context.emit
        emit(
            ev.OrderIntended(
                at_ms, self.key, name, cycle, part, 1, pair.right, buy, sell, contracts, c,
                0.0, 0.0, 0.0, 0.0, "",
            )
        )  # fmt: skip
        emit(ev.OrderSent(at_ms, self.key, name))
        emit(ev.Executed(at_ms, self.key, name, f"{name}.1", contracts, c, fee_c, False))
        emit(ev.OrderEnded(at_ms, self.key, name, "filled", ""))
        pays = part == "D"
        x, y = (buy, sell) if pays else (sell, buy)
        signed = contracts if pays else -contracts
        word = WORDS[pair.right]
        self.venue.ledger.book(
            Execution(
                f"{name}.1", name, at_ms / 1000, self.symbol, self.expires, contracts, c, pays,
                terms.multiplier,
                (LegFill(word, x, signed, c), LegFill(word, y, -signed, 0)),
                fee_c,
            )
        )  # fmt: skip

    def begin(self) -> None:
        self.executor.begin()

    def run(self, seconds: float) -> None:
        self._scheduler.run_until(self.context.now().now_s + seconds)

    def close(self) -> None:
        """Let the session run to its close and settle."""
        self.executor.begin()
        self.executor.scheduler.run_until(self.closes_s + 3.0 - self._offset_s())

    def _offset_s(self) -> float:
        moment = self.context.now()
        return moment.epoch_s - moment.now_s

    def books_agree(self) -> None:
        ledger, book = self.venue.ledger, self.context.state.contracts
        ledger.check()
        assert book.difference(ledger.positions()) == ()
        assert book.shares() == {row.symbol: row.quantity for row in ledger.shares()}
        assert (book.cash_c, book.fees_c) == (ledger.cash_c, ledger.fees_c)
