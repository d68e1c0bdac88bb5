"""What ContractBook promises: signed contracts, exact cash, and readable differences."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book.contract_keys import ContractKey, contract_key
from engine.book.contracts import ContractBook, effect, with_one_effect

DAY = date(2026, 1, 16)


@dataclass
class Held:
    symbol: str
    expiration: date
    right: str
    strike: float
    quantity: int


def key(strike: float, right: str = "call") -> ContractKey:
    return contract_key("AAPL", DAY, right, strike)


def test_a_debit_vertical_moves_two_contracts_and_pays_cash():
    book = ContractBook()
    book.apply(key(190), key(195), 2, True, 150, 272, 100)
    assert book.contracts() == {key(190): 2, key(195): -2}
    assert (book.cash_c, book.fees_c) == (-30000, 272)


def test_a_completed_butterfly_nets_the_shared_strike():
    book = ContractBook()
    book.apply(key(190), key(195), 1, True, 150, 136, 100)
    book.apply(key(200), key(195), 1, False, 160, 136, 100)
    assert book.contracts() == {key(190): 1, key(195): -2, key(200): 1}
    assert book.cash_c == 1000


def test_selling_the_vertical_again_leaves_a_flat_book():
    book = ContractBook()
    book.apply(key(190), key(195), 1, True, 150, 136, 100)
    book.apply(key(195), key(190), 1, False, 140, 136, 100)
    assert book.contracts() == {}
    assert book.cash_c == -1000


def test_call_and_c_name_the_same_contract_and_other_words_are_refused():
    assert contract_key("AAPL", DAY, "C", 190) == contract_key("AAPL", "2026-01-16", "call", 190.0)
    with pytest.raises(ValueError, match="right"):
        contract_key("AAPL", DAY, "x", 190)


@given(st.sampled_from(["SPY", "BRK.B"]), st.dates(DAY, DAY + timedelta(days=40)),
       st.sampled_from(["call", "put"]), st.integers(1, 4000).map(lambda eighths: eighths / 8))  # fmt: skip
def test_a_contract_has_one_key_however_it_is_spelled(symbol, day, right, strike):
    known = contract_key(symbol, day.isoformat(), right[0].upper(), strike)
    assert known == ContractKey(symbol, day.isoformat(), right[0].upper(), strike)
    for expiration in (day, day.isoformat()):
        for spelled in (right, right[0], right[0].upper()):
            assert contract_key(symbol, expiration, spelled, strike) is known
    if strike == int(strike):
        assert contract_key(symbol, day, right, int(strike)) is known


def test_differences_name_contract_book_and_broker():
    book = ContractBook()
    book.apply(key(190), key(195), 1, True, 150, 0, 100)
    same = [Held("AAPL", DAY, "C", 190.0, 1), Held("AAPL", DAY, "C", 195.0, -1)]
    assert book.difference(same) == ()
    assert book.difference(book.contracts()) == ()
    [gap] = book.difference([*same, Held("AAPL", DAY, "P", 180.0, 2)])
    assert gap.text == "AAPL 2026-01-16 180P: book +0, broker +2, difference +2"
    [gap] = book.difference(same[:1])
    assert (gap.book, gap.broker) == (-1, 0)


@pytest.mark.parametrize("arguments", [(0, True, 1, 0, 100), (1, True, -1, 0, 100)])
def test_nonsense_executions_are_refused(arguments):
    book = ContractBook()
    with pytest.raises(ValueError):
        book.apply(key(190), key(195), *arguments)
    assert book == ContractBook()


moves = st.lists(
    st.tuples(
        st.sampled_from([180, 190, 200]),
        st.sampled_from([185, 195]),
        st.integers(1, 5),
        st.booleans(),
        st.integers(0, 900),
        st.integers(0, 500),
        st.sampled_from([50, 100]),
    )
)


@given(moves)
def test_taking_every_execution_back_empties_the_book_and_legs_cancel_at_every_step(history):
    book = ContractBook()
    for buy, sell, *rest in history:
        book.apply(key(buy), key(sell), *rest)
        assert sum(book.contracts().values()) == 0
        assert 0 not in book.contracts().values()
    for buy, sell, quantity, pays, price_c, fee_c, multiplier in history:
        book.apply(key(buy), key(sell), -quantity, pays, price_c, -fee_c, multiplier)
    assert book == ContractBook()


@given(st.integers(-9, 9), st.integers(-9, 9).filter(bool))
def test_a_trade_is_cut_to_where_it_only_closes_or_only_opens(held: int, quantity: int) -> None:
    most = with_one_effect(held, quantity)
    sign = 1 if quantity > 0 else -1
    assert 0 < most <= abs(quantity)
    assert effect(held, sign * most) != "mixed"
    assert most == abs(quantity) or effect(held, sign * (most + 1)) == "mixed"
