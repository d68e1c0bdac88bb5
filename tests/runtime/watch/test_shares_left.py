"""Shares that exercise and assignment leave: told, closed to entries, and in every sum."""

from __future__ import annotations

import re
from datetime import date

import pytest

from engine.book.held_pair import Leg
from engine.orders import events as ev
from engine.report.session import session_report
from engine.report.text import report_text
from engine.risk.gates import Gate
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.settlement_desk import CONDOR, EXPIRES, At, SettlementDesk


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
