"""What scan rules ask, in the units of a kernel: worked out once for each set of rules."""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from engine.pricing.grid import Floats
from engine.pricing.rules import ScanRules

_NO_FLOOR: Final = -1e12


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
        least_net, least_floor: units a share after fees; a very low floor where none is asked.
        needs: the same as a credit must bring, fees included; the net is never less than the
            floor.
        mirrored: debits and credits are priced symmetrically, so that one figure serves both.
        small: a net may be so low that a credit of nothing meets it.
        least_bid: by price of a debit in ticks, the least natural bid at which the gate lets it
            pass; None where there is no gate, or prices are not whole ticks above zero.
    """

    __slots__ = (
        "fee",
        "least_bid",
        "least_floor",
        "least_net",
        "mirrored",
        "needs",
        "scale",
        "slack",
        "small",
    )

    def __init__(self, rules: ScanRules, widest: float) -> None:
        self.scale = scale = rules.units_per_dollar
        self.slack = slack = rules.slack
        self.fee = fee = rules.fee_per_share * scale
        self.least_net = rules.least_net * scale
        self.least_floor = max(rules.least_floor, _NO_FLOOR) * scale
        floor = fee - slack + rules.least_floor * scale
        self.needs = Needs(max(fee - slack + self.least_net, floor), floor)
        self.mirrored = abs(rules.buy_at + rules.sell_at - 1.0) < 1e-12
        self.small = rules.fee_per_share + rules.least_net < 0
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
