"""What a longer cancel time would have filled at least: from the market after cancelled debits.

A debit that was cancelled unfilled is watched a while longer, as a ghost: at the quotes that the
desk fetches anyway, was its limit at or above the vertical's natural ask? An order that still
worked would have filled then. What happened between two looks nobody saw, and orders fill at
better prices than the natural ones too, so every figure here is a lower bound.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.learning.estimators import Difference, wilson
from engine.learning.ms_counts import MsCounts
from engine.learning.survival import FillTimes
from engine.orders.events import GhostWatched

WATCHED_MS: Final = 30_000
"""For so long after its end a cancelled debit is watched."""

STEP_MS: Final = 100
LONGEST_MS: Final = 100_000
"""Later crossings count as this one: the longest cancel time with what follows it."""

CLASSES_KEPT: Final = 8
"""Cancel times of one trader that are remembered, the latest ones."""


class GhostTimes:
    """Counts of the ghosts of one cancel time, in steps of STEP_MS, rounded up.

    Attributes:
        watched: ghosts.
        first, crossed: by milliseconds from WORKING, how many were looked at first then, and how
            many were first seen with a natural ask at or below their limit.
    """

    __slots__ = ("crossed", "first", "watched")

    def __init__(self) -> None:
        self.watched = 0
        self.first = MsCounts()
        self.crossed = MsCounts()

    def add(self, first_ms: int | None, crossed_ms: int | None) -> None:
        """Count one ghost; None where it was never looked at, or never seen to cross."""
        self.watched += 1
        if first_ms is not None:
            self.first.add(_step(first_ms))
        if crossed_ms is not None:
            self.crossed.add(_step(crossed_ms))

    @property
    def earliest_ms(self) -> int | None:
        """When the first look at any of them came, from WORKING; None where nobody looked."""
        return min(self.first, default=None)

    def seen_by(self, ms: int) -> int:
        """How many were looked at within so many milliseconds from WORKING."""
        return sum(count for step, count in self.first.items() if step <= ms)

    def crossed_by(self, ms: int) -> int:
        """How many were seen to cross within so many milliseconds from WORKING."""
        return sum(count for step, count in self.crossed.items() if step <= ms)

    @staticmethod
    def together(several: Iterable[GhostTimes]) -> GhostTimes:
        """The counts of all of them."""
        total = GhostTimes()
        for each in several:
            total.watched += each.watched
            for into, counts in ((total.first, each.first), (total.crossed, each.crossed)):
                for step, count in counts.items():
                    into.add(step, count)
        return total


def _step(ms: int) -> int:
    return min(-(-ms // STEP_MS) * STEP_MS, LONGEST_MS)


class Ghosts:
    """Ghosts by trader and by the cancel time that ended them; bounded."""

    def __init__(self) -> None:
        self._of: dict[str, OrderedDict[int, GhostTimes]] = {}

    def add(self, event: GhostWatched) -> None:
        """Count one, where its debit had worked as long as it may: an earlier end is no timeout."""
        if event.worked_ms is None or event.worked_ms < event.cancel_ms:
            return
        classes = self._of.setdefault(event.trader, OrderedDict())
        times = classes.get(event.cancel_ms)
        if times is None:
            times = classes[event.cancel_ms] = GhostTimes()
            if len(classes) > CLASSES_KEPT:
                classes.popitem(last=False)
        elif len(classes) > 1:
            classes.move_to_end(event.cancel_ms)
        times.add(event.first_ms, event.crossed_ms)

    def of(self, trader: str, cancel_ms: int) -> GhostTimes | None:
        """Those of a trader's debits that this cancel time ended; None where there are none."""
        classes = self._of.get(trader)
        return None if classes is None else classes.get(cancel_ms)

    def cancel_times(self) -> list[int]:
        """The cancel times that have ghosts, ascending."""
        return sorted({cancel_ms for each in self._of.values() for cancel_ms in each})

    def of_desk(self, cancel_ms: int) -> GhostTimes | None:
        """Those of all debits that this cancel time ended; None where there are none."""
        several = [each[cancel_ms] for each in self._of.values() if cancel_ms in each]
        return GhostTimes.together(several) if several else None


def ghosts_seen(cancel_ms: int, ghosts: GhostTimes) -> str:
    """A sentence: what was seen of the debits that a cancel time ended."""
    earliest_ms, looked = ghosts.earliest_ms, sum(ghosts.first.values())
    since = "" if earliest_ms is None else f" from {earliest_ms / 1000:.1f} s on"
    return (
        f"{ghosts.watched:,} debits cancelled after {cancel_ms:,} ms were watched for "
        f"{WATCHED_MS // 1000} s more: the market was looked at for {looked:,}{since} "
        f"and came to the limit of at least {sum(ghosts.crossed.values()):,}"
    )


def ghost_fills(
    times: FillTimes, ghosts: GhostTimes, before_ms: int, after_ms: int, z: float
) -> Difference | None:
    """The share of attempts that a longer cancel time would have filled in addition, at least.

    Of the attempts not filled by the present time, the share whose ghosts were seen to cross; its
    interval multiplies the Wilson limits of both shares, which makes it wider than it need be.

    Args:
        times: fills and waits under the present cancel time.
        ghosts: of the same cancel time.
        before_ms, after_ms: the present and the longer cancel time.
        z: normal quantile of the interval.

    Returns:
        None where after is not later, no attempt was timed, or no ghost was looked at by then:
        unknown is not zero.
    """
    attempts, filled = _filled(times, before_ms)
    if after_ms <= before_ms or not attempts or not ghosts.seen_by(after_ms):
        return None
    crossed, watched = ghosts.crossed_by(after_ms), ghosts.watched
    left = 1 - filled / attempts
    filled_low, filled_high = wilson(filled, attempts, z)
    low, high = wilson(crossed, watched, z)
    return Difference(left * crossed / watched, (1 - filled_high) * low, (1 - filled_low) * high)


def _filled(times: FillTimes, limit_ms: int) -> tuple[int, int]:
    """Attempts whose outcome by then is known, and those of them that filled."""
    filled = sum(count for ms, count in times.fills.items() if ms <= limit_ms)
    later = times.filled - filled
    waited = sum(count for ms, count in times.waits.items() if ms >= limit_ms)
    return filled + later + waited, filled


@dataclass(frozen=True, slots=True)
class LongerCancel:
    """What a longer cancel time would have brought at least.

    Args:
        per_hour: fills an hour of one trader, after minus before; None where nobody looked.
        sentence: the same in words, with what it rests on.
    """

    per_hour: Difference | None
    sentence: str


def longer_cancel(
    times: FillTimes,
    ghosts: GhostTimes | None,
    before_ms: int,
    after_ms: int,
    mean_delay_s: float,
    z: float,
) -> LongerCancel:
    """What a longer cancel time would have brought at least, in fills an hour of one trader.

    Every attempt that does not fill is taken to wait the whole longer time, which makes attempts
    fewer: the other side of the lower bound.

    Args:
        times: fills and waits under the present cancel time.
        ghosts: of the same cancel time; None where there are none.
        before_ms, after_ms: the present and the longer cancel time.
        mean_delay_s: mean seconds between attempts.
        z: normal quantile of the interval.
    """
    watched = 0 if ghosts is None else ghosts.watched
    if ghosts is None or not watched:
        return LongerCancel(None, "No debit cancelled at this time was watched afterwards.")
    further = _further(ghosts, after_ms)
    more = ghost_fills(times, ghosts, before_ms, after_ms, z)
    if more is None:
        return LongerCancel(
            None,
            f"Of {watched:,} debits watched after their cancel none was looked at within "
            f"{after_ms:,} ms: the desk fetches quotes for its next attempt, {_soonest(ghosts)}."
            f"{further}",
        )
    crossed, seen = ghosts.crossed_by(after_ms), ghosts.seen_by(after_ms)
    sentence = (
        f"Of {watched:,} debits watched after their cancel {seen:,} were looked at within "
        f"{after_ms:,} ms, and the market had come to the limit of {crossed:,}: working until "
        f"then would have filled at least {more.effect:.1%} of all attempts more ({more.low:.1%} "
        f"to {more.high:.1%}).{further}"
    )
    attempts, filled = _filled(times, before_ms)
    share = filled / attempts
    low, high = wilson(filled, attempts, z)
    waited = sum(min(ms, before_ms) * count for ms, count in times.fills.items())
    mean_ms = (waited + before_ms * (attempts - times.filled)) / attempts
    longer_ms = mean_ms + (1 - share) * (after_ms - before_ms)
    before, after = (3600 / (mean_delay_s + ms / 1000) for ms in (mean_ms, longer_ms))
    fewer = after - before
    effect = share * fewer + more.effect * after
    return LongerCancel(
        Difference(
            effect,
            effect - math.hypot((high - share) * fewer, (more.effect - more.low) * after),
            effect + math.hypot((share - low) * fewer, (more.high - more.effect) * after),
        ),
        sentence,
    )


def _soonest(ghosts: GhostTimes) -> str:
    """When that is at the earliest, as far as was seen."""
    earliest_ms = ghosts.earliest_ms
    return "and none came in time" if earliest_ms is None else f"{earliest_ms:,} ms at the earliest"


_FURTHER_MS: Final = (10_000, 20_000, 30_000)


def _further(ghosts: GhostTimes, after_ms: int) -> str:
    """What later times would have crossed, for those that lie beyond."""
    shares = [
        f"{ghosts.crossed_by(ms) / ghosts.watched:.0%} until {ms // 1000} s"
        for ms in _FURTHER_MS
        if ms > after_ms
    ]
    return f" Of those watched it came to at least {', '.join(shares)}." if shares else ""
