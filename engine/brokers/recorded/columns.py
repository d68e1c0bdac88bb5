"""quotes.parquet as validated NumPy columns; every error names the column and the row."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.facts import MOST_ROWS
from engine.config.names import LONGEST_ROOT, is_root, shown, shown_text
from engine.config.regular_files import require_regular

QUOTES_FILE: Final = "quotes.parquet"
QUOTE_FIELDS: Final = ("bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv")
COLUMNS: Final = (
    "ts",
    "symbol",
    "expiration",
    "right",
    "strike",
    *QUOTE_FIELDS,
    "underlying_price",
)
_MAX_DAYS: Final = 84_006  # 2200-01-01, in days since 1970
_NUMBER_OR_NULL: Final = "correct it, or write null where the value is unknown"

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class QuoteColumns:
    """The rows of a session, k of them, in the order of the file; unknown is NaN.

    Args:
        ts_ms: (k,) milliseconds since 1970 UTC, ascending.
        symbols: the distinct symbols; `symbol` holds (k,) positions in it.
        expiration_days: (k,) days since 1970-01-01.
        right: (k,) 0 for calls, 1 for puts.
        strike: (k,) per share.
        quotes: (k,) each, by column name; columns without any value are absent.
        underlying_price: (k,) dollars a share, or None where no row has one.
    """

    ts_ms: Ints
    symbols: tuple[str, ...]
    symbol: Ints
    expiration_days: Ints
    right: Ints
    strike: Floats
    quotes: dict[str, Floats]
    underlying_price: Floats | None


def read_columns(path: Path) -> QuoteColumns:
    """Return the columns of a quotes.parquet.

    Raises:
        SessionFileError: unreadable, a column missing or of the wrong type, a value that is not
            possible in a quote, rows not in the order of time. Every line of its message is one
            reason.
    """
    read = _Reader(path)
    columns = _columns_of(read)
    read.raise_reasons()
    return columns


def _columns_of(read: _Reader) -> QuoteColumns:
    ts_ms = read.timestamps()
    symbols, symbol = read.texts("symbol")
    for position, text in enumerate(symbols):
        read.refuse(
            (symbol == position) if not is_root(text) else None,
            "symbol",
            f"{shown(text)} is not an option root",
            f"use letters and digits, one of . / _ ^ - between them, at most {LONGEST_ROOT}",
        )
    rights, right = read.texts("right")
    for position, text in enumerate(rights):
        read.refuse(
            (right == position) if text not in ("C", "P") else None,
            "right",
            f"{text[:40]!a} is not a right",
            "write C for a call, P for a put",
        )
    is_put = np.array([*(text == "P" for text in rights), False], dtype=np.int64)
    strike = read.required_numbers("strike")
    read.refuse(strike <= 0, "strike", "a strike must be positive", "remove or correct the row")
    quotes: dict[str, Floats] = {}
    for name in QUOTE_FIELDS:
        values = read.numbers(name)
        if values is not None:
            read.refuse(values < 0, name, "must not be negative", _NUMBER_OR_NULL)
            quotes[name] = values
    underlying = read.numbers("underlying_price")
    if underlying is not None:
        read.refuse(underlying <= 0, "underlying_price", "must be positive", _NUMBER_OR_NULL)
    return QuoteColumns(
        ts_ms, symbols, symbol, read.days("expiration"), is_put[right], strike, quotes, underlying
    )


class _Reader:
    """Reads and checks the columns of one parquet file."""

    def __init__(self, path: Path) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self._path = path
        self._pa = pa
        self._reasons: list[SessionFileError] = []
        try:
            require_regular(path)
            with pq.ParquetFile(path) as file:
                rows, names = file.metadata.num_rows, file.schema_arrow.names
                if rows == 0:
                    raise SessionFileError(path, "holds no rows", "choose another session")
                if rows > MOST_ROWS:
                    raise SessionFileError(
                        path, f"holds {rows:,} rows", f"split it; {MOST_ROWS:,} are the most"
                    )
                remedy = "write every column once, null where unknown; the columns are "
                for name in COLUMNS:
                    if names.count(name) != 1:
                        problem = "is missing" if name not in names else "occurs more than once"
                        self._note(problem, remedy + ", ".join(COLUMNS), name)
                once = [name for name in COLUMNS if names.count(name) == 1]
                self._table = file.read(columns=once)
        except FileNotFoundError:
            raise SessionFileError(
                path, "is missing", "name a folder that holds quotes.parquet and session.json"
            ) from None
        except (OSError, pa.ArrowException) as error:
            told = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            reason = shown_text(told.splitlines()[0], 200) if told else type(error).__name__
            raise SessionFileError(
                path, f"is not a readable parquet file ({reason})", "record or download it again"
            ) from None

    def refuse(self, bad: Mask | None, column: str, problem: str, remedy: str) -> None:
        """Note a reason against the first row that `bad` marks, if any."""
        if bad is not None and bad.any():
            self._note(problem, remedy, column, int(np.argmax(bad)) + 1)

    def raise_reasons(self) -> None:
        """Raise where there is any reason, with all of them, and how such files are read."""
        if not self._reasons:
            return
        lines = [str(each) for each in self._reasons]
        if len(lines) > 1:
            read_by = f"`legdesk import auto {self._path.name} --to DIR`"
            lines.append(f"{self._path}: tables of quotes in other forms are read by {read_by}")
        raise self._reasons[0].told_as(lines)

    def _note(self, problem: str, remedy: str, column: str, row: int | None = None) -> None:
        self._reasons.append(SessionFileError(self._path, problem, remedy, column=column, row=row))

    @property
    def _rows(self) -> int:
        return int(self._table.num_rows)

    def timestamps(self) -> Ints:
        """Milliseconds since 1970; each present, none before the one above it."""
        pa, column = self._pa, self._required("ts")
        ts_ms: Ints = np.arange(1, self._rows + 1, dtype=np.int64)
        if column is None:
            return ts_ms
        if not (pa.types.is_timestamp(column.type) and column.type.tz):
            self._wrong_type("ts", column.type, "timestamps with the zone UTC")
            return ts_ms
        try:
            ts_ms = column.cast(pa.timestamp("ms", column.type.tz)).cast(pa.int64()).to_numpy()
        except pa.ArrowException:
            self._note("is finer than a millisecond", "round it", "ts")
            return ts_ms
        limit_ms = _MAX_DAYS * 86_400_000
        self.refuse(
            (ts_ms <= 0) | (ts_ms >= limit_ms), "ts", "is not between 1970 and 2200", "correct it"
        )
        self.refuse(
            np.concatenate(([False], np.diff(ts_ms) < 0)),
            "ts",
            "is before the row above it",
            "sort the rows by ts",
        )
        return ts_ms

    def days(self, name: str) -> Ints:
        """Days since 1970-01-01, each present."""
        pa, column = self._pa, self._required(name)
        if column is None:
            return np.ones(self._rows, dtype=np.int64)
        if not pa.types.is_date(column.type):
            self._wrong_type(name, column.type, "dates")
            return np.ones(self._rows, dtype=np.int64)
        days: Ints = column.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
        bad = (days <= 0) | (days >= _MAX_DAYS)
        self.refuse(bad, name, "is not between 1970 and 2200", "correct it")
        return days

    def texts(self, name: str) -> tuple[tuple[str, ...], Ints]:
        """The distinct texts of a column and each row's position among them."""
        types, column = self._pa.types, self._required(name)
        if column is None:
            return (), np.zeros(self._rows, dtype=np.int64)
        kind = column.type.value_type if types.is_dictionary(column.type) else column.type
        if not (types.is_string(kind) or types.is_large_string(kind)):
            self._wrong_type(name, column.type, "text")
            return (), np.zeros(self._rows, dtype=np.int64)
        encoded = column.combine_chunks().cast(kind).dictionary_encode()
        return tuple(encoded.dictionary.to_pylist()), encoded.indices.to_numpy().astype(np.int64)

    def required_numbers(self, name: str) -> Floats:
        """A column of numbers without nulls."""
        values = None if self._required(name) is None else self.numbers(name)
        return np.ones(self._rows) if values is None else values

    def numbers(self, name: str) -> Floats | None:
        """A column of finite numbers, NaN where null; None where every value is null."""
        pa = self._pa
        if name not in self._table.column_names:
            return None
        column = self._table[name]
        kind = column.type
        if pa.types.is_null(kind):
            return None
        if not (pa.types.is_floating(kind) or pa.types.is_integer(kind)):
            self._wrong_type(name, kind, "numbers")
            return None
        if column.null_count == len(column):
            return None
        values: Floats = np.array(column.cast(pa.float64(), safe=False).to_numpy())
        unreal = ~np.isfinite(values)
        if int(unreal.sum()) != column.null_count:
            unreal &= ~column.is_null().to_numpy()
            kind = "infinite" if np.isinf(values[np.argmax(unreal)]) else "NaN"
            self.refuse(unreal, name, f"is {kind}", _NUMBER_OR_NULL)
        return values

    def _required(self, name: str) -> Any:
        """A column with a value in every row; None where there is a reason against it."""
        if name not in self._table.column_names:
            return None
        column = self._table[name]
        if column.null_count:
            missing = column.is_null().to_numpy()
            self.refuse(missing, name, "is null", "give it a value or remove the row")
            return None
        return column

    def _wrong_type(self, name: str, actual: Any, wanted: str) -> None:
        self._note(f"has the type {actual}", f"write it as {wanted}", name)
