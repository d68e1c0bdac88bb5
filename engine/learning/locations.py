"""Which quote location the market reached after debits were sent, and locations that never fill."""

from __future__ import annotations

import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import Final

STEPS: Final = 50
"""Steps of one width of the market, in which a location reached is counted, rounded up."""

LOWEST, HIGHEST = -STEPS, 3 * STEPS
"""Locations beyond count as these."""

LOCATIONS_KEPT: Final = 8
"""Buy locations of one trader that are remembered, the latest ones."""

SILENT_NEEDS: Final = 200
"""Attempts without a fill before anything is said about their location."""

SILENT_BELOW: Final = 0.01
"""The fill rate that must be excluded for it."""


class LocationTally:
    """Attempts at one buy location.

    Attributes:
        attempts, fills: debits that ended, and those with an execution.
        watched: unfilled ones that were watched after their end.
        reached: of those, by location in steps, how many markets came there at the lowest; one
            that nobody looked at is in none.
    """

    __slots__ = ("attempts", "fills", "reached", "watched")

    def __init__(self) -> None:
        self.attempts = self.fills = self.watched = 0
        self.reached: dict[int, int] = {}

    def count(self, filled: bool) -> None:
        """Count an attempt."""
        self.attempts += 1
        self.fills += filled

    def filled_late(self) -> None:
        """An attempt that was counted without a fill had one after all."""
        self.fills += 1

    def watch(self, reached: float | None) -> None:
        """Count an unfilled attempt whose market was watched; None where nobody looked."""
        self.watched += 1
        if reached is not None:
            step = min(max(math.ceil(round(reached * STEPS, 6)), LOWEST), HIGHEST)
            self.reached[step] = self.reached.get(step, 0) + 1

    def __add__(self, other: LocationTally) -> LocationTally:
        total = LocationTally()
        for each in (self, other):
            total.attempts += each.attempts
            total.fills += each.fills
            total.watched += each.watched
            for step, count in each.reached.items():
                total.reached[step] = total.reached.get(step, 0) + count
        return total

    def reached_by(self, share: float) -> float | None:
        """The location that at least this share of the watched markets reached.

        Returns:
            None where the looks do not tell: too few were looked at.
        """
        wanted, count = share * self.watched, 0
        for step in sorted(self.reached):
            count += self.reached[step]
            if count >= wanted:
                return step / STEPS if step < HIGHEST else None
        return None

    @property
    def silent(self) -> bool:
        """Whether enough attempts without a single fill exclude a fill rate of SILENT_BELOW."""
        return (
            self.fills == 0
            and self.attempts >= SILENT_NEEDS
            and most_rate(self.attempts) < SILENT_BELOW
        )


def most_rate(attempts: int) -> float:
    """The rate of which no success in so many attempts leaves a chance of 5 %.

    Source: the exact (Clopper-Pearson) upper limit for no success, 1 - 0.05^(1/n).
    """
    return 1 - 0.05 ** (1 / attempts) if attempts else 1.0


class Locations:
    """Tallies by trader and buy location; bounded."""

    def __init__(self) -> None:
        self._of: dict[str, OrderedDict[float, LocationTally]] = {}
        self._used: dict[str, float] = {}

    def use(self, trader: str, buy_at: float) -> None:
        """A trader's setting is this location."""
        self._used[trader] = buy_at

    def at(self, trader: str, buy_at: float) -> LocationTally:
        """The tally of a trader's attempts at a location; a new one may drop the oldest."""
        tallies = self._of.get(trader)
        if tallies is None:
            tallies = self._of[trader] = OrderedDict()
        tally = tallies.get(buy_at)
        if tally is None:
            tally = tallies[buy_at] = LocationTally()
            if len(tallies) > LOCATIONS_KEPT:
                tallies.popitem(last=False)
        elif len(tallies) > 1:
            tallies.move_to_end(buy_at)
        return tally

    def known(self, trader: str, buy_at: float) -> LocationTally | None:
        """The tally of a trader's attempts at a location; None where there are none."""
        tallies = self._of.get(trader)
        return None if tallies is None else tallies.get(buy_at)

    def used(self, trader: str) -> tuple[float, LocationTally] | None:
        """The location that is a trader's setting, and its tally; None before an attempt."""
        buy_at = self._used.get(trader)
        tally = None if buy_at is None else self.known(trader, buy_at)
        return None if buy_at is None or tally is None else (buy_at, tally)

    def silent(self) -> list[SilentLocation]:
        """Settings at which nothing fills: of all traders that have them, else of single ones."""
        using: dict[float, dict[str, LocationTally]] = {}
        for trader, buy_at in self._used.items():
            tally = self._of[trader].get(buy_at) if trader in self._of else None
            if tally is not None:
                using.setdefault(buy_at, {})[trader] = tally
        found: list[SilentLocation] = []
        for buy_at, tallies in sorted(using.items()):
            if not any(tally.fills for tally in tallies.values()):
                every = sum(tallies.values(), LocationTally())
                if every.silent:
                    found.append(SilentLocation(tuple(tallies), buy_at, every))
                    continue
            for trader, tally in tallies.items():
                if not tally.fills and tally.silent:
                    found.append(SilentLocation((trader,), buy_at, tally))
        return found


@dataclass(frozen=True, slots=True)
class SilentLocation:
    """A buy location at which nothing fills, and the traders it was counted over."""

    traders: tuple[str, ...]
    buy_at: float
    tally: LocationTally


def bought_at(buy_at: float, tally: LocationTally) -> str:
    """A sentence: how many attempts filled at a location, and which one the quotes reached."""
    text = (
        f"buying at {buy_at:g} of the market: {tally.fills:,} of {tally.attempts:,} attempts filled"
    )
    return f"{text}; {_reached(tally)}" if tally.watched else text


def _reached(tally: LocationTally) -> str:
    half = tally.reached_by(0.5)
    unfilled = f"{tally.watched:,} unfilled"
    if half is None:
        looked = sum(tally.reached.values())
        return f"of {unfilled} the market was looked at for {looked:,}, too few to say more"
    tenth = tally.reached_by(0.1)
    lower = "" if tenth is None or tenth >= half else f", {tenth:.2f} in a tenth,"
    return f"the quotes reached {half:.2f} in at least half{lower} of {unfilled}"


def silent_notice(silent: SilentLocation) -> str:
    """The notice about a location at which nothing fills."""
    traders = silent.traders
    who = traders[0] if len(traders) == 1 else f"{len(traders)} traders"
    return (
        f"{who}: {bought_at(silent.buy_at, silent.tally)} (below "
        f"{most_rate(silent.tally.attempts):.2%} with 95 % confidence)"
    )
