"""The rate at which a calibrated model fills: one formula for check and exchange."""

from __future__ import annotations

import math

from engine.config import Calibration

Pairs = tuple[tuple[float, float], ...]


class CalibratedRates:
    """Fills per second by location, quoted width, size, phase and time waited.

    Args:
        fit: what was fitted.
    """

    def __init__(self, fit: Calibration) -> None:
        self._fit = fit
        self._widths = tuple((math.log(width_c), factor) for width_c, factor in fit.by_width)
        self._phases = {str(phase): factor for phase, factor in fit.by_phase.items()}
        self._pieces = fit.by_wait

    def at(
        self, location: float, width_c: float, quantity: int, phase: str, *, completes: bool
    ) -> float:
        """Fills per second, before the factor of the time waited.

        Args:
            location: of the limit: 0 joins our side of the market, 1 crosses.
            width_c: bid to ask of the order's vertical, cents a share.
            quantity: contracts.
            phase: of the trading day; one that was never seen counts as the reference.
            completes: whether it is a credit that completes a debit.
        """
        fit = self._fit
        if location < fit.by_location[0][0]:
            return 0.0
        rate = _between(fit.by_location, location) * self._phases.get(phase, 1.0)
        rate *= _between(self._widths, math.log(width_c))
        rate *= math.pow(quantity, fit.size_power)
        return rate * fit.credit_factor if completes else rate

    def of_wait(self, waited_s: float) -> tuple[float, float]:
        """The factor after so many seconds of working, and the second until which it holds."""
        for until_s, factor in self._pieces[:-1]:
            if waited_s < until_s:
                return factor, until_s
        return self._pieces[-1][1], math.inf

    def within(self, rate: float, seconds: float) -> float:
        """The chance to fill within so many seconds of working.

        Args:
            rate: of `at`.
            seconds: from WORKING.
        """
        total = began_s = 0.0
        while began_s < seconds:
            factor, until_s = self.of_wait(began_s)
            ends_s = min(until_s, seconds)
            total += rate * factor * (ends_s - began_s)
            began_s = ends_s
        return -math.expm1(-total)


def _between(pairs: Pairs, at: float) -> float:
    """The value at a place, its logarithm linear between the pairs, as at the ends beyond them."""
    low, value = pairs[0]
    for high, above in pairs[1:]:
        if at < high:
            if at <= low or min(value, above) <= 0.0:
                return value
            return value * math.pow(above / value, (at - low) / (high - low))
        low, value = high, above
    return value
