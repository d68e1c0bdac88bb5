"""Databento's definition file: which contract an instrument id is."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from engine.brokers.imports.block import Block
from engine.brokers.imports.errors import ImportFileError, all_of
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.rows import Contract, ImportedRows, ReadingOptions, contracts_of_names
from engine.brokers.imports.tables import tables_of
from engine.brokers.imports.tally import Tally

_COLUMNS: Final = ("raw_symbol", "instrument_id")


def _unread(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    raise AssertionError("a definition file has no quotes")


_LAYOUT: Final = Layout(
    format="databento",
    title="a definition file (Databento)",
    needs=frozenset(_COLUMNS),
    texts=("raw_symbol",),
    numbers=(),
    wholes=("instrument_id",),
    read=_unread,
)


def read_definitions(path: Path) -> dict[int, Contract]:
    """Contract by instrument id; instruments that are no options are left out.

    Raises:
        ImportFileError: unreadable, or no definition file.
    """
    found: dict[int, Contract] = {}
    for table in tables_of(path):
        missing = sorted(_LAYOUT.needs - set(table.names))
        if missing:
            problem = f"is no definition file: it has no column {', '.join(missing)}"
            raise ImportFileError(path, problem, "download the schema definition")
        for block in table.blocks(_LAYOUT, Tally(), lambda read: None):
            at, contracts = contracts_of_names(block, "raw_symbol", Tally())
            ids = block.wholes("instrument_id").tolist()
            if block.problems:
                raise all_of(block.problems)
            found |= {
                number: contracts[place]
                for number, place in zip(ids, at.tolist(), strict=True)
                if place >= 0
            }
    return found
