"""OptionsDX: a row a strike, call and put side by side, names in brackets, times of New York."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.brokers.imports.block import NO_VALUE, Block, Floats
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.rows import (
    ImportedRows,
    ReadingOptions,
    contracts_of_parts,
    note_sides,
    possible,
    price,
)
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import sizes_of
from engine.market.calendar import EXCHANGE_ZONE

_CLOCKS_APART_MS: Final = 60_000
_SIDES: Final = ("c", "p")


def _read(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    count = len(block)
    ts_ms = block.instants_ms("quote_readtime", EXCHANGE_ZONE)
    if block.has("quote_unixtime"):
        unix_s = block.wholes("quote_unixtime")
        apart = np.abs(unix_s * 1000 - ts_ms) >= _CLOCKS_APART_MS
        tally.note(Met.CLOCKS_DIFFER, apart & (unix_s != NO_VALUE), block, "QUOTE_UNIXTIME")
    expiration = block.days("expire_date")
    strike = _strikes(block)
    underlying = price(block, "underlying_last", tally, zero=Met.NO_UNDERLYING)
    values: dict[str, Floats] = {"underlying_price": np.repeat(underlying, 2)}
    zeros_are = {"ask": Met.NO_ASK, "iv": Met.NO_VOLATILITY}
    for name in ("bid", "ask", "iv", "volume"):
        if all(block.has(f"{side}_{name}") for side in _SIDES):
            zero = zeros_are.get(name)
            values[name] = _in_turn(
                [price(block, f"{side}_{name}", tally, zero=zero) for side in _SIDES]
            )
    sizes = [_sizes(block, f"{side}_size", tally) for side in _SIDES]
    values["bid_size"] = _in_turn([each[0] for each in sizes])
    values["ask_size"] = _in_turn([each[1] for each in sizes])
    zeros = np.zeros(count, dtype=np.int32)
    contract, calls = contracts_of_parts(
        block, ([options.symbol], zeros), expiration, zeros.astype(np.int64), strike, tally
    )
    contracts = [each._replace(right=right) for each in calls for right in (0, 1)]
    both = np.where(contract < 0, -1, 2 * contract)
    for side in (0, 1):
        note_sides(block, contract >= 0, values["bid"][side::2], values["ask"][side::2], tally)
    return ImportedRows(
        np.repeat(ts_ms, 2),
        np.stack([both, np.where(both < 0, -1, both + 1)], axis=1).reshape(-1),
        contracts,
        values,
    )


def _strikes(block: Block) -> Floats:
    strike = block.numbers("strike")
    block.refuse(~(strike > 0), "STRIKE", "is not a strike", "correct or remove the row")
    return strike


def _sizes(block: Block, column: str, tally: Tally) -> tuple[Floats, Floats]:
    """Contracts bid and offered; NaN where the file does not say."""
    if not block.has(column):
        return np.full(len(block), np.nan), np.full(len(block), np.nan)
    texts = block.texts(column)
    pairs = np.array([*map(sizes_of, texts.values), (np.nan, np.nan)])[texts.codes]
    wrong = np.isnan(pairs[:, 0]) & (texts.codes >= 0)
    tally.note(Met.NOT_FINITE, wrong, block, column)
    return possible(block, pairs[:, 0], "strike", tally), pairs[:, 1]


def _in_turn(sides: list[Floats]) -> Floats:
    """The calls' and the puts' values, (k,) each, one after the other: (2k,)."""
    return np.stack(sides, axis=1).reshape(-1)


OPTIONSDX: Final = Layout(
    format="optionsdx",
    title="OptionsDX",
    needs=frozenset(
        {"quote_readtime", "expire_date", "strike", "c_bid", "c_ask", "p_bid", "p_ask"}
        | {"underlying_last"}
    ),
    texts=("quote_readtime", "expire_date", "c_size", "p_size"),
    numbers=(
        *("underlying_last", "strike"),
        *(f"{side}_{name}" for side in _SIDES for name in ("bid", "ask", "iv", "volume")),
    ),
    wholes=("quote_unixtime",),
    read=_read,
    kind="snapshot",
    says=("bid", "ask", "bid_size", "ask_size", "volume", "iv", "underlying_price"),
    lacks="open interest is not in these files",
)
