"""Calls a minute that a gateway makes to Alpaca, by kind, with 4 and with 12 traders.

    python benchmarks/bench_gateway_calls.py [--minutes 5] [--traders 4 12] [--busy]

A desk with its settings as shipped, in a process of its own, trades in real time on an account at a
façade of Alpaca's API on this machine; its gateway is another process. `--busy` takes pauses,
gates and the day's budget of orders away: each trader orders as soon as it can. The façade counts
what comes, from the first order on. Baseline: what Alpaca takes, 200 calls a minute on trading and
as many on quotes.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from engine.config import SimulationSettings  # noqa: E402
from engine.gateway.alpaca import CALLS_A_MINUTE  # noqa: E402
from tests.support.alpaca_customer import SETTINGS, customer_of  # noqa: E402
from tests.support.alpaca_facade import KEY, SECRET, AlpacaFacade  # noqa: E402
from tests.support.exchange_processes import until  # noqa: E402

SYMBOLS = ("SPY", "QQQ", "AAPL", "MSFT")
QUOTES = ("chain", "last price")
TOTALS = (
    "trading in all", "trading, most in a minute", "quotes in all", "quotes, most in a minute",
)  # fmt: skip
HELD_BACK = "orders that never left, in all"
PLENTY = 100_000
"""Orders a day that are not scarce; else they are kept for better debits (gate WORTH)."""

MINUTE_S = 60.0
STARTS_WITHIN_S = 120.0


def kind_of(method: str, path: str) -> str:
    """What a call is for, in few words."""
    match method, path.strip("/").split("/"):
        case "POST", _:
            return "new order"
        case "DELETE", _:
            return "cancel"
        case "GET", ["v2", "orders"]:
            return "open orders"
        case "GET", ["v2", "orders", _]:
            return "an order"
        case "GET", ["v2", "orders:by_client_order_id"]:
            return "an order by our id"
        case "GET", ["v2", "account", "activities", *_]:
            return "executions, events"
        case "GET", ["v2", "stocks", *_]:
            return "last price"
        case "GET", ["v1beta1", *_]:
            return "chain"
        case "GET", ["v2", "options", "contracts"]:
            return "expirations"
        case _:
            return path.strip("/").split("/")[-1]


class CountingFacade(AlpacaFacade):
    """Notes when each call came, and of which kind."""

    def __init__(self, settings: SimulationSettings) -> None:
        self.came: list[tuple[float, str]] = []
        super().__init__(settings)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        self.came.append((time.monotonic(), kind_of(method, path)))
        return super().answer(method, path, query, body)


def most_in_a_minute(times: list[float]) -> int:
    """The most calls in any minute."""
    most = first = 0
    for at, time_s in enumerate(times):
        while times[first] <= time_s - MINUTE_S:
            first += 1
        most = max(most, at - first + 1)
    return most


def settings(traders: int, busy: bool) -> str:
    """The settings of a desk with so many traders."""
    chains = max(1, traders // len(SYMBOLS))
    names = ", ".join(json.dumps(each) for each in SYMBOLS[:traders])
    head = SETTINGS.partition("[broker]")[0] + f"order_budget_day = {PLENTY}\n" if busy else ""
    return f"{head}[broker]\nsymbols = [{names}]\nexpirations_per_symbol = {chains}\n"


def measure(traders: int, minutes: float, busy: bool) -> dict[str, float]:
    """Calls a minute by kind, the most in any minute on both hosts, and orders that never left."""
    chains = max(1, traders // len(SYMBOLS))
    facade = CountingFacade(SimulationSettings(symbols=SYMBOLS, expirations_per_symbol=chains))
    try:
        with customer_of(facade) as customer:
            (customer.folder / "c.toml").write_text(settings(traders, busy))
            said = customer.typed("login", "alpaca", "--paper", lines=f"{KEY}\n{SECRET}\n")
            if said.returncode:
                raise SystemExit(said.stderr)
            run = ("run", "--broker", "alpaca", "--paper", "--headless", "--config")
            desk = customer.start(*run, customer.folder / "c.toml")
            until(lambda: facade.posts or desk.poll() is not None, STARTS_WITHIN_S, "no order came")
            if desk.poll() is not None:
                raise SystemExit(desk.communicate()[1])
            begins_s = time.monotonic()
            ends_s = begins_s + minutes * MINUTE_S
            until(lambda: time.monotonic() >= ends_s, 2 * minutes * MINUTE_S + MINUTE_S)
            came = [each for each in facade.came if begins_s <= each[0] < ends_s]
            desk.send_signal(signal.SIGTERM)
            desk.communicate(timeout=STARTS_WITHIN_S)
            orders = (customer.gateway / "orders.jsonl").read_text()
    finally:
        facade.close()
    counts = Counter(kind for _, kind in came)
    figures = {kind: count / minutes for kind, count in counts.most_common()}
    for all_calls, most, on in ((*TOTALS[:2], False), (*TOTALS[2:], True)):
        times = [at for at, kind in came if (kind in QUOTES) is on]
        figures[all_calls] = len(times) / minutes
        figures[most] = most_in_a_minute(times)
    figures[HELD_BACK] = orders.count('"not sent"')
    return figures


def main() -> int:
    parser = argparse.ArgumentParser(description="Calls a minute of a gateway.")
    parser.add_argument("--minutes", type=float, default=5.0)
    parser.add_argument("--traders", type=int, nargs="+", default=[4, 12])
    parser.add_argument("--busy", action="store_true")
    options = parser.parse_args()
    columns = {
        traders: measure(traders, options.minutes, options.busy) for traders in options.traders
    }
    rows = list(dict.fromkeys(row for figures in columns.values() for row in figures))
    print("calls a minute".ljust(30), *(f"{traders:>4} traders" for traders in columns))
    for row in sorted(rows, key=lambda each: each in (*TOTALS, HELD_BACK)):
        print(row.ljust(30), *(f"{figures.get(row, 0.0):12.1f}" for figures in columns.values()))
    print(f"Alpaca takes {CALLS_A_MINUTE} a minute on each; what is not urgent gets 160 and 180.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
