"""The executor with real threads: any thread may ask, no callback may harm, nothing sleeps."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from engine import ArbitrageExecutor
from engine.commands import Ask, Command, TicketState
from engine.snapshot import EngineState
from tests.support.executor_world import (
    NEAR,
    WITHIN_S,
    HandClock,
    PaperBroker,
    Placed,
    alarms,
    executor_on,
    expirations,
    fill,
    forward,
    option_chain,
    run_for,
    trading_on,
    virtual,
)
from tests.support.running_executor import Running, Start


def test_debits_and_completing_orders_go_out_from_threads_of_their_own(running: Start) -> None:
    threads: set[str] = set()

    def answer(placed: Placed) -> Any:
        threads.add(threading.current_thread().name)
        return fill(placed)

    one = running(answer)
    one.until(lambda: one.executor.get_status()["position_summary"]["net_premium"] > 0)
    assert threads == {"engine-debits", "engine-completing orders"}
    assert one.executor.snapshot().state is EngineState.RUN


def test_a_callback_that_blocks_holds_up_neither_status_nor_other_traders(
    running: Start,
) -> None:
    release = threading.Event()
    blocked: list[Placed] = []

    def answer(placed: Placed) -> Any:
        if placed.symbol == "AAPL":
            blocked.append(placed)
            release.wait()
            blocked.remove(placed)
        return placed.order_id

    one = running(answer, symbols=("AAPL", "MSFT"))
    one.held = lambda: len(blocked)
    one.until(lambda: {placed.symbol for placed in one.broker.orders} >= {"AAPL", "MSFT"})
    msft = "MSFT 2026-04-17"
    one.until(lambda: one.executor.get_status()["traders"][msft]["session_attempts"] > 0)
    waiting = one.executor.get_status()["traders"]["AAPL 2026-04-17"]
    assert waiting["session_attempts"] == 0
    assert sum(placed.symbol == "AAPL" for placed in one.broker.orders) == 1
    release.set()


def test_no_callback_that_raises_ends_the_engines_thread(running: Start) -> None:
    def broken(*given: Any) -> Any:
        raise ZeroDivisionError("user code")

    one = running(
        broken, cancel_callback=broken, order_status_callback=broken, underlying_callback=broken
    )
    other = running(broken, cancel_callback=broken, order_status_callback=broken)
    forward(one.executor, one.clock, 20)
    other.until(lambda: "BROKER_ERROR" in alarms(other.executor))
    for each in (one, other):
        assert each.executor.get_status()["active"]
        assert each.executor.thread.thread is not None
        assert each.executor.thread.thread.is_alive()


def test_a_callback_may_ask_the_executor_while_it_is_called(running: Start) -> None:
    seen: list[int] = []
    holder: list[ArbitrageExecutor] = []

    def answer(placed: Placed) -> Any:
        seen.append(len(holder[0].get_status()["traders"]))
        return fill(placed)

    broker = PaperBroker(answer)
    one = Running(broker, cancel_callback=broker.cancel)
    holder.append(one.executor)
    one.executor.add_symbol("AAPL", [NEAR])
    one.executor.start()
    one.until(lambda: len(seen) >= 2)
    one.stop()
    assert set(seen) == {1}


def test_many_threads_may_pause_resume_halt_and_ask_at_once(running: Start) -> None:
    one = running(fill, symbols=("AAPL", "MSFT", "SPY"))
    executor = one.executor
    begin = threading.Barrier(8)
    days = expirations(8 * 15)

    def ask(number: int) -> int:
        begin.wait(WITHIN_S)
        for turn in range(15):
            assert executor.pause("symbol:MSFT").state is TicketState.CONFIRMED
            executor.halt()
            assert len(executor.get_status()["traders"]) >= 3
            executor.get_llm_summary()
            executor.optimize_parameters()
            executor.add_symbol("QQQ", [days[number * 15 + turn]])
            executor.resume("*")
        return number

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, number) for number in range(8)]
        while not all(one_asked.done() for one_asked in asked):
            one.clock.forward(0.25)
            executor.get_status()
        assert [a.result() for a in asked] == list(range(8))
    executor.resume("*")
    assert len(executor.get_status()["traders"]) == 3 + 8 * 15
    assert not executor.flags.halted
    seen = len({ticket.id for ticket in executor.operator.tickets})
    assert seen == len(executor.operator.tickets), "every request has a ticket of its own"
    before = len(one.broker.orders)
    one.until(lambda: len(one.broker.orders) > before)


def test_starting_twice_is_starting_once_and_stopping_twice_is_stopping_once(
    running: Start,
) -> None:
    one = running()
    thread = one.executor.thread.thread
    one.executor.start()
    assert one.executor.thread.thread is thread
    one.stop()
    one.executor.stop()
    assert thread is not None
    thread.join(WITHIN_S)
    assert not thread.is_alive()
    assert one.executor.get_status()["active"] is False
    assert one.executor.snapshot().state is EngineState.ENDED
    with pytest.raises(RuntimeError, match="create a new one"):
        one.executor.start()


def test_threads_that_start_at_the_same_moment_start_one_engine() -> None:
    broker = PaperBroker()
    one = Running(broker, cancel_callback=broker.cancel)
    one.executor.add_symbol("AAPL", [NEAR])
    begin = threading.Barrier(6)

    def start() -> threading.Thread | None:
        begin.wait(WITHIN_S)
        one.executor.start()
        return one.executor.thread.thread

    with ThreadPoolExecutor(6) as pool:
        found = {future.result() for future in [pool.submit(start) for _ in range(6)]}
    assert len(found) == 1
    one.stop()


def test_an_executor_that_never_started_can_be_stopped_and_asked() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR])
    executor.stop()
    executor.stop()
    assert executor.get_status()["active"] is False
    assert executor.get_llm_summary().startswith("Arbitrage Executor Status:\n\nActive Traders: 0")


def test_questions_that_race_with_the_end_are_answered(running: Start) -> None:
    one = running()
    begin = threading.Barrier(5)

    def ask() -> bool:
        begin.wait(WITHIN_S)
        answers: list[bool] = [one.executor.get_status()["active"] for _ in range(40)]
        return answers[-1]

    with ThreadPoolExecutor(5) as pool:
        asked = [pool.submit(ask) for _ in range(4)]
        begin.wait(WITHIN_S)
        one.stop()
        assert all(isinstance(future.result(WITHIN_S), bool) for future in asked)
    assert one.executor.get_status()["active"] is False


def test_run_trades_in_the_callers_thread_until_another_stops_it() -> None:
    broker = PaperBroker()
    one = Running(broker, cancel_callback=broker.cancel)
    one.executor.add_symbol("AAPL", [NEAR])
    asked = threading.Event()

    def stop() -> None:
        while not broker.arrived.wait(0.01):
            one.clock.forward(0.5)
        one.executor.get_status()
        asked.set()
        one.stop()

    other = threading.Thread(target=stop)
    other.start()
    one.executor.run()
    other.join(WITHIN_S)
    assert asked.is_set()
    assert broker.orders
    assert one.executor.snapshot().state is EngineState.ENDED


def test_five_thousand_traders_share_a_handful_of_threads() -> None:
    broker = PaperBroker()
    one = Running(broker, cancel_callback=broker.cancel, quote_callback=lambda s, e: None)
    before = threading.active_count()
    days = expirations(50)
    for number in range(100):
        one.executor.add_symbol(f"S{number}", days)
    one.executor.start()
    forward(one.executor, one.clock, 3)
    assert len(one.executor.traders) == 5000
    assert one.executor.get_status()["position_summary"]["chains"] == 5000
    assert threading.active_count() - before <= 6
    one.stop()


def test_an_error_inside_one_trader_faults_that_trader_alone() -> None:
    broker = PaperBroker(fill)
    executor = trading_on(broker, ("AAPL", "MSFT"))

    def broken(*given: Any) -> Any:
        raise RuntimeError("a bug in the scan")

    executor.traders["AAPL 2026-04-17"].chain.scan = broken  # type: ignore[method-assign, assignment]
    run_for(executor, 60)
    rows = executor.get_status()["traders"]
    assert rows["AAPL 2026-04-17"]["state"] == "FLT"
    assert "a bug in the scan" in rows["AAPL 2026-04-17"]["gate_text"]
    assert rows["MSFT 2026-04-17"]["session_fills"] >= 3
    assert {placed.symbol for placed in broker.orders} == {"MSFT"}
    assert "a bug in the scan" in alarms(executor)["FAULT"]


def test_a_command_with_a_nonsensical_argument_is_refused_and_ends_nothing(running: Start) -> None:
    one = running()
    ticket = one.executor.ask(Command(Ask.KILL, args={"stage": "two"}))
    assert ticket.state is TicketState.REFUSED
    assert one.executor.pause("AAPL 2030-01-01").state is TicketState.REFUSED
    assert one.executor.get_status()["active"]


def test_a_paused_desk_sends_nothing_and_a_resumed_one_goes_on(running: Start) -> None:
    one = running(fill)
    one.executor.pause()
    forward(one.executor, one.clock, 40)
    assert one.broker.orders == []
    assert one.executor.get_status()["traders"]["AAPL 2026-04-17"]["state"] == "PAU"
    one.executor.resume()
    one.until(lambda: len(one.broker.orders) >= 2)


def test_stopping_cancels_the_debit_that_is_out(running: Start) -> None:
    one = running()
    one.until(lambda: one.broker.orders != [])
    one.stop()
    assert one.broker.cancelled == [placed.order_id for placed in one.broker.orders]
    assert one.executor.context.state.orders.live == {}


def test_the_hand_moved_clock_of_these_tests_stands_still_by_itself() -> None:
    clock = HandClock()
    first = clock.now_s()
    clock.forward(2.0)
    assert (clock.now_s(), clock.epoch_s()) == (first + 2.0, first + 2.0)


def test_a_look_from_another_thread_leaves_a_scan_of_the_desk_alone() -> None:
    executor = trading_on(PaperBroker(), ("AAPL", "MSFT"))
    ours, other = executor.traders.values()
    quoted = option_chain(ours.symbol)
    scanned = ours.chain.scan(quoted, ours.chain.rules)
    assert other.scan_opportunities(option_chain(other.symbol, spread=0.40))
    again = list(scanned)
    assert again and again == list(ours.chain.scan(quoted, ours.chain.rules))
