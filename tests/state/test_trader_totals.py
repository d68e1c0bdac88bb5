"""One trader's lots: what a bust takes back, and what the rest then comes to."""

from __future__ import annotations

from engine.book.balance import Booking
from engine.orders import events as ev
from engine.state.trader_totals import TraderTotals


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
