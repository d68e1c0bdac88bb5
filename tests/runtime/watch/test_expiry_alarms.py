"""What is alarmed of as contracts near their end: last days, ex-dates, shorts without a long."""

from __future__ import annotations

from datetime import date

import pytest

from engine.book.contract_keys import ContractKey
from engine.config import DeskConfig
from engine.market.ticks import ContractTerms
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.views.holdings import DeskHoldings
from engine.runtime.views.positions import PositionsBuilder
from tests.support.settlement_desk import CONDOR, EXPIRES, At, Pair, SettlementDesk


def test_what_the_broker_leaves_unsettled_is_an_alarm_before_the_session_ends():
    desk = SettlementDesk("SPY", At(640.0))
    desk.hold(CONDOR)
    desk.begin()
    hear = desk.venue.clearing._sink
    desk.venue.clearing._sink = lambda report: None if report.quantity < 0 else hear(report)
    desk.close()
    assert "2 calls" in desk.raised()["UNCOVERED"]
    assert desk.of(ev.PairSettled) == []


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


@pytest.mark.parametrize("removed", [False, True])
def test_alarms_go_by_the_terms_under_which_a_chain_was_added(removed):
    """A program's European chain was told as one that is assigned, by its root's terms."""
    config = DeskConfig(ex_dividends={"SPY": ("2026-11-23",)})
    terms = ContractTerms("european", "cash", 100)
    desk = SettlementDesk("SPY", expires=date(2026, 12, 4), config=config, terms=terms)
    desk.hold(Pair("C", 400.0, 405.0, 410.0, 415.0, 400, 420))
    desk.begin()
    if removed:
        del desk.context.traders[desk.key]
        desk.core.positions.look()
    assert "EX_DATE" not in desk.raised()
    assert desk.context.flags.watched == {}


@pytest.mark.parametrize(
    ("expires", "told"),
    [(date(2026, 11, 23), "EXPIRES"), (EXPIRES, "EXPIRED"), (date(2026, 11, 24), "EXPIRY")],
)
def test_the_last_trading_day_is_that_of_the_terms_under_which_a_chain_was_added(expires, told):
    """What settles at the open has traded for the last time; it was told a session too late."""
    desk = SettlementDesk(
        "SPY", expires=expires, terms=ContractTerms("european", "cash", 100, "open")
    )
    desk.venue.clearing.connect = lambda sink: None
    desk.hold(CONDOR)
    desk.begin()
    assert desk.raised().keys() & {"EXPIRES", "EXPIRED", "EXPIRY"} == {told}


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
