"""What a look of an observer costs the engine's thread, by its kind, and the socket in bytes.

    python benchmarks/bench_looks.py [traders] [--seconds 3600]

A simulated desk trades so many seconds of its morning flat out. Then each kind of look is formed
again and again, alone, and filters of the desk's own blotter. Figures are CPU time of the thread,
median and 99th percentile; the baseline is a snapshot that nobody looks at anything of.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from collections.abc import Callable
from datetime import time as time_of_day
from itertools import cycle
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.bench_thousand import config_of, quantiles  # noqa: E402
from engine.desk.opening import DeskPlan, open_desk  # noqa: E402
from engine.observers.parts import kinds  # noqa: E402
from engine.snapshot import (  # noqa: E402
    EngineSnapshot,
    ListPage,
    Look,
    LookKind,
    LookState,
    traders_date,
)

TIMES = 40


def took_s(act: Callable[[], object]) -> float:
    """CPU seconds of this thread."""
    began = time.thread_time()
    act()
    return time.thread_time() - began


def sent(snapshot: EngineSnapshot) -> int:
    """Bytes of the looks of a snapshot, and of the last page."""
    rows = sum(len(kinds()["looks"].json.line(row)) for row in snapshot.looks)
    pages = snapshot.looked_pages[-1:] if snapshot.looks[0].look.kind is LookKind.LIST else ()
    return rows + sum(len(kinds()["looked_pages"].json.line(page)) for page in pages)


def tell_filters(executor: Any) -> None:
    """What a filter of the desk's own blotter costs a snapshot, and after how many it is whole."""
    state, walks = executor.context.state, executor.snapshots._pages
    record = next(iter(state.orders.known.values()))
    day = traders_date(record.totals.expires)
    print(f"{'blotter, ms a snapshot':<28} {'median':>7} {'p99':>7} {'whole after':>12}")
    walks.watch("orders,orders@changed")
    print(f"{'no filter':<28} {quantiles([took_s(walks.next) for _ in range(TIMES)])}")
    for words in (
        record.totals.symbol,
        f"{record.totals.symbol} {day}",
        "FILLED",
        "REPRICE",
        record.intent.order,
    ):
        walks.watch(f"orders,orders@changed,orders@:{words}")
        took, found = [], False
        while not found:
            pages: list[ListPage] = []
            took.append(took_s(lambda into=pages: into.extend(walks.next())))  # type: ignore[misc]
            last = [page for page in pages if page.within == f":{words}"][-1]
            found = last.start + len(last.rows) >= last.total
        print(f"{words:<28} {quantiles(took)} {len(took) / 4:>10.2f} s")
    walks.watch("")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("traders", type=int, nargs="?", default=100)
    parser.add_argument("--seconds", type=float, default=3600.0)
    given = parser.parse_args()
    plan = DeskPlan(in_memory=True, start=time_of_day(9, 31), until=time_of_day(15, 55))
    executor = open_desk(config_of(given.traders), plan).executor
    executor.begin()
    executor.scheduler.run_until(executor.context.now().now_s + given.seconds)
    state, snapshots = executor.context.state, executor.snapshots
    pairs = [f"{pair.trader}/{pair.cycle}" for pair in state.positions.pairs.held()]
    orders = list(state.orders.known)
    symbols = sorted({totals.symbol for totals in state.traders.values()})
    print(
        f"{len(executor.traders):,} traders, {len(pairs):,} pairs, {len(orders):,} orders, "
        f"{state.contracts.number():,} contracts"
    )
    gc.collect()
    gc.freeze()
    gc.disable()
    alone = [took_s(executor.publisher.build) for _ in range(TIMES)]
    print(f"{'ms':<28} {'median':>7} {'p99':>7} {'bytes':>9}")
    print(f"{'snapshot, nobody looks':<28} {quantiles(alone)}")
    wanted = {
        "trader": [Look(LookKind.TRADER, key) for key in executor.traders],
        "positions": [Look(LookKind.POSITIONS)],
        "payoff": [Look(LookKind.PAYOFF, key) for key in pairs[-200:]],
        "order, newest": [Look(LookKind.ORDER, order) for order in orders[-40:]],
        "list pairs": [Look(LookKind.LIST, "pairs")],
        "list pairs@:SYMBOL": [Look(LookKind.LIST, f"pairs@:{each}") for each in symbols],
        "list pairs@:RISK": [Look(LookKind.LIST, "pairs@:RISK")],
        "list pairs@:77": [Look(LookKind.LIST, "pairs@:77")],
        "list contracts": [Look(LookKind.LIST, "contracts")],
        "list orders@changed": [Look(LookKind.LIST, "orders@changed")],
        "list orders@:SYMBOL": [Look(LookKind.LIST, f"orders@:{each}") for each in symbols],
        "list orders@:FILLED": [Look(LookKind.LIST, "orders@:FILLED")],
        "list orders@:ORDER": [Look(LookKind.LIST, f"orders@:{each}") for each in orders[-40:]],
        "list orders@PAIR": [Look(LookKind.LIST, f"orders@{key}") for key in pairs[-200:]],
    }
    looks = snapshots._looks
    for name, those in wanted.items():
        version, took, each = snapshots.version, [], cycle(those)
        for _ in range(TIMES):
            look, version = (next(each),), version + 100
            took.append(took_s(lambda look=look, at=version: looks.next(look, at)))  # type: ignore[misc]
        snapshots.tell_observed(lambda look=look: (True, look))  # type: ignore[misc]
        shown = executor.publisher.build()
        assert shown.looks[0].state is LookState.SHOWN
        print(f"{name:<28} {quantiles(took)} {sent(shown):>9,}")
        snapshots.tell_observed(lambda: (False, ()))
    tell_filters(executor)


if __name__ == "__main__":
    main()
