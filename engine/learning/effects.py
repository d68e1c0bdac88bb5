"""The effect of an applied change, and whether it has to be reverted automatically."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.learning.estimators import (
    FIRST_LOOK,
    LOOK_SET,
    ArmTally,
    Difference,
    difference,
    look_number,
    look_z,
)
from engine.learning.proposals import Arm, rate_arm


class Decision(StrEnum):
    """What to do with an applied change."""

    WATCH = "watch"
    KEEP = "keep"
    REVERT = "revert"


@dataclass(frozen=True, slots=True)
class Outcome:
    """Before and after an applied change.

    Args:
        before, after: the groups with their intervals.
        unit: "lots/attempt" or "fill rate".
        gap: after minus before with its descriptive 95 % interval; None before any attempt.
        decision: revert where a look separated the change as worse, keep where as better.
        text: one sentence for the operator.
    """

    before: Arm
    after: Arm
    unit: str
    gap: Difference | None
    decision: Decision
    text: str


class EffectWatch:
    """Counts the attempts under an applied change and compares them with those before it.

    Looks at 50, 100, 200, 400 ... attempts after the change share an error of 5 % (estimators), so
    a change that does no harm is reverted at most once in twenty. Before and after are different
    times of the day: the comparison guards, it does not prove.

    Args:
        kind: SIZE compares lots an attempt, HOURS and CANCEL the fill rate.
        before: attempts under the former value, in the scope of the change.
    """

    def __init__(self, kind: str, before: ArmTally) -> None:
        self._in_lots = kind == "SIZE"
        self._before = before if self._in_lots else before.fills_only()
        self._after = ArmTally()
        self._decision = Decision.WATCH
        self._decided_at = 0

    @property
    def decision(self) -> Decision:
        """What the last look decided; a revert is final."""
        return self._decision

    @property
    def unit(self) -> str:
        """The unit of the compared figure."""
        return "lots/attempt" if self._in_lots else "fill rate"

    def record(self, contracts: int, filled_contracts: int) -> Decision:
        """Count one attempt in the scope of the change.

        Args:
            contracts: ordered.
            filled_contracts: what filled, 0 for none.

        Returns:
            The decision, REVERT from the look on that shows the change to be worse.

        Raises:
            ValueError: more filled than was ordered.
        """
        if not 0 <= filled_contracts <= contracts:
            raise ValueError(f"{filled_contracts} of {contracts} contracts cannot have filled")
        filled = int(filled_contracts > 0)
        attempt = ArmTally(1, filled, filled_contracts, contracts)
        self._after += attempt if self._in_lots else attempt.fills_only()
        if self._after.n in LOOK_SET and self._decision is not Decision.REVERT:
            self._look()
        return self._decision

    def outcome(self) -> Outcome:
        """Before and after as they are now."""
        gap = difference(self._before, self._after) if self._after.n and self._before.n else None
        return Outcome(
            rate_arm("before", self._before),
            rate_arm("after", self._after),
            self.unit,
            gap,
            self._decision,
            self._text(gap),
        )

    def _look(self) -> None:
        if self._before.n < FIRST_LOOK:
            return
        z = look_z(look_number(self._after.n))
        gap = difference(self._before, self._after, z)
        self._decided_at = self._after.n
        if gap.high < 0:
            self._decision = Decision.REVERT
        elif gap.low > 0:
            self._decision = Decision.KEEP
        else:
            self._decision = Decision.WATCH

    def _text(self, gap: Difference | None) -> str:
        n = self._after.n
        if gap is None:
            return f"{n} attempts since, {self._before.n} before: nothing to compare yet."
        numbers = f"{gap.effect:+.2f} {self.unit} ({gap.low:+.2f} to {gap.high:+.2f}, 95 %)"
        if self._decision is Decision.REVERT:
            return f"Worse at {self._decided_at} attempts, to be taken back: {numbers}."
        if self._decision is Decision.KEEP:
            return f"Better at {self._decided_at} attempts: {numbers}."
        if self._before.n < FIRST_LOOK:
            return (
                f"{n} attempts since: {numbers}; only {self._before.n} of {FIRST_LOOK} attempts "
                "before, so it cannot revert by itself."
            )
        thin = " Thin evidence so far." if n < FIRST_LOOK else ""
        return f"{n} attempts since, no difference shown: {numbers}.{thin}"
