"""The account's orders of shares on the disk: written before they leave, read at the start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from engine.brokers.remote.frames import finite
from engine.config.regular_files import MOST_OWN_BYTES, read_bytes
from engine.gateway.journal import NOT_FOUND, UNREADABLE, JournalError, cut_off, synced
from engine.gateway.share_looks import ShareOrder
from engine.market.calendar import exchange_date
from engine.run_folder.append_log import append_lines
from engine.run_folder.share_file import FILE


class ShareFile:
    """`shares.jsonl` of one account (`engine/run_folder/share_file.py` says what is in it).

    Args:
        folder: of the account.
        durable: whether what is written is on the disk when `append` returns.
    """

    def __init__(self, folder: Path, *, durable: bool) -> None:
        self.path, self._durable = folder / FILE, durable

    def append(self, row: dict[str, Any]) -> None:
        """Add a line.

        Raises:
            OSError: the disk's own.
        """
        append_lines(self.path, [json.dumps(row).encode() + b"\n"])
        if self._durable:
            synced(self.path)

    def read(self, now_s: float) -> dict[str, ShareOrder]:
        """Every order by our id, as of a monotonic second.

        Raises:
            JournalError: the file cannot be read, or a line of it.
        """
        return _read(self.path, now_s)


def _read(path: Path, now_s: float) -> dict[str, ShareOrder]:
    try:
        data = read_bytes(path, MOST_OWN_BYTES)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise JournalError(f"{path} cannot be read: {error}") from None
    whole, _, torn = data.rpartition(b"\n")
    orders: dict[str, ShareOrder] = {}
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            row = json.loads(line)
            name = str(row["id"])
            if "end" in row:
                orders[name].ends(str(row["end"]), now_s)
            else:
                at_s = finite(row["at"])
                exchange_date(at_s)
                orders[name] = ShareOrder(name, str(row["root"]), int(row["shares"]), at_s)
                orders[name].left(now_s)
        except UNREADABLE as error:
            raise JournalError(
                f"{path} line {number} is damaged ({str(error)[:80]}); move the file away only "
                "when the broker has no open order of shares"
            ) from None
    for order in orders.values():
        if order.end in ("", NOT_FOUND):
            order.soon()
    if torn:  # cut by a crash: what it would have told had not happened yet
        cut_off(path, len(data) - len(torn))
    return orders
