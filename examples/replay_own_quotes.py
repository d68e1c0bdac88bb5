"""Replay quotes of your own: write a recorded session, open a desk on it, run it offline.

A recorded session is a folder with `quotes.parquet`, one row per contract and bar, and
`session.json`; docs/recorded-sessions.md has every column and key. These quotes are computed; yours
come from a file. Fills are simulated: recorded quotes do not say who would have traded with us.

    python examples/replay_own_quotes.py [FOLDER]        the session is kept in FOLDER
"""

from __future__ import annotations

import json
import math
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.parquet as pq

from engine.config import DeskConfig
from engine.desk.opening import DeskPlan, open_desk
from engine.report.text import report_text

OPENS = datetime(2026, 3, 10, 9, 30, tzinfo=ZoneInfo("America/New_York"))
EXPIRATION = date(2026, 4, 17)
BARS = 30


def rows() -> Iterator[dict[str, Any]]:
    """Every contract's quote at the end of each one-minute bar, sorted by time."""
    for bar in range(1, BARS + 1):
        ends = (OPENS + timedelta(minutes=bar)).astimezone(UTC)
        price = 100.0 + 0.4 * math.sin(bar / 5)
        for step in range(17):
            strike = 80.0 + 2.5 * step
            time_value = math.sqrt((strike - price) ** 2 + 60.0)
            for right, sign in (("C", -1), ("P", 1)):
                middle = (time_value + sign * (strike - price)) / 2
                yield {
                    "ts": ends,
                    "symbol": "XYZ",
                    "expiration": EXPIRATION,
                    "right": right,
                    "strike": strike,
                    "bid": round(max(middle - 0.05, 0.01), 2),
                    "ask": round(middle + 0.05, 2),
                    "bid_size": 50,
                    "ask_size": 50,
                    "volume": None,
                    "open_interest": None,
                    "iv": None,
                    "underlying_price": round(price, 2),
                }


SCHEMA = pa.schema(
    [
        ("ts", pa.timestamp("ms", "UTC")),
        ("symbol", pa.string()),
        ("expiration", pa.date32()),
        ("right", pa.string()),
        *((name, pa.float64()) for name in ("strike", "bid", "ask")),
        *((name, pa.int32()) for name in ("bid_size", "ask_size", "volume", "open_interest")),
        *((name, pa.float64()) for name in ("iv", "underlying_price")),
    ]
)


def write_session(folder: Path) -> None:
    """Write the two files of a recorded session."""
    folder.mkdir(parents=True, exist_ok=True)
    table = pa.Table.from_pylist(list(rows()), SCHEMA)
    pq.write_table(table, folder / "quotes.parquet", compression="zstd")
    facts = {
        "kind": "intraday_updates",
        "name": "a quiet half hour",
        "multiplier": 100,
        "style": "American, physical",
        "bar": "1min",
    }
    (folder / "session.json").write_text(json.dumps(facts, indent=2), encoding="utf-8")


def replay(folder: Path) -> None:
    """Trade the session from its first bar to its last and print the report."""
    config = DeskConfig.model_validate({"simulation": {"fill_model": "assumed-width", "seed": 7}})
    desk = open_desk(config, DeskPlan(replay=folder, until=time(10, 0), in_memory=True))
    report = desk.run_to_end()
    print(report_text(report))
    print(desk.books_agree() or "book == broker")


def main() -> None:
    """Write the session, then replay it."""
    if len(sys.argv) > 1:
        folder = Path(sys.argv[1])
        write_session(folder)
        replay(folder)
    else:
        with tempfile.TemporaryDirectory() as temporary:
            write_session(Path(temporary))
            replay(Path(temporary))


if __name__ == "__main__":
    main()
