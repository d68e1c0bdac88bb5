"""The row a cycle leaves in the journal when its unit ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.market.session import Moment
from engine.orders import events as ev
from engine.trader.legged_unit import LeggedUnit

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader


def cycle_ended(
    trader: ExpirationTrader, unit: LeggedUnit, outcome: str, moment: Moment
) -> ev.CycleEnded:
    """What came of a unit at filled prices.

    Args:
        trader: whose unit it is.
        unit: completed, sold back or left open.
        outcome: COMPLETE, SCRATCHED or PARKED.
        moment: the present.
    """
    multiplier = trader.exposure.multiplier
    floor_c = unit.floor_c(multiplier)
    end_s = moment.now_s if outcome == "PARKED" else unit.last_fill_s
    return ev.CycleEnded(
        moment.at_ms,
        trader.key,
        unit.cycle,
        outcome,
        unit.filled,
        unit.money_c(multiplier),
        unit.fees_c,
        floor_c,
        _label(trader, floor_c),
        unit.kind(),
        round(max(0.0, end_s - unit.first_fill_s), 3),
    )


def _label(trader: ExpirationTrader, floor_c: int) -> str:
    if floor_c < 0:
        return "RISK"
    cash_european = (trader.terms.style, trader.terms.settlement)
    return "ARB" if cash_european == ("european", "cash") else "LOCK*"
