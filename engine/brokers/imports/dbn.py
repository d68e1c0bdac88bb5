"""Databento's binary files (DBN), read with the optional package databento-dbn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.brokers.imports.block import Block, Place
from engine.brokers.imports.errors import ImportFileError
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.tables import Table
from engine.brokers.imports.tally import Tally
from engine.brokers.imports.text_files import BLOCK_BYTES, TextFile, Told, packing_of
from engine.config.names import shown_text

_MAGIC: Final = b"DBN"
_BATCH: Final = 32_768
_NAMES: Final = (
    *("ts_recv", "rtype", "instrument_id", "bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00"),
)
_CONVERT: Final = (
    "install the extra legdesk[databento], or convert it to CSV: `dbn FILE --csv --map-symbols`, "
    "or DBNStore.to_csv(map_symbols=True) in Python"
)


def is_dbn(path: Path) -> bool:
    """Whether a file is DBN, packed with zstd or not."""
    packing = packing_of(path)
    if packing == "dbn":
        return True
    if packing != "zstd":
        return False
    with TextFile(path, "", packing, 0).opened() as stream:
        return bytes(stream.read(len(_MAGIC))) == _MAGIC


def dbn_table(path: Path) -> Table:
    """The records of a DBN file.

    Raises:
        ImportFileError: the optional package is not installed.
    """
    try:
        import databento_dbn  # noqa: F401
    except ImportError:
        raise ImportFileError(path, "is DBN, for which a package is missing", _CONVERT) from None
    return DbnTable(path)


@dataclass(frozen=True, slots=True)
class DbnTable:
    """Consolidated quotes of a DBN file, as a table with the names that its CSV would have."""

    path: Path
    member: str = ""
    names: tuple[str, ...] = (*_NAMES, "symbol")

    def blocks(self, layout: Layout, tally: Tally, told: Told) -> Iterator[Block]:
        """See `engine.brokers.imports.tables.Table`."""
        rows: list[tuple[Any, ...]] = []
        first = 1
        for row in self._rows(told):
            rows.append(row)
            if len(rows) >= _BATCH:
                yield self._block(rows, first)
                first += len(rows)
                rows = []
        if rows:
            yield self._block(rows, first)

    def _block(self, rows: list[tuple[Any, ...]], first: int) -> Block:
        import pyarrow as pa

        columns = [pa.array(list(column)) for column in zip(*rows, strict=True)]
        batch = pa.RecordBatch.from_arrays(columns, names=list(self.names))
        return Block(batch, Place(self.path, "", first, "record"))

    def _rows(self, told: Told) -> Iterator[tuple[Any, ...]]:
        import databento_dbn as dbn

        decoder = dbn.DBNDecoder()
        symbols: dict[int, str] = {}
        text = TextFile(self.path, "", packing_of(self.path), self.path.stat().st_size)
        with text.opened() as stream:
            done = 0
            while data := stream.read(BLOCK_BYTES):
                done += len(data)
                told(min(done, text.size))
                try:
                    decoder.write(data)
                    records = decoder.decode()
                except Exception as error:
                    reason = shown_text(str(error), 120)
                    problem = f"cannot be decoded ({reason})"
                    raise ImportFileError(self.path, problem, "download it again") from None
                for record in records:
                    if isinstance(record, dbn.Metadata):
                        symbols |= _mapped(record)
                    elif isinstance(record, dbn.CBBOMsg):
                        yield _row(record, symbols)

    # The symbols of a file hold for its one day; later mappings of the same id are of no row.


def _mapped(metadata: Any) -> dict[int, str]:
    """Contract names by instrument id, from a file's head."""
    found: dict[int, str] = {}
    for name, intervals in dict(metadata.mappings).items():
        for interval in intervals:
            symbol = interval["symbol"]
            if symbol.isdigit():
                found[int(symbol)] = name
            elif name.isdigit():
                found[int(name)] = symbol
    return found


def _row(record: Any, symbols: dict[int, str]) -> tuple[Any, ...]:
    level = record.levels[0]
    return (
        record.ts_recv,
        int(record.rtype),
        record.instrument_id,
        level.bid_px,
        level.ask_px,
        level.bid_sz,
        level.ask_sz,
        symbols.get(record.instrument_id, ""),
    )
