"""Where a study's figures are kept: one Parquet file a point, by its key, whole or not there."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.study.points import Task
from engine.study.running import Row
from engine.study.trial_rows import TrialFigures

if TYPE_CHECKING:
    import pyarrow as pa

_TEXTS: Final = ("session", "fill_model", "trader", "difference")
_COUNTS: Final = tuple(field.name for field in fields(Row) if str(field.type).startswith("dict["))
"""Counts by name or by whole number, kept as maps."""


class StoreError(Exception):
    """The folder of results cannot be used; the message says what to do."""


class Store:
    """Figures of points below a folder.

    Args:
        folder: of the study's results; made when the first figures come.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._points = folder / "points"

    def path_of(self, key: str) -> Path:
        """The file of a point's figures."""
        return self._points / f"{key}.parquet"

    def read(self, key: str) -> list[Row] | None:
        """A point's figures; None where there are none, or the file is not whole.

        Raises:
            StoreError: it may not be read.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        path = self.path_of(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror or error}; free its name") from None
        try:
            table = pq.read_table(pa.BufferReader(data))
            if not table.schema.equals(_schema()) or not table.num_rows:
                return None
            return [_row(values) for values in table.to_pylist()]
        except (pa.ArrowException, OSError, TypeError, ValueError):
            return None  # cut short by a crash of the machine, or not ours: it is made anew

    def write(self, task: Task, rows: Sequence[Row]) -> None:
        """Keep a point's figures: the file has them all, or is not there.

        Raises:
            StoreError: it cannot be written.
        """
        import pyarrow as pa
        import pyarrow.parquet as pq

        names = [field.name for field in fields(Row)]
        columns: dict[str, list[Any]] = {
            name: [getattr(row, name) for row in rows] for name in names
        }
        for name in _COUNTS:
            columns[name] = [list(counts.items()) for counts in columns[name]]
        columns["trials"] = [[asdict(trial) for trial in row.trials] for row in rows]
        buffer = pa.BufferOutputStream()
        pq.write_table(pa.table(columns, schema=_schema()), buffer, compression="zstd")
        self._replace(self.path_of(task.key), buffer.getvalue().to_pybytes())

    def keep(self, name: str, text: str) -> None:
        """Keep a report beside the points.

        Raises:
            StoreError: it cannot be written.
        """
        self._replace(self.folder / name, text.encode())

    def _replace(self, path: Path, data: bytes) -> None:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(data)
            draft.replace(path)
        except OSError as error:
            raise StoreError(
                f"{path} cannot be written: {error.strerror or error}; free the disk, or choose "
                "another folder with --out"
            ) from None
        finally:
            with suppress(OSError):
                draft.unlink(missing_ok=True)


def _schema() -> pa.Schema:
    import pyarrow as pa

    kinds: list[tuple[str, Any]] = []
    for field in fields(Row):
        if field.name in _TEXTS:
            kinds.append((field.name, pa.string()))
        elif field.name in _COUNTS:
            counted = pa.string() if field.name == "gates" else pa.int64()
            kinds.append((field.name, pa.map_(counted, pa.int64())))
        elif field.name == "trials":
            kinds.append((field.name, pa.list_(pa.struct(_trial_kinds()))))
        else:
            kinds.append((field.name, pa.int64()))
    return pa.schema(kinds)


def _trial_kinds() -> list[tuple[str, pa.DataType]]:
    """The columns of a trial, by the types of its fields."""
    import pyarrow as pa

    kinds = {"str": pa.string(), "bool": pa.bool_(), "int": pa.int64()}
    return [(each.name, kinds.get(str(each.type), pa.float64())) for each in fields(TrialFigures)]


def _row(values: dict[str, Any]) -> Row:
    trials = tuple(TrialFigures(**each) for each in values["trials"])
    return Row(**values | {name: dict(values[name]) for name in _COUNTS} | {"trials": trials})
