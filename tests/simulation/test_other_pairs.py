"""Pairs of one chain share strikes; no debit and no credit closes a leg of another pair."""

from __future__ import annotations

from collections import Counter
from datetime import time

import pytest

from engine.book.contract_keys import contract_key
from engine.book.contracts import ContractBook
from engine.market.chain import OptionChain
from engine.orders import events as ev
from engine.pricing.leg_prices import BlockedLegs
from engine.pricing.opportunity import TwoPartOpportunity
from engine.risk.gates import Gate
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


@pytest.mark.parametrize("seed", [7, 39])
def test_every_leg_of_a_debit_or_credit_opens_contracts(seed, monkeypatch):
    desk = simulated(settings(seed), until=time(9, 50))
    events: list[ev.Event] = []
    emit = desk.executor.context.emit

    def kept(event: ev.Event) -> None:
        events.append(event)
        emit(event)

    monkeypatch.setattr(desk.executor.context, "emit", kept)
    desk.run_to_end()
    effects: Counter[tuple[str, tuple[str, ...]]] = Counter()
    for event in events:
        if isinstance(event, ev.OrderIntended):
            record = desk.executor.context.state.orders.known[event.order]
            effects[event.part, record.effects] += 1
    assert effects["D", ("open", "open")] > 100
    assert {key for key in effects if key[0] in "DC"} == {
        ("D", ("open", "open")),
        ("C", ("open", "open")),
    }


def chosen_by(desk: Operated) -> tuple[ExpirationTrader, TwoPartOpportunity, OptionChain]:
    """A trader that has just chosen a pair, the pair, and its quotes, which are still fresh."""
    desk.run_until(
        lambda: any(trader.debits.live is not None for trader in desk.context.traders.values())
    )
    trader = next(t for t in desk.context.traders.values() if t.debits.live is not None)
    chosen, quotes = trader.debits.chooser.opportunity, trader.last_quotes
    assert chosen is not None
    assert quotes is not None and quotes.chain is not None
    return trader, chosen, quotes.chain


def blocked_by(
    trader: ExpirationTrader, chain: OptionChain, unit: LeggedUnit | None = None
) -> BlockedLegs:
    """The legs that a new pair, or another credit of the unit, must leave alone."""
    legs = trader.blocked_contracts.of_other_pairs(chain, unit)
    assert legs is not None
    return legs


def book_with(trader: ExpirationTrader, right: str, *held: tuple[float, int]) -> ContractBook:
    book = ContractBook()
    for strike, quantity in held:
        book.adjust(contract_key(trader.symbol, trader.expiration, right, strike), quantity)
    return book


def closes(pair: TwoPartOpportunity, book: ContractBook, trader: ExpirationTrader) -> bool:
    """Whether a leg of the pair would close a contract of the book."""

    def held(strike: float) -> int:
        return book.held(contract_key(trader.symbol, trader.expiration, pair.right, strike))

    bought, sold = (pair.debit_long, pair.credit_long), (pair.debit_short, pair.credit_short)
    return any(held(k) < 0 for k in bought) or any(held(k) > 0 for k in sold)


def test_a_trader_passes_over_a_pair_that_would_close_a_leg_and_takes_the_next():
    desk = Operated()
    trader, best, chain = chosen_by(desk)
    book = trader.context.contracts = book_with(trader, best.right, (best.debit_long, -1))
    assert closes(best, book, trader)
    other = trader.debits.chooser.scan(chain, 1)
    assert not isinstance(other, Gate)
    assert not closes(other, book, trader)
    assert other.debit_long != best.debit_long
    book.adjust(contract_key(trader.symbol, trader.expiration, best.right, best.debit_long), 0)
    again = trader.debits.chooser.scan(chain, 1)
    assert not isinstance(again, Gate) and again.debit_long == best.debit_long


def test_where_every_pair_would_close_a_leg_the_gate_says_so():
    desk = Operated()
    trader, _, chain = chosen_by(desk)
    trader.context.contracts = ContractBook()
    for right in ("C", "P"):
        for strike in chain.strikes.tolist():
            trader.context.contracts.adjust(
                contract_key(trader.symbol, trader.expiration, right, strike), -1
            )
    chooser = trader.debits.chooser
    assert chooser.scan(chain, 1) is Gate.CLOSES_OTHER
    assert chooser.exclusions["contract_of_another_pair"] == 2 * len(chain.strikes)


def test_where_no_pair_is_good_enough_other_pairs_are_not_blamed():
    desk = Operated()
    trader, best, empty = chosen_by(desk)
    trader.context.contracts = book_with(trader, best.right, (best.debit_long, -1))
    empty.bid[:] = float("nan")
    assert trader.debits.chooser.scan(empty, 1) is Gate.NO_PAIR


def test_a_credit_may_sell_what_its_own_debit_sold_but_not_what_another_pair_is_long():
    desk = Operated()
    trader, _, chain = chosen_by(desk)
    long, short, k, far = (float(x) for x in chain.strikes[10:14])
    unit = LeggedUnit(1, "call", long, short, k, far, 120, 0.0, filled=2, paid_c=400)

    def blocked(*held: tuple[float, int]) -> tuple[set[float], set[float]]:
        trader.context.contracts = book_with(trader, "C", (long, 2), (short, -2), *held)
        blocked_legs = blocked_by(trader, chain, unit)
        assert not blocked_legs.unbought[1].any() and not blocked_legs.unsold[1].any()
        return set(chain.strikes[blocked_legs.unbought[0]]), set(
            chain.strikes[blocked_legs.unsold[0]]
        )

    assert blocked() == (set(), set())
    assert blocked((k, 1)) == (set(), {k})
    assert blocked((k, -1)) == ({k}, set())
    trader.context.contracts = book_with(trader, "C", (long, 2), (short, -3))
    assert chain.strikes[blocked_by(trader, chain, unit).unbought[0]].tolist() == [short]


def test_contracts_at_strikes_that_are_not_listed_bar_nothing():
    desk = Operated()
    trader, _, chain = chosen_by(desk)
    trader.context.contracts = book_with(trader, "C", (float(chain.strikes[0]) - 0.125, -1))
    blocked_legs = blocked_by(trader, chain)
    assert not blocked_legs.unbought.any() and not blocked_legs.unsold.any()
