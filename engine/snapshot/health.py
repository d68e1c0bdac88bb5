"""The day: sums, phase, and the health of engine, broker and journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from engine.snapshot.dollars import NOTHING_TIED, Tied, dollars_an_hour_c


class LossLimit(NamedTuple):
    """A limit of the day's loss in cents, what follows there, whether a first one is past."""

    cents: int
    follows: str
    second: bool


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the desk. net_premium_c is credit received minus debit paid, before fees.

    realised_c is the result after fees of the `settled` pairs. floor_c is what finished pairs pay
    at least, at filled prices after fees, open_worst_c what open units come to at least beyond
    that (None: unlimited losses), so that the two add up; liquidation_c what closing everything
    held brings at natural prices, before fees. order_budget is what orders_today may reach;
    reservation_c the guaranteed cents an order must promise before it goes out, None where the
    budget is not enforced or that is not learned yet; orders_ahead whether more of it is spent than
    its release over the session explains. suspect counts debits whose pair had a floor
    at mid, after fees, above zero, which stale or mispriced quotes explain. result_c is what the
    session's finished cycles pay at least, floors after fees less what was lost on units sold
    back; trader_hours the time of its traders while the exchange traded. tied are the completed
    pairs held. day_loss_exit_c is the day_loss_c from which on nothing is entered, day_loss_limit_c
    that at which what is open is sold back as well. thin says that figures of the session rest on
    few attempts, few_cycles that what became of cycles rests on few of them.
    """

    attempts: int = 0
    fills: int = 0
    thin: bool = False
    few_cycles: bool = False
    debit_contracts: int = 0
    credit_contracts: int = 0
    filled_cycles: int = 0
    completions: int = 0
    scratched: int = 0
    parked: int = 0
    net_premium_c: int = 0
    matched_c: int = 0
    open_c: int = 0
    fees_c: int = 0
    floor_c: int = 0
    open_worst_c: int | None = 0
    liquidation_c: int | None = None
    realised_c: int = 0
    settled: int = 0
    unhedged: int = 0
    unhedged_since_s: float | None = None
    hung: int = 0
    working: int = 0
    unknown: int = 0
    imbalance: int = 0
    imbalance_limit: int = 0
    capital_limit_c: int = 0
    day_loss_c: int = 0
    day_loss_exit_c: int = 0
    day_loss_limit_c: int = 0
    orders_today: int = 0
    order_budget: int = 0
    order_budget_enforced: bool = False
    result_c: int = 0
    trader_hours: float = 0.0
    tied: Tied = NOTHING_TIED
    reservation_c: int | None = None
    orders_ahead: bool = False
    orders_last_minute: int = 0
    orders_per_minute: int = 0
    efficiency: float | None = None
    rejects: int = 0
    partials: int = 0
    suspect: int = 0
    late_fills: int = 0
    duplicates: int = 0
    dollars_per_hung_c: int | None = None
    hedge_p50_s: float | None = None
    worst_hang_s: float | None = None
    quoted_s: float | None = None
    oldest_quote: str = ""

    @property
    def next_loss_limit(self) -> LossLimit | None:
        """The limit that the day's loss meets next; None where nothing limits it."""
        past = 0 < self.day_loss_exit_c <= self.day_loss_c
        if self.day_loss_exit_c and not past:
            return LossLimit(self.day_loss_exit_c, "no entries", False)
        if not self.day_loss_limit_c:
            return None
        return LossLimit(self.day_loss_limit_c, "all sold back", past)

    @property
    def result_an_order_c(self) -> float | None:
        """Guaranteed cents an order; None before the first order."""
        return self.result_c / self.orders_today if self.orders_today else None

    @property
    def result_a_trader_hour_c(self) -> float | None:
        """Guaranteed cents for an hour of a trader; None where less than a minute counts."""
        return dollars_an_hour_c(self.result_c, self.trader_hours)


@dataclass(frozen=True, slots=True)
class Health:
    """Latencies and connections. Durations in milliseconds; None where nothing was measured.

    writer_s is how long the oldest event has waited for the disk, 0.0 where none waits (None: the
    journal is written in the engine's own thread), waiting how many do, writer_limit_s the wait
    after which nothing more is taken. clock_skew_s is how far a clock is from the time the desk
    goes by, clock_limit_s from where on nothing is bought. resident_bytes is the memory of the
    process at memory_s, of memory_bytes that it may use. difference is what differed for certain
    between book and broker, unsure what did at the last look alone.
    """

    broker_p50_ms: float | None = None
    broker_p99_ms: float | None = None
    journal_seq: int = 0
    flush_p50_ms: float | None = None
    flush_p99_ms: float | None = None
    late_p99_ms: float | None = None
    threads: int = 0
    compared_s: float | None = None
    compared_chains: int = 0
    difference: str = ""
    unsure: str = ""
    guard: str = ""
    writer_s: float | None = None
    writer_limit_s: float = 0.0
    waiting: int = 0
    clock_skew_s: float | None = None
    clock_limit_s: float = 0.0
    resident_bytes: int | None = None
    memory_bytes: int | None = None
    memory_s: float | None = None


@dataclass(frozen=True, slots=True)
class EndingView:
    """What the end of a session waits for.

    Args:
        left_s: seconds until it waits no longer; completing orders have their time, then ends of
            orders that are not final.
        orders: orders that may still execute.
        units: units whose credit has not filled.
        ends: orders that were told to have ended and may have executed before; None while orders
            and units are waited for.
        difference: what differs between book and broker; "" where nothing is known to.
    """

    left_s: float
    orders: int
    units: int
    ends: int | None
    difference: str


@dataclass(frozen=True, slots=True)
class PhaseView:
    """The phase of the trading day. multiplier None: no trading in this phase.

    next_open_s is when trading opens next, after an open session too; None where no calendar says.
    """

    name: str
    reason: str
    starts_s: float
    ends_s: float
    next_name: str
    opens_s: float | None
    closes_s: float | None
    early: bool
    multiplier: float | None
    entries_open: bool
    last_debit_s: float | None
    calendar: str
    calendar_days_left: int
    next_open_s: float | None = None


@dataclass(frozen=True, slots=True)
class LimitView:
    """A limit of `[limits]`.

    Args:
        name: as the settings have it.
        value: in force: a number, text, true, false or None.
        written: what the settings say, in a simulation for so many traders.
        undo: what taking its last change back brings; None where it is as written.
        live: whether it can be tightened while the desk runs.
    """

    name: str
    value: float | str | bool | None
    written: float | str | bool | None
    undo: float | None = None
    live: bool = False
