"""A recommendation, and the settings that it is computed against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.learning.estimators import Z95
from engine.learning.verdicts import Verdict

DESK: Final = "*"
"""The trader of a proposal that concerns every trader."""

DOLLARS: Final = "$ a trader-hour"
"""The unit of an effect: guaranteed dollars a trader-hour, which a trial measures."""

_DOLLARS_OF_BEFORE: Final = "$/h a trader"


def unit_of(evidence: Mapping[str, Any]) -> str:
    """The unit of a journaled effect, as it is called now."""
    unit = str(evidence.get("unit", ""))
    return DOLLARS if unit == _DOLLARS_OF_BEFORE else unit


Value = Any
"""A JSON scalar, a list of them, or a tuple of exchange hours."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One compared group: label, fills k of n attempts with their 95 % Wilson interval, contracts
    filled an attempt, and guaranteed dollars an hour of a trader.
    """

    label: str
    k: int
    n: int
    low: float | None
    high: float | None
    lots_per_attempt: float | None = None
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
        effect, effect_low, effect_high: after minus before with the interval that decided; None
            where it cannot be known.
        arms: the compared groups.
        evidence: sentences with the numbers.
        revert_rule: when it is reverted automatically.
        made_s: epoch seconds at which it was computed.
        z: normal quantile of the interval's error; that of 95 % but for a look's.
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
    z: float = Z95

    @property
    def key(self) -> str:
        """Identifies the change: two proposals of the same change have the same key."""
        return f"{self.kind}:{self.trader}:{self.before}->{self.after}"


REVERT_RULE: Final = (
    "Tried by turns with the value in force; the former value returns unless the trial is KEPT. "
    "u takes back what was kept or applied."
)
"""When a change is taken back."""
