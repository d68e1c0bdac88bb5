"""Arms: attempts with one value of a setting."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.learning.attempt_results import AttemptSettings
from engine.learning.evidence.cells import Whole
from engine.learning.harm import Conduct


@dataclass(frozen=True, slots=True)
class ArmSums:
    """Attempts with one value of a setting.

    Args:
        attempts, fills, lots: how many, how many of them filled, contracts filled.
        dollars, seconds: what they came to, and the traders' time they took.
        conduct: what became of what filled.
    """

    attempts: int
    fills: int
    lots: int
    dollars: float
    seconds: float
    conduct: Conduct

    @classmethod
    def of(cls, sums: Sequence[float]) -> ArmSums:
        """An arm by its sums, one for each column of OF_ARMS."""
        n, fills, lots, units, completed, hung = map(round, sums[:6])
        dollars, seconds, lost = sums[6:]
        return cls(n, fills, lots, dollars, seconds, Conduct(n, units, completed, hung, lost))

    @property
    def per_hour(self) -> float:
        """Dollars a trader-hour; 0.0 where no time passed."""
        return self.dollars * 3600 / self.seconds if self.seconds > 0 else 0.0


def value_of(settings: AttemptSettings, lever: str) -> Any:
    """The value of one setting; "delay" is both its bounds."""
    if lever == "delay":
        return settings.delay_low_s, settings.delay_high_s
    return getattr(settings, lever)


def _others(settings: AttemptSettings, lever: str) -> tuple[Any, ...]:
    """All settings but one."""
    left_out = ("delay_low_s", "delay_high_s") if lever == "delay" else (lever,)
    return tuple(
        value
        for name, value in zip(settings._fields, settings, strict=True)
        if name not in left_out
    )


class LeverValues:
    """Settings by the value of one of them, each value a number.

    Args:
        lever: a field of AttemptSettings, or "delay" for both its bounds.
        settings: each once.

    Attributes:
        values: each once.
        number: of the value of each settings.
        others: a number for all but that value, equal where they are.
    """

    __slots__ = ("_numbers", "number", "others", "values")

    def __init__(self, lever: str, settings: Sequence[AttemptSettings]) -> None:
        self._numbers: dict[Hashable, int] = {}
        others: dict[Hashable, int] = {}
        self.number: Whole = np.array(
            [self._numbers.setdefault(value_of(s, lever), len(self._numbers)) for s in settings],
            np.int64,
        )
        self.others: Whole = np.array(
            [others.setdefault(_others(s, lever), len(others)) for s in settings], np.int64
        )
        self.values: list[Any] = list(self._numbers)

    def number_of(self, value: Hashable) -> int:
        """The number of a value; -1 where no settings have it."""
        return self._numbers.get(value, -1)
