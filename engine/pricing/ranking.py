"""Debits with their best credit, as a scan ranks them: many rows, or the first alone."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from engine.pricing.grid import Floats, Integers


class Ranked(NamedTuple):
    """Debits with their best credit, best first; prices in units, net and floor after fees.

    Args:
        at: flat index of each debit in (G, 2, n), at its outer leg.
        paid, credit, net, floor: units a share.
        fill: the debit as a fraction of its natural ask.
    """

    at: Integers
    paid: Floats
    credit: Floats
    net: Floats
    floor: Floats
    fill: Floats


NONE = Ranked(np.empty(0, np.intp), np.empty(0), np.empty(0), np.empty(0), np.empty(0), np.empty(0))


class Winner(NamedTuple):
    """The best debit, and the numbers that its figures follow from; prices in units.

    Args:
        at: flat index in (G, 2, n), at its outer leg.
        paid, credit: its price, and that of its best credit.
        highest: the highest credit of each width at or beyond the outer leg.
        asked: natural ask of the debit.
        widths: of the verticals.
        row: the debit's, in `widths`.
        fee, slack: of the rules.
    """

    at: int
    paid: float
    credit: float
    highest: list[float]
    asked: float
    widths: list[float]
    row: int
    fee: float
    slack: float

    @property
    def excess(self) -> float:
        """By how much the credit can cost more than the debit is worth, in units."""
        least = self.credit - self.slack
        narrowest = next(row for row, highest in enumerate(self.highest) if highest >= least)
        return max(self.widths[narrowest] - self.widths[self.row], 0.0)

    def ranked(self) -> Ranked:
        """As the row of a result: net and floor after fees, fill as a share of the natural ask."""
        net = self.credit - self.paid - self.fee
        fill = self.paid / max(self.asked, self.slack)
        row = np.array((self.paid, self.credit, net, net - self.excess, fill))
        return Ranked(np.array((self.at,)), row[:1], row[1:2], row[2:3], row[3:4], row[4:])


def nth_highest(values: Floats, count: int) -> float:
    """The value that `count` values reach or exceed."""
    at = len(values) - count
    ordered = values.copy()
    ordered.partition(at)
    return float(ordered[at])
