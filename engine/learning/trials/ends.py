"""How a trial ends: one of seven ends, in a fixed order, from its blocks alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from engine.learning.estimators import Difference
from engine.learning.harm import Conduct, harm_shown
from engine.learning.trials.plan import TrialPlan
from engine.learning.trials.sequence import Paired, confidence_sequence, excludes

MOST_CLOSED: Final = 0.02
"""Share of an arm's time in which loss room or budget may have kept it from ordering."""

READ_ERROR: Final = 0.025
"""Of either side of the interval in which a finished trial's reading is compared with another."""

POINTS_KEPT: Final = 64
"""Points of a trial's course that are remembered; every second one goes where there are more."""

_AN_HOUR_S: Final = 3600.0


class End(StrEnum):
    """How a trial ended; where several hold at a look, the first of this order.

    NO DIFFERENCE is the end of a trial that can keep nothing any more: no gain worth having is
    left in its sequence. A change that does much harm ends so before it is shown to lie below 0;
    the former value returns either way, and sooner.
    """

    HARM = "HARM"
    REVERTED = "REVERTED"
    KEPT = "KEPT"
    NO_DIFFERENCE = "NO DIFFERENCE"
    INTERFERENCE = "INTERFERENCE"
    TIME_UP = "TIME UP"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class TrialBlock:
    """One block of a trial, over.

    Args:
        pair: which pair it belongs to, from 0.
        after: whether the arm after was in force.
        dollars: results of the cycles begun in it.
        seconds: that its traders spent on its attempts, closed ones among them, summed.
        closed_s: seconds in which loss room or budget kept them from ordering, summed.
        conduct: of its cycles.
    """

    pair: int
    after: bool
    dollars: float
    seconds: float
    closed_s: float = 0.0
    conduct: Conduct = field(default_factory=Conduct)


@dataclass(frozen=True, slots=True)
class TrialState:
    """Where a trial stands.

    Args:
        end: how it ended; None while it runs.
        pairs: complete pairs, up to its end.
        estimate: dollars a trader-hour, after minus before.
        standard_error: of the estimate, as if the number of pairs had been fixed.
        interval: the confidence sequence, which errs with the plan's error on either side; None
            while it excludes nothing.
        reasons: sentences.
    """

    end: End | None
    pairs: int
    estimate: float
    standard_error: float
    interval: Difference | None
    reasons: tuple[str, ...]


@dataclass(slots=True)
class ArmSums:
    """What one arm came to.

    Attributes:
        conduct: of its cycles.
        dollars, seconds: of its complete pairs' blocks.
        closed_s: seconds in which loss room or budget kept it from ordering.
    """

    conduct: Conduct = field(default_factory=Conduct)
    dollars: float = 0.0
    seconds: float = 0.0
    closed_s: float = 0.0

    def values(self) -> list[float]:
        """As JSON values, for `of`."""
        conduct = self.conduct
        counts = (conduct.attempts, conduct.units, conduct.completed, conduct.hung, conduct.lost)
        return [*counts, self.dollars, self.seconds, self.closed_s]

    @classmethod
    def of(cls, values: Sequence[float]) -> ArmSums:
        """The sums of such values."""
        attempts, units, completed, hung = (round(each) for each in values[:4])
        lost, dollars, seconds, closed_s = values[4:]
        return cls(Conduct(attempts, units, completed, hung, lost), dollars, seconds, closed_s)

    @property
    def closed(self) -> float:
        """Share of its time in which it was kept from ordering."""
        return self.closed_s / max(self.seconds, self.closed_s) if self.closed_s > 0 else 0.0

    @property
    def hourly(self) -> float:
        """Dollars a trader-hour; 0.0 where no time passed."""
        return self.dollars * _AN_HOUR_S / self.seconds if self.seconds > 0 else 0.0


class Course:
    """Follows a trial from its first pair to its end, a pair at a time.

    The end is the one that was reached first, and what comes after it does not count.

    Args:
        plan: as it was before the first pair.
        loss_room: dollars; 0 or less where there is no limit.

    Attributes:
        pairs: sums over the complete pairs.
        before, after: the arms.
        end, reasons: how it ended, and why; None while it runs.
        points: (pairs, estimate) as they were, evenly spaced, at most POINTS_KEPT.
    """

    def __init__(self, plan: TrialPlan, loss_room: float) -> None:
        self.plan = plan
        self.loss_room = loss_room
        self.pairs = Paired()
        self.before, self.after = ArmSums(), ArmSums()
        self.end: End | None = None
        self.reasons: tuple[str, ...] = ()
        self.points: list[Paired] = []
        self._every = 1

    def values(self) -> dict[str, Any]:
        """Its sums as JSON values, from which another run can go on with it."""
        return {
            "pairs": _plain(self.pairs),
            "before": self.before.values(),
            "after": self.after.values(),
            "points": [_plain(each) for each in self.points],
            "every": self._every,
        }

    def go_on(self, values: Mapping[str, Any]) -> None:
        """Go on from the sums of an earlier run; corrections of its attempts do not come any more.

        Args:
            values: as from `values`.
        """
        self.pairs = Paired(*values["pairs"])
        self.before, self.after = ArmSums.of(values["before"]), ArmSums.of(values["after"])
        self.points = [Paired(*each) for each in values["points"]]
        self._every = values["every"]

    def arm(self, after: bool) -> ArmSums:
        """One of the arms."""
        return self.after if after else self.before

    def behaved(self, after: bool, conduct: Conduct, sign: int = 1) -> None:
        """Count how cycles of an arm went, or (sign -1) take them back; harm ends the trial."""
        if self.end is not None:
            return
        arm = self.arm(after)
        arm.conduct = arm.conduct + conduct if sign > 0 else arm.conduct - conduct
        harm = harm_shown(self.before.conduct, self.after.conduct, self.loss_room)
        if harm:
            self.end, self.reasons = End.HARM, harm

    def closed(self, after: bool, seconds: float) -> None:
        """Count seconds in which loss room or budget kept an arm from ordering."""
        if self.end is None:
            self.arm(after).closed_s += seconds

    def complete(self, before: TrialBlock, after: TrialBlock) -> None:
        """Compare the two blocks of a pair, and look whether the trial is over."""
        if self.end is not None:
            return
        for block in (before, after):
            arm = self.arm(block.after)
            arm.dollars += block.dollars
            arm.seconds += block.seconds
        self.pairs = self.pairs.and_one(self.difference(before, after))
        self._remember()
        self._look()

    def revise(self, before: TrialBlock, after: TrialBlock, block: TrialBlock) -> None:
        """Put the block in the place of that of its arm in a pair that was compared before.

        Args:
            before, after: the pair as it was compared.
            block: one of the two with what it really came to.
        """
        if self.end is not None:
            return
        old = after if block.after else before
        arm = self.arm(block.after)
        arm.dollars += block.dollars - old.dollars
        arm.seconds += block.seconds - old.seconds
        was = self.difference(before, after)
        pair = (before, block) if block.after else (block, after)
        self.pairs = self.pairs.in_place_of(was, self.difference(*pair))
        self._look()

    def difference(self, before: TrialBlock, after: TrialBlock) -> float:
        """Dollars a trader-hour that the arm after made more, in one pair.

        Not the difference of two rates: an attempt that fills at once would have an enormous one.
        Each block counts its dollars less what the value in force earns in the same seconds, over
        the seconds that a block takes on average. The sign of its mean is that of the difference
        of the arms' long-run rates (renewal-reward theorem).
        """
        rate_s = self.plan.rate / _AN_HOUR_S
        dollars = after.dollars - before.dollars - rate_s * (after.seconds - before.seconds)
        return dollars * _AN_HOUR_S / self.plan.block_seconds

    def state(self, *, stopped: bool = False) -> TrialState:
        """Where it stands."""
        end, reasons = self.end, self.reasons
        if end is None and stopped:
            end, reasons = End.STOPPED, ("An operator ended it.",)
        pairs, plan = self.pairs, self.plan
        interval = confidence_sequence(pairs, plan.rho, plan.error) if pairs.n else None
        return TrialState(end, pairs.n, pairs.mean, pairs.standard_error, interval, reasons)

    @property
    def reach(self) -> float | None:
        """Half of the 95 % interval of the effect that holds wherever the trial stopped.

        None while so few pairs exclude nothing.
        """
        found = confidence_sequence(self.pairs, self.plan.rho, READ_ERROR) if self.pairs.n else None
        return None if found is None else (found.high - found.low) / 2

    def _remember(self) -> None:
        if self.pairs.n % self._every == 0:
            self.points.append(self.pairs)
            if len(self.points) > POINTS_KEPT:
                self.points = self.points[1::2]
                self._every *= 2

    def _look(self) -> None:
        if self.pairs.n < self.plan.first_pairs:
            return
        end, reason = _reached(self.plan, self.pairs, max(self.before.closed, self.after.closed))
        if end is not None:
            self.end, self.reasons = end, (reason,)


def _plain(pairs: Paired) -> list[float]:
    return [pairs.n, pairs.total, pairs.squares]


def state_of(
    plan: TrialPlan, blocks: Sequence[TrialBlock], loss_room: float, *, stopped: bool = False
) -> TrialState:
    """Follow a trial from its first block to its end, or to now.

    Reading at any time, after every block or only at last, tells the same. A pair whose second
    block is missing is not compared; its conduct counts for harm.

    Args:
        plan: as it was before the first block.
        blocks: in the order of time.
        loss_room: dollars; 0 or less where there is no limit.
        stopped: whether the operator ended it.

    Raises:
        ValueError: a pair has two blocks of one arm, or more than two.
    """
    course = Course(plan, loss_room)
    open_pairs: dict[int, TrialBlock] = {}
    complete: set[int] = set()
    for block in blocks:
        other = open_pairs.pop(block.pair, None)
        if block.pair in complete or (other is not None and other.after == block.after):
            raise ValueError(f"pair {block.pair} has two blocks of one arm, or more than two")
        course.closed(block.after, block.closed_s)
        course.behaved(block.after, block.conduct)
        if other is None:
            open_pairs[block.pair] = block
        else:
            complete.add(block.pair)
            course.complete(*((other, block) if block.after else (block, other)))
    return course.state(stopped=stopped)


def _reached(plan: TrialPlan, pairs: Paired, closed: float) -> tuple[End | None, str]:
    """The end that a look finds, and why.

    Args:
        plan, pairs: of the trial.
        closed: the larger share of an arm's time in which it was kept from ordering.
    """
    side = excludes(pairs, 0.0, plan.rho, plan.error)
    disturbed = closed > MOST_CLOSED
    if side < 0:
        return End.REVERTED, "The sequence lies below 0: it makes less."
    if side > 0 and pairs.mean >= plan.smallest and not disturbed:
        return End.KEPT, "The sequence lies above 0, and the gain is worth having."
    if excludes(pairs, plan.smallest, plan.rho, plan.error) < 0:
        return End.NO_DIFFERENCE, (
            f"The sequence lies below {plan.smallest:,.2f} $ a trader-hour, the smallest gain "
            "worth having."
        )
    if disturbed:
        return End.INTERFERENCE, (
            f"Loss room or budget closed {closed:.1%} of an arm's time, of {MOST_CLOSED:.0%} "
            "allowed: its dollars do not compare."
        )
    if pairs.n >= plan.most_pairs:
        return End.TIME_UP, f"{pairs.n} pairs without a verdict."
    return None, ""
