"""What 1,000 and 5,000 traders cost in real time, and how fast they stop.

    python benchmarks/bench_scheduler.py [--seconds 5]

Rows: the scheduler alone (a heap of wake-ups at the traders' cadence, 3 to 15 s); the desk with a
broker that acknowledges and never fills, every trader trying at that cadence (quotes that stand
still, scan, gates, journal, fold, snapshots); and a thread for each trader that sleeps, 200 of
them, CPU scaled up. Printed: CPU of one core, lateness of wake-ups, and the time from a stop or
a kill to the last thing it had to do (for the desk: from the second kill to the last cancel sent).
Sleeping threads stop when the last one wakes.

The UI's timer: how late a 10 ms timer of another thread is while the desk simulates at 500 x.
"""

from __future__ import annotations

import argparse
import math
import random
import sys
import threading
import time
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.bench_scan import chain_of
from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.protocol import ReportSink
from engine.commands import Ask, Command
from engine.config import DeskConfig, SimulationSettings
from engine.desk.opening import DeskPlan, open_desk
from engine.market.chain import OptionChain
from engine.market.clock import SystemClock
from engine.orders.types import OrderReport, OrderRequest, ReportKind
from engine.runtime.pace import RealPace
from engine.runtime.scheduler import Scheduler

DAY = date(2026, 11, 20)
STARTS = datetime(2026, 11, 20, 11, 0, tzinfo=ZoneInfo("America/New_York")).timestamp()
THREADS = 200
SLOWEST_S = 15.0


class MiddayClock:
    """The machine's clock, with a wall clock that began at 11:00 of a session."""

    def __init__(self) -> None:
        self._from_s = time.monotonic()

    def now_s(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC, had the session begun as said."""
        return STARTS + time.monotonic() - self._from_s


class StillMarket:
    """One chain of 40 strikes for everybody, always just confirmed."""

    blocking = False

    def __init__(self) -> None:
        self._chain = chain_of(40)

    def chain(self, symbol: str, expiration: date, now_s: float) -> OptionChain | None:
        """The chain."""
        self._chain.confirmed_s = now_s
        return self._chain

    def underlying(self, symbol: str, now_s: float) -> float | None:
        """Its spot."""
        return self._chain.underlying_price

    def expirations(self, symbol: str, now_s: float) -> tuple[date, ...]:
        """Not asked for."""
        return ()


class PatientBroker:
    """Acknowledges after 40 ms, cancels after 45 ms, fills nothing."""

    blocking = False
    name = "patient"

    def __init__(self) -> None:
        self.scheduler: Scheduler | None = None
        self.cancels = 0
        self.last_cancel_s = math.nan
        self._sink: ReportSink = lambda report: None

    def connect(self, sink: ReportSink) -> None:
        """Keep the sink."""
        self._sink = sink

    def _say(self, after_s: float, kind: ReportKind, name: str, now_s: float) -> None:
        assert self.scheduler is not None
        report = OrderReport(kind, name, now_s + after_s)
        due_s = time.monotonic() + after_s
        self.scheduler.timer(due_s, lambda: self._sink(report))

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Acknowledge soon."""
        self._say(0.040, ReportKind.ACK, request.client_order_id, now_s)

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Cancel soon."""
        self.cancels += 1
        self.last_cancel_s = time.perf_counter()
        self._say(0.045, ReportKind.CANCELED, client_order_id, now_s)

    def query(self, client_order_id: str, now_s: float) -> None:
        """Say that it works."""
        self._say(0.001, ReportKind.ACK, client_order_id, now_s)

    def open_orders(self) -> tuple[()]:
        """None that the desk does not know."""
        return ()

    def positions(self) -> tuple[()]:
        """Flat."""
        return ()


def lateness(samples: list[float]) -> str:
    """Return the median and 99th percentile in milliseconds."""
    if not samples:
        return "        -        -"
    ordered = sorted(samples)
    last = len(ordered) - 1
    p50, p99 = ordered[len(ordered) // 2], ordered[min(last, int(0.99 * len(ordered)))]
    return f"{p50 * 1e3:9.2f} {p99 * 1e3:8.2f}"


def row(name: str, traders: int, cpu: float, wakes: float, late: list[float], stop_ms: str) -> None:
    """Print one line."""
    print(f"{name:22s} {traders:7d} {cpu:7.2f} % {wakes:8.0f} {lateness(late)} {stop_ms:>12s}")


def scheduler_alone(traders: int, seconds: float) -> float:
    """Measure wake-ups at the traders' cadence; return the CPU in percent of a core."""
    scheduler = Scheduler(RealPace(SystemClock()))
    rng = random.Random(7)
    late: list[float] = []

    def wake(due_s: float) -> None:
        now_s = time.monotonic()
        late.append(now_s - due_s)
        again_s = now_s + rng.uniform(3.0, SLOWEST_S)
        scheduler.call_at(again_s, wake, again_s)

    now_s = time.monotonic()
    for _ in range(traders):
        due_s = now_s + rng.uniform(0.1, SLOWEST_S)
        scheduler.call_at(due_s, wake, due_s)
    thread = threading.Thread(target=scheduler.run)
    thread.start()
    began = time.process_time()
    time.sleep(seconds)
    cpu = (time.process_time() - began) / seconds * 100
    wakes = len(late) / seconds
    began = time.perf_counter()
    scheduler.stop()
    thread.join()
    stop_ms = (time.perf_counter() - began) * 1e3
    row("scheduler alone", traders, cpu, wakes, late, f"{stop_ms:.1f} ms")
    return cpu


def desk(traders: int, seconds: float) -> None:
    """Measure a desk whose traders all try at their cadence, then kill it."""
    broker = PatientBroker()
    config = DeskConfig()
    config.limits = config.limits.scaled(traders)
    config.fill_rate.min_fill_rate = 0.0
    executor = ArbitrageExecutor(
        broker=broker, market=StillMarket(), pace=RealPace(MiddayClock()), config=config, seed=7
    )
    broker.scheduler = executor.scheduler
    for number in range(traders // 10):
        days = [DAY + timedelta(days=14 + 7 * week) for week in range(10)]
        executor.add_symbol(f"S{number:03d}", days)
    # The traders' first attempts come at once; their cadence has spread them after one round.
    for trader in executor.traders.values():
        trader.timing.min_delay_between_attempts = 3.0
    executor.start()
    time.sleep(4.0)
    late = executor.scheduler.lateness_s
    late.clear()
    attempts, began = executor.context.state.attempts.attempts, time.process_time()
    samples: list[float] = []
    ends_s = time.monotonic() + seconds
    while time.monotonic() < ends_s:
        time.sleep(0.25)
        samples += list(late)
        late.clear()
    cpu = (time.process_time() - began) / seconds * 100
    tried = (executor.context.state.attempts.attempts - attempts) / seconds
    before, began = broker.cancels, time.perf_counter()
    executor.submit(Command(Ask.KILL, args={"stage": 2}))
    time.sleep(0.7)
    issued = broker.cancels - before
    took_ms = (broker.last_cancel_s - began) * 1e3
    row("desk, attempts a second", traders, cpu, tried, samples, f"{took_ms:.1f} ms")
    print(f"{'':30s} {issued} orders cancelled by the kill: {took_ms / max(1, issued):.2f} ms each")
    executor.stop(0.0)


def threads(seconds: float) -> float:
    """Measure a thread for each trader, sleeping; return the CPU for 1,000 in percent."""
    late: list[float] = []
    due = [0.0] * THREADS
    stopping = threading.Event()

    def trade(number: int) -> None:
        rng = random.Random(number)
        wait_s = rng.uniform(0.1, SLOWEST_S)
        while not stopping.is_set():
            due[number] = time.monotonic() + wait_s
            time.sleep(wait_s)
            late.append(time.monotonic() - due[number])
            wait_s = rng.uniform(3.0, SLOWEST_S)

    for number in range(THREADS):
        threading.Thread(target=trade, args=(number,), daemon=True).start()
    began = time.process_time()
    time.sleep(seconds)
    cpu = (time.process_time() - began) / seconds * 100 * 1000 / THREADS
    wakes = len(late) / seconds * 1000 / THREADS
    stopping.set()
    stop_s = max(due) - time.monotonic()
    row("thread each (scaled)", 1000, cpu, wakes, late, f"{stop_s:.1f} s")
    return cpu


def beside_a_simulation(seconds: float) -> None:
    """Measure a 10 ms timer of the main thread while a desk of 100 simulates at 500 x."""
    settings: dict[str, Any] = {"seed": 7, "expirations_per_symbol": 10, "fill_model": "assumed"}
    settings["symbols"] = (
        "AAPL",
        "MSFT",
        "SPY",
        "QQQ",
        "TSLA",
        "AMD",
        "NVDA",
        "AMZN",
        "META",
        "JPM",
    )
    config = DeskConfig(simulation=SimulationSettings.model_validate(settings))
    opened = open_desk(config, DeskPlan(in_memory=True, speed=500.0))
    executor = opened.executor
    opened.start()
    time.sleep(3.0)
    began_s, began = executor.pace.clock.now_s(), time.monotonic()
    late = []
    while time.monotonic() < began + seconds:
        due_s = time.monotonic() + 0.010
        time.sleep(0.010)
        late.append(time.monotonic() - due_s)
    speed = (executor.pace.clock.now_s() - began_s) / (time.monotonic() - began)
    opened.stop(drain=False)
    print(
        f"UI timer beside a simulation of 100 traders at 500 x (reached {speed:.0f} x):"
        f" late p50 / p99 ms {lateness(late)}"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description="Traders in real time.")
    parser.add_argument("--seconds", type=float, default=5.0, help="real seconds a row")
    seconds = parser.parse_args().seconds
    print("                       traders       CPU    wakes/s  late p50      p99 ms      stop in")
    alone = scheduler_alone(1000, seconds)
    scheduler_alone(5000, seconds)
    desk(1000, seconds)
    desk(5000, seconds)
    each = threads(seconds)
    print(f"1,000 sleeping threads cost {each / max(alone, 1e-3):.1f} x the scheduler's CPU")
    beside_a_simulation(seconds)
    print("targets: 1,000 traders <= 2 % of a core, kill <= 10 ms, UI timer p99 < 20 ms at 500 x")
    return 0


if __name__ == "__main__":
    sys.exit(main())
