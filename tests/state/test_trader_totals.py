"""One trader's sums: what a bust takes back, which label counts, which fills stand where."""

from __future__ import annotations

from engine.book.balance import Booking
from engine.orders import events as ev
from engine.state.trader_totals import BUCKET_MS, TraderTotals


def test_a_bust_takes_back_the_latest_contracts_of_its_kind_and_price() -> None:
    added = ev.TraderAdded(0, "AAPL 2026-02-20", "AAPL", "2026-02-20", 100, "american", "p", 1)
    totals = TraderTotals(added, 1)
    for price_c in (150, 140, 150):
        totals.book(Booking("debit", 1, price_c))
    totals.book(Booking("credit", 1, 160))
    totals.take_back("debit", 1, 150)
    assert (totals.net, totals.matched_c, totals.open_c) == (1, 1_000, 14_000)
    totals.take_back("credit", 1, 150)
    assert totals.net == 1, "nothing of another price or kind is taken"
    totals.take_back("credit", 1, 160)
    assert (totals.net, totals.matched_c, totals.open_c) == (2, 0, 29_000)


def trader() -> TraderTotals:
    return TraderTotals(
        ev.TraderAdded(0, "X 2026-02-20", "X", "2026-02-20", 100, "american", "p", 1), 0
    )


def test_the_newest_fills_stand_last_and_an_hour_is_kept() -> None:
    totals = trader()
    for minute, fills in ((0, 1), (5, 2), (58, 3)):
        for _ in range(fills):
            totals.count_fill(minute * 60_000, False)
    assert totals.sparkline(59 * 60_000) == (1, 2, *([0] * 9), 3)
    assert totals.sparkline(60 * 60_000) == (2, *([0] * 9), 3, 0)
    for bucket in range(13, 40):
        totals.count_fill(bucket * BUCKET_MS, False)
    assert totals.sparkline(39 * BUCKET_MS) == (1,) * 12


def test_the_worst_label_of_a_traders_pairs_is_its_label() -> None:
    totals = trader()
    for label, worst in (("ARB", "ARB"), ("LOCK*", "LOCK*"), ("RISK", "RISK"), ("ARB", "RISK")):
        totals.count_floor(0, label)
        assert totals.label == worst
    totals.count_floor(0, "RISK", -1)
    assert totals.label == "LOCK*"


def test_a_rejection_in_a_row_is_one_that_nothing_else_interrupted() -> None:
    totals = trader()
    for rejected, in_row in ((True, 1), (True, 2), (False, 0), (True, 1)):
        totals.order_ended(rejected)
        assert totals.rejects_in_row == in_row
    assert totals.rejects == 3
