"""Contracts, last prices and snapshots of the simulated market in Alpaca's form."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine.brokers.following.symbols import contract_of, occ_symbol
from engine.brokers.protocol import MarketData
from engine.exchange.alpaca.orders import NAN, moment, uuid_of
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.legs import SpreadLeg
from engine.market.ticks import contract_terms, underlying_of


def contracts(market: MarketData, query: dict[str, str], now_s: float) -> dict[str, Any]:
    """A page of the listed contracts that a query asks for."""
    root = query["root_symbol"]
    low = float(query.get("strike_price_gte", "0"))
    high = float(query.get("strike_price_lte", "inf"))
    rows = []
    for day in market.expirations(root, now_s):
        chain = market.chain(root, day, now_s)
        strikes = [] if chain is None else chain.strike_list
        rows += [_contract(root, day, strike) for strike in strikes if low <= strike <= high]
    begins = int(query.get("page_token") or 0)
    ends = begins + int(query.get("limit", "100"))
    token = str(ends) if ends < len(rows) else None
    return {"option_contracts": rows[begins:ends], "next_page_token": token}


def last_trades(market: MarketData, symbols: list[str], now_s: float) -> dict[str, Any]:
    """The last prices of shares."""
    prices = {symbol: market.underlying(symbol, now_s) for symbol in symbols}
    told = {
        s: {"p": price, "t": moment(now_s), "s": 100, "x": "V", "i": 1, "c": ["@"], "z": "B"}
        for s, price in prices.items()
        if price
    }
    return {"trades": told}


def index_values(market: MarketData, indices: list[str], now_s: float) -> dict[str, Any]:
    """The values of indices."""
    values = {index: market.underlying(index, now_s) for index in indices}
    told = {index: {"v": value, "t": moment(now_s)} for index, value in values.items() if value}
    return {"values": told}


def snapshots(market: MarketData, root: str, wanted: str | None, now_s: float) -> dict[str, Any]:
    """The quotes of one expiration, the nearest where a question names none."""
    days = (date.fromisoformat(wanted),) if wanted else market.expirations(root, now_s)
    if not days:
        return {"snapshots": {}, "next_page_token": None}
    expiration = days[0]
    chain = market.chain(root, expiration, now_s)
    rows: dict[str, Any] = {}
    if chain is not None:
        for column, strike in enumerate(chain.strike_list):
            for row, right in ((CALL, "call"), (PUT, "put")):
                leg = SpreadLeg(strike, expiration, right, "buy", NAN, NAN)  # type: ignore[arg-type]
                symbol = occ_symbol(contract_of(root, leg, expiration))
                rows[symbol] = _snapshot(chain, row, column, now_s)
    return {"snapshots": rows, "next_page_token": None}


def _contract(root: str, day: date, strike: float) -> dict[str, Any]:
    symbol = occ_symbol(contract_of(root, SpreadLeg(strike, day, "call", "buy", NAN, NAN), day))
    terms, underlying = contract_terms(root), underlying_of(root)
    return {
        "id": uuid_of(symbol),
        "symbol": symbol,
        "name": symbol,
        "status": "active",
        "tradable": True,
        "expiration_date": day.isoformat(),
        "root_symbol": root,
        "underlying_symbol": underlying,
        "underlying_asset_id": uuid_of(underlying),
        "type": "call",
        "style": terms.style,
        "strike_price": f"{strike:g}",
        "multiplier": "100",
        "size": "100",
        "ppind": True,
    }


def _snapshot(chain: OptionChain, row: int, column: int, now_s: float) -> dict[str, Any]:
    quoted_s = chain.quoted_s[row, column]
    sides = (("bp", chain.bid), ("ap", chain.ask), ("bs", chain.bid_size), ("as", chain.ask_size))
    quote: dict[str, Any] = {name: _figure(values[row, column]) for name, values in sides}
    quote |= {"bs": int(quote["bs"]), "as": int(quote["as"]), "bx": "C", "ax": "C", "c": " "}
    quote["t"] = moment(now_s if quoted_s != quoted_s else float(quoted_s))
    told: dict[str, Any] = {"latestQuote": quote}
    if chain.iv[row, column] == chain.iv[row, column]:
        told["impliedVolatility"] = float(chain.iv[row, column])
    return told


def _figure(value: float) -> float:
    """A figure of a quote; a side that nobody quotes is told as 0."""
    return 0.0 if value != value else float(value)
