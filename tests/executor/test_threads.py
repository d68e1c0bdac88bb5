"""The executor with real threads: any thread may ask, no callback may harm, nothing sleeps."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest

from engine import ArbitrageExecutor
from engine.commands import Ask, Command, TicketState
from engine.snapshot import EngineState
from tests.support.executor_world import (
    FAR,
    MORNING_S,
    NEAR,
    TODAY,
    WITHIN_S,
    HandClock,
    PaperBroker,
    Placed,
    alarms,
    by_hand,
    executor_on,
    expirations,
    fill,
    forward,
    nothing_held,
    option_chain,
    run_for,
    stop_as_time_goes_on,
    trading_on,
    virtual,
)


class Running:
    """An executor in a thread of its own whose time the test moves.

    Attributes:
        held: says how many callbacks the test keeps from returning.
    """

    def __init__(self, broker: PaperBroker, **more: Any) -> None:
        self.held: Callable[[], int] = nothing_held
        self.clock, pace = by_hand()
        self.broker = broker
        self.executor: ArbitrageExecutor = executor_on(broker, pace, **more)

    def until(self, happened: Callable[[], bool], most_s: float = 60.0) -> None:
        """Move time until something has happened."""
        for _ in range(round(most_s * 2)):
            forward(self.executor, self.clock, 0.5, self.held)
            if happened():
                return
        pytest.fail(f"it did not happen within {most_s:g} engine seconds")

    def stop(self) -> None:
        """Stop it while time goes on."""
        stop_as_time_goes_on(self.executor, self.clock, held=self.held)


Start = Callable[..., Running]


@pytest.fixture
def running() -> Iterator[Start]:
    """Starts executors, and stops each at the end of the test."""
    started: list[Running] = []

    def start(
        answer: Callable[[Placed], Any] = lambda placed: placed.order_id,
        symbols: tuple[str, ...] = ("AAPL",),
        **more: Any,
    ) -> Running:
        broker = PaperBroker(answer)
        one = Running(broker, **({"cancel_callback": broker.cancel} | more))
        for symbol in symbols:
            one.executor.add_symbol(symbol, [NEAR])
        one.executor.start()
        started.append(one)
        return one

    yield start
    for one in started:
        one.stop()


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


# ---------------------------------------------------------------------- components


def test_components_assigned_after_add_symbol_reach_the_traders_that_exist() -> None:
    from engine import CreditMaximizer, OptimizationMetrics, PositionBalancer

    broker = PaperBroker(fill)
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [NEAR, FAR])
    balancer = PositionBalancer(max_imbalance=3, force_balance_at_close=True)
    maximizer = CreditMaximizer(min_credit_threshold=0.012, max_spread_width=15, prefer_atm=True)
    metrics = OptimizationMetrics()
    executor.balancer, executor.credit_maximizer, executor.metrics = balancer, maximizer, metrics
    executor.add_symbol("MSFT", [NEAR])
    for trader in executor.traders.values():
        assert trader.balancer is balancer
        assert trader.credit_maximizer is maximizer
        assert trader.chain.rules.max_width == 15
        assert trader.chain.rules.min_net_credit == 0.012
        assert trader.gate.limits.max_imbalance_chain == 3
    assert executor.get_status()["position_summary"]["chains"] == 3
    run_for(executor, 120)
    assert balancer.get_summary()["net_premium"] > 0
    assert metrics.total().n == sum(
        row["session_attempts"] for row in executor.get_status()["traders"].values()
    )
    assert set(executor.advice.tallies.own) == set(executor.traders), (
        "advice follows the new metrics"
    )


@pytest.mark.parametrize("name", ["balancer", "credit_maximizer", "metrics"])
def test_components_cannot_be_replaced_while_the_executor_runs(running: Start, name: str) -> None:
    one = running()
    one.executor.get_status()
    present = getattr(one.executor, name)
    with pytest.raises(RuntimeError, match=f"{name} cannot be replaced while the executor runs"):
        setattr(one.executor, name, present)


@pytest.mark.parametrize(
    ("symbol", "expirations", "says"),
    [
        ("", [NEAR], "name the option root"),
        ("AAPL", NEAR, "pass a list of dates"),
        ("AAPL", "2026-04-17", "pass a list of dates"),
        ("AAPL", [NEAR, "2026-05-15"], "is not a date or datetime"),
    ],
)
def test_a_symbol_that_cannot_be_traded_is_refused_as_a_whole(
    symbol: str, expirations: Any, says: str
) -> None:
    executor = executor_on(PaperBroker(), virtual())
    with pytest.raises(ValueError, match=says):
        executor.add_symbol(symbol, expirations)
    assert executor.traders == {}


def test_small_letters_name_the_same_symbol_as_capitals() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol(" aapl", [NEAR])
    executor.add_symbol("AAPL", [NEAR])
    assert list(executor.traders) == ["AAPL 2026-04-17"]


def test_an_executor_is_a_block_that_starts_it_and_stops_it_in_order() -> None:
    one = Running(PaperBroker(), cancel_callback=lambda order_id: True)
    one.executor.add_symbol("AAPL", [NEAR])
    with one.executor as executor:
        assert executor.call(lambda: executor.active)
    assert executor.snapshot().state is EngineState.ENDED


def test_an_expiration_added_twice_is_one_trader() -> None:
    executor = executor_on(PaperBroker(), virtual())
    executor.add_symbol("AAPL", [NEAR, NEAR])
    executor.add_symbol("AAPL", [NEAR])
    assert list(executor.traders) == ["AAPL 2026-04-17"]


def test_an_executor_without_callbacks_says_what_it_needs() -> None:
    with pytest.raises(ValueError, match="needs an order_callback or a broker"):
        ArbitrageExecutor(quote_callback=lambda symbol, day: None)
    with pytest.raises(ValueError, match="needs a quote_callback or a market"):
        ArbitrageExecutor(order_callback=lambda *given: "B1")


def test_starting_without_a_way_to_cancel_says_so_once() -> None:
    broker = PaperBroker()
    one = Running(broker)
    one.executor.add_symbol("AAPL", [NEAR])
    with pytest.warns(RuntimeWarning, match="one order is out at a time") as said:
        one.executor.start()
        one.executor.start()
    one.stop()
    assert len(said) == 1
    assert len(one.executor.warnings) == 1


def test_two_runs_with_the_same_seed_send_the_same_orders() -> None:
    def orders(seed: int) -> list[tuple[str, float, float]]:
        times: list[float] = []
        clock = virtual()

        def answer(placed: Placed) -> Any:
            times.append(clock.clock.now_s())
            return fill(placed)

        broker = PaperBroker(answer)
        executor = executor_on(broker, clock, cancel_callback=broker.cancel, seed=seed)
        executor.add_symbol("AAPL", [NEAR, FAR])
        run_for(executor, 300)
        return [
            (placed.symbol, placed.limit_price, at_s)
            for placed, at_s in zip(broker.orders, times, strict=True)
        ]

    assert orders(3) == orders(3)
    assert orders(3) != orders(4)


def test_outside_the_session_nothing_is_asked_and_nothing_is_sent() -> None:
    asked: list[date] = []

    def quote(symbol: str, expiration: date) -> Any:
        asked.append(expiration)
        return option_chain(symbol, expiration)

    broker = PaperBroker()
    night_s = MORNING_S - 6 * 3600.0
    executor = executor_on(
        broker, virtual(night_s), cancel_callback=broker.cancel, quote_callback=quote
    )
    executor.add_symbol("AAPL", [NEAR])
    run_for(executor, 4 * 3600)
    assert executor.get_status()["phase"] == "PRE_MARKET"
    assert executor.get_status()["traders"]["AAPL 2026-04-17"]["gate"] == "PHASE"
    assert (asked, broker.orders) == ([], [])
    run_for(executor, 3660)
    assert broker.orders, "and it begins by itself when the exchange opens"


def test_an_expiration_nearer_than_seven_days_is_blocked_with_its_reason() -> None:
    broker = PaperBroker()
    executor = executor_on(broker, virtual(), cancel_callback=broker.cancel)
    executor.add_symbol("AAPL", [TODAY + timedelta(days=3)])
    run_for(executor, 120)
    (row,) = executor.get_status()["traders"].values()
    assert (row["gate"], broker.orders) == ("EXPIRY_NEAR", [])
    assert "fewer days to expiration" in row["gate_text"]


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
