"""How a trial ends: one of seven ends, in a fixed order, from its blocks alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.learning.estimators import Difference
from engine.learning.harm import Conduct, signs_of_harm
from engine.learning.trials.plan import TrialPlan
from engine.learning.trials.sequence import Paired, confidence_sequence, excludes

MOST_CLOSED: Final = 0.02
"""Share of an arm's time in which loss room or budget may have kept it from ordering."""

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
        seconds: that its traders spent on its attempts, summed.
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
class _Arm:
    conduct: Conduct = field(default_factory=Conduct)
    seconds: float = 0.0
    closed_s: float = 0.0

    def add(self, block: TrialBlock) -> None:
        self.conduct += block.conduct
        self.seconds += block.seconds
        self.closed_s += block.closed_s

    @property
    def closed(self) -> float:
        whole = self.seconds + self.closed_s
        return self.closed_s / whole if whole else 0.0


def state_of(
    plan: TrialPlan, blocks: Sequence[TrialBlock], loss_room: float, *, stopped: bool = False
) -> TrialState:
    """Follow a trial from its first block to its end, or to now.

    The end is the one that was reached first, and what came after it does not count; so reading
    at any time, after every block or only at last, tells the same. A pair whose second block is
    missing is not compared; its conduct counts for harm.

    Args:
        plan: as it was before the first block.
        blocks: in the order of time.
        loss_room: dollars; 0 or less where there is no limit.
        stopped: whether the operator ended it.

    Raises:
        ValueError: a pair has two blocks of one arm, or more than two.
    """
    arms = {False: _Arm(), True: _Arm()}
    open_pairs: dict[int, TrialBlock] = {}
    complete: set[int] = set()
    pairs = Paired()
    for block in blocks:
        other = open_pairs.pop(block.pair, None)
        if block.pair in complete or (other is not None and other.after == block.after):
            raise ValueError(f"pair {block.pair} has two blocks of one arm, or more than two")
        arms[block.after].add(block)
        if other is None:
            open_pairs[block.pair] = block
        else:
            complete.add(block.pair)
            difference = _rate(block) - _rate(other)
            pairs = pairs.and_one(difference if block.after else -difference)
        harm = signs_of_harm(arms[False].conduct, arms[True].conduct, loss_room)
        if harm:
            return _state(plan, pairs, End.HARM, harm)
        if other is not None and pairs.n >= plan.first_pairs:
            end, reason = _look(plan, pairs, arms.values())
            if end is not None:
                return _state(plan, pairs, end, (reason,))
    if stopped:
        return _state(plan, pairs, End.STOPPED, ("An operator ended it.",))
    return _state(plan, pairs, None, ())


def _rate(block: TrialBlock) -> float:
    """Dollars a trader-hour of one block; 0.0 where no time passed."""
    return block.dollars * _AN_HOUR_S / block.seconds if block.seconds > 0 else 0.0


def _look(plan: TrialPlan, pairs: Paired, arms: Iterable[_Arm]) -> tuple[End | None, str]:
    side = excludes(pairs, 0.0, plan.rho, plan.error)
    closed = max(arm.closed for arm in arms)
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


def _state(plan: TrialPlan, pairs: Paired, end: End | None, reasons: tuple[str, ...]) -> TrialState:
    interval = confidence_sequence(pairs, plan.rho, plan.error) if pairs.n else None
    return TrialState(end, pairs.n, pairs.mean, pairs.standard_error, interval, reasons)
