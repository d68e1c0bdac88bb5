"""Files of JSON lines that grow by whole batches, each written for a row of the journal.

After a crash an exchange inside the program must know exactly what the journal does. Each batch
ends with a line `{"journal_seq": ...}`: the journal's last row at that moment, null where it has
none. The batch is written before the journal has that row. What follows the last such line, and a
batch for a row that the journal never got, does not count.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from engine.config.regular_files import MOST_OWN_BYTES, read_bytes

_MARK: Final = "journal_seq"
_BEGINS: Final = b'{"'


def append_batch(path: Path, blocks: Sequence[bytes], journal_seq: int | None) -> None:
    """Add lines to an owner-only file, made where it is missing, as one batch.

    Without lines nothing is added to a file that is there.

    Args:
        path: the file.
        blocks: whole lines, one JSON object each, none with the one key `journal_seq`.
        journal_seq: the journal's last row.

    Raises:
        OSError: the disk's own; the file is as it was.
    """
    if not blocks and path.exists():
        return
    append_lines(path, (*blocks, json.dumps({_MARK: journal_seq}).encode() + b"\n"))


def append_lines(path: Path, lines: Sequence[bytes]) -> None:
    """Add whole lines to an owner-only file, made where it is missing.

    Raises:
        OSError: the disk's own; the file is as it was.
    """
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        before = os.fstat(handle).st_size
        try:
            _write(handle, b"".join(lines))
        except OSError:
            os.ftruncate(handle, before)
            raise
    finally:
        os.close(handle)


def _write(handle: int, block: bytes) -> None:
    left = memoryview(block)
    while left:
        left = left[os.write(handle, left) :]


def read_batches(path: Path, journal_seq: int | None = None) -> list[dict[str, Any]]:
    """Every line of the batches that count, without the marks that end them.

    Args:
        path: the file.
        journal_seq: the journal's last row; None where every whole batch counts.

    Raises:
        OSError: the disk's own; FileNotFoundError among them.
        ValueError: the file is something else; the message names the line.
    """
    return _counting(read_bytes(path, MOST_OWN_BYTES), journal_seq)[1]


def finish_batches(path: Path, journal_seq: int) -> None:
    """Take out what a dead process had added for rows that its journal never got.

    Args:
        path: the file; it may be missing.
        journal_seq: the journal's last row.

    Raises:
        OSError: the disk's own.
        ValueError: the file is something else.
    """
    try:
        data = read_bytes(path, MOST_OWN_BYTES)
    except FileNotFoundError:
        return
    length, _ = _counting(data, journal_seq)
    if length < len(data):
        os.truncate(path, length)


def _counting(data: bytes, journal_seq: int | None) -> tuple[int, list[dict[str, Any]]]:
    """How many bytes belong to batches that count, and their lines."""
    length = 0
    counting: list[dict[str, Any]] = []
    batch: list[dict[str, Any]] = []
    for end, row in _lines(data):
        if len(row) != 1 or _MARK not in row:
            batch.append(row)
            continue
        seq = row[_MARK]
        if seq is not None and journal_seq is not None and seq > journal_seq:
            break
        counting += batch
        batch = []
        length = end
    return length, counting


def _lines(data: bytes) -> Iterator[tuple[int, dict[str, Any]]]:
    """Every whole line as an object, with the place at which it ends."""
    begin, number = 0, 0
    while (at := data.find(b"\n", begin)) >= 0:
        number += 1
        try:
            row = json.loads(data[begin:at])
        except (ValueError, RecursionError) as error:
            raise ValueError(f"line {number}: {error}") from None
        if not isinstance(row, dict):
            raise ValueError(f"line {number} is not a row")
        begin = at + 1
        yield begin, row
    if not _BEGINS.startswith(data[begin : begin + len(_BEGINS)]):
        raise ValueError(f"line {number + 1} is not even half a row")
