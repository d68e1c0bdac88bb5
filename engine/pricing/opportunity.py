"""A debit and a credit vertical chosen together, with their prices, floor and label."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from engine.market.legs import OptionType, SpreadLeg
from engine.pricing.payoff import (
    PayoffLeg,
    breakevens,
    pair_kind,
    pair_legs,
    payoff_maximum,
    payoff_minimum,
)

Style = Literal["american", "european"]
Settlement = Literal["physical", "cash"]

_ZERO: Final = -1e-9
_QUOTE: Final = slice(4, 6)  # bid and ask in the parts of a `SpreadLeg`


def label(floor: float, style: Style, settlement: Settlement) -> str:
    """ARB, LOCK* or RISK, from the floor per share after fees.

    ARB: no terminal price loses, and nothing can happen before expiration. LOCK*: the same on
    options that may be assigned early or deliver shares. RISK: some terminal price loses.
    """
    if floor < _ZERO:
        return "RISK"
    return "ARB" if style == "european" and settlement == "cash" else "LOCK*"


@dataclass(frozen=True, slots=True)
class TwoPartOpportunity:
    """One debit and one credit vertical of one right, symbol and expiration.

    Prices are dollars a share unless the name ends in `_c` (integer cents). Figures that
    depend on a price hold at the limit prices.

    Args:
        symbol, expiration, right: what both verticals share.
        debit_long, debit_short, credit_short, credit_long: strikes.
        debit_limit_c, credit_limit_c: limit prices, cents a share, on the tick.
        debit_bid, debit_ask, credit_bid, credit_ask: natural markets.
        net_credit_c: credit limit minus debit limit, cents a share, before fees.
        fee_c_per_pair: cents of account money for the four legs of a one-lot pair.
        net_edge: net credit after fees.
        floor: net edge plus the least payoff at expiration.
        fill_estimate: the debit limit as a fraction of the natural ask, 0 to 1: the nearer to
            one, the less price improvement the fill needs. For ranking; not a probability.
        debit_legs: (long, short), with sides.
        credit_contracts: the contracts from which `credit_legs` are built on demand.
        multiplier, style, settlement: of the contracts.
    """

    symbol: str
    expiration: date
    right: OptionType
    debit_long: float
    debit_short: float
    credit_short: float
    credit_long: float
    debit_limit_c: int
    credit_limit_c: int
    debit_bid: float
    debit_ask: float
    credit_bid: float
    credit_ask: float
    net_credit_c: int
    fee_c_per_pair: int
    net_edge: float
    floor: float
    fill_estimate: float | None
    debit_legs: tuple[SpreadLeg, SpreadLeg]
    credit_contracts: tuple[tuple[Any, ...], tuple[Any, ...]]
    multiplier: int = 100
    style: Style = "american"
    settlement: Settlement = "physical"

    @property
    def credit_legs(self) -> tuple[SpreadLeg, SpreadLeg]:
        """(long, short) of the credit, with sides."""
        long, short = self.credit_contracts
        return SpreadLeg(*long), SpreadLeg(*short)

    @property
    def legs(self) -> tuple[SpreadLeg, SpreadLeg, SpreadLeg, SpreadLeg]:
        """Debit long, debit short, credit long, credit short."""
        return (*self.debit_legs, *self.credit_legs)

    @property
    def payoff_legs(self) -> tuple[PayoffLeg, ...]:
        """The four legs as a position held to expiration."""
        return pair_legs(
            self.right, self.debit_long, self.debit_short, self.credit_short, self.credit_long
        )

    @property
    def mid_floor(self) -> float | None:
        """Payoff floor were both verticals traded at the middle of their natural markets.

        Dollars a share after fees, as `floor`, which holds at the limit prices. A contract nobody
        bids for counts with half its ask.

        Returns:
            None where the middle of a market is not known: a contract is not offered, its quotes
            are crossed, or one of them is not a finite number.
        """
        for leg in self.debit_legs:
            if not (0.0 < leg.ask < math.inf and 0.0 <= leg.bid <= leg.ask):
                return None
        for contract in self.credit_contracts:
            bid, ask = contract[_QUOTE]
            if not (0.0 < ask < math.inf and 0.0 <= bid <= ask):
                return None
        paid = (self.debit_bid + self.debit_ask) / 2
        received = (self.credit_bid + self.credit_ask) / 2
        # The floor moves with the net credit, cent for cent.
        at_limits = (self.credit_limit_c - self.debit_limit_c) / 100
        return self.floor + received - paid - at_limits

    @property
    def max_profit(self) -> float:
        """Greatest result at expiration, per share after fees."""
        return self.net_edge + payoff_maximum(self.payoff_legs)

    @property
    def max_loss(self) -> float:
        """Greatest loss at expiration, per share after fees, as a positive figure; 0 for none."""
        return max(0.0, -(self.net_edge + payoff_minimum(self.payoff_legs)))

    @property
    def breakevens(self) -> tuple[float, ...]:
        """Terminal prices at which the result after fees crosses zero, ascending."""
        return breakevens(self.payoff_legs, self.net_edge)

    @property
    def kind(self) -> str:
        """Name of the position, such as "long broken-wing condor"."""
        return pair_kind(
            self.right, self.debit_long, self.debit_short, self.credit_short, self.credit_long
        )

    @property
    def f_star(self) -> float | None:
        """Break-even fill fraction: how far from the natural bid a debit may be bought, and the
        credit sold as far from its ask, with the floor still at zero or above.

        0 to 1; None where both natural markets have no width.
        """
        widths = self.debit_ask - self.debit_bid + self.credit_ask - self.credit_bid
        if not widths > 1e-9:
            return None
        fee = self.fee_c_per_pair / (100 * self.multiplier)
        room = self.credit_ask - self.debit_bid + payoff_minimum(self.payoff_legs) - fee
        return min(1.0, max(0.0, room / widths))

    @property
    def label(self) -> str:
        """ARB, LOCK* or RISK, from the floor at limit prices."""
        return label(self.floor, self.style, self.settlement)
