"""Traders and chains: rows, balances, and the trader shown in detail."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from engine.snapshot.day import TraderDayView
from engine.snapshot.dollars import NOTHING_TIED, Tied, dollars_an_hour_c
from engine.snapshot.notices import EventLine
from engine.snapshot.rates import RateView
from engine.snapshot.states import TraderState


@dataclass(frozen=True, slots=True)
class TraderView:
    """One trader's row.

    gate is the code of the first gate that keeps it from a debit now ("" where none does) and
    gate_text the sentence behind it. last_result is FIL, PAR, TMO, REJ, CAN or "". next_s is when
    it next acts (None: not before it is released or resumed). matched_c is the net premium
    of completed contracts, open_c the cost of unhedged debit contracts. spark counts the fills
    of each of the last twelve 5-minute buckets, the newest last. hung_s is since when its oldest
    open unit is legged. floor_c is the sum of the payoff floors of its finished pairs, result_c
    what its finished cycles of the session pay at least, see `Totals`; orders those it sent. tied
    are the completed pairs that it holds. trial is the arm of its next attempt, such as
    "T3 after", "" where no trial decides it. open_worst_c is what its open units come to at least
    beyond the floor (None: unlimited losses). oversold are contracts sold twice: they hedge no
    other unit, so that `unhedged` is so many more than net_contracts.
    """

    key: str
    symbol: str
    expiration: date
    dte: int
    state: TraderState
    gate: str
    gate_text: str
    size: int
    attempts: int
    fills: int
    low: float | None
    high: float | None
    completions: int
    filled_cycles: int
    hedge_p50_s: float | None
    fill_p50_s: float | None
    last_result: str
    next_s: float | None
    net_contracts: int
    matched_c: int
    open_c: int
    fees_c: int
    quoted_s: float | None
    stale: bool
    stage: str
    hung_s: float | None
    spark: tuple[int, ...]
    floor_c: int = 0
    result_c: int = 0
    orders: int = 0
    suspect: int = 0
    tied: Tied = NOTHING_TIED
    trial: str = ""
    open_worst_c: int | None = 0
    oversold: int = 0

    @property
    def unhedged(self) -> int:
        """Debit contracts without their credit."""
        return max(0, self.net_contracts + self.oversold)

    @property
    def result_an_order_c(self) -> float | None:
        """Guaranteed cents an order; None before its first order."""
        return self.result_c / self.orders if self.orders else None


@dataclass(frozen=True, slots=True)
class BalanceView:
    """One chain's balance: contracts bought and sold, money matched and open, payoff floor.

    floor_c is the sum of the payoff floors of completed pairs at filled prices after fees,
    open_worst_c what open units come to at least beyond it (None: unlimited losses); oversold as in
    TraderView.
    """

    key: str
    symbol: str
    expiration: date
    debit: int
    credit: int
    net: int
    matched_c: int
    open_c: int
    floor_c: int
    label: str
    unhedged_since_s: float | None
    open_worst_c: int | None = 0
    oversold: int = 0

    @property
    def unhedged(self) -> int:
        """Debit contracts without their credit."""
        return max(0, self.net + self.oversold)


@dataclass(frozen=True, slots=True)
class LegView:
    """A leg of an opportunity or position: signed contracts (+ long), right C or P.

    Of a contract sold that may be exercised early, dollars a share: inside is how far it is in the
    money, time_value what is left of it at the middle of its market.
    """

    quantity: int
    right: str
    strike: float
    bid: float | None
    ask: float | None
    inside: float | None = None
    time_value: float | None = None


@dataclass(frozen=True, slots=True)
class TraderDetail:
    """Everything the detail screen shows of the watched trader.

    gates are (code, passes, sentence) in the order they are asked; payoff is (underlying prices,
    dollars of the pair per contract at expiration after fees); fill_curve is (seconds, fraction of
    attempts filled by then); cycle the sentence for the cycle in flight ("" where idle).
    trader_hours is its time of the session while the exchange traded; thin says that its figures
    rest on few attempts. expected is what its attempts will do, and of whom a thin chain borrows
    that; "" where nothing tells. afterwards are sentences about the market after fills and cancels.
    day is its session so far.
    """

    key: str
    cycle: str
    stage: str
    needed_c: int | None
    gates: tuple[tuple[str, bool, str], ...]
    sizes: tuple[RateView, ...]
    hours: tuple[RateView, ...]
    delays: tuple[RateView, ...]
    fill_curve: tuple[tuple[float, ...], tuple[float, ...]]
    parameters: tuple[tuple[str, str], ...]
    opportunity: str
    opportunity_legs: tuple[LegView, ...]
    payoff: tuple[tuple[float, ...], tuple[float, ...]]
    underlying: float | None
    exclusions: tuple[tuple[str, int], ...]
    attempts: tuple[str, ...]
    events: tuple[EventLine, ...]
    trader_hours: float = 0.0
    thin: bool = True
    expected: str = ""
    afterwards: tuple[str, ...] = ()
    day: TraderDayView = field(default_factory=TraderDayView)

    def result_an_hour_c(self, result_c: int) -> float | None:
        """Guaranteed cents for its hour where it came to `result_c`; None below a minute."""
        return dollars_an_hour_c(result_c, self.trader_hours)
