"""The two files of a small recorded session, written row by row."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

SCHEMA = pa.schema(
    [
        ("ts", pa.timestamp("ms", "UTC")),
        ("symbol", pa.large_string()),
        ("expiration", pa.date32()),
        ("right", pa.large_string()),
        ("strike", pa.float64()),
        ("bid", pa.float64()),
        ("ask", pa.float64()),
        ("bid_size", pa.int32()),
        ("ask_size", pa.int32()),
        ("volume", pa.int32()),
        ("open_interest", pa.int32()),
        ("iv", pa.float64()),
        ("underlying_price", pa.float64()),
    ]
)
FACTS = {
    "name": "small",
    "kind": "intraday_updates",
    "multiplier": 100,
    "style": "American, physical",
    "bar": "1min",
    "underlying": "XYZ",
}
EXPIRATION = date(2024, 3, 15)
OPEN = datetime(2024, 3, 5, 14, 30, tzinfo=UTC)


def row(minute: float, right: str = "C", strike: float = 100.0, **more: Any) -> dict[str, Any]:
    """Return one row, `minute` minutes after 09:30 in New York; columns not named are null."""
    filled: dict[str, Any] = dict.fromkeys(SCHEMA.names)
    filled |= {
        "ts": datetime.fromtimestamp(OPEN.timestamp() + 60 * minute, UTC),
        "symbol": "XYZ",
        "expiration": EXPIRATION,
        "right": right,
        "strike": strike,
    }
    return filled | more


def at(minute: float) -> float:
    """Return the epoch second `minute` minutes after 09:30 in New York."""
    return OPEN.timestamp() + 60 * minute


def write_session(folder: Path, rows: list[dict[str, Any]], **facts: Any) -> Path:
    """Write rows and facts as a session's two files; a fact of None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / "quotes.parquet")
    stated = {key: value for key, value in (FACTS | facts).items() if value is not None}
    (folder / "session.json").write_text(json.dumps(stated))
    return folder
