"""Option snapshots become a chain: what is not quoted is unknown, never zero."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import numpy as np
import pytest

from engine.brokers.alpaca.market import (
    chain_call,
    chain_of,
    prices_call,
    read_prices,
    read_snapshots,
)
from engine.brokers.dialect import DialectError
from engine.market.chain import CALL, PUT

DAY = date(2027, 1, 15)


def quote(bid: Any, ask: Any, at: str = "2027-01-04T15:00:00.5Z") -> dict[str, Any]:
    return {"latestQuote": {"bp": bid, "ap": ask, "bs": 7, "as": 9, "t": at}}


PAGES = [
    {
        "snapshots": {
            "SPY270115C00600000": quote(2.95, 3.05) | {"impliedVolatility": 0.2},
            "SPY270115P00600000": {"latestTrade": {"p": 3.0}},
            "SPY1270115C00600000": quote(9.0, 9.1),
            "odd": quote(1.0, 1.1),
        },
        "next_page_token": "more",
    },
    {
        "snapshots": {"SPY270115C00605000": quote(0, 0), "SPY270115P00605000": quote("x", True)},
        "next_page_token": None,
    },
]


def test_pages_become_one_chain_of_its_own_root() -> None:
    pages = [read_snapshots(page) for page in PAGES]
    assert [page.token for page in pages] == ["more", None]
    chain = chain_of("SPY", DAY, pages, 601.5, 1000.0)
    assert chain is not None
    assert list(chain.strikes) == [600.0, 605.0]
    assert (chain.underlying_price, chain.confirmed_s) == (601.5, 1000.0)
    assert (chain.bid[CALL, 0], chain.ask[CALL, 0]) == (2.95, 3.05)
    assert (chain.bid_size[CALL, 0], chain.ask_size[CALL, 0], chain.iv[CALL, 0]) == (7, 9, 0.2)
    assert chain.quoted_s[CALL, 0] == 1799074800.5
    assert np.isnan(chain.bid[PUT]).all()
    assert np.isnan(chain.ask[PUT]).all()
    assert chain.bid[CALL, 1] == 0
    assert math.isnan(chain.ask[CALL, 1])
    assert chain_of("XSP", DAY, pages, 601.5, 1000.0) is None


def test_a_page_in_another_form_is_refused() -> None:
    odd: list[Any] = [[], {}, {"snapshots": []}, {"snapshots": {}, "next_page_token": 7}]
    for body in odd:
        with pytest.raises(DialectError):
            read_snapshots(body)
    for told in (7, {"latestQuote": 7}, {"latestQuote": {"t": "soon"}}):
        page = read_snapshots({"snapshots": {"SPY270115C00600000": told}})
        with pytest.raises(DialectError):
            chain_of("SPY", DAY, [page], math.nan, 0.0)


def test_one_expiration_of_a_root_is_asked_for_around_the_price() -> None:
    call = chain_call("SPX", "SPXW", DAY, 6000.0, "opra", "more")
    assert call.path == "/v1beta1/options/snapshots/SPX"
    assert dict(call.query) == {
        "feed": "opra", "limit": "1000", "expiration_date": "2027-01-15", "root_symbol": "SPXW",
        "strike_price_gte": "4800.00", "strike_price_lte": "7200.00", "page_token": "more",
    }  # fmt: skip
    assert "strike_price_gte" not in dict(
        chain_call("SPX", "SPX", DAY, math.nan, "indicative").query
    )


def test_prices_of_shares_come_in_one_call() -> None:
    assert prices_call(["SPY", "AAPL"]).query == (("symbols", "SPY,AAPL"),)
    body = {"trades": {"SPY": {"p": 601.5}, "AAPL": {"p": None}, "XYZ": {"p": 0}}}
    assert read_prices(body) == {"SPY": 601.5}
    with pytest.raises(DialectError):
        read_prices({"trades": []})
