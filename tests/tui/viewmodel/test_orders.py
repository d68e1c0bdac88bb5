"""ORDERS: how far an order has come, whole in its column."""

from __future__ import annotations

import pytest

from tests.support import sample_views as views
from tui.viewmodel import orders


@pytest.mark.parametrize(
    ("quantity", "took_s", "told"),
    [
        (1, 2.555, "FILLED 1/1 @0.95 2,555ms"),
        (1, 16.621, "FILLED 1/1 @0.95 17s"),
        (12, 2.555, "FILLED 12/12 @0.95 2.6s"),
        (1, 640.0, "FILLED 1/1 @0.95 11m"),
    ],
)
def test_how_long_a_filled_order_worked_is_never_cut(quantity, took_s, told):
    order = views.order(
        1, "SPY", "C", "filled", 900.0, quantity=quantity, filled=quantity, fill_c=95,
        working_s=100.0, ended_s=100.0 + took_s,
    )  # fmt: skip
    assert orders.status(order, 900.0) == (told, "value")
    assert len(told) <= orders.STATUS_CELLS
