"""The exchange's own books: whatever trades, contracts and cents add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.brokers.ledger import ExchangeLedger, LedgerError
from tests.support.ledger_trades import trade

trades = st.lists(
    st.builds(
        trade,
        number=st.just(0),
        quantity=st.integers(1, 10),
        price_c=st.integers(1, 499),
        pays=st.booleans(),
        x=st.sampled_from([90.0, 95.0, 100.0]),
        y=st.sampled_from([105.0, 110.0]),
        y_c=st.integers(0, 2000),
        fees_c=st.integers(0, 5000),
    ),
    max_size=30,
).map(lambda all_: [one._replace(execution_id=f"E{n}") for n, one in enumerate(all_)])


@given(trades)
def test_books_equal_the_sum_of_what_each_trade_moved(history):
    ledger = ExchangeLedger()
    cash_c = 0
    for one in history:
        ledger.book(one)
        cash_c += (-1 if one.pays else 1) * one.price_c * 100 * one.quantity
    ledger.check()
    assert ledger.cash_c == cash_c
    assert ledger.fees_c == sum(one.fees_c for one in history)
    assert sum(position.quantity for position in ledger.positions()) == 0
    assert all(position.quantity for position in ledger.positions())


@given(trades)
def test_trading_everything_back_at_the_same_prices_leaves_nothing_but_fees(history):
    ledger = ExchangeLedger()
    for one in history:
        ledger.book(one)
    for one in history:
        legs = tuple(leg._replace(quantity=-leg.quantity) for leg in one.legs)
        back = one._replace(execution_id=one.execution_id + "b", pays=not one.pays, legs=legs)
        ledger.book(back)
    assert ledger.positions() == ()
    assert ledger.cash_c == 0
    assert ledger.fees_c == 2 * sum(one.fees_c for one in history)


def test_an_execution_is_booked_once():
    ledger = ExchangeLedger()
    ledger.book(trade(1, 1, 150, True))
    with pytest.raises(LedgerError, match="booked already"):
        ledger.book(trade(1, 1, 150, True))
    assert ledger.cash_c == -15_000


def test_legs_that_cost_something_else_than_the_combination_are_refused():
    one = trade(1, 2, 150, True)
    wrong = one._replace(legs=(one.legs[0]._replace(price_c=one.legs[0].price_c + 1), one.legs[1]))
    ledger = ExchangeLedger()
    with pytest.raises(LedgerError, match="its legs"):
        ledger.book(wrong)
    assert ledger.executions == ()


@pytest.mark.parametrize("change", [{"quantity": 0}, {"price_c": 0}, {"fees_c": -1}])
def test_what_is_no_trade_is_refused(change):
    with pytest.raises(LedgerError, match="not a trade"):
        ExchangeLedger().book(trade(1, 1, 150, True)._replace(**change))


def test_books_changed_behind_the_executions_are_noticed():
    ledger = ExchangeLedger()
    ledger.book(trade(1, 1, 150, True))
    ledger._cash_c += 1
    with pytest.raises(LedgerError, match="differ from the sum"):
        ledger.check()
