"""Before anything trades the desk knows what the broker holds, or trades nothing there."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import astuple, replace
from datetime import date
from typing import Any

from engine.brokers.protocol import ContractPosition, NotSentError, OpenOrder, SharePosition
from engine.commands import Ask, TicketState
from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.risk.gates import Gate
from engine.runtime.requests.units import UNIT_ASKS
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.desks import simulated
from tests.support.operator_steps import TRADER, Operated

FOREIGN = ContractPosition("SPY", date(2026, 12, 4), "call", 590.0, 2)


def begun(change) -> Operated:
    """A desk whose broker is changed before its session begins."""
    desk = simulated()
    change(desk.exchange)
    return Operated(desk)


def test_a_contract_that_the_book_does_not_know_blocks_its_chain_before_anything_trades():
    desk = begun(lambda venue: setattr(venue, "positions", lambda: (FOREIGN,)))
    assert desk.context.flags.unreconciled == {TRADER}
    (alarm,) = desk.raised("BOOK_DIFFERS")
    assert "SPY 2026-12-04 590C: book +0, broker +2" in alarm.what
    desk.run(120)
    assert desk.debits_sent(TRADER) == 0
    assert desk.debits_sent() > 0
    assert desk.context.traders[TRADER].entry_gate(desk.context.now()) is Gate.RECONCILE


def test_shares_that_the_book_does_not_know_block_every_chain_of_their_symbol():
    desk = begun(lambda venue: setattr(venue, "shares", lambda: (SharePosition("SPY", -100),)))
    assert desk.context.flags.unreconciled == {"SPY 2026-11-27", "SPY 2026-12-04"}
    (alarm,) = desk.raised("BOOK_DIFFERS")
    assert "SPY shares: book +0, broker -100" in alarm.what
    desk.run(60)
    assert desk.debits_sent("SPY 2026-11-27") == desk.debits_sent(TRADER) == 0


def test_a_failed_answer_is_not_a_flat_account():
    def fails():
        raise ConnectionError("no route")

    working = {}

    def change(venue):
        working["positions"] = venue.positions
        venue.positions = fails

    desk = begun(change)
    assert desk.context.flags.unreconciled == desk.context.traders.keys()
    assert "no route" in desk.raised("NOT_COMPARED")[0].what
    desk.run(20)
    assert desk.debits_sent() == 0
    desk.venue.positions = working["positions"]
    desk.run(60)
    assert desk.context.flags.unreconciled == frozenset()
    assert desk.raised("NOT_COMPARED") == []
    assert desk.debits_sent() > 0


def test_no_answer_later_in_the_day_blocks_nothing_anew_and_opens_nothing():
    desk = begun(lambda venue: setattr(venue, "positions", lambda: (FOREIGN,)))
    desk.venue.positions = lambda: None
    desk.run(90)
    assert desk.context.flags.unreconciled == {TRADER}
    assert "does not tell" in desk.raised("NOT_COMPARED")[0].what


def test_orders_that_are_none_of_ours_are_seen_and_never_touched():
    theirs = OpenOrder("TWS-77", "B77", 3, 0)
    desk = simulated()
    venue = desk.exchange
    ours, cancelled = venue.open_orders, []
    cancel = venue.cancel
    venue.open_orders = lambda: (theirs, *ours())
    venue.cancel = lambda name, now_s: (cancelled.append(name), cancel(name, now_s))
    operated = Operated(desk)
    operated.run(60)
    assert operated.core.books.external == (theirs,)
    operated.ask(Ask.KILL, stage=1)
    operated.ask(Ask.KILL, stage=2)
    operated.run(5)
    assert "TWS-77" not in cancelled
    operated.run(10)
    assert operated.raised("KILL_OPEN") == []
    assert operated.ask(Ask.RESUME_AFTER_KILL, word="RESUME").state is TicketState.CONFIRMED


def test_no_debit_crosses_an_order_of_somebody_else_however_the_broker_spells_its_contracts():
    desk = simulated()
    venue, market = desk.exchange, desk.executor.context.market
    ours = venue.open_orders
    symbol, day = TRADER.split()
    expiration = date.fromisoformat(day)
    chain = market.chain(symbol, expiration, desk.executor.context.now().epoch_s)
    legs = tuple(
        ContractPosition(symbol, expiration, right, float(strike), quantity)
        for right in ("call", "put")
        for strike in chain.strikes
        for quantity in (1, -1)
    )
    venue.open_orders = lambda: (OpenOrder("", "TWS-78", 1, 0, legs), *ours())
    operated = Operated(desk)
    operated.run(120)
    assert operated.debits_sent() > 0
    assert operated.debits_sent(TRADER) == 0
    assert next(r for r in operated.snapshot().traders if r.key == TRADER).gate == "CROSS"


# ---------------------------------------------------------------- the broker's truth


def test_the_brokers_position_is_taken_over_by_a_typed_word_alone():
    desk = begun(lambda venue: setattr(venue, "positions", lambda: (FOREIGN,)))
    refused = desk.ask(Ask.ACCEPT_POSITIONS, TRADER)
    assert refused.state is TicketState.REFUSED
    assert "type the word ACCEPT" in refused.text
    for word in ("accept", "Accept", "ACCEPTED"):
        assert desk.ask(Ask.ACCEPT_POSITIONS, TRADER, word=word).state is TicketState.REFUSED
    done = desk.ask(Ask.ACCEPT_POSITIONS, TRADER, word="ACCEPT")
    assert done.state is TicketState.CONFIRMED
    (row,) = desk.of(ev.BookAdjusted)
    assert (row.strike, row.right, row.before, row.after) == (590.0, "C", 0, 2)
    assert desk.context.flags.unreconciled == frozenset()
    assert desk.raised("BOOK_DIFFERS") == []
    acted = desk.last_action()
    assert (acted.action, acted.who, acted.target) == ("accept-positions", "ada", TRADER)
    assert "590C" in acted.before


def test_an_empty_answer_is_taken_for_a_flat_account_only_by_the_word_flat():
    desk = Operated()
    desk.run_until(lambda: desk.context.state.money.completions)
    desk.nothing_open()
    chain = next(iter(desk.context.state.contracts.contracts()))
    trader = f"{chain.symbol} {chain.expiration}"
    desk.ask(Ask.HALT)
    desk.run(10)
    desk.venue.positions = lambda: ()
    desk.run(90)
    assert trader in desk.context.flags.unreconciled
    assert desk.ask(Ask.ACCEPT_POSITIONS, trader, word="ACCEPT").state is TicketState.REFUSED
    assert desk.ask(Ask.ACCEPT_POSITIONS, trader, word="FLAT").state is TicketState.CONFIRMED
    assert desk.context.state.positions.pairs.of_chain(trader) == []


def closed_by_hand(desk: Operated, key: str, *, both_legs: bool = True) -> int:
    """Somebody sells a unit's debit vertical, or its long leg, at the broker; returns its cycle."""
    trader = desk.context.traders[key]
    (unit,) = trader.credits.units.values()
    ours, chain = desk.venue.positions, (trader.symbol, trader.expiration, unit.right)
    contracts = unit.remaining

    def positions() -> tuple[ContractPosition, ...]:
        held: Counter[tuple[Any, ...]] = Counter({astuple(row)[:4]: row.quantity for row in ours()})
        held[*chain, unit.long_strike] -= contracts
        if both_legs:
            held[*chain, unit.short_strike] += contracts
        return tuple(
            ContractPosition(symbol, expires, right, strike, n)
            for (symbol, expires, right, strike), n in held.items()
            if n
        )

    desk.venue.positions = positions  # type: ignore[method-assign]  # as an account would
    return unit.cycle


def test_nothing_is_sold_against_a_debit_that_was_closed_by_hand():
    desk = Operated()
    desk.run(60)
    key = desk.legged()
    desk.ask(Ask.KILL, stage=1)
    desk.ask(Ask.KILL, stage=2)
    desk.run(5)
    cycle = closed_by_hand(desk, key, both_legs=False)
    desk.run(90)
    assert desk.context.flags.unreconciled == {key}
    assert desk.ask(Ask.ACCEPT_POSITIONS, key, word="ACCEPT").state is TicketState.CONFIRMED
    # The unit's pair gives its contracts up, no completed one.
    pairs = desk.context.state.positions.pairs.of_chain(key)
    assert [pair.cycle for pair in pairs if not pair.whole] in ([], [cycle])
    done = desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    assert done.state is TicketState.CONFIRMED, done.text
    sent = len(desk.sent)
    (view,) = [unit for unit in desk.snapshot().units if unit.trader == key]
    for ask, refusal in zip(UNIT_ASKS, view.refusals, strict=True):
        answer = desk.ask(ask, f"{key}/{cycle}")
        assert answer.state is TicketState.REFUSED
        assert answer.text == refusal
        assert "close what is left at the broker" in refusal
    desk.run(60)
    assert not any(request.trader == key for _, request in desk.sent[sent:])


def test_a_credit_that_rests_hides_no_debit_that_was_closed_by_hand():
    desk = Operated()
    desk.run(60)
    key = desk.legged()
    (unit,) = desk.context.traders[key].credits.units.values()
    desk.venue._judge = lambda *order: None  # nobody buys any more
    assert desk.ask(Ask.HOLD, f"{key}/{unit.cycle}").state is TicketState.CONFIRMED
    desk.run(100)
    assert unit.remaining and unit.order.live
    assert desk.context.flags.unreconciled == frozenset()
    closed_by_hand(desk, key)
    desk.run(60)
    assert unit.order.live
    assert desk.context.flags.unreconciled == {key}
    assert key in desk.raised("BOOK_DIFFERS")[0].what


def test_a_unit_in_its_ladder_is_parked_when_its_debit_turns_out_closed():
    desk = Operated()
    desk.run(60)
    key = desk.legged()
    trader = desk.context.traders[key]
    (unit,) = trader.credits.units.values()
    trader.pause()
    unit.retry_s = math.inf  # nothing follows the order that is cancelled
    desk.venue.cancel(unit.order.request.client_order_id, desk.context.now().epoch_s)
    desk.run_until(lambda: unit.order is None or not unit.order.live, 30)
    closed_by_hand(desk, key, both_legs=False)
    desk.run_until(lambda: key in desk.context.flags.unreconciled, 90)
    assert unit.remaining and unit.stage is not Stage.PARKED
    assert desk.ask(Ask.ACCEPT_POSITIONS, key, word="ACCEPT").state is TicketState.CONFIRMED
    assert (unit.stage, unit.rests) == (Stage.PARKED, False)
    assert any(key in alarm.where for alarm in desk.raised("PARKED"))


def test_a_unit_that_was_closed_by_hand_ends_where_the_brokers_positions_are_taken_over():
    desk = Operated()
    desk.run(60)
    key = desk.legged()
    trader = desk.context.traders[key]
    (unit,) = trader.credits.units.values()
    desk.ask(Ask.KILL, stage=1)
    desk.ask(Ask.KILL, stage=2)
    desk.run(10)
    assert unit.remaining == unit.filled
    closed_by_hand(desk, key)
    desk.run(90)
    before = desk.context.exposure.hung
    assert desk.ask(Ask.ACCEPT_POSITIONS, key, word="ACCEPT").state is TicketState.CONFIRMED
    exposure, money = desk.context.exposure, desk.context.state.money
    assert trader.credits.units == {}
    assert (key, unit.cycle) not in money.open_units
    assert (exposure.chains[key].legged, exposure.chains[key].marks) == (0, {})
    assert exposure.hung == max(0, before - 1)
    assert not any(key in alarm.where for alarm in desk.raised("PARKED"))
    (row,) = desk.of(ev.PairSettled)
    paid_c = unit.paid_c * exposure.chains[key].multiplier
    assert -paid_c - unit.fees_c <= row.realised_c == row.cash_c + row.payoff_c - row.fees_c
    again = DeskState()
    again.apply_all(desk.context.journal.read())
    assert plain_values(again) == plain_values(desk.context.state)
    assert desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME").state is TicketState.CONFIRMED
    desk.ask(Ask.RESUME)
    desk.run_until(lambda: desk.debits_sent(key), 300)


def test_what_does_not_differ_cannot_be_accepted():
    desk = Operated()
    answer = desk.ask(Ask.ACCEPT_POSITIONS, TRADER, word="ACCEPT")
    assert answer.state is TicketState.REFUSED
    assert "does not differ" in answer.text


def test_shares_left_behind_are_traded_away_on_request():
    desk = begun(lambda venue: None)
    clearing = desk.venue.clearing
    desk.run_until(lambda: desk.context.state.money.completions)
    key = next(key for key, n in desk.context.state.contracts.contracts().items() if n < 0)
    word = "call" if key.right == "C" else "put"
    clearing.assign(key.symbol, date.fromisoformat(key.expiration), word, key.strike, 1)
    assert desk.context.state.contracts.shares()[key.symbol]
    for word in ("", "close", "Close"):
        refused = desk.ask(Ask.CLOSE_SHARES, key.symbol, word=word)
        assert (refused.state, refused.text[:19]) == (TicketState.REFUSED, "type the word CLOSE")
    done = desk.ask(Ask.CLOSE_SHARES, key.symbol, word="CLOSE")
    assert done.state is TicketState.CONFIRMED
    assert desk.context.state.contracts.shares() == {}
    assert desk.raised("SHARES") == []
    assert desk.desk.books_agree() == ""


def test_shares_that_are_being_traded_away_are_not_sent_a_second_time():
    desk = begun(lambda venue: None)
    desk.run_until(lambda: desk.context.state.money.completions)
    key = next(key for key, n in desk.context.state.contracts.contracts().items() if n < 0)
    word = "call" if key.right == "C" else "put"
    expires = date.fromisoformat(key.expiration)
    desk.venue.clearing.assign(key.symbol, expires, word, key.strike, 1)
    asked: list[str] = []
    trade = desk.venue.close_shares
    desk.venue.close_shares = lambda symbol, now_s: asked.append(symbol)  # it takes its time
    assert desk.ask(Ask.CLOSE_SHARES, key.symbol, word="CLOSE").state is TicketState.CONFIRMED
    again = desk.ask(Ask.CLOSE_SHARES, key.symbol, word="CLOSE")
    assert again.state is TicketState.REFUSED and "already" in again.text
    assert asked == [key.symbol]
    desk.run(31)
    desk.venue.close_shares = trade
    assert desk.ask(Ask.CLOSE_SHARES, key.symbol, word="CLOSE").state is TicketState.CONFIRMED
    assert desk.context.state.contracts.shares() == {}


def test_shares_that_surely_were_not_sent_may_be_sent_at_once():
    desk = begun(lambda venue: None)
    desk.run_until(lambda: desk.context.state.money.completions)
    key = next(key for key, n in desk.context.state.contracts.contracts().items() if n < 0)
    word = "call" if key.right == "C" else "put"
    expires = date.fromisoformat(key.expiration)
    desk.venue.clearing.assign(key.symbol, expires, word, key.strike, 1)
    trade = desk.venue.close_shares

    def refuses(symbol: str, now_s: float) -> None:
        raise NotSentError("not connected")

    desk.venue.close_shares = refuses
    assert "nothing was sent" in desk.ask(Ask.CLOSE_SHARES, key.symbol, word="CLOSE").text
    desk.venue.close_shares = trade
    assert desk.ask(Ask.CLOSE_SHARES, key.symbol, word="CLOSE").state is TicketState.CONFIRMED


def test_after_a_kill_no_order_for_shares_goes_out_either():
    desk = begun(lambda venue: None)
    desk.run_until(lambda: desk.context.state.money.completions)
    key = next(key for key, n in desk.context.state.contracts.contracts().items() if n < 0)
    word = "call" if key.right == "C" else "put"
    expires = date.fromisoformat(key.expiration)
    desk.venue.clearing.assign(key.symbol, expires, word, key.strike, 1)
    held = desk.context.state.contracts.shares()
    desk.ask(Ask.KILL, stage=1)
    desk.ask(Ask.KILL, stage=2)
    refused = desk.ask(Ask.CLOSE_SHARES, key.symbol, word="CLOSE")
    assert refused.state is TicketState.REFUSED
    assert "kill" in refused.text
    assert desk.context.state.contracts.shares() == held != {}


def test_the_effects_of_an_orders_legs_reach_the_broker():
    desk = Operated()
    desk.run_until(lambda: any(not request.pays for _, request in desk.sent), 600)
    for _, request in desk.sent:
        assert set(request.effects) <= {"open", "close", "mixed"}
    first = desk.sent[0][1]
    assert first.effects == ("open", "open")
    unwound = replace(first, effects=("close", "close"))
    assert unwound != first


def test_a_debit_of_which_a_leg_closes_and_opens_at_once_never_leaves():
    desk = Operated()
    mixed: list[str] = []
    emit = desk.context.emit

    def emitted(event):
        emit(event)
        if isinstance(event, ev.OrderIntended) and event.part == "D" and not mixed:
            mixed.append(event.order)
            desk.context.state.orders.known[event.order].has_effects(("open", "mixed"))

    desk.context.emit = emitted
    desk.run_until(lambda: len(desk.sent) >= 3)
    assert mixed and mixed[0] not in {request.client_order_id for _, request in desk.sent}
    (end,) = [e for e in desk.events if isinstance(e, ev.OrderEnded) and e.order == mixed[0]]
    assert end.status == "denied" and "close a part" in end.reason
    raised = [e for e in desk.events if isinstance(e, ev.AlarmRaised) and e.at_ms == end.at_ms]
    assert [each.code for each in raised if each.code == "REJECT"] == []
