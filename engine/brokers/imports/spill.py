"""Rows on disk between reading and writing, in files of five minutes: any order in, time's out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Ints

_SLOT_MS: Final = 300_000
_MOST_AT_ONCE: Final = 64 * 2**20
"""Bytes of a file that is read whole; a larger one is split by its moments first."""

Records = NDArray[Any]


def record_type(values: tuple[str, ...], *, ticks: bool) -> np.dtype[Any]:
    """A row on disk: end of the bar, contract by number, and the values that a layout has."""
    order = [("order", np.int64), ("sequence", np.int64)] if ticks else []
    kinds = [(name, np.float64) for name in values]
    return np.dtype([("ts", np.int64), ("contract", np.int32), *order, *kinds])


class Spill:
    """Rows of several groups, each kept in the order in which they came within five minutes.

    Args:
        folder: empty; its owner removes it.
        kind: from `record_type`.
    """

    def __init__(self, folder: Path, kind: np.dtype[Any]) -> None:
        self._folder = folder
        self._kind = kind
        self._slots: dict[int, set[int]] = {}
        self.rows: dict[int, int] = {}

    def add(self, groups: Ints, records: Records) -> None:
        """Keep records, (k,), each in its group, (k,)."""
        if not len(records):
            return
        slots = records["ts"] // _SLOT_MS
        first = int(slots.min())
        keys = groups * (int(slots.max()) - first + 1) + (slots - first)
        order = np.argsort(keys, kind="stable")
        edges = np.flatnonzero(np.diff(keys[order])) + 1
        for part in np.split(order, edges):
            at = int(part[0])
            group, slot = int(groups[at]), int(slots[at])
            self._slots.setdefault(group, set()).add(slot)
            self.rows[group] = self.rows.get(group, 0) + len(part)
            with open(self._path(group, slot), "ab") as file:
                records[part].tofile(file)

    def slices(self, group: int) -> Iterator[Records]:
        """A group's records, a few minutes at a time, ascending; within a slice as they came."""
        for slot in sorted(self._slots.get(group, ())):
            path = self._path(group, slot)
            if path.stat().st_size <= _MOST_AT_ONCE:
                yield np.fromfile(path, dtype=self._kind)
            else:
                yield from self._by_moment(path)
            path.unlink()

    def _by_moment(self, path: Path) -> Iterator[Records]:
        whole = np.memmap(path, dtype=self._kind, mode="r")
        for ts in np.unique(whole["ts"]).tolist():
            yield np.array(whole[whole["ts"] == ts])

    def _path(self, group: int, slot: int) -> Path:
        return self._folder / f"{group}-{slot}"
