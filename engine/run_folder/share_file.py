"""The file in which a gateway keeps its orders of shares, as other processes may read it.

Each order is a line before it leaves, `{"id", "root", "shares", "at"}`, and its end another,
`{"id", "end", "reason"}`; an end of "" says that it works after all. The gateway alone writes it,
and refuses one that is damaged; whoever only wants to cancel takes what can be read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from engine.config.regular_files import MOST_OWN_BYTES, read_bytes

FILE: Final = "shares.jsonl"


def recorded_shares(folder: Path) -> tuple[str, ...]:
    """Our ids of the orders of shares that may still execute, oldest first, as far as readable.

    Args:
        folder: of the account; none are open where it has no such file.
    """
    try:
        lines = read_bytes(folder / FILE, MOST_OWN_BYTES).splitlines()
    except OSError:
        return ()
    working: dict[str, None] = {}
    for line in lines:
        try:
            row = json.loads(line)
            name, end = str(row["id"]), str(row.get("end", ""))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue  # the others are cancelled all the same
        if end:
            working.pop(name, None)
        else:
            working[name] = None
    return tuple(working)
