"""Rows of every block, filtered and numbered, on their way to disk: the first half of an import."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.bars import ends_of_bars, last_of_bars
from engine.brokers.imports.block import Block, Ints
from engine.brokers.imports.errors import ImportFileError
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.plan import MOST_SESSIONS, ImportPlan, trading_days
from engine.brokers.imports.rows import Contract, ImportedRows
from engine.brokers.imports.session_files import style_of
from engine.brokers.imports.spill import Records, Spill, record_type
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.recorded.facts import MOST_ROWS

TICK_BAR_S: Final = 60
"""The bar into which ticks are gathered where none is named."""

Group = tuple[str, int | None]
"""A root and its day, or a style and None where all days are together."""


class Gathering:
    """Takes blocks of one layout, and knows afterwards what there is.

    Args:
        plan: what is wanted.
        layout: of every block.
        folder: empty, for rows on their way.
        tally: counts what is met.

    Attributes:
        contracts: every contract by number.
        groups: the sessions to write, by number.
        moments: the ends of bars of each group, ms since 1970.
        expirations: those of each root and day.
        bar_s: the bar that files name or the plan asks for; None where times say it.
    """

    def __init__(self, plan: ImportPlan, layout: Layout, folder: Path, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._numbers: dict[Contract, int] = {}
        self._group_numbers: dict[Group, int] = {}
        self._ticks = layout.ticks or plan.bar_s is not None
        self._folder = folder
        self._layout = layout
        self.contracts: list[Contract] = []
        self.groups: list[Group] = []
        self.moments: list[set[int]] = []
        self.expirations: dict[tuple[str, int], set[int]] = {}
        self.bar_s = plan.bar_s or (TICK_BAR_S if layout.ticks else None)
        self._values = layout.says
        if plan.underlying is not None and "underlying_price" not in self._values:
            self._values = (*self._values, "underlying_price")
        self._spill: Spill | None = None

    def take(self, block: Block, rows: ImportedRows) -> None:
        """Keep the wanted rows of a block.

        Raises:
            ImportFileError: there are too many, or a strict import meets a repair.
        """
        ts_ms = rows.ts_ms
        if self._spill is None:
            if rows.order is not None and not self._ticks:
                self._ticks, self.bar_s = True, TICK_BAR_S
            self._spill = Spill(self._folder, record_type(self._values, ticks=self._ticks))
        if rows.bar_s is not None and self.bar_s is None:
            self.bar_s = rows.bar_s
        if self._ticks and self.bar_s is not None:
            ts_ms = ends_of_bars(ts_ms, self.bar_s)
        days = trading_days(ts_ms)
        used = self._wanted(block, rows, days)
        if not used.any():
            return
        numbers = self._numbered(rows, used)
        records = self._records(rows, ts_ms, numbers, used)
        groups = self._grouped(block, rows, days, used)
        if self._ticks:
            kept = last_of_bars(records)
            groups, records = groups[kept], records[kept]
        self._spill.add(groups, records)
        for group in np.unique(groups).tolist():
            self.moments[group].update(np.unique(records["ts"][groups == group]).tolist())

    def slices(self, group: int) -> Any:
        """The rows of a group, a few minutes at a time, ascending."""
        assert self._spill is not None
        return self._spill.slices(group)

    @property
    def kind(self) -> np.dtype[Any]:
        """The type of a record on its way."""
        return record_type(self._values, ticks=self._ticks)

    @property
    def are_ticks(self) -> bool:
        """Whether several rows of a contract in a bar are right: the last counts."""
        return self._ticks

    @property
    def rows(self) -> dict[int, int]:
        """Rows of each group."""
        return {} if self._spill is None else self._spill.rows

    def _wanted(self, block: Block, rows: ImportedRows, days: Ints) -> NDArray[np.bool_]:
        filters, contracts = self._plan.filters, rows.contracts
        takes = np.array([*(filters.takes(each) for each in contracts), False])
        expires = np.array([*(each.expiration for each in contracts), 0])
        known = rows.contract >= 0
        expired = known & (expires[rows.contract] < days)
        if expired.any():
            refusal = block.error(f"has {Met.EXPIRED.text}", "import without --strict")
            self._tally.add(Met.EXPIRED, int(np.count_nonzero(expired)), refusal)
        used = known & takes[rows.contract] & ~expired & filters.takes_days(days)
        self._tally.add(Met.FILTERED, int(np.count_nonzero(known & ~expired & ~used)))
        wanted: NDArray[np.bool_] = used
        return wanted

    def _numbered(self, rows: ImportedRows, used: NDArray[np.bool_]) -> Ints:
        """The number of each used row's contract, in all files."""
        own = np.unique(rows.contract[used])
        numbers = np.full(len(rows.contracts), -1, dtype=np.int64)
        for at in own.tolist():
            contract = rows.contracts[at]
            number = self._numbers.get(contract)
            if number is None:
                number = self._numbers[contract] = len(self.contracts)
                self.contracts.append(contract)
            numbers[at] = number
        return numbers[rows.contract[used]]

    def _records(
        self, rows: ImportedRows, ts_ms: Ints, numbers: Ints, used: NDArray[np.bool_]
    ) -> Records:
        records = np.empty(len(numbers), dtype=self.kind)
        records["ts"], records["contract"] = ts_ms[used], numbers
        if self._ticks:
            order = rows.ts_ms * 1_000_000 if rows.order is None else rows.order
            records["order"] = order[used]
            records["sequence"] = 0 if rows.sequence is None else rows.sequence[used]
        for name in self._values:
            records[name] = rows.values[name][used] if name in rows.values else np.nan
        return records

    def _grouped(
        self, block: Block, rows: ImportedRows, days: Ints, used: NDArray[np.bool_]
    ) -> Ints:
        """The group of each used row."""
        pairs = rows.contract[used] * (1 << 18) + days[used]
        distinct, of_row = np.unique(pairs, return_inverse=True)
        groups = []
        for pair in distinct.tolist():
            at, day = divmod(pair, 1 << 18)
            contract = rows.contracts[at]
            self.expirations.setdefault((contract.root, day), set()).add(contract.expiration)
            together = self._plan.days_as == "together"
            key: Group = (style_of(contract.root)[0], None) if together else (contract.root, day)
            groups.append(self._group(block, key))
        return np.array(groups, dtype=np.int64)[of_row]

    def _group(self, block: Block, key: Group) -> int:
        number = self._group_numbers.get(key)
        if number is None:
            number = self._group_numbers[key] = len(self.groups)
            self.groups.append(key)
            self.moments.append(set())
            if number >= MOST_SESSIONS:
                raise block.error(
                    f"holds more than {MOST_SESSIONS} symbols and days",
                    "choose some with --symbols and --days, or take --days-as together",
                )
        if self.rows.get(number, 0) > MOST_ROWS and not self._ticks:
            raise too_many(block.place.path, self.rows[number])
        return number


def too_many(path: Path, rows: int, most: int = MOST_ROWS) -> ImportFileError:
    """The refusal of a session that would be larger than replay reads."""
    return ImportFileError(
        path,
        f"makes a session of {rows:,} rows or more; {most:,} are the most",
        "take fewer with --symbols, --expirations, --strikes, --days or a longer --bar",
    )
