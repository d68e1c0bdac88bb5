"""What a dollar of payoff floor comes to that pairs promise more: what fills so far made of it.

A pair promises its floor at limit prices. Its credit may complete for less, in part, or not at all,
and pairs that promise more may lose more of it; so what another choice of pairs would promise is
not what it would make.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Final, NamedTuple

import numpy as np

from engine.learning.estimators import ERROR, Z95, Difference
from engine.learning.evidence.contrasts import over_blocks

BELIEVED: Final = 1.0
BELIEVED_DEVIATION: Final = 0.25
"""Before fills tell: the whole dollar, give or take how far days of the simulated exchange lay from
that (docs/studies/README.md)."""

LEAST_BLOCKS: Final = 4
"""Quarter hours below which their scatter tells nothing of an error."""


class PromisedSums(NamedTuple):
    """Fills of one block, trader and settings: dollars promised at limit, and dollars made.

    Args:
        block: of time.
        fills: how many.
        promised, made: sums of both.
        promised2, both: sums of the squares of what was promised, and of the products.
    """

    block: Hashable
    fills: float
    promised: float
    made: float
    promised2: float
    both: float


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


def realised(fills: Iterable[PromisedSums]) -> Realised:
    """The slope of dollars made by dollars promised, drawn towards what was believed before.

    Fills are compared within a block, trader and settings, so that a better hour or chain says
    nothing. How far the blocks' own slopes scatter gives the error.

    Source: the pooled within-group slope, with the ratio estimator of cluster sampling; the
    posterior mean of a normal slope.

    Args:
        fills: of attempts whose pairs were chosen as they are now.
    """
    blocks: dict[Hashable, list[float]] = {}
    for each in fills:
        if each.fills > 1:
            found = blocks.setdefault(each.block, [0.0, 0.0])
            found[0] += each.both - each.promised * each.made / each.fills
            found[1] += max(0.0, each.promised2 - each.promised**2 / each.fills)
    sums = np.array([found for found in blocks.values() if found[1] > 0]).reshape(-1, 2)
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
