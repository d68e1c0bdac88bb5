"""Advice that needs no other value to have been tried: the same attempts tell what it gains.

The other objective is asked of the same quotes, and what a higher minimum floor, a closed hour or a
paused chain would leave out is known from what it made. Fills and completion stay a guess: a trial
tells.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from statistics import NormalDist
from typing import Final

from engine.learning.evidence.answers import Answers, LeftOut
from engine.learning.evidence.arms import ArmSums
from engine.learning.evidence.cells import FLOOR_STEPS
from engine.learning.evidence.contrasts import BlockContrast, over_blocks, scaled
from engine.learning.evidence.looks import Asked, Looks
from engine.learning.evidence.promising import ERROR, FIRST_PAIRS, arm_look
from engine.learning.evidence.realised import realised
from engine.learning.harm import Conduct
from engine.learning.proposals import Proposal
from engine.learning.proposing.advised import Change, advised, strength
from engine.learning.proposing.levers import BY_FIELD, DESK, DeskNow, LiveSettings, bounds, shown

LEAST_ATTEMPTS: Final = 50
"""Attempts below which nothing is said of what a change would leave out."""

_AN_HOUR_S: Final = 3600.0


class Untried:
    """Derives advice from attempts with the values in force.

    Args:
        told: what attempts tell so far.
        now: what is in use.
        looks: keeps what each look found.
        smallest: the smallest gain worth having, dollars a trader-hour; None before it is set.
    """

    def __init__(self, told: Answers, now: DeskNow, looks: Looks, smallest: float | None) -> None:
        self._told, self._now, self._looks = told, now, looks
        self._smallest = smallest

    def everything(self) -> Iterator[Proposal]:
        """Advice for the desk and for each trader."""
        now = self._now
        for name in ("objective", "minimum_floor"):
            if now.traders and now.common(BY_FIELD[name]) is not None and not self._busy:
                live = next(iter(now.traders.values()))
                found = self._objective(live) if name == "objective" else self._floor(live)
                if found is not None:
                    yield found
        if not self._busy:
            yield from self._hours()
        if len(now.traders) > 1:
            for key, live in now.traders.items():
                paused = None if live.busy else self._pause(key)
                if paused is not None:
                    yield paused

    @property
    def _busy(self) -> bool:
        return any(trader.busy for trader in self._now.traders.values())

    def _objective(self, live: LiveSettings) -> Proposal | None:
        lever = BY_FIELD["objective"]
        before = live.settings.objective
        after = "credit" if before == "floor" else "floor"
        asked, gains = self._told.others_gain(before)
        arm = self._told.arms("objective").get(before)
        if arm is None or not arm.fills or arm.seconds <= 0:
            return None
        rate = arm.fills / arm.attempts
        hourly = arm.attempts * _AN_HOUR_S / arm.seconds * rate
        n, made = int(asked.sum()), realised(self._told.promised(before))

        def contrast(error: float) -> BlockContrast:
            found = scaled(over_blocks(gains, asked, error, "attempt"), hourly)
            gap, z = found.difference, NormalDist().inv_cdf(1 - error / 2)
            return found if gap is None else replace(found, difference=made.of(gap, z))

        return self._finding(
            ("other objective", before),
            len(asked),
            contrast,
            Change(lever.kind, DESK, lever.setting, before, after, bounds(lever, live)),
            arm,
            (shown(lever, before), arm),
            f"On the quotes of {n:,} attempts the pair chosen by {after} promised "
            f"{gains.sum() / max(n, 1):+,.2f} $ of floor more, had both filled. Fills made "
            f"{made.share:.2f} $ of each dollar promised more; both are taken to fill alike "
            f"({rate:.0%}). A trial tells how they do.",
        )

    def _floor(self, live: LiveSettings) -> Proposal | None:
        lever, before = BY_FIELD["minimum_floor"], live.settings.minimum_floor
        arm = self._told.total()
        steps = [step for step in FLOOR_STEPS if step > before]
        found = [
            self._left_out(
                ("minimum floor", before, step),
                self._told.below_floor(step, by_session=self._now.budgeted),
                Change(lever.kind, DESK, lever.setting, before, step, bounds(lever, live)),
                (shown(lever, before), arm),
                len(steps),
                f"whose floor was below {step:.2f}",
            )
            for step in steps
        ]
        return max((each for each in found if each is not None), key=strength, default=None)

    def _hours(self) -> Iterator[Proposal]:
        hours = self._now.common_hours()
        if hours is None or len(hours) < 2:
            return
        found = []
        for hour in hours:
            if hour < self._now.minute // 60:
                change = Change(
                    "HOURS",
                    DESK,
                    "optimal_hours",
                    hours,
                    tuple(each for each in hours if each != hour),
                    f"exchange hours {hours[0]} to {hours[-1]}; completing is never gated",
                )
                found.append(
                    self._scarce_hour(hour, change, len(hours))
                    if self._now.budgeted
                    else self._left_out(
                        ("hour", hour),
                        self._told.of_hour(hour),
                        change,
                        ("all hours", self._told.total()),
                        len(hours),
                        f"between {hour}:00 and {hour}:59",
                    )
                )
        best = max((each for each in found if each is not None), key=strength, default=None)
        if best is not None:
            yield best

    def _scarce_hour(self, hour: int, change: Change, comparisons: int) -> Proposal | None:
        """Where orders are scarce an hour's go out in the others, and make what those make."""
        cells, conduct = self._told.hours(), self._told.hour_conduct(hour)
        attempts, total = conduct[0].attempts, self._told.total()
        if attempts < LEAST_ATTEMPTS or total.seconds <= 0:
            return None
        hourly = attempts * _AN_HOUR_S / total.seconds
        asked = Asked(self._smallest, comparisons, conduct, self._now.loss_room)
        finding = self._looks.at_hour(hour, cells, asked, "attempt", hourly)
        if finding is None:
            return None
        gap = finding.contrast.difference
        if gap is None or gap.effect <= 0:
            return None
        sentence = (
            f"{attempts:,} attempts between {hour}:00 and {hour}:59 made "
            f"{gap.effect / hourly:,.2f} $ less each than those of other hours, where their orders "
            "would go out."
        )
        return advised(change, finding, "", [("all hours", total)], [sentence], self._now.now_s)

    def _pause(self, key: str) -> Proposal | None:
        return self._left_out(
            ("pause", key),
            self._told.of_trader(key, by_session=self._now.budgeted),
            Change("PAUSE", key, "rests", False, True, "completing is never gated"),
            ("this chain", self._told.total(key)),
            len(self._now.traders),
            "of this chain",
        )

    def _left_out(
        self,
        subject: Hashable,
        left: LeftOut,
        change: Change,
        arm: tuple[str, ArmSums],
        comparisons: int,
        which: str,
    ) -> Proposal | None:
        """Leaving attempts out gains what they lost, and where orders are scarce their worth."""
        n = float(left.n.sum())
        if n < LEAST_ATTEMPTS:
            return None
        worth, sentence = 0.0, ""
        if self._now.budgeted:
            if self._now.reservation is None:
                return None
            worth = self._now.reservation
            sentence = f" Each frees an order worth {worth:,.2f} $ elsewhere."
        gains = left.n * worth - left.dollars
        made = float(left.dollars.sum()) / n
        return self._finding(
            subject,
            int((left.n > 0).sum()),
            lambda error: over_blocks(gains, left.seconds / _AN_HOUR_S, error),
            change,
            arm[1],
            arm,
            f"{n:,.0f} attempts {which} made {made:+,.2f} $ each.{sentence}",
            comparisons,
        )

    def _finding(
        self,
        subject: Hashable,
        blocks: int,
        contrast: Callable[[float], BlockContrast],
        change: Change,
        conduct: ArmSums,
        arm: tuple[str, ArmSums],
        sentence: str,
        comparisons: int = 1,
    ) -> Proposal | None:
        asked = Asked(
            self._smallest,
            comparisons,
            (conduct.conduct, Conduct()),
            self._now.loss_room,
        )
        finding = self._looks.at(subject, arm_look(blocks), contrast, asked)
        gap = contrast(ERROR).difference if finding is None else finding.contrast.difference
        if gap is None or gap.effect <= 0:
            return None
        unit = "sessions" if self._now.budgeted else "quarter hours"
        missing = f"{blocks} of {FIRST_PAIRS} {unit}"
        return advised(change, finding, missing, [arm], [sentence], self._now.now_s)
