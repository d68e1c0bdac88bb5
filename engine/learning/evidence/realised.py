"""What a dollar of payoff floor comes to that pairs promise more: what fills so far made of it.

A pair promises its floor at limit prices. Its credit may complete for less, in part, or not at all,
and pairs that promise more may lose more of it; so what another choice of pairs would promise is
not what it would make.
"""

from __future__ import annotations

from typing import Final, NamedTuple

import numpy as np

from engine.learning.estimators import ERROR, Z95, Difference
from engine.learning.evidence.cells import Bools, Floats, Whole, numbered, summed
from engine.learning.evidence.contrasts import over_blocks

BELIEVED: Final = 1.0
BELIEVED_DEVIATION: Final = 0.25
"""Before fills tell: the whole dollar, give or take how far days of the simulated exchange lay from
that (docs/studies/README.md)."""

LEAST_BLOCKS: Final = 4
"""Quarter hours below which their scatter tells nothing of an error."""


class PromisedSums(NamedTuple):
    """Fills by block, trader and settings: dollars promised at limit, and dollars made.

    Args:
        block: of time, a number of its own for each; of these three, one an entry.
        fills: how many.
        promised, made: sums of both.
        promised2, both: sums of the squares of what was promised, and of the products.
    """

    block: Whole
    fills: Floats
    promised: Floats
    made: Floats
    promised2: Floats
    both: Floats

    def where(self, chosen: Bools) -> PromisedSums:
        """The entries chosen."""
        return PromisedSums(
            self.block[chosen],
            self.fills[chosen],
            self.promised[chosen],
            self.made[chosen],
            self.promised2[chosen],
            self.both[chosen],
        )


class Realised(NamedTuple):
    """What a dollar promised more comes to.

    Args:
        share: dollars.
        deviation: standard deviation of what is believed of it.
    """

    share: float
    deviation: float

    def of(self, gain: Difference, z: float = Z95) -> Difference:
        """A gain in promised dollars as dollars to be made.

        Args:
            gain: with its interval.
            z: normal quantile of that interval's error.
        """
        effect = gain.effect * self.share
        half = (gain.high - gain.low) / 2 * abs(self.share)
        reach = float(np.hypot(half, z * gain.effect * self.deviation))
        return Difference(effect, effect - reach, effect + reach)


def realised(fills: PromisedSums) -> Realised:
    """The slope of dollars made by dollars promised, drawn towards what was believed before.

    Fills are compared within a block, trader and settings, so that a better hour or chain says
    nothing. How far the blocks' own slopes scatter gives the error.

    Source: the pooled within-group slope, with the ratio estimator of cluster sampling; the
    posterior mean of a normal slope.

    Args:
        fills: of attempts whose pairs were chosen as they are now.
    """
    several = fills.where(fills.fills > 1)
    block, first = numbered(several.block)
    both = several.both - several.promised * several.made / several.fills
    squares = np.maximum(0.0, several.promised2 - several.promised**2 / several.fills)
    sums = np.array([summed(part, block, len(first)) for part in (both, squares)]).T
    sums = sums[sums[:, 1] > 0]
    slope = over_blocks(sums[:, 0], sums[:, 1], ERROR).difference
    if slope is None or len(sums) < LEAST_BLOCKS:
        return Realised(BELIEVED, BELIEVED_DEVIATION)
    known = BELIEVED_DEVIATION**-2
    error = (slope.high - slope.low) / 2 / Z95
    if not error > 0:
        return Realised(slope.effect, 0.0)
    told = error**-2
    share = (known * BELIEVED + told * slope.effect) / (known + told)
    return Realised(share, (known + told) ** -0.5)
