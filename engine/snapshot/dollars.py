"""Where guaranteed dollars come from, and what they tie up: concentration, capital times days."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

LEAST_TRADER_HOURS: Final = 1 / 60
"""Below a minute of open session nothing is divided by it."""


def dollars_an_hour_c(result_c: int, trader_hours: float) -> float | None:
    """Guaranteed cents for an hour of a trader; None where less than a minute counts."""
    return result_c / trader_hours if trader_hours >= LEAST_TRADER_HOURS else None


@dataclass(frozen=True, slots=True)
class Tied:
    """Sums over completed pairs that are held to expiration.

    Args:
        pairs: how many.
        floor_c: their payoff floors at filled prices after fees, cents.
        capital_c: the most that each asked of the account in its life, summed, cents.
        cent_days: that of each times its calendar days to expiration, summed.
    """

    pairs: int = 0
    floor_c: int = 0
    capital_c: int = 0
    cent_days: int = 0

    def plus(self, other: Tied, sign: int = 1) -> Tied:
        """Both together, or with sign -1 what is left without the other."""
        return Tied(
            self.pairs + sign * other.pairs,
            self.floor_c + sign * other.floor_c,
            self.capital_c + sign * other.capital_c,
            self.cent_days + sign * other.cent_days,
        )

    @property
    def dollar_days(self) -> float | None:
        """Dollars tied times days for each guaranteed dollar; None where the floor is not above 0.

        A desk that guarantees nothing, or a loss, has no price for its dollars.
        """
        return self.cent_days / self.floor_c if self.floor_c > 0 else None


NOTHING_TIED: Final = Tied()
"""No completed pair is held."""


@dataclass(frozen=True, slots=True)
class Concentration:
    """How much of what was gained comes from how few.

    Results can be negative, and shares of a sum that gains and losses nearly cancel say nothing.
    So shares are of the gains alone, the sum of the results above zero, and what the others lost
    is told beside. All figures are None where nobody gained.

    Args:
        gains_c, losses_c: sums of the results above and below zero, cents.
        gaining, losing: how many have such a result.
        best: whose result is the greatest; "" where nobody gained.
        share: of the best in the gains, 0 to 1.
        effective: 1 / sum of squared shares: as many with equal gains are as concentrated; from 1
            to `gaining`. The inverse of the Herfindahl-Hirschman index.
    """

    gains_c: int
    losses_c: int
    gaining: int
    losing: int
    best: str
    share: float | None
    effective: float | None

    @classmethod
    def of(cls, results_c: Mapping[str, int]) -> Concentration:
        """The concentration of results.

        Args:
            results_c: cents by name; ties are the first's.
        """
        gains = {name: result_c for name, result_c in results_c.items() if result_c > 0}
        losses = [result_c for result_c in results_c.values() if result_c < 0]
        total = sum(gains.values())
        best = max(gains, key=lambda name: gains[name], default="")
        squares = sum(result_c * result_c for result_c in gains.values())
        return cls(
            total,
            sum(losses),
            len(gains),
            len(losses),
            best,
            gains[best] / total if gains else None,
            total * total / squares if gains else None,
        )
