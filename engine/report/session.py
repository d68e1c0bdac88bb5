"""The session report: what a session came to, from the desk's state and nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from engine.journal.reading import read_events
from engine.learning.estimators import FIRST_LOOK, ArmTally, wilson
from engine.orders.events import Event, SessionStarted
from engine.report.layout import clock
from engine.report.provenance import provenances
from engine.report.records import (
    NOT_COMPARED,
    AlarmTable,
    CapitalRow,
    Course,
    Cycles,
    DollarTable,
    Header,
    MoneyTable,
    OrderTable,
    Rate,
    RecommendationRow,
    SessionReport,
    TraderRow,
)
from engine.report.trials import calibration_sentence, trial_rows
from engine.snapshot.dollars import Concentration, Tied
from engine.state.alarm_record import AlarmRecord
from engine.state.desk import DeskState
from engine.state.notices import Notices
from engine.state.trader_totals import BUCKET_MS, TraderTotals


def session_report(state: DeskState) -> SessionReport:
    """The report of a state, as of its last event."""
    money, orders = state.money, state.orders
    cells = state.attempts.rates
    worst_ms = money.worst_hedge_ms(state.at_ms)
    hung, hung_before = money.hanging.so_far(state.at_ms)
    notices = state.notices
    acks = notices.acked_after_ms
    return SessionReport(
        header=_header(state),
        attempts=_rate("all", ArmTally(state.attempts.attempts, state.attempts.fills)),
        fill_p50_s=state.attempts.fill.median_s(),
        cycles=Cycles(
            filled=money.filled_cycles,
            completion=_rate("completed", ArmTally(money.filled_cycles, money.completions)),
            scratched=money.scratched,
            parked=money.left_to_operator,
            open=len(money.open_units),
            hung=hung,
            hedge_p50_s=money.hedge.median_s(),
            worst_hedge_s=None if worst_ms is None else worst_ms / 1000,
            per_hung_c=money.hanging.mean_c,
            left_over=money.left_over,
            hung_before=hung_before,
        ),
        money=MoneyTable(
            gross_credit_c=money.credit_c,
            gross_debit_c=money.paid_c,
            unwinds_c=money.unwind_c,
            fees_c=money.fees_c,
            session_fees_c=money.session_fees_c,
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
            suspect=state.attempts.suspect,
        ),
        sizes=tuple(_rate(str(size), arm, True) for size, arm in cells.by_size().items()),
        hours=tuple(_rate(f"{hour:02d}", arm, True) for hour, arm in cells.by_hour().items()),
        delays=tuple(_rate(delay, arm, True) for delay, arm in cells.by_delay().items()),
        traders=tuple(_trader(state, totals) for totals in state.traders.values()),
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
        trials=trial_rows(state.trials),
        calibration=calibration_sentence(state.trials),
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
        books=_books(notices),
        dollars=_dollars(state),
        capital=tuple(_capital_rows(state)),
        course=_course(state),
        made_by=provenances(state.begun),
        notices=state.standing_notices(),
        afterwards=tuple(
            each for each in (*state.post_trade.of_desk(), state.explored.told_by_lever()) if each
        ),
    )


def _books(notices: Notices) -> str:
    """What the last comparison of book and broker came to, and whether it holds no more."""
    compared = notices.compared
    result = "" if compared is None else compared.difference or "match"
    for each in notices.alarms.values():
        if each.raised.code == "NOT_COMPARED" and each.state != "cleared":
            last = f"; at {clock(compared.at_ms)}: {result}" if compared is not None else ""
            return f"{NOT_COMPARED} since {clock(each.raised.at_ms)}{last}"
    return result or NOT_COMPARED


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


def session_reports(
    events: Iterable[tuple[int, Event]],
) -> Iterator[tuple[SessionReport, DeskState]]:
    """The report of each session of a journal, and the state that it left.

    Args:
        events: with their sequence numbers, the journal's in order.

    Yields:
        One for each exchange date; the state is that of the journal so far, and goes on changing.

    Raises:
        JournalError: the journal cannot be read; StateError: its events cannot be.
    """
    state = DeskState()
    rows = iter(events)
    following: list[tuple[int, Event]] = []

    def of_one_day() -> Iterator[tuple[int, Event]]:
        yield from (following.pop() for _ in range(len(following)))
        for row in rows:
            start, before = row[1], state.session
            if (
                isinstance(start, SessionStarted)
                and before is not None
                and before.session_date != start.session_date
            ):
                following.append(row)
                return
            yield row

    while True:
        state.apply_all(of_one_day())
        if state.session is not None:
            yield session_report(state), state
        if not following:
            return


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
        started_ms=state.begun[0].at_ms if state.begun else 0,
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


def rate_of(label: str, k: int, n: int) -> Rate:
    """k of n with its interval."""
    return _rate(label, ArmTally(n, k))


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


def _course(state: DeskState) -> Course:
    attempts, money, notices = state.attempts, state.money, state.notices
    budget, enforced = _order_budget(state)
    return Course(
        stretch_s=BUCKET_MS // 1000,
        results=_by_time(money.results_c),
        orders=_by_time(state.orders.sent),
        fill_times=tuple(attempts.fill.steps()),
        waits=tuple(attempts.waits.steps()),
        hedges=tuple(money.hedge.steps()),
        gates=dict(sorted(notices.looks.items(), key=lambda each: (-each[1], each[0]))),
        alarms=tuple((*key, count) for key, count in sorted(notices.raised_codes.items())),
        order_budget=budget,
        order_budget_enforced=enforced,
    )


def _by_time(stretches: dict[int, int]) -> tuple[tuple[int, int], ...]:
    return tuple((stretch * BUCKET_MS, figure) for stretch, figure in sorted(stretches.items()))


def _order_budget(state: DeskState) -> tuple[int | None, bool]:
    """Orders a day by the session's settings and what was tightened, and whether it is enforced."""
    start = state.session
    limits = start.settings.get("limits") if start is not None else None
    if not isinstance(limits, dict):
        return None, False
    enforced = limits.get("order_budget_enforced")
    if enforced is None:
        enforced = limits.get("profile") == "live"
    tightened = state.limits.in_force().get("order_budget_day")
    return limits.get("order_budget_day") if tightened is None else int(tightened), bool(enforced)


def _dollars(state: DeskState) -> DollarTable:
    symbols: dict[str, int] = {}
    for totals in state.traders.values():
        symbols[totals.symbol] = symbols.get(totals.symbol, 0) + totals.result_c
    results = {key: totals.result_c for key, totals in state.traders.items()}
    return DollarTable(tuple(symbols.items()), Concentration.of(results), Concentration.of(symbols))


def _capital_rows(state: DeskState) -> Iterator[CapitalRow]:
    """The desk's, then each expiration's."""
    capital = state.positions.capital
    yield _capital("all", capital.total())
    by_day: dict[str, Tied] = {}
    for key, totals in state.traders.items():
        day = totals.expiration
        by_day[day] = by_day.get(day, Tied()).plus(capital.of(key))
    for day, tied in sorted(by_day.items()):
        yield _capital(day, tied)


def _capital(label: str, tied: Tied) -> CapitalRow:
    return CapitalRow(
        label, tied.pairs, tied.floor_c, tied.capital_c, tied.cent_days, tied.dollar_days
    )


def _trader(state: DeskState, totals: TraderTotals) -> TraderRow:
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
        symbol=totals.symbol,
        expiration=totals.expiration,
        result_c=totals.result_c,
        orders=totals.orders,
        trader_hours=state.open_time.hours_of(totals.key, state.at_ms),
        capital=_capital(totals.key, state.positions.capital.of(totals.key)),
        suspect=totals.suspect,
    )
