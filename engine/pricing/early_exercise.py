"""Early exercise: how far a contract is in the money, and the time value that keeps its holder.

Who exercises early gives up the contract's time value. A call's holder has the dividends for it, a
put's the interest on the strike until expiration; what either gives up beyond that is taken off
neither. Where a contract that we would be short has less time value than that, or so little that
the middle of its market cannot tell, its holder loses nothing by exercising, and the pair's floor
is no longer the pair's: shares change hands, with their financing and dividends.
(R. C. Merton, "Theory of rational option pricing", 1973; J. C. Hull, "Options, Futures, and Other
Derivatives", on American options.)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from engine.market.chain import CALL, PUT, OptionChain
from engine.market.legs import OptionType, SpreadLeg
from engine.pricing.contradictions import Bools

DAYS_A_YEAR: Final = 365.0

_ROUNDED: Final = 1e-9


class ExerciseTerms(NamedTuple):
    """What early exercise earns, and how sure the time value must be.

    Args:
        interest_rate: a year, as a fraction of the strike.
        dividend_yield: a year, as a fraction of the underlying's price.
        width_share: of a contract's own quoted width that its time value must exceed besides; with
            a half its bid must exceed what exercise is worth.
    """

    interest_rate: float = 0.0
    dividend_yield: float = 0.0
    width_share: float = 0.5


class ShortLeg(NamedTuple):
    """A contract sold: dollars a share in the money, and of time value at the middle of its market.

    time_value is None where that middle is not known.
    """

    in_the_money_by: float
    time_value: float | None


def short_leg(
    right: OptionType, strike: float, bid: float | None, ask: float | None, underlying: float
) -> ShortLeg | None:
    """How far a contract is in the money and what time value it has left.

    Args:
        right, strike: of the contract.
        bid, ask: dollars a share; None or NaN where unknown, an ask of 0 is no offer.
        underlying: dollars a share; NaN where unknown.

    Returns:
        None where the underlying's price is not known.
    """
    if not 0.0 < underlying < np.inf:
        return None
    inside = max(0.0, underlying - strike if right == "call" else strike - underlying)
    if bid is None or ask is None or not (0.0 <= bid <= ask < np.inf and ask > 0.0):
        return ShortLeg(inside, None)
    return ShortLeg(inside, (bid + ask) / 2 - inside)


def short_legs(legs: Sequence[SpreadLeg], underlying: float) -> tuple[ShortLeg | None, ...]:
    """The same for each leg of a pair; None where it is bought or the price is not known."""
    return tuple(
        short_leg(leg.option_type, leg.strike, leg.bid, leg.ask, underlying)
        if leg.side == "sell"
        else None
        for leg in legs
    )


def assignable(chain: OptionChain, terms: ExerciseTerms, days: int) -> Bools | None:
    """Which contracts may be exercised early at no loss, so that nobody should be short of them.

    In the money, with less time value at the middle of the market than exercise earns and
    `width_share` of the quoted width together.

    Args:
        chain: quotes, dollars a share; a contract without a quote is not judged.
        terms: what exercise earns.
        days: calendar days to expiration.

    Returns:
        (2, n) True where it may, columns as the chain's; None where there is none: the style is
        European, or the underlying's price is not known.
    """
    underlying = chain.underlying_price
    if chain.style != "american" or not 0.0 < underlying < np.inf:
        return None
    strikes, share = chain.strikes, terms.width_share
    years = max(0, days) / DAYS_A_YEAR
    found = np.zeros((2, len(strikes)), dtype=bool)
    below = int(strikes.searchsorted(underlying, "left"))
    above = int(strikes.searchsorted(underlying, "right"))
    dividends = underlying * terms.dividend_yield * years
    for row, part, exercised in (
        (CALL, slice(0, below), underlying + dividends - strikes[:below]),
        (
            PUT,
            slice(above, None),
            strikes[above:] * (1.0 + terms.interest_rate * years) - underlying,
        ),
    ):
        # middle - share x width, from the quotes themselves
        sure = chain.bid[row, part] * (0.5 + share) + chain.ask[row, part] * (0.5 - share)
        np.less(sure, exercised - _ROUNDED, out=found[row, part])
    return found if bool(found.any()) else None
