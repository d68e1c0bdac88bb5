"""How the market moves after a fill: adverse selection, from marks at a few fixed times."""

from __future__ import annotations

from typing import Final

from engine.learning.estimators import FIRST_LOOK
from engine.orders.events import FillMarked

AFTER_MS: Final = (1_000, 5_000, 30_000, 300_000)
"""Times after a debit's first execution at which it is marked."""

WITHIN_MS: Final = (1_000, 2_500, 15_000, 60_000)
"""How much later the quotes may be; where none came by then the mark is unknown."""

NAMES: Final = ("1 s", "5 s", "30 s", "5 min")


class Markout:
    """The marks of one time: sums in cents a share.

    Attributes:
        known, unknown: marks with quotes, and those without.
        late_ms: how late their quotes were, summed.
        moved_c: how far the middle of the debit's market moved since it was sent, summed.
        moved: how many marks that is known of.
        gained_c: the middle less what was paid, summed.
        pairs, pair_c: complete pairs, and what closing them at natural prices brought, summed.
    """

    __slots__ = ("gained_c", "known", "late_ms", "moved", "moved_c", "pair_c", "pairs", "unknown")

    def __init__(self) -> None:
        self.known = self.unknown = self.late_ms = self.moved = self.pairs = 0
        self.moved_c = self.gained_c = self.pair_c = 0.0

    def __add__(self, other: Markout) -> Markout:
        total = Markout()
        for each in (self, other):
            total.known += each.known
            total.unknown += each.unknown
            total.late_ms += each.late_ms
            total.moved += each.moved
            total.moved_c += each.moved_c
            total.gained_c += each.gained_c
            total.pairs += each.pairs
            total.pair_c += each.pair_c
        return total


class Markouts:
    """Marks by trader and time after the fill."""

    def __init__(self) -> None:
        self._of: dict[str, tuple[Markout, ...]] = {}

    def add(self, event: FillMarked) -> None:
        """Count the marks of one fill."""
        marks = self._of.get(event.trader)
        if marks is None:
            marks = self._of[event.trader] = tuple(Markout() for _ in AFTER_MS)
        for mark, late_ms, mid_c, pair_c in zip(
            marks, event.late_ms, event.mid_c, event.pair_c, strict=True
        ):
            if late_ms is None or mid_c is None:
                mark.unknown += 1
                continue
            mark.known += 1
            mark.late_ms += late_ms
            mark.gained_c += mid_c - event.paid_c
            if event.sent_mid_c is not None:
                mark.moved += 1
                mark.moved_c += mid_c - event.sent_mid_c
            if pair_c is not None:
                mark.pairs += 1
                mark.pair_c += pair_c

    def of(self, trader: str) -> tuple[Markout, ...]:
        """A trader's marks by time; empty before the first fill."""
        return self._of.get(trader, ())

    def of_desk(self) -> tuple[Markout, ...]:
        """The marks of all traders by time; empty before the first fill."""
        if not self._of:
            return ()
        return tuple(sum(each, Markout()) for each in zip(*self._of.values(), strict=True))


def moved_after_fills(marks: tuple[Markout, ...]) -> str:
    """A sentence: how far the market moved after fills; "" before the first mark."""
    told = [
        f"{name} {mark.moved_c / mark.moved:+.1f}c (n={mark.moved:,}"
        f"{', thin' if mark.moved < FIRST_LOOK else ''})"
        if mark.moved
        else f"{name} unknown"
        for name, mark in zip(NAMES, marks, strict=False)
    ]
    if not told:
        return ""
    return f"after a fill the middle of the debit's market had moved: {', '.join(told)}"
