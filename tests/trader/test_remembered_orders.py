"""Which ended orders a trader remembers."""

from engine.orders.ids import ORDERS_KEPT, executed_kept
from engine.trader.order_life import KeptOrders
from tests.orders.test_order import K, fill, order, report

EXECUTED = 40


def kept(unfilled=3):
    return KeptOrders(lambda each: each, lambda: EXECUTED, unfilled)


def test_orders_without_execution_are_forgotten_oldest_first():
    orders = kept()
    for number in range(5):
        ended = order()
        ended.on_report(report(K.CANCELED), 1.0)
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
        ended.on_report(report(K.CANCELED), 1.0)
        orders.add(f"O{number}", ended)
    assert orders.get("live") is not None


def test_what_executed_is_remembered_long_but_not_for_ever():
    orders = kept()
    for number in range(EXECUTED + 10):
        ended = order(quantity=1)
        ended.on_report(fill(1, "X"), 1.0)
        orders.add(f"O{number}", ended)
    assert orders.get("O0") is None
    assert orders.get("O20") is not None
    assert len(orders) <= EXECUTED + 3


def test_a_desk_of_many_traders_remembers_no_more_executed_orders_than_its_fold():
    assert executed_kept(1) == executed_kept(15) == 256
    for traders in (50, 100, 200):
        assert 0 <= ORDERS_KEPT - 2 * traders * executed_kept(traders) < 2 * traders
    assert executed_kept(5_000) == 32
