"""Alpaca's own description of its interfaces judges every call of the dialect."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Any

import openapi_core
import pytest
from openapi_core import testing
from openapi_core.exceptions import OpenAPIError

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.alpaca.hosts import HOSTS, headers_of
from engine.brokers.alpaca.market import chain_call, prices_call
from engine.brokers.http.call import Call
from engine.orders.types import Part
from tests.brokers.alpaca.test_encoding import ORDERS, order
from tests.support.vendor_descriptions import QUOTES, TRADING, description

DIALECT = AlpacaDialect()
PAPER = HOSTS["PAPER"]
ONE = order(Part.DEBIT, "call", ("open", "open"), 2, 109)


@pytest.fixture(scope="module")
def trading() -> Any:
    return openapi_core.OpenAPI.from_dict(description(TRADING))


@pytest.fixture(scope="module")
def quotes() -> Any:
    return openapi_core.OpenAPI.from_dict(description(QUOTES))


def request_of(host: str, call: Call, body: Any = None) -> Any:
    """The call as a server sees it."""
    body = body if body is not None else None if call.body is None else dict(call.body)
    data = None if body is None else json.dumps(body).encode()
    return testing.MockRequest(
        host,
        call.method.lower(),
        call.path,
        args=dict(call.query),
        headers=headers_of("key", "secret"),
        data=data,
        content_type="application/json" if data else "",
    )


def calls() -> Iterator[Call]:
    yield from (DIALECT.submit(each) for each in ORDERS)
    yield DIALECT.cancel("61e69015-8549-4bfd-b9c3-01e75843f47d")
    yield DIALECT.look_up(ONE.client_order_id)
    yield DIALECT.order("61e69015-8549-4bfd-b9c3-01e75843f47d")
    yield DIALECT.open_orders(None)
    yield DIALECT.orders_since(1_800_000_000.25, None)
    yield DIALECT.orders_since(1_800_000_000.25, "61e69015-8549-4bfd-b9c3-01e75843f47d")
    yield DIALECT.open_orders("61e69015-8549-4bfd-b9c3-01e75843f47d")
    yield DIALECT.positions()
    yield DIALECT.account()
    yield DIALECT.fills("", None)
    yield DIALECT.fills("20241210000000000::abc", None)
    yield DIALECT.trade_shares("SH-SPY-1780000000000-1", "SPY", -100)
    yield DIALECT.trade_shares("SH-BRKB-1780000000000-2", "BRK.B", 200)
    yield DIALECT.charges()
    yield DIALECT.option_events(None)
    yield DIALECT.option_events("20241210000000000::abc")


def test_every_call_of_the_dialect_is_one_that_the_vendor_describes(trading: Any) -> None:
    asked = list(calls())
    assert len(asked) > 200
    for call in asked:
        trading.validate_request(request_of(PAPER.trading, call))


def test_every_call_for_quotes_is_one_that_the_vendor_describes(quotes: Any) -> None:
    day = date(2027, 1, 15)
    for feed in ("opra", "indicative"):
        for price, token in ((600.0, None), (float("nan"), "MTAwMA")):
            call = chain_call("SPX", "SPXW", day, price, feed, token)
            quotes.validate_request(request_of(PAPER.data, call))
    quotes.validate_request(request_of(PAPER.data, prices_call(("SPY", "QQQ"))))


@pytest.mark.parametrize(
    "change",
    [
        {"qty": 2},
        {"limit_price": 1.09},
        {"type": "limits"},
        {"client_order_id": "A" * 129},
        {"order_class": "multileg"},
        {"legs": "intent"},
        {"legs": "five"},
    ],
    ids=str,
)
def test_the_description_refuses_an_order_that_is_wrong(
    trading: Any, change: dict[str, Any]
) -> None:
    call = DIALECT.submit(ONE)
    body = json.loads(json.dumps(dict(call.body or {})))
    legs = body["legs"]
    if change == {"legs": "intent"}:
        legs[0]["position_intent"] = "buy_too_open"
    elif change == {"legs": "five"}:
        body["legs"] = [*legs, *legs, legs[0]]
    else:
        body |= change
    with pytest.raises(OpenAPIError):
        trading.validate_request(request_of(PAPER.trading, call, body))
