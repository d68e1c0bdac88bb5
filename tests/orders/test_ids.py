"""Client order ids: deterministic, unique for ever, at most 32 characters."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.orders.ids import CYCLES_SHARED, OrderIds, base36, cycle_number, prefix_of, start_of
from engine.orders.types import Part

DAY = date(2026, 1, 14)
whose = st.tuples(
    st.sampled_from(["SIM", "PAPER", "LIVE"]),
    st.text("0123456789ABCDEF", min_size=1, max_size=6),
    st.dates(date(2024, 1, 1), date(2100, 1, 1)),
    st.integers(1, 50_000),
)
which = st.tuples(st.integers(1, 100_000), st.sampled_from(Part), st.integers(1, 9_999))


def made(owner, order):
    return OrderIds(*owner).make(*order)


@given(whose, which)
def test_the_same_order_always_gets_the_same_id_of_at_most_32_plain_characters(owner, order):
    name = made(owner, order)
    assert name == made(owner, order)
    assert len(name) <= 32
    assert name.isascii() and name.replace("-", "").isalnum() and name == name.upper()


@given(whose, which, whose, which)
def test_different_orders_get_different_ids(owner, order, other_owner, other_order):
    if (owner, order) != (other_owner, other_order):
        assert made(owner, order) != made(other_owner, other_order)


@given(which, which)
def test_the_orders_of_one_trader_never_share_an_id(order, other):
    ids = OrderIds("SIM", "A", DAY, 1)
    assert (ids.make(*order) == ids.make(*other)) is (order == other)


LARGEST = 46_655
"""ZZZ: as many cycles in a day, and traders of a desk, as three characters name."""


@given(
    st.sampled_from(["SIM", "PAPER", "LIVE"]),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=6, max_size=6),
    st.text("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=6, max_size=6),
    st.tuples(st.dates(date(2024, 1, 1), date(2100, 1, 1)), st.integers(1, LARGEST)),
    st.tuples(st.integers(1, LARGEST), st.sampled_from(Part), st.integers(1, 9)),
)
def test_an_installations_orders_have_at_most_23_characters_and_a_prefix_of_their_own(
    mode, one, other, trader, order
):
    name = OrderIds(mode, one, *trader).make(*order)
    assert len(name) <= 23 and re.fullmatch("[A-Z0-9-]+", name)
    assert name.startswith(prefix_of(mode, one))
    assert name.startswith(prefix_of(mode, other)) is (one == other)


@given(
    st.sampled_from(["PAPER", "LIVE"]),
    st.text("0123456789ABCDEF", min_size=6, max_size=6),
    st.dates(date(2024, 1, 1), date(2080, 1, 1)),
    st.integers(1, LARGEST),
    st.tuples(st.integers(1, LARGEST), st.sampled_from(Part), st.integers(1, 9)),
    st.floats(1.7e9, 3.7e9),
    st.floats(1.0, 1e8),
)
def test_two_starts_on_an_account_share_no_id_and_none_with_a_date(
    mode, installation, day, trader, order, began_s, apart_s
):
    starts = ("", start_of(began_s), start_of(began_s + apart_s))
    names = {OrderIds(mode, installation, day, trader, start).make(*order) for start in starts}
    assert len(names) == 3
    assert all(re.fullmatch("[A-Z0-9-]+", name) and len(name) <= 25 for name in names)


def test_an_attempt_is_never_read_as_part_of_the_cycle():
    ids = OrderIds("SIM", "A", DAY, 1)
    cycle_1d = int("1D", 36)
    assert ids.make(1, Part.DEBIT, int("C1", 36)) != ids.make(cycle_1d, Part.CREDIT, 1)


def test_every_part_of_a_day_of_many_cycles_is_named_apart():
    ids = OrderIds("LIVE", "A1B2C3", DAY, 7)
    names = {
        ids.make(cycle, part, attempt)
        for cycle in range(1, 400)
        for part in Part
        for attempt in range(1, 40)
    }
    assert len(names) == 399 * 3 * 39


def test_modes_installations_dates_and_traders_are_told_apart():
    first = OrderIds("SIM", "A", DAY, 1).make(1, Part.DEBIT, 1)
    others = [
        OrderIds("PAPER", "A", DAY, 1),
        OrderIds("SIM", "B", DAY, 1),
        OrderIds("SIM", "A", DAY + timedelta(days=1), 1),
        OrderIds("SIM", "A", DAY, 2),
    ]
    assert all(ids.make(1, Part.DEBIT, 1) != first for ids in others)


@pytest.mark.parametrize(("number", "text"), [(0, "0"), (35, "Z"), (36, "10"), (1295, "ZZ")])
def test_base36_writes_digits_and_capitals(number, text):
    assert base36(number) == text


@given(st.integers(0, 10**12))
def test_base36_can_be_read_back(number):
    assert int(base36(number), 36) == number


def test_traders_share_the_numbers_of_their_cycles_as_objects():
    of_one, of_other = ([cycle_number(int(text)) for text in ("257", "1300")] for _ in range(2))
    assert of_one == of_other == [257, 1300]
    assert list(map(id, of_one)) == list(map(id, of_other))
    assert cycle_number(CYCLES_SHARED + 1) == CYCLES_SHARED + 1
