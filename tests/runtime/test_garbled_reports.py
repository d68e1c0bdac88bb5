"""Reports that make no sense: which order they may have been about, and what is done for it."""

from __future__ import annotations

import math

import pytest

from engine.exchange.matching import MatchingEngine
from engine.orders.types import OrderReport, ReportKind
from tests.support.operator_steps import Operated


def working_debit(desk: Operated) -> tuple[str, str]:
    """Our name and the exchange's of a debit that works."""
    orders = desk.context.state.orders
    desk.run_until(lambda: any(r.status == "working" for r in orders.live.values()))
    record = next(r for r in orders.live.values() if r.status == "working")
    return record.intent.order, record.broker_order


def asked(desk: Operated) -> list[str]:
    assert isinstance(desk.venue, MatchingEngine)
    return [row["order"] for row in desk.venue.wire.rows() if row["what"] == "query"]


@pytest.mark.parametrize("ours", [True, False])
def test_an_order_is_asked_after_whichever_of_its_two_names_is_left(ours):
    desk = Operated()
    name, theirs = working_debit(desk)
    assert theirs
    executed = OrderReport(
        ReportKind.FILL, name if ours else "", math.nan, "" if ours else theirs, "X1", 0, 120
    )
    desk.core.orders.on_report(executed)
    assert asked(desk) == [name]
    assert [alarm.where for alarm in desk.raised("GARBLED")] == [
        desk.context.state.orders.known[name].intent.trader
    ]


@pytest.mark.parametrize("theirs", ["", "SIM.nobody's", None, 7])
def test_one_that_names_no_order_of_ours_is_an_alarm_of_the_desk(theirs):
    desk = Operated()
    working_debit(desk)
    desk.core.orders.on_report(OrderReport(ReportKind.FILL, "", 1.0, theirs, "X1", 1, 120))
    assert asked(desk) == []
    assert [alarm.where for alarm in desk.raised("GARBLED")] == ["desk"]
