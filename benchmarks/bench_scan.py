"""One scan of a chain, against tidy width-limited loops over every pair in the same run.

    python benchmarks/bench_scan.py

Prints the median time of a scan, the time of the loops and their ratio for chains of 50, 200 and
500 strikes and both rights, width <= 10 strikes, top 50, rule SAFE after fees; then the same with
the price gate, the first pair with its legs, and small chains, also without the contracts that may
be exercised early. Both sides must find the same net
credits, or it fails.
"""

from __future__ import annotations

import itertools
import math
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.market.chain import OptionChain
from engine.pricing.early_exercise import ExerciseTerms, assignable
from engine.pricing.leg_prices import unsold_too
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import Objective, PriceGate, ScanRules
from engine.pricing.scanner import Scanner

WIDTH, TOP, FEE = 10, 50, 0.0272
OBJECTIVES: tuple[Objective, Objective] = ("credit", "floor")


def chain_of(n: int) -> OptionChain:
    """Return n strikes one point apart, from half the spot to half above it, as listed chains are.

    Black-Scholes values; quotes 2 % wide and more, so that deep contracts have wide markets.
    """
    spot, deviation = float(n), 0.3 * math.sqrt(0.12)
    strikes = spot - n // 2 + np.arange(n, dtype=float)
    noise = np.random.default_rng(n)
    chain = OptionChain("XYZ", date(2026, 3, 20), strikes, underlying_price=spot)
    normal = statistics.NormalDist().cdf
    for column, strike in enumerate(strikes.tolist()):
        d1 = math.log(spot / strike) / deviation + deviation / 2
        call = spot * normal(d1) - strike * normal(d1 - deviation)
        for right, worth in enumerate((call, call - spot + strike)):
            half = 0.01 + 0.01 * worth + 0.03 * noise.random()
            chain.bid[right, column] = max(0.0, math.floor((worth - half) * 100) / 100)
            chain.ask[right, column] = math.ceil((worth + half) * 100) / 100
    return chain


def loops(chain: OptionChain, rules: ScanRules) -> list[float]:
    """Return the top net credits, or floors, by looping over every pair, width-limited."""
    tops: list[float] = []
    fee_c = rules.fee_per_share * 100
    by_floor = rules.objective == "floor"
    for right in range(2):
        turn = slice(None, None, -1 if right else 1)
        bids, asks = (side[right, turn].tolist() for side in (chain.bid, chain.ask))
        cheap = [
            round(35 * bid * 100 + 65 * ask * 100) for bid, ask in zip(bids, asks, strict=True)
        ]
        dear = [round(65 * bid * 100 + 35 * ask * 100) for bid, ask in zip(bids, asks, strict=True)]
        n = len(cheap)
        credits: list[list[tuple[int, int]]] = [[] for _ in range(n)]
        debits = []
        for inner in range(n):
            for outer in range(inner + 1, min(inner + WIDTH, n - 1) + 1):
                width = (outer - inner) * 100
                pay = (dear[inner] - cheap[outer]) // 100
                receive = -((dear[outer] - cheap[inner]) // 100)
                if 0 < pay < width and bids[outer] > 0:
                    debits.append((outer, width, pay))
                if 0 < receive < width and bids[inner] > 0:
                    credits[inner].append((receive, width))
        for short, width, pay in debits:
            best = -math.inf
            for near in range(short, n):
                for receive, wide in credits[near]:
                    net = receive - pay - fee_c
                    floor = net - (wide - width if wide > width else 0)
                    worth = floor if by_floor else net
                    if floor >= -1e-9 and worth > best:
                        best = worth
            if best > -math.inf:
                tops.append(best / 100)
    return sorted(tops, reverse=True)[: rules.top]


def median_us(work: Callable[[], object], repeats: int) -> float:
    """Return the median time of one call in microseconds."""
    times = []
    for _ in range(repeats):
        began = time.perf_counter_ns()
        work()
        times.append(time.perf_counter_ns() - began)
    return statistics.median(times) / 1000


def best_pair(scanner: Scanner, chain: OptionChain, rules: ScanRules) -> TwoPartOpportunity:
    """Return what a trader asks for before an attempt."""
    return scanner.scan(chain, rules).opportunity(0)


def unassignable(
    scanner: Scanner, chain: OptionChain, rules: ScanRules
) -> TwoPartOpportunity | None:
    """Return the same where contracts that may be exercised early are not sold; None for none."""
    blocked = unsold_too(None, assignable(chain, ExerciseTerms(), 30))
    result = scanner.scan(chain, rules, blocked_legs=blocked)
    return result.opportunity(0) if len(result) else None


def main() -> int:
    print("objective strikes   scan us   loops ms     ratio   gated us   first pair us")
    for n, objective in itertools.product((50, 200, 500), OBJECTIVES):
        rules = ScanRules(max_width=WIDTH, top=TOP, fee_per_share=FEE, objective=objective)
        gated = replace(rules, gate=PriceGate())
        chain = chain_of(n)
        scanner = Scanner(chain.strikes)
        began = time.perf_counter()
        slow = loops(chain, rules)
        loops_s = time.perf_counter() - began
        found = scanner.scan(chain, rules)
        if not np.allclose(found.floor if objective == "floor" else found.net, slow, atol=1e-7):
            print(f"{n} strikes, by {objective}: the scan and the loops disagree", file=sys.stderr)
            return 1
        scan_us = median_us(partial(scanner.scan, chain, rules), 2000)
        gate_us = median_us(partial(scanner.scan, chain, gated), 1000)
        result = scanner.scan(chain, rules)
        pair_us = median_us(partial(result.opportunity, 0), 1000)
        print(
            f"{objective:9} {n:7d} {scan_us:9.1f} {loops_s * 1e3:10.1f}"
            f" {loops_s * 1e6 / scan_us:9,.0f} {gate_us:10.1f} {pair_us:15.1f}"
        )
    for n, objective in itertools.product((20, 40, 200), OBJECTIVES):
        one = ScanRules(
            max_width=WIDTH, top=1, fee_per_share=FEE, gate=PriceGate(), objective=objective
        )
        chain = chain_of(n)
        scanner = Scanner(chain.strikes)
        us = median_us(partial(best_pair, scanner, chain, one), 2000)
        judged_us = median_us(partial(unassignable, scanner, chain, one), 2000)
        print(
            f"{n} strikes, gated, the best pair with its legs, by {objective}: {us:.1f} us,"
            f" without what may be exercised early {judged_us:.1f} us"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
