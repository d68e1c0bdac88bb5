"""The offline checker on a gateway: what it wrote down, sent and booked, against its broker."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine.checker import CheckError, check_gateway

Row = dict[str, Any]
NAME = "S0-1-D1"


def records() -> dict[str, list[Row]]:
    """One debit of two lots, written down, sent, executed at 0.40 in the whole and booked."""
    body = {
        "order": NAME, "symbol": "SPY", "expiration": "2026-11-27", "part": "D",
        "legs": [[600.0, "call", "buy"], [605.0, "call", "sell"]], "quantity": 2, "limit_c": 40,
    }  # fmt: skip
    wire = {
        "at_ms": 1_000_030, "what": "submit", "order": NAME, "symbol": "SPY",
        "expiration": "2026-11-27", "part": "D", "right": "call", "buy_strike": 600.0,
        "sell_strike": 605.0, "quantity": 2, "limit_c": 40, "multiplier": 100,
    }  # fmt: skip

    def execution(name: str, quantity: int, fees_c: int) -> Row:
        return {
            "execution": name, "order": NAME, "at_s": 1001.0, "symbol": "SPY",
            "expiration": "2026-11-27", "quantity": quantity, "price_c": 40, "pays": True,
            "multiplier": 100, "fees_c": fees_c,
            "legs": [["call", 600.0, quantity, 140], ["call", 605.0, -quantity, 100]],
        }  # fmt: skip

    return {
        "orders": [
            {"id": NAME, "body": body, "at": 1000.0},
            {"id": NAME, "broker_id": "b", "aliases": []},
            {"id": NAME, "end": "filled", "reason": ""},
        ],
        "executions": [execution("b:1", 1, 6), execution("b:2", 1, 6)],
        "exchange": [execution("X.1", 2, 12)],
        "wire": [wire, wire | {"what": "query"}],
    }


def test_a_gateway_that_agrees_with_its_broker_breaks_nothing() -> None:
    assert check_gateway(**records()) == []


@pytest.mark.parametrize(
    ("spoil", "number", "text"),
    [
        (lambda r: r["wire"].append(r["wire"][0]), 22, "left the gateway 2 times"),
        (lambda r: r["orders"].pop(0), 22, "written down 0 times"),
        (lambda r: r["orders"].append(r["orders"][0]), 22, "written down 2 times"),
        (lambda r: r["orders"][0].update(at=1000.2), 22, "before it was written down"),
        (lambda r: r["wire"][0].update(limit_c=41), 22, "limit_c was 41 on the wire and 40"),
        (lambda r: r["wire"][0].update(part="C"), 22, "part was C on the wire and D"),
        (lambda r: r["wire"][0].update(buy_strike=605.0), 22, "buy_strike was 605.0"),
        (lambda r: r["executions"].pop(), 23, "the gateway booked 1 "),
        (lambda r: r["executions"].clear(), 23, "the gateway booked nothing"),
        (lambda r: r["exchange"].clear(), 23, "the exchange nothing"),
        (lambda r: r["executions"][0].update(fees_c=5), 23, "fees 11 c"),
        (lambda r: r["executions"][0]["legs"][0].__setitem__(3, 141), 23, "28100 c"),
        (lambda r: r["executions"][1].update(execution="b:1"), 23, "booked b:1 2 times"),
        (lambda r: r["orders"].pop(), 24, "has no end at the gateway"),
        (lambda r: r["exchange"][0].update(quantity=1), 24, "executed 1 of 2"),
        (lambda r: r["exchange"][0].update(order="other"), 24, "never written down"),
    ],
)
def test_every_difference_is_found(spoil: Callable[[Any], Any], number: int, text: str) -> None:
    given = records()
    spoil(given)
    found = check_gateway(**given)
    assert any(each.number == number and text in each.text for each in found), found


def test_a_row_that_is_none_is_told() -> None:
    given = records()
    del given["exchange"][0]["legs"]
    with pytest.raises(CheckError, match="cannot be read"):
        check_gateway(**given)
