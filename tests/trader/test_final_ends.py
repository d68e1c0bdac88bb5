"""Orders that a polled broker tells cancelled are asked about again before that is final."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

import pytest

from engine import ArbitrageExecutor
from engine.config import TimingParameters
from engine.risk.gates import Gate
from tests.support.executor_world import (
    NEAR,
    PaperBroker,
    Placed,
    alarms,
    executor_on,
    run_for,
    trading_on,
    virtual,
)

Asked = dict[str, list[float]]


def desk(
    tell: Callable[[str, int], Any],
    cancel: Callable[[str], Any] = lambda _: None,
    **more: Any,
) -> tuple[PaperBroker, ArbitrageExecutor, Asked]:
    """A desk whose status callback answers with the order's id and how often it was asked."""
    broker, asked = PaperBroker(), defaultdict[str, list[float]](list)

    def status(order_id: str) -> Any:
        asked[order_id].append(executor.pace.clock.now_s())
        return tell(order_id, len(asked[order_id]))

    executor = executor_on(
        broker, virtual(), cancel_callback=cancel, order_status_callback=status, **more
    )
    executor.add_symbol("AAPL", [NEAR])
    return broker, executor, asked


def filled_at_limit(broker: PaperBroker, order_id: str) -> dict[str, Any]:
    placed = next(one for one in broker.orders if one.order_id == order_id)
    return {"status": "filled", "filled": placed.quantity, "price": placed.limit_price}


def test_an_end_is_asked_about_again_after_two_ten_and_sixty_seconds() -> None:
    _, executor, asked = desk(lambda *_: {"status": "cancelled", "filled": 0})
    run_for(executor, 120)
    first, *again = asked["B1"]
    assert [round(at_s - first, 3) for at_s in again] == [2.0, 10.0, 60.0]


def test_an_order_that_fills_after_it_was_told_cancelled_is_booked_as_late_and_completed() -> None:
    broker: PaperBroker

    def tell(order_id: str, times: int) -> Any:
        if times == 1 and order_id == "B1":
            return {"status": "cancelled", "filled": 0}
        return filled_at_limit(broker, order_id)

    broker, executor, _ = desk(tell)
    while not broker.orders:
        run_for(executor, 1)
    run_for(executor, 4)
    assert [placed.pays for placed in broker.orders] == [True, False]
    assert executor.context.state.orders.late_fills == 1
    run_for(executor, 2)
    assert executor.get_status()["position_summary"]["total_imbalance"] == 0


def test_no_debit_leaves_before_an_end_was_asked_about_again() -> None:
    often = TimingParameters(min_delay_between_attempts=0.1, max_delay_between_attempts=0.2)
    broker, executor, asked = desk(lambda *_: {"status": "cancelled", "filled": 0}, timing=often)
    sent: list[float] = []

    def sent_at(placed: Placed) -> str:
        sent.append(executor.pace.clock.now_s())
        return placed.order_id

    broker.answer = sent_at
    trader = executor.traders["AAPL 2026-04-17"]
    gates = set[Gate | None]()
    for _ in range(300):
        run_for(executor, 0.1)
        if len(asked[f"B{len(sent)}"]) == 1:
            gates.add(trader.context.blocked)
    assert len(sent) > 3
    for number, left_s in enumerate(sent[1:], 1):
        ended_s, asked_s = asked[f"B{number}"][:2]
        assert ended_s < asked_s <= left_s
    assert Gate.UNKNOWN_ORDER in gates


@pytest.mark.parametrize("word", ["cancelled", "rejected", "expired"])
def test_every_end_is_provisional(word: str) -> None:
    _, executor, asked = desk(lambda *_: {"status": word, "filled": 0})
    run_for(executor, 10)
    assert len(asked["B1"]) >= 2


def test_an_order_that_works_again_after_its_end_is_cancelled_again() -> None:
    cancelled: list[str] = []

    def cancel(order_id: str) -> None:
        cancelled.append(order_id)

    _, executor, _ = desk(
        lambda _, times: {"status": "cancelled" if times == 1 else "working", "filled": 0}, cancel
    )
    run_for(executor, 20)
    assert cancelled.count("B1") > 1, "each time that it is told to work"


def test_ends_are_final_at_once_where_nobody_can_be_asked() -> None:
    executor = trading_on(PaperBroker())
    run_for(executor, 30)
    assert executor.get_status()["traders"]["AAPL 2026-04-17"]["session_attempts"]
    assert not any(len(trader.ends) for trader in executor.traders.values())


def test_a_credit_that_fills_after_it_was_told_cancelled_is_not_sold_again() -> None:
    broker: PaperBroker
    ended: dict[str, float] = {}

    def tell(order_id: str, times: int) -> Any:
        ended_s = ended.get(order_id)
        if order_id != "B2" or (ended_s and executor.pace.clock.now_s() - ended_s > 1.5):
            return filled_at_limit(broker, order_id)
        return {"status": "cancelled" if ended_s else "working", "filled": 0}

    def cancel(order_id: str) -> None:
        ended[order_id] = executor.pace.clock.now_s()

    broker, executor, _ = desk(tell, cancel)
    while "B2" not in ended:
        run_for(executor, 1)
    run_for(executor, 5)
    assert [placed.pays for placed in broker.orders[:3]] in ([True, False], [True, False, True])
    assert "OVERSOLD" not in alarms(executor)
