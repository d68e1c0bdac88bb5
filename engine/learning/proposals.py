"""A recommendation, and the settings that it is computed against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from engine.learning.estimators import ArmTally, Difference, lots_interval, wilson
from engine.learning.verdicts import Judgement, Verdict

DESK: Final = "*"
"""The trader of a proposal that concerns every trader."""

Value = Any
"""A JSON scalar, a list of them, or a tuple of exchange hours."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One compared group: label, k of n, the 95 % Wilson interval of k / n, and its figure in the
    unit of the effect, where that is another: lots an attempt, or fills an hour of a trader.
    """

    label: str
    k: int
    n: int
    low: float | None
    high: float | None
    lots_per_attempt: float | None = None
    fills_per_hour: float | None = None
    dollars_per_hour: float | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A recommended change with its evidence.

    Args:
        kind: SIZE, HOURS or CANCEL.
        trader: a trader's key, or "*" for all.
        setting: the key it has in `optimize_parameters()`: optimal_contracts, optimal_hours or
            optimal_cancel_ms.
        before, after: contracts, exchange hours ascending, or milliseconds.
        bounds: the values that the setting may have.
        verdict: how much the evidence proves.
        unit: of the effect.
        effect, effect_low, effect_high: after minus before with its descriptive 95 % interval;
            None where it cannot be known.
        arms: the compared groups.
        evidence: sentences with the numbers.
        revert_rule: when it is reverted automatically.
        made_s: epoch seconds at which it was computed.
    """

    kind: str
    trader: str
    setting: str
    before: Value
    after: Value
    bounds: str
    verdict: Verdict
    unit: str
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    arms: tuple[Arm, ...]
    evidence: tuple[str, ...]
    revert_rule: str
    made_s: float

    @property
    def key(self) -> str:
        """Identifies the change: two proposals of the same change have the same key."""
        return f"{self.kind}:{self.trader}:{self.before}->{self.after}"


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What the desk, or one trader, uses now.

    Args:
        contracts: present order size.
        min_contracts, max_contracts: its bounds.
        cancel_ms: present cancel time.
        mean_delay_s: mean seconds between attempts, phases aside.
        hours: exchange hours in which new debits are allowed.
        min_fill_rate: the rate below which an hour is dropped.
    """

    contracts: int = 1
    min_contracts: int = 1
    max_contracts: int = 10
    cancel_ms: int = 2500
    mean_delay_s: float = 9.0
    hours: tuple[int, ...] = (9, 10, 11, 12, 13, 14, 15)
    min_fill_rate: float = 0.25


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """The desk's present settings, and those of traders for which they differ."""

    desk: LiveSettings = field(default_factory=LiveSettings)
    traders: Mapping[str, LiveSettings] = field(default_factory=dict)


def effect_of(
    judged: Judgement, now: Difference | None
) -> tuple[float | None, float | None, float | None]:
    """Effect, low and high as they are shown: the interval is the one that decided.

    An interval of all attempts so far would exclude zero beside NOT SEPARATED, because looks are
    wider; where none decided, the effect stands alone.

    Args:
        judged: the verdict.
        now: the difference of all attempts so far.
    """
    if judged.gap is not None:
        return judged.gap.effect, judged.gap.low, judged.gap.high
    return (None if now is None else now.effect), None, None


def rate_arm(label: str, tally: ArmTally) -> Arm:
    """A group as fills of attempts; its interval is unknown without attempts."""
    low, high = wilson(tally.k, tally.n) if tally.n else (None, None)
    lots = tally.lots_per_attempt if tally.n else None
    return Arm(label, tally.k, tally.n, low, high, lots)


def rate_sentence(label: str, tally: ArmTally) -> str:
    """A group's fill rate and lots an attempt with their numbers."""
    low, high = wilson(tally.k, tally.n)
    lots_low, lots_high = lots_interval(tally)
    return (
        f"{label}: {tally.k} of {tally.n} attempts filled ({tally.rate:.0%}, {low:.0%} to "
        f"{high:.0%}), {tally.lots_per_attempt:.2f} lots an attempt ({lots_low:.2f} to "
        f"{lots_high:.2f})."
    )


REVERT_RULE: Final = (
    "Tried by turns with the value in force; the former value returns unless the trial is KEPT. "
    "u takes back what was kept or applied."
)
"""When a change is taken back."""
