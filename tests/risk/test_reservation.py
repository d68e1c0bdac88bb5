"""The orders of a day go out over the session, to the attempts that promise most."""

from __future__ import annotations

import random
from itertools import pairwise
from statistics import mean

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.risk.reservation import (
    FIRST_ORDERS,
    LEARN_S,
    WINDOWS,
    Left,
    Promise,
    ReservationValue,
)
from tests.support.order_budget import Sent, day

SESSION_S = 23_100.0


def steady(value_c: float, preferred: bool = True):
    return lambda at_s: Promise(value_c, 1.6, 11.5, preferred)


def drawn(seed: int, scale_c: float, falling: float = 0.0):
    """What a trader is offered changes every twenty seconds, and gets worse over the day."""

    chance = random.Random(seed)
    values = [chance.expovariate(1 / scale_c) for _ in range(int(SESSION_S // 20) + 1)]

    def offer(at_s: float) -> Promise:
        value = values[int(at_s // 20)]
        return Promise(value * (1 - falling * at_s / SESSION_S), 1.6, 11.5)

    return offer


def orders(sent: list[Sent], start: float = 0.0, end: float = 1.0) -> float:
    return sum(s.promise.orders for s in sent if start <= s.at_s / SESSION_S < end)


def test_equal_promises_go_out_evenly_until_just_the_end():
    sent = day([steady(300.0)] * 9, 333.0)
    assert 325 <= orders(sent) <= 333
    for quarter in range(4):
        assert orders(sent, quarter / 4, (quarter + 1) / 4) == pytest.approx(333 / 4, abs=5)
    assert {s.trader for s in sent} == set(range(9))


@pytest.mark.parametrize("falling", [0.0, 0.7])
def test_what_goes_out_promises_far_more_than_what_comes_first(falling):
    offers = [drawn(n, 100.0 + 20 * n, falling) for n in range(9)]
    sent = day(offers, 333.0)
    assert 290 <= orders(sent) <= 333
    for third in range(3):
        assert orders(sent, third / 3, (third + 1) / 3) >= 60
    offered = mean(offer(at_s).value_c for offer in offers for at_s in range(0, 23_000, 100))
    assert mean(s.promise.value_c for s in sent) > 3 * offered


def test_a_spell_of_better_pairs_may_run_ahead_but_not_spend_the_day():
    def offer(at_s: float) -> Promise:
        return Promise(900.0 if 3_600 <= at_s < 7_200 else 100.0, 1.6, 11.5)

    sent = day([offer] * 9, 333.0)
    begins = orders(sent, 3_600 / SESSION_S, 3_900 / SESSION_S)
    assert begins > 2 * 333 * 300 / SESSION_S
    assert orders(sent, 3_600 / SESSION_S, 7_200 / SESSION_S) < 0.35 * 333
    assert orders(sent) > 320


def test_with_more_orders_than_attempts_nothing_waits():
    reservation = ReservationValue()
    sent = day([steady(1.0), steady(-50.0)], 90_000.0, reservation=reservation)
    assert reservation.value_c == 0.0
    assert len(sent) == pytest.approx(2 * SESSION_S / 11.5, rel=0.03)


def test_what_is_preferred_comes_before_what_promises_more():
    alone = day([steady(50.0)] * 9 + [steady(900.0, preferred=False)] * 9, 333.0)
    later = [s for s in alone if s.at_s > 2 * LEARN_S]
    assert later and all(s.promise.preferred for s in later)
    few = day([steady(50.0)] + [steady(900.0, preferred=False)] * 9, 6_000.0)
    taken = [s.promise.orders for s in few if s.promise.preferred]
    assert sum(taken) == pytest.approx(SESSION_S / 11.5 * 1.6, rel=0.05)
    assert orders(few) > 5_500


def test_a_trader_alone_is_let_go_at_once_and_then_evenly():
    sent = day([steady(10.0)], 100.0)
    assert sent[0].at_s == 0.0
    assert orders(sent) > 95
    gaps = [b.at_s - a.at_s for a, b in pairwise(sent[2:])]
    assert max(gaps) < 3 * SESSION_S / 100 * 1.6


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.floats(20.0, 400.0))
def test_never_more_goes_out_than_is_left_and_nothing_is_forgotten(seed, traders, left):
    reservation = ReservationValue()
    offers = [drawn(seed + n, 200.0) for n in range(traders)]
    sent = day(offers, left, 3_600.0, reservation)
    assert orders(sent) <= left + 1.6
    ahead = 2 * LEARN_S * left / 3_600.0 + 2 * FIRST_ORDERS + 1.6
    for at_s in range(0, 3_600, 300):
        gone = sum(s.promise.orders for s in sent if s.at_s <= at_s)
        assert gone <= at_s / 3_600 * left + ahead + 1
    assert len(reservation._looks) == traders and len(reservation._before) <= WINDOWS


def test_another_day_is_learned_anew():
    reservation = ReservationValue()
    day([steady(300.0)] * 9, 333.0, 3_600.0, reservation)
    assert reservation.value_c is not None
    assert reservation.promised_c("0") == 300.0
    reservation.new_session()
    assert [reservation.value_c, reservation.promised_c("0")] == [None, None]


def test_a_value_is_told_within_ten_percent_below_what_was_promised():
    for value_c in (0.5, 7.0, 123.0, 9_999.0):
        reservation = ReservationValue()
        day([steady(value_c)] * 9, 100.0, 3_600.0, reservation)
        assert reservation.value_c is not None
        assert 0.9 * value_c <= reservation.value_c <= 1.001 * value_c


def test_an_engine_clock_that_stands_still_releases_nothing():
    reservation = ReservationValue()
    promise, left = Promise(100.0, 1.6, 11.5), Left(300.0, 0.0)
    gone = sum(reservation.admits(f"{n}", promise, Left(300.0 - n, 0.0), 5.0) for n in range(50))
    assert gone <= FIRST_ORDERS
    assert not reservation.admits("A", promise, left, 5.0)
