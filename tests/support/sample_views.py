"""What a desk's snapshot is made of, for tests: one trader, order, alarm and so on, to be changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from math import sqrt
from typing import Any
from zoneinfo import ZoneInfo

from engine.snapshot import (
    AlarmView,
    BalanceView,
    ConnectionView,
    EventLine,
    Health,
    LegView,
    OrderView,
    PhaseView,
    RateView,
    RecommendationView,
    Tied,
    Totals,
    TraderDetail,
    TraderState,
    TraderView,
    TrialPoint,
    TrialView,
    UnitView,
)

ET = ZoneInfo("America/New_York")
DAY = date(2024, 11, 22)


def at(hour: int, minute: int = 0, second: float = 0.0) -> float:
    moment = datetime(DAY.year, DAY.month, DAY.day, hour, minute, tzinfo=ET)
    return moment.timestamp() + second


NOW = at(10, 42, 17.4)
NEAR, FAR = date(2024, 12, 20), date(2025, 1, 17)


def wilson(k: int, n: int) -> tuple[float | None, float | None]:
    if not n:
        return None, None
    p, z = k / n, 1.96
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(label: str, k: int, n: int, lots: float | None = None) -> RateView:
    return RateView(label, k, n, *wilson(k, n), lots)


def trader(
    symbol: str,
    expiration: date = NEAR,
    state: TraderState = TraderState.RUN,
    k: int = 0,
    n: int = 0,
    **changes: Any,
) -> TraderView:
    seed = sum(map(ord, symbol)) + expiration.month
    values: dict[str, Any] = {
        "key": f"{symbol}-{expiration:%y%m%d}",
        "symbol": symbol,
        "expiration": expiration,
        "dte": (expiration - DAY).days,
        "state": state,
        "gate": "",
        "gate_text": "",
        "size": 1 + seed % 2,
        "attempts": n,
        "fills": k,
        "low": wilson(k, n)[0],
        "high": wilson(k, n)[1],
        "completions": k,
        "filled_cycles": k,
        "hedge_p50_s": 1.9 if k else None,
        "fill_p50_s": 1.1 if k else None,
        "last_result": "TMO" if n else "",
        "next_s": NOW + 1 + seed % 12,
        "net_contracts": 0,
        "matched_c": 50 * k,
        "floor_c": 50 * k - 100 if k else 0,
        "result_c": 50 * k - 100 if k else 0,
        "orders": n + k,
        "tied": Tied(k, 50 * k - 100, 15_200 * k, 15_200 * k * (expiration - DAY).days)
        if k
        else Tied(),
        "open_c": 0,
        "fees_c": 136 * k,
        "quoted_s": NOW - 0.2 - (seed % 4) / 10,
        "stale": False,
        "stage": "",
        "hung_s": None,
        "spark": tuple((seed * (i + 3)) % 9 for i in range(12)),
    }
    return TraderView(**{**values, **changes})


def unit(symbol: str = "SPY", cycle: int = 4410, **changes: Any) -> UnitView:
    values: dict[str, Any] = {
        "key": f"{symbol} 2024-12-20/{cycle}",
        "trader": f"{symbol} 2024-12-20",
        "symbol": symbol,
        "expiration": NEAR,
        "legs": "460/465C",
        "credit_legs": "470/475C",
        "filled": 2,
        "open": 2,
        "paid_c": 155,
        "stage": "H3",
        "choice": "",
        "since_s": NOW - 34,
        "works": "C",
        "limit_c": 162,
        "lowest_c": 159,
        "f1_c": 159,
        "f2_c": 155,
        "f3_c": 150,
        "unwind_least_c": 117,
        "credit_bid_c": 150,
        "debit_bid_c": 141,
        "complete_c": -1_544,
        "scratch_c": -544,
        "unwind_c": -3_344,
        "carry_c": -31_272,
        "quoted_s": NOW - 0.4,
        "stale": False,
        "refusals": ("", "less than it cost is accepted from H5 on, in 266 s", "", ""),
    }
    return UnitView(**{**values, **changes})


def calm_traders() -> tuple[TraderView, ...]:
    return (
        trader("AAPL", NEAR, TraderState.WORKING, 32, 66, matched_c=3100),
        trader("AAPL", FAR, k=28, n=62, matched_c=2600, last_result="FIL"),
        trader("MSFT", NEAR, k=12, n=33, matched_c=900),
        trader("MSFT", FAR, k=24, n=57, matched_c=1250),
        trader("QQQ", NEAR, k=9, n=29, matched_c=200),
        trader("QQQ", FAR, k=7, n=21, matched_c=1810),
        trader("SPY", NEAR, k=103, n=270, matched_c=690, last_result="FIL"),
        trader("SPY", FAR, k=18, n=45, matched_c=2200),
        trader("TSLA", FAR, k=7, n=22),
    )


def phase(**changes: Any) -> PhaseView:
    values: dict[str, Any] = {
        "name": "MORNING",
        "reason": "",
        "starts_s": at(9, 45),
        "ends_s": at(11, 30),
        "next_name": "MIDDAY",
        "opens_s": at(9, 30),
        "closes_s": at(16),
        "early": False,
        "multiplier": 1.0,
        "entries_open": True,
        "last_debit_s": at(15, 55),
        "calendar": "XNYS regular day",
        "calendar_days_left": 403,
    }
    return PhaseView(**{**values, **changes})


def balance(
    t: TraderView, net: int = 0, open_c: int = 0, since: float | None = None
) -> BalanceView:
    return BalanceView(
        t.key,
        t.symbol,
        t.expiration,
        debit=t.fills + max(0, net),
        credit=t.fills + max(0, -net),
        net=net,
        matched_c=t.matched_c,
        open_c=open_c,
        floor_c=t.matched_c - 100,
        label="LOCK*" if t.fills else "",
        unhedged_since_s=since,
        open_worst_c=-open_c,
    )


def order(
    number: int, symbol: str, part: str, status: str, age_s: float, **changes: Any
) -> OrderView:
    sent = NOW - age_s
    done = status in ("filled", "canceled", "rejected")
    values: dict[str, Any] = {
        "id": f"S7K241122-{symbol}-{number:04x}-{part}1",
        "trader": f"{symbol}-241220",
        "symbol": symbol,
        "expiration": NEAR,
        "part": part,
        "legs": "460/465C",
        "quantity": 2,
        "filled": 2 if status == "filled" else 0,
        "limit_c": 155,
        "fill_c": 155 if status == "filled" else None,
        "bid": 1.4,
        "ask": 1.63,
        "status": status,
        "stage": "H0" if part == "C" else "",
        "text": "timeout" if status == "canceled" else "",
        "sent_s": sent,
        "working_s": sent + 0.03,
        "ended_s": sent + 1.24 if done else None,
    }
    return OrderView(**{**values, **changes})


def orders() -> tuple[OrderView, ...]:
    return (
        order(0x9F2F, "AAPL", "D", "working", 1.9, legs="190/195C", limit_c=148),
        order(0x9F30, "SPY", "D", "filled", 2.1),
        order(0x9F2E, "MSFT", "D", "canceled", 8.4, legs="420/425C", limit_c=171),
        order(0x9F2D, "SPY", "D", "canceled", 12.8, legs="465/470C", limit_c=160, expiration=FAR),
        order(0x9F2C, "SPY", "C", "filled", 14.2, legs="470/475C", limit_c=162, fill_c=163),
        order(0x9F2B, "SPY", "D", "filled", 17.0, legs="460/465C"),
        order(0x9F2A, "QQQ", "D", "canceled", 19.5, legs="505/510C", limit_c=201),
        order(0x9F29, "TSLA", "D", "canceled", 23.5, legs="350/355C", limit_c=188),
    )


def events() -> tuple[EventLine, ...]:
    return (
        EventLine(at(10, 41, 58.12), "op", "resume MSFT 17JAN25: running again"),
        EventLine(at(10, 40, 0.004), "eng", "compared with the broker: MATCH, 9 chains, 1 working"),
        EventLine(at(10, 39, 2.551), "eng", "SPY 20DEC24 cycle C-4410 completed, +14.00 at 1.62"),
        EventLine(at(10, 30), "eng", "SPY 20DEC24 size 2, fill rate 38 % over 20 attempts"),
        EventLine(at(9, 45), "eng", "phase MORNING, delay x1.0"),
    )


def totals(traders: tuple[TraderView, ...], **changes: Any) -> Totals:
    fills, attempts = sum(t.fills for t in traders), sum(t.attempts for t in traders)
    values: dict[str, Any] = {
        "attempts": attempts,
        "fills": fills,
        "debit_contracts": fills,
        "credit_contracts": fills,
        "filled_cycles": fills,
        "completions": fills,
        "net_premium_c": sum(t.matched_c for t in traders),
        "matched_c": sum(t.matched_c for t in traders),
        "fees_c": 1820,
        "floor_c": 9_310,
        "tied": Tied(240, 11_100, 3_648_000, 129_808_000),
        "working": 1,
        "imbalance_limit": 15,
        "capital_limit_c": 500_000,
        "day_loss_limit_c": 50_000,
        "orders_today": 841,
        "order_budget": 3510,
        "result_c": 171_564,
        "trader_hours": 10.8,
        "orders_last_minute": 9,
        "orders_per_minute": 540,
        "efficiency": 3.1,
        "hedge_p50_s": 1.9,
        "worst_hang_s": 38.0,
        "quoted_s": NOW - 0.4,
        "oldest_quote": "QQQ 20DEC24",
    }
    return Totals(**{**values, **changes})


def health(**changes: Any) -> Health:
    values: dict[str, Any] = {
        "broker_p50_ms": 38.0,
        "broker_p99_ms": 91.0,
        "journal_seq": 18_442,
        "flush_p50_ms": 0.5,
        "flush_p99_ms": 8.0,
        "late_p99_ms": 1.4,
        "threads": 7,
        "compared_s": NOW - 12,
        "compared_chains": 9,
        "guard": "guard runs",
        "writer_s": 0.0,
        "writer_limit_s": 5.0,
        "clock_skew_s": 0.0,
        "clock_limit_s": 1.0,
        "resident_bytes": 118_000_000,
        "memory_bytes": 3_800_000_000,
        "memory_s": NOW - 3,
    }
    return Health(**{**values, **changes})


def recommendations() -> tuple[RecommendationView, ...]:
    return (
        RecommendationView(
            id="R7",
            kind="SIZE",
            trader="SPY 20DEC24",
            setting="current_contracts",
            before=3,
            after=2,
            bounds="1 to 10",
            verdict="NOT SEPARATED",
            unit="$ a trader-hour",
            effect=9.15,
            effect_low=-19.4,
            effect_high=32.7,
            arms=(
                replace(rate("size 2", 103, 270, 0.76), dollars_per_hour=161.2),
                replace(rate("size 3", 26, 116, 0.67), dollars_per_hour=152.0),
            ),
            evidence=("No gain is shown yet.", "Compared in 9 quarter hours."),
            revert_rule="the former value returns unless the trial is KEPT",
            state="ready",
            made_s=at(10, 12),
            expires_s=at(16),
            outcome="",
        ),
        RecommendationView(
            id="R8",
            kind="CANCEL",
            trader="AAPL 20DEC24",
            setting="cancel_after_seconds",
            before=2.5,
            after=2.2,
            bounds="0.5 to 5.0 s",
            verdict="PROMISING",
            unit="$ a trader-hour",
            effect=12.4,
            effect_low=1.9,
            effect_high=22.8,
            arms=(replace(rate("2.5 s", 32, 66), dollars_per_hour=148.3),),
            evidence=("32 fills, p95 1.7 s",),
            revert_rule="the former value returns unless the trial is KEPT",
            state="ready",
            made_s=at(10, 2),
            expires_s=at(16),
            outcome="",
        ),
    )


def trial(**changes: Any) -> TrialView:
    """A trial in the middle of its course: AAPL's cancel time, a coin for each attempt."""
    course = ((40, 60.0, 90.0), (80, 31.0, 55.0), (160, 18.0, 36.0), (320, 14.0, 23.0))
    values: dict[str, Any] = {
        "id": "T3",
        "recommendation": "R8",
        "trader": "AAPL 20DEC24",
        "setting": "optimal_cancel_ms",
        "before": 2500,
        "after": 2200,
        "design": "attempt",
        "block": 0,
        "waiting": False,
        "arms": (("AAPL-241220", False),),
        "pairs": 352,
        "pairs_needed": 1_240,
        "most_pairs": 2_480,
        "sessions": 2,
        "smallest": 12.5,
        "effect": 13.1,
        "low": -8.2,
        "high": 34.4,
        "points": tuple(TrialPoint(n, e, e - half, e + half) for n, e, half in course),
        "attempts": (352, 353),
        "units": (141, 137),
        "hung": (9, 11),
        "before_usd_hour": 251.3,
        "after_usd_hour": 264.4,
        "cost_usd": -15.8,
        "predicted": 21.0,
        "predicted_low": 4.0,
        "predicted_high": 39.0,
        "shrunk": None,
        "next_usd_hour": None,
        "started_s": at(10, 2),
        "ended_s": None,
        "end": "",
        "reasons": (),
    }
    return TrialView(**{**values, **changes})


def detail_of(t: TraderView) -> TraderDetail:
    xs = tuple(440.0 + 2 * i for i in range(31))
    ys = tuple(min(7.0 + 8 * max(0.0, 25 - abs(x - 467)), 207.0) for x in xs)
    seconds = tuple(0.25 * i for i in range(11))
    return TraderDetail(
        key=t.key,
        cycle="C-4410: bought 2x 460/465C at 1.55, selling 2x 470/475C at 1.62",
        stage="H1",
        needed_c=158,
        gates=(
            ("SESSION", True, "market open until 16:00"),
            ("PHASE", True, "MORNING, entries open"),
            ("QUOTES", True, "0.2 s old, limit 1.0 s"),
            ("HUNG", not t.gate, t.gate_text or "no hung unit on the chain"),
        ),
        sizes=(rate("1 lot", 45, 100, 0.45), rate("2 lots", 103, 270, 0.76)),
        hours=(rate("09h", 41, 110), rate("10h", 52, 99)),
        delays=(rate("short", 31, 90), rate("medium", 52, 120), rate("long", 20, 60)),
        fill_curve=(seconds, tuple(0.38 * (1 - 0.5 ** (s * 2)) for s in seconds)),
        parameters=(("cancel_after_seconds", "2.5"), ("min_delay", "3.0"), ("max_delay", "15.0")),
        opportunity="460/465C over 470/475C: debit 1.55, credit 1.62, net +0.07, floor +0.04",
        opportunity_legs=(
            LegView(1, "C", 460.0, 9.1, 9.3),
            LegView(-1, "C", 465.0, 5.6, 5.8),
            LegView(-1, "C", 470.0, 3.0, 3.1),
            LegView(1, "C", 475.0, 1.4, 1.5),
        ),
        payoff=(xs, ys),
        underlying=467.2,
        exclusions=(("crossed quotes", 2), ("no bid on the sold leg", 11)),
        attempts=("10:42:15 DB 2x 460/465C 1.55 FILLED in 1210 ms", "10:42:04 DB TIMEOUT"),
        events=events()[:3],
        trader_hours=1.2,
        thin=t.attempts < 50,
        expected=f"{'thin, ' if t.attempts < 50 else ''}{t.attempts} attempts: 37% [31%, 44%] of "
        "attempts fill, a fill makes +9.80 $ [+4.10, +15.50]; borrows from SPY",
        afterwards=(
            "buying at 0.35 of the market: 45 of 100 attempts filled; the quotes reached 0.92 in "
            "at least half, 0.70 in a tenth, of 55 unfilled",
            "after a fill the middle of the debit's market had moved: 1 s unknown, 5 s -0.4c "
            "(n=12, thin), 30 s -1.1c (n=44, thin), 5 min -2.0c (n=51)",
        ),
    )


def alarm(
    number: int, priority: int = 2, state: str = "unacked", code: str = "A09", **changes: Any
) -> AlarmView:
    values: dict[str, Any] = {
        "id": f"A-{number}",
        "priority": priority,
        "code": code,
        "where": "QQQ 20DEC24",
        "what": "QUOTES STALE 7.2 s",
        "consequence": "no new debit on this chain",
        "response": "check the feed; p pauses",
        "state": state,
        "raised_s": at(10, 41, 55 - number),
    }
    values |= changes
    values.setdefault("places", ((values["where"], values["what"]),))
    return AlarmView(**values)


def connection(**changes: Any) -> ConnectionView:
    """A live account at a broker that is well."""
    given: dict[str, Any] = {
        "told": True,
        "tail": "1902",
        "feed": "opra",
        "feed_quality": "live",
        "connected": True,
        "orders_up": True,
        "data_up": True,
        "events_up": True,
        "heard_s": NOW - 0.4,
        "calls_left": 131,
        "calls_limit": 200,
        "clock_ahead_s": 0.04,
        "equity_c": 2_500_000,
        "power_c": 1_840_000,
        "power_s": NOW - 2.0,
        "left_c": 1_790_000,
        "next_c": 50_272,
        "level": 3,
        "compared_s": NOW - 12.0,
        "first_of": 20,
        "first_pairs_of": 5,
    }
    return ConnectionView(**(given | changes))
