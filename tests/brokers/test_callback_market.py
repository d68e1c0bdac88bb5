"""Quotes behind callbacks: what they may answer, and what a chain is made of."""

from __future__ import annotations

from typing import Any

import pytest

from engine.brokers.callbacks.market import CallbackMarket
from tests.support.executor_world import (
    FAR,
    MORNING_S,
    NEAR,
    SPOT,
    as_legs,
    as_mappings,
    option_chain,
)


def test_quotes_may_be_a_chain_legs_or_mappings_and_count_as_confirmed_when_they_came() -> None:
    chain = option_chain()
    for options in (chain, as_legs(chain), tuple(as_mappings(chain)), iter(as_legs(chain))):
        market = CallbackMarket(lambda symbol, day, given=options: given, lambda symbol: SPOT)
        got = market.chain("AAPL", NEAR, MORNING_S)
        assert got is not None
        assert got.strikes.tolist() == chain.strikes.tolist()
        assert got.bid.tolist() == chain.bid.tolist()
        assert got.confirmed_s == MORNING_S
        assert got.underlying_price == SPOT


def test_a_chain_that_its_owner_writes_in_place_is_fresh_at_each_answer() -> None:
    kept = option_chain()
    market = CallbackMarket(lambda symbol, day: kept)
    for now_s in (MORNING_S, MORNING_S + 60.0):
        got = market.chain("AAPL", NEAR, now_s)
        assert got is not None
        assert got.confirmed_s == now_s
    kept.confirmed_s = MORNING_S
    got = market.chain("AAPL", NEAR, MORNING_S + 90.0)
    assert got is not None
    assert got.confirmed_s == MORNING_S, "the time that its owner gives counts"


@pytest.mark.parametrize("nothing", [None, [], (), {}])
def test_no_quotes_mean_not_listed_and_what_was_quoted_is(nothing: Any) -> None:
    answers = {NEAR: option_chain(), FAR: nothing}
    market = CallbackMarket(lambda symbol, day: answers[day])
    assert market.chain("AAPL", NEAR, MORNING_S) is not None
    assert market.chain("AAPL", FAR, MORNING_S) is None
    assert market.expirations("AAPL", MORNING_S) == (NEAR,)
    assert market.expirations("MSFT", MORNING_S) == ()


def test_quotes_of_another_expiration_or_symbol_are_refused() -> None:
    for options in (option_chain(expiration=FAR), as_legs(option_chain(expiration=FAR))):
        market = CallbackMarket(lambda symbol, day, given=options: given)
        with pytest.raises(ValueError, match="came for 2026-05-15"):
            market.chain("AAPL", NEAR, MORNING_S)
    market = CallbackMarket(lambda symbol, day: option_chain("MSFT"))
    with pytest.raises(ValueError, match="came for MSFT"):
        market.chain("AAPL", NEAR, MORNING_S)


def test_the_price_is_asked_for_once_for_each_fetch() -> None:
    asked: list[str] = []

    def price(symbol: str) -> float:
        asked.append(symbol)
        return SPOT

    market = CallbackMarket(lambda symbol, day: option_chain(), price)
    market.chain("AAPL", NEAR, MORNING_S)
    assert market.underlying("AAPL", MORNING_S) == SPOT
    assert asked == ["AAPL"]
    market.underlying("AAPL", MORNING_S + 1)
    assert asked == ["AAPL", "AAPL"]


def test_rows_take_what_a_contract_is_from_its_root() -> None:
    market = CallbackMarket(lambda symbol, day: as_legs(option_chain()))
    got = market.chain("SPXW", NEAR, MORNING_S)
    assert got is not None
    assert (got.style, got.settlement, got.multiplier) == ("european", "cash", 100)
