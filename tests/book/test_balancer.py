"""What PositionBalancer promises: exact money, first-in first-out matching, clear refusals."""

import threading
from datetime import UTC, date, datetime
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book.balancer import Booking, PositionBalancer

DAY = date(2026, 1, 16)


def test_two_contracts_bought_at_1_50_and_sold_at_1_60_earn_twenty_dollars():
    balancer = PositionBalancer(max_imbalance=5)
    balancer.record_debit_fill("AAPL", DAY, contracts=2, cost=1.50)
    balancer.record_credit_fill("AAPL", DAY, contracts=2, credit=1.60)
    balance = balancer.get_balance("AAPL", DAY)
    assert balance.net_contracts == 0
    assert balance.net_premium == 20.00
    assert f"{balance.net_premium:.2f}" == "20.00"
    assert (balance.matched_c, balance.open_c) == (2000, 0)
    assert balancer.get_summary() == {
        "chains": 1,
        "total_debit_paid": 300.0,
        "total_credit_received": 320.0,
        "net_premium": 20.0,
        "total_imbalance": 0,
        "balanced_chains": 1,
    }


def test_open_money_is_never_shown_as_a_matched_loss():
    balancer = PositionBalancer()
    balancer.book("AAPL", DAY, Booking("debit", 3, 150))
    balancer.book("AAPL", DAY, Booking("credit", 1, 160))
    balance = balancer.get_balance("AAPL", DAY)
    assert (balance.matched_c, balance.open_c) == (1000, 30000)
    assert balance.net_premium_c == 16000 - 45000


def test_credits_close_the_oldest_debit_first():
    balancer = PositionBalancer()
    balancer.book("AAPL", DAY, Booking("debit", 1, 100))
    balancer.book("AAPL", DAY, Booking("debit", 1, 200))
    balancer.book("AAPL", DAY, Booking("credit", 1, 110))
    balance = balancer.get_balance("AAPL", DAY)
    assert (balance.matched_c, balance.open_c) == (1000, 20000)


def test_an_unwind_closes_a_debit_and_is_not_a_credit_contract():
    balancer = PositionBalancer()
    balancer.book("ES", DAY, Booking("debit", 2, 1000, 50))
    balancer.book("ES", DAY, Booking("unwind", 2, 900, 50))
    balance = balancer.get_balance("ES", DAY)
    assert balance.is_balanced
    assert (balance.credit_contracts, balance.unwound_contracts) == (0, 2)
    assert balance.matched_c == balance.net_premium_c == -2 * 100 * 50
    assert balance.unwind_received_c == balance.credit_received_c == 90000


def test_selling_beyond_the_debit_is_a_negative_net_that_counts_as_imbalance():
    balancer = PositionBalancer(max_imbalance=2)
    balancer.record_credit_fill("AAPL", DAY, 3, 1.0)
    balance = balancer.get_balance("AAPL", DAY)
    assert (balance.net_contracts, balance.imbalance, balance.open_c) == (-3, 3, -30000)
    assert balancer.can_add_debit("AAPL", DAY, 5)
    assert not balancer.can_add_debit("AAPL", DAY, 6)
    balancer.record_debit_fill("AAPL", DAY, 3, 0.9)
    assert balancer.get_balance("AAPL", DAY).matched_c == 3000


def test_a_debit_is_refused_beyond_the_limit_and_working_orders_count():
    balancer = PositionBalancer(max_imbalance=5)
    assert balancer.can_add_debit("AAPL", DAY, contracts=5)
    balancer.record_debit_fill("AAPL", DAY, 4, 1.0)
    assert balancer.can_add_debit("AAPL", DAY)
    assert not balancer.can_add_debit("AAPL", DAY, 2)
    assert not balancer.can_add_debit("AAPL", DAY, 1, working=1)
    assert balancer.room("AAPL", DAY, working=3) == -2
    assert balancer.can_add_debit("MSFT", DAY, 5)


def test_an_aware_expiration_is_the_date_in_new_york_and_a_naive_one_is_taken_as_it_is():
    balancer = PositionBalancer()
    balancer.record_debit_fill("AAPL", datetime(2026, 1, 17, 3, 0, tzinfo=UTC), 1, 1.0)
    balancer.record_debit_fill("AAPL", datetime(2026, 1, 16, 23, 0), 1, 1.0)
    assert balancer.get_balance("AAPL", DAY).debit_contracts == 2


def test_imbalanced_chains_come_worst_first_and_tracked_chains_count_as_balanced():
    balancer = PositionBalancer()
    balancer.track("SPY", DAY)
    balancer.book("AAPL", DAY, Booking("debit", 1, 100))
    balancer.book("MSFT", DAY, Booking("credit", 3, 100))
    assert [b.symbol for b in balancer.get_all_imbalanced()] == ["MSFT", "AAPL"]
    summary = balancer.get_summary()
    assert (summary["chains"], summary["balanced_chains"], summary["total_imbalance"]) == (3, 1, 4)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((0, 1.0), "contracts"),
        ((-1, 1.0), "contracts"),
        ((1.5, 1.0), "contracts"),
        ((True, 1.0), "contracts"),
        ((1, float("nan")), "cost"),
        ((1, float("inf")), "cost"),
        ((1, -0.01), "cost"),
        (("1", 1.0), "contracts"),
        ((1, "1.0"), "cost"),
        ((1, None), "cost"),
        ((1, True), "cost"),
    ],
)
def test_nonsense_is_refused_by_name_and_changes_nothing(arguments, named):
    balancer = PositionBalancer()
    with pytest.raises(ValueError, match=named):
        balancer.record_debit_fill("AAPL", DAY, *arguments)
    assert balancer.get_balance("AAPL", DAY).debit_contracts == 0
    with pytest.raises(ValueError, match="multiplier"):
        balancer.record_debit_fill("AAPL", DAY, 1, 1.0, multiplier=0)
    with pytest.raises(ValueError, match="symbol"):
        balancer.record_debit_fill("", DAY, 1, 1.0)
    nobody, text = cast(str, None), cast(date, "2026-11-20")
    with pytest.raises(ValueError, match="symbol is None; name the option root"):
        balancer.record_credit_fill(nobody, DAY, 1, 1.0)
    with pytest.raises(ValueError, match="expiration is '2026-11-20'; it must be a date"):
        balancer.record_credit_fill("AAPL", text, 1, 1.0)
    assert balancer.balances() in ((), (balancer.get_balance("AAPL", DAY),))
    with pytest.raises(ValueError, match="max_imbalance"):
        PositionBalancer(0)


def test_a_price_off_the_cent_stays_exact_per_contract():
    balancer = PositionBalancer()
    balancer.record_debit_fill("AAPL", DAY, 3, 1.505)
    assert balancer.get_balance("AAPL", DAY).debit_paid_c == 3 * 15050


def test_a_bust_rebuilds_the_chain_from_the_remaining_executions():
    balancer = PositionBalancer()
    balancer.book("AAPL", DAY, Booking("debit", 2, 100))
    balancer.book("AAPL", DAY, Booking("credit", 2, 110))
    balancer.rebook_chain("AAPL", DAY, [Booking("debit", 2, 100, 100)])
    assert balancer.get_balance("AAPL", DAY).net_contracts == 2
    with pytest.raises(ValueError, match="price_c"):
        balancer.rebook_chain("AAPL", DAY, [Booking("debit", 2, -1, 100)])
    assert balancer.get_balance("AAPL", DAY).net_contracts == 2


bookings = st.lists(
    st.builds(
        Booking,
        st.sampled_from(["debit", "credit", "unwind"]),
        st.integers(1, 9),
        st.integers(0, 2000),
        st.sampled_from([50, 100]),
    ),
    max_size=30,
)


@given(bookings)
def test_net_premium_is_matched_minus_open_whatever_the_order(history):
    balancer = PositionBalancer()
    for booking in history:
        balancer.book("SPX", DAY, booking)
        balance = balancer.get_balance("SPX", DAY)
        assert balance.net_premium_c == balance.matched_c - balance.open_c
    cash_c = sum(
        b.contracts * b.price_c * b.multiplier * (-1 if b.kind == "debit" else 1) for b in history
    )
    balance = balancer.get_balance("SPX", DAY)
    assert balance.net_premium_c == cash_c
    if balance.is_balanced:
        assert balance.open_c == 0
    rebuilt = PositionBalancer()
    rebuilt.rebook_chain("SPX", DAY, history)
    assert rebuilt.get_balance("SPX", DAY) == balance


@given(bookings)
def test_matching_equals_a_queue_of_single_contracts(history):
    balancer = PositionBalancer()
    longs: list[int] = []
    shorts: list[int] = []
    matched_c = 0
    for booking in history:
        balancer.book("SPX", DAY, booking)
        price_c = booking.price_c * booking.multiplier
        for _ in range(booking.contracts):
            if booking.kind == "debit":
                if shorts:
                    matched_c += shorts.pop(0) - price_c
                else:
                    longs.append(price_c)
            elif longs:
                matched_c += price_c - longs.pop(0)
            else:
                shorts.append(price_c)
    balance = balancer.get_balance("SPX", DAY)
    assert balance.matched_c == matched_c
    assert balance.open_c == sum(longs) - sum(shorts)
    assert balance.net_contracts == len(longs) - len(shorts)


def test_fills_from_many_threads_are_all_counted():
    balancer = PositionBalancer()

    def fill() -> None:
        for _ in range(500):
            balancer.book("AAPL", DAY, Booking("debit", 1, 100))
            balancer.book("AAPL", DAY, Booking("credit", 1, 101))

    threads = [threading.Thread(target=fill) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    balance = balancer.get_balance("AAPL", DAY)
    assert (balance.debit_contracts, balance.credit_contracts) == (2000, 2000)
    assert balance.net_premium_c == 2000 * 100
