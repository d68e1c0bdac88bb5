"""A simulated day of 100 traders, against a bare exchange in the same run.

    python benchmarks/bench_day.py [--minutes 12] [--full] [--seed 7]

An attempt here is everything the desk does for one debit: quotes, scan, risk gates, order,
acknowledgement, cancel, journal, fold, and the snapshots painted meanwhile. `crossing` fills
practically nothing: the pure cost of an attempt. Under `assumed` every third attempt fills and its
credit is worked up the ladder; in the demo, under `assumed-width`, every fifth. CPU time of the
process, the best of five equal parts; `--full` runs 6.5 hours and prints what the whole day took.

The baseline is a bare pure-Python exchange with traders on a virtual clock: a heap, orders,
acknowledgements, fills by chance, cancels, counts; no chain, no scan, no gates, no journal.
"""

from __future__ import annotations

import argparse
import heapq
import math
import random
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from engine.config import DeskConfig, FillRatePause, SimulationSettings
from engine.desk.opening import DeskPlan, open_desk

ROOTS = ("AAPL", "MSFT", "NVDA", "AMZN", "SPY", "QQQ", "GOOGL", "TSLA", "AMD", "NFLX")
TRADERS = 100
DAY_S = 23_400.0
DAY_ATTEMPTS = 200_000
TARGET_US = 80.0
PARTS = 5


class Order:
    """An order of the bare exchange."""

    __slots__ = ("limit", "name", "state", "trader", "working_s")

    def __init__(self, name: str, trader: BareTrader, limit: float) -> None:
        self.name, self.trader, self.limit = name, trader, limit
        self.state, self.working_s = "sent", 0.0


class BareExchange:
    """Acknowledges, fills by chance, cancels; tells the trader of each."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.heap: list[tuple[float, int, Callable[[float, Any], None], Any]] = []
        self.count = 0
        self.orders: dict[str, Order] = {}

    def at(self, due_s: float, call: Callable[[float, Any], None], argument: Any) -> None:
        """Call at a virtual second."""
        self.count += 1
        heapq.heappush(self.heap, (due_s, self.count, call, argument))

    def submit(self, order: Order, now_s: float) -> None:
        """Take an order."""
        self.orders[order.name] = order
        self.at(now_s + self.rng.lognormvariate(-3.2, 0.4), self._acknowledge, order)

    def cancel(self, order: Order, now_s: float) -> None:
        """Take a cancel."""
        self.at(now_s + self.rng.lognormvariate(-3.1, 0.4), self._cancelled, order)

    def _acknowledge(self, now_s: float, order: Order) -> None:
        order.state, order.working_s = "working", now_s
        order.trader.told(now_s, order, "working")
        wait_s = self.rng.expovariate(0.2)
        if wait_s < 2.5:
            self.at(now_s + wait_s, self._filled, order)

    def _filled(self, now_s: float, order: Order) -> None:
        if order.state == "working":
            order.state = "filled"
            del self.orders[order.name]
            order.trader.told(now_s, order, "filled")

    def _cancelled(self, now_s: float, order: Order) -> None:
        if order.state == "working":
            order.state = "cancelled"
            del self.orders[order.name]
            order.trader.told(now_s, order, "cancelled")


class BareTrader:
    """Waits, sends one order, cancels it after 2.5 s, counts."""

    def __init__(self, number: int, exchange: BareExchange) -> None:
        self.number, self.exchange = number, exchange
        self.attempts = self.fills = 0
        self._plan(0.0)

    def _plan(self, now_s: float) -> None:
        rng = self.exchange.rng
        wait_s = rng.uniform(3, 15) * (1 + 0.3 * (rng.random() - 0.5))
        self.exchange.at(now_s + max(3.0, wait_s), self._try, None)

    def _try(self, now_s: float, _: None) -> None:
        limit = round(self.exchange.rng.uniform(0.2, 4.0), 2)
        name = f"S0-{self.number}-{self.attempts}D1"
        self.exchange.submit(Order(name, self, limit), now_s)

    def _time_out(self, now_s: float, order: Order) -> None:
        if order.state == "working":
            self.exchange.cancel(order, now_s)

    def told(self, now_s: float, order: Order, word: str) -> None:
        """Hear of an order."""
        if word == "working":
            self.exchange.at(now_s + 2.5, self._time_out, order)
            return
        self.attempts += 1
        self.fills += word == "filled"
        self._plan(now_s)


def bare_day_us(seconds: float, seed: int) -> float:
    """Return CPU microseconds an attempt of the bare exchange and its traders.

    Args:
        seconds: of virtual time.
        seed: of everything that is chance.
    """
    exchange = BareExchange(seed)
    traders = [BareTrader(number, exchange) for number in range(TRADERS)]
    heap = exchange.heap
    began = time.process_time()
    while heap[0][0] < seconds:
        due_s, _, call, argument = heapq.heappop(heap)
        call(due_s, argument)
    cpu_s = time.process_time() - began
    return cpu_s / sum(trader.attempts for trader in traders) * 1e6


class DayRun:
    """One desk of 100 traders, run in parts.

    Args:
        model: the fill model, "crossing" or "assumed".
        seed: of the simulation.
    """

    def __init__(self, model: str, seed: int) -> None:
        began = time.process_time()
        # Without fills every trader would sit out the pause for few fills most of the day.
        pause = FillRatePause(min_fill_rate=0.0) if model == "crossing" else FillRatePause()
        config = DeskConfig(
            fill_rate=pause,
            simulation=SimulationSettings.model_validate(
                {
                    "seed": seed,
                    "symbols": ROOTS,
                    "expirations_per_symbol": TRADERS // len(ROOTS),
                    "fill_model": model,
                }
            ),
        )
        self.executor = open_desk(config, DeskPlan(in_memory=True, speed=math.inf)).executor
        self.opens_s = self.executor.pace.clock.now_s()
        self.executor.begin()
        # Chains are built when they are first asked for.
        self.executor.scheduler.run_until(self.opens_s + 60.0)
        self.set_up_s = time.process_time() - began

    @property
    def attempts(self) -> int:
        """Attempts that have ended."""
        return self.executor.context.state.attempts.attempts

    @property
    def fills(self) -> int:
        """Attempts with a fill."""
        return self.executor.context.state.attempts.fills

    def run(self, end_s: float) -> tuple[float, float]:
        """Run to `end_s` after the open; CPU microseconds an attempt, of all and of the best part.

        Args:
            end_s: seconds after the open.
        """
        first, cpu_s, best = self.attempts, 0.0, math.inf
        for part in range(1, PARTS + 1):
            before, began = self.attempts, time.process_time()
            self.executor.scheduler.run_until(self.opens_s + 60.0 + (end_s - 60.0) * part / PARTS)
            took_s = time.process_time() - began
            cpu_s += took_s
            best = min(best, took_s / max(1, self.attempts - before))
        return cpu_s / max(1, self.attempts - first) * 1e6, best * 1e6


def main() -> int:
    parser = argparse.ArgumentParser(description="A simulated day of 100 traders.")
    parser.add_argument("--minutes", type=float, default=12.0, help="virtual minutes to run")
    parser.add_argument("--full", action="store_true", help="run the whole 6.5 hours")
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    end_s = DAY_S if options.full else options.minutes * 60.0
    bare_us = min(bare_day_us(1200.0, options.seed) for _ in range(5))
    print(f"bare exchange and traders: {bare_us:.1f} us an attempt (the baseline)")
    print("model      attempts   fills   us/attempt   best part   ratio   day of 200,000   set-up")
    for model in ("crossing", "assumed"):
        day = DayRun(model, options.seed)
        mean_us, best_us = day.run(end_s)
        whole_s = day.set_up_s + DAY_ATTEMPTS * mean_us / 1e6
        print(
            f"{model:9s} {day.attempts:9d} {day.fills:7d} {mean_us:12.1f} {best_us:11.1f}"
            f" {best_us / bare_us:6.1f}x {whole_s:13.1f} s {day.set_up_s:6.1f} s"
        )
        if options.full:
            cpu_s = day.set_up_s + mean_us * day.attempts / 1e6
            print(f"           the whole day: {day.attempts} attempts in {cpu_s:.1f} s of CPU")
    print(f"target: {TARGET_US:.0f} us an attempt on a quiet core, a day in 20 s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
