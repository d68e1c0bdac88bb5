"""What SQLite drops of a damaged write-ahead log, found and kept before it does.

SQLite takes a log up to its first damaged page and calls the rest sound; closing it removes the
file. The damaged page and those behind it say that there was more.
"""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path
from typing import Final

from engine.config.regular_files import MOST_OWN_BYTES, read_bytes
from engine.run_folder.errors import JournalError

PAGE: Final = 4096
"""Bytes of a page of every journal, SQLite's default."""

_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_MAGIC: Final = (0x377F0682, 0x377F0683)


def log_of(journal: Path) -> Path:
    """The write-ahead log of a journal."""
    return journal.with_name(journal.name + "-wal")


def kept_log_of(journal: Path) -> Path:
    """Where a damaged write-ahead log is kept."""
    return journal.with_name(journal.name + "-wal.damaged")


def keep_damaged_log(journal: Path) -> None:
    """Copy a write-ahead log with a damaged page before SQLite drops what is behind it.

    Raises:
        JournalError: "denied", where it cannot be copied; nothing is dropped then.
    """
    log, kept = log_of(journal), kept_log_of(journal)
    draft = kept.with_name(f".{kept.name}.{os.getpid()}")
    try:
        if kept.exists() or not log.exists() or not lost_pages(read_bytes(log, MOST_OWN_BYTES)):
            return
        os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
        shutil.copyfile(log, draft)
        draft.replace(kept)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise JournalError(
            "denied",
            f"{log} is damaged and cannot be kept: {error.strerror or error}; free the disk or "
            "mend the folder's rights, then look again",
        ) from None


def log_is_damaged(journal: Path) -> bool:
    """Whether a write-ahead log has, or had when it was last opened, a damaged page."""
    log = log_of(journal)
    return kept_log_of(journal).exists() or (
        log.exists() and lost_pages(read_bytes(log, MOST_OWN_BYTES)) > 0
    )


def lost_pages(log: bytes) -> int:
    """Pages that SQLite drops though they were written: the first damaged one and those behind it.

    A torn end, as a crash leaves it, has none: its last page is not whole. Pages of an earlier
    use of the log, behind those of the present one, fit neither its salt nor its checksums; a page
    that fits one of the two is damaged. Where the header is damaged, every page is dropped.

    Args:
        log: the file; https://www.sqlite.org/fileformat2.html#walformat.
    """
    step = _FRAME_HEADER + PAGE
    pages = range(_HEADER, len(log) - step + 1, step)
    if not pages:
        return 0
    magic, _, size, _, *salt = struct.unpack_from(">6I", log)
    order = ">" if magic & 1 else "<"
    before = struct.unpack_from(">2I", log, 24)
    if magic not in _MAGIC or size != PAGE or _sum(order, log[:24]) != before:
        return len(pages)
    salted = {at for at in pages if list(struct.unpack_from(">2I", log, at + 8)) == salt}
    for at in pages:
        stored = struct.unpack_from(">2I", log, at + 16)
        body = log[at : at + 8] + log[at + _FRAME_HEADER : at + step]
        is_salted, fits = at in salted, _sum(order, body, before) == stored
        if is_salted and fits:
            before = stored
            continue
        behind = sum(each > at for each in salted)
        return 1 + behind if is_salted or fits or behind else 0
    return 0


def _sum(order: str, data: bytes, before: tuple[int, ...] = (0, 0)) -> tuple[int, int]:
    """SQLite's checksum of 8-byte steps, going on from an earlier one."""
    first, second = before
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for one, other in zip(words[::2], words[1::2], strict=True):
        first = (first + one + second) & 0xFFFFFFFF
        second = (second + other + first) & 0xFFFFFFFF
    return first, second
