"""Tables in files, as blocks of rows by the names of their columns: CSV and Parquet alike."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Protocol

from engine.brokers.imports.block import Block, Place
from engine.brokers.imports.errors import ImportFileError, all_of
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.formats.lean import MEMBER, NAMES
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.text_files import Lines, TextFile, Told, packing_of, texts_of
from engine.brokers.imports.values import clean_name
from engine.config.names import shown_text

_ROWS: Final = 65_536
_MOST_WRONG: Final = 3
_DELIMITERS: Final = (",", ";", "\t", "|")
_MOST_COLUMNS: Final = 2_000


class Table(Protocol):
    """A table in a file: the clean names of its columns, and its rows in blocks."""

    @property
    def path(self) -> Path:
        """The file on disk."""
        ...

    @property
    def member(self) -> str:
        """The name inside an archive; "" for none."""
        ...

    @property
    def names(self) -> tuple[str, ...]:
        """Of its columns, clean."""
        ...

    def blocks(self, layout: Layout, tally: Tally, told: Told) -> Iterator[Block]:
        """The rows, the columns that a layout reads; see `engine.brokers.imports.block`.

        Raises:
            ImportFileError: unreadable, cut, or lines of another width.
        """
        ...


def tables_of(path: Path) -> list[Table]:
    """The tables in a file, or those of every file in a folder.

    Raises:
        ImportFileError: there is none, or it cannot be read.
    """
    if path.is_dir():
        inside = sorted(each for each in path.iterdir() if each.is_file() and each.name[0] != ".")
        if not inside:
            raise ImportFileError(path, "holds no files", "name the files that hold the quotes")
        return [table for each in inside for table in tables_of(each)]
    packing = packing_of(path)
    if packing == "parquet":
        return [ParquetTable.of(path)]
    return [CsvTable.of(text) for text in texts_of(path, packing)]


def clean_names(given: list[str], path: Path, member: str = "") -> tuple[str, ...]:
    """The names of a header as they are compared.

    Raises:
        ImportFileError: one occurs twice.
    """
    names = tuple(clean_name(name) for name in given)
    twice = sorted({name for name in names if name and names.count(name) > 1})
    if twice:
        problem = f"has two columns named {shown_text(twice[0])}"
        raise ImportFileError(path, problem, "keep one", member=member)
    return names


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A table in a text.

    Args:
        text: where it is.
        names: of its columns, clean.
        delimiter: what separates them.
        has_header: whether its first line is the names.
    """

    text: TextFile
    names: tuple[str, ...]
    delimiter: str
    has_header: bool

    @property
    def path(self) -> Path:
        """The file on disk."""
        return self.text.path

    @property
    def member(self) -> str:
        """The name inside an archive; "" for none."""
        return self.text.member

    @classmethod
    def of(cls, text: TextFile) -> CsvTable:
        """The table in a text, by its first line.

        Raises:
            ImportFileError: it is empty, or its first line is no header.
        """
        if MEMBER.fullmatch(text.member.rpartition("/")[2].lower()):
            return cls(text, NAMES, ",", has_header=False)
        first = next(text.lines(), None)
        if first is None:
            raise text.error("is empty", "download it again")
        header = first.data.split(b"\n", 1)[0].decode("utf-8-sig").rstrip("\r")
        if "\r" in header:
            raise text.error("ends its lines with CR alone", "save it with LF or CRLF", 1)
        delimiter = max(_DELIMITERS, key=header.count)
        try:
            given = next(csv.reader([header], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error as error:
            problem = f"is no header ({shown_text(str(error), 100)})"
            raise text.error(problem, "name a table of option quotes", 1) from None
        if len(given) > _MOST_COLUMNS:
            raise text.error(f"has {len(given):,} columns", "name a table of option quotes", 1)
        names = clean_names(given, text.path, text.member)
        return cls(text, names, delimiter, has_header=True)

    def blocks(self, layout: Layout, tally: Tally, told: Told) -> Iterator[Block]:
        """See `Table.blocks`."""
        for given in self.text.lines(told):
            lines = self._without_header(given)
            if lines.data.strip():
                yield self._block(lines, layout, tally)

    def _without_header(self, lines: Lines) -> Lines:
        if not self.has_header or lines.first > 1:
            return lines
        return Lines(lines.data.partition(b"\n")[2], 2, lines.ended)

    def _block(self, lines: Lines, layout: Layout, tally: Tally) -> Block:
        import pyarrow as pa

        dictionary = pa.dictionary(pa.int32(), pa.string())
        types: dict[str, Any] = dict.fromkeys(layout.texts, dictionary)
        types |= dict.fromkeys(layout.numbers, pa.float64())
        types |= dict.fromkeys(layout.wholes, pa.int64())
        types = {name: types[name] for name in layout.columns if name in self.names}
        wrong: list[ImportFileError] = []
        try:
            read = self._read(lines, types, wrong)
        except pa.ArrowInvalid:
            # A text in a column of numbers: read as text, the block itself says which lines.
            wrong.clear()
            read = self._read(lines, dict.fromkeys(types, dictionary), wrong)
        if wrong:
            raise all_of(wrong)
        place = Place(self.path, self.member, lines.first)
        block = Block(read, place)
        if not lines.ended:
            last = replace(place, first=lines.first + max(0, len(block) - 1))
            error = Block(read, last).error(
                f"has {Met.UNENDED.text}", "was the file cut?", line=last.first
            )
            tally.first.setdefault(Met.UNENDED, f"line {last.first:,}")
            tally.add(Met.UNENDED, 1, error)
        return block

    def _read(self, lines: Lines, types: dict[str, Any], wrong: list[ImportFileError]) -> Any:
        """The rows of some lines as a RecordBatch; lines of another width are put into `wrong`."""
        import pyarrow as pa
        import pyarrow.csv as pc

        def refuse(row: Any) -> str:
            number = lines.first + row.number - 1
            if len(wrong) < _MOST_WRONG:
                wrong.append(self._wrong_width(lines, number, row.actual_columns))
            return "skip"

        try:
            table = pc.read_csv(
                pa.BufferReader(lines.data),
                read_options=pc.ReadOptions(
                    use_threads=False,
                    column_names=[name or f"column {at}" for at, name in enumerate(self.names, 1)],
                    block_size=max(len(lines.data), 1),
                ),
                parse_options=pc.ParseOptions(delimiter=self.delimiter, invalid_row_handler=refuse),
                convert_options=pc.ConvertOptions(
                    column_types=types,
                    include_columns=list(types),
                    null_values=[""],
                    strings_can_be_null=True,
                ),
            )
        except pa.ArrowInvalid as error:
            if "conversion error" in str(error) or wrong:
                if wrong:
                    raise all_of(wrong) from None
                raise
            reason = shown_text(str(error).splitlines()[0], 150)
            raise self.text.error(f"cannot be read ({reason})", "correct it", lines.first) from None
        batches = table.combine_chunks().to_batches()
        return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)

    def _wrong_width(self, lines: Lines, number: int, fields: int) -> ImportFileError:
        problem = f"has {fields} fields, and the header has {len(self.names)}"
        if not lines.ended and number >= lines.first + lines.data.count(b"\n"):
            problem = f"is cut in the middle: it {problem}"
            return self.text.error(problem, "the file is not whole: download it again", number)
        return self.text.error(problem, "correct or remove the line", number)


@dataclass(frozen=True, slots=True)
class ParquetTable:
    """A table in a Parquet file.

    Args:
        path: the file.
        names: of its columns, clean.
        given: as the file writes them.
        member: always "".
    """

    path: Path
    names: tuple[str, ...]
    given: tuple[str, ...]
    member: str = ""

    @classmethod
    def of(cls, path: Path) -> ParquetTable:
        """The table in a Parquet file, by its schema.

        Raises:
            ImportFileError: it cannot be read.
        """
        import pyarrow.parquet as pq

        with _readable(path), pq.ParquetFile(path) as file:
            given = list(file.schema_arrow.names)
        return cls(path, clean_names(given, path), tuple(given))

    def blocks(self, layout: Layout, tally: Tally, told: Told) -> Iterator[Block]:
        """See `Table.blocks`."""
        import pyarrow as pa
        import pyarrow.parquet as pq

        wanted = [name for name in layout.columns if name in self.names]
        given = [self.given[self.names.index(name)] for name in wanted]
        size, first = self.path.stat().st_size, 1
        with _readable(self.path), pq.ParquetFile(self.path) as file:
            total = max(1, file.metadata.num_rows)
            for batch in file.iter_batches(_ROWS, columns=given, use_threads=False):
                arrays = [batch.column(name) for name in given]
                named = pa.RecordBatch.from_arrays(arrays, names=wanted)
                yield Block(named, Place(self.path, "", first, "row"))
                first += len(batch)
                told(size * (first - 1) // total)


class _readable:  # noqa: N801 - used as a function
    """Turns the errors of reading a Parquet file into a sentence."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, traceback: Any) -> None:
        import pyarrow as pa

        if isinstance(error, OSError | pa.ArrowException | UnicodeDecodeError):
            reason = shown_text((str(error) or type(error).__name__).splitlines()[0], 150)
            raise ImportFileError(
                self._path, f"is not readable Parquet ({reason})", "download it again"
            ) from None
