"""Alpaca's quotes at the gateway: one reply for all who ask together, pages with an end, refusals."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from engine.brokers.alpaca.market import closes_call, read_close
from engine.brokers.http.call import Answer, Call, Failure, Lost
from engine.gateway.alpaca_feed import CHAIN_SHARED_S, LISTED_SHARED_S, AlpacaFeed
from engine.gateway.alpaca_prices import SHARED_S
from engine.gateway.quote_calls import FeedError, RefusedFeedError
from tests.support.waiting_clock import WaitingClock

DAY, LATER = date(2027, 1, 15), date(2027, 2, 19)
CHAIN, PRICES, CONTRACTS = "snapshots", "trades", "contracts"


def snapshot(strike: int) -> dict[str, Any]:
    quote = {"bp": 1.0, "ap": 1.1, "bs": 5, "as": 5, "t": "2027-01-04T15:00:00Z"}
    return {f"SPY270115C{strike:05d}000": {"latestQuote": quote}}


def contract(day: date) -> dict[str, Any]:
    return {
        "root_symbol": "SPY", "tradable": True, "style": "american", "multiplier": "100",
        "size": "100", "expiration_date": day.isoformat(),
    }  # fmt: skip


class Quotes:
    """A feed over calls that are answered at will.

    Attributes:
        calls: how often each kind was asked for.
        answers: of a kind, by the page's token; in place of those that are sound.
    """

    def __init__(self) -> None:
        self.clock = WaitingClock()
        self.calls: Counter[str] = Counter()
        self.queries: list[dict[str, str]] = []
        self.answers: dict[str, Callable[[str | None], Answer | Lost]] = {}
        self.feed = AlpacaFeed("indicative", self.send, self.send, self.clock)

    def send(self, call: Call) -> Answer | Lost:
        kind = next(each for each in (CHAIN, PRICES, CONTRACTS) if each in call.path)
        query = dict(call.query)
        self.calls[kind] += 1
        self.queries.append(query)
        if kind in self.answers:
            return self.answers[kind](query.get("page_token"))
        if kind == CHAIN:
            return Answer(200, {"snapshots": snapshot(600), "next_page_token": None})
        if kind == PRICES:
            return Answer(200, {"trades": {each: {"p": 600.5} for each in ("SPY", "QQQ")}})
        return Answer(200, {"option_contracts": [contract(DAY)], "next_page_token": None})

    def pages(self, kind: str, *tokens: str | None) -> None:
        """Let pages of a kind lead from one to the next as told."""
        following = iter(tokens)
        strikes = iter(range(600, 700))

        def page(token: str | None) -> Answer:
            told = {"next_page_token": next(following)}
            if kind == CHAIN:
                return Answer(200, told | {"snapshots": snapshot(next(strikes))})
            return Answer(200, told | {"option_contracts": [contract(DAY)]})

        self.answers[kind] = page


@pytest.fixture
def quotes() -> Quotes:
    return Quotes()


def test_equal_questions_share_one_reply_for_as_long_as_it_is_fresh(quotes: Quotes) -> None:
    feed, clock = quotes.feed, quotes.clock
    first = feed.chain("SPY", DAY)
    clock.move(CHAIN_SHARED_S)
    assert feed.chain("SPY", DAY) is first
    assert quotes.calls == {CHAIN: 1, PRICES: 1}
    feed.chain("SPY", LATER)
    assert quotes.calls[CHAIN] == 2, "another expiration is another question"
    clock.move(0.01)
    assert feed.chain("SPY", DAY) is not first
    assert quotes.calls == {CHAIN: 3, PRICES: 1}, "a price is good for longer than a chain"
    clock.move(SHARED_S)
    assert feed.underlying("SPY") == 600.5
    assert quotes.calls[PRICES] == 2


def test_prices_of_every_underlying_are_one_call_and_a_new_one_is_asked_for_at_once(
    quotes: Quotes,
) -> None:
    feed = quotes.feed
    assert (feed.underlying("SPY"), feed.underlying("QQQ")) == (600.5, 600.5)
    assert [query["symbols"] for query in quotes.queries] == ["SPY", "QQQ,SPY"]
    assert feed.underlying("SPY") == 600.5
    assert quotes.calls[PRICES] == 2
    assert feed.underlying("NONE") is None


def test_who_asks_while_the_answer_is_on_its_way_gets_it_too(quotes: Quotes) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(token: str | None) -> Answer | Lost:
        asked.set()
        assert answer.wait(60)
        return Answer(200, {"snapshots": snapshot(600), "next_page_token": None})

    quotes.feed.underlying("SPY")
    quotes.answers[CHAIN] = slow
    found: list[Any] = []
    threads = [
        threading.Thread(target=lambda: found.append(quotes.feed.chain("SPY", DAY)))
        for _ in range(5)
    ]
    threads[0].start()
    assert asked.wait(60)
    for thread in threads[1:]:
        thread.start()
    answer.set()
    for thread in threads:
        thread.join(60)
    assert quotes.calls[CHAIN] == 1
    assert len(found) == 5 and len({id(each) for each in found}) == 1


def test_a_chain_of_several_pages_is_one(quotes: Quotes) -> None:
    quotes.pages(CHAIN, "a", "b", "c", None)
    chain = quotes.feed.chain("SPY", DAY)
    assert chain is not None
    assert chain.strike_list == [600.0, 601.0, 602.0, 603.0]
    tokens = [query.get("page_token") for query in quotes.queries if "expiration_date" in query]
    assert tokens == [None, "a", "b", "c"]


@pytest.mark.parametrize("kind", [CHAIN, CONTRACTS])
@pytest.mark.parametrize(
    ("tokens", "why", "calls"),
    [
        (("a", "b", "a"), "a page leads back to one that was read; nothing was taken", 3),
        (("a", "b", "c", "d"), "there are more than 4 pages; nothing was taken", 4),
    ],
)
def test_pages_that_do_not_end_are_no_answer(
    quotes: Quotes, kind: str, tokens: tuple[str, ...], why: str, calls: int
) -> None:
    quotes.pages(kind, *tokens)
    with pytest.raises(FeedError, match=why):
        quotes.feed.chain("SPY", DAY) if kind == CHAIN else quotes.feed.expirations("SPY")
    assert quotes.calls[kind] == calls
    quotes.answers.clear()
    if kind == CHAIN:
        assert quotes.feed.chain("SPY", DAY) is not None, "what failed is not kept"
    else:
        assert quotes.feed.expirations("SPY") == (DAY,)


@pytest.mark.parametrize("status", [401, 403])
def test_a_feed_that_is_refused_says_so_and_what_to_do(quotes: Quotes, status: int) -> None:
    quotes.answers[CHAIN] = lambda token: Answer(status, None)
    with pytest.raises(RefusedFeedError) as refused:
        quotes.feed.chain("SPY", DAY)
    assert str(refused.value) == (
        f"the broker refuses quotes of indicative ({status}); the account has no plan for them, or "
        "the keys are wrong: get the plan, or log in again; mode PAPER takes broker.feed = "
        '"indicative", too'
    )
    assert quotes.feed.refused
    quotes.answers.clear()
    quotes.feed.try_feed()
    assert not quotes.feed.refused


def test_a_refused_price_is_no_refused_feed(quotes: Quotes) -> None:
    quotes.answers[PRICES] = lambda token: Answer(403, None)
    with pytest.raises(RefusedFeedError, match="refuses prices of shares"):
        quotes.feed.chain("SPY", DAY)
    assert not quotes.feed.refused


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (Lost(Failure.NO_ANSWER), "no answer in time"),
        (Answer(500, None), "the broker answered 500"),
        (Answer(200, ["a list"]), "cannot be read: snapshots is not an object"),
        (Answer(200, {"snapshots": {}, "next_page_token": 7}), "the page token is not a text"),
    ],
)
def test_what_is_no_chain_is_an_error_and_is_asked_for_again(
    quotes: Quotes, answer: Answer | Lost, says: str
) -> None:
    quotes.answers[CHAIN] = lambda token: answer
    for calls in (1, 2):
        with pytest.raises(FeedError, match=says):
            quotes.feed.chain("SPY", DAY)
        assert quotes.calls[CHAIN] == calls


def test_without_a_price_every_strike_is_asked_for(quotes: Quotes) -> None:
    quotes.answers[PRICES] = lambda token: Answer(200, {"trades": {}})
    chain = quotes.feed.chain("SPY", DAY)
    assert chain is not None and math.isnan(chain.underlying_price)
    assert "strike_price_gte" not in quotes.queries[-1]


def test_expirations_are_asked_for_once_an_hour(quotes: Quotes) -> None:
    feed = quotes.feed
    assert feed.expirations("SPY") == feed.expirations("SPY") == (DAY,)
    assert quotes.calls[CONTRACTS] == 1
    quotes.clock.move(LISTED_SHARED_S + 1.0)
    feed.expirations("SPY")
    assert quotes.calls[CONTRACTS] == 2


def test_a_class_of_shares_is_asked_for_by_its_own_symbol_and_its_options_by_their_root(
    quotes: Quotes,
) -> None:
    paths: list[str] = []
    send = quotes.send

    def noted(call: Call) -> Answer | Lost:
        paths.append(call.path)
        return send(call)

    feed = AlpacaFeed("indicative", noted, noted, quotes.clock)
    quotes.answers[PRICES] = lambda token: Answer(200, {"trades": {"BRK.B": {"p": 480.5}}})
    delivers = [{"type": "equity", "symbol": "BRK.B", "amount": "100"}]
    listed = contract(DAY) | {"root_symbol": "BRKB", "deliverables": delivers}
    quotes.answers[CONTRACTS] = lambda token: Answer(200, {"option_contracts": [listed]})
    assert feed.underlying("BRKB") == 480.5
    assert feed.expirations("BRKB") == (DAY,)
    asked = quotes.queries[-1]
    assert (asked["underlying_symbols"], asked["root_symbol"]) == ("BRK.B", "BRKB")
    feed.chain("BRKB", DAY)
    assert paths[-1].endswith("/snapshots/BRK.B")
    assert quotes.queries[-1]["root_symbol"] == "BRKB"
    assert dict(closes_call("BRKB", DAY).query)["symbols"] == "BRK.B"
    bars = {"BRK.B": [{"t": "2027-01-15T05:00:00Z", "c": 481.25}]}
    assert read_close({"bars": bars}, "BRKB", DAY) == 481.25
