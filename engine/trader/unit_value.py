"""What an open unit is worth against what it cost: its part of the day's loss.

docs/limits.md says what the day's loss is made of.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.market.chain import OptionChain
from engine.trader.legged_unit import LeggedUnit
from engine.trader.unit_prices import natural_c

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader


def value_unit(
    trader: ExpirationTrader, unit: LeggedUnit, chain: OptionChain | None
) -> tuple[float, float] | None:
    """Tell the limits what a unit is worth now; its age and stage do not matter.

    Args:
        trader, unit: whose it is.
        chain: the quotes seen last; where they are unknown the bid seen before them holds.

    Returns:
        The natural bid and ask of the unit's debit vertical, cents a share; None where unknown.
    """
    market = chain and natural_c(chain, unit.right, unit.long_strike, unit.short_strike)
    if market:
        unit.bid_c = market[0]
    value_c = unit.value_c(trader.exposure.multiplier)
    trader.gate.exposure.mark(trader.key, unit.cycle, value_c)
    return market or None


def value_again(trader: ExpirationTrader, unit: LeggedUnit) -> None:
    """The unit's contracts changed: value what is left at the quotes seen last."""
    value_unit(trader, unit, trader.last_quotes.chain if trader.last_quotes else None)
