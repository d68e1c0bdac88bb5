"""A desk behind callbacks: orders, alarms and gates that their answers lead to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from engine import ArbitrageExecutor, TraderStatus
from engine.orders.types import ReportKind
from engine.risk.gates import Gate
from tests.support.broker_quotes import MixedType, NumberedType, OptionType
from tests.support.executor_world import (
    FAR,
    NEAR,
    PaperBroker,
    Placed,
    alarms,
    as_mappings,
    fill,
    option_chain,
    run_for,
    said,
    trading_on,
)


def desk(
    answer: Callable[[Placed], Any] = lambda placed: placed.order_id,
    symbols: tuple[str, ...] = ("AAPL",),
    cancel: Callable[[str], Any] | None = None,
    **more: Any,
) -> tuple[PaperBroker, ArbitrageExecutor]:
    broker = PaperBroker(answer)
    return broker, trading_on(broker, symbols, cancel_callback=cancel, **more)


def key(executor: ArbitrageExecutor) -> TraderStatus:
    return next(iter(executor.get_status()["traders"].values()))


def test_debits_that_fill_at_once_are_completed_by_credits_that_fill_at_once() -> None:
    broker, executor = desk(fill)
    run_for(executor, 60)
    debits = [placed for placed in broker.orders if placed.pays]
    credits = [placed for placed in broker.orders if not placed.pays]
    assert len(debits) == len(credits) >= 3
    summary = executor.get_status()["position_summary"]
    earned = sum(p.limit_price for p in credits) - sum(p.limit_price for p in debits)
    assert summary["net_premium"] == pytest.approx(earned * 100)
    assert summary["total_imbalance"] == 0
    for placed in broker.orders:
        assert placed.limit_price > 0
        assert abs(placed.limit_price * 100 - round(placed.limit_price * 100)) < 1e-9


def test_an_unfilled_order_is_cancelled_after_its_time_and_counts_as_an_attempt() -> None:
    cancelled: list[str] = []

    def cancel(order_id: str) -> bool:
        cancelled.append(order_id)
        return True

    _, executor = desk(cancel=cancel)
    run_for(executor, 60)
    assert cancelled[:3] == ["B1", "B2", "B3"]
    assert key(executor)["session_attempts"] == len(cancelled)
    assert (key(executor)["session_fills"], key(executor)["fill_rate"]) == (0, 0.0)


def test_pushed_fills_named_by_the_brokers_id_are_booked() -> None:
    broker, executor = desk(symbols=("AAPL",))
    run_for(executor, 1)
    while not broker.orders:
        run_for(executor, 1)
    executor.on_order_update(fill(broker.orders[0]))
    run_for(executor, 1)
    assert key(executor)["session_fills"] == 1
    assert [placed.pays for placed in broker.orders] == [True, False]
    executor.on_order_update(fill(broker.orders[1]))
    run_for(executor, 1)
    assert executor.get_status()["position_summary"]["total_imbalance"] == 0


def test_a_push_that_is_no_report_is_refused_where_it_is_made() -> None:
    _, executor = desk()
    with pytest.raises(ValueError, match=r"must be an engine\.OrderReport, not dict"):
        executor.on_order_update({"status": "filled"})  # type: ignore[arg-type]


def test_fills_are_found_by_asking_where_there_is_a_status_callback() -> None:
    broker: PaperBroker

    def status(order_id: str) -> dict[str, Any]:
        return {"status": "filled", "price": broker.orders[int(order_id[1:]) - 1].limit_price}

    broker, executor = desk(order_status_callback=status)
    run_for(executor, 30)
    assert key(executor)["session_fills"] >= 2
    assert executor.get_status()["position_summary"]["total_imbalance"] == 0


def test_with_an_id_only_one_order_is_out_in_the_whole_executor_and_its_alarm_names_it() -> None:
    broker, executor = desk(symbols=("AAPL", "MSFT", "SPY"))
    run_for(executor, 600)
    assert len(broker.orders) == 1, "nothing was sent while the first has no answer"
    standing = alarms(executor)
    (name,) = executor.call(lambda: list(executor.context.state.orders.live))
    assert name in standing["ORDER_UNKNOWN"]
    assert "NO_CANCEL" in standing
    assert {view.gate for view in executor.snapshot().traders} >= {"UNKNOWN_ORDER"}
    executor.on_order_update(said(broker.orders[0], ReportKind.CANCELED))
    run_for(executor, 60)
    assert len(broker.orders) == 2, "a definite answer opens the gate for the next one"


def test_an_order_callback_that_raises_leaves_an_unknown_order_and_no_second_submit() -> None:
    def broken(placed: Placed) -> Any:
        raise ConnectionError("the line is dead")

    broker, executor = desk(broken, cancel=lambda order_id: True)
    run_for(executor, 300)
    assert len(broker.orders) == 1
    standing = alarms(executor)
    assert "the line is dead" in standing["BROKER_ERROR"]
    assert "ORDER_UNKNOWN" in standing


def test_an_order_callback_that_returns_nothing_is_no_answer_either() -> None:
    broker, executor = desk(lambda placed: None, cancel=lambda order_id: True)
    run_for(executor, 300)
    assert len(broker.orders) == 1
    assert "returned None" in alarms(executor)["BROKER_ERROR"]


def test_a_rejected_order_is_no_attempt_and_the_third_in_a_row_holds_the_trader() -> None:
    broker, executor = desk(
        lambda placed: said(placed, ReportKind.REJECTED, "no buying power"), cancel=lambda _: True
    )
    run_for(executor, 600)
    assert len(broker.orders) == 3
    assert key(executor)["session_attempts"] == 0
    assert key(executor)["state"] == "HLD"
    assert "no buying power" in alarms(executor)["REJECTS"]


def test_a_status_callback_that_raises_alarms_its_trader_and_stops_nothing() -> None:
    def status(order_id: str) -> Any:
        raise TimeoutError("no answer in time")

    broker, executor = desk(cancel=lambda order_id: None, order_status_callback=status)
    run_for(executor, 60)
    assert "no answer in time" in alarms(executor)["BROKER_ERROR"]
    assert executor.get_status()["active"]
    assert len(broker.orders) == 1


def test_a_quote_callback_that_raises_sends_nothing_and_stops_nothing() -> None:
    calls: list[date] = []

    def broken(symbol: str, expiration: date) -> Any:
        calls.append(expiration)
        raise OSError("feed down")

    broker, executor = desk(quote_callback=broken)
    run_for(executor, 60)
    assert len(calls) > 5
    assert broker.orders == []
    assert executor.get_status()["active"]
    assert executor.traders["AAPL 2026-04-17"].fault == ""


def test_an_expiration_that_is_not_listed_blocks_its_trader_and_the_nearest_listed_are_named() -> (
    None
):
    def quote(symbol: str, expiration: date) -> Any:
        return None if expiration == FAR else option_chain(symbol, expiration)

    broker, executor = desk(quote_callback=quote, cancel=lambda order_id: True)
    executor.add_symbol("AAPL", [FAR])
    run_for(executor, 60)
    assert {placed.expiration for placed in broker.orders} == {NEAR}
    rows = executor.get_status()["traders"]
    assert rows["AAPL 2026-05-15"]["gate"] == "NOT_LISTED"
    assert "nearest listed: 2026-04-17" in rows["AAPL 2026-05-15"]["gate_text"]
    assert rows["AAPL 2026-04-17"]["gate"] != "NOT_LISTED"


def test_a_feed_that_fails_is_told_apart_from_an_expiration_that_is_not_listed() -> None:
    def broken(symbol: str, expiration: date) -> Any:
        raise OSError("feed down")

    _, executor = desk(quote_callback=broken)
    run_for(executor, 30)
    row = key(executor)
    assert row["gate"] == "QUOTES_STALE"
    assert "feed down" in row["gate_text"]


def test_a_dead_feed_alarms_with_its_cause_and_blocks_as_stale() -> None:
    def broken(symbol: str, expiration: date) -> Any:
        raise ConnectionError("401 unauthorized")

    _, executor = desk(quote_callback=broken)
    run_for(executor, 3600)
    assert executor.traders["AAPL 2026-04-17"].blocked is Gate.QUOTES_STALE
    assert alarms(executor)["STALE"] == "quotes are stale: ConnectionError: 401 unauthorized"


def test_a_chain_that_was_quoted_and_then_comes_empty_is_stale_not_unlisted() -> None:
    answers = iter([option_chain("AAPL", NEAR)])
    _, executor = desk(
        quote_callback=lambda symbol, expiration: next(answers, None), cancel=lambda order_id: True
    )
    run_for(executor, 60)
    assert executor.traders["AAPL 2026-04-17"].blocked is Gate.QUOTES_STALE
    assert "has no quotes of a chain that it has quoted" in alarms(executor)["STALE"]


def test_a_chain_that_never_had_quotes_is_an_alarm_after_a_minute_until_it_has() -> None:
    quoted = False

    def quote(symbol: str, expiration: date) -> Any:
        return option_chain(symbol, expiration) if quoted or expiration == NEAR else []

    _, executor = desk(quote_callback=quote, cancel=lambda order_id: True)
    executor.add_symbol("AAPL", [FAR])
    run_for(executor, 45)
    assert "NOT_QUOTED" not in alarms(executor)
    run_for(executor, 60)
    assert alarms(executor)["NOT_QUOTED"] == "never quoted; nearest listed: 2026-04-17"
    assert executor.call(lambda: executor.context.alarms.places("NOT_QUOTED")) == (
        "AAPL 2026-05-15",
    )
    quoted = True
    run_for(executor, 60)
    assert "NOT_QUOTED" not in alarms(executor)


def test_a_contract_told_twice_is_named_in_an_alarm_until_it_is_told_once() -> None:
    twice = True

    def quote(symbol: str, expiration: date) -> Any:
        rows = as_mappings(option_chain(symbol, expiration))
        return rows + [row | {"bid": 0.5} for row in rows if twice and row["strike"] == 102.5]

    broker, executor = desk(quote_callback=quote, cancel=lambda order_id: True)
    run_for(executor, 60)
    assert alarms(executor)["TOLD_TWICE"] == (
        "contracts told twice with different quotes: call 102.5, put 102.5"
    )
    assert broker.orders, "the other contracts are traded"
    assert 102.5 not in {leg.strike for placed in broker.orders for leg in placed.legs}
    twice = False
    run_for(executor, 60)
    assert "TOLD_TWICE" not in alarms(executor)


@pytest.mark.parametrize("word", [MixedType, OptionType, NumberedType])
def test_puts_told_by_an_enumeration_are_traded_as_puts(word: Any) -> None:
    def quote(symbol: str, expiration: date) -> Any:
        rows = as_mappings(option_chain(symbol, expiration))
        return [
            row
            | {"option_type": word[row["option_type"].upper()], "bid": row["bid"] if on else None}
            for row in rows
            for on in (row["option_type"] == "put",)
        ]

    broker, executor = desk(quote_callback=quote, cancel=lambda order_id: True)
    run_for(executor, 60)
    assert {leg.option_type for placed in broker.orders for leg in placed.legs} == {"put"}


def test_what_a_callback_raises_is_told_even_where_its_text_cannot_be_read() -> None:
    class MuteError(Exception):
        def __str__(self) -> str:
            raise RuntimeError("no words")

    def broken(symbol: str, expiration: date) -> Any:
        raise MuteError

    _, executor = desk(quote_callback=broken)
    run_for(executor, 60)
    assert "MuteError: its text cannot be read" in alarms(executor)["STALE"]
