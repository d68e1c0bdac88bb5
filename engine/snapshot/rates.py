"""A rate with its interval."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RateView:
    """k successes of n with the 95 % Wilson interval; low and high are None where n is 0."""

    label: str
    k: int
    n: int
    low: float | None
    high: float | None
    lots_per_attempt: float | None = None
    dollars_per_hour: float | None = None
