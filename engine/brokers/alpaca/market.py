"""Alpaca's option snapshots as a chain, and latest trades as prices of underlyings."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, Final, Literal, NamedTuple

import numpy as np

from engine.brokers.alpaca.reading import fields_of, rows_of, seconds_of, text_of
from engine.brokers.alpaca.underlyings import alpaca_underlying
from engine.brokers.dialect import DialectError
from engine.brokers.following.symbols import contract_from_occ
from engine.brokers.http.call import Call, Priority
from engine.market.calendar import exchange_date
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.ticks import contract_terms

Feed = Literal["opra", "indicative"]
"""OPRA is what exchanges quote; indicative quotes are modified and may not be traded on."""

CONTRACTS_A_PAGE: Final = 1000
MOST_PAGES: Final = 4
_AROUND: Final = 0.2
_AROUND_USD: Final = 6.0
"""Strikes farther from the underlying's price than this share and these dollars are not asked for:
a vertical takes two, and those of a cheap underlying are up to 2.50 or 5 apart."""

_LARGEST: Final = 1e6


STANDARD_MULTIPLIER: Final = 100


class Snapshots(NamedTuple):
    """One page of a chain.

    Attributes:
        quotes: what is told of each contract, by its symbol.
        token: of the next page; None at the end.
    """

    quotes: dict[str, Any]
    token: str | None


def chain_call(
    underlying: str,
    root: str,
    expiration: date,
    price: float,
    feed: Feed,
    token: str | None = None,
) -> Call:
    """A page of one expiration of a root, around the underlying's price.

    Args:
        underlying: such as SPX.
        root: of the symbols, such as SPXW.
        expiration: exchange date.
        price: of the underlying, dollars a share; NaN where unknown: all strikes.
        feed: where quotes come from.
        token: of the page.
    """
    query = [
        ("feed", feed),
        ("limit", str(CONTRACTS_A_PAGE)),
        ("expiration_date", expiration.isoformat()),
        ("root_symbol", root),
    ]
    if math.isfinite(price) and price > 0:
        query += strikes_around(price, max(price * _AROUND, _AROUND_USD))
    if token:
        query.append(("page_token", token))
    path = f"/v1beta1/options/snapshots/{underlying}"
    return Call("GET", path, Priority.CHAIN, tuple(query), books=True)


def strikes_around(price: float, by: float) -> list[tuple[str, str]]:
    """The bounds of strikes around a price, in the words of a query.

    Args:
        price: of the underlying, dollars a share.
        by: dollars to each side.
    """
    low, high = max(0.01, price - by), price + by
    return [("strike_price_gte", f"{low:.2f}"), ("strike_price_lte", f"{high:.2f}")]


def one_quote_call(underlying: str, feed: Feed) -> Call:
    """Any contract's quote, to see whether the account may ask the feed.

    Args:
        underlying: such as SPX.
        feed: where quotes come from.
    """
    query = (("feed", feed), ("limit", "1"))
    return Call("GET", f"/v1beta1/options/snapshots/{underlying}", Priority.CHAIN, query)


def read_snapshots(body: Any) -> Snapshots:
    """A page of snapshots.

    Raises:
        DialectError: it is not one.
    """
    row = fields_of(body, "snapshots")
    token = row.get("next_page_token")
    if token is not None and not isinstance(token, str):
        raise DialectError("the page token is not a text")
    return Snapshots(fields_of(row.get("snapshots"), "snapshots"), token or None)


def chain_of(
    root: str, expiration: date, pages: Iterable[Snapshots], price: float, now_s: float
) -> OptionChain | None:
    """The chain that pages tell; None where they tell no contract of it.

    A contract without a latest quote has none: NaN, never a price of zero. Roots other than the
    one that was asked for, such as those of adjusted contracts, are left out.

    Args:
        root, expiration: of the chain.
        pages: all of them.
        price: of the underlying, dollars a share; NaN where unknown.
        now_s: epoch second before the first page was asked for: the chain was confirmed then.

    Raises:
        DialectError: a page is not in Alpaca's form.
    """
    rows: dict[tuple[int, float], dict[str, Any]] = {}
    for page in pages:
        for symbol, told in page.quotes.items():
            try:
                contract = contract_from_occ(symbol)
            except ValueError:
                continue
            if (contract.root, contract.expiration) == (root, expiration):
                side = CALL if contract.right == "call" else PUT
                rows[side, contract.strike] = fields_of(told, "a snapshot")
    if not rows:
        return None
    strikes, terms = sorted({strike for _, strike in rows}), contract_terms(root)
    return OptionChain(
        root,
        expiration,
        np.array(strikes),
        underlying_price=price,
        multiplier=terms.multiplier,
        style=terms.style,
        settlement=terms.settlement,
        confirmed_s=now_s,
        **_columns(rows, strikes),
    )


def _columns(rows: dict[tuple[int, float], dict[str, Any]], strikes: Sequence[float]) -> Any:
    shape = (2, len(strikes))
    names = {"bid": "bp", "ask": "ap", "bid_size": "bs", "ask_size": "as"}
    columns = {name: np.full(shape, math.nan) for name in (*names, "quoted_s", "iv")}
    place = {strike: at for at, strike in enumerate(strikes)}
    for (side, strike), told in rows.items():
        at = side, place[strike]
        quote = told.get("latestQuote")
        if quote is not None:
            quote = fields_of(quote, "a quote")
            for name, field in names.items():
                columns[name][at] = _figure(quote.get(field))
            if columns["ask"][at] == 0:
                columns["ask"][at] = math.nan  # nobody offers it for nothing
            moment = quote.get("t")
            columns["quoted_s"][at] = seconds_of(moment) if isinstance(moment, str) else math.nan
        columns["iv"][at] = _figure(told.get("impliedVolatility"))
    return columns


def _figure(value: Any) -> float:
    """A number from 0 to a million; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    return float(value) if 0 <= value <= _LARGEST else math.nan


def prices_call(symbols: Sequence[str]) -> Call:
    """The latest trades of shares, all in one call.

    Args:
        symbols: of the underlyings.
    """
    query = (("symbols", ",".join(symbols)),)
    return Call("GET", "/v2/stocks/trades/latest", Priority.CHAIN, query)


def closes_call(symbol: str, day: date) -> Call:
    """The daily bar of a share on a day; without an end it reaches as far as the plan allows.

    Args:
        symbol: root of the options.
        day: exchange date.
    """
    query = (
        ("symbols", alpaca_underlying(symbol)),
        ("timeframe", "1Day"),
        ("start", day.isoformat()),
        ("limit", "1"),
    )
    return Call("GET", "/v2/stocks/bars", Priority.CHAIN, query, books=True)


def read_close(body: Any, symbol: str, day: date) -> float | None:
    """The close of that day's bar, dollars a share; None where there is none of it.

    Raises:
        DialectError: it is not a page of bars.
    """
    named = alpaca_underlying(symbol)
    bars = fields_of(fields_of(body, "bars").get("bars"), "bars").get(named)
    for bar in rows_of(bars or [], "bars"):
        if exchange_date(seconds_of(text_of(bar, "t"))) == day:
            price = _figure(bar.get("c"))
            return price if price > 0 else None
    return None


def read_prices(body: Any) -> dict[str, float]:
    """The last price of each share, dollars; none where it is unknown.

    Raises:
        DialectError: it is not a page of trades.
    """
    trades = fields_of(fields_of(body, "trades").get("trades"), "trades")
    prices = {symbol: _figure(fields_of(row, "a trade").get("p")) for symbol, row in trades.items()}
    return {symbol: price for symbol, price in prices.items() if price > 0}
