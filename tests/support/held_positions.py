"""What a desk holds, for tests of the positions screen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from engine.snapshot import (
    ContractView,
    EngineSnapshot,
    HeldLegView,
    PairView,
    PositionsView,
    SharesView,
)
from tests.support import sample_snapshots as desks
from tests.support import sample_views as views

SOON = date(2024, 11, 27)


def leg(
    quantity: int, strike: float, bid: float | None = 3.1, ask: float | None = 3.2
) -> HeldLegView:
    return HeldLegView(quantity, "C", strike, bid, ask)


CONDOR = (
    leg(1, 590.0, 9.1, 9.3),
    leg(-1, 595.0, 5.6, 5.8),
    leg(-1, 600.0),
    leg(1, 605.0, 1.4, 1.5),
)


def held(number: int, symbol: str = "SPY", day: date = views.NEAR, **changes: Any) -> PairView:
    trader = f"{symbol} {day}"
    values: dict[str, Any] = {
        "key": f"{trader}/{number}",
        "trader": trader,
        "cycle": number,
        "symbol": symbol,
        "expiration": day,
        "dte": (day - views.DAY).days,
        "kind": "long condor",
        "right": "C",
        "debit": "590/595",
        "credit": "600/605",
        "contracts": 1,
        "sold": 1,
        "debit_c": 210,
        "credit_c": 224,
        "net_c": 1_400,
        "fees_c": 272,
        "floor_c": 1_128,
        "label": "LOCK*",
        "liquidation_c": -4_500,
        "stale": False,
        "shares": 0,
        "warnings": (),
        "legs": CONDOR,
        "fills": ("bought 1 x +590/-595C at 2.10", "sold 1 x +605/-600C at 2.24"),
        "opened_s": views.at(9, 52),
    }
    return PairView(**{**values, **changes})


def positions(**changes: Any) -> PositionsView:
    pairs = (
        held(
            7,
            shares=-100,
            net_c=5_951_400,
            legs=(CONDOR[0], *CONDOR[2:]),
            warnings=("assigned -100 shares",),
        ),
        held(
            19,
            "TSLA",
            views.FAR,
            kind="vertical",
            debit="345/350",
            credit="",
            sold=0,
            credit_c=None,
            net_c=-18_800,
            fees_c=136,
            floor_c=-18_936,
            label="RISK",
            legs=(leg(1, 345.0, None, 14.9), leg(-1, 350.0)),
            liquidation_c=None,
            fills=("bought 1 x +345/-350C at 1.88",),
            warnings=("parked, 1 unhedged",),
        ),
        held(3, "AAPL", SOON, stale=True, warnings=("5 days left",), debit="230/232.5",
             credit="232.5/235", kind="long butterfly"),
        held(4, "SPX", views.FAR, label="ARB", debit="5900/5905", credit="5910/5915", contracts=2,
             sold=2),
        *(held(number) for number in range(20, 26)),
    )  # fmt: skip
    contracts = tuple(
        ContractView(
            f"SPY {views.NEAR} C{strike:g}", "SPY", views.NEAR, 28, "C", strike, quantity, 7,
            bid, ask, value_c, False, warnings,
        )
        for strike, quantity, bid, ask, value_c, warnings in (
            (590.0, 7, 9.1, 9.3, 637_000, ()),
            (595.0, -6, 5.6, 5.8, -348_000, ("book differs",)),
            (600.0, -7, None, None, None, ()),
            (605.0, 7, 1.4, 1.5, 98_000, ()),
        )
    )  # fmt: skip
    prices = tuple(580.0 + index for index in range(36))
    dollars = tuple(
        59_511.28
        + 100 * (max(0.0, s - 590) - max(0.0, s - 600) + max(0.0, s - 605) - s)  # -100 shares
        for s in prices
    )
    values: dict[str, Any] = {
        "pairs": pairs,
        "more": 0,
        "contracts": contracts,
        "shares": (SharesView("SPY", -100, None, -5_912_000),),
        "external": ("TWS-77 0/3",),
        "settled": 44,
        "realised_c": 2_214,
        "shares_realised_c": 0,
        "chosen": pairs[0].key,
        "curve": (prices, dollars),
        "underlying": 591.2,
    }
    return PositionsView(**{**values, **changes})


def with_positions(snapshot: EngineSnapshot | None = None, **changes: Any) -> EngineSnapshot:
    return replace(snapshot or desks.normal(), positions=positions(**changes))
