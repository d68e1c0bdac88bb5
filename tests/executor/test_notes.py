"""An executor says beforehand what will keep it from trading, and when that is so."""

from __future__ import annotations

import logging
import random
import re
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine import ArbitrageExecutor, SizingParameters
from engine.config import DeskConfig, RiskLimits
from engine.risk.budget_forecast import Pace, Stretch, orders_wanted, ratio_ends_s
from engine.risk.order_budget import MonthSoFar
from tests.support.executor_world import (
    FAR,
    NEAR,
    PaperBroker,
    Placed,
    alarms,
    by_hand,
    executor_on,
    fill,
    run_for,
    trading_on,
    virtual,
)

NEW_YORK = ZoneInfo("America/New_York")
NINE = [
    (symbol, day) for symbol in ("AAPL", "MSFT", "SPY") for day in (NEAR, FAR, date(2026, 6, 18))
]


def at(day: str) -> float:
    return datetime.fromisoformat(day).replace(tzinfo=NEW_YORK).timestamp()


def nine_traders(broker: PaperBroker, when: str, **more: Any) -> ArbitrageExecutor:
    executor = executor_on(broker, virtual(at(when)), cancel_callback=broker.cancel, **more)
    for symbol, day in NINE:
        executor.add_symbol(symbol, [day])
    return executor


def note(executor: ArbitrageExecutor, about: str) -> str:
    (said,) = [each for each in executor.get_status()["notes"] if about in each]
    assert f"  {said}" in executor.get_llm_summary()
    return said


# ---------------------------------------------------------------------- opening


@pytest.mark.parametrize(
    ("when", "reason", "opens", "words"),
    [
        ("2026-03-10T09:00", "before the open", "2026-03-10T09:30:00-04:00", "Tue 2026-03-10 09:30"),
        ("2026-03-10T16:30", "after the close", "2026-03-11T09:30:00-04:00", "Wed 2026-03-11 09:30"),
        ("2026-03-06T18:00", "after the close", "2026-03-09T09:30:00-04:00", "Mon 2026-03-09 09:30"),
        ("2026-03-07T12:00", "weekend", "2026-03-09T09:30:00-04:00", "Mon 2026-03-09 09:30"),
        ("2026-04-03T12:00", "holiday: Good Friday", "2026-04-06T09:30:00-04:00", "Mon 2026-04-06"),
        (
            "2026-11-26T12:00",
            "holiday: Thanksgiving Day",
            "2026-11-27T09:30:00-05:00",
            "Fri 2026-11-27 09:30 New York, early close at 13:00",
        ),
    ],
)  # fmt: skip
def test_out_of_hours_status_and_summary_say_when_it_opens_next(
    when: str, reason: str, opens: str, words: str
) -> None:
    executor = executor_on(PaperBroker(), virtual(at(when)))
    assert executor.get_status()["next_open"] == opens
    assert note(executor, "opens ").startswith(f"closed ({reason}): opens {words}")
    executor.begin()
    assert executor.get_status()["next_open"] == opens


def test_in_hours_nothing_is_said_of_an_opening() -> None:
    executor = executor_on(PaperBroker(), virtual())
    status = executor.get_status()
    assert status["next_open"] is None
    assert not [each for each in status["notes"] if "opens" in each]


def test_beyond_the_calendar_no_opening_is_invented() -> None:
    executor = executor_on(PaperBroker(), virtual(at("2091-03-07T12:00")))
    assert executor.get_status()["next_open"] is None
    assert "update legdesk" in note(executor, "closed (")


def test_start_logs_when_it_opens_next_and_what_will_end_entries(
    caplog: pytest.LogCaptureFixture,
) -> None:
    broker = PaperBroker()
    _, pace = by_hand(at("2026-03-07T12:00"))
    executor = executor_on(broker, pace, cancel_callback=broker.cancel, config=DeskConfig())
    for symbol, day in NINE:
        executor.add_symbol(symbol, [day])
    with caplog.at_level(logging.WARNING, logger="engine"):
        executor.start()
    executor.stop()
    assert "closed (weekend): opens Mon 2026-03-09 09:30 New York" in caplog.text
    assert "orders are scarce: 9 traders would send about " in caplog.text


def test_before_a_session_begins_days_to_expiry_count_from_today() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    (trader,) = executor.get_status()["traders"].values()
    assert trader["days_to_expiry"] == 38


# ---------------------------------------------------------------------- limits


def test_scarce_orders_are_told_beforehand_and_go_out_over_the_session() -> None:
    chance = random.Random(7)

    def answer(placed: Placed) -> Any:
        return fill(placed) if not placed.pays or chance.random() < 0.33 else placed.order_id

    broker = PaperBroker(answer)
    executor = nine_traders(broker, "2026-03-10T09:45", config=DeskConfig())
    said = note(executor, "orders are scarce")
    told = re.search(r"9 traders would send about ([\d,]+) by the close", said)
    assert told is not None and 10_000 < int(told[1].replace(",", "")) < 40_000
    assert "of the 351 that today may have 0 are sent" in said
    run_for(executor, 1_800)
    assert 12 < len(broker.orders) < 52  # 27 of 334 are released by then
    assert f"351 that today may have {len(broker.orders)} are sent" in note(executor, "scarce")
    assert "ORDERS" not in alarms(executor)


def test_a_day_that_is_spent_is_an_alarm_and_ends_entries() -> None:
    executor = nine_traders(PaperBroker(fill), "2026-03-10T09:45", config=DeskConfig())
    executor.context.gate.set_month(MonthSoFar(today=340))
    run_for(executor, 5)
    assert "no more debits" in alarms(executor)["ORDERS"]
    assert note(executor, "entries have ended").startswith(
        "entries have ended: the day's order budget is spent: 340 of the 351 orders"
    )


def test_a_broker_at_which_nothing_fills_is_told_that_the_ratio_ends_entries() -> None:
    executor = nine_traders(PaperBroker(), "2026-03-10T09:45")
    run_for(executor, 60)
    assert "prices that fill more often" in note(executor, "order efficiency ratio will end")
    run_for(executor, 240)
    assert "the order efficiency ratio is 2" in note(executor, "entries have ended")


def test_a_budget_that_lasts_the_day_or_is_not_enforced_is_no_note() -> None:
    for limits in (RiskLimits(order_budget_day=90_000), RiskLimits(order_budget_enforced=False)):
        executor = nine_traders(PaperBroker(), "2026-03-10T09:45", config=DeskConfig(limits=limits))
        assert not [each for each in executor.get_status()["notes"] if "entries" in each]


def test_what_would_be_sent_is_reckoned_stretch_by_stretch() -> None:
    pace = Pace(traders=2, working_s=2.0, fill_rate=0.0)
    fills = Pace(traders=2, working_s=2.0, fill_rate=0.5)
    day = [Stretch(0.0, 300.0, 8.0), Stretch(300.0, 1000.0, 12.0)]
    assert orders_wanted(day, pace) == pytest.approx(2 * (300 / 10 + 700 / 14))
    assert orders_wanted(day, fills) == pytest.approx(2 * 1.9 * (300 / 9 + 700 / 13))
    assert ratio_ends_s(day, pace, 40) == pytest.approx(300.0)
    assert ratio_ends_s(day, pace, 0) == pytest.approx(300.0 + 40 * 7.0)
    assert ratio_ends_s(day, pace, 300) == 0.0
    assert ratio_ends_s(day[:1], pace, 0) is None
    assert ratio_ends_s(day, fills, 0) is None
    slow = Pace(2, 2.0, 0.0, most_a_second=0.05)
    assert orders_wanted(day, slow) == pytest.approx(50.0)
    assert ratio_ends_s(day, slow, 90) == pytest.approx(200.0)
    assert ratio_ends_s(day, Pace(0, 2.0, 0.0), 0) is None


def test_a_size_that_a_limit_cuts_is_told_and_the_lower_one_holds() -> None:
    limits = RiskLimits(
        max_contracts=4,
        max_imbalance_chain=30,
        max_imbalance_desk=30,
        day_loss_exit_only_usd=9_000,
        day_loss_halt_usd=9_000,
    )
    broker = PaperBroker(fill)
    executor = executor_on(
        broker,
        virtual(),
        cancel_callback=broker.cancel,
        sizing=SizingParameters(max_contracts=20, current_contracts=6),
        config=DeskConfig(limits=limits),
    )
    executor.add_symbol("AAPL", [NEAR])
    assert note(executor, "sizing.max_contracts") == (
        "sizing.max_contracts is 20, but limits.max_contracts lets no order have more than 4"
    )
    run_for(executor, 60)
    assert {placed.quantity for placed in broker.orders} == {4}


# ---------------------------------------------------------------------- callbacks


def test_with_three_callbacks_the_summary_names_the_order_that_holds_everything() -> None:
    broker = PaperBroker()
    executor = trading_on(broker, ("AAPL", "MSFT"), cancel_callback=None)
    assert "one order at a time" in note(executor, "no cancel_callback")
    run_for(executor, 600)
    assert len(broker.orders) == 1
    (order,) = executor.context.state.orders.live
    said = note(executor, "no cancel_callback")
    assert f"{order} has no answer and holds every trader" in said
    assert said.endswith("Pass both, or push reports with on_order_update")


def test_with_a_way_to_ask_nothing_is_missing_and_without_one_the_notes_say_what_is() -> None:
    broker = PaperBroker()
    answers: dict[str, Any] = {
        "cancel_callback": broker.cancel,
        "order_status_callback": lambda _: None,
    }
    executor = executor_on(broker, virtual(), **answers)
    assert not [each for each in executor.get_status()["notes"] if "callback" in each]
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    said = note(executor, "no order_status_callback")
    assert "busts and corrections are heard only from reports" in said
