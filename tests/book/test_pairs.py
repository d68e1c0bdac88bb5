"""Which of several pairs of a chain a contract comes off, and what a pair comes to at worst."""

from __future__ import annotations

from engine.book.held_pair import Leg
from engine.book.pairs import PairBook

TRADER = "AAPL 2026-02-20"
LONG = Leg("C", 100.0)


def book() -> PairBook:
    """Pair 1 is completed, 2 unhedged; both hold a call of 100."""
    pairs = PairBook()
    for cycle in (1, 2):
        pairs.book(TRADER, cycle, "debit", "C", 100, 105, 1, 20_000, 136, 100, cycle)
    pairs.book(TRADER, 1, "credit", "C", 110, 105, 1, 21_000, 136, 100, 3)
    return pairs


def held(pairs: PairBook) -> dict[int, int]:
    return {pair.cycle: pair.legs.get(LONG, 0) for pair in pairs.of_chain(TRADER)}


def test_a_contract_closed_by_hand_comes_off_the_unhedged_pair_and_then_off_the_oldest() -> None:
    pairs = book()
    pairs.adjust(TRADER, LONG, -1, 100)
    assert held(pairs) == {1: 1, 2: 0}
    pairs.adjust(TRADER, LONG, -1, 100)
    assert held(pairs) == {1: 0, 2: 0}
    pairs.adjust(TRADER, LONG, -1, 100)
    assert held(pairs) == {0: -1, 1: 0, 2: 0}, "nobody's contracts have a place of their own"


def test_a_contract_that_expires_comes_off_the_oldest_pair() -> None:
    pairs = book()
    pairs.end_contracts(TRADER, LONG, 1, 500, 0, 100)
    assert held(pairs) == {1: 0, 2: 1}
    assert [pair.cash_c for pair in pairs.of_chain(TRADER)] == [1_000 + 500, -20_000]


def test_short_shares_that_no_call_covers_have_no_floor() -> None:
    pair = next(iter(book().of_chain(TRADER)))
    assert pair.floor_c() == 1_000 - 272
    pair = pair.traded_shares(-100, 10_500)
    assert pair.floor_c() is None
    pair = pair.moved(LONG, 1)
    assert pair.floor_c() == pair.result_c(10_000)


def test_what_is_taken_back_of_a_vertical_leaves_the_others_of_its_pair() -> None:
    pairs = book()
    pairs.book(TRADER, 1, "credit", "C", 110, 105, -1, -21_000, -136, 100, 4)
    pair = pairs.book(TRADER, 1, "credit", "C", 115, 105, 1, 20_500, 136, 100, 5)
    assert [(each.kind, each.buy, each.sell, each.contracts) for each in pair.traded()] == [
        ("debit", 100, 105, 1),
        ("credit", 115, 105, 1),
    ]
    assert (pair.money_of("debit"), pair.money_of("credit"), pair.unhedged) == (20_000, 20_500, 0)


def test_money_of_a_vertical_that_was_all_taken_back_is_not_of_what_was_traded() -> None:
    pairs = book()
    pair = pairs.book(TRADER, 1, "credit", "C", 110, 105, -1, -20_900, -136, 100, 4)
    assert (pair.cash_c, pair.as_traded().cash_c) == (-20_000 + 100, -20_000)
    assert pair.whole
