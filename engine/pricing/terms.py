"""The scan rules in the units of a kernel, worked out once for each set of rules."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from engine.pricing.grid import Floats
from engine.pricing.rules import ScanRules

_NO_FLOOR: Final = -1e12


def constant(value: float) -> Floats:
    """A number as an array without axes, which an array operation takes without converting it."""
    return np.array(value, dtype=np.float64)


class Needs(NamedTuple):
    """What a credit must bring beyond the debit's price, in units.

    Args:
        net: for the net credit.
        floor: for the payoff floor; -inf where none is asked.
    """

    net: float
    floor: float


class Terms:
    """The figures of a set of rules that every scan needs.

    Args:
        rules: the rules.
        widest: of the verticals, in units.

    Attributes:
        scale: units in a dollar.
        slack, fee: units a share.
        least_net, least_floor: units a share after fees, with the gate's margin; a very low floor
            where none is asked.
        asked_floor: the floor without that margin.
        needs: the same as requirements on the credit, fees included; the net is never less than
            the floor.
        needed, floor_needed: the needs as constants.
        buy_at, sell_at: the quote locations.
        leg_slack: units taken off the price of a leg sold, so that rounding is exact.
        rounded: prices are rounded to the tick.
        plain: a sound quote is all that the liquidity filter asks for.
        refuse_crossed: a contract whose bid is above its ask is refused.
        refuse_contradicted: a contract that other strikes contradict is refused.
        inside_market: the gate keeps limits inside the natural market.
        mirrored: debits and credits are priced symmetrically, so that one figure serves both.
        sane: debits and credits lie between zero and their width.
        in_ticks: prices are whole ticks, and credits of zero need not be refused.
        small: the least net is so low that a credit of zero meets it.
        least_bid: by price of a debit in ticks, the least natural bid at which the gate lets it
            pass; None where there is no gate, or prices are not whole ticks above zero.
    """

    __slots__ = (
        "asked_floor",
        "buy_at",
        "fee",
        "floor_needed",
        "in_ticks",
        "inside_market",
        "least_bid",
        "least_floor",
        "least_net",
        "leg_slack",
        "mirrored",
        "needed",
        "needs",
        "plain",
        "refuse_contradicted",
        "refuse_crossed",
        "rounded",
        "sane",
        "scale",
        "sell_at",
        "slack",
        "small",
    )

    def __init__(self, rules: ScanRules, widest: float) -> None:
        self.scale = scale = rules.units_per_dollar
        self.slack = slack = rules.slack
        self.fee = fee = rules.fee_per_share * scale
        self.least_net = rules.least_net * scale
        self.least_floor = max(rules.least_floor, _NO_FLOOR) * scale
        self.asked_floor = max(rules.asked_floor, _NO_FLOOR) * scale
        floor = fee - slack + rules.least_floor * scale
        self.needs = Needs(max(fee - slack + self.least_net, floor), floor)
        self.buy_at, self.sell_at = constant(rules.buy_at), constant(rules.sell_at)
        self.rounded = rules.tick_c > 0
        self.leg_slack = constant(slack if self.rounded else 0.0)
        self.plain = rules.liquidity.is_plain
        self.refuse_crossed = rules.liquidity.refuse_crossed
        self.refuse_contradicted = rules.liquidity.refuse_contradicted
        self.inside_market = rules.gate is not None and rules.gate.inside_market
        self.needed, self.floor_needed = constant(self.needs.net), constant(self.needs.floor)
        self.mirrored = abs(rules.buy_at + rules.sell_at - 1.0) < 1e-12
        self.small = rules.fee_per_share + rules.least_net < 0
        self.sane = rules.sane
        self.in_ticks = self.rounded and self.sane and not self.small
        gate = rules.gate
        self.least_bid: Floats | None = None
        if gate is not None and rules.tick_c and rules.sane:
            self.least_bid = least_bids(
                gate.unwind_fraction, gate.unwind_ticks, gate.unwind_cap, slack, int(widest) + 2
            )


@lru_cache(maxsize=32)
def least_bids(fraction: float, ticks: int, cap: float, slack: float, count: int) -> Floats:
    """The least natural bid, in ticks, at which the gate lets a debit of 0, 1, 2 ... ticks pass.

    A debit of no ticks never passes.
    """
    paid = np.arange(count, dtype=np.float64)
    least: Floats = paid - np.minimum(np.maximum(paid * fraction, ticks), paid * cap) - slack
    least[0] = np.inf
    return least
