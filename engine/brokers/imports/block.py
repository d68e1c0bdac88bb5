"""A block of rows of one file, read by the names of its columns; what is wrong is collected."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.errors import ImportFileError
from engine.brokers.imports.values import MOST_DAYS, days_of, instant_ms
from engine.config.names import shown, shown_text

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

NO_VALUE: Final = np.iinfo(np.int64).min
_UNIT_NS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3, "ns": 1}
_MOST_SHOWN: Final = 3
_DATE_DIGITS: Final = 8


@dataclass(frozen=True, slots=True)
class Place:
    """Where a block's rows stand.

    Args:
        path: the file.
        member: the file inside an archive; "" for none.
        first: number of the block's first line, or row, in the file, from 1.
        counted: "line" for text, "row" for tables.
    """

    path: Path
    member: str
    first: int
    counted: str = "line"


@dataclass(frozen=True, slots=True)
class Texts:
    """A column of text: its distinct values, and each row's position among them, -1 for none."""

    values: list[str]
    codes: NDArray[np.int32]


class Block:
    """Rows of one file. Columns are asked for by name; a name's case makes no difference.

    Args:
        batch: a pyarrow RecordBatch whose column names are clean (see `values.clean_name`).
        place: where its rows stand.
    """

    def __init__(self, batch: Any, place: Place) -> None:
        self._batch = batch
        self._names = {name: at for at, name in enumerate(batch.schema.names)}
        self.place = place
        self.problems: list[ImportFileError] = []

    def __len__(self) -> int:
        return int(self._batch.num_rows)

    def has(self, name: str) -> bool:
        """Whether there is such a column."""
        return name in self._names

    def refuse(self, bad: Mask, column: str, problem: str, remedy: str) -> None:
        """Note a reason to refuse the file, with the first row that `bad` marks, if any."""
        if bad.any():
            line = self.place.first + int(np.argmax(bad))
            self.problems.append(self.error(problem, remedy, line=line, column=column))

    def error(
        self, problem: str, remedy: str, *, line: int | None = None, column: str = ""
    ) -> ImportFileError:
        """A sentence about this file."""
        place = self.place
        return ImportFileError(
            place.path,
            problem,
            remedy,
            member=place.member,
            line=line,
            column=column,
            counted=place.counted,
        )

    def texts(self, name: str) -> Texts:
        """A column as text, whatever its type; blanks around it are left out."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(name)
        if pa.types.is_dictionary(column.type) and not pa.types.is_string(column.type.value_type):
            column = column.cast(column.type.value_type)
        if not pa.types.is_dictionary(column.type):
            if not pa.types.is_string(column.type):
                try:
                    column = pc.cast(column, pa.string())
                except (pa.ArrowException, UnicodeDecodeError) as error:
                    return self._no_texts(name, f"cannot be read ({_first_line(error)})")
            column = column.dictionary_encode()
        values = [value.strip() for value in column.dictionary.to_pylist()]
        codes = column.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
        empty = np.array([not value for value in values], dtype=np.bool_)
        if empty.any():
            codes[(codes >= 0) & empty[codes]] = -1
        return Texts(values, codes)

    def _no_texts(self, name: str, problem: str) -> Texts:
        self.refuse(np.ones(len(self), np.bool_), name, problem, "choose another column")
        return Texts([], np.full(len(self), -1, dtype=np.int32))

    def numbers(self, name: str) -> Floats:
        """A column of numbers, k of them; NaN where there is none. Text that is none is refused."""
        import pyarrow as pa

        column = self._column(name)
        if pa.types.is_dictionary(column.type) or pa.types.is_string(column.type):
            found: Floats = self.each(
                name, _number, "is not a number", "correct it", unknown=np.nan
            )
            return found
        if pa.types.is_null(column.type):
            return np.full(len(self), np.nan)
        try:
            values: Floats = np.array(column.cast(pa.float64(), safe=False).to_numpy(False))
        except pa.ArrowException:
            self.refuse(np.ones(len(self), np.bool_), name, "is not a number", "choose another")
            return np.full(len(self), np.nan)
        return values

    def not_numbers(self, name: str) -> Mask:
        """Which rows of a column of numbers say NaN, where others have nothing."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._column(name)
        if not pa.types.is_floating(column.type):
            return np.zeros(len(self), dtype=np.bool_)
        return np.array(pc.is_nan(column).fill_null(False).to_numpy(False))

    def wholes(self, name: str) -> Ints:
        """A column of whole numbers such as nanoseconds, exactly; NO_VALUE where there is none."""
        import pyarrow as pa

        column = self._column(name)
        if pa.types.is_integer(column.type):
            try:
                return np.array(column.cast(pa.int64()).fill_null(NO_VALUE).to_numpy(False))
            except pa.ArrowException:
                self.refuse(np.ones(len(self), np.bool_), name, "is too large", "correct it")
                return np.full(len(self), NO_VALUE)
        whole: Ints = self._of(
            name, self.texts(name), _whole, "is not a whole number", "correct it"
        )
        return whole

    def each(
        self,
        name: str,
        parse: Callable[[str], float | int | None],
        problem: str,
        remedy: str,
        *,
        unknown: float | None = None,
    ) -> Any:
        """A column of text, each distinct value parsed once: (k,) floats, or integers.

        Args:
            name: the column.
            parse: a text's number, or None where it is none: that refuses the file.
            problem, remedy: what is said then.
            unknown: of a row without text; None where such a row is refused, and numbers are whole.
        """
        texts = self.texts(name)
        if unknown is None:
            self.refuse(texts.codes < 0, name, "has no value", "correct or remove the row")
            return self._of(name, texts, parse, problem, remedy).astype(np.int64)
        return self._of(name, texts, parse, problem, remedy, unknown)

    def days(self, name: str) -> Ints:
        """A column of dates, in days since 1970."""
        import pyarrow as pa

        column = self._column(name)
        if pa.types.is_date(column.type) and not column.null_count:
            days: Ints = column.cast(pa.date32()).cast(pa.int32()).to_numpy().astype(np.int64)
            bad = (days <= 0) | (days >= MOST_DAYS)
            self.refuse(bad, name, "is not between 1970 and 2200", "correct it")
            return days
        told: Ints = self.each(name, days_of, "is not a date", "write it as YYYY-MM-DD")
        return told

    def instants_ms(self, name: str, zone: ZoneInfo, unit: str = "") -> Ints:
        """A column of instants, in milliseconds since 1970 UTC.

        Args:
            name: the column: text, timestamps of any zone, or numbers.
            zone: of what has none.
            unit: of numbers: s, ms, us or ns since 1970 UTC; "" for what the numbers can only be.
        """
        import pyarrow as pa

        column = self._column(name)
        if pa.types.is_timestamp(column.type) and column.type.tz and not column.null_count:
            per_ms = 10**6 // _UNIT_NS[column.type.unit]
            whole: Ints = column.cast(pa.int64()).to_numpy(False)
            most = MOST_DAYS * 86_400_000 * per_ms if per_ms else MOST_DAYS * 86_400
            bad = (whole <= 0) | (whole >= most)
            self.refuse(bad, name, "is not between 1970 and 2200", "correct it")
            whole = np.where(bad, 1, whole)
            return whole // per_ms if per_ms else whole * (_UNIT_NS[column.type.unit] // 10**6)
        if pa.types.is_integer(column.type) or unit:
            return self._counted_ms(name, unit)
        told = self.texts(name).values
        if told and all(text.isdecimal() and len(text) > _DATE_DIGITS for text in told):
            return self._counted_ms(name, unit)
        remedy = "write date and time, such as 2026-11-20 09:31"
        ms: Ints = self.each(name, lambda t: instant_ms(t, zone), "is not a time", remedy)
        return ms

    def _counted_ms(self, name: str, unit: str) -> Ints:
        counted = self.wholes(name)
        size = int(np.abs(counted).max()) if len(counted) else 0
        guessed = unit or next(
            (each for each, most in (("s", 10**11), ("ms", 10**14), ("us", 10**17)) if size < most),
            "ns",
        )
        per_ns = _UNIT_NS[guessed]
        ms: Ints = counted * (per_ns // 10**6) if per_ns >= 10**6 else counted // (10**6 // per_ns)
        bad = (ms <= 0) | (ms >= MOST_DAYS * 86_400_000)
        self.refuse(bad, name, f"is not a time in {guessed} since 1970", "correct it or the unit")
        return np.where(bad, 0, ms)

    def _column(self, name: str) -> Any:
        return self._batch.column(self._names[name])

    def _of(
        self,
        name: str,
        texts: Texts,
        parse: Callable[[str], float | int | None],
        problem: str,
        remedy: str,
        unknown: float = NO_VALUE,
    ) -> Any:
        parsed = [parse(value) if value else None for value in texts.values]
        wrong = [at for at, number in enumerate(parsed) if number is None and texts.values[at]]
        for at in wrong[:_MOST_SHOWN]:
            text = f"{shown(texts.values[at])} {problem}"
            self.refuse(texts.codes == at, name, text, remedy)
        known = [unknown if number is None else number for number in parsed]
        # The last element is what a code of -1 takes.
        kind = np.float64 if unknown != NO_VALUE else np.int64
        return np.array([*known, unknown], dtype=kind)[texts.codes]


def _first_line(error: Exception) -> str:
    return shown_text(str(error).splitlines()[0], 100)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _whole(text: str) -> int | None:
    try:
        number = int(text)
    except ValueError:
        return None
    return number if abs(number) < 2**63 else None
