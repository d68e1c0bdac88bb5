"""Which listed contracts name an expiration: those that are traded here, and no adjusted ones."""

from __future__ import annotations

import math
from datetime import date
from typing import Any

import pytest

from engine.brokers.alpaca.contracts import contracts_call, read_expirations
from engine.brokers.alpaca.market import chain_call
from engine.brokers.dialect import DialectError

DAY = "2027-01-15"
SHARES = {"type": "equity", "symbol": "AAPL", "amount": "100", "allocation_percentage": "100"}
"""The deliverable of a standard contract, as the description of Alpaca's API has it."""


def contract(root: str = "AAPL", **changes: Any) -> dict[str, Any]:
    """A contract as the description's example has it."""
    return {
        "symbol": f"{root}270115C00100000",
        "status": "active",
        "tradable": True,
        "expiration_date": DAY,
        "root_symbol": root,
        "underlying_symbol": "AAPL",
        "type": "call",
        "style": "american",
        "strike_price": "100",
        "multiplier": "100",
        "size": "100",
        "ppind": True,
        **changes,
    }


def days(root: str, *contracts: dict[str, Any]) -> tuple[date, ...]:
    return read_expirations({"option_contracts": list(contracts)}, root).days


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"size": 100, "multiplier": "100.0"},
        {"deliverables": None},
        {"deliverables": [SHARES]},
    ],
)
def test_a_standard_contract_names_its_expiration(changes: dict[str, Any]) -> None:
    assert days("AAPL", contract(**changes)) == (date(2027, 1, 15),)


@pytest.mark.parametrize(
    "changes",
    [
        {"root_symbol": "AAPL1"},
        {"size": "150"},
        {"size": None},
        {"multiplier": "10"},
        {"tradable": False},
        {"style": "european"},
        {"deliverables": [{**SHARES, "amount": "150"}]},
        {"deliverables": [{**SHARES, "symbol": "XYZ"}]},
        {"deliverables": [SHARES, {**SHARES, "type": "cash", "symbol": "USD", "amount": "12.5"}]},
        {"deliverables": [{**SHARES, "type": "cash", "symbol": "USD"}]},
        {"expiration_date": "soon"},
    ],
)
def test_an_adjusted_or_odd_contract_names_none(changes: dict[str, Any]) -> None:
    assert days("AAPL", contract(**changes)) == ()


def test_an_adjusted_root_names_none_even_where_it_is_asked_for() -> None:
    adjusted = contract("AAPL1", deliverables=[SHARES, {**SHARES, "type": "cash"}])
    assert days("AAPL1", adjusted) == ()


def test_an_index_s_contracts_are_european_and_deliver_money() -> None:
    cash = [{"type": "cash", "symbol": "USD", "amount": "100"}]
    index = {"underlying_symbol": "SPX", "style": "european"}
    assert days("SPXW", contract("SPXW", **index, deliverables=cash)) == (date(2027, 1, 15),)
    assert days("SPXW", contract("SPXW", **index, size="1")) == (date(2027, 1, 15),)
    assert days("SPXW", contract("SPXW", underlying_symbol="SPX")) == (), "american"
    assert days("SPXW", contract("SPX", **index)) == (), "the root that settles at the open"


def test_a_root_is_asked_for_beside_its_underlying_with_what_it_delivers() -> None:
    first = date(2027, 1, 4)
    query = dict(contracts_call("SPX", "SPXW", first, first, 6000.0).query)
    assert (query["underlying_symbols"], query["root_symbol"]) == ("SPX", "SPXW")
    assert query["show_deliverables"] == "true"
    assert (query["strike_price_gte"], query["strike_price_lte"]) == ("5820.00", "6180.00")
    assert "strike_price_gte" not in dict(
        contracts_call("SPX", "SPX", first, first, math.nan).query
    )


@pytest.mark.parametrize(
    ("price", "apart"),
    [(7.5, 1.0), (11.2, 2.5), (3.1, 2.5), (24.9, 2.5), (61.9, 5.0), (199.0, 5.0), (204.0, 10.0)],
)
def test_a_cheap_underlying_has_a_strike_of_every_expiration_and_its_chain_two(
    price: float, apart: float
) -> None:
    """An expiration whose strikes all lie outside would not be listed."""
    first = date(2027, 1, 4)
    calls = (
        (contracts_call("F", "F", first, first, price), 1),
        (chain_call("F", "F", first, price, "opra"), 2),
    )
    for call, least in calls:
        query = dict(call.query)
        low, high = float(query["strike_price_gte"]), float(query["strike_price_lte"])
        strikes = [n * apart for n in range(1, 60) if low <= n * apart <= high]
        assert 0 < low < price < high and len(strikes) >= least


def test_a_page_in_another_form_is_refused() -> None:
    odd: list[Any] = [[], {}, {"option_contracts": [7]}]
    odd.append({"option_contracts": [contract(deliverables=7)]})
    for body in odd:
        with pytest.raises(DialectError):
            read_expirations(body, "AAPL")
