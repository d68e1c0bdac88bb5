"""The exchange's own record of what it received: one row for each submit, cancel and query.

It is written where the calls arrive, to be compared with the desk's journal: what is here reached
the exchange, whatever the journal says. docs/checking.md says what is compared.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from engine.orders.types import OrderRequest
from engine.run_folder.append_log import append_batch

BATCH: Final = 4096
"""Rows that are kept as they are before they are packed into text."""


class WireLog:
    """Records what reaches the exchange; used from the exchange's one thread.

    Rows of a desk on disk are moved to its `wire.jsonl` by `append_to`; without a disk they stay
    here, packed, and `rows` reads them; where nobody will, `keep_none`.
    """

    __slots__ = ("_fresh", "_kept", "_packed")

    def __init__(self) -> None:
        self._fresh: list[tuple[str, float, Any]] = []
        self._packed: list[bytes] = []
        self._kept = True

    def keep_none(self) -> None:
        """Record nothing from here on: nobody compares this exchange with a journal."""
        self._kept = False

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """An order arrived at epoch second `now_s`."""
        self._take(("submit", now_s, request))

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """A cancellation was asked for at epoch second `now_s`."""
        self._take(("cancel", now_s, client_order_id))

    def query(self, client_order_id: str, now_s: float) -> None:
        """An order was asked about at epoch second `now_s`."""
        self._take(("query", now_s, client_order_id))

    def _take(self, call: tuple[str, float, Any]) -> None:
        if not self._kept:
            return
        fresh = self._fresh
        fresh.append(call)
        if len(fresh) >= BATCH:
            self._pack()

    def _pack(self) -> None:
        if self._fresh:
            text = "".join([_line(*call) for call in self._fresh])
            self._packed.append(text.encode())
            self._fresh.clear()

    def rows(self) -> Iterator[dict[str, Any]]:
        """Every row that no file has taken yet, oldest first.

        at_ms is in epoch milliseconds, what is "submit", "cancel" or "query"; a submit carries
        what was ordered: strikes per share, limit_c in cents per share.
        """
        self._pack()
        for block in self._packed:
            for line in block.splitlines():
                yield json.loads(line)

    def append_to(self, path: Path, journal_seq: int | None = None) -> None:
        """Move every row to the end of an owner-only file (`append_log`), one JSON object a line.

        Args:
            path: the file.
            journal_seq: the journal's last row.

        Raises:
            OSError: of the disk; the rows are kept here then, and the file is as it was.
        """
        self._pack()
        append_batch(path, self._packed, journal_seq)
        self._packed.clear()


def _line(what: str, now_s: float, about: Any) -> str:
    """One row as JSON, formatted by hand: recording must not slow an attempt down."""
    at_ms = round(now_s * 1000)
    if what != "submit":
        return f'{{"at_ms":{at_ms},"what":"{what}","order":{_quoted(about)}}}\n'
    bought, sold = about.legs
    return (
        f'{{"at_ms":{at_ms},"what":"submit","order":{_quoted(about.client_order_id)},'
        f'{_chain(about.symbol, about.expiration)},"part":"{about.part}",'
        f'"right":"{bought.option_type}","buy_strike":{float(bought.strike)!r},'
        f'"sell_strike":{float(sold.strike)!r},"quantity":{about.quantity},"limit_c":{about.limit_c},'
        f'"multiplier":{about.multiplier}}}\n'
    )


_quoted: Final = json.encoder.encode_basestring_ascii


@lru_cache(maxsize=4096)
def _chain(symbol: str, expiration: date) -> str:
    return f'"symbol":{_quoted(symbol)},"expiration":"{expiration.isoformat()}"'
