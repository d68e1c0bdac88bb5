"""The end of a session: it waits for ends that are not final, and says what it leaves apart."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine import ArbitrageExecutor
from engine.config import DeskConfig
from engine.orders.events.session import DIFFERENCE, UNANSWERED
from engine.snapshot import EngineState
from tests.support.executor_world import NEAR, PaperBroker, Placed, executor_on, run_for, virtual
from tui.cli.check import difference_of, is_settled

Tell = Callable[[Placed, int], Any]


def told_cancelled(placed: Placed, times: int) -> dict[str, Any]:
    return {"status": "cancelled", "filled": 0}


def told_filled_at(asked: int) -> Tell:
    """Told cancelled at first, filled from that question on; credits fill at once."""

    def tell(placed: Placed, times: int) -> dict[str, Any]:
        if placed.pays and times < asked:
            return told_cancelled(placed, times)
        return {"status": "filled", "filled": placed.quantity, "price": placed.limit_price}

    return tell


def desk(tell: Tell, **limits: float) -> tuple[PaperBroker, ArbitrageExecutor, list[float]]:
    """A desk with a debit just told cancelled, and when it was asked about since."""
    broker, asked, at_s = PaperBroker(), dict[str, int](), list[float]()

    def status(order_id: str) -> Any:
        asked[order_id] = asked.get(order_id, 0) + 1
        if order_id == "B1" and asked[order_id] > 1:
            at_s.append(executor.pace.clock.now_s())
        return tell(broker.orders[int(order_id[1:]) - 1], asked[order_id])

    config = DeskConfig()
    config = config.changed(limits=config.limits.changed(**limits))
    executor = executor_on(
        broker, virtual(), cancel_callback=lambda _: None, order_status_callback=status,
        config=config,
    )  # fmt: skip
    executor.add_symbol("AAPL", [NEAR])
    trader = executor.traders["AAPL 2026-04-17"]
    while not len(trader.ends):
        run_for(executor, 0.1)
    return broker, executor, at_s


def reason_of(executor: ArbitrageExecutor) -> str:
    """How the session ended; "" before it has."""
    over = executor.context.state.ended
    return "" if over is None else over.reason


def ended(executor: ArbitrageExecutor, after_s: float = 0.0) -> tuple[str, float]:
    """End the session some time later; the reason, and the seconds it took."""
    executor.halt()
    run_for(executor, after_s)
    clock = executor.pace.clock
    began_s = clock.now_s()
    executor.end()
    while executor.state is not EngineState.ENDED:
        executor.scheduler.run_until(clock.now_s() + 0.25)
        assert clock.now_s() - began_s < 60
    return reason_of(executor), clock.now_s() - began_s


@pytest.mark.parametrize("asked", [2, 3, 4])
def test_an_order_that_fills_after_its_cancel_during_the_end_is_booked_and_completed(
    asked: int,
) -> None:
    broker, executor, _ = desk(told_filled_at(asked))
    reason, took_s = ended(executor)
    assert reason == "settled"
    assert [placed.pays for placed in broker.orders] == [True, False]
    assert executor.get_status()["position_summary"]["total_imbalance"] == 0
    assert took_s < 40


def test_a_polled_broker_is_asked_until_an_end_is_final_and_then_nothing_is_said() -> None:
    _, executor, at_s = desk(told_cancelled)
    began_s = executor.pace.clock.now_s()
    reason, took_s = ended(executor)
    assert reason == "settled"
    assert [round(each - began_s) for each in at_s] == [2, 10, 18]
    assert took_s < 20


@pytest.mark.parametrize(("old_s", "asked_after"), [(5.0, [5, 13]), (30.0, [0]), (65.0, [])])
def test_an_end_that_is_old_enough_is_asked_about_once_more_at_once(
    old_s: float, asked_after: list[int]
) -> None:
    _, executor, at_s = desk(told_cancelled)
    executor.halt()
    run_for(executor, old_s)
    before = len(at_s)
    began_s = executor.pace.clock.now_s()
    reason, took_s = ended(executor)
    assert reason == "settled"
    assert [round(each - began_s) for each in at_s[before:]] == asked_after
    assert took_s < 20 - min(old_s, 19)


@pytest.mark.parametrize("silent", [lambda *_: None, lambda *_: 1 / 0])
def test_an_end_about_which_the_broker_does_not_answer_is_said(silent: Tell) -> None:
    _, executor, at_s = desk(lambda *told: told_cancelled(*told) if told[1] == 1 else silent(*told))
    reason, took_s = ended(executor)
    assert reason == f"{DIFFERENCE}: 1 end of an order is not final"
    assert 20 <= took_s < 21
    assert len(at_s) >= 4, "asked again while there is time"


def test_an_end_that_was_given_up_during_the_day_is_said_at_the_end() -> None:
    _, executor, _ = desk(lambda *told: told_cancelled(*told) if told[1] == 1 else None)
    reason, _ = ended(executor, after_s=600)
    assert reason == f"{DIFFERENCE}: 1 end of an order is not final"


@pytest.mark.parametrize("within_s", [0.0, 5.0])
def test_the_end_waits_as_long_as_the_setting_says(within_s: float) -> None:
    _, executor, _ = desk(
        lambda *told: told_cancelled(*told) if told[1] == 1 else None, final_ends_within_s=within_s
    )
    _, took_s = ended(executor)
    assert within_s <= took_s < within_s + 1


def test_a_second_request_without_time_gives_up_what_is_waited_for_and_the_end_says_so() -> None:
    _, executor, _ = desk(told_cancelled)
    executor.halt()
    executor.end()
    run_for(executor, 1.0)
    ending = executor.publisher.build().ending
    assert ending is not None
    assert (ending.orders, ending.units, ending.ends) == (0, 0, 1)
    assert 18 < ending.left_s < 20
    executor.end()
    run_for(executor, 0.5)
    assert reason_of(executor) == ""
    executor.end(0.0)
    assert reason_of(executor) == f"{DIFFERENCE}: 1 end of an order is not final"
    assert executor.publisher.latest.ending is None


@pytest.mark.parametrize(
    ("reason", "settled"),
    [
        ("settled", True),
        (f"{DIFFERENCE}: book != broker: AAPL: book +1, broker +0", True),
        (f"{DIFFERENCE}: 2 orders {UNANSWERED}", False),
    ],
)
def test_a_difference_at_the_end_is_read_back_from_the_journal(reason: str, settled: bool) -> None:
    journal = [{"kind": "SessionStarted"}, {"kind": "SessionEnded", "reason": reason}]
    assert is_settled(journal) is settled
    assert difference_of(journal) == ("" if reason == "settled" else reason)
    assert not is_settled([*journal, {"kind": "SessionStarted"}])
    assert difference_of([*journal, {"kind": "SessionStarted"}]) == ""
