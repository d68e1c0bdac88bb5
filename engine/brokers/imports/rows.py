"""Rows of any vendor in one form, and the rules by which raw values become known or unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, time
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Block, Floats, Ints, Mask
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import EPOCH
from engine.market.calendar import EXCHANGE_ZONE
from engine.market.quotes.symbols import contract_named

VALUES: Final = (
    "bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv", "underlying_price",
)  # fmt: skip
_ADJUSTED: Final = re.compile(r"[A-Z]{1,5}[1-9]")
_INT32_MAX: Final = 2**31 - 1


class Contract(NamedTuple):
    """A contract: root, expiration in days since 1970, 0 for a call and 1 for a put, strike."""

    root: str
    expiration: int
    right: int
    strike: float


@dataclass(frozen=True, slots=True)
class ReadingOptions:
    """What a file cannot say itself.

    Args:
        symbol: the option root of files that do not name it; "" for none.
        contract: the contract of files that hold a single one; None for others.
        at: date and time of day of files without a time of their quotes; None for others.
        zone: of times without one.
        definitions: contract by instrument id, where the file has only ids.
        settings: of a format, such as the columns of a mapped file.
    """

    symbol: str = ""
    contract: Contract | None = None
    at: tuple[date | None, time] | None = None
    zone: ZoneInfo = EXCHANGE_ZONE
    definitions: dict[int, Contract] = field(default_factory=dict)
    settings: object = None


@dataclass(slots=True)
class ImportedRows:
    """Rows of a block in our form, k of them; unknown is NaN.

    Args:
        ts_ms: (k,) end of the bar, or the moment of a tick, milliseconds since 1970 UTC.
        contract: (k,) positions in `contracts`; -1 for a row that is left out.
        contracts: the distinct contracts.
        values: (k,) each, by the names in VALUES; absent where nothing is known.
        order: (k,) of ticks, nanoseconds: the last of a bar counts; None for bars.
        sequence: (k,) of ticks: which is the later one of a nanosecond; None where not told.
        bar_s: the bar that the file itself names, seconds; None where its times say it.
    """

    ts_ms: Ints
    contract: NDArray[np.int64]
    contracts: list[Contract]
    values: dict[str, Floats]
    order: Ints | None = None
    sequence: Ints | None = None
    bar_s: int | None = None


def is_adjusted(root: str) -> bool:
    """Whether a root is that of adjusted contracts, such as AAPL1: not 100 shares each."""
    return _ADJUSTED.fullmatch(root) is not None


def contracts_of_names(
    block: Block, column: str, tally: Tally
) -> tuple[NDArray[np.int64], list[Contract]]:
    """The contracts of a column with the OCC's names, -1 for what is none or is adjusted."""
    texts = block.texts(column)
    places: list[int] = []
    contracts: list[Contract] = []
    unreadable, adjusted = [], []
    for value in texts.values:
        named = contract_named(value)
        places.append(-1)
        unreadable.append(named is None)
        adjusted.append(named is not None and is_adjusted(named.root))
        if named is not None and not adjusted[-1]:
            days = (named.expiration - EPOCH).days
            places[-1] = len(contracts)
            contracts.append(Contract(named.root, days, named.right, named.strike))
    tally.note(Met.NO_CONTRACT, np.array([*unreadable, True])[texts.codes], block, column)
    tally.note(Met.ADJUSTED, np.array([*adjusted, False])[texts.codes], block, column)
    return np.array([*places, -1], dtype=np.int64)[texts.codes], contracts


def contracts_of_parts(
    block: Block,
    roots: tuple[list[str], NDArray[np.int32]],
    expiration: Ints,
    right: Ints,
    strike: Floats,
    tally: Tally,
    column: str = "",
) -> tuple[NDArray[np.int64], list[Contract]]:
    """The contracts of rows that name root, expiration, right and strike apart.

    Args:
        block: the rows.
        roots: the distinct roots, and (k,) each row's; -1 leaves a row out.
        expiration, right, strike: (k,) each.
        tally: counts the rows of adjusted roots.
        column: that of the root.
    """
    names, codes = roots
    adjusted = np.array([*(is_adjusted(name) for name in names), False])[codes]
    tally.note(Met.ADJUSTED, adjusted, block, column)
    # A row against which there is a reason has no usable parts; the file will be refused.
    used = (codes >= 0) & ~adjusted & (expiration > 0) & (right >= 0) & (strike > 0)
    series, series_of = np.unique(
        (codes[used].astype(np.int64) << 18) | (expiration[used] << 1) | right[used],
        return_inverse=True,
    )
    strikes, strike_of = np.unique(strike[used], return_inverse=True)
    pairs, pair_of = np.unique(series_of * max(1, len(strikes)) + strike_of, return_inverse=True)
    contracts = []
    for pair in pairs.tolist():
        at, strike_at = divmod(pair, len(strikes))
        key = int(series[at])
        contracts.append(
            Contract(names[key >> 18], (key >> 1) & 0x1FFFF, key & 1, float(strikes[strike_at]))
        )
    found = np.full(len(block), -1, dtype=np.int64)
    found[used] = pair_of
    return found, contracts


def price(block: Block, column: str, tally: Tally, *, zero: Met | None = None) -> Floats:
    """A column of prices or of a volatility: what is negative or not finite is unknown.

    Args:
        block: the rows.
        column: the column.
        tally: counts what becomes unknown.
        zero: what a 0 is counted as, and then is unknown; None where 0 is a value.
    """
    values = block.numbers(column)
    return possible(block, values, column, tally, zero=zero)


def possible(
    block: Block, values: Floats, column: str, tally: Tally, *, zero: Met | None = None
) -> Floats:
    """Values as they may be written: NaN in place of what cannot be; see `price`."""
    infinite = np.isinf(values)
    tally.note(Met.NOT_FINITE, infinite | block.not_numbers(column), block, column)
    negative = values < 0
    tally.note(Met.NEGATIVE, negative & ~infinite, block, column)
    unknown = infinite | negative
    if zero is not None:
        none = values == 0
        tally.note(zero, none, block, column)
        unknown |= none
    return np.where(unknown, np.nan, values)


def size(block: Block, column: str, tally: Tally) -> Floats:
    """A column of contracts: whole, not negative, at most what 32 bits hold."""
    return np.minimum(np.rint(price(block, column, tally)), _INT32_MAX)


def optional(
    block: Block,
    columns: dict[str, str],
    tally: Tally,
    read: Callable[[Block, str, Tally], Floats] = size,
) -> dict[str, Floats]:
    """The values of those columns that the file has.

    Args:
        block: the rows.
        columns: our name of a value -> the file's column.
        tally: counts what becomes unknown.
        read: reads one column.
    """
    return {
        name: read(block, column, tally) for name, column in columns.items() if block.has(column)
    }


def note_sides(block: Block, used: Mask, bid: Floats, ask: Floats, tally: Tally) -> None:
    """Count crossed and one-sided rows, which are kept."""
    tally.note(Met.CROSSED, used & (bid > ask), block)
    tally.note(Met.ONE_SIDED, used & (np.isnan(bid) != np.isnan(ask)), block)
