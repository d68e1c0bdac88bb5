"""Cboe DataShop: Option Quotes by interval, and the End-of-Day Summary with its two moments."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

import numpy as np
from numpy.typing import NDArray

from engine.brokers.imports.block import Block, Floats, Ints
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.rows import (
    Contract,
    ImportedRows,
    ReadingOptions,
    contracts_of_parts,
    note_sides,
    optional,
    possible,
    price,
    size,
)
from engine.brokers.imports.tally import Met, Tally
from engine.brokers.imports.values import EPOCH, right_of
from engine.market.calendar import EXCHANGE_ZONE, xnys
from engine.market.quotes.symbols import bare_root

_ROOTS: Final = {
    "SPX": {"SPX", "SPXW", "SPXPM"},
    "NDX": {"NDX", "NDXP"},
    "RUT": {"RUT", "RUTW"},
    "VIX": {"VIX", "VIXW"},
    "OEX": {"OEX", "XEO"},
}
"""Roots whose contracts are on an index and hold 100 of it; of others only the index's own."""

_BEFORE_CLOSE: Final = timedelta(minutes=15)
_USUAL_CLOSE_MINUTES: Final = 16 * 60


def _contracts(block: Block, tally: Tally) -> tuple[NDArray[np.int64], list[Contract]]:
    underlying, root = block.texts("underlying_symbol"), block.texts("root")
    for texts, column in ((underlying, "underlying_symbol"), (root, "root")):
        block.refuse(texts.codes < 0, column, "has no value", "correct or remove the row")
    told = (underlying.codes >= 0) & (root.codes >= 0)
    codes = root.codes.copy()
    pairs = underlying.codes.astype(np.int64) * (len(root.values) + 1) + codes
    for pair in np.unique(pairs[told]).tolist():
        of_index, of_root = divmod(pair, len(root.values) + 1)
        name = bare_root(underlying.values[of_index])
        known = {name} | _ROOTS.get(name, set())
        given = bare_root(root.values[of_root])
        # An adjusted root is not the underlying's either; it is counted as what it is.
        if given not in known and given.rstrip("123456789") not in known:
            mask = pairs == pair
            tally.note(Met.OTHER_ROOT, mask, block, "root")
            codes[mask] = -1
    right = block.each("option_type", right_of, "is not a right", "write C or P")
    strike = block.numbers("strike")
    block.refuse(~(strike > 0), "strike", "is not a strike", "correct or remove the row")
    names = [bare_root(name) for name in root.values]
    expiration = block.days("expiration")
    return contracts_of_parts(block, (names, codes), expiration, right, strike, tally, "root")


def _sides(block: Block, suffix: str, tally: Tally) -> dict[str, Floats]:
    return {
        "bid": price(block, f"bid{suffix}", tally),
        "ask": price(block, f"ask{suffix}", tally, zero=Met.NO_ASK),
        "bid_size": size(block, f"bid_size{suffix}", tally),
        "ask_size": size(block, f"ask_size{suffix}", tally),
    }


def _underlying(block: Block, suffix: str, tally: Tally) -> Floats:
    """The calculations' price where it is above 0, else the middle of the underlying's market."""
    bid, ask = (block.numbers(f"underlying_{side}{suffix}") for side in ("bid", "ask"))
    middle = np.where((bid > 0) & (ask > 0), (bid + ask) / 2, np.nan)
    active = f"active_underlying_price{suffix}"
    if block.has(active):
        given = block.numbers(active)
        middle = np.where(given > 0, given, middle)
    none = np.isnan(middle)
    tally.note(Met.NO_UNDERLYING, none, block, f"underlying_bid{suffix}")
    return possible(block, middle, f"underlying_bid{suffix}", tally)


def _volatility(block: Block, column: str, tally: Tally) -> Floats:
    return price(block, column, tally, zero=Met.NO_VOLATILITY)


def _read_intervals(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    ts_ms = block.instants_ms("quote_datetime", EXCHANGE_ZONE)
    contract, contracts = _contracts(block, tally)
    values = _sides(block, "", tally)
    values["underlying_price"] = _underlying(block, "", tally)
    values |= optional(block, {"volume": "trade_volume", "open_interest": "open_interest"}, tally)
    values |= optional(block, {"iv": "implied_volatility"}, tally, _volatility)
    note_sides(block, contract >= 0, values["bid"], values["ask"], tally)
    return ImportedRows(ts_ms, contract, contracts, values)


def _read_eod(block: Block, options: ReadingOptions, tally: Tally) -> ImportedRows:
    days = block.days("quote_date")
    contract, contracts = _contracts(block, tally)
    early, late = _moments_ms(days)
    first, last = _sides(block, "_1545", tally), _sides(block, "_eod", tally)
    unknown = np.full(len(block), np.nan)
    first["underlying_price"] = _underlying(block, "_1545", tally)
    last["underlying_price"] = _underlying(block, "_eod", tally)
    first |= optional(block, {"iv": "implied_volatility_1545"}, tally, _volatility)
    first |= optional(block, {"open_interest": "open_interest"}, tally)
    last |= optional(block, {"volume": "trade_volume", "open_interest": "open_interest"}, tally)
    for values in (first, last):
        note_sides(block, contract >= 0, values["bid"], values["ask"], tally)
    return ImportedRows(
        np.concatenate((early, late)),
        np.concatenate((contract, contract)),
        contracts,
        {
            name: np.concatenate((first.get(name, unknown), last.get(name, unknown)))
            for name in {**first, **last}
        },
    )


def _moments_ms(days: Ints) -> tuple[Ints, Ints]:
    """A quarter of an hour before the close, and the close, of each row's date; ms since 1970."""
    distinct, of_row = np.unique(days, return_inverse=True)
    closes = np.array([_close_ms(day) for day in distinct.tolist()], dtype=np.int64)[of_row]
    return closes - int(_BEFORE_CLOSE.total_seconds() * 1000), closes


def _close_ms(day: int) -> int:
    """The close of a date; at the usual hour where the calendar does not know the day."""
    from engine.brokers.imports.values import wall_ms

    hours = xnys().session(date.fromordinal(EPOCH.toordinal() + day))
    if hours is None:
        return wall_ms(day, _USUAL_CLOSE_MINUTES * 60_000, EXCHANGE_ZONE)
    return round(hours.closes.timestamp() * 1000)


_CONTRACT: Final = ("underlying_symbol", "root", "expiration", "option_type")

CBOE_INTERVALS: Final = Layout(
    format="cboe",
    title="Cboe DataShop, Option Quotes by interval",
    needs=frozenset(
        {*_CONTRACT, "quote_datetime", "strike", "bid", "ask", "bid_size", "ask_size"}
        | {"underlying_bid", "underlying_ask"}
    ),
    texts=(*_CONTRACT, "quote_datetime"),
    numbers=(
        *("strike", "bid", "ask", "bid_size", "ask_size", "underlying_bid", "underlying_ask"),
        *("active_underlying_price", "implied_volatility", "trade_volume", "open_interest"),
    ),
    read=_read_intervals,
    counts_interval=True,
    says=(
        *("bid", "ask", "bid_size", "ask_size", "volume", "open_interest", "iv"),
        "underlying_price",
    ),
)

_EOD: Final = tuple(
    f"{name}_{moment}"
    for moment in ("1545", "eod")
    for name in ("bid_size", "bid", "ask_size", "ask", "underlying_bid", "underlying_ask")
)

CBOE_EOD: Final = Layout(
    format="cboe",
    title="Cboe DataShop, Option End-of-Day Summary",
    needs=frozenset({*_CONTRACT, "quote_date", "strike", *_EOD}),
    texts=(*_CONTRACT, "quote_date"),
    numbers=(
        *("strike", "trade_volume", "open_interest", *_EOD),
        *("active_underlying_price_1545", "implied_volatility_1545"),
    ),
    read=_read_eod,
    kind="snapshot",
    says=CBOE_INTERVALS.says,
    lacks="two moments a day: a quarter of an hour before the close, and the close",
)
