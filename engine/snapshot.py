"""The immutable picture of a desk that every reader gets; nothing in it changes once made.

Times ending in `_s` are epoch seconds unless the name says age or duration; `_c` is whole cents
(prices per share, money of account); None is unknown, never zero.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from engine.commands import Ticket
from engine.held_views import PositionsView


class TraderState(StrEnum):
    """What a trader is doing, in three letters."""

    RUN = "RUN"
    WORKING = "WRK"
    HEDGING = "HDG"
    PAUSED = "PAU"
    HELD = "HLD"
    BLOCKED = "BLK"
    STALE = "STL"
    FAULT = "FLT"
    OFF = "OFF"
    KILLED = "KIL"


class EngineState(StrEnum):
    """What the desk as a whole is doing."""

    STARTING = "STARTING"
    WARMING = "WARMING"
    RUN = "RUN"
    HALTED = "HALTED"
    EXIT_ONLY = "EXIT-ONLY"
    KILLING = "KILLING"
    KILLED = "KILLED"
    DRAINING = "DRAINING"
    ENDED = "ENDED"


@dataclass(frozen=True, slots=True)
class RateView:
    """k successes of n with the 95 % Wilson interval; low and high are None where n is 0."""

    label: str
    k: int
    n: int
    low: float | None
    high: float | None
    lots_per_attempt: float | None = None


@dataclass(frozen=True, slots=True)
class TraderView:
    """One trader's row.

    gate is the code of the first gate that keeps it from a debit now ("" where none does) and
    gate_text the sentence behind it. last_result is FIL, PAR, TMO, REJ, CAN or "". next_s is when
    it next acts (None: not before somebody or something releases it). matched_c is the net premium
    of completed contracts, open_c what unhedged debit contracts cost. spark counts the fills
    of each of the last twelve 5-minute buckets, the newest last. hung_s is since when its oldest
    open unit is legged.
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


@dataclass(frozen=True, slots=True)
class BalanceView:
    """One chain's balance: contracts bought and sold, money matched and open, payoff floor.

    floor_c is the sum of the payoff floors of completed pairs at filled prices after fees.
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


@dataclass(frozen=True, slots=True)
class OrderView:
    """An order as its row shows it; working_s is when the broker acknowledged it.

    part is D, C or U; status is intended, sent, working, partial, filled, canceling, canceled,
    rejected, expired or unknown; legs is a text such as "190/195C", the strikes bought and sold;
    effects what each of them did to the account's contracts when it was sent: open, close or mixed.
    """

    id: str
    trader: str
    symbol: str
    expiration: date
    part: str
    legs: str
    quantity: int
    filled: int
    limit_c: int
    fill_c: int | None
    bid: float | None
    ask: float | None
    status: str
    stage: str
    text: str
    sent_s: float
    working_s: float | None
    ended_s: float | None
    effects: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class StoryLine:
    """One event of an order: our state and the broker's last word after it."""

    at_s: float
    what: str
    local: str
    broker: str
    text: str


@dataclass(frozen=True, slots=True)
class OrderStory:
    """Every event of the order that is looked at; left_out counts later ones beyond the bound."""

    id: str
    lines: tuple[StoryLine, ...]
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm: what, where, consequence, response. state: unacked, acked, shelved or cleared."""

    id: str
    priority: int
    code: str
    where: str
    what: str
    consequence: str
    response: str
    state: str
    raised_s: float


@dataclass(frozen=True, slots=True)
class EventLine:
    """One line of what happened; source is "op" or "eng"."""

    at_s: float
    source: str
    text: str


@dataclass(frozen=True, slots=True)
class RecommendationView:
    """A recommendation with its evidence.

    kind is SIZE, HOURS or CANCEL; verdict SEPARATED, NOT SEPARATED, THIN, CENSORED or CONFOUNDED;
    arms the compared groups; effect and its interval in `unit`; state ready, applied, rejected,
    snoozed, undone, reverted or expired.
    """

    id: str
    kind: str
    trader: str
    setting: str
    before: Any
    after: Any
    bounds: str
    verdict: str
    unit: str
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    arms: tuple[RateView, ...]
    evidence: tuple[str, ...]
    revert_rule: str
    state: str
    made_s: float
    expires_s: float | None
    outcome: str


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the desk. net_premium_c is credit received minus debit paid, before fees.

    realised_c is what the `settled` pairs came to at expiration, after fees.
    """

    attempts: int = 0
    fills: int = 0
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
    day_loss_limit_c: int = 0
    orders_today: int = 0
    order_budget: int = 0
    orders_last_minute: int = 0
    orders_per_minute: int = 0
    efficiency: float | None = None
    rejects: int = 0
    partials: int = 0
    late_fills: int = 0
    duplicates: int = 0
    dollars_per_hung_c: int | None = None
    hedge_p50_s: float | None = None
    worst_hang_s: float | None = None
    quoted_s: float | None = None
    oldest_quote: str = ""


@dataclass(frozen=True, slots=True)
class Health:
    """How the machinery feels. Durations in milliseconds; None where nothing was measured."""

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
    guard: str = ""


@dataclass(frozen=True, slots=True)
class LegView:
    """A leg of an opportunity or position: signed contracts (+ long), right C or P."""

    quantity: int
    right: str
    strike: float
    bid: float | None
    ask: float | None


@dataclass(frozen=True, slots=True)
class TraderDetail:
    """Everything the detail screen shows of the watched trader.

    gates are (code, passes, sentence) in the order they are asked; payoff is (underlying prices,
    dollars of the pair per contract at expiration after fees); fill_curve is (seconds, fraction of
    attempts filled by then); cycle the sentence for the cycle in flight ("" where idle).
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


@dataclass(frozen=True, slots=True)
class UnitView:
    """An open unit: a filled debit that nothing hedges yet, and what each way out comes to now.

    key is "TRADER/CYCLE", legs and credit_legs the strikes bought over sold of the debit and sold
    over bought of its credit; open counts contracts without their credit. works is the part of
    the order that works (C, U or ""), limit_c its limit. lowest_c is what the stage accepts, f1_c
    to f3_c what the ladder accepts at its price, at cost and conceded, unwind_least_c the least
    that selling the debit back accepts, all cents a share.

    Money of all open contracts after the fees of both spreads: complete_c at the natural bid of
    its credit, scratch_c with the credit at what the debit cost, unwind_c at the natural bid of
    the debit, carry_c the worst that holding it unhedged to expiration can come to. stale says
    that the quotes behind them are too old. refusals says for ladder, concede, unwind and hold
    why it cannot be chosen now ("": it can).
    """

    key: str
    trader: str
    symbol: str
    expiration: date
    legs: str
    credit_legs: str
    filled: int
    open: int
    paid_c: int
    stage: str
    choice: str
    since_s: float
    works: str
    limit_c: int | None
    lowest_c: int
    f1_c: int
    f2_c: int
    f3_c: int
    unwind_least_c: int
    credit_bid_c: int | None
    debit_bid_c: int | None
    complete_c: int | None
    scratch_c: int
    unwind_c: int | None
    carry_c: int
    quoted_s: float | None
    stale: bool
    refusals: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PhaseView:
    """Where the trading day stands. multiplier None: no trading in this phase."""

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


@dataclass(frozen=True, slots=True)
class EngineSnapshot:
    """The desk at one moment.

    version grows with every snapshot; progress is the fraction of a warm-up or replay done (None
    where there is no end); speed the virtual seconds a real second (1.0 live); time_paused whether
    virtual time stands still; can_pace whether speed, pause and step make sense for this run.
    """

    version: int
    run: str
    mode: str
    account: str
    broker: str
    source: str
    fill_model: str
    now_s: float
    session_date: date
    state: EngineState
    phase: PhaseView
    progress: float | None = None
    speed: float = 1.0
    time_paused: bool = False
    can_pace: bool = False
    limits_profile: str = "live"
    traders: tuple[TraderView, ...] = ()
    balances: tuple[BalanceView, ...] = ()
    totals: Totals = field(default_factory=Totals)
    sizes: tuple[RateView, ...] = ()
    hours: tuple[RateView, ...] = ()
    delays: tuple[RateView, ...] = ()
    units: tuple[UnitView, ...] = ()
    orders: tuple[OrderView, ...] = ()
    alarms: tuple[AlarmView, ...] = ()
    events: tuple[EventLine, ...] = ()
    recommendations: tuple[RecommendationView, ...] = ()
    tickets: tuple[Ticket, ...] = ()
    health: Health = field(default_factory=Health)
    detail: TraderDetail | None = None
    story: OrderStory | None = None
    positions: PositionsView | None = None
    run_dir: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
