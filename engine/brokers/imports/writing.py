"""The second half of an import: a group's rows from disk, settled, into a recorded session."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from engine.brokers.imports.bars import (
    DayVolumes,
    StandingQuotes,
    bar_of_grid,
    last_of_bars,
    settled,
)
from engine.brokers.imports.choosing import Chosen
from engine.brokers.imports.errors import ImportFileError
from engine.brokers.imports.gathering import Gathering, Group, too_many
from engine.brokers.imports.plan import ImportPlan, nearest, trading_days
from engine.brokers.imports.rows import Contract
from engine.brokers.imports.session_files import (
    LICENCE,
    SessionFiles,
    Written,
    close_ms,
    date_of,
    style_of,
)
from engine.brokers.imports.spill import Records
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.underlying import UnderlyingPrices, read_underlying
from engine.brokers.recorded.facts import MOST_ROWS
from engine.market.calendar import EXCHANGE_ZONE
from engine.market.clock import utc

WRITING: Final = "writing"
_LONGEST_NOTE: Final = 400

OnProgress = Callable[[str, int, int], None]


def write_groups(
    plan: ImportPlan,
    chosen: Chosen,
    gathered: Gathering,
    tally: Tally,
    on_progress: OnProgress = lambda what, done, total: None,
) -> tuple[Written, ...]:
    """Write every session of an import, or none of them.

    Args:
        plan: what was asked for.
        chosen: the layout, and the notes, to which those about the sessions are added.
        gathered: the rows.
        tally: counts what is met.
        on_progress: told rows written and rows there are.

    Raises:
        SessionFileError: a session exists, is too large, or its times are on no grid.
    """
    for rows in gathered.rows.values():
        if rows > MOST_ROWS and not gathered.are_ticks:
            raise too_many(plan.files[0], rows, MOST_ROWS)
    prices = None if plan.underlying is None else read_underlying(plan.underlying)
    folders = _folders(plan, gathered.groups)
    bars = [_bar_of(plan, chosen, gathered, group) for group in range(len(gathered.groups))]
    total, done = sum(gathered.rows.values()), 0
    opened: list[SessionFiles] = []
    sessions: list[Written] = []
    try:
        for group in sorted(range(len(gathered.groups)), key=lambda at: folders[at]):
            files = SessionFiles(folders[group], gathered.contracts)
            opened.append(files)
            rows_of = _GroupRows(plan, chosen, gathered, tally, group, bars[group], prices)
            for records in rows_of.settled():
                if len(records):
                    files.add(records)
            if files.written.rows:
                facts = _facts(plan, chosen, gathered, group, bars[group], tally)
                sessions.append(files.finish(facts))
            else:
                files.abandon()
            opened.remove(files)
            done += gathered.rows.get(group, 0)
            on_progress(WRITING, done, total)
        if not sessions:
            raise _nothing_left(plan, tally)
    except BaseException:
        for files in opened:
            files.abandon()
        for written in sessions:
            _remove(written.folder)
        raise
    _note_contradictions(chosen, tally)
    return tuple(sessions)


def _nothing_left(plan: ImportPlan, tally: Tally) -> ImportFileError:
    reasons = "; ".join(tally.lines()) or "none is left"
    return ImportFileError(
        plan.files[0], f"no row is left to write: {reasons}", "widen the filters"
    )


def _remove(folder: Path) -> None:
    """Take back a session that was written; its folder only where it is empty then."""
    for path in folder.glob("*.parquet"):
        path.unlink(missing_ok=True)
    (folder / "session.json").unlink(missing_ok=True)
    if not any(folder.iterdir()):
        folder.rmdir()


def _folders(plan: ImportPlan, groups: list[Group]) -> list[Path]:
    """Where each session goes: the folder itself where there is one, else folders in it."""
    if len(groups) == 1:
        return [plan.to]
    return [plan.to / _name(group) for group in groups]


def _name(group: Group) -> str:
    first, day = group
    name = re.sub(r"[^A-Za-z0-9]+", "-", first).strip("-")
    return name if day is None else f"{name}-{date_of(day)}"


def _bar_of(plan: ImportPlan, chosen: Chosen, gathered: Gathering, group: int) -> int | None:
    """Seconds of a bar; None for snapshots of one moment a day.

    Raises:
        ImportFileError: the times are on no grid.
    """
    if gathered.bar_s is not None:
        return gathered.bar_s
    moments = gathered.moments[group]
    bar_s = bar_of_grid(moments)
    days = len(np.unique(trading_days(np.array(sorted(moments), dtype=np.int64))))
    if bar_s is None and len(moments) > days and chosen.layout.kind != "snapshot":
        raise ImportFileError(
            plan.files[0],
            f"has {len(moments):,} times that lie on no grid",
            "gather its rows into bars, such as --bar 1min",
        )
    return bar_s


def _facts(
    plan: ImportPlan,
    chosen: Chosen,
    gathered: Gathering,
    group: int,
    bar_s: int | None,
    tally: Tally,
) -> dict[str, Any]:
    first, day = gathered.groups[group]
    style, multiplier = style_of(first) if day is not None else (first, 0)
    roots = sorted({each.root for each in gathered.contracts})
    if day is None:
        own = [root for root in roots if style_of(root)[0] == first]
        multiplier = style_of(own[0])[1]
    kind = chosen.layout.kind if bar_s is not None else "snapshot"
    names = ", ".join(dict.fromkeys(path.name for path in plan.files))
    note = "; ".join([*chosen.notes, *tally.lines()])
    return {
        "underlying": first if day is not None else "",
        "multiplier": multiplier,
        "style": style,
        "bar": "eod" if bar_s is None else bar_text(bar_s),
        "kind": kind,
        "source": f"{chosen.found}: {names}"[:_LONGEST_NOTE],
        "licence": LICENCE,
        "note": note[:_LONGEST_NOTE],
    }


def bar_text(bar_s: int) -> str:
    """A bar's length as session.json writes it."""
    return f"{bar_s // 60}min" if bar_s % 60 == 0 else f"{bar_s}s"


@dataclass(slots=True)
class _GroupRows:
    """Settles the rows of one group.

    Args:
        plan, chosen, gathered, tally: of the import.
        group: its number.
        bar_s: its bar; None for one moment a day.
        prices: of the underlying; None for those of the file.
    """

    plan: ImportPlan
    chosen: Chosen
    gathered: Gathering
    tally: Tally
    group: int
    bar_s: int | None
    prices: UnderlyingPrices | None

    def settled(self) -> Iterator[Records]:
        """The rows to write, ascending in time, one a contract and bar."""
        layout = self.chosen.layout
        volumes = DayVolumes() if layout.counts_interval and "volume" in layout.says else None
        standing = None
        if layout.stands and self.bar_s is not None:
            standing = StandingQuotes(self.bar_s, self.gathered.kind)
        day = -1
        for records in self._once():
            now = int(trading_days(records["ts"][:1])[0])
            if volumes is not None:
                volumes.add(now, records)
            if standing is None:
                yield self._finished(records, now)
                continue
            if now != day and day >= 0:
                yield from self._repeated(standing.rest_of_day(close_ms(day)), day)
            day = now
            yield from self._repeated(standing.bars(records, close_ms(day)), day, len(records))
        if standing is not None and day >= 0:
            yield from self._repeated(standing.rest_of_day(close_ms(day)), day)

    def _once(self) -> Iterator[Records]:
        """The group's rows, those told twice settled; a slice has the rows of one day."""
        for given in self.gathered.slices(self.group):
            records = self._of_nearest(given)
            if not len(records):
                continue
            if self.gathered.are_ticks:
                yield records[last_of_bars(records)]
                continue
            kept, equal, contradicting = settled(records)
            if equal:
                self.tally.add(Met.EQUAL_TWICE, equal, self._refusal(Met.EQUAL_TWICE))
            if len(contradicting):
                self._name(contradicting)
            if len(kept):
                yield kept

    def _of_nearest(self, records: Records) -> Records:
        """Those of the nearest expirations, where so many are wanted."""
        most = self.plan.filters.expirations
        if most is None:
            return records
        days = trading_days(records["ts"])
        distinct, of_row = np.unique(
            records["contract"].astype(np.int64) << 18 | days, return_inverse=True
        )
        wanted = np.array([self._is_near(each >> 18, each & 0x3FFFF, most) for each in distinct])
        kept = wanted[of_row]
        self.tally.add(Met.FILTERED, int(np.count_nonzero(~kept)))
        near: Records = records[kept]
        return near

    def _is_near(self, number: int, day: int, most: int) -> bool:
        contract = self.gathered.contracts[number]
        listed = self.gathered.expirations[contract.root, day]
        return contract.expiration in nearest(listed, day, most)

    def _repeated(self, bars: Iterator[Records], day: int, own: int = 0) -> Iterator[Records]:
        rows = 0
        for records in bars:
            rows += len(records)
            yield self._finished(records, day)
        self.tally.add(Met.REPEATED, rows - own)

    def _finished(self, records: Records, day: int) -> Records:
        """The rows within the hours, with the price of the underlying."""
        wanted = self.plan.filters.takes_times(records["ts"])
        if not wanted.all():
            self.tally.add(Met.FILTERED, int(np.count_nonzero(~wanted)))
            records = records[wanted]
        if self.prices is not None:
            own = records["underlying_price"]
            records["underlying_price"] = np.where(
                np.isnan(own), self.prices.at(records["ts"]), own
            )
        return records

    def _name(self, contradicting: Records) -> None:
        """Count contracts that a bar tells twice and differently, and name the first."""
        first = contradicting[0]
        contract = self.gathered.contracts[int(first["contract"])]
        named = f"{contract_text(contract)} at {moment_text(int(first['ts']))}"
        self.tally.first.setdefault(Met.CONTRADICTING, named)
        refusal = self._refusal(Met.CONTRADICTING, f", {named}")
        self.tally.add(Met.CONTRADICTING, len(contradicting), refusal)

    def _refusal(self, met: Met, named: str = "") -> ImportFileError:
        return ImportFileError(
            self.plan.files[0], f"has {met.text}{named}", "import without --strict"
        )


def contract_text(contract: Contract) -> str:
    """A contract as an operator reads it."""
    right = "CP"[contract.right]
    return f"{contract.root} {date_of(contract.expiration)} {contract.strike:g} {right}"


def moment_text(ts_ms: int) -> str:
    """An instant as the exchange's clock shows it."""
    return f"{utc(ts_ms / 1000).astimezone(EXCHANGE_ZONE):%Y-%m-%d %H:%M:%S}"


def _note_contradictions(chosen: Chosen, tally: Tally) -> None:
    if tally.counts.get(Met.CONTRADICTING):
        chosen.notes.append("contracts told twice and differently are missing in those bars")
