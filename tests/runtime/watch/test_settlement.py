"""Expiration, exercise and assignment: both books agree, and each pair comes to its payoff."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.book.held_pair import Leg
from engine.config import DeskConfig
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.risk.worst_case import worst_case_c
from engine.runtime.views.holdings import DeskHoldings
from engine.runtime.views.positions import PositionsBuilder
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.settlement_desk import CONDOR, EXPIRES, At, Pair, SettlementDesk

LAST_S = 1800.0
STRIKES = st.sampled_from([590.0, 592.5, 595.0, 600.0, 605.0])


@st.composite
def held(draw: st.DrawFn) -> Pair:
    right = draw(st.sampled_from("CP"))
    strikes = sorted(draw(st.lists(STRIKES, min_size=2, max_size=4, unique=True)))
    strikes = strikes if right == "C" else strikes[::-1]
    beyond = list(pairwise(strikes[1:]))
    wing = strikes[1] + (5.0 if right == "C" else -5.0)
    contracts = draw(st.integers(1, 3))
    bought, sold = draw(st.sampled_from(beyond or [(strikes[1], wing)]))
    return Pair(
        right,
        strikes[0],
        strikes[1],
        bought,
        sold,
        debit_c=draw(st.integers(1, 499)),
        credit_c=draw(st.integers(1, 499)),
        contracts=contracts,
        credits=draw(st.integers(0, contracts)),
    )


@settings(max_examples=30, deadline=None)
@given(
    pairs=st.lists(held(), min_size=1, max_size=4),
    price_c=st.integers(58_500, 61_000),
    symbol=st.sampled_from(["SPY", "SPXW", "SPX"]),
)
def test_every_pair_realises_its_payoff_and_both_books_agree(pairs, price_c, symbol):
    price = price_c / 100
    desk = SettlementDesk(symbol, At(price), last_s=LAST_S)
    desk.hold(*pairs)
    desk.close()
    rows = desk.of(ev.PairSettled)
    wanted = {cycle: pair.result_c(symbol, price) for cycle, pair in enumerate(pairs, 1)}
    assert {row.cycle: row.realised_c for row in rows} == wanted
    for row in rows:
        assert row.realised_c == row.cash_c + row.payoff_c - row.fees_c
        assert row.floor_c is None or row.realised_c >= row.floor_c
    desk.books_agree()
    state = desk.context.state
    assert state.positions.realised_c == sum(wanted.values())
    assert state.contracts.contracts() == {}
    assert state.positions.pairs.held() == []
    # Cash, and shares at the price that settled them, are what the pairs came to.
    shares_c = sum(state.contracts.shares().values()) * price_c
    assert state.contracts.cash_c - state.contracts.fees_c + shares_c == sum(wanted.values())
    assert state.positions.carried.get(symbol, (0, 0)) == (
        sum(state.contracts.shares().values()),
        shares_c,
    )
    assert desk.context.exposure.legged == state.money.unhedged == 0


@settings(max_examples=15, deadline=None)
@given(
    pairs=st.lists(held(), min_size=1, max_size=3),
    price_c=st.integers(58_500, 61_000),
    data=st.data(),
)
def test_an_early_assignment_never_makes_a_pair_come_to_less_than_its_payoff(pairs, price_c, data):
    desk = SettlementDesk("SPY", At(price_c / 100), last_s=LAST_S)
    desk.hold(*pairs)
    desk.begin()
    short = {key: -n for key, n in desk.context.state.contracts.contracts().items() if n < 0}
    if short:
        key = data.draw(st.sampled_from(sorted(short)))
        contracts = data.draw(st.integers(1, short[key]))
        word = "call" if key.right == "C" else "put"
        desk.venue.clearing.assign("SPY", EXPIRES, word, key.strike, contracts)
        desk.books_agree()
    desk.close()
    desk.books_agree()
    realised = {row.cycle: row.realised_c for row in desk.of(ev.PairSettled)}
    for cycle, pair in enumerate(pairs, 1):
        assert realised[cycle] >= pair.result_c("SPY", price_c / 100)


@settings(max_examples=25, deadline=None)
@given(st.lists(held(), min_size=1, max_size=4), st.integers(58_500, 61_000))
def test_what_the_pairs_hold_adds_up_to_the_contracts_and_the_journal_tells_it_all(pairs, price_c):
    desk = SettlementDesk("SPY", At(price_c / 100), last_s=LAST_S)
    desk.hold(*pairs)
    sums: Counter[Leg] = Counter()
    for pair in desk.context.state.positions.pairs.held():
        for leg, quantity in pair.legs.items():
            sums[leg] += quantity
    contracts = desk.context.state.contracts.contracts()
    assert {leg: n for leg, n in sums.items() if n} == {
        Leg(key.right, key.strike): n for key, n in contracts.items()
    }
    desk.close()
    again = DeskState()
    again.apply_all(desk.context.journal.read())
    assert plain_values(again) == plain_values(desk.context.state)


@settings(max_examples=25, deadline=None)
@given(pairs=st.lists(held(), min_size=1, max_size=3), data=st.data())
def test_the_worst_case_of_a_chain_counts_what_assignment_took_and_what_its_shares_cost(
    pairs, data
):
    desk = SettlementDesk("SPY", At(640.0), last_s=LAST_S)
    desk.hold(*pairs)
    desk.begin()
    state, chain = desk.context.state, desk.context.exposure.chains[desk.key]
    short = {key: -n for key, n in state.contracts.contracts().items() if n < 0}
    if short:
        key = data.draw(st.sampled_from(sorted(short)))
        word = "call" if key.right == "C" else "put"
        desk.venue.clearing.assign("SPY", EXPIRES, word, key.strike, short[key])

    def agree() -> None:
        contracts = {(key.right, key.strike): n for key, n in state.contracts.contracts().items()}
        assert chain.held == contracts
        assert chain.cash_c == state.contracts.cash_c - state.contracts.fees_c
        assert chain.shares == sum(state.contracts.shares().values())

    agree()
    if data.draw(st.booleans()):
        desk.prices.ends = data.draw(st.sampled_from([580.0, 600.0, 655.5]))
        desk.venue.close_shares("SPY", desk.context.now().epoch_s)
        agree()
        least = worst_case_c(chain.held, chain.cash_c, (), chain.multiplier, chain.shares)
        floors = [pair.floor_c() for pair in state.positions.pairs.held()]
        assert least >= sum(floors) if None not in floors else True
        desk.prices.ends = 600.0
    desk.close()
    assert (chain.held, chain.shares) == ({}, 0)


@pytest.mark.parametrize("price", [11_990.0, 12_100.0])
def test_contracts_whose_strikes_differ_in_the_third_decimal_are_each_settled_and_shown(price):
    desk = SettlementDesk("SPXW", At(price), last_s=LAST_S)
    strikes = (12_005.1, 12_005.125, 12_005.15, 12_005.2)
    desk.hold(Pair("C", *strikes, debit_c=1, credit_c=2))
    shown = PositionsBuilder(DeskHoldings(desk.context, desk.core.books, desk.core.shares)).view(
        "positions"
    )
    assert [row.key for row in shown.contracts] == [f"{desk.key} C{strike}" for strike in strikes]
    assert shown.pairs[0].debit == "12005.1/12005.125"
    desk.close()
    settled = desk.of(ev.Settled)
    assert [row.strike for row in settled] == [*strikes]
    assert len({row.settlement for row in settled}) == len(strikes)
    assert desk.raised().keys() & {"SETTLEMENT", "UNCOVERED", "BOOK_DIFFERS"} == set()
    desk.books_agree()


@settings(max_examples=40, deadline=None)
@given(pair=held(), too_many=st.integers(0, 2), price_c=st.integers(58_500, 61_000))
def test_cash_counts_unhedged_contracts_at_what_their_own_vertical_was_worth(
    pair, too_many, price_c
):
    """Those sold too often are bought back at the credit's worth, not at the debit's."""
    pair = replace(pair, credits=pair.sold + too_many)
    desk = SettlementDesk("SPY", At(price_c / 100), last_s=LAST_S)
    desk.hold(pair)
    desk.close()

    def worth_c(dear: float, cheap: float) -> int:
        sign = 1 if pair.right == "C" else -1
        inside: list[int] = [
            max(0, sign * (price_c - round(strike * 100))) for strike in (dear, cheap)
        ]
        return inside[0] - inside[1]

    left = pair.contracts - pair.sold
    ended_c = (
        left * worth_c(pair.debit_long, pair.debit_short)
        if left > 0
        else left * worth_c(pair.credit_short, pair.credit_long)
    )
    cash_c = pair.sold * pair.credit_c - pair.contracts * pair.debit_c + ended_c
    totals, money = desk.context.state.traders[desk.key], desk.context.state.money
    assert (totals.net_premium_c, totals.matched_c, totals.net) == (cash_c * 100, cash_c * 100, 0)
    assert (money.net_premium_c, money.matched_c) == (cash_c * 100, cash_c * 100)
    assert desk.context.state.balancer.get_balance("SPY", EXPIRES).net_premium_c == cash_c * 100


def test_roots_that_settle_at_the_open_are_settled_before_anything_trades():
    desk = SettlementDesk("SPX", At(597.0))
    desk.hold(CONDOR)
    desk.begin()
    (row,) = desk.of(ev.PairSettled)
    assert row.realised_c == CONDOR.result_c("SPX", 597.0)
    assert desk.context.state.contracts.contracts() == {}
    desk.books_agree()


@pytest.mark.parametrize(("symbol", "trades"), [("SPX", False), ("SPXW", True)])
def test_what_has_settled_at_the_open_is_not_entered_on_that_day(symbol, trades):
    """Also where chains are entered to their last day: SPX had it the day before."""
    config = DeskConfig()
    to_the_last = config.spreads.changed(min_days_to_expiry=0)
    desk = SettlementDesk(symbol, At(597.0), config=config.changed(spreads=to_the_last))
    desk.begin()
    desk.run(600.0)
    assert bool(desk.of(ev.OrderIntended)) == trades
    (trader,) = desk.context.traders.values()
    assert (trader.entry_gate(desk.context.now()) is Gate.EXPIRY_NEAR) != trades


def test_the_others_are_held_to_the_close():
    desk = SettlementDesk("SPXW", At(597.0))
    desk.hold(CONDOR)
    desk.begin()
    assert desk.of(ev.Settled) == []
    assert "last trading day" in desk.raised()["EXPIRES"]
    desk.close()
    assert len(desk.of(ev.PairSettled)) == 1
    assert "EXPIRES" not in desk.raised()
