"""QuantConnect Lean: a zip with a CSV without header for each contract, prices times 10000."""

from __future__ import annotations

import re
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Block, Floats, Ints
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.rows import (
    Contract,
    ImportedRows,
    ReadingOptions,
    is_adjusted,
    note_sides,
    possible,
    size,
)
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import days_of, instant_ms, right_of, wall_ms
from engine.market.calendar import EXCHANGE_ZONE

MEMBER: Final = re.compile(
    r"(?:(\d{8})_)?([a-z0-9.]+)(?:_(minute|second|hour))?_quote_(american|european)"
    r"_(call|put)_(\d+)_(\d{8})\.csv"
)
"""Name of a contract's file: date, ticker, resolution, style, right, strike x 10000, expiry."""

NAMES: Final = (
    *("time", "bid_open", "bid_high", "bid_low", "bid_close", "bid_size"),
    *("ask_open", "ask_high", "ask_low", "ask_close", "ask_size"),
)
_UNITS: Final = 10_000.0
_BAR_S: Final = {"second": 1, "minute": 60, "hour": 3600}
_DAY_MS: Final = 86_400_000


def _read(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    found = MEMBER.fullmatch(block.place.member.rpartition("/")[2].lower())
    expiration = days_of(found[7]) if found else None
    if found is None or expiration is None:
        remedy = "choose the vendor's own zip, such as 20261120_quote_american.zip"
        block.problems.append(block.error("is not the quotes of a contract", remedy))
        return ImportedRows(np.zeros(len(block), np.int64), _none(len(block)), [], {})
    root, right = found[2].upper(), right_of(found[5])
    contract = Contract(root, expiration, right or 0, int(found[6]) / _UNITS)
    bar_s = _BAR_S[found[3] or "hour"]
    ts_ms = _starts_ms(block, found[1]) + bar_s * 1000
    values = {
        "bid": _price(block, "bid_close", tally),
        "ask": _price(block, "ask_close", tally),
        "bid_size": size(block, "bid_size", tally),
        "ask_size": size(block, "ask_size", tally),
    }
    for side in ("bid", "ask"):
        _carry(block, values, side, ts_ms, tally)
    used = np.zeros(len(block), dtype=np.int64)
    if is_adjusted(root):
        used = _none(len(block))
        tally.note(Met.ADJUSTED, used < 0, block)
    note_sides(block, used >= 0, values["bid"], values["ask"], tally)
    return ImportedRows(ts_ms, used, [contract], values, bar_s=bar_s)


def _none(count: int) -> NDArray[np.int64]:
    return np.full(count, -1, dtype=np.int64)


def _starts_ms(block: Block, day: str | None) -> Ints:
    """When each bar begins, milliseconds since 1970: of the file's date, or written in full."""
    days = None if day is None else days_of(day)

    def start(text: str) -> int | None:
        if days is not None and text.isdecimal() and int(text) < _DAY_MS:
            return wall_ms(days, int(text), EXCHANGE_ZONE)
        date, _, clock = text.partition(" ")
        return instant_ms(f"{date[:4]}-{date[4:6]}-{date[6:8]} {clock}", EXCHANGE_ZONE)

    remedy = "Lean writes milliseconds after midnight in New York"
    starts: Ints = block.each("time", start, "is not a time", remedy)
    return starts


def _price(block: Block, column: str, tally: Tally) -> Floats:
    return possible(block, block.numbers(column) / _UNITS, column, tally, zero=Met.NO_QUOTE)


def _carry(block: Block, values: dict[str, Floats], side: str, ts_ms: Ints, tally: Tally) -> None:
    """Fill what Lean leaves empty because the side did not change, within the contract's day."""
    price, sizes = values[side], values[f"{side}_size"]
    empty = np.isnan(block.numbers(f"{side}_close"))
    last = np.maximum.accumulate(np.where(empty, -1, np.arange(len(block))))
    carried = empty & (last >= 0)
    source = np.maximum(last, 0)
    carried &= (ts_ms - 1) // _DAY_MS == (ts_ms[source] - 1) // _DAY_MS
    tally.note(Met.CARRIED, carried, block, f"{side}_close")
    tally.note(Met.NO_QUOTE, empty & ~carried, block, f"{side}_close")
    values[side] = np.where(carried, price[source], price)
    values[f"{side}_size"] = np.where(carried, sizes[source], np.where(empty, np.nan, sizes))


LEAN: Final = Layout(
    format="lean",
    title="QuantConnect Lean, option quotes",
    needs=frozenset(NAMES),
    texts=("time",),
    numbers=("bid_close", "bid_size", "ask_close", "ask_size"),
    read=_read,
    lacks="volume, open interest, volatility and the underlying's price are not in these files",
)
