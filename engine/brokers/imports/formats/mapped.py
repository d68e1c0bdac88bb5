"""Any table, by a map of its columns: one row a contract, or one a strike with call and put."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Block, Floats, Ints
from engine.brokers.imports.formats.layout import Kind, Layout
from engine.brokers.imports.rows import (
    Contract,
    ImportedRows,
    ReadingOptions,
    contracts_of_names,
    contracts_of_parts,
    note_sides,
    possible,
)
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import right_of, wall_ms
from engine.market.calendar import EXCHANGE_ZONE

VALUE_NAMES: Final = (
    "bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv", "underlying_price",
)  # fmt: skip
_WHOLE: Final = ("bid_size", "ask_size", "volume", "open_interest")
_INT32_MAX: Final = 2**31 - 1
_DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True)
class ColumnMap:
    """Where a table has what; every column is a clean name (see `values.clean_name`).

    Args:
        time: column of the quote's time; "" where the file has none.
        date: column of its date, where the time of day is given apart; "" for none.
        zone: of times without one.
        unit: of a time that is a number: s, ms, us, ns; "" for what it can only be.
        ends: whether a time is the end of its bar; else its start.
        contract: column with the OCC's name of the contract; "" where the parts are apart.
        symbol, expiration, right, strike: columns of the parts; "" for none.
        values: column by the name of our value, of rows of one contract.
        calls, puts: the same, of rows with a call and a put; empty for the other kind.
        strike_unit, price_unit: the file's numbers are divided by these.
        kind: what the rows are; "" for what their times say.
        bar_s: seconds of a bar; None for what their times say.
    """

    time: str = ""
    date: str = ""
    zone: ZoneInfo = EXCHANGE_ZONE
    unit: str = ""
    ends: bool = True
    contract: str = ""
    symbol: str = ""
    expiration: str = ""
    right: str = ""
    strike: str = ""
    values: dict[str, str] = field(default_factory=dict)
    calls: dict[str, str] = field(default_factory=dict)
    puts: dict[str, str] = field(default_factory=dict)
    strike_unit: float = 1.0
    price_unit: float = 1.0
    kind: Kind | None = None
    bar_s: int | None = None

    @property
    def is_wide(self) -> bool:
        """Whether a row is a strike, with its call and its put."""
        return bool(self.calls or self.puts)


def layout_of(columns: ColumnMap) -> Layout:
    """The layout of tables that a map describes."""
    numbers = (*columns.values.values(), *columns.calls.values(), *columns.puts.values())
    texts = (
        *(columns.time, columns.date, columns.contract, columns.symbol),
        *(columns.expiration, columns.right),
    )
    says = {**columns.values, **columns.calls, **columns.puts}
    needs = {*numbers, *texts, columns.strike} - {""}
    return Layout(
        format="csv",
        title="a table read by a map of its columns",
        needs=frozenset(needs),
        texts=tuple(name for name in texts if name),
        numbers=tuple(name for name in (*numbers, columns.strike) if name),
        read=_read,
        kind=columns.kind or "intraday_updates",
        says=tuple(name for name in VALUE_NAMES if name in says),
    )


def _read(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    columns = options.settings
    assert isinstance(columns, ColumnMap)
    ts_ms = _times_ms(block, columns, options)
    if columns.bar_s is not None and not columns.ends:
        ts_ms = ts_ms + columns.bar_s * 1000
    if columns.is_wide:
        return _read_wide(block, columns, options, ts_ms, tally)
    contract, contracts = _contracts(block, columns, options, None, tally)
    values = _values(block, columns, columns.values, tally)
    _note(block, contract, values, tally)
    return ImportedRows(ts_ms, contract, contracts, values, bar_s=columns.bar_s)


def _read_wide(
    block: Block, columns: ColumnMap, options: ReadingOptions, ts_ms: Ints, tally: Tally
) -> ImportedRows:
    places: list[NDArray[np.int64]] = []
    contracts: list[Contract] = []
    sides: list[dict[str, Floats]] = []
    for right, own in ((0, columns.calls), (1, columns.puts)):
        if not own:
            continue
        found, named = _contracts(block, columns, options, right, tally)
        places.append(np.where(found < 0, -1, found + len(contracts)))
        contracts += named
        sides.append(_values(block, columns, columns.values | own, tally))
        _note(block, found, sides[-1], tally)
    names = {name for side in sides for name in side}
    unknown = np.full(len(block), np.nan)
    return ImportedRows(
        np.repeat(ts_ms, len(sides)),
        np.stack(places, axis=1).reshape(-1),
        contracts,
        {
            name: np.stack([side.get(name, unknown) for side in sides], axis=1).reshape(-1)
            for name in names
        },
        bar_s=columns.bar_s,
    )


def _times_ms(block: Block, columns: ColumnMap, options: ReadingOptions) -> Ints:
    if options.at is not None:
        day, at = options.at
        of_day = ((at.hour * 60 + at.minute) * 60 + at.second) * 1000
        if day is not None:
            days = np.full(len(block), day.toordinal() - 719_163, dtype=np.int64)
        else:
            days = block.days(columns.date or columns.time)
        distinct, of_row = np.unique(days, return_inverse=True)
        ends = [wall_ms(each, of_day, EXCHANGE_ZONE) for each in distinct.tolist()]
        return np.array(ends, dtype=np.int64)[of_row]
    if columns.date and columns.time:
        remedy = "write HH:MM:SS, or milliseconds after midnight"
        of_day = block.each(columns.time, _of_day_ms, "is not a time of day", remedy)
        pairs = block.days(columns.date) * (_DAY_MS + 1) + np.clip(of_day, 0, _DAY_MS)
        distinct, of_row = np.unique(pairs, return_inverse=True)
        ends = [
            wall_ms(each // (_DAY_MS + 1), each % (_DAY_MS + 1), columns.zone)
            for each in distinct.tolist()
        ]
        return np.array(ends, dtype=np.int64)[of_row]
    return block.instants_ms(columns.time, columns.zone, columns.unit)


def _of_day_ms(text: str) -> int | None:
    """Milliseconds after midnight of `09:31`, `09:31:00.000` or a count of them."""
    from datetime import time

    if text.isdecimal() and int(text) <= _DAY_MS:
        return int(text)
    try:
        at = time.fromisoformat(text)
    except ValueError:
        return None
    return ((at.hour * 60 + at.minute) * 60 + at.second) * 1000 + at.microsecond // 1000


def _contracts(
    block: Block, columns: ColumnMap, options: ReadingOptions, right: int | None, tally: Tally
) -> tuple[NDArray[np.int64], list[Contract]]:
    """The contract of each row; `right` is that of a side of a wide row."""
    if columns.contract and right is None:
        return contracts_of_names(block, columns.contract, tally)
    if columns.symbol:
        texts = block.texts(columns.symbol)
        block.refuse(texts.codes < 0, columns.symbol, "has no value", "correct or remove the row")
        roots = [name.upper() for name in texts.values], texts.codes
    else:
        roots = [options.symbol], np.zeros(len(block), dtype=np.int32)
    expiration = block.days(columns.expiration)
    strike = block.numbers(columns.strike) / columns.strike_unit
    block.refuse(~(strike > 0), columns.strike, "is not a strike", "correct or remove the row")
    if right is None:
        rights = block.each(columns.right, right_of, "is not a right", "write C or P")
    else:
        rights = np.full(len(block), right, dtype=np.int64)
    return contracts_of_parts(block, roots, expiration, rights, strike, tally, columns.symbol)


def _values(
    block: Block, columns: ColumnMap, named: dict[str, str], tally: Tally
) -> dict[str, Floats]:
    values: dict[str, Floats] = {}
    for name, column in named.items():
        raw = block.numbers(column)
        if name in ("bid", "ask", "underlying_price"):
            raw = raw / columns.price_unit
        zero = {"ask": Met.NO_ASK, "underlying_price": Met.NO_UNDERLYING}.get(name)
        values[name] = possible(block, raw, column, tally, zero=zero)
        if name in _WHOLE:
            values[name] = np.minimum(np.rint(values[name]), _INT32_MAX)
    return values


def _note(block: Block, contract: NDArray[Any], values: dict[str, Floats], tally: Tally) -> None:
    if "bid" in values and "ask" in values:
        note_sides(block, contract >= 0, values["bid"], values["ask"], tally)
