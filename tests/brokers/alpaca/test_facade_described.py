"""Alpaca's own description of its interfaces judges every kind of answer of the façade.

A field that the description does not name is refused too: the façade must not tell what Alpaca
does not. What the description contradicts itself in is relaxed (tests/support/vendor_descriptions.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import openapi_core
import pytest
from openapi_core import testing
from openapi_core.exceptions import OpenAPIError
from openapi_schema_validator import OAS31Validator

from engine.brokers.alpaca.contracts import contracts_call
from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.alpaca.hosts import HOSTS, headers_of
from engine.brokers.alpaca.market import chain_call, prices_call
from engine.brokers.following.symbols import Contract
from engine.brokers.http.call import Call
from engine.config import SimulationSettings
from engine.market.legs import SpreadLeg
from engine.orders.types import OrderRequest, Part
from tests.support.alpaca_facade import KEY, SECRET, AlpacaFacade, alpaca
from tests.support.exchange_processes import until
from tests.support.vendor_descriptions import QUOTES, TRADING, description

DIALECT = AlpacaDialect()
PAPER = HOSTS["PAPER"]
NAN = float("nan")


class Description:
    """A description of the vendor's, closed: what it does not name is wrong."""

    def __init__(self, name: str) -> None:
        self.values = description(name, answers=True)
        schemas = self.values["components"]["schemas"]
        for name, row in zip(("Order", "OrderLeg"), self.example_of_orders(), strict=True):
            if row:  # its fields are told, whether or not the schema names them
                schemas[name]["properties"] = {key: {} for key in row} | schemas[name]["properties"]
        for schema in schemas.values():
            if "properties" in schema and "additionalProperties" not in schema:
                schema["additionalProperties"] = False
        self.described = openapi_core.OpenAPI.from_dict(self.values)

    def example_of_orders(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The vendor's own example of an order of several legs, and of a leg; empty without."""
        examples = self.values["components"].get("examples", {})
        order = examples.get("MultilegOptionsOrderResponse", {}).get("value", {})
        return order, order.get("legs", [{}])[0]

    def judge(self, host: str, call: Call, status: int, body: bytes) -> None:
        """Refuse an answer that is not as described.

        Raises:
            OpenAPIError: with the reason.
        """
        request = testing.MockRequest(
            host, call.method.lower(), call.path, args=dict(call.query),
            headers=headers_of("key", "secret"),
        )  # fmt: skip
        try:
            self.described.validate_response(request, testing.MockResponse(body, status))
        except OpenAPIError as error:
            causes = getattr(error.__cause__, "schema_errors", ())
            error.add_note("; ".join(f"{each.json_path} {each.message}"[:300] for each in causes))
            raise


@pytest.fixture(scope="module")
def trading() -> Description:
    return Description(TRADING)


@pytest.fixture(scope="module")
def quotes() -> Description:
    return Description(QUOTES)


@pytest.fixture(scope="module")
def facade() -> Iterator[AlpacaFacade]:
    with alpaca(SimulationSettings(seed=7, symbols=("SPY",))) as facade:
        yield facade


def asked(facade: AlpacaFacade, call: Call, key: str = KEY) -> tuple[int, bytes]:
    """The answer's status and bytes, as they come over the wire."""
    query = "&".join(f"{name}={value}" for name, value in call.query)
    host = facade.hosts.trading
    data = None if call.body is None else json.dumps(dict(call.body)).encode()
    headers = dict(headers_of(key, SECRET)) | {"Content-Type": "application/json"}
    url = f"{host}{call.path}?{query}" if query else host + call.path
    try:
        with urlopen(Request(url, data, headers, method=call.method)) as told:
            return told.status, told.read()
    except HTTPError as refused:
        return refused.code, refused.read()


def vertical(facade: AlpacaFacade, name: str, limit_c: int) -> OrderRequest:
    now_s = facade.clock.epoch_s()
    expiration = facade.market.expirations("SPY", now_s)[0]
    low = float(int(facade.market.underlying("SPY", now_s) or 0))
    legs = (
        SpreadLeg(low, expiration, "call", "buy", NAN, NAN),
        SpreadLeg(low + 1, expiration, "call", "sell", NAN, NAN),
    )
    return OrderRequest(name, "SPY", "SPY", expiration, Part.DEBIT, legs, 1, limit_c)


def test_every_answer_about_orders_and_account_is_as_described(
    facade: AlpacaFacade, trading: Description
) -> None:
    def told(call: Call, status: int = 200) -> Any:
        got, body = asked(facade, call)
        assert got == status
        trading.judge(PAPER.trading, call, status, body)
        return json.loads(body) if body else None

    working = told(DIALECT.submit(vertical(facade, "TOLD-1", 1)))["id"]
    filled = told(DIALECT.submit(vertical(facade, "TOLD-2", 95)))["id"]
    until(lambda: facade.orders["TOLD-2"].status == "filled", what="it never executed")
    assert told(DIALECT.look_up("TOLD-1"))["legs"] is None
    order, (bought, sold) = trading.example_of_orders(), told(DIALECT.order(working))["legs"]
    assert order[0].keys() <= told(DIALECT.order(working)).keys()
    assert order[1].keys() <= bought.keys() == sold.keys()
    assert told(DIALECT.order(filled))["legs"][0]["filled_avg_price"]
    assert [row["id"] for row in told(DIALECT.open_orders(None))] == [working]
    assert len(told(DIALECT.positions())) == 2
    assert told(DIALECT.account())["status"] == "ACTIVE"
    assert len(told(DIALECT.fills("", None))) == 2
    sold = facade.matching.positions()[1]
    contract = Contract(sold.symbol, sold.expiration, sold.right, sold.strike)
    facade.events.end("OPASN", contract, sold.quantity)
    assert not DIALECT.read_option_events(told(DIALECT.option_events(None))).odd
    assert {row["asset_class"] for row in told(DIALECT.positions())} == {"us_option", "us_equity"}
    shares = -100 if sold.right == "call" else 100
    taken = DIALECT.taken_shares(told(DIALECT.trade_shares("SH-SPY-1-1", "SPY", -shares)))
    assert taken is not None and (taken.filled, taken.paid_c) == (100, 100 * 60150)
    assert taken == DIALECT.taken_shares(told(DIALECT.look_up("SH-SPY-1-1")))
    facade.events.charge("ORF", "0.05")
    assert DIALECT.read_charges(told(DIALECT.charges())).rows[0].cost_c == 5
    first = date.fromtimestamp(facade.clock.epoch_s())
    listed = contracts_call("SPY", "SPY", first, first.replace(year=first.year + 1), NAN, None)
    assert told(listed)["option_contracts"]
    told(DIALECT.cancel(working), 204)
    until(lambda: facade.orders["TOLD-1"].status == "canceled", what="it works on")
    assert told(DIALECT.order(working))["status"] == "canceled"


def test_every_refusal_has_a_described_status_and_the_described_form(
    facade: AlpacaFacade, trading: Description
) -> None:
    form = OAS31Validator(trading.values["components"]["schemas"]["Error"])
    done = DIALECT.submit(vertical(facade, "REFUSED-1", 95))
    _, body = asked(facade, done)
    broker_id = json.loads(body)["id"]
    until(lambda: facade.orders["REFUSED-1"].status == "filled", what="it never executed")
    for call in (done, DIALECT.cancel(broker_id)):
        status, body = asked(facade, call)
        assert status == 422
        trading.judge(PAPER.trading, call, status, body)
        form.validate(json.loads(body))
    nobody = "00000000-0000-0000-0000-000000000000"
    for call in (DIALECT.look_up("NOBODY-1"), DIALECT.order(nobody), DIALECT.cancel(nobody)):
        status, body = asked(facade, call)  # an absent order is described nowhere but as an error
        assert status == 404
        form.validate(json.loads(body))
    assert asked(facade, DIALECT.account(), key="wrong")[0] == 401


def test_every_answer_about_quotes_is_as_described(
    facade: AlpacaFacade, quotes: Description
) -> None:
    day = facade.market.expirations("SPY", facade.clock.epoch_s())[0]
    for call in (
        chain_call("SPY", "SPY", day, NAN, "indicative", None),
        prices_call(("SPY",)),
        chain_call("SPY", "SPY", day, NAN, "opra", None),
    ):
        status, body = asked(facade, call)
        assert status == (403 if ("feed", "opra") in call.query else 200)
        quotes.judge(PAPER.data, call, status, body)
        assert json.loads(body).keys() & {"snapshots", "trades", "message"}


@pytest.mark.parametrize(
    "spoil",
    [
        lambda order: order.pop("time_in_force"),
        lambda order: order.update(qty=2),
        lambda order: order.update(status="gone"),
        lambda order: order["legs"][0].pop("symbol"),
        lambda order: order["legs"][1].update(fills=1),
    ],
)
def test_the_description_refuses_an_answer_that_is_wrong(
    spoil: Callable[[dict[str, Any]], object], facade: AlpacaFacade, trading: Description
) -> None:
    if "TOLD-3" not in facade.orders:
        asked(facade, DIALECT.submit(vertical(facade, "TOLD-3", 1)))
    with facade.lock:
        order = json.loads(json.dumps(facade.orders["TOLD-3"].told()))
    call = DIALECT.order(order["id"])
    trading.judge(PAPER.trading, call, 200, json.dumps(order).encode())
    spoil(order)
    with pytest.raises(OpenAPIError):
        trading.judge(PAPER.trading, call, 200, json.dumps(order).encode())
