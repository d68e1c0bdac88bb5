"""Which ended orders a trader remembers."""

from engine.orders.ids import EXECUTED_KEPT, FEWEST_KEPT, MOST_KEPT
from engine.orders.order import Order
from engine.trader.kept_orders import KeptOrders
from tests.orders.test_order import K, fill, order, report


def kept(unfilled=3):
    return KeptOrders(lambda each: each, lambda each: False, lambda: 0, unfilled)


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


def executed(name, orders):
    ended = order(quantity=1)
    ended.on_report(fill(1, "X"), 1.0)
    orders.add(name, ended)


def names_in(orders, most):
    return [number for number in range(most) if orders.get(f"O{number}") is not None]


def test_a_trader_of_a_small_desk_remembers_many_that_executed_but_not_for_ever():
    orders = kept()
    for number in range(MOST_KEPT + 10):
        executed(f"O{number}", orders)
    assert names_in(orders, MOST_KEPT + 10) == [*range(7, MOST_KEPT + 10)]


def test_the_more_the_desk_executes_the_sooner_a_trader_forgets():
    so_far = 0
    orders = KeptOrders(lambda each: each, lambda each: False, lambda: so_far, 1)
    for number in range(101):
        so_far += 100
        executed(f"O{number}", orders)
    assert names_in(orders, 101) == [*range(18, 101)], "those of the last 8,192 of the desk"


def test_the_last_that_executed_are_remembered_however_old_they_are():
    so_far = 0
    orders = KeptOrders(lambda each: each, lambda each: False, lambda: so_far, 1)
    for number in range(50):
        so_far += 10 * EXECUTED_KEPT
        executed(f"O{number}", orders)
    assert names_in(orders, 50) == [*range(49 - FEWEST_KEPT, 50)]


def test_what_is_of_an_open_unit_is_remembered_until_it_is_closed():
    open_ones: set[Order] = set()
    orders = KeptOrders(lambda each: each, open_ones.__contains__, lambda: so_far, 3)
    so_far = 0
    for name, filled in (("debit", True), ("cancelled credit", False)):
        ended = order(quantity=1)
        ended.on_report(fill(1, "X") if filled else report(K.CANCELED), 1.0)
        open_ones.add(ended)
        orders.add(name, ended)
    for number in range(3 * MOST_KEPT):
        so_far += 100
        executed(f"O{number}", orders)
    assert orders.get("debit") and orders.get("cancelled credit")
    assert len(orders) <= 85 + 5, "the others are forgotten as ever"
    open_ones.clear()
    for number in range(MOST_KEPT):
        so_far += 100
        executed(f"P{number}", orders)
    assert not orders.get("debit") and not orders.get("cancelled credit")
