"""Theta Data: option quote history of its terminal, version 3 and version 2."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Block, Floats, Mask
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.rows import (
    Contract,
    ImportedRows,
    ReadingOptions,
    contracts_of_parts,
    note_sides,
    price,
    size,
)
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import right_of, wall_ms
from engine.market.calendar import EXCHANGE_ZONE

_TENTHS_OF_A_CENT: Final = 1000.0
_DAY_MS: Final = 86_400_000


def _sides(block: Block, tally: Tally) -> dict[str, Floats]:
    """Prices and sizes; a row of zeros alone is from before the first quote: nothing is known."""
    raw = [block.numbers(name) for name in ("bid", "ask", "bid_size", "ask_size")]
    silent: Mask = np.all([values == 0 for values in raw], axis=0)
    tally.note(Met.NO_QUOTE, silent, block, "bid")
    values = {
        "bid": price(block, "bid", tally),
        "ask": np.where(raw[1] == 0, np.nan, price(block, "ask", tally)),
        "bid_size": size(block, "bid_size", tally),
        "ask_size": size(block, "ask_size", tally),
    }
    tally.note(Met.NO_ASK, (raw[1] == 0) & ~silent, block, "ask")
    return {name: np.where(silent, np.nan, each) for name, each in values.items()}


def _contracts(
    block: Block, root: str, strike_unit: float, tally: Tally
) -> tuple[NDArray[np.int64], list[Contract]]:
    texts = block.texts(root)
    block.refuse(texts.codes < 0, root, "has no value", "correct or remove the row")
    right = block.each("right", right_of, "is not a right", "write C or P")
    strike = block.numbers("strike") / strike_unit
    block.refuse(~(strike > 0), "strike", "is not a strike", "correct or remove the row")
    expiration = block.days("expiration")
    names = [name.upper() for name in texts.values]
    return contracts_of_parts(block, (names, texts.codes), expiration, right, strike, tally, root)


def _read_v3(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    ts_ms = block.instants_ms("timestamp", EXCHANGE_ZONE)
    contract, contracts = _contracts(block, "symbol", 1.0, tally)
    values = _sides(block, tally)
    note_sides(block, contract >= 0, values["bid"], values["ask"], tally)
    return ImportedRows(ts_ms, contract, contracts, values)


def _read_v2(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    days = block.days("date")
    of_day = block.wholes("ms_of_day")
    bad = (of_day < 0) | (of_day > _DAY_MS)
    block.refuse(bad, "ms_of_day", "is not a time of day in milliseconds", "correct the row")
    moments = days * (_DAY_MS + 1) + np.where(bad, 0, of_day)
    distinct, of_row = np.unique(moments, return_inverse=True)
    ts_ms = np.array(
        [
            wall_ms(each // (_DAY_MS + 1), each % (_DAY_MS + 1), EXCHANGE_ZONE)
            for each in distinct.tolist()
        ],
        dtype=np.int64,
    )[of_row]
    if all(block.has(name) for name in ("root", "expiration", "strike", "right")):
        contract, contracts = _contracts(block, "root", _TENTHS_OF_A_CENT, tally)
    elif options.contract is not None:
        contract, contracts = np.zeros(len(block), dtype=np.int64), [options.contract]
    else:
        block.problems.append(
            block.error(
                "does not say which contract it is of",
                "name it, such as --contract XYZ261218C00100000",
            )
        )
        contract, contracts = np.full(len(block), -1, dtype=np.int64), []
    values = _sides(block, tally)
    note_sides(block, contract >= 0, values["bid"], values["ask"], tally)
    return ImportedRows(ts_ms, contract, contracts, values)


_QUOTE: Final = ("bid_size", "bid", "ask_size", "ask")

THETA_V3: Final = Layout(
    format="theta",
    title="Theta Data, version 3, option/history/quote",
    needs=frozenset({"symbol", "expiration", "strike", "right", "timestamp", *_QUOTE}),
    texts=("symbol", "expiration", "right", "timestamp"),
    numbers=("strike", *_QUOTE),
    read=_read_v3,
    lacks="volume, open interest, volatility and the underlying's price are not in these files",
)

THETA_V2: Final = Layout(
    format="theta",
    title="Theta Data, version 2, option/quote",
    needs=frozenset({"ms_of_day", "date", *_QUOTE}),
    texts=("root", "expiration", "right", "date"),
    numbers=("strike", *_QUOTE),
    wholes=("ms_of_day",),
    read=_read_v2,
    lacks=THETA_V3.lacks,
)
