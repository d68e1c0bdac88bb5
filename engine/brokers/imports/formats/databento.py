"""Databento, OPRA.PILLAR: consolidated quotes by interval (cbbo-1m, cbbo-1s) and by change."""

from __future__ import annotations

from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Block, Floats, Ints
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.rows import (
    Contract,
    ImportedRows,
    ReadingOptions,
    contracts_of_names,
    is_adjusted,
    note_sides,
    possible,
    size,
)
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import instant_ms

_UTC: Final = ZoneInfo("UTC")
_PER_DOLLAR: Final = 1e9
_NO_PRICE: Final = float(2**63 - 1)
_PER_MS: Final = 1_000_000
_PRETTY_BELOW: Final = 1e7
"""Prices are decimals in dollars, or whole numbers of 1e-9: no option costs ten million."""

_BAR_S: Final = {192: 1, 193: 60}
"""The interval by rtype: cbbo-1s, cbbo-1m."""


def _price(block: Block, column: str, tally: Tally) -> Floats:
    values = block.numbers(column)
    none = values >= _NO_PRICE
    values = np.where(none, np.nan, values)
    largest = np.nanmax(np.abs(values), initial=0.0)
    if largest >= _PRETTY_BELOW:
        values = values / _PER_DOLLAR
    tally.note(Met.NO_QUOTE, np.isnan(values), block, column)
    return possible(block, values, column, tally)


def _contracts(
    block: Block, options: ReadingOptions, tally: Tally
) -> tuple[NDArray[np.int64], list[Contract]]:
    if block.has("symbol"):
        return contracts_of_names(block, "symbol", tally)
    ids, of_row = np.unique(block.wholes("instrument_id"), return_inverse=True)
    contracts = [options.definitions.get(each) for each in ids.tolist()]
    unknown = np.array([each is None for each in contracts])
    if not options.definitions:
        block.problems.append(
            block.error(
                "names contracts by instrument_id alone",
                "name the definition file with --definitions, or download with map_symbols",
            )
        )
    else:
        tally.note(Met.NO_CONTRACT, unknown[of_row], block, "instrument_id")
    adjusted = np.array([each is not None and is_adjusted(each.root) for each in contracts])
    tally.note(Met.ADJUSTED, adjusted[of_row], block, "instrument_id")
    known = ~unknown & ~adjusted
    places = np.where(known, np.cumsum(known) - 1, -1)
    kept = [each for each, good in zip(contracts, known, strict=True) if good and each is not None]
    return places[of_row], kept


def _read(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    told_ns = _told_ns(block)
    contract, contracts = _contracts(block, options, tally)
    values = {
        "bid": _price(block, "bid_px_00", tally),
        "ask": _price(block, "ask_px_00", tally),
        "bid_size": size(block, "bid_sz_00", tally),
        "ask_size": size(block, "ask_sz_00", tally),
    }
    note_sides(block, contract >= 0, values["bid"], values["ask"], tally)
    bar_s = None
    if block.has("rtype"):
        kinds = np.unique(block.wholes("rtype")).tolist()
        bar_s = _BAR_S.get(kinds[0]) if len(kinds) == 1 else None
    # Rounded up: a change just after a bar's end belongs to the next one.
    ts_ms = -(-told_ns // _PER_MS)
    return ImportedRows(ts_ms, contract, contracts, values, None if bar_s else told_ns, bar_s=bar_s)


def _told_ns(block: Block) -> Ints:
    """When each record was received, nanoseconds since 1970."""
    remedy = "download it again"
    told: Ints = block.each("ts_recv", nanoseconds, "is not a time", remedy)
    return told


def nanoseconds(text: str) -> int | None:
    """Nanoseconds since 1970 of a count of them, or of `2026-11-20T14:31:00.000000000Z`."""
    if text.isdecimal():
        return int(text) if 10**17 < int(text) < 2**63 else None
    whole, _, fraction = text.removesuffix("Z").partition(".")
    ms = instant_ms(f"{whole}Z", _UTC)
    if ms is None or (fraction and not fraction.isdecimal()):
        return None
    return ms * _PER_MS + int(fraction.ljust(9, "0")[:9])


_NEEDS: Final = frozenset({"ts_recv", "bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00"})

DATABENTO: Final = Layout(
    format="databento",
    title="Databento OPRA.PILLAR, consolidated quotes",
    needs=_NEEDS,
    texts=("symbol", "ts_recv"),
    numbers=("bid_px_00", "ask_px_00", "bid_sz_00", "ask_sz_00"),
    wholes=("rtype", "instrument_id"),
    read=_read,
    stands=True,
    lacks="volume, open interest, volatility and the underlying's price are not in these files",
)
