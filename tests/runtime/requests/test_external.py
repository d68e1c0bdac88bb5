"""What of the account is not the desk's: blocked until the operator says so, then left alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book.balancer import PositionBalancer
from engine.book.contract_keys import contract_key, key_of, name_of
from engine.book.contracts import ContractBook
from engine.brokers.protocol import ContractPosition, SharePosition
from engine.commands import Ask, TicketState
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.state.desk import DeskState
from tests.support.operator_steps import TRADER, Operated
from tests.support.told_broker import ToldBroker

DAY = date(2026, 12, 4)


class Foreign:
    """A desk in whose account others hold something."""

    def __init__(self) -> None:
        self.desk = Operated()
        self.books = self.desk.core.books
        self.positions: list[ContractPosition] = []
        self.shares: list[SharePosition] = []
        venue: Any = self.desk.venue
        told, told_shares = venue.positions, venue.shares
        venue.positions = lambda: (*told(), *self.positions)
        venue.shares = lambda: (*told_shares(), *self.shares)

    def hold(self, strike: float, quantity: int, right: str = "call") -> None:
        self.positions.append(ContractPosition("SPY", DAY, right, strike, quantity))

    def blocked(self) -> frozenset[str]:
        """The chains that differ, at two looks without an order of theirs at work."""
        for trader in self.desk.context.traders.values():
            trader.pause()
        self.desk.run_until(lambda: not self.desk.context.state.orders.live)
        self.desk.run(15.0)
        for _ in range(2):
            self.books.compare()
        return self.desk.context.flags.unreconciled

    def take(self, target: str = "*", word: str = "EXTERNAL") -> tuple[TicketState, str]:
        ticket = self.desk.ask(Ask.TAKE_EXTERNAL, target, word=word)
        return ticket.state, ticket.text


@pytest.fixture
def foreign() -> Iterator[Foreign]:
    yield Foreign()


def strikes_of(foreign: Foreign) -> list[float]:
    chain = foreign.desk.context.market.chain("SPY", DAY, foreign.desk.context.moment.epoch_s)
    assert chain is not None
    return list(chain.strikes.tolist())


def test_what_was_there_before_blocks_its_chain_until_it_is_called_external(
    foreign: Foreign,
) -> None:
    middle = strikes_of(foreign)[10]
    foreign.hold(middle, 3)
    foreign.positions.append(ContractPosition("TSLA", date(2027, 1, 15), "put", 300.0, -2))
    foreign.shares.append(SharePosition("SPY", 250))
    assert TRADER in foreign.blocked()
    for word in ("external", "", "ACCEPT"):
        state, text = foreign.take(word=word)
        assert state is TicketState.REFUSED and "EXTERNAL" in text
    state, text = foreign.take()
    assert (state, text) == (TicketState.CONFIRMED, "external: 2 contracts, shares of 1 roots")
    assert foreign.blocked() == frozenset() and foreign.books.difference == ""
    book = foreign.desk.context.state.contracts
    assert contract_key("SPY", DAY, "call", middle) not in book.contracts()
    assert "does not differ" in foreign.take()[1]


def test_an_external_contract_is_neither_bought_nor_sold(foreign: Foreign) -> None:
    for strike in strikes_of(foreign):
        foreign.hold(strike, 1)
    assert TRADER in foreign.blocked()
    assert foreign.take()[0] is TicketState.CONFIRMED
    trader = foreign.desk.context.traders[TRADER]
    chain = foreign.desk.context.market.chain("SPY", DAY, foreign.desk.context.moment.epoch_s)
    assert chain is not None
    blocked = trader.blocked_contracts.of_other_pairs(chain)
    assert blocked is not None
    assert blocked.unbought[0].all() and blocked.unsold[0].all()
    before = len(foreign.desk.sent)
    foreign.desk.ask(Ask.RESUME, TRADER)
    foreign.desk.run(300.0)
    sent = [request for _, request in foreign.desk.sent[before:] if request.trader == TRADER]
    assert all(leg.option_type == "put" for request in sent for leg in request.legs)


def test_a_change_of_what_is_external_is_a_difference_again(foreign: Foreign) -> None:
    foreign.hold(700.0, -4)
    assert TRADER in foreign.blocked() and foreign.take()[0] is TicketState.CONFIRMED
    foreign.positions.clear()
    foreign.hold(700.0, -3)  # one was assigned
    foreign.shares.append(SharePosition("SPY", -100))
    assert TRADER in foreign.blocked()
    assert foreign.take(TRADER)[0] is TicketState.CONFIRMED
    assert foreign.blocked() == frozenset()


def test_taking_the_brokers_positions_over_books_nothing_external(foreign: Foreign) -> None:
    foreign.hold(700.0, 5)
    foreign.blocked()
    foreign.take()
    foreign.hold(705.0, 1)
    assert TRADER in foreign.blocked()
    assert foreign.desk.ask(Ask.ACCEPT_POSITIONS, TRADER, word="ACCEPT").state is (
        TicketState.CONFIRMED
    )
    held = foreign.desk.context.state.contracts
    assert held.held(contract_key("SPY", DAY, "call", 705.0)) == 1
    assert held.held(contract_key("SPY", DAY, "call", 700.0)) == 0


def test_what_is_external_is_known_after_a_restart(foreign: Foreign) -> None:
    foreign.hold(700.0, 5)
    foreign.blocked()
    foreign.take()
    (taken,) = [e for e in foreign.desk.events if isinstance(e, ev.BaselineTaken)]
    assert taken.contracts == {"SPY 2026-12-04 C 700": 5}
    state = DeskState(PositionBalancer(10))
    state.apply(taken)
    assert state.contracts.external() == foreign.desk.context.state.contracts.external()


def account() -> Foreign:
    """The first start of a desk on an account that others hold contracts and shares in."""
    foreign = Foreign()
    ToldBroker(foreign.desk.context, mode="PAPER").goes_on_telling()
    foreign.hold(700.0, 2)
    foreign.hold(705.0, -2)
    foreign.shares.append(SharePosition("SPY", 100))
    foreign.books.morning()
    foreign.books.compare()
    return foreign


def test_what_an_account_held_before_is_confirmed_before_anything_trades() -> None:
    foreign = account()
    context, desk = foreign.desk.context, foreign.desk
    assert context.gate.desk_gate() is Gate.BASELINE
    held = context.flags.baseline.split("; ")
    assert held == [
        "SPY 2026-12-04 700 call +2", "SPY 2026-12-04 705 call -2", "SPY shares +100"
    ], "every contract, not one a chain"  # fmt: skip
    desk.run(60.0)
    assert not desk.debits_sent()
    assert desk.raised("BASELINE") and not desk.raised("BOOK_DIFFERS"), "one alarm for one cause"
    assert foreign.take()[0] is TicketState.CONFIRMED
    assert context.gate.desk_gate() is None and not desk.raised("BASELINE")
    desk.run(60.0)
    assert desk.debits_sent()


def test_an_account_that_holds_nothing_has_nothing_to_confirm() -> None:
    foreign = Foreign()
    ToldBroker(foreign.desk.context, mode="PAPER").goes_on_telling()
    foreign.books.morning()
    assert foreign.desk.context.gate.desk_gate() is None


def test_what_the_first_order_executes_is_no_baseline_before_it_is_told() -> None:
    foreign = Foreign()
    ToldBroker(foreign.desk.context, mode="PAPER").goes_on_telling()
    state = foreign.desk.context.state
    foreign.desk.run_until(lambda: state.orders.known)
    assert not state.contracts.contracts()
    foreign.desk.run_until(foreign.desk.debits_sent)
    assert not state.contracts.contracts()
    for leg in foreign.desk.sent[0][1].legs:
        foreign.hold(leg.strike, 1 if leg.side == "buy" else -1, leg.option_type)
    foreign.books.compare()
    assert foreign.desk.context.flags.baseline == ""


def test_a_difference_after_the_first_trade_is_no_baseline() -> None:
    foreign = Foreign()
    ToldBroker(foreign.desk.context, mode="PAPER").goes_on_telling()
    foreign.desk.run_until(lambda: foreign.desk.context.state.money.completions)
    foreign.hold(700.0, 2)
    foreign.blocked()
    assert foreign.desk.context.flags.baseline == "" and foreign.desk.raised("BOOK_DIFFERS")


def test_a_changed_baseline_has_an_alarm_of_its_own_and_is_taken_or_left_blocked() -> None:
    foreign = account()
    foreign.take()
    foreign.positions.clear()
    foreign.hold(700.0, 1)
    assert TRADER in foreign.blocked()
    (alarm,) = foreign.desk.raised("BASELINE_CHANGED")
    assert "book +0, broker -1" in alarm.what and not foreign.desk.raised("BOOK_DIFFERS")
    assert foreign.take(TRADER)[0] is TicketState.CONFIRMED
    assert foreign.blocked() == frozenset() and not foreign.desk.raised("BASELINE_CHANGED")


@given(
    st.dictionaries(st.integers(1, 5), st.integers(-3, 3)),
    st.dictionaries(st.integers(1, 5), st.integers(-3, 3)),
)
def test_what_is_not_external_is_what_remains(
    held: dict[int, int], external: dict[int, int]
) -> None:
    book = ContractBook()
    keys = {strike: contract_key("SPY", DAY, "put", float(strike)) for strike in range(1, 6)}
    book.take_external({keys[strike]: n for strike, n in external.items()}, {})
    rows = [ContractPosition("SPY", DAY, "put", float(s), n) for s, n in held.items()]
    rest = book.without_external(rows)
    assert all(
        rest.get(key, 0) == held.get(strike, 0) - external.get(strike, 0)
        for strike, key in keys.items()
    )
    assert book.contracts() == {} and all(key_of(name_of(key)) == key for key in keys.values())
