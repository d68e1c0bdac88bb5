"""Flat pairs are remembered packed: equal in value and type, the last of them, in their order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book import flat_pairs
from engine.book.flat_pairs import FlatPairs
from engine.book.held_pair import HeldPair, leg_of
from tests.support.retained import retained_bytes

TRADER = "SYM 2026-02-20"
MONEY_C = st.one_of(st.integers(-(2**70), 2**70), st.integers(-50_000, 50_000))
TEXTS = st.text(max_size=9)


def sold_back(cycle: int, money_c: int = 19_000) -> HeldPair:
    """A pair that was sold back, as the state keeps it."""
    bought, sold = leg_of("C", 100.0 + cycle % 90), leg_of("C", 105.0 + cycle % 90)
    pair = HeldPair(TRADER, cycle, "C", 100, 1_732_285_800_000 + cycle)
    pair = pair.traded_more("debit", bought, sold, 1, 20_000 + cycle, 136)
    pair = pair.traded_more("unwind", sold, bought, 1, money_c, 136)
    return pair.ended("SCRATCHED", "butterfly", -1_272, "RISK")


def kept(count: int) -> FlatPairs:
    pairs = FlatPairs()
    for cycle in range(1, count + 1):
        pairs.keep(sold_back(cycle))
    return pairs


trades = st.lists(
    st.tuples(
        st.sampled_from(["debit", "credit", "unwind"]),
        st.integers(1, 2_000).map(lambda halves: halves / 2),
        st.integers(1, 2_000).map(lambda halves: halves / 2),
        st.integers(-3, 3),
        MONEY_C,
        MONEY_C,
    ),
    max_size=4,
)


@given(
    trades=trades,
    cycle=st.integers(0, 2**40),
    right=st.sampled_from("CP"),
    multiplier=st.sampled_from([1, 10, 100, 5_000]),
    opened_ms=MONEY_C,
    shares=st.integers(-300, 300),
    texts=st.tuples(TEXTS, TEXTS, TEXTS),
    floor_c=MONEY_C,
    tied=st.none() | st.tuples(MONEY_C, MONEY_C, st.integers(1, 900)),
)
def test_whatever_a_pair_is_it_is_found_equal_in_value_and_type(
    trades, cycle, right, multiplier, opened_ms, shares, texts, floor_c, tied
):
    pair = HeldPair(TRADER, cycle, right, multiplier, opened_ms)
    for kind, buy, sell, contracts, money_c, fee_c in trades:
        legs = leg_of(right, buy), leg_of(right, sell)
        pair = pair.traded_more(kind, *legs, contracts, money_c, fee_c)
    outcome, shape, label = texts
    pair = pair.traded_shares(shares, 5).ended(outcome, shape, floor_c, label).counted_as(tied)
    pairs = FlatPairs()
    pairs.keep(pair)
    found = pairs.find(TRADER, cycle)
    assert found == pair and pairs.every() == [pair] and len(pairs) == 1
    assert [*map(type, found)] == [*map(type, pair)]
    assert [*map(type, found.verticals)] == [*map(type, pair.verticals)]
    assert [(type(leg), leg, n) for leg, n in found.legs.items()] == [
        (type(leg), leg, n) for leg, n in pair.legs.items()
    ]
    pairs.forget(TRADER, cycle)
    assert pairs.find(TRADER, cycle) is None and not len(pairs)


def test_the_longest_flat_is_forgotten_first_and_a_change_leaves_a_pair_in_its_place(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(flat_pairs, "FLAT_KEPT", 3)
    pairs = kept(3)
    pairs.keep(sold_back(1, 18_000))
    assert pairs.every() == [sold_back(1, 18_000), sold_back(2), sold_back(3)]
    pairs.keep(sold_back(4))
    assert pairs.every() == [sold_back(2), sold_back(3), sold_back(4)]
    assert pairs.find(TRADER, 1) is None
    pairs.forget(TRADER, 1)
    pairs.forget(TRADER, 3)
    pairs.keep(sold_back(3))
    assert [pair.cycle for pair in pairs.every()] == [2, 4, 3]


def test_a_flat_pair_takes_a_third_of_what_it_does_as_objects():
    few, many = retained_bytes(lambda: kept(1)), retained_bytes(lambda: kept(500))
    assert (many - few) / 499 < 350
