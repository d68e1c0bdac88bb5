"""A recorded session in memory: its bars, its trading days, and the rows of each chain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.recorded.columns import (
    QUOTES_FILE,
    Floats,
    Ints,
    QuoteColumns,
    read_columns,
)
from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.facts import MOST_ROWS, SESSION_FILE, SessionFacts, read_facts
from engine.market.calendar import EXCHANGE_ZONE, exchange_date

_EPOCH: Final = date(1970, 1, 1)
_MIDNIGHT_BELONGS_TO_THE_DAY_BEFORE_S: Final = 0.001

SeriesKey = tuple[int, str, date]


def trading_date(end_s: float) -> date:
    """The exchange date of a bar that ends at epoch second `end_s`.

    A bar that ends at midnight in New York belongs to the day that ends with it.
    """
    return exchange_date(end_s - _MIDNIGHT_BELONGS_TO_THE_DAY_BEFORE_S)


def trading_day_bounds_s(day: date) -> tuple[float, float]:
    """Epoch seconds of an exchange date's first moment, just after midnight, and its last."""
    starts_s = datetime.combine(day, time(), EXCHANGE_ZONE).timestamp()
    ends_s = datetime.combine(day + timedelta(days=1), time(), EXCHANGE_ZONE).timestamp()
    return starts_s + _MIDNIGHT_BELONGS_TO_THE_DAY_BEFORE_S, ends_s


@dataclass(frozen=True, slots=True)
class TradingDay:
    """One exchange date of a session.

    Args:
        date: the date in New York.
        first_bar, end_bar: its bars are the session's bars [first_bar, end_bar).
        starts_s, ends_s: epoch seconds of its first and last moment: just after midnight, and
            the midnight that ends it.
    """

    date: date
    first_bar: int
    end_bar: int
    starts_s: float
    ends_s: float


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSeries:
    """One root and expiration on one trading day: n strikes, k rows.

    Args:
        symbol, expiration: the chain.
        day: which of the session's days.
        strikes: (n,) every strike quoted that day, ascending.
        starts: the rows of the day's b-th bar are [starts[b], starts[b + 1]).
        bars: (k,) the session's bar of each row.
        cells: (k,) right * n + column of each row's contract.
        quotes: (m, k) the values, in the order of `RecordedSession.fields`.
    """

    symbol: str
    expiration: date
    day: int
    strikes: Floats
    starts: list[int]
    bars: NDArray[np.intp]
    cells: NDArray[np.intp]
    quotes: Floats


@dataclass(frozen=True, slots=True, eq=False)
class RecordedSession:
    """Everything a replay needs of a session's two files.

    Args:
        facts: what session.json says.
        bars_s: (b,) epoch seconds at which each bar ends, ascending.
        days: the exchange dates the bars belong to.
        series: the rows by (position in `days`, symbol, expiration).
        fields: the quote columns that hold any value.
        underlying: by symbol, (b,) last known price of the underlying that day at each bar, NaN
            where unknown; symbols without any are absent.
        rows: rows of quotes.parquet.
    """

    facts: SessionFacts
    bars_s: Floats
    days: tuple[TradingDay, ...]
    series: dict[SeriesKey, RecordedSeries]
    fields: tuple[str, ...]
    underlying: dict[str, Floats]
    rows: int

    @property
    def symbols(self) -> tuple[str, ...]:
        """The option roots, in alphabetical order."""
        return tuple(sorted({symbol for _, symbol, _ in self.series}))

    @property
    def first_s(self) -> float:
        """Epoch seconds at which the first bar ends."""
        return float(self.bars_s[0])

    @property
    def last_s(self) -> float:
        """Epoch seconds at which the last bar ends."""
        return float(self.bars_s[-1])


def read_session(path: Path) -> RecordedSession:
    """Return the session in a folder with quotes.parquet and session.json.

    Raises:
        SessionFileError: anything on which a replay cannot rely; it names file, column, row and
            what to do.
    """
    facts = read_facts(path / SESSION_FILE)
    file = path / QUOTES_FILE
    rows = read_columns(file)
    count = len(rows.ts_ms)
    if facts.rows is not None and facts.rows != count:
        raise SessionFileError(
            path / SESSION_FILE,
            f"says {facts.rows:,}, and {QUOTES_FILE} holds {count:,}",
            "take both files from the same recording",
            column="rows",
        )
    begins = np.concatenate(([True], np.diff(rows.ts_ms) > 0))
    bar: Ints = np.cumsum(begins) - 1
    bars_s: Floats = rows.ts_ms[begins] / 1000.0
    if len(rows.symbols) * len(bars_s) > MOST_ROWS:
        raise SessionFileError(
            file,
            f"holds {len(rows.symbols):,} symbols in {len(bars_s):,} bars",
            f"split it; {MOST_ROWS:,} symbols x bars are the most",
            column="symbol",
        )
    days = _trading_days(bars_s)
    return RecordedSession(
        facts=facts,
        bars_s=bars_s,
        days=days,
        series=_series(file, rows, bar, days),
        fields=tuple(rows.quotes),
        underlying=_underlying(rows, bar, days),
        rows=count,
    )


def _trading_days(bars_s: Floats) -> tuple[TradingDay, ...]:
    days: list[TradingDay] = []
    first = 0
    while first < len(bars_s):
        day = trading_date(float(bars_s[first]))
        starts_s, ends_s = trading_day_bounds_s(day)
        end = int(np.searchsorted(bars_s, ends_s, side="right"))
        days.append(TradingDay(day, first, end, starts_s, ends_s))
        first = end
    return tuple(days)


def _series(
    file: Path, rows: QuoteColumns, bar: Ints, days: tuple[TradingDay, ...]
) -> dict[SeriesKey, RecordedSeries]:
    day_of_bar = np.repeat(np.arange(len(days)), [day.end_bar - day.first_bar for day in days])
    listed, expiration = np.unique(rows.expiration_days, return_inverse=True)
    names, listings = len(rows.symbols), len(listed)
    code = (day_of_bar[bar] * names + rows.symbol) * listings + expiration
    order = np.argsort(code, kind="stable")
    edges = np.flatnonzero(np.diff(code[order])) + 1
    series: dict[SeriesKey, RecordedSeries] = {}
    for mine in np.split(order, edges):
        first = int(mine[0])
        position = int(day_of_bar[bar[first]])
        day = days[position]
        strikes, column = np.unique(rows.strike[mine], return_inverse=True)
        cells = rows.right[mine] * len(strikes) + column
        bars = bar[mine]
        _refuse_repeats(file, mine, bars * (2 * len(strikes)) + cells)
        starts = np.searchsorted(bars, np.arange(day.first_bar, day.end_bar + 1))
        symbol = rows.symbols[int(rows.symbol[first])]
        expires = _EPOCH + timedelta(days=int(rows.expiration_days[first]))
        quotes = np.empty((len(rows.quotes), len(mine)))
        for at, name in enumerate(rows.quotes):
            quotes[at] = rows.quotes[name][mine]
        series[position, symbol, expires] = RecordedSeries(
            symbol,
            expires,
            position,
            strikes,
            starts.tolist(),
            bars.astype(np.intp),
            cells.astype(np.intp),
            quotes,
        )
    return series


def _refuse_repeats(file: Path, rows: Ints, key: Ints) -> None:
    """Raise where one bar has two rows of a contract: it is not known which came last."""
    order = np.argsort(key, kind="stable")
    again = np.flatnonzero(np.diff(key[order]) == 0)
    if len(again):
        row = int(rows[order[again + 1]].min()) + 1
        raise SessionFileError(
            file,
            "is a second row of its contract in its bar",
            "keep the last row of each contract and ts",
            column="ts",
            row=row,
        )


def _underlying(rows: QuoteColumns, bar: Ints, days: tuple[TradingDay, ...]) -> dict[str, Floats]:
    if rows.underlying_price is None:
        return {}
    known = np.isfinite(rows.underlying_price)
    prices = np.full((len(rows.symbols), days[-1].end_bar), np.nan)
    prices[rows.symbol[known], bar[known]] = rows.underlying_price[known]
    for day in days:
        part = prices[:, day.first_bar : day.end_bar]
        filled = np.where(np.isfinite(part), np.arange(part.shape[1]), 0)
        np.maximum.accumulate(filled, axis=1, out=filled)
        part[:] = np.take_along_axis(part, filled, axis=1)
    return {
        symbol: prices[at]
        for at, symbol in enumerate(rows.symbols)
        if np.isfinite(prices[at]).any()
    }
