"""Which ended orders a trader remembers."""

from engine.trader.kept_orders import KEPT_FILLED, KeptOrders
from tests.engine.test_order_states import K, fill, order, told


def kept(unfilled=3):
    return KeptOrders(unfilled, lambda each: each)


def test_orders_without_execution_are_forgotten_oldest_first():
    orders = kept()
    for number in range(5):
        ended = order()
        ended.on_report(told(K.CANCELED), 1.0)
        orders.add(f"O{number}", ended)
    assert [name for name in ("O0", "O1", "O2", "O3", "O4") if orders.get(name)] == [
        "O2",
        "O3",
        "O4",
    ]


def test_a_live_order_is_never_forgotten():
    orders = kept()
    orders.add("live", order())
    for number in range(20):
        ended = order()
        ended.on_report(told(K.CANCELED), 1.0)
        orders.add(f"O{number}", ended)
    assert orders.get("live") is not None


def test_what_executed_is_remembered_long_but_not_for_ever():
    orders = kept()
    for number in range(KEPT_FILLED + 10):
        ended = order(quantity=1)
        ended.on_report(fill(1, "X"), 1.0)
        orders.add(f"O{number}", ended)
    assert orders.get("O0") is None
    assert orders.get("O20") is not None
    assert len(orders) <= KEPT_FILLED + 3
