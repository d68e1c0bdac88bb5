"""How often PROMISING is said of what is not, and of what is: whole days drawn by chance.

    python benchmarks/bench_promising.py [--days 300] [--attempts 1400] [--seed 1]

For each situation without an effect the share of days on which any look called an arm, or an hour
to leave out, promising: at most 10 % is wanted. Below, planted effects and how often they are
found.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tests.support.desk_days import CHAINS, NULL, PLANTED, day_of, size_with_equal_lots
from tests.support.promising_days import promising_arm, promising_hours


def main() -> int:
    parser = argparse.ArgumentParser(description="Rates of PROMISING over simulated days.")
    parser.add_argument("--days", type=int, default=300)
    parser.add_argument("--attempts", type=int, default=1400, help="of each trader a day")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    began = time.perf_counter()
    print(f"{options.days} days, {options.attempts} attempts a trader: % of days with a PROMISING")
    print(f"{'':36} {'one trader':>20} {'nine traders':>20}")
    print(f"{'situation':36} " + f"{'arm':>6} {'size':>6} {'hour':>6} " * 2)
    worst = 0.0
    for number, (name, situation) in enumerate({**NULL, **PLANTED}.items()):
        shares: list[float] = []
        for chains in (1, CHAINS):
            rng = np.random.default_rng([options.seed, number, chains])
            found = np.zeros(3)
            for _ in range(options.days):
                day = day_of(rng, situation, chains, options.attempts)
                sized = day_of(rng, size_with_equal_lots(situation), chains, options.attempts)
                found += promising_arm(day), promising_arm(sized), bool(promising_hours(day))
            shares += (found / options.days * 100).tolist()
        print(f"{name:36} " + " ".join(f"{share:6.1f}" for share in shares), flush=True)
        if name in NULL:
            worst = max(worst, *shares)
    print(f"highest without an effect: {worst:.1f} %; {time.perf_counter() - began:.0f} s")
    return int(worst > 10)


if __name__ == "__main__":
    sys.exit(main())
