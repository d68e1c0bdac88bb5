"""Brokers that count their order ids anew each day."""

from __future__ import annotations

import pytest

from engine import OrderReport
from engine.brokers.callbacks.broker import CallbackBroker
from engine.orders.types import ReportKind
from tests.support.callback_orders import connected, reported, request
from tests.support.executor_world import MORNING_S

DAY_S = 86_400.0


def end(broker: CallbackBroker, client: str, now_s: float) -> None:
    broker.pushed(OrderReport(ReportKind.CANCELED, client, now_s), now_s)


def test_the_id_of_an_order_that_ended_on_an_earlier_day_is_the_new_orders() -> None:
    asked: list[str] = []

    def status(order: str) -> str:
        asked.append(order)
        return "working"

    broker, heard = connected(order_status_callback=status)
    broker.submit(request("S-1"), MORNING_S)
    end(broker, "S-1", MORNING_S)
    broker.submit(request("S-2"), MORNING_S + DAY_S)
    fill = OrderReport(ReportKind.FILL, "", MORNING_S + DAY_S, "B1", "E1", 1, 150)
    broker.pushed(fill, MORNING_S + DAY_S)
    assert [r.client_order_id for r in heard if r.kind is ReportKind.FILL] == ["S-2"]
    broker.query("S-1", MORNING_S + DAY_S)
    assert asked == [], "the answer would be about the new order"
    late = OrderReport(ReportKind.FILL, "S-1", MORNING_S + DAY_S, "", "E0", 1, 149)
    broker.pushed(late, MORNING_S + DAY_S)
    assert reported(heard)[-1] == ("fill", 1, 149)
    assert heard[-1].client_order_id == "S-1", "it is still found by our own id"


@pytest.mark.parametrize(("ended", "later_s"), [(False, DAY_S), (True, 60.0)])
def test_an_id_stays_refused_for_a_second_order_that_is_live_or_of_the_same_day(
    ended: bool, later_s: float
) -> None:
    broker, _ = connected()
    broker.submit(request("S-1"), MORNING_S)
    if ended:
        end(broker, "S-1", MORNING_S)
    with pytest.raises(ValueError, match="'B1' for two orders"):
        broker.submit(request("S-2"), MORNING_S + later_s)
