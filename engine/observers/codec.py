"""Snapshots as bytes: whole ones, and what changed from one to the next.

A frame's first line is its head: the snapshot's version, the version that it is the change of
("null" for a whole one) and when it was made. Each part that changed follows: `NAME JSON`, or for a
tuple of rows `NAME+ [PLACES]` and a line for every new row. A place is the row's in the snapshot
before, or -1 for the next new one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from engine.observers.parts import Kind, kinds
from engine.snapshot import EngineSnapshot

NEW: Final = -1
"""The place of a row that the snapshot before did not have."""


class CodecError(ValueError):
    """Bytes that are not a snapshot, or the change of another one; the sentence says which."""


@dataclass(frozen=True, slots=True)
class _Sent:
    """A part as it was sent last: what it was formed from, and its lines."""

    value: Any
    lines: tuple[bytes, ...]


class SnapshotEncoder:
    """Turns one snapshot after the other into frames; what did not change is not formed again.

    The same bytes go to every observer, so that a snapshot costs as much for one as for twenty.
    """

    def __init__(self) -> None:
        self._parts: dict[str, _Sent] = {}
        self._head = b""
        self._change: list[bytes] = []
        self._whole: bytes | None = None
        self.version: int | None = None

    def take(self, snapshot: EngineSnapshot, made_s: float) -> None:
        """Form the frames of a snapshot.

        Args:
            snapshot: newer than the one before.
            made_s: when it was made, in seconds of the machine's monotonic clock.
        """
        changed: list[bytes] = []
        for name, kind in kinds().items():
            value = getattr(snapshot, name)
            before = self._parts.get(name)
            if before is not None and value is before.value:
                continue
            if kind.rows:
                now, change = _rows(kind, value, before)
            else:
                now = _Sent(value, (kind.json.line(value),))
                same = before is not None and before.lines == now.lines
                change = [] if same else [name.encode() + b" " + now.lines[0]]
            self._parts[name] = now
            changed += change
        self._change = [_head(snapshot.version, self.version, made_s), *changed]
        self._head = _head(snapshot.version, None, made_s)
        self._whole = None
        self.version = snapshot.version

    def change(self) -> bytes:
        """The last snapshot for whoever has the one before it."""
        return b"\n".join(self._change)

    def whole(self) -> bytes:
        """The last snapshot for whoever has none, or an older one."""
        if self._whole is None:
            self._whole = b"\n".join(self._whole_lines())
        return self._whole

    def _whole_lines(self) -> Iterator[bytes]:
        yield self._head
        for name, kind in kinds().items():
            lines = self._parts[name].lines
            if kind.rows:
                yield _places(name, [NEW] * len(lines))
                yield from lines
            else:
                yield name.encode() + b" " + lines[0]


def _rows(kind: Kind, rows: tuple[Any, ...], before: _Sent | None) -> tuple[_Sent, list[bytes]]:
    """A tuple of rows: only those that are other objects than before are formed anew."""
    old_rows: tuple[Any, ...] = () if before is None else before.value
    old_lines: tuple[bytes, ...] = () if before is None else before.lines
    known = {id(row): place for place, row in enumerate(old_rows)}
    lines: list[bytes] = []
    places: list[int] = []
    new: list[bytes] = []
    for number, row in enumerate(rows):
        place = known.get(id(row), NEW)
        line = old_lines[place] if place != NEW else kind.json.line(row)
        if place == NEW and number < len(old_lines) and old_lines[number] == line:
            place = number
        if place == NEW:
            new.append(line)
        lines.append(line)
        places.append(place)
    sent = _Sent(rows, tuple(lines))
    if before is not None and not new and places == list(range(len(old_rows))):
        return sent, []
    return sent, [_places(kind.name, places), *new]


def _places(name: str, places: list[int]) -> bytes:
    return f"{name}+ {json.dumps(places, separators=(',', ':'))}".encode()


def _head(version: int, base: int | None, made_s: float) -> bytes:
    return json.dumps([version, base, made_s]).encode()


class SnapshotDecoder:
    """Puts snapshots together again; parts that did not change stay the same objects.

    Attributes:
        snapshot: the last one; None before the first.
        made_s: when it was made, in seconds of the machine's monotonic clock.
    """

    def __init__(self) -> None:
        self.snapshot: EngineSnapshot | None = None
        self.made_s = 0.0
        self._parts: dict[str, Any] = {}

    def take(self, frame: bytes) -> EngineSnapshot:
        """The snapshot of a frame.

        Raises:
            CodecError: the frame is not one, or the change of a snapshot that is not here.
        """
        lines = iter(frame.split(b"\n"))
        version, base, made_s = _read_head(next(lines))
        before = None if self.snapshot is None else self.snapshot.version
        if base is not None and base != before:
            raise CodecError(f"the change of snapshot {base}, and {before} is here")
        parts: dict[str, Any] = {} if base is None else dict(self._parts)
        for line in lines:
            named, _, text = line.partition(b" ")
            name = named.removesuffix(b"+").decode("ascii", "replace")
            kind = kinds().get(name)
            if kind is None or kind.rows != named.endswith(b"+"):
                raise CodecError(f"a snapshot has no part {name[:40]!r}")
            if kind.rows:
                parts[name] = _read_rows(kind, text, parts.get(name, ()), lines)
            else:
                parts[name] = _read(kind, text)
        if missing := kinds().keys() - parts.keys():
            raise CodecError(f"a whole snapshot lacks {', '.join(sorted(missing)[:4])}")
        self._parts, self.made_s = parts, made_s
        self.snapshot = EngineSnapshot(version=version, **parts)
        return self.snapshot


def _read_head(line: bytes) -> tuple[int, int | None, float]:
    try:
        version, base, made_s = json.loads(line)
    except (ValueError, TypeError, RecursionError):
        raise CodecError("a frame without a head") from None
    whole = type(version) is int and (base is None or type(base) is int)
    if not whole or type(made_s) not in (int, float):
        raise CodecError("a frame without a head")
    return version, base, float(made_s)


def _read(kind: Kind, line: bytes) -> Any:
    try:
        return kind.json.value(line)
    except ValueError as error:
        reason = " ".join(str(error).split())[:200]
        raise CodecError(f"{kind.name} cannot be read: {reason}") from None


def _read_rows(
    kind: Kind, text: bytes, before: tuple[Any, ...], lines: Iterator[bytes]
) -> tuple[Any, ...]:
    try:
        places = json.loads(text)
    except (ValueError, RecursionError):
        raise CodecError(f"{kind.name} without places of its rows") from None
    if not isinstance(places, list):
        raise CodecError(f"{kind.name} without places of its rows")
    rows = []
    for place in places:
        if type(place) is not int or not NEW <= place < len(before):
            raise CodecError(f"{kind.name} has no row {str(place)[:20]} to keep")
        if place != NEW:
            rows.append(before[place])
            continue
        line = next(lines, None)
        if line is None:
            raise CodecError(f"{kind.name} ends before its last row")
        rows.append(_read(kind, line))
    return tuple(rows)


def encoded(snapshot: EngineSnapshot, made_s: float = 0.0) -> bytes:
    """A whole snapshot as a frame.

    Args:
        made_s: when it was made, in seconds of the machine's monotonic clock.
    """
    encoder = SnapshotEncoder()
    encoder.take(snapshot, made_s)
    return encoder.whole()


def decoded(frame: bytes) -> EngineSnapshot:
    """The snapshot of a whole frame.

    Raises:
        CodecError: the frame is not one.
    """
    return SnapshotDecoder().take(frame)
