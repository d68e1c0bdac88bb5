"""Quotes in whatever form they come are the same chain."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from engine.market.chain import CALL, PUT, OptionChain
from engine.market.quotes.chains import chain_from
from tests.support.broker_quotes import DAY, FORMS, QUOTES, STRIKES, frame, ib_ticker, plain, schwab


def read(options: Any) -> OptionChain:
    return chain_from(options, symbol="AAPL", expiration=DAY, confirmed_s=7.0)


@pytest.mark.parametrize("form", FORMS)
def test_every_form_is_read_as_the_same_chain(form: str) -> None:
    chain = read(FORMS[form]())
    assert chain.strikes.tolist() == list(STRIKES)
    assert chain.told_twice == ()
    for quote in QUOTES:
        at = CALL if quote.right == "C" else PUT, chain.index(quote.strike)
        assert (chain.bid[at], chain.ask[at]) == pytest.approx((quote.bid, quote.ask))
        assert chain.quoted_s[at] == 7.0


@pytest.mark.parametrize("nothing", [None, float("nan"), "", "NaN", -1, "-1", -1.0])
def test_what_sources_say_for_an_unknown_price_is_unknown(nothing: Any) -> None:
    rows = plain()
    rows[0]["bid"] = nothing
    for options in (rows, tuple(map(dict, rows)), dict(enumerate(rows))):
        chain = read(options)
        assert np.isnan(chain.bid[0, 0])
        assert chain.ask[0, 0] == QUOTES[0].ask
    ticker = ib_ticker(QUOTES[0])
    ticker.bid = nothing
    assert np.isnan(read([ticker]).bid[0, 0])


@pytest.mark.parametrize("size", [None, -1, float("inf"), float("nan"), 1e300])
def test_sizes_that_cannot_be_are_unknown_and_the_leg_can_still_be_made(size: Any) -> None:
    names = ("bid_size", "ask_size", "volume", "open_interest", "iv")
    chain = read([row | dict.fromkeys(names, size) for row in plain()])
    assert all(np.isnan(getattr(chain, name)).all() for name in names)
    chain.volume[:] = chain.open_interest[:] = np.inf  # as a feed of one's own may write it
    leg = chain.leg(0, 0, "buy")
    assert (leg.volume, leg.open_interest) == (None, None)


def test_prices_beyond_all_sense_are_kept_for_the_rules_that_name_them() -> None:
    for told in (-2.0, float("inf"), 0.0):
        chain = read([row | {"bid": told} for row in plain()])
        assert (chain.bid == told).all()


def test_further_figures_are_taken_where_a_source_has_them() -> None:
    chain = read(schwab())
    assert chain.volume.tolist() == [[3, 3, 3], [3, 3, 3]]
    assert chain.open_interest.tolist() == [[4, 4, 4], [4, 4, 4]]
    assert np.isnan(chain.iv[CALL]).all()
    assert chain.iv[PUT].tolist() == pytest.approx([0.295] * 3), "told in percent"
    assert (read(FORMS["tradier frame"]()).iv == 0.2).all()


def test_rows_that_lack_fields_of_others_are_read_all_the_same() -> None:
    rows: list[Any] = plain()
    rows[1]["volume"] = 12
    rows[2] = FORMS["SpreadLegs"]()[2]
    rows[3] = frame().iloc[3]
    chain = read(rows)
    assert chain.volume[PUT, 0] == 12
    assert np.isnan(chain.volume[CALL]).all()
    assert chain.bid.ravel().tolist() == read(plain()).bid.ravel().tolist()
