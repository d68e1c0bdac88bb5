"""Massive, Polygon.io until 2026: every quote of every option, in nanoseconds, by ticker."""

from __future__ import annotations

from typing import Final

import numpy as np

from engine.brokers.imports.block import Block
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.rows import (
    ImportedRows,
    ReadingOptions,
    contracts_of_names,
    note_sides,
    optional,
    price,
)
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import MOST_DAYS

_PER_MS: Final = 1_000_000


def _read(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    told_ns = block.wholes("sip_timestamp")
    bad = (told_ns <= 0) | (told_ns >= MOST_DAYS * 86_400_000 * _PER_MS)
    remedy = "correct the row; quotes_v1 counts nanoseconds since 1970"
    block.refuse(bad | (told_ns < 10**17), "sip_timestamp", "is not a time", remedy)
    contract, contracts = contracts_of_names(block, "ticker", tally)
    values = {
        "bid": price(block, "bid_price", tally, zero=Met.NO_QUOTE),
        "ask": price(block, "ask_price", tally, zero=Met.NO_QUOTE),
    }
    sizes = optional(block, {"bid_size": "bid_size", "ask_size": "ask_size"}, tally)
    for name, given in sizes.items():
        values[name] = np.where(np.isnan(values[name.removesuffix("_size")]), np.nan, given)
    note_sides(block, contract >= 0, values["bid"], values["ask"], tally)
    sequence = block.wholes("sequence_number") if block.has("sequence_number") else None
    # Rounded up: a quote just after a bar's end belongs to the next one.
    ts_ms = -(-told_ns // _PER_MS)
    return ImportedRows(ts_ms, contract, contracts, values, told_ns, sequence)


MASSIVE: Final = Layout(
    format="massive",
    title="Massive (Polygon.io until 2026), options quotes_v1",
    needs=frozenset({"ticker", "ask_price", "bid_price", "sip_timestamp"}),
    texts=("ticker",),
    numbers=("bid_price", "ask_price", "bid_size", "ask_size"),
    wholes=("sip_timestamp", "sequence_number"),
    read=_read,
    ticks=True,
    stands=True,
    lacks="volume, open interest, volatility and the underlying's price are not in these files",
)
