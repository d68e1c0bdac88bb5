"""Prices of the underlying from a file of their own: the last one at or before a bar's end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from engine.brokers.imports.bars import bar_of_grid
from engine.brokers.imports.block import Block, Floats, Ints
from engine.brokers.imports.errors import ImportFileError, all_of
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.formats.mapped import ColumnMap, layout_of
from engine.brokers.imports.plan import trading_days
from engine.brokers.imports.tables import tables_of
from engine.brokers.imports.tally import Tally
from engine.market.calendar import EXCHANGE_ZONE

_ENDS: Final = (
    *("ts", "timestamp", "time", "datetime", "date_time", "quote_datetime", "ts_recv", "date"),
    *("sip_timestamp", "quote_time"),
)
_STARTS: Final = ("window_start", "ts_event", "t")
_PRICES: Final = ("price", "last", "close", "underlying_price", "mark", "c", "trade_price")
_SIDES: Final = (("bid", "ask"), ("bid_px_00", "ask_px_00"), ("bid_price", "ask_price"))


@dataclass(frozen=True, slots=True)
class UnderlyingPrices:
    """Prices, n of them, ascending in time.

    Args:
        ts_ms: (n,) when each was known, milliseconds since 1970 UTC.
        days: (n,) exchange date of each, days since 1970.
        price: (n,) dollars a share.
    """

    ts_ms: Ints
    days: Ints
    price: Floats

    def at(self, ts_ms: Ints) -> Floats:
        """The last price of the same exchange date at or before each moment, (k,); NaN for none."""
        moments, of_row = np.unique(ts_ms, return_inverse=True)
        before = np.searchsorted(self.ts_ms, moments, side="right") - 1
        found = self.price[np.maximum(before, 0)]
        same_day = self.days[np.maximum(before, 0)] == trading_days(moments)
        return np.where((before >= 0) & same_day, found, np.nan)[of_row]


def read_underlying(path: Path) -> UnderlyingPrices:
    """The prices in a file: a column of times and one of prices, or of bid and ask.

    A time is when the price was known; that of bars labelled by their start (`window_start`,
    `ts_event`) counts from their end.

    Raises:
        ImportFileError: unreadable, no such columns, or not one price.
    """
    parts = [part for table in tables_of(path) for part in _parts(path, table.names, table)]
    if not parts:
        raise ImportFileError(path, "holds no price above 0", "name a file with time and price")
    ts_ms = np.concatenate([ts for ts, _ in parts])
    price = np.concatenate([each for _, each in parts])
    order = np.argsort(ts_ms, kind="stable")
    return UnderlyingPrices(ts_ms[order], trading_days(ts_ms[order]), price[order])


def _parts(path: Path, names: tuple[str, ...], table: object) -> Iterator[tuple[Ints, Floats]]:
    time = next((name for name in (*_STARTS, *_ENDS) if name in names), "")
    columns = next(((name,) for name in _PRICES if name in names), ())
    if not columns:
        columns = next((pair for pair in _SIDES if set(pair) <= set(names)), ())  # type: ignore[assignment]
    of_options = sorted({"strike", "right", "expiration", "option_type"} & set(names))
    if of_options:
        problem = f"is a table of options: it has a column {of_options[0]}"
        raise ImportFileError(path, problem, "name a file of the underlying's own prices")
    if not time or not columns:
        needed = "time and price, or time, bid and ask"
        raise ImportFileError(path, f"has no columns {needed}", f"name its columns {needed}")
    layout = layout_of(
        ColumnMap(time=time, values=dict(zip(("bid", "ask"), columns, strict=False)))
    )
    parts = list(_read(layout, time, columns, table))
    if time in _STARTS and parts:
        bar_s = bar_of_grid(set(np.concatenate([ts for ts, _ in parts]).tolist())) or 60
        parts = [(ts + bar_s * 1000, price) for ts, price in parts]
    yield from parts


def _read(
    layout: Layout, time: str, columns: tuple[str, ...], table: object
) -> Iterator[tuple[Ints, Floats]]:
    from engine.brokers.imports.tables import CsvTable, ParquetTable

    assert isinstance(table, CsvTable | ParquetTable)
    for block in table.blocks(layout, Tally(), lambda read: None):
        ts_ms = block.instants_ms(time, EXCHANGE_ZONE)
        price = _price(block, columns)
        if block.problems:
            raise all_of(block.problems)
        known = price > 0
        if known.any():
            yield ts_ms[known], price[known]


def _price(block: Block, columns: tuple[str, ...]) -> Floats:
    sides = [block.numbers(name) for name in columns]
    if len(sides) == 1:
        return sides[0]
    bid, ask = sides
    return np.where((bid > 0) & (ask >= bid), (bid + ask) / 2, np.nan)
