"""A heap of timers, quotes that stand still, and orders: what tests of the exchange share."""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from functools import partial

from engine.config import FillModelParameters
from engine.exchange.matching import MatchingEngine
from engine.exchange.quotes import SimulatedMarket
from engine.market.calendar import xnys
from engine.market.chain import CALL
from engine.market.legs import OptionType, SpreadLeg
from engine.market.phases import PhaseNow, phase_at
from engine.market.ticks import combination_tick_c
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind

DAY = date(2026, 3, 10)
_HOURS = xnys().session(DAY)
assert _HOURS is not None
OPENS_S, CLOSES_S = _HOURS.opens.timestamp(), _HOURS.closes.timestamp()
EXPIRATION = date(2026, 4, 17)
MORNING_S = OPENS_S + 3600.0

ORDINARY = FillModelParameters(
    poor_share=0.0, good_share=0.0, ordinary_factor=(1.0, 1.0), reject=0.0, late_fill=0.0
)
"""Every chain fills alike, and nothing goes wrong with an order."""

phase_of: Callable[[float], PhaseNow] = partial(phase_at, calendar=xnys())


def _limit_c(price: float, symbol: str, toward: Callable[[float], int]) -> int:
    """Cents a share on the root's tick, rounded down for a debit and up for a credit."""
    tick_c = combination_tick_c(symbol)
    return toward(round(price * 100 / tick_c, 6)) * tick_c


class HeapTimer:
    """Runs callbacks in order of time, and of scheduling where times are equal."""

    def __init__(self, now_s: float = OPENS_S) -> None:
        self.now_s = now_s
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = itertools.count()

    def __call__(self, at_s: float, callback: Callable[[], None]) -> None:
        heapq.heappush(self._heap, (at_s, next(self._count), callback))

    def run(self, until_s: float = float("inf")) -> None:
        while self._heap and self._heap[0][0] <= until_s:
            at_s, _, callback = heapq.heappop(self._heap)
            self.now_s = max(self.now_s, at_s)
            callback()
        if until_s < float("inf"):
            self.now_s = max(self.now_s, until_s)


@dataclass
class StillQuotes:
    """Quotes by (right, strike) that change only when a test changes them."""

    by_contract: dict[tuple[int, float], tuple[float, float, float, float]]
    changes_s: list[float] = field(default_factory=list)

    def leg_quote(
        self, symbol: str, expiration: date, right: int, strike: float, now_s: float
    ) -> tuple[float, float, float, float]:
        nan = float("nan")
        return self.by_contract.get((right, strike), (nan, nan, nan, nan))

    def next_change_s(self, symbol: str, expiration: date, now_s: float) -> float | None:
        return next((at_s for at_s in self.changes_s if at_s > now_s), None)


def still_quotes(size: float = 50.0) -> StillQuotes:
    """Calls of 100 and 105 whose vertical is 2.00 bid, 2.40 ask."""
    return StillQuotes(
        {(CALL, 100.0): (5.0, 5.2, size, size), (CALL, 105.0): (2.8, 3.0, size, size)}
    )


def order(
    name: str = "S-1",
    *,
    part: Part = Part.DEBIT,
    quantity: int = 1,
    limit_c: int = 214,
    bought: float | None = None,
    sold: float | None = None,
    right: OptionType = "call",
    symbol: str = "AAPL",
    expiration: date = EXPIRATION,
) -> OrderRequest:
    """A vertical of 100 and 105 calls; at 2.14 a debit is at location 0.35 of the still market."""
    pays = part is Part.DEBIT
    buy = bought if bought is not None else (100.0 if pays else 105.0)
    sell = sold if sold is not None else (105.0 if pays else 100.0)
    nan = float("nan")
    legs = (
        SpreadLeg(buy, expiration, right, "buy", nan, nan),
        SpreadLeg(sell, expiration, right, "sell", nan, nan),
    )
    return OrderRequest(name, "T", symbol, expiration, part, legs, quantity, limit_c)


def kinds(reports: list[OrderReport]) -> list[ReportKind]:
    return [report.kind for report in reports]


class ScriptedDay:
    """A few traders without judgement: a debit, 2.5 s, a cancel; the credit rests once filled.

    Args:
        market: where quotes come from.
        matching_of: makes the matching engine on this day's timer.
        chains: one trader for each (symbol, expiration).
    """

    def __init__(
        self,
        market: SimulatedMarket,
        chains: list[tuple[str, date]],
        matching_of: Callable[[HeapTimer], MatchingEngine],
    ) -> None:
        self.market = market
        self.timer = HeapTimer(market.opens_s)
        self.matching = matching_of(self.timer)
        self.reports: list[OrderReport] = []
        self.credit_wait_s: dict[str, float] = {}
        self._credits: dict[str, float] = {}
        self.requests: dict[str, OrderRequest] = {}
        self._filled: dict[str, int] = {}
        self._seen: set[str] = set()
        self._over: set[str] = set()
        self.matching.connect(self._hear)
        for number, (symbol, expiration) in enumerate(chains):
            start_s = market.opens_s + 1.0 + 0.37 * number
            self.timer(start_s, partial(self._attempt, symbol, expiration, number, 0))

    def _attempt(self, symbol: str, expiration: date, trader: int, attempt: int) -> None:
        now_s = self.timer.now_s
        chain = self.market.chain(symbol, expiration, now_s)
        assert chain is not None
        row = attempt % 2
        columns = len(chain.strikes)
        middle = int((chain.strikes < chain.underlying_price).sum())
        x = max(1, min(columns - 3, middle + attempt % 7 - 3))
        y = x + 1 if row == CALL else x - 1
        bid = chain.bid[row, x] - chain.ask[row, y]
        ask = chain.ask[row, x] - chain.bid[row, y]
        limit_c = _limit_c(bid + 0.35 * (ask - bid), symbol, math.floor)
        if 0 < limit_c < abs(chain.strikes[x] - chain.strikes[y]) * 100:
            right: OptionType = "put" if row else "call"
            name = f"S-{trader}-{attempt}"
            request = order(
                name + "-D",
                quantity=1 + attempt % 3,
                limit_c=limit_c,
                bought=float(chain.strikes[x]),
                sold=float(chain.strikes[y]),
                right=right,
                symbol=symbol,
                expiration=expiration,
            )
            self.requests[request.client_order_id] = request
            self.matching.submit(request, now_s)
            cancel = partial(self._cancel, request.client_order_id)
            if self.market.closes_s - now_s > 20.0:
                self.timer(now_s + 2.54, cancel)
        pause_s = 9.0 + (attempt * 7 % 10) / 4
        if now_s + pause_s < self.market.closes_s:
            again = partial(self._attempt, symbol, expiration, trader, attempt + 1)
            self.timer(now_s + pause_s, again)

    def _cancel(self, name: str) -> None:
        if name not in self._over:
            self.matching.cancel(name, self.timer.now_s)

    def _hear(self, report: OrderReport) -> None:
        self.reports.append(report)
        if report.kind is ReportKind.REJECTED:
            self._over.add(report.client_order_id)
        if report.kind is not ReportKind.FILL or report.execution_id in self._seen:
            return
        self._seen.add(report.execution_id)
        name = report.client_order_id
        if name.endswith("-C"):
            self.credit_wait_s.setdefault(name, report.at_s - self._credits[name])
            return
        debit = self.requests[name]
        self._filled[name] = self._filled.get(name, 0) + report.quantity
        if self._filled[name] == debit.quantity:
            self._over.add(name)
        self._complete(debit, report)

    def _complete(self, debit: OrderRequest, report: OrderReport) -> None:
        """Sell the next vertical further out of the money at 0.65 of its market."""
        now_s = self.timer.now_s
        chain = self.market.chain(debit.symbol, debit.expiration, now_s)
        assert chain is not None
        row = 0 if debit.legs[0].option_type == "call" else 1
        step = 1 if row == CALL else -1
        x = chain.index(debit.legs[0].strike) + step
        y = x + step
        if not 0 <= y < len(chain.strikes):
            return
        bid = chain.bid[row, x] - chain.ask[row, y]
        ask = chain.ask[row, x] - chain.bid[row, y]
        limit_c = _limit_c(bid + 0.65 * (ask - bid), debit.symbol, math.ceil)
        if not 0 < limit_c < abs(chain.strikes[x] - chain.strikes[y]) * 100:
            return
        name = f"{report.execution_id}-C"
        self._credits[name] = now_s
        request = order(
            name,
            part=Part.CREDIT,
            quantity=report.quantity,
            limit_c=limit_c,
            bought=float(chain.strikes[y]),
            sold=float(chain.strikes[x]),
            right=debit.legs[0].option_type,
            symbol=debit.symbol,
            expiration=debit.expiration,
        )
        self.requests[name] = request
        self.matching.submit(request, now_s)

    @property
    def credits_sent(self) -> int:
        return len(self._credits)

    def run(self) -> None:
        self.timer.run()
