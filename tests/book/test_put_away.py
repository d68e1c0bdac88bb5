"""Completed pairs are put away in rows: what a row holds, what it takes, and who may change it."""

from __future__ import annotations

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book import put_away
from engine.book.held_pair import HeldPair, Leg, leg_of
from engine.book.pairs import PairBook
from engine.book.put_away import PairsPutAway
from tests.support.retained import retained_bytes

TRADERS = tuple(f"SYM{number} 2026-02-20" for number in range(10))
LONG = Leg("C", 100.0)

MONEY_C = st.one_of(st.integers(-(2**33), 2**33), st.integers(0, 50_000))
STRIKES = st.integers(1, 4_000).map(lambda halves: halves / 2)


def completed(
    trader: str = TRADERS[0], cycle: int = 1, label: str = "LOCK*", strike: float = 100.0
) -> HeldPair:
    """A pair that is complete and counted, as the state keeps it."""
    pair = HeldPair(trader, cycle, "C", 100, 1_732_285_800_000 + cycle, place=cycle)
    bought, sold, further = (leg_of("C", strike + more) for more in (0, 5, 10))
    pair = pair.traded_more("debit", bought, sold, 1, 20_000, 136)
    pair = pair.traded_more("credit", further, sold, 1, 21_000, 136)
    return pair.ended("COMPLETE", "butterfly", 728, label).counted_as((728, 20_000, 28))


def many(cycles: int) -> PairBook:
    """A book in which each of ten traders has completed so many pairs."""
    book = PairBook()
    for cycle in range(1, cycles + 1):
        for number, trader in enumerate(TRADERS):
            buy, money_c = 500.0 + 5 * ((cycle * 7 + number) % 40), 20_000 + cycle
            at_ms = 1_732_285_800_000 + cycle
            book.book(trader, cycle, "debit", "C", buy, buy + 5, 1, money_c, 136, 100, at_ms)
            pair = book.book(
                trader, cycle, "credit", "C", buy + 10, buy + 5, 1, money_c + 1_000, 136, 100, at_ms
            )
            done = pair.ended("COMPLETE", "butterfly", 728, "LOCK*")
            book.keep(done.counted_as((728, money_c, 28)))
    return book


def test_a_pair_put_away_takes_fewer_than_64_bytes():
    many(2)
    few, lot = retained_bytes(lambda: many(50)), retained_bytes(lambda: many(300))
    assert (lot - few) / 2_500 < 40
    assert not many(50).out()


def test_a_pair_that_was_read_cannot_be_changed():
    book = many(1)
    pair = book.find(TRADERS[0], 1)
    assert pair is not None and not book.out()
    for name in HeldPair._fields:
        with pytest.raises(AttributeError):
            setattr(pair, name, getattr(pair, name))
    for vertical in pair.verticals:
        with pytest.raises(AttributeError):
            vertical.money_c = 0  # type: ignore[misc]
    for change in (
        lambda legs: legs.__setitem__(LONG, 1),
        lambda legs: legs.update({LONG: 1}),
        lambda legs: legs.setdefault(LONG, 1),
        lambda legs: legs.__ior__({LONG: 1}),
        lambda legs: legs.pop(next(iter(legs))),
        lambda legs: legs.__delitem__(next(iter(legs))),
        lambda legs: legs.popitem(),
        lambda legs: legs.clear(),
    ):
        with pytest.raises(TypeError, match="never change"):
            change(pair.legs)
    assert book.find(TRADERS[0], 1) == pair


def test_what_comes_of_a_change_counts_once_it_is_kept():
    book = many(1)
    pair = book.find(TRADERS[0], 1)
    assert pair is not None
    charged = pair.charged(50)
    assert book.find(TRADERS[0], 1) == pair
    book.keep(charged)
    assert book.find(TRADERS[0], 1) == charged != pair
    assert not book.out(), "it was complete before and is so now"
    book.keep(charged.moved(LONG, 1))
    assert [each.cycle for each in book.out()] == [1]


@given(
    strikes=st.lists(STRIKES, min_size=4, max_size=4),
    contracts=st.integers(1, 70_000),
    debit_c=MONEY_C,
    credit_c=MONEY_C,
    fees_c=MONEY_C,
    floor_c=MONEY_C,
    capital_c=MONEY_C,
    days=st.integers(1, 70_000),
    opened_ms=st.integers(0, 2**70),
    cycle=st.integers(0, 2**33),
    right=st.sampled_from("CP"),
    multiplier=st.sampled_from([1, 10, 100, 5_000]),
)
def test_a_row_gives_back_the_whole_pair_or_does_not_take_it(
    strikes, contracts, debit_c, credit_c, fees_c, floor_c, capital_c, days, opened_ms, cycle,
    right, multiplier,
):  # fmt: skip
    pair = HeldPair(TRADERS[0], cycle, right, multiplier, opened_ms, place=7)
    first, second, third, fourth = (leg_of(right, strike) for strike in strikes)
    pair = pair.traded_more("debit", first, second, contracts, debit_c, fees_c)
    pair = pair.traded_more("credit", third, fourth, contracts, credit_c, 0)
    pair = pair.ended("COMPLETE", "condor", floor_c, "LOCK*")
    pair = pair.counted_as((floor_c, capital_c, days))
    away = PairsPutAway()
    if away.put(pair):
        again = away.find(TRADERS[0], cycle)
        assert again == pair and [*again.legs.items()] == [*pair.legs.items()]
        assert [type(each) for each in again] == [type(each) for each in pair]
        assert away.of_chain(TRADERS[0]) == [*away.every()] == [*away.between(7, 7)] == [pair]
        assert +away.holders() == {(TRADERS[0], *leg): 1 for leg in pair.legs}
    else:
        small = 2**31
        sums = debit_c, credit_c, fees_c, floor_c, capital_c
        assert (
            any(not -small <= each < small for each in sums)
            or max(contracts, days) >= 2**16
            or opened_ms >= 2**63
            or not 0 < cycle < 2**32
            or not pair.legs
        )


@pytest.mark.parametrize(
    "odd",
    [
        completed().charged(2**31),
        completed().traded_shares(100, 50),
        completed().moved(LONG, 1),
        completed().moved(LONG, 0, cash_c=1),
        completed().moved(LONG, -1).moved(LONG, 1),
        completed().with_floor(5, "LOCK*"),
        completed().counted_as(None),
        completed().ended("PARKED", "", 0, ""),
        completed().traded_more("unwind", LONG, leg_of("C", 105.0), 1, 1, 0),
        completed().traded_more("credit", leg_of("C", 110.0), leg_of("C", 105.0), 1, 1, 0),
    ],
    ids=(
        "fees", "shares", "a contract more", "money", "legs in another order", "another floor",
        "not counted", "parked", "three verticals", "one sold twice",
    ),
)  # fmt: skip
def test_an_odd_pair_stays_out(odd: HeldPair):
    away = PairsPutAway()
    assert not away.put(odd) and not len(away)
    assert away.put(completed())


def test_pairs_whose_cycles_and_places_do_not_ascend_together_stay_out():
    away = PairsPutAway()
    for cycle, place, fits in ((5, 50, True), (9, 40, False), (3, 60, False), (9, 90, True)):
        assert away.put(completed(cycle=cycle).at(place)) == fits
    assert away.put(completed(cycle=7).at(70))
    assert [(pair.cycle, pair.place) for pair in away.every()] == [(5, 50), (7, 70), (9, 90)]
    assert away.drop(TRADERS[0], 7) and not away.drop(TRADERS[0], 7)
    assert [pair.cycle for pair in away.of_chain(TRADERS[0])] == [5, 9]


def test_labels_or_strikes_beyond_the_numbered_ones_stay_out(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(put_away, "_NUMBERED", 3)
    away = PairsPutAway()
    labels = ("LOCK*", "ARB", "RISK -$40", "RISK -$41", "ARB")
    fits = [away.put(completed(cycle=n + 1, label=label)) for n, label in enumerate(labels)]
    assert fits == [True, True, True, False, True]
    assert [pair.label for pair in away.every()] == ["LOCK*", "ARB", "RISK -$40", "ARB"]
    assert not away.put(completed(TRADERS[1], strike=105.0))
    assert away.put(completed(TRADERS[1]))


def test_a_copy_of_a_book_is_another_book():
    book = many(3)
    copy: PairBook = pickle.loads(pickle.dumps(book, pickle.HIGHEST_PROTOCOL))
    assert copy.held() == book.held() and len(copy) == 30
    pair = copy.find(TRADERS[0], 2)
    assert pair is not None
    copy.close(pair)
    assert (len(copy), len(book)) == (29, 30)
    with pytest.raises(TypeError, match="never change"):
        pair.legs[LONG] = 1  # type: ignore[index]
