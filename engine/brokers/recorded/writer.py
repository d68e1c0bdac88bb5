"""Writes rows of quotes to quotes.parquet in groups, under a temporary name until finished."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.recorded.columns import QUOTE_FIELDS, Floats
from engine.brokers.recorded.errors import SessionFileError

GROUP_ROWS: Final = 65_536
PARTIAL: Final = ".partial"
_WHOLE: Final = ("bid_size", "ask_size", "volume", "open_interest")
_INT32_MAX: Final = 2**31 - 1
_EPOCH: Final = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, eq=False)
class QuoteRows:
    """The rows of one chain in one bar, k of them; unknown is NaN.

    Args:
        ts_ms: end of the bar, milliseconds since 1970 UTC.
        symbol, expiration: the chain.
        right: (k,) 0 for calls, 1 for puts.
        strike: (k,) per share.
        quotes: (7, k) in the order of `QUOTE_FIELDS`.
        underlying_price: dollars a share.
    """

    ts_ms: int
    symbol: str
    expiration: date
    right: NDArray[np.intp]
    strike: Floats
    quotes: Floats
    underlying_price: float


class QuoteFile:
    """One quotes.parquet in the making: rows go in a table at a time, in the order of time.

    Args:
        path: the final name. Until `finish`, the rows are in a file named with `.partial`.

    Raises:
        SessionFileError: the folder or the file cannot be created.
    """

    value_names: Final = (*QUOTE_FIELDS, "underlying_price")

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._pa = pa
        self._path = path
        self._partial = path.with_name(path.name + PARTIAL)
        self.rows = 0
        self._schema: Any = pa.schema(
            [
                ("ts", pa.timestamp("ms", "UTC")),
                ("symbol", pa.large_string()),
                ("expiration", pa.date32()),
                ("right", pa.large_string()),
                ("strike", pa.float64()),
                *((n, pa.int32() if n in _WHOLE else pa.float64()) for n in self.value_names),
            ]
        )
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
            self._file = os.fdopen(os.open(self._partial, flags, 0o600), "wb")
        except OSError as error:
            raise SessionFileError(
                self._partial,
                f"cannot be written ({error.strerror})",
                "choose a folder that can",
            ) from None
        self._writer: Any = pq.ParquetWriter(self._file, self._schema, compression="zstd")

    def write(self, arrays: list[Any]) -> None:
        """Write rows: pyarrow arrays, one for each column, in the order of the schema."""
        table = self._pa.Table.from_arrays(arrays, schema=self._schema)
        self.rows += table.num_rows
        self._writer.write_table(table)

    def numbers(self, name: str, values: Floats) -> Any:
        """Values of a column, (k,), as a pyarrow array of its type; NaN is null."""
        unknown = np.isnan(values)
        if name not in _WHOLE:
            return self._pa.array(values, mask=unknown)
        whole = np.where(unknown, 0.0, np.minimum(np.rint(values), _INT32_MAX)).astype(np.int32)
        return self._pa.array(whole, mask=unknown)

    def finish(self) -> int:
        """Write the rest durably and give the file its name; return its size in bytes.

        Without any row there is no file, and the size is 0.
        """
        self._writer.close()
        if self.rows == 0:
            self._file.close()
            self._partial.unlink()
            return 0
        self._file.flush()
        os.fsync(self._file.fileno())
        size = self._file.tell()
        self._file.close()
        self._partial.replace(self._path)
        return size

    def abandon(self) -> None:
        """Close and remove what was written; the file gets no name."""
        self._writer.close()
        self._file.close()
        self._partial.unlink(missing_ok=True)


class QuoteWriter:
    """Writes one quotes.parquet chain by chain; holds one group of rows in memory.

    Args:
        path: as for `QuoteFile`.

    Raises:
        SessionFileError: the folder or the file cannot be created.
    """

    def __init__(self, path: Path) -> None:
        import pyarrow as pa

        self._pa = pa
        self._file = QuoteFile(path)
        self._pending: list[QuoteRows] = []
        self._pending_rows = 0
        self.rows = 0

    def add(self, rows: QuoteRows) -> None:
        """Take rows; they are written a group at a time."""
        self._pending.append(rows)
        self._pending_rows += len(rows.strike)
        self.rows += len(rows.strike)
        if self._pending_rows >= GROUP_ROWS:
            self._write_group()

    def finish(self) -> int:
        """As `QuoteFile.finish`."""
        if self._pending:
            self._write_group()
        return self._file.finish()

    def _write_group(self) -> None:
        pa, pending, file = self._pa, self._pending, self._file
        counts = [len(rows.strike) for rows in pending]
        quotes = np.concatenate([rows.quotes for rows in pending], axis=1)
        right = np.concatenate([rows.right for rows in pending])
        ts_ms = np.repeat(np.array([rows.ts_ms for rows in pending], dtype=np.int64), counts)
        days = np.array([(rows.expiration - _EPOCH).days for rows in pending], dtype=np.int32)
        prices = np.repeat([rows.underlying_price for rows in pending], counts)
        file.write(
            [
                pa.array(ts_ms, pa.timestamp("ms", "UTC")),
                self._texts(
                    [rows.symbol for rows in pending], np.repeat(range(len(pending)), counts)
                ),
                pa.array(np.repeat(days, counts), pa.int32()).cast(pa.date32()),
                self._texts(["C", "P"], right),
                pa.array(np.concatenate([rows.strike for rows in pending])),
                *(file.numbers(name, quotes[at]) for at, name in enumerate(QUOTE_FIELDS)),
                file.numbers("underlying_price", prices),
            ]
        )
        self._pending, self._pending_rows = [], 0

    def _texts(self, texts: list[str], positions: NDArray[np.intp]) -> Any:
        pa = self._pa
        chosen = pa.DictionaryArray.from_arrays(
            pa.array(positions.astype(np.int32)), pa.array(texts, pa.large_string())
        )
        return chosen.cast(pa.large_string())
