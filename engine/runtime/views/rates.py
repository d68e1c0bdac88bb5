"""Fill rates of a fold as views with their intervals."""

from __future__ import annotations

from engine.learning.estimators import ArmTally, wilson
from engine.snapshot import RateView
from engine.state.statistics import Rates


def rate_view(label: str, k: int, n: int, per_attempt: float | None = None) -> RateView:
    """k of n with the 95 % Wilson interval; per_attempt is contracts filled an attempt."""
    low, high = wilson(k, n) if n else (None, None)
    return RateView(label, k, n, low, high, per_attempt)


def _view(label: str, totals: ArmTally) -> RateView:
    return rate_view(label, totals.k, totals.n, totals.lots_per_attempt if totals.n else None)


def size_rates(rates: Rates) -> tuple[RateView, ...]:
    """By order size, ascending."""
    return tuple(
        _view(f"{size} lot" if size == 1 else f"{size} lots", totals)
        for size, totals in rates.by_size().items()
    )


def hour_rates(rates: Rates) -> tuple[RateView, ...]:
    """By exchange hour, ascending."""
    return tuple(_view(f"{hour:02d}h", totals) for hour, totals in rates.by_hour().items())


def delay_rates(rates: Rates) -> tuple[RateView, ...]:
    """By delay category, short first."""
    return tuple(_view(delay, totals) for delay, totals in rates.by_delay().items())
