"""Trials of what changes nothing, and of what does: how they end, and how long they take.

    python benchmarks/bench_trials.py [--trials 400] [--seed 1]

Dollars are heavy-tailed and come in spells. The first table says how many placebos are kept, with
the upper end of their 95 % interval: at most 7 % is wanted. The second says how long a verdict
takes.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.learning.estimators import wilson
from engine.learning.trials.calibration import shrunk
from engine.learning.trials.ends import End, state_of
from engine.learning.trials.plan import TrialPlan, pair_deviation, planned, trial_length
from tests.support.drawn_trials import (
    FILLS,
    LOT_DOLLARS,
    SECONDS,
    attempt_deviation,
    drawn_trial,
)

HOURLY = FILLS * LOT_DOLLARS * 3600 / SECONDS
"""Dollars a trader-hour of the drawn trials."""

ERROR = 0.05


def plan_for(gain: float, block: int) -> tuple[TrialPlan, float]:
    """A plan for a gain, and the deviation of a pair that it was made with."""
    spells = 0.2 * LOT_DOLLARS * min(1.0, 60 / block) ** 0.5 if block > 1 else 0.0
    deviation = pair_deviation(attempt_deviation(), block, spells) * 3600 / SECONDS
    plan = planned(
        gain * HOURLY, deviation, ERROR, block, rate=HOURLY, block_seconds=block * SECONDS
    )
    return plan, deviation


def placebos(trials: int, rng: np.random.Generator) -> float:
    print(f"{trials} placebos each, error {ERROR:.0%}: ends in %, and KEPT's upper bound")
    print(f"{'dollars':34} {'pairs':>6} {'kept':>6} {'bound':>6} {'reverted':>9} {'no diff.':>9}")
    worst = 0.0
    for name, block, pairs, options in (
        ("log-normal, independent", 20, 120, {"spells": False}),
        ("log-normal, spells", 20, 120, {}),
        ("Pareto 1.5, spells", 20, 120, {"pareto": True}),
        ("log-normal, spells, blocks of 60", 60, 120, {}),
        ("log-normal, spells, coin an attempt", 1, 1200, {}),
        ("Pareto 1.5, spells, coin an attempt", 1, 1200, {"pareto": True}),
    ):
        plan = replace(plan_for(0.5, block)[0], smallest=0.01 * HOURLY, most_pairs=pairs)
        ends = Counter(
            state_of(plan, drawn_trial(rng, pairs, block=block, **options), 0.0).end
            for _ in range(trials)
        )
        bound = wilson(ends[End.KEPT], trials)[1] * 100
        worst = max(worst, bound)
        shares = [ends[end] / trials * 100 for end in (End.REVERTED, End.NO_DIFFERENCE)]
        print(
            f"{name:34} {pairs:6d} {ends[End.KEPT] / trials * 100:6.1f} {bound:6.1f}"
            f" {shares[0]:9.1f} {shares[1]:9.1f}",
            flush=True,
        )
    return worst


def lengths(rng: np.random.Generator) -> None:
    print("\nattempts until four of five have a verdict, sessions of 200 and of 4,000 attempts")
    columns = ((1, False), (20, False), (1, True), (20, True), (60, True))
    heads = (
        f"{'coin' if block == 1 else block}{', spells' if spells else ''}"
        for block, spells in columns
    )
    print(f"{'gain':>6} " + " ".join(f"{head:>20}" for head in heads))
    deviations = [_deviation(rng, block, spells) for block, spells in columns]
    for gain in (0.1, 0.2, 0.5):
        cells = []
        for (block, _), deviation in zip(columns, deviations, strict=True):
            few, many = (
                trial_length(gain * HOURLY, deviation, ERROR, block, a_session)
                for a_session in (200, 4000)
            )
            cells.append(f"{few.attempts:8,d} {few.sessions:5d} {many.sessions:5d}")
        print(f"{gain:6.0%} " + " ".join(f"{cell:>20}" for cell in cells), flush=True)


def _deviation(rng: np.random.Generator, block: int, spells: bool) -> float:
    """The deviation of a pair's difference, from 120,000 attempts."""
    blocks = drawn_trial(rng, 60_000 // block, block=block, spells=spells)
    sides = [(block.dollars, block.after) for block in blocks]
    gaps = [
        (one - two) * (1 if after else -1)
        for (one, after), (two, _) in zip(sides[::2], sides[1::2], strict=True)
    ]
    return float(np.std(gaps)) * 3600 / (block * SECONDS)


def found(trials: int, rng: np.random.Generator) -> None:
    print(
        "\nends of trials with an effect, blocks of 20, no spells, smallest gain 5 %; effect read"
    )
    print(f"{'gain':>6} {'kept %':>7} {'pairs':>7} {'read':>7} {'shrunk':>7}")
    for gain in (0.05, 0.2, 0.5):
        plan, _ = plan_for(max(gain, 0.2), 20)
        plan = replace(plan, smallest=0.05 * HOURLY, most_pairs=300)
        states = [
            state_of(plan, drawn_trial(rng, 300, gain, spells=False), 0.0) for _ in range(trials)
        ]
        kept = [state for state in states if state.end is End.KEPT]
        read = [state.estimate / HOURLY for state in kept]
        back = [
            shrunk(state.estimate, state.standard_error, 0.2 * HOURLY)[0] / HOURLY for state in kept
        ]
        print(
            f"{gain:6.0%} {len(kept) / trials * 100:7.1f}"
            f" {np.mean([s.pairs for s in kept] or [0]):7.0f}"
            f" {np.mean(read or [0]):7.0%} {np.mean(back or [0]):7.0%}",
            flush=True,
        )


def main() -> int:
    parser = argparse.ArgumentParser(description="Ends and lengths of drawn trials.")
    parser.add_argument("--trials", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    rng = np.random.default_rng(options.seed)
    worst = placebos(options.trials, rng)
    lengths(rng)
    found(min(options.trials, 200), rng)
    print(f"highest upper bound of KEPT: {worst:.1f} %; {time.perf_counter() - began:.0f} s")
    return int(worst > 7)


if __name__ == "__main__":
    sys.exit(main())
