"""Snapshots of a desk for tests: deterministic, of a normal, troubled or huge one."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from engine.config import RiskLimits
from engine.runtime.live_limits import limit_views
from engine.snapshot import (
    AdviceLedger,
    EngineSnapshot,
    EngineState,
    TraderState,
    TrialNeeds,
)
from engine.state.limits import TightenedLimits
from tests.support import sample_views as views


def open_units() -> EngineSnapshot:
    """Units at the operator's stage, on the ladder with old quotes, and parked without quotes."""
    yours = views.unit(
        "MSFT",
        77,
        stage="H5",
        since_s=views.NOW - 400,
        legs="420/425C",
        credit_legs="430/435C",
        lowest_c=155,
        limit_c=155,
        refusals=("", "", "", ""),
    )
    old = views.unit(stale=True, quoted_s=views.NOW - 7.2)
    parked = views.unit(
        "QQQ",
        9,
        stage="H7",
        choice="hold",
        since_s=views.NOW - 5_400,
        works="",
        limit_c=None,
        credit_bid_c=None,
        debit_bid_c=None,
        complete_c=None,
        unwind_c=None,
        quoted_s=None,
        stale=True,
        refusals=("the ladder would sell it back at its age", "", "", ""),
    )
    found = troubled()
    totals = replace(found.totals, open_worst_c=-93_816)
    return replace(found, units=(parked, yours, old), totals=totals)


def trying() -> EngineSnapshot:
    """A calm desk whose second recommendation is in trial, beside two trials that have ended."""
    base = normal()
    first, second = base.recommendations
    needs = TrialNeeds(73_760, 9, 12.5, "")
    kept = replace(
        first, id="R2", state="kept", verdict="SEPARATED", needs=None, outcome="T1 KEPT."
    )
    asked = (replace(first, needs=needs), replace(second, state="trial"), kept)
    done = {"end": "KEPT", "ended_s": views.NOW - 900, "arms": (), "shrunk": 15.2}
    ended = (
        views.trial(
            id="T1",
            recommendation="R2",
            setting="optimal_contracts",
            next_usd_hour=270.4,
            reasons=("The sequence lies above 0, and the gain is worth having.",),
            **done,
        ),
        views.trial(
            **{**done, "end": "HARM"},
            id="T2",
            recommendation="R1",
            predicted=None,
            reasons=("11 of 153 units hung, more than 2 times as often as before (3 of 152).",),
        ),
    )
    traders = tuple(
        replace(t, trial="T3 before") if t.key == "AAPL-241220" else t for t in base.traders
    )
    ledger = AdviceLedger(
        2,
        1,
        "1 of 1 trials measured what was promised (21% to 100%); measured by promised 0.72 (0.20 "
        "to 1.24), so the next promise is multiplied by 0.78.",
    )
    return replace(
        base,
        recommendations=asked,
        trials=(views.trial(), *ended),
        ledger=ledger,
        traders=traders,
    )


def normal(**changes: Any) -> EngineSnapshot:
    traders = changes.pop("traders", views.calm_traders())
    values: dict[str, Any] = {
        "version": 1,
        "run": "demo-7",
        "mode": "SIM",
        "account": "SIM-01",
        "broker": "embedded",
        "source": "simulated exchange, seed 7",
        "fill_model": "assumed-width",
        "now_s": views.NOW,
        "session_date": views.DAY,
        "state": EngineState.RUN,
        "phase": views.phase(),
        "can_pace": True,
        "limits_profile": "simulation",
        "traders": traders,
        "balances": tuple(views.balance(t) for t in traders),
        "totals": views.totals(traders),
        "sizes": (views.rate("1 lot", 45, 100, 0.45), views.rate("2 lots", 103, 270, 0.76)),
        "hours": (views.rate("09h", 41, 110), views.rate("10h", 52, 99)),
        "delays": (
            views.rate("short", 31, 90),
            views.rate("medium", 52, 120),
            views.rate("long", 20, 60),
        ),
        "orders": views.orders(),
        "events": views.events(),
        "recommendations": views.recommendations(),
        "health": views.health(),
        "limits": limit_views(RiskLimits(), TightenedLimits(), {}),
    }
    return EngineSnapshot(**{**values, **changes})


def _with(snapshot: EngineSnapshot, symbol: str, day: date, **changes: Any) -> EngineSnapshot:
    traders = tuple(
        replace(t, **changes) if (t.symbol, t.expiration) == (symbol, day) else t
        for t in snapshot.traders
    )
    return replace(snapshot, traders=traders)


def paused() -> EngineSnapshot:
    return _with(
        normal(),
        "MSFT",
        views.FAR,
        state=TraderState.PAUSED,
        gate="PAUSED",
        gate_text="paused by the operator; resume to trade",
        next_s=None,
    )


def troubled() -> EngineSnapshot:
    """Stale quotes, a held trader, an open unit, an unhedged P1."""
    found = _with(
        paused(),
        "TSLA",
        views.FAR,
        state=TraderState.HELD,
        gate="FILL_RATE",
        gate_text="fill rate 2 of 22 below 25 %: held 41 s more",
        fills=2,
        low=views.wilson(2, 22)[0],
        high=views.wilson(2, 22)[1],
        next_s=views.NOW + 41.6,
    )
    found = _with(
        found,
        "QQQ",
        views.NEAR,
        state=TraderState.STALE,
        stale=True,
        quoted_s=views.NOW - 7.2,
        gate="QUOTE_AGE",
        gate_text="quotes 7.2 s old, limit 5 s",
        net_contracts=1,
        open_c=1_800,
        open_worst_c=-1_800,
        next_s=None,
    )
    found = _with(
        found,
        "SPY",
        views.NEAR,
        state=TraderState.HEDGING,
        net_contracts=2,
        open_c=31_000,
        open_worst_c=-31_000,
        stage="H3",
        hung_s=views.NOW - 34,
        next_s=None,
        gate="HUNG",
        gate_text="completing 2 contracts since 34 s, stage H3",
    )
    nets = {
        ("QQQ", views.NEAR): (1, 1_800, views.NOW - 12),
        ("SPY", views.NEAR): (2, 31_000, views.NOW - 34),
    }
    balances = tuple(
        views.balance(t, *nets.get((t.symbol, t.expiration), (0, 0, None))) for t in found.traders
    )
    credit = views.order(
        0x9F31, "SPY", "C", "working", 0.9, legs="470/475C", limit_c=162, stage="H3"
    )
    return replace(
        found,
        units=(views.unit(),),
        balances=balances,
        orders=(credit, *found.orders),
        totals=views.totals(
            found.traders,
            unhedged=3,
            unhedged_since_s=views.NOW - 34,
            open_c=32_800,
            open_worst_c=-32_800,
            hung=1,
            working=2,
            imbalance=3,
            day_loss_c=4_120,
            rejects=1,
            quoted_s=views.NOW - 7.2,
        ),
        alarms=(
            views.alarm(
                1,
                1,
                code="A01",
                what="UNHEDGED 34 s",
                where="SPY 20DEC24",
                consequence="2 debits bought at 1.55 have no credit",
                response="h shows the ways out",
            ),
            views.alarm(2),
            views.alarm(
                3,
                3,
                "acked",
                code="A22",
                what="REJECT",
                where="MSFT 17JAN25",
                consequence="off-tick price 1.713, 1 of 3",
                response="check the tick table in c",
            ),
        ),
        detail=views.detail_of(next(t for t in found.traders if t.symbol == "SPY")),
    )


def killed(working: int = 1) -> EngineSnapshot:
    found = troubled()
    traders = tuple(
        replace(t, state=TraderState.KILLED, gate="KILLED", next_s=None) for t in found.traders
    )
    state = EngineState.KILLED
    return replace(
        found, traders=traders, state=state, totals=replace(found.totals, working=working)
    )


def live() -> EngineSnapshot:
    base = normal()
    return normal(
        totals=replace(base.totals, order_budget_enforced=True, reservation_c=231),
        mode="LIVE",
        account="U7731902",
        broker="ibkr",
        source="live",
        fill_model="",
        can_pace=False,
        limits_profile="live",
        connection=views.connection(),
    )


def unarmed() -> EngineSnapshot:
    """A live desk as it opens."""
    found = live()
    traders = tuple(
        replace(t, state=TraderState.PAUSED, gate="UNARMED", next_s=None) for t in found.traders
    )
    connection = views.connection(unarmed=True, first_contracts=1, first_well=7)
    return replace(found, traders=traders, connection=connection)


def baseline() -> EngineSnapshot:
    """A live desk that opens on an account in which others have traded before."""
    rows = [
        f"SPX 2026-12-{day:02d} {5800 + 25 * at} call {held:+d}"
        for at, (day, held) in enumerate(
            ((4, 12), (11, -12), (18, 3), (24, -3), (31, 1), (31, -1), (31, 2))
        )
    ]
    rows.append("SPY shares +1200")
    found = unarmed()
    connection = replace(found.connection, baseline="; ".join([*rows, "TSLA shares +100"]))
    return replace(found, connection=connection)


def paper() -> EngineSnapshot:
    """A desk on a paper account whose feed is not live, in some trouble."""
    connection = views.connection(
        tail="4821",
        feed="indicative",
        feed_quality="indicative",
        calls_left=22,
        clock_ahead_s=-0.6,
        left_c=31_000,
        next_c=50_272,
        fees_differ="SPY: 7 c a leg in place of 3 c",
        troubles=("FOREIGN_FILL SPY 5 contracts of an order that is not ours",),
    )
    return replace(live(), mode="PAPER", broker="alpaca", account="main", connection=connection)


def first_start() -> EngineSnapshot:
    """An account that holds what its desk did not trade."""
    held = (
        "SPY 2026-12-04 585C: book +0, broker +2, difference +2; SPY shares: book +0, broker +100, "
        "difference +100"
    )
    return replace(paper(), connection=replace(paper().connection, baseline=held))


def warming(progress: float = 0.42) -> EngineSnapshot:
    return normal(
        state=EngineState.WARMING,
        progress=progress,
        source="trading from 9:30 to 10:42",
        now_s=views.at(9, 58),
        alarms=(),
    )


def many(number: int, version: int = 1, moved: int = 0) -> EngineSnapshot:
    """A desk with many traders; each version moves the figures of one row in ten."""
    traders = []
    for i in range(number):
        symbol = f"S{i // 12:03d}"
        day = date(2025 + (i % 12) // 6, 1 + i % 12, 17)
        k = 10 + i % 30 + (version if i % 10 == version % 10 else 0)
        traders.append(
            views.trader(
                symbol,
                day,
                TraderState.RUN,
                k,
                60 + version,
                key=f"T{i}",
                next_s=views.NOW + i % 17,
            )
        )
    found = tuple(traders)
    return normal(version=version, traders=found, now_s=views.NOW + 0.25 * moved)
