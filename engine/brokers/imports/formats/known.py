"""Every layout there is, and which one a header is of."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from engine.brokers.imports.formats.cboe import CBOE_EOD, CBOE_INTERVALS
from engine.brokers.imports.formats.databento import DATABENTO
from engine.brokers.imports.formats.layout import Layout
from engine.brokers.imports.formats.lean import LEAN
from engine.brokers.imports.formats.massive import MASSIVE
from engine.brokers.imports.formats.optionsdx import OPTIONSDX
from engine.brokers.imports.formats.theta import THETA_V2, THETA_V3

LAYOUTS: Final = (
    OPTIONSDX,
    CBOE_EOD,
    CBOE_INTERVALS,
    THETA_V3,
    THETA_V2,
    DATABENTO,
    MASSIVE,
    LEAN,
)
FORMATS: Final = ("auto", *dict.fromkeys(layout.format for layout in LAYOUTS), "csv")

_NOT_QUOTES: Final = (
    (
        frozenset({"ticker", "volume", "open", "close", "window_start"}),
        "holds bars of trades (Massive minute_aggs or day_aggs), no quotes",
        "download the quotes_v1 files",
    ),
    (
        frozenset({"ticker", "price", "size", "sip_timestamp"}),
        "holds trades (Massive trades_v1), no quotes",
        "download the quotes_v1 files",
    ),
    (
        frozenset({"ts_event", "open", "high", "low", "close", "volume"}),
        "holds bars of trades (Databento ohlcv), no quotes",
        "download the schema cbbo-1m",
    ),
    (
        frozenset({"ts_event", "action", "price", "size", "sequence"}),
        "holds trades or an order book (Databento), no consolidated quotes",
        "download the schema cbbo-1m",
    ),
    (
        frozenset({"raw_symbol", "instrument_class", "strike_price"}),
        "is a definition file (Databento)",
        "import the cbbo-1m file, and name this one with --definitions",
    ),
    (
        frozenset({"ms_of_day", "open", "high", "low", "close", "volume"}),
        "holds bars of trades (Theta Data ohlc), no quotes",
        "ask for option/history/quote",
    ),
)


def layouts_of(names: Collection[str]) -> list[Layout]:
    """The layouts whose needed columns a header has."""
    given = set(names)
    return [layout for layout in LAYOUTS if layout.needs <= given]


def missing_in(names: Collection[str], format_name: str) -> tuple[Layout, list[str]]:
    """The layout of a format that fits best, and the columns it needs and a header lacks."""
    given = set(names)
    own = [layout for layout in LAYOUTS if layout.format == format_name]
    best = min(own, key=lambda layout: len(layout.needs - given) / len(layout.needs))
    return best, sorted(best.needs - given)


def not_quotes(names: Collection[str]) -> tuple[str, str] | None:
    """What a header without quotes is of, and what to do; None where nothing is known of it."""
    given = set(names)
    found = (each for each in _NOT_QUOTES if each[0] <= given)
    return next(((problem, remedy) for _, problem, remedy in found), None)
