"""Files of what a broker said: owner-only, compressed; the oldest go when there are too many."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from engine.brokers.http.raw import Raw, raw_of
from engine.run_folder.append_log import append_lines
from engine.run_folder.paths import private_folder

Kind = Literal["orders", "quotes"]
"""Quotes are most of what a broker says, and have files of their own."""

KEPT_DAYS: Final = 7
MOST_BYTES: Final = 200 * 2**20
_QUOTES_SHARE: Final = 0.75
"""Share of the bytes that quotes may have, so that they never drive out what orders were told."""

_FILES: Final = 25
"""A file has at most this part of all bytes, or an hour."""

_FILE_S: Final = 3600.0
_DAY_S: Final = 86_400.0
_NAME: Final = re.compile(r"(\d{8}T\d{6})Z-(\d+)-(\d+)-(orders|quotes)\.jsonl\.gz")


class RawFiles:
    """The files of one process, beside those of earlier ones; used by one thread.

    Args:
        folder: theirs alone.
        began_s: epoch second of the process's begin, by which its files follow earlier ones.
        most_bytes: of all files.
    """

    def __init__(self, folder: Path, began_s: float, most_bytes: int = MOST_BYTES) -> None:
        self._folder, self._began, self._most = folder, int(began_s * 1000), most_bytes
        self._count = 0
        self._current: dict[Kind, tuple[Path, float]] = {}
        self._sizes: dict[Path, int] | None = None

    def add(self, kind: Kind, rows: Sequence[Mapping[str, Any]], now_s: float) -> None:
        """Write rows, and delete the oldest files where there are too many.

        Args:
            kind: of the rows.
            rows: JSON values.
            now_s: epoch seconds.

        Raises:
            OSError: the disk's own.
            JournalError: the folder cannot be made private.
        """
        lines = b"".join(json.dumps(row).encode() + b"\n" for row in rows)
        data = gzip.compress(lines, 6, mtime=0)
        sizes = self._there()
        path = self._file(kind, now_s)
        sizes.setdefault(path, 0)
        self._make_room(kind, len(data), now_s, path)
        append_lines(path, (data,))
        sizes[path] += len(data)

    def _there(self) -> dict[Path, int]:
        if self._sizes is None:
            private_folder(self._folder)
            self._sizes = {path: path.stat().st_size for path in raw_paths(self._folder)}
        return self._sizes

    def _file(self, kind: Kind, now_s: float) -> Path:
        """The file that rows go to now: another one every hour, and when one is large."""
        path, since_s = self._current.get(kind, (None, 0.0))
        full = path is None or self._there().get(path, 0) >= self._most // _FILES
        if path is None or full or not 0 <= now_s - since_s < _FILE_S:
            self._count += 1
            at = datetime.fromtimestamp(now_s, UTC)
            path = self._folder / (
                f"{at:%Y%m%dT%H%M%S}Z-{self._began}-{self._count:06d}-{kind}.jsonl.gz"
            )
            self._current[kind] = path, now_s
        return path

    def _make_room(self, kind: Kind, size: int, now_s: float, current: Path) -> None:
        sizes = self._there()
        kept_s = now_s - KEPT_DAYS * _DAY_S
        for path in [each for each in sizes if _named(each).at_s < kept_s and each != current]:
            self._delete(path)
        quotes = [each for each in sorted(sizes) if _named(each).kind == "quotes"]
        if kind == "quotes":
            self._delete_oldest(quotes, int(self._most * _QUOTES_SHARE) - size, current)
        self._delete_oldest(sorted(sizes), self._most - size, current)

    def _delete_oldest(self, paths: Sequence[Path], most: int, current: Path) -> None:
        sizes = self._there()
        total = sum(sizes[path] for path in paths)
        for path in paths:
            if total <= most:
                return
            if path != current:
                total -= sizes[path]
                self._delete(path)

    def _delete(self, path: Path) -> None:
        path.unlink(missing_ok=True)
        del self._there()[path]
        for kind, (current, _) in list(self._current.items()):
            if current == path:
                del self._current[kind]


class _Named(NamedTuple):
    """What a file's name says: epoch second, process, number in it, kind."""

    at_s: float
    process: int
    number: int
    kind: str


def _named(path: Path) -> _Named:
    match = _NAME.fullmatch(path.name)
    assert match is not None
    at = datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return _Named(at.timestamp(), int(match[2]), int(match[3]), match[4])


def raw_paths(folder: Path) -> list[Path]:
    """The files of a folder, the oldest first; none where it is missing."""
    if not folder.is_dir():
        return []
    return sorted(each for each in folder.iterdir() if _NAME.fullmatch(each.name))


def read_raw(folder: Path) -> list[Raw]:
    """Everything that a folder has, in the order in which it came.

    A file that a dead process left half written counts as far as it goes.

    Raises:
        OSError: the disk's own.
        ValueError: a file is something else; the message names it.
    """
    found: list[tuple[int, int, Raw]] = []
    for path in raw_paths(folder):
        process = _named(path).process
        for number, line in enumerate(_lines(path), 1):
            try:
                row = json.loads(line)
                found.append((process, int(row["n"]), raw_of(row)))
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise ValueError(f"{path.name}, line {number}: {error}") from None
    return [raw for _, _, raw in sorted(found, key=lambda each: each[:2])]


def _lines(path: Path) -> Iterator[bytes]:
    """The whole lines of the whole parts of a compressed file."""
    data, lines = path.read_bytes(), []
    while data:
        part = zlib.decompressobj(wbits=31)
        try:
            lines.append(part.decompress(data))
        except zlib.error as error:
            raise ValueError(f"it is not compressed as it should be ({error})") from None
        if not part.eof:
            break
        data = part.unused_data
    text = b"".join(lines)
    return iter(text[: text.rfind(b"\n") + 1].splitlines())
