"""Orders at Alpaca: what leaves means what was ordered, whoever reads it."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.dialect import DialectError
from engine.brokers.http.call import Priority
from engine.market.legs import SpreadLeg
from engine.orders.types import Effect, OrderRequest, Part
from tests.support.order_at_broker import DAY, NAN

DIALECT = AlpacaDialect()


def order(
    part: Part, right: str, effects: tuple[Effect, Effect], quantity: int, limit_c: int
) -> OrderRequest:
    bought, sold = (232.5, 235.0) if part is Part.DEBIT else (240.0, 237.5)
    legs = (
        SpreadLeg(bought, DAY, right, "buy", NAN, NAN),  # type: ignore[arg-type]
        SpreadLeg(sold, DAY, right, "sell", NAN, NAN),  # type: ignore[arg-type]
    )
    name = f"PA1B2C3-20-1-1{part.value}1"
    return OrderRequest(name, "SPY", "SPY", DAY, part, legs, quantity, limit_c, effects=effects)


EFFECTS: tuple[Effect, ...] = ("open", "close")

ORDERS = [
    order(part, right, (bought, sold), quantity, limit_c)
    for part, right, bought, sold, quantity, limit_c in itertools.product(
        [Part.DEBIT, Part.CREDIT, Part.UNWIND],
        ["call", "put"],
        EFFECTS,
        EFFECTS,
        [1, 2, 10],
        [1, 5, 109, 110, 249, 100_000],
    )
]


def second_reading(data: bytes) -> dict[str, Any]:
    """What an order's bytes oblige us to, read from the vendor's page alone.

    Money: dollars that a whole order costs at worst; negative for what it brings at least.
    """
    order = json.loads(data, parse_float=Decimal)
    assert set(order) == {
        "order_class", "type", "time_in_force", "qty", "limit_price", "client_order_id", "legs",
    }  # fmt: skip
    assert (order["order_class"], order["type"], order["time_in_force"]) == ("mleg", "limit", "day")
    units = int(order["qty"])
    contracts = {}
    for leg in order["legs"]:
        verb, _, effect = leg["position_intent"].split("_")
        assert verb == leg["side"]
        sign = {"buy": 1, "sell": -1}[verb]
        contracts[leg["symbol"]] = (sign * units * int(leg["ratio_qty"]), effect)
    return {"money": Decimal(order["limit_price"]) * 100 * units, "contracts": contracts}


def sent(request: OrderRequest) -> bytes:
    call = DIALECT.submit(request)
    assert (call.method, call.path) == ("POST", "/v2/orders")
    return json.dumps(dict(call.body or {})).encode()


def test_every_order_is_read_back_as_it_was_meant() -> None:
    assert len(ORDERS) >= 144
    for request in ORDERS:
        read = second_reading(sent(request))
        strikes = [f"{round(leg.strike * 1000):08d}" for leg in request.legs]
        letter = request.legs[0].option_type[0].upper()
        symbols = [f"SPY270115{letter}{strike}" for strike in strikes]
        assert read["contracts"] == {
            symbols[0]: (request.quantity, request.effects[0]),
            symbols[1]: (-request.quantity, request.effects[1]),
        }
        sign = 1 if request.part is Part.DEBIT else -1
        assert read["money"] == sign * request.limit_c * request.quantity


def test_an_order_that_must_receive_can_never_pay() -> None:
    for request in ORDERS:
        money = second_reading(sent(request))["money"]
        assert (money > 0) == (request.part is Part.DEBIT)
        assert (money < 0) == (request.part in (Part.CREDIT, Part.UNWIND))


def test_what_completes_goes_before_debits() -> None:
    priorities = {request.part: DIALECT.submit(request).priority for request in ORDERS}
    assert priorities[Part.DEBIT] is Priority.DEBIT
    assert priorities[Part.CREDIT] is priorities[Part.UNWIND] is Priority.COMPLETION


PLAIN = ORDERS[0]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"effects": ("mixed", "open")}, "no word"),
        ({"limit_c": 0}, "above zero"),
        ({"limit_c": -109}, "above zero"),
        ({"quantity": 0}, "above zero"),
        ({"multiplier": 10}, "multiplier of 10"),
        ({"legs": (PLAIN.legs[1], PLAIN.legs[0])}, "buys its first"),
        ({"legs": (PLAIN.legs[0], replace(PLAIN.legs[0], side="sell"))}, "one contract"),
        ({"client_order_id": "a b"}, "cannot be an id"),
        ({"client_order_id": "A" * 129}, "cannot be an id"),
        ({"symbol": "TOOLONG"}, "no OCC symbol"),
    ],
)
def test_what_alpaca_has_no_words_for_is_not_sent(change, reason):
    with pytest.raises(DialectError, match=reason):
        DIALECT.submit(replace(PLAIN, **change))


@pytest.mark.parametrize("name", ["../account", "a/b", "", "x" * 65])
def test_only_an_id_of_alpaca_is_put_into_a_path(name):
    for call in (DIALECT.cancel, DIALECT.order):
        with pytest.raises(DialectError, match="not an id"):
            call(name)


def test_the_vendor_s_own_library_writes_the_same_orders() -> None:
    """Another encoder: alpaca-py's models."""
    requests = pytest.importorskip("alpaca.trading.requests", reason="alpaca-py is not installed")
    enums = pytest.importorskip("alpaca.trading.enums")
    for request in ORDERS:
        legs = [
            requests.OptionLegRequest(
                symbol=json.loads(sent(request))["legs"][at]["symbol"],
                ratio_qty=1,
                side=enums.OrderSide(leg.side),
                position_intent=enums.PositionIntent(f"{leg.side}_to_{effect}"),
            )
            for at, (leg, effect) in enumerate(zip(request.legs, request.effects, strict=True))
        ]
        theirs = requests.LimitOrderRequest(
            qty=request.quantity,
            limit_price=(1 if request.pays else -1) * request.limit_c / 100,
            order_class=enums.OrderClass.MLEG,
            time_in_force=enums.TimeInForce.DAY,
            client_order_id=request.client_order_id,
            legs=legs,
        ).to_request_fields()
        assert meaning(theirs) == meaning(json.loads(sent(request)))


def meaning(value: Any) -> Any:
    """Values as what they mean: numbers by value, written as text or not."""
    if isinstance(value, dict):
        return {name: meaning(each) for name, each in value.items()}
    if isinstance(value, list):
        return [meaning(each) for each in value]
    try:
        return Decimal(str(getattr(value, "value", value)))
    except ArithmeticError:
        return str(getattr(value, "value", value))
