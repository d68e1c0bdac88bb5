"""What the journal and the fold cost, against naive ways measured in the same run.

    python benchmarks/bench_journal.py [--attempts 20000] [--recover 1000000]

Baselines: one `json.dumps` and one commit an event (what a first version would do), and reading
rows one by one with `json.loads`.
"""

from __future__ import annotations

import argparse
import json
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from engine.journal.opening import open_journal
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.state.desk import DeskState

START_MS = 1_732_285_800_000


def unfilled(attempts: int, traders: int = 100) -> Iterator[ev.Event]:
    """Debit attempts that time out: six events each, what a day is nearly all made of."""
    keys = [f"SYM{number:03d} 2024-12-20" for number in range(traders)]
    yield ev.SessionStarted(START_MS, "SIM", "SIM-01", "b", "", "assumed", 7, "2024-11-22", {})
    for key in keys:
        yield ev.TraderAdded(START_MS, key, key[:6], "2024-12-20", 100, "american", "physical", 1)
    for number in range(attempts):
        key, cycle = keys[number % traders], number // traders + 1
        at_ms, order = START_MS + number * 117, f"S1-K4X2-{number % traders}-{cycle}D1"
        size, delay_s = 1 + number % 3, 3 + number % 13 * 0.9
        yield ev.OrderIntended(
            at_ms, key, order, cycle, "D", 1, "C", 190.0, 195.0, size, 148, 1.4, 1.63, 0.12,
            delay_s, "",
        )  # fmt: skip
        yield ev.OrderSent(at_ms, key, order)
        yield ev.OrderWorking(at_ms + 20, key, order, f"B{order}")
        yield ev.CancelSent(at_ms + 2520, key, order, "timeout")
        yield ev.OrderEnded(at_ms + 2540, key, order, "canceled", "")
        yield ev.AttemptEnded(
            at_ms + 2540, key, cycle, order, size, 0, "TIMEOUT", 10, delay_s, None
        )


def naive(path: Path, events: list[ev.Event]) -> tuple[float, float]:
    """Microseconds an event of json.dumps with a commit each, and of json.loads row by row."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("CREATE TABLE events(seq INTEGER PRIMARY KEY, kind TEXT, body TEXT)")
    began = time.process_time()
    for seq, event in enumerate(events, 1):
        row = seq, type(event).__name__, json.dumps(event._asdict())
        connection.execute("INSERT INTO events VALUES(?,?,?)", row)
        connection.commit()
    written = time.process_time() - began
    began = time.process_time()
    for _, kind, body in connection.execute("SELECT seq, kind, body FROM events ORDER BY seq"):
        ev.EVENT_TYPES[kind](**json.loads(body))
    read = time.process_time() - began
    connection.close()
    return written / len(events) * 1e6, read / len(events) * 1e6


def best(times: list[float], count: int) -> float:
    """Microseconds each, of the best run."""
    return min(times) / count * 1e6


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--attempts", type=int, default=20_000)
    parser.add_argument("--recover", type=int, default=1_000_000, help="events to recover")
    options = parser.parse_args()
    events = list(unfilled(options.attempts))
    with tempfile.TemporaryDirectory() as folder:
        write_us, read_us = naive(Path(folder, "naive.db"), events[:20_000])
        inline, folds = [], []
        for turn in range(3):
            with open_journal(Path(folder, f"{turn}.db"), durable=False) as journal:
                began = time.process_time()
                for event in events:
                    journal.append(event)
                journal.flush()
                inline.append(time.process_time() - began)
            state = DeskState()
            began = time.process_time()
            for event in events:
                state.apply(event)
            folds.append(time.process_time() - began)
        inline_us = best(inline, len(events))
        print(f"append, inline    {inline_us:7.2f} us/event   {6 * inline_us:6.1f} us/attempt")
        print(f"  naive           {write_us:7.2f} us/event   {write_us / inline_us:6.1f} x slower")
        fold_us = best(folds, len(events))
        print(f"fold              {fold_us:7.2f} us/event   {6 * fold_us:6.1f} us/attempt")

        with open_journal(Path(folder, "durable.db")) as journal:
            began = time.perf_counter()
            for event in events[:5000]:
                journal.append(event)
            journal.flush()
            took = time.perf_counter() - began
            waits = []
            for event in events[5000:5200]:
                start = time.perf_counter()
                journal.append(event)
                journal.flush()
                waits.append(time.perf_counter() - start)
            p50, p99 = journal.flush_ms() or (0.0, 0.0)
        waits.sort()
        print(f"append, durable   {took / 5000 * 1e6:7.2f} us/event in a burst of 5,000")
        print(f"  one and wait    {waits[100] * 1e6:7.0f} us p50  {waits[197] * 1e6:7.0f} us p99")
        print(f"  commit          {p50:7.2f} ms p50  {p99:7.2f} ms p99")

        path = Path(folder, "long.db")
        with open_journal(path, durable=False) as journal:
            for event in unfilled(options.recover // 6):
                journal.append(event)
            count = journal.seq
        began = time.perf_counter()
        state = DeskState()
        state.apply_all(read_events(path))
        took = time.perf_counter() - began
        began = time.perf_counter()
        for _ in read_events(path):
            pass
        reading = time.perf_counter() - began
        print(f"recover           {count:,} events in {took:.2f} s ({count / took:,.0f}/s)")
        ratio = read_us / (reading / count * 1e6)
        print(f"  reading alone   {reading:.2f} s; naive is {ratio:.1f} x slower")


if __name__ == "__main__":
    main()
