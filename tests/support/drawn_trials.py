"""Trials drawn at once: pairs of blocks of attempts whose dollars are heavy-tailed and in spells."""

from __future__ import annotations

import numpy as np

from engine.learning.trials.ends import TrialBlock

SECONDS = 12.0
"""An attempt with its delay."""

FILLS = 0.25
LOT_DOLLARS = 10.0


def attempt_deviation() -> float:
    """Standard deviation of the dollars of one attempt, without spells."""
    mean = FILLS * LOT_DOLLARS
    square = FILLS * LOT_DOLLARS**2 * np.exp(0.8**2)
    return float(np.sqrt(square - mean**2))


def drawn_trial(
    rng: np.random.Generator,
    pairs: int,
    gain: float = 0.0,
    *,
    block: int = 20,
    spells: bool = True,
    pareto: bool = False,
) -> list[TrialBlock]:
    """The blocks of one trial; where `gain` is 0 the arms do not differ.

    Args:
        rng: draws everything, the order of the arms included.
        pairs: of blocks.
        gain: how much more one arm makes, 0.1 for a tenth.
        block: attempts of a block.
        spells: stretches of 60 attempts fill 5 or 45 %, at random; else every attempt a quarter.
        pareto: dollars of what fills have no variance (Pareto, index 1.5); else they are
            log-normal.
    """
    n = 2 * pairs * block
    chance = np.full(n, FILLS)
    if spells:
        chance = np.repeat(rng.choice((0.05, 0.45), n // 60 + 1), 60)[:n]
    drawn = rng.pareto(1.5, n) / 2 if pareto else rng.lognormal(-0.32, 0.8, n)
    dollars = np.where(rng.random(n) < chance, drawn * LOT_DOLLARS, 0.0)
    sums = dollars.reshape(2 * pairs, block).sum(axis=1)
    firsts = rng.random(pairs) < 0.5
    order = [bool(each) for first in firsts for each in (first, not first)]
    return [
        TrialBlock(number // 2, after, float(total) * (1 + gain * after), block * SECONDS)
        for number, (after, total) in enumerate(zip(order, sums, strict=True))
    ]
