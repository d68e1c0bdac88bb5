"""What a broker reports of settlements: twice, too early, or of what the book does not hold."""

from __future__ import annotations

from engine.commands import Ask, Command, TicketState
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.state.totals import plain_values
from tests.support.settlement_desk import CONDOR, EXPIRES, At, Pair, SettlementDesk


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
