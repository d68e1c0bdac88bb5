"""What an import met: every class of repair and of rows left out, counted, the first one named."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from engine.brokers.imports.block import Block, Mask
    from engine.brokers.imports.errors import ImportFileError


class Met(Enum):
    """A class of rows or values, as the summary words it, and whether `--strict` refuses it."""

    NEGATIVE = ("negative values taken as unknown", True)
    NOT_FINITE = ("values NaN or infinite taken as unknown", True)
    NO_ASK = ("asks of 0 taken as unknown: nobody offers", False)
    NO_QUOTE = ("sides without a quote taken as unknown", False)
    NO_VOLATILITY = ("volatilities of 0 taken as unknown: not computed", False)
    NO_UNDERLYING = ("prices of the underlying of 0 taken as unknown", False)
    CROSSED = ("rows crossed, bid above ask, kept as they are", True)
    ONE_SIDED = ("rows with one side only, kept", False)
    CARRIED = ("sides unchanged in their bar, filled forward from the one before", False)
    CLOCKS_DIFFER = ("rows whose two clocks differ, the one in New York taken", True)
    ADJUSTED = ("rows of adjusted roots left out: their multiplier is not 100", False)
    OTHER_ROOT = ("rows of roots not known as the underlying's left out", False)
    NO_CONTRACT = ("rows whose name is no option contract's left out", True)
    EXPIRED = ("rows after their expiration left out", True)
    EQUAL_TWICE = ("rows told twice, equal, taken once", True)
    CONTRADICTING = ("rows of a contract told twice in a bar, differently, left out", True)
    UNENDED = ("last lines without a line end", True)
    FILTERED = ("rows that the filters leave out", False)
    REPEATED = ("rows repeated because a quote stood unchanged", False)

    @property
    def text(self) -> str:
        """What the summary says after the number."""
        return self.value[0]

    @property
    def is_repair(self) -> bool:
        """Whether `--strict` refuses it."""
        return self.value[1]


@dataclass(slots=True)
class Tally:
    """Counts of one import.

    Args:
        strict: whether a repair is refused.

    Attributes:
        counts: rows or values by class.
        first: a sentence part that names the first of a class.
        rows_read: rows of the files.
    """

    strict: bool = False
    counts: dict[Met, int] = field(default_factory=dict)
    first: dict[Met, str] = field(default_factory=dict)
    rows_read: int = 0

    def note(self, met: Met, bad: Mask, block: Block, column: str = "") -> None:
        """Count the rows of a block that `bad`, (k,), marks.

        Raises:
            ImportFileError: a repair, and the import is strict.
        """
        count = int(np.count_nonzero(bad))
        if not count:
            return
        line = block.place.first + int(np.argmax(bad))
        if met not in self.first:
            self.first[met] = f"{block.place.counted} {line:,}" + (f", {column}" if column else "")
        self.add(met, count, block.error(f"has {met.text}", _STRICT, line=line, column=column))

    def add(self, met: Met, count: int, refusal: ImportFileError | None = None) -> None:
        """Count so many; a strict import raises the refusal of a repair."""
        self.counts[met] = self.counts.get(met, 0) + count
        if self.strict and met.is_repair and refusal is not None:
            raise refusal

    def count_rows(self, count: int) -> None:
        """So many rows of a file have been read."""
        self.rows_read += count

    def lines(self) -> list[str]:
        """The summary, one class a line, in a fixed order."""
        return [
            f"{self.counts[met]:,} {met.text}"
            + (f" (first: {self.first[met]})" if met in self.first else "")
            for met in Met
            if self.counts.get(met)
        ]


_STRICT = "correct the file, or import without --strict"
