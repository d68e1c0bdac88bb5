"""A filter of many orders forms what may pass it first, and finds all that the screen would."""

from __future__ import annotations

from engine.runtime.views.pages import Page, PageWalks
from tests.support.many_orders import ManyOrders


def nothing(start: int, rows: int) -> Page:
    return (), 0


def walks(desk: ManyOrders) -> PageWalks:
    return PageWalks(lambda: desk.state, lambda: 0.0, {}, nothing, nothing, {})


def test_the_orders_of_a_pair_are_no_words_that_are_looked_for_whatever_its_root_begins_with():
    for root in ("/ES", "./ES", "^VIX", "$SPX", "SPY"):
        key = f"{root} 2026-12-18"
        desk = ManyOrders([key])
        orders = [desk.intend(key, cycle).intent.order for cycle in (7, 7, 8)]
        engine = walks(desk)
        engine.watch(f"orders@{key}/7")
        assert {row.id for page in engine.next() for row in page.rows} == set(orders[:2])
