"""The session report: what a session came to, from the desk's state and nothing else."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from engine.journal.reading import read_events
from engine.learning.estimators import FIRST_LOOK, ArmTally, wilson
from engine.orders.events import SessionStarted
from engine.state.alarm_record import AlarmRecord
from engine.state.desk import DeskState
from engine.state.trader_totals import TraderTotals

FORMAT: Final = 1
"""Version of the JSON; keys are only ever added within one."""


@dataclass(frozen=True, slots=True)
class Rate:
    """k of n with its 95 % Wilson interval; thin below 50 trials, the first look of a verdict."""

    label: str
    k: int
    n: int
    rate: float | None
    low: float | None
    high: float | None
    thin: bool
    lots_per_attempt: float | None = None


@dataclass(frozen=True, slots=True)
class Header:
    """Which session this is; a simulated figure never goes without its source and fill model."""

    mode: str
    account: str
    run: str
    session_date: str
    source: str
    fill_model: str
    seed: int
    started_ms: int
    ended_ms: int
    ended: bool
    end_reason: str
    starts: int
    ended_by: str = ""
    """Who asked for the end; "" where the plan or the close ended it."""
    fills: dict[str, Any] = field(default_factory=dict)
    """Every parameter of the fill models; empty for a broker's fills and in older journals."""


@dataclass(frozen=True, slots=True)
class Cycles:
    """Cycles with a filled debit. Times in seconds, None where nothing was measured."""

    filled: int
    completion: Rate
    scratched: int
    parked: int
    open: int
    hung: int
    hedge_p50_s: float | None
    worst_hedge_s: float | None
    per_hung_c: int | None


@dataclass(frozen=True, slots=True)
class MoneyTable:
    """Whole cents. net_premium_c is cash before fees, matched_c - open_c, and never a profit.

    floor_c is the sum of the payoff floors of finished cycles at filled prices after fees;
    result_c is that of the session alone, with what was lost on units sold back, and trader_hours
    the time of its traders while the exchange traded;
    open_worst_c what open units come to at least beyond that, after fees (None: unlimited losses);
    liquidation_c what closing everything held brought at natural prices, before fees, when the
    session ended (None while it runs, or where a short contract had no ask). realised_c is what
    `settled` pairs came to at expiration after fees, shares_realised_c what trading the shares that
    they left behind brought beyond their settlement price.
    """

    gross_credit_c: int
    gross_debit_c: int
    unwinds_c: int
    fees_c: int
    net_premium_c: int
    matched_c: int
    open_c: int
    floor_c: int
    result_c: int
    trader_hours: float
    liquidation_c: int | None
    open_worst_c: int | None
    debit_contracts: int
    credit_contracts: int
    unwound_contracts: int
    unhedged: int
    labels: dict[str, int]
    settled: int
    realised_c: int
    shares_realised_c: int


@dataclass(frozen=True, slots=True)
class OrderTable:
    """Orders since the session began; efficiency is (sent + cancels) / (executed + 1)."""

    sent: int
    cancels: int
    executed: int
    efficiency: float | None
    rejects: int
    partials: int
    late_fills: int
    duplicates: int
    unknown: int
    live: int
    not_booked: int


@dataclass(frozen=True, slots=True)
class TraderRow:
    """One trader."""

    trader: str
    size: int
    fill: Rate
    completions: int
    filled_cycles: int
    last_result: str
    hedge_p50_s: float | None
    fill_p50_s: float | None
    net_contracts: int
    net_premium_c: int
    matched_c: int
    open_c: int
    fees_c: int
    floor_c: int
    rejects: int
    hold: str
    fault: str


@dataclass(frozen=True, slots=True)
class RecommendationRow:
    """One recommendation and what became of it."""

    id: str
    kind: str
    trader: str
    before: Any
    after: Any
    verdict: str
    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class AlarmTable:
    """Alarms raised by priority, those not cleared, median seconds to acknowledgement."""

    p1: int
    p2: int
    p3: int
    standing: tuple[str, ...]
    ack_p50_s: float | None


@dataclass(frozen=True, slots=True)
class SessionReport:
    """What a session came to. None means unknown and is shown as n/a."""

    header: Header
    attempts: Rate
    fill_p50_s: float | None
    cycles: Cycles
    money: MoneyTable
    orders: OrderTable
    sizes: tuple[Rate, ...]
    hours: tuple[Rate, ...]
    delays: tuple[Rate, ...]
    traders: tuple[TraderRow, ...]
    recommendations: tuple[RecommendationRow, ...]
    operator: tuple[tuple[str, str, int], ...]
    alarms: AlarmTable
    books: str

    def to_json(self) -> dict[str, Any]:
        """The report as JSON values; keys are stable, money is whole cents, times name a unit."""
        return {"format": FORMAT, **asdict(self)}


def session_report(state: DeskState) -> SessionReport:
    """The report of a state, as of its last event."""
    money, orders = state.money, state.orders
    cells = state.attempts.rates
    worst_ms = money.worst_hedge_ms(state.at_ms)
    notices = state.notices
    acks = notices.acked_after_ms
    compared = notices.compared
    return SessionReport(
        header=_header(state),
        attempts=_rate("all", ArmTally(state.attempts.attempts, state.attempts.fills)),
        fill_p50_s=state.attempts.fill.median_s(),
        cycles=Cycles(
            filled=money.filled_cycles,
            completion=_rate("completed", ArmTally(money.filled_cycles, money.completions)),
            scratched=money.scratched,
            parked=money.parked,
            open=len(money.open_units),
            hung=money.hung + money.hung_now(state.at_ms),
            hedge_p50_s=money.hedge.median_s(),
            worst_hedge_s=None if worst_ms is None else worst_ms / 1000,
            per_hung_c=money.per_hung_c,
        ),
        money=MoneyTable(
            gross_credit_c=money.credit_c,
            gross_debit_c=money.paid_c,
            unwinds_c=money.unwind_c,
            fees_c=money.fees_c,
            net_premium_c=money.net_premium_c,
            matched_c=money.matched_c,
            open_c=money.open_c,
            floor_c=money.floor_c,
            result_c=money.result_c,
            trader_hours=state.open_time.hours(state.at_ms),
            liquidation_c=_liquidation_c(state),
            open_worst_c=state.positions.open_worst_c(),
            debit_contracts=money.debits,
            credit_contracts=money.credits,
            unwound_contracts=money.unwound,
            unhedged=money.unhedged,
            labels={name: money.labels.get(name, 0) for name in ("ARB", "LOCK*", "RISK")},
            settled=state.positions.settled,
            realised_c=state.positions.realised_c,
            shares_realised_c=state.positions.shares_c,
        ),
        orders=OrderTable(
            sent=orders.submits,
            cancels=orders.cancels,
            executed=orders.executed,
            efficiency=orders.efficiency if orders.submits else None,
            rejects=orders.rejects,
            partials=state.attempts.partials,
            late_fills=orders.late_fills,
            duplicates=orders.duplicates,
            unknown=orders.unknown,
            live=len(orders.live),
            not_booked=orders.orphans + orders.excess,
        ),
        sizes=tuple(_rate(str(size), arm, True) for size, arm in cells.by_size().items()),
        hours=tuple(_rate(f"{hour:02d}", arm, True) for hour, arm in cells.by_hour().items()),
        delays=tuple(_rate(delay, arm, True) for delay, arm in cells.by_delay().items()),
        traders=tuple(_trader(totals) for totals in state.traders.values()),
        recommendations=tuple(
            RecommendationRow(
                id=key,
                kind=each.made.kind,
                trader=each.made.trader,
                before=each.made.before,
                after=each.made.after,
                verdict=each.made.verdict,
                state=each.state,
                reason=each.reason,
            )
            for key, each in notices.recommendations.items()
        ),
        operator=tuple(
            (action, outcome, count)
            for action, outcomes in sorted(notices.operator.items())
            for outcome, count in sorted(outcomes.items())
        ),
        alarms=AlarmTable(
            p1=notices.raised.get(1, 0),
            p2=notices.raised.get(2, 0),
            p3=notices.raised.get(3, 0),
            standing=tuple(
                _standing(each)
                for each in sorted(notices.alarms.values(), key=lambda each: each.raised.priority)
            ),
            ack_p50_s=median(acks) / 1000 if acks else None,
        ),
        books="not compared" if compared is None else compared.difference or "match",
    )


def _standing(record: AlarmRecord) -> str:
    """An alarm with every place where it holds."""
    texts = dict.fromkeys(record.places.values())
    places = ", ".join(record.places)
    count = f" {len(record.places)} places," if len(record.places) > 1 else ""
    return (
        f"P{record.raised.priority} {record.raised.code}{count} {places}: "
        f"{'; '.join(texts)} ({record.state})"
    )


def _liquidation_c(state: DeskState) -> int | None:
    """What closing everything brings, where it is known: nothing held brings nothing."""
    if state.valued is not None:
        return state.valued.value_c
    return None if state.contracts.contracts() or state.contracts.shares() else 0


def state_of(path: Path | str) -> DeskState:
    """The state that a journal's events leave.

    Raises:
        JournalError: the journal cannot be read; StateError: its events cannot be.
    """
    state = DeskState()
    state.apply_all(read_events(path))
    return state


def report_of(path: Path | str) -> SessionReport:
    """The report of a journal's session.

    Raises:
        JournalError: the journal cannot be read; StateError: its events cannot be.
    """
    return session_report(state_of(path))


def _header(state: DeskState) -> Header:
    start, end = state.session, state.ended
    return Header(
        mode=start.mode if start else "",
        account=start.account if start else "",
        run=start.run if start else "",
        session_date=start.session_date if start else "",
        source=start.source if start else "",
        fill_model=start.fill_model if start else "",
        seed=start.seed if start else 0,
        started_ms=start.at_ms if start else 0,
        ended_ms=state.at_ms,
        ended=end is not None,
        end_reason=end.reason if end else "",
        starts=state.starts,
        ended_by=state.notices.ended_by,
        fills=_fills(start),
    )


def _fills(start: SessionStarted | None) -> dict[str, Any]:
    if start is None or not start.fill_model:
        return {}
    simulation = start.settings.get("simulation")
    return dict(simulation.get("fills") or {}) if isinstance(simulation, dict) else {}


def _rate(label: str, arm: ArmTally, lots: bool = False) -> Rate:
    if not arm.n:
        return Rate(label, 0, 0, None, None, None, True)
    low, high = wilson(arm.k, arm.n)
    return Rate(
        label,
        arm.k,
        arm.n,
        arm.rate,
        low,
        high,
        arm.n < FIRST_LOOK,
        arm.lots_per_attempt if lots else None,
    )


def _trader(totals: TraderTotals) -> TraderRow:
    return TraderRow(
        trader=totals.key,
        size=totals.size,
        fill=_rate("fill", ArmTally(totals.attempts, totals.fills)),
        completions=totals.completions,
        filled_cycles=totals.filled_cycles,
        last_result=totals.last_result,
        hedge_p50_s=totals.hedge.median_s(),
        fill_p50_s=totals.fill.median_s(),
        net_contracts=totals.net,
        net_premium_c=totals.net_premium_c,
        matched_c=totals.matched_c,
        open_c=totals.open_c,
        fees_c=totals.fees_c,
        floor_c=totals.floor_c,
        rejects=totals.rejects,
        hold=totals.hold.code if totals.hold else "",
        fault=totals.fault,
    )
