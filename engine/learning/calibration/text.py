"""A calibration for people: of what, what it says, and how it did on other attempts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Final

from engine.config import Calibration
from engine.learning.calibration.rates import CalibratedRates
from engine.learning.estimators import wilson

_Z95: Final = 1.96
_MANY: Final = 2
"""Tenths out of ten whose interval may miss the prediction by chance: one of two hundred fits has
more (binomial, 10 x 5 %, 1.2 %)."""


def missed(fit: Calibration) -> int:
    """Tenths of the held-out attempts whose 95 % interval does not hold what was predicted."""
    count = 0
    for n, predicted, observed in fit.held_out:
        low, high = wilson(observed * n, n)
        count += not low <= predicted <= high
    return count


def holds_out(fit: Calibration) -> bool:
    """Whether there were attempts that the fit never saw, and they filled as it predicted."""
    return bool(fit.held_out) and missed(fit) <= _MANY


def calibration_text(fit: Calibration, left_out: Mapping[str, int]) -> str:
    """The fit as lines.

    Args:
        fit: as fitted.
        left_out: attempts that nothing was learned from, by reason.
    """
    return "\n".join(_lines(fit, left_out))


def _lines(fit: Calibration, left_out: Mapping[str, int]) -> Iterator[str]:
    yield f"CALIBRATED FILL MODEL, {fit.told}"
    yield (
        f"{fit.fills:,} fills of {fit.attempts:,} attempts and {fit.credits:,} completing orders, "
        f"{fit.first_date} to {fit.last_date}"
    )
    if fit.simulated:
        yield (
            "SIMULATED: a model made these fills. The fit repeats that model and says nothing of a "
            "market."
        )
    for reason, count in left_out.items():
        yield f"left out: {count:,} attempts {reason}"
    unit = "quarter hours" if fit.block_s >= 900 else "minutes: too few quarter hours, thin"
    yield f"95 % intervals from {fit.blocks:,} blocks of time ({unit})"
    yield ""
    rates = CalibratedRates(fit)
    reference_c = next(width_c for width_c, factor in fit.by_width if factor == 1.0)
    yield f"chance to fill within {fit.held_out_s:g} s, one contract, quoted {reference_c:g}c wide"
    yield f"  below location {fit.by_location[0][0]:.2f} nothing fills: nobody tried"
    for place, _ in fit.by_location:
        rate = rates.at(place, reference_c, 1, "", completes=False)
        error = fit.errors.get(f"location {place:g}", math.inf)
        low, chance, high = (
            rates.within(rate * factor, fit.held_out_s)
            for factor in (_times(-error), 1.0, _times(error))
        )
        yield f"  location {place:5.2f}  {chance:6.1%}  [{low:.1%}, {high:.1%}]"
    yield "factors on the rate"
    for width_c, factor in fit.by_width:
        yield _factor(f"quoted {width_c:g}c", factor, fit.errors.get(f"width {width_c:g}"))
    for phase, factor in fit.by_phase.items():
        yield _factor(phase, factor, fit.errors.get(phase))
    if "size" in fit.errors:
        yield _factor("two contracts", 2**fit.size_power, fit.errors["size"] * math.log(2))
    if "credit" in fit.errors:
        yield _factor("completing orders", fit.credit_factor, fit.errors["credit"])
    began_s = 0.0
    for until_s, factor in fit.by_wait:
        yield _factor(f"{began_s:g} to {until_s:g} s of waiting", factor, None)
        began_s = until_s
    yield ""
    if not fit.held_out:
        yield "NOT CHECKED: all attempts lie within a few minutes; fit to longer runs"
        return
    yield f"HELD OUT: every fifth block, by a fit without them; filled within {fit.held_out_s:g} s"
    yield "  attempts  predicted  observed"
    for n, predicted, observed in fit.held_out:
        low, high = wilson(observed * n, n)
        sign = "" if low <= predicted <= high else "  missed"
        yield f"  {n:8,}  {predicted:9.1%}  {observed:8.1%}  [{low:.1%}, {high:.1%}]{sign}"
    verdict = "as predicted" if holds_out(fit) else "NOT as predicted: do not rely on this model"
    yield f"{missed(fit)} of {len(fit.held_out)} tenths miss the prediction: they filled {verdict}"


def _times(error: float) -> float:
    return math.exp(min(_Z95 * error, 50.0))


def _factor(name: str, factor: float, error: float | None) -> str:
    if error is None:
        return f"  {name:<24}  x {factor:.2f}"
    low, high = factor * _times(-error), factor * _times(error)
    return f"  {name:<24}  x {factor:.2f}  [{low:.2f}, {high:.2f}]"
