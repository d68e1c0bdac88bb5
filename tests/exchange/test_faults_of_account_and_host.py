"""What the desk does about assignment, adjusted contracts and a host that sleeps."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest

from engine.commands import Ask, TicketState
from engine.exchange.faults.kinds import Fault
from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.risk.gates import Gate
from tests.support.faulty_desk import (
    ask,
    broker_of,
    faulty,
    matching_of,
    shorts,
    sleeping,
    struck,
    trader_of,
    wire,
    wire_rows,
)
from tests.support.operator_steps import Operated


def test_an_early_assignment_is_an_alarm_and_the_chain_enters_nothing_until_the_shares_are_gone():
    desk = faulty()
    desk.run_until(lambda: shorts(desk))
    desk.nothing_open()
    ask(desk, Fault.ASSIGNMENT)
    desk.run_until(lambda: struck(desk, Fault.ASSIGNMENT), within_s=6.0)
    assert desk.raised("ASSIGNED") and desk.raised("SHARES")
    assert desk.desk.books_agree() == ""
    assert desk.venue.ledger.shares()
    desk.run(5.0)
    before = desk.debits_sent()
    desk.run(180.0)
    assert desk.debits_sent() == before
    assert trader_of(desk).blocked is Gate.SHARES
    assert not desk.raised("BOOK_DIFFERS")
    desk.ask(Ask.CLOSE_SHARES, "SPY", word="CLOSE")
    assert not desk.raised("ASSIGNED") and not desk.raised("SHARES")
    assert desk.desk.books_agree() == ""
    limits = desk.context.config.limits
    chain = desk.context.exposure.chains[trader_of(desk).key]
    assert chain.cash_c < 0
    limits.max_worst_loss_usd_chain = -chain.cash_c / 100 - 1.0
    desk.run(60.0)
    assert trader_of(desk).blocked is Gate.WORST_CASE, "what is left over cost more than that"
    assert desk.debits_sent() == before
    limits.max_worst_loss_usd_chain *= 2
    desk.run_until(lambda: desk.debits_sent() > before, within_s=120.0)


def test_a_legged_unit_whose_short_leg_is_assigned_is_parked_and_nothing_is_sold_for_it():
    desk = faulty()
    desk.legged()
    ask(desk, Fault.ASSIGNMENT)
    desk.run_until(lambda: desk.raised("ASSIGNED"), within_s=6.0)
    desk.run_until(lambda: not desk.context.state.orders.live)
    parked = [
        unit for trader in desk.context.traders.values() for unit in trader.credits.units.values()
    ]
    assert [unit.stage for unit in parked] == [Stage.PARKED] and desk.raised("PARKED")
    desk.run(600.0)
    assert not desk.context.state.orders.live
    assert desk.desk.books_agree() == ""


def test_an_assignment_told_before_the_execution_it_follows_is_booked_after_it():
    desk = faulty()
    ask(desk, Fault.SUBMIT_UNANSWERED, times=1000)
    desk.run_until(lambda: shorts(desk) and not desk.context.state.contracts.contracts())
    (row,) = shorts(desk)
    clearing = matching_of(desk).clearing
    assert clearing is not None
    terms = row.symbol, row.expiration, row.right, row.strike
    clearing.assign(*terms, -row.quantity, desk.now_s)
    assert desk.raised("SETTLEMENT"), "what does not fit the book is an alarm at once"
    assert trader_of(desk).key in desk.context.flags.watched, "and lets nothing new in"
    desk.run_until(lambda: desk.of(ev.Settled), within_s=30.0)
    assert not desk.raised("SETTLEMENT")
    assert desk.raised("ASSIGNED") and desk.raised("SHARES")
    desk.run_until(lambda: not desk.context.state.orders.live)
    desk.run(600.0)
    assert not desk.context.state.orders.live, "a credit would be naked: its unit is parked"
    units = [u for trader in desk.context.traders.values() for u in trader.credits.units.values()]
    assert [unit.stage for unit in units] == [Stage.PARKED] and desk.raised("PARKED")
    assert desk.desk.books_agree() == ""


def test_an_adjusted_chain_is_rejected_blocked_and_free_again_when_its_contracts_are_back():
    desk = faulty()
    desk.run_until(desk.venue.positions)
    desk.nothing_open()
    ask(desk, Fault.ADJUSTED)
    assert struck(desk, Fault.ADJUSTED) == 1
    desk.run_until(lambda: desk.of(ev.TraderHeld) or desk.raised("BOOK_DIFFERS"), within_s=60.0)
    desk.run_until(lambda: desk.raised("BOOK_DIFFERS"), within_s=60.0)
    (alarm,) = desk.raised("BOOK_DIFFERS")
    assert trader_of(desk).key in alarm.what
    before = len(desk.sent)
    rejections = broker_of(desk).rejections
    while rejections.adjusted:
        desk.run(1.0)
    assert len(desk.sent) == before, "nothing is sent while the chain is blocked"
    desk.run_until(lambda: not desk.raised("BOOK_DIFFERS"), within_s=60.0)
    desk.ask(Ask.RESUME)
    desk.run_until(lambda: len(desk.sent) > before, within_s=120.0)
    desk.nothing_open()
    assert desk.desk.books_agree() == ""


def test_three_orders_in_contracts_that_are_adjusted_hold_the_trader():
    desk = faulty()
    desk.run_until(lambda: desk.sent)
    ask(desk, Fault.ADJUSTED)
    desk.run_until(lambda: desk.of(ev.TraderHeld), within_s=120.0)
    assert trader_of(desk).held is Gate.REJECTS
    assert "adjusted to SPY1" in desk.of(ev.TraderHeld)[-1].text


def test_while_the_host_sleeps_the_desk_does_nothing_and_the_exchange_goes_on():
    desk = faulty()
    name = desk.working_debit()
    ask(desk, Fault.SUSPENDED)
    asleep_s, rows, events = desk.now_s, len(wire_rows(desk)), len(desk.events)
    while sleeping(desk):
        assert (len(wire_rows(desk)), len(desk.events)) == (rows, events)
        desk.run(0.05)
    assert desk.now_s - asleep_s >= 5.0
    woke_s = desk.now_s
    desk.run_until(lambda: any(e.order == name for e in desk.of(ev.OrderEnded)), within_s=10.0)
    first = [row for row in wire_rows(desk)[rows:] if row["order"] == name]
    executed = any(e.order == name for e in desk.of(ev.Executed))
    assert executed or first[0]["what"] == "cancel"
    assert all(row["at_ms"] / 1000 <= woke_s + 0.1 for row in first[:1]), "it is overdue already"
    desk.nothing_open()
    assert desk.desk.books_agree() == ""


@pytest.mark.parametrize("seed", range(4))
def test_a_host_that_sleeps_again_and_again_sends_nothing_twice_and_trades_on_fresh_quotes(
    seed, monkeypatch
):
    desk = faulty(seed)
    ages: list[float] = []
    submit = desk.venue.submit

    def submitted(request: Any, now_s: float) -> None:
        if request.pays:
            quotes = trader_of(desk).last_quotes
            assert quotes is not None and quotes.chain is not None
            ages.append(now_s - quotes.chain.confirmed_s)
        submit(request, now_s)

    monkeypatch.setattr(desk.venue, "submit", submitted)
    ask(desk, Fault.SUSPENDED, times=20)
    desk.run_until(lambda: struck(desk, Fault.SUSPENDED) >= 20, within_s=4000.0)
    desk.run_until(lambda: not sleeping(desk), within_s=130.0)
    desk.nothing_open()
    submits = wire(desk, "submit")
    assert len(ages) > 5 and max(ages) <= desk.context.config.limits.max_quote_age_s
    assert len(submits) == len(set(submits))
    assert desk.desk.books_agree() == ""


@pytest.mark.parametrize("seed", [0, 2, 3])
def test_a_host_that_sleeps_over_the_close_sends_nothing_when_it_wakes(seed, monkeypatch):
    desk = faulty(seed, time(15, 40), unwind_before_close_s=20.0)
    closes_s = desk.context.session.phase.closes_s
    assert closes_s is not None
    desk.executor.scheduler.run_until(closes_s - 700.0)
    desk.legged()
    # Nobody trades with us any more.
    monkeypatch.setattr(matching_of(desk).model, "look", lambda *_: (0, 0, None))
    desk.executor.scheduler.run_until(closes_s - 9.0)
    rejections = broker_of(desk).rejections
    rejections.storm_until_s = closes_s
    desk.run_until(lambda: now_between_orders(desk, closes_s), within_s=9.0)
    ask(desk, Fault.SUSPENDED)
    rows = len(wire_rows(desk))
    while sleeping(desk):
        desk.run(0.5)
    assert desk.now_s > closes_s
    desk.run(5.0)
    assert wire_rows(desk)[rows:] == []
    assert desk.raised("PARKED")


def now_between_orders(desk: Operated, closes_s: float) -> bool:
    """Whether an unwind was rejected and the next is to go out before the close."""
    (unit,) = trader_of(desk).credits.units.values()
    assert unit.stage is Stage.UNWIND
    return unit.order is None and desk.now_s < unit.retry_s < closes_s


def test_an_adjusted_chains_positions_are_taken_over_wholly_or_not_at_all():
    desk = faulty()
    desk.run_until(desk.venue.positions)
    desk.nothing_open()
    ask(desk, Fault.ADJUSTED)
    desk.run_until(lambda: desk.raised("BOOK_DIFFERS"), within_s=90.0)
    held = desk.context.state.contracts.contracts()
    answer = desk.ask(Ask.ACCEPT_POSITIONS, word="ACCEPT")
    assert answer.state is TicketState.REFUSED and "SPY1" in answer.text
    assert desk.context.state.contracts.contracts() == held, "a refusal changes nothing"
    assert desk.of(ev.BookAdjusted) == []
