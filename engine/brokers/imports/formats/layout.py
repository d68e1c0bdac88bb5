"""What a format is: how it is told from others, which columns it reads, and what comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.brokers.imports.block import Block
from engine.brokers.imports.rows import ImportedRows, ReadingOptions
from engine.brokers.imports.tally import Tally

Kind = Literal["intraday_updates", "snapshot"]
Reader = Callable[[Block, ReadingOptions, Tally], ImportedRows]


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout of a vendor's files.

    Args:
        format: the name that the command line takes.
        title: whose it is, as an operator reads it.
        needs: columns without which it is not this layout; clean names.
        texts, numbers, wholes: the columns that are read, by how; those a file lacks are left out.
        read: reads a block of it.
        kind: what its rows are.
        ticks: whether there is a row for each change, to be gathered into bars.
        stands: whether a contract has no row while its quote does not change.
        counts_interval: whether volume is that of the interval, not of the day so far.
        says: the values that the layout may have, of `rows.VALUES`.
        lacks: what is to be known of what comes out, as a sentence; "" for nothing.
    """

    format: str
    title: str
    needs: frozenset[str]
    texts: tuple[str, ...]
    numbers: tuple[str, ...]
    read: Reader
    wholes: tuple[str, ...] = ()
    kind: Kind = "intraday_updates"
    ticks: bool = False
    stands: bool = False
    counts_interval: bool = False
    says: tuple[str, ...] = ("bid", "ask", "bid_size", "ask_size")
    lacks: str = ""

    @property
    def columns(self) -> tuple[str, ...]:
        """Every column that is read."""
        return (*self.texts, *self.numbers, *self.wholes)
