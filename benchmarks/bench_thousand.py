"""The screen on a real desk of many traders: its CPU a beat and a key, beside the engine's.

    python benchmarks/bench_thousand.py [traders ...] [--seconds 20] [--profile]

A simulated desk trades at the speed of time, its engine in threads of its own, and the app draws
its snapshots at 200x60 without a terminal. Figures are CPU time of the screen's thread, which a
busy machine does not lengthen as it does clock time: what a beat and a key cost, alone and with
the traders in groups, and what both come to in per cent of a core at four beats and five keys a
second. The baseline, in the same run, is the same desk with 15 traders.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import sys
import time
from collections.abc import Callable
from datetime import time as time_of_day
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.config import DeskConfig, ScreenSettings, SimulationSettings  # noqa: E402
from engine.desk.opening import DeskPlan, open_desk  # noqa: E402
from tui.app import DeskApp  # noqa: E402
from tui.bridge import Bridge  # noqa: E402

BEAT_S = ScreenSettings().refresh_s
SIZE = (200, 60)
KEYS_A_SECOND = 5
PAINTED_S = 0.03
"""Seconds in which what a key changed reaches the terminal."""
EXPIRATIONS = 10


def config_of(traders: int) -> DeskConfig:
    """A desk of so many chains, ten of each symbol where there are as many."""
    each = min(EXPIRATIONS, max(1, traders // 5))
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    symbols = [f"{a}{b}" for a in letters for b in letters][: traders // each]
    settings = {"seed": 7, "symbols": symbols, "expirations_per_symbol": each}
    return DeskConfig(simulation=SimulationSettings.model_validate(settings))


def quantiles(samples: list[float]) -> str:
    """Median and 99th percentile, milliseconds."""
    ordered = sorted(samples)
    last = len(ordered) - 1
    return f"{1e3 * ordered[len(ordered) // 2]:7.1f} {1e3 * ordered[int(0.99 * last)]:7.1f}"


async def measure(traders: int, seconds: float, profile: bool) -> float:
    """Print a desk's lines; return the median of a beat in seconds."""
    config = config_of(traders)
    plan = DeskPlan(in_memory=True, speed=1.0, start=time_of_day(11, 0))
    desk = open_desk(config, plan)
    app = DeskApp(Bridge(desk), config, environment={}, beat=False)
    desk.start()
    beats: list[float] = []
    async with app.run_test(size=SIZE) as pilot:

        async def beat_for(how_long: float) -> list[float]:
            took = []
            ends = time.monotonic() + how_long
            while time.monotonic() < ends:
                began = time.thread_time()
                app.look()
                await asyncio.sleep(BEAT_S)  # what changed reaches the terminal meanwhile
                took.append(time.thread_time() - began)
            return took

        async def press(action: str, times: int) -> list[float]:
            took = []
            for _ in range(times):
                began = time.thread_time()
                app.action_do(action)
                await asyncio.sleep(PAINTED_S)
                took.append(time.thread_time() - began)
            return took

        await beat_for(seconds / 4)
        for name, key in (("alone", ""), ("in groups", "O")):
            if key:
                await pilot.press(key)
            watch = cProfile.Profile() if profile else None
            whole, began = time.process_time(), time.monotonic()
            if watch:
                watch.enable()
            beats = await beat_for(seconds)
            share = (time.process_time() - whole) / (time.monotonic() - began)
            keys = await press("down", 30) + await press("above", 30)
            if watch:
                watch.disable()
                pstats.Stats(watch).sort_stats("cumtime").print_stats(40)
            beat, press_s = sum(beats) / len(beats), sum(keys) / len(keys)
            screen = 100 * (beat / BEAT_S + press_s * KEYS_A_SECOND)
            print(
                f"{traders:>7,} {name:<10} beat {quantiles(beats)}  key {quantiles(keys)}  "
                f"screen {screen:5.1f} %  all of it {100 * share:5.1f} %"
            )
        for name, act in (
            ("sort", lambda: app.action_do("sort")),
            ("filter", lambda: _filter(app, "a")),
            ("no filter", lambda: _filter(app, "")),
        ):
            print(f"{traders:>7,} {name:<10} {quantiles([_took(act) for _ in range(7)])}")
    desk.stop(drain=False)
    return sorted(beats)[len(beats) // 2]


def _filter(app: DeskApp, words: str) -> None:
    app.state.choices("traders").filter_by(words)
    app.repaint()


def _took(act: Callable[[], None]) -> float:
    began = time.thread_time()
    act()
    return time.thread_time() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("traders", type=int, nargs="*", default=[15, 100, 1000])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--profile", action="store_true")
    options = parser.parse_args()
    print("traders             CPU ms, p50 and p99")
    base = None
    for traders in options.traders:
        beat = asyncio.run(measure(traders, options.seconds, options.profile))
        base = base or beat
        print(f"{traders:>7,} a beat against the first desk's: {beat / base:.1f} x")
    print("targets at 1,000: key to paint p99 <= 30 ms, screen <= 15 % of a core at 1x")


if __name__ == "__main__":
    main()
