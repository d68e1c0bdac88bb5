"""What to import: which files, in which format, which rows of them, and where to."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, time
from functools import lru_cache
from pathlib import Path
from typing import Final, Literal

import numpy as np

from engine.brokers.imports.block import Ints, Mask
from engine.brokers.imports.rows import Contract, ReadingOptions
from engine.brokers.imports.values import EPOCH
from engine.brokers.recorded.session import trading_date
from engine.market.calendar import EXCHANGE_ZONE
from engine.market.clock import utc

MOST_SESSIONS: Final = 500
DaysAs = Literal["split", "together"]


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are wanted; empty and None stand for all.

    Args:
        symbols: option roots.
        days: the first and the last exchange date.
        expirations: so many of each root and day, the nearest first.
        strikes: the lowest and the highest strike.
        hours: bars that end after the first and not after the second time of day, New York.
    """

    symbols: frozenset[str] = frozenset()
    days: tuple[date, date] | None = None
    expirations: int | None = None
    strikes: tuple[float, float] | None = None
    hours: tuple[time, time] | None = None

    def takes(self, contract: Contract) -> bool:
        """Whether a contract is wanted, its expiration aside."""
        if self.symbols and contract.root not in self.symbols:
            return False
        return self.strikes is None or self.strikes[0] <= contract.strike <= self.strikes[1]

    def takes_days(self, days: Ints) -> Mask:
        """Which exchange dates, (k,) days since 1970, are wanted."""
        if self.days is None:
            return np.ones(len(days), dtype=np.bool_)
        first, last = ((each - EPOCH).days for each in self.days)
        return (days >= first) & (days <= last)

    def takes_times(self, ts_ms: Ints) -> Mask:
        """Which ends of bars, (k,) ms since 1970, are within the hours."""
        if self.hours is None:
            return np.ones(len(ts_ms), dtype=np.bool_)
        moments, of_row = np.unique(ts_ms, return_inverse=True)
        after, until = self.hours
        clocks = (utc(ms / 1000).astimezone(EXCHANGE_ZONE).time() for ms in moments.tolist())
        return np.array([after < clock <= until for clock in clocks], dtype=np.bool_)[of_row]


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """One import.

    Args:
        files: files and folders to read.
        to: the folder of the session; with several sessions each gets a folder in it.
        format: one of `formats.known.FORMATS`; "auto" finds it by the header.
        columns: the map of a table, for "csv"; None to guess it.
        filters: which rows.
        days_as: a session a root and day, or all in one.
        bar_s: gather the rows into bars so long, seconds; None as they are.
        underlying: a file with prices of the underlying; None for none.
        definitions: a file that names contracts by instrument id; None for none.
        options: what the files do not say.
        strict: refuse what would be repaired.
    """

    files: tuple[Path, ...]
    to: Path
    format: str = "auto"
    columns: Path | None = None
    filters: Filters = field(default_factory=Filters)
    days_as: DaysAs = "split"
    bar_s: int | None = None
    underlying: Path | None = None
    definitions: Path | None = None
    options: ReadingOptions = field(default_factory=ReadingOptions)
    strict: bool = False


@lru_cache(maxsize=1 << 16)
def _day_of(ms: int) -> int:
    return (trading_date(ms / 1000) - EPOCH).days


def trading_days(ts_ms: Ints) -> Ints:
    """The exchange date of each end of a bar, (k,) days since 1970."""
    moments, of_row = np.unique(ts_ms, return_inverse=True)
    return np.array([_day_of(ms) for ms in moments.tolist()], dtype=np.int64)[of_row]


def nearest(expirations: Collection[int], day: int, most: int | None) -> frozenset[int]:
    """Of expirations, days since 1970, those not before a day; at most so many, the nearest."""
    listed = sorted(each for each in expirations if each >= day)
    return frozenset(listed[:most])
