"""Expiration, exercise and assignment: both books agree, and each pair comes to its payoff."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.book.contract_keys import ContractKey
from engine.book.held_pair import Leg
from engine.brokers.remote.link import LinkError
from engine.commands import Ask, Command, TicketState
from engine.config import DeskConfig
from engine.orders import events as ev
from engine.orders.actions import Quotes
from engine.report.session import session_report
from engine.report.text import report_text
from engine.risk.gates import Gate
from engine.risk.worst_case import worst_case_c
from engine.runtime.lanes import Lanes
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.positions import _shares_taken
from engine.runtime.views.holdings import DeskHoldings
from engine.runtime.views.positions import PositionsBuilder
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.settlement_desk import EXPIRES, At, Pair, SettlementDesk

CONDOR = Pair("C", 590.0, 595.0, 600.0, 605.0, debit_c=310, credit_c=330)
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


def test_a_later_clearing_of_the_account_repeats_no_id_of_an_assignment():
    desk = SettlementDesk("SPY", At(640.0))
    desk.hold(CONDOR, CONDOR)
    desk.begin()
    desk.run(60.0)
    desk.venue.clearing.assign("SPY", EXPIRES, "call", 595.0, 1, desk.context.now().epoch_s)
    desk.run(60.0)
    later = desk.clearing()
    later.connect(desk.core.settlements.hear)
    later.assign("SPY", EXPIRES, "call", 595.0, 1, desk.context.now().epoch_s)
    assert [row.quantity for row in desk.of(ev.Settled)] == [-1, -1]
    desk.books_agree()


# ---------------------------------------------------------------- shares


def test_shares_left_by_exercise_alarm_and_close_the_symbol_until_they_are_traded_away():
    desk = SettlementDesk("SPY", At(592.0), today=date(2026, 11, 23), since=EXPIRES)
    desk.hold(CONDOR)
    desk.begin()  # it expired while nobody looked: settled before anything trades
    assert desk.context.state.contracts.shares() == {"SPY": 100}
    assert "+100 shares" in desk.raised()["SHARES"]
    assert desk.context.flags.watched == {desk.key: Gate.SHARES}
    (row,) = desk.of(ev.PairSettled)
    assert row.realised_c == 330_00 - 310_00 + 200_00 - 272
    desk.prices.ends = 594.0
    desk.venue.close_shares("SPY", desk.context.now().epoch_s)
    assert "SHARES" not in desk.raised()
    assert desk.context.flags.watched == {}
    assert desk.context.state.positions.shares_c == 200_00  # from 592 to 594
    report = session_report(desk.context.state)
    assert (report.money.realised_c, report.money.shares_realised_c) == (row.realised_c, 200_00)
    assert re.search(r"shares traded, realised +\+200.00", report_text(report, 100))
    desk.books_agree()


@pytest.mark.parametrize("since", [date(2026, 11, 19), EXPIRES])
def test_while_a_chain_is_being_settled_no_alarm_is_raised_about_the_rest_of_it(since):
    today = EXPIRES if since < EXPIRES else date(2026, 11, 23)
    desk = SettlementDesk("SPY", At(602.0), today=today, since=since, early=0.0)
    desk.hold(CONDOR, CONDOR)
    desk.close()
    raised = [event.code for event in desk.of(ev.AlarmRaised)]
    assert raised.count("UNCOVERED") == 0
    assert raised.count("SHARES") == 1
    assert raised.count("EXPIRES") == (today == EXPIRES)
    assert "-200 shares" in desk.raised()["SHARES"]


def test_what_the_broker_leaves_unsettled_is_an_alarm_before_the_session_ends():
    desk = SettlementDesk("SPY", At(640.0))
    desk.hold(CONDOR)
    desk.begin()
    hear = desk.venue.clearing._sink
    desk.venue.clearing._sink = lambda report: None if report.quantity < 0 else hear(report)
    desk.close()
    assert "2 calls" in desk.raised()["UNCOVERED"]
    assert desk.of(ev.PairSettled) == []


def test_a_pair_whose_shares_are_traded_away_counts_with_what_is_left_of_it_in_every_sum():
    desk = SettlementDesk("SPY", At(640.0))
    desk.hold(CONDOR, CONDOR)
    for cycle in (1, 2):
        pair = desk.context.state.positions.pairs.find(desk.key, cycle)
        desk.context.emit(
            ev.CycleEnded(
                desk.context.now().at_ms, desk.key, cycle, "COMPLETE", 1, 20_00, 272,
                pair.floor_c(), "LOCK*", "long condor", 1.0,
            )
        )  # fmt: skip
    state, whole_c = desk.context.state, 20_00 - 272
    assert (state.money.floor_c, state.money.labels) == (2 * whole_c, {"LOCK*": 2})
    desk.begin()
    desk.venue.clearing.assign("SPY", EXPIRES, "call", 595.0, 1)
    assert state.money.floor_c == 2 * whole_c  # its shares and its long call still cover each other
    desk.venue.close_shares("SPY", desk.context.now().epoch_s)
    first = state.positions.pairs.find(desk.key, 1)
    assert first.floor_c() == whole_c - 4_500_00
    assert state.money.floor_c == whole_c + first.floor_c()
    totals = state.traders[desk.key]
    assert (totals.floor_c, totals.label) == (state.money.floor_c, "RISK")
    assert state.money.labels == {"LOCK*": 1, "RISK": 1}
    desk.close()
    assert (state.money.floor_c, totals.floor_c) == (0, 0)
    assert not any(state.money.labels.values())
    again = DeskState()
    again.apply_all(desk.context.journal.read())
    assert plain_values(again) == plain_values(state)


def test_what_has_expired_and_was_not_settled_does_not_expire_today():
    desk = SettlementDesk("SPY", At(602.0), today=date(2026, 11, 23), since=EXPIRES)
    desk.hold(CONDOR)
    desk.venue.clearing.connect = lambda sink: None
    desk.begin()
    (row,) = (
        PositionsBuilder(DeskHoldings(desk.context, desk.core.books, desk.core.shares))
        .view("positions")
        .pairs
    )
    assert row.dte == -3
    assert "expired, not settled" in row.warnings
    assert "expires today" not in row.warnings
    assert desk.raised()["EXPIRED"] == "expired and still in the book: 2026-11-20 of SPY"
    assert "EXPIRES" not in desk.raised()


@pytest.mark.parametrize("least", [0, 1, 7])
def test_the_last_trading_day_is_an_alarm_however_near_to_it_debits_may_go_out(least):
    desk = SettlementDesk("SPY", At(602.0))
    spreads = desk.context.config.spreads.changed(min_days_to_expiry=least)
    desk.context.config = desk.context.config.changed(spreads=spreads)
    desk.hold(CONDOR)
    desk.begin()
    assert desk.raised()["EXPIRES"] == "last trading day, held of SPY"
    assert "EXPIRED" not in desk.raised()


def test_an_assigned_short_call_delivers_shares_and_names_its_contract_in_an_alarm():
    desk = SettlementDesk("SPY", At(640.0))
    desk.hold(CONDOR)
    desk.begin()
    desk.venue.clearing.assign("SPY", EXPIRES, "call", 595.0, 1)
    pair = desk.context.state.positions.pairs.find(desk.key, 1)
    assert pair.shares == -100
    assert Leg("C", 595.0) not in pair.legs
    assert "SHARES" in desk.raised()  # told at once: the chains of its symbol must enter nothing
    assert pair.floor_c() >= pair.as_traded().floor_c()
    assert desk.context.state.contracts.shares() == {"SPY": -100}


def test_an_american_short_without_time_value_may_be_assigned_overnight_and_is_told_first():
    thursday, friday = date(2026, 11, 19), date(2026, 11, 20)
    desk = SettlementDesk(
        "SPY",
        At(640.0, early=[600.0]),
        today=friday,
        since=thursday,
        expires=date(2026, 12, 4),
    )
    desk.hold(CONDOR)
    desk.begin()
    (row,) = desk.of(ev.Settled)
    assert (row.kind, row.strike, row.quantity, row.shares) == ("assigned", 600.0, -1, -100)
    assert "assigned early" in desk.raised()["ASSIGNED"]
    assert "-100 (-100 a pair's) shares held" in desk.raised()["SHARES"]
    desk.books_agree()


@pytest.mark.parametrize("symbol", ["SPXW", "XSP"])
def test_european_options_are_never_assigned_early(symbol):
    desk = SettlementDesk(
        symbol,
        At(640.0, early=[595.0, 600.0]),
        since=date(2026, 11, 19),
        expires=date(2026, 12, 18),
    )
    desk.hold(CONDOR)
    desk.begin()
    assert desk.of(ev.Settled) == []


def test_roots_that_settle_at_the_open_are_settled_before_anything_trades():
    desk = SettlementDesk("SPX", At(597.0))
    desk.hold(CONDOR)
    desk.begin()
    (row,) = desk.of(ev.PairSettled)
    assert row.realised_c == CONDOR.result_c("SPX", 597.0)
    assert desk.context.state.contracts.contracts() == {}
    desk.books_agree()


def test_the_others_are_held_to_the_close():
    desk = SettlementDesk("SPXW", At(597.0))
    desk.hold(CONDOR)
    desk.begin()
    assert desk.of(ev.Settled) == []
    assert "last trading day" in desk.raised()["EXPIRES"]
    desk.close()
    assert len(desk.of(ev.PairSettled)) == 1
    assert "EXPIRES" not in desk.raised()


# ---------------------------------------------------------------- what a broker may say


def test_a_settlement_told_twice_is_booked_once():
    desk = SettlementDesk("SPXW", At(597.0))
    desk.hold(CONDOR)
    sink = []
    desk.executor.begin()
    desk.venue.clearing._sink = lambda report: (
        sink.append(report),
        desk.core.settlements.hear(report),
    )
    desk.close()
    before = plain_values(desk.context.state)
    for report in sink:
        desk.core.settlements.hear(report)
    assert sink
    assert plain_values(desk.context.state) == before


def test_a_settlement_of_what_the_book_does_not_hold_alarms_and_changes_nothing():
    desk = SettlementDesk("SPXW", At(597.0))
    desk.hold(CONDOR)
    desk.begin()
    report = None

    def keep(each):
        nonlocal report
        report = each

    other = SettlementDesk("SPXW", At(597.0))
    other.hold(Pair("P", 600.0, 595.0, 595.0, 590.0, 300, 310))
    other.begin()
    other.venue.clearing._sink = keep
    other.close()
    contracts = desk.context.state.contracts.contracts()
    desk.core.settlements.hear(report)
    assert "the book holds +0" in desk.raised()["SETTLEMENT"]
    assert desk.context.state.contracts.contracts() == contracts


def test_a_settlement_that_waits_is_in_the_positions_that_an_operator_takes_over():
    desk = SettlementDesk("SPY", At(640.0))
    desk.hold(CONDOR)
    desk.context.emit(ev.BookAdjusted(desk.context.now().at_ms, desk.key, "C", 595.0, -1, 0))
    desk.begin()
    desk.venue.clearing.assign("SPY", EXPIRES, "call", 595.0, 1)
    assert "the book holds +0" in desk.raised()["SETTLEMENT"]
    assert desk.context.flags.watched[desk.key] is Gate.RECONCILE
    desk.core.books.compare()
    desk.core.books.compare()
    command = Command(Ask.ACCEPT_POSITIONS, who="ada", args={"word": "ACCEPT"})
    assert desk.executor.ask(command).state is TicketState.CONFIRMED
    assert "SETTLEMENT" not in desk.raised()
    assert desk.core.settlements.waiting == {}
    assert desk.context.state.contracts.shares() == {"SPY": -100}
    assert desk.context.flags.watched[desk.key] is Gate.SHARES
    desk.close()
    ledger, book = desk.venue.ledger, desk.context.state.contracts
    assert book.difference(ledger.positions()) == ()
    assert book.shares() == {row.symbol: row.quantity for row in ledger.shares()}


# ---------------------------------------------------------------- watched


@pytest.mark.parametrize("right", ["C", "P"])
def test_an_ex_date_tomorrow_with_a_short_leg_in_the_money_warns_and_closes_the_chain(right):
    config = DeskConfig(ex_dividends={"SPY": ("2026-11-23",)})
    desk = SettlementDesk("SPY", expires=date(2026, 12, 4), config=config)
    price = desk.context.market.underlying("SPY", desk.context.now().epoch_s)
    out = 1 if right == "C" else -1
    inside = 5 * (price // 5) - 10 * out
    far = inside + 40 * out
    desk.hold(Pair(right, inside - 5 * out, inside, far, far + 5 * out, 400, 420))
    desk.begin()
    words = desk.raised()["EX_DATE"]
    assert f"{inside:g}{right}" in words
    assert f"{far:g}{right}" not in words
    assert desk.context.flags.watched == {desk.key: Gate.EX_DATE}


def test_a_short_contract_without_its_long_is_an_alarm_that_names_the_chain():
    desk = SettlementDesk("SPY", expires=date(2026, 12, 4))
    desk.hold(CONDOR)
    desk.context.emit(ev.BookAdjusted(desk.context.now().at_ms, desk.key, "C", 605.0, 1, 0))
    desk.begin()
    assert "1 calls" in desk.raised()["UNCOVERED"]
    pair = desk.context.state.positions.pairs.find(desk.key, 1)
    assert pair.floor_c() is None


def test_fewer_than_seven_days_is_one_alarm_an_expiration():
    desk = SettlementDesk("SPY", expires=date(2026, 11, 25))
    desk.hold(CONDOR)
    desk.begin()
    assert desk.raised()["EXPIRY"] == "few days left, held of SPY"
    assert desk.context.state.contracts.held(ContractKey("SPY", "2026-11-25", "C", 590.0)) == 1


# ---------------------------------------------------------------- a market that does not answer


class Silent:
    """A market across a network that answers nothing, or what a test says."""

    blocking = True

    def __init__(self, price: float | None = None) -> None:
        self.price = price
        self.asked: list[str] = []

    def underlying(self, symbol: str, now_s: float) -> float:
        self.asked.append(symbol)
        if self.price is None:
            raise LinkError("the exchange did not answer `underlying` in 8 s")
        return self.price


class ByHand:
    """Threads of lanes whose calls the test carries out."""

    def __init__(self) -> None:
        self.jobs: list[tuple[Any, Any]] = []

    def worker(self, name: str) -> ByHand:
        return self

    def make(self, run: Any, told: Any) -> None:
        self.jobs.append((run, told))

    def end(self) -> None:
        self.jobs.clear()

    def carry_out(self) -> None:
        jobs, self.jobs = self.jobs, []
        for run, told in jobs:
            failed = None
            try:
                run()
            except ConnectionError as error:
                failed = error
            told(failed)


def expired_desk() -> SettlementDesk:
    """A desk after the close, whose pairs cancel each other out and wait for a price."""
    desk = SettlementDesk("SPY", At(597.0), last_s=LAST_S)
    opposite = Pair("C", 600.0, 605.0, 590.0, 595.0, debit_c=10, credit_c=20)
    desk.hold(CONDOR, opposite)
    return desk


def test_the_close_goes_on_without_a_price_and_asks_in_a_lane_until_one_comes():
    desk = expired_desk()
    context, core, told = desk.context, desk.core, []
    market, threads = Silent(), ByHand()
    core._on_session_end = lambda: told.append("session end")
    desk.begin()
    desk.run(LAST_S + 1.0)
    context.market, context.lanes = market, Lanes(context.scheduler, 1, threads)
    for trader in context.traders.values():
        trader.context.last_quotes = None
    desk.run(2.0)
    assert told == ["session end"] and not context.flags.halted
    assert context.state.positions.pairs.held() and core.settlements.expired.unpriced
    assert market.asked == [] and len(threads.jobs) == 1, (
        "in a lane, and not in the engine's thread"
    )
    threads.carry_out()
    assert market.asked == ["SPY"] and context.state.positions.pairs.held()
    market.price = 597.0
    desk.run(30.0)
    threads.carry_out()
    desk.run(1.0)
    assert [row.price_c for row in desk.of(ev.ChainSettled)] == [597_00]
    assert not context.state.positions.pairs.held()
    desk.books_agree()


def test_the_latest_quotes_end_a_chain_where_asking_would_block():
    desk = expired_desk()
    market = Silent()
    desk.begin()
    desk.run(LAST_S - 1.0)
    desk.core.settlements.close_day()
    assert desk.of(ev.ChainSettled) == [], "not before the close"
    desk.run(2.0)
    desk.context.market = market
    for trader in desk.context.traders.values():
        trader.context.last_quotes = Quotes(None, 598.5)
    desk.run(2.0)
    assert [row.price_c for row in desk.of(ev.ChainSettled)] == [598_50]
    assert market.asked == []


def test_shares_are_not_taken_over_at_a_price_that_nobody_tells():
    desk = expired_desk()
    desk.begin()
    desk.context.market = Silent()
    for trader in desk.context.traders.values():
        trader.context.last_quotes = None
    with pytest.raises(RefusedError, match="the price of SPY is unknown"):
        _shares_taken(desk.context, "SPY", {"SPY": 100})
