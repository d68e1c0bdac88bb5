"""What callbacks may answer, and what becomes of it: one order, one book, nothing counted twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import pytest

from engine import ArbitrageExecutor, OrderReport, SpreadLeg
from engine.brokers.callbacks.answers import checked
from engine.brokers.callbacks.broker import CallbackBroker
from engine.brokers.callbacks.market import CallbackMarket
from engine.brokers.callbacks.placed_orders import KEPT_ORDERS
from engine.orders.types import OrderRequest, Part, ReportKind
from tests.support.executor_world import (
    FAR,
    MORNING_S,
    NEAR,
    SPOT,
    PaperBroker,
    Placed,
    alarms,
    as_legs,
    as_mappings,
    executor_on,
    fill,
    leg,
    option_chain,
    run_for,
    said,
    virtual,
)


def request(name: str = "S-1", quantity: int = 3, limit_c: int = 150) -> OrderRequest:
    legs = (leg(95.0, "buy", 7.0, 7.1), leg(97.5, "sell", 5.3, 5.4))
    return OrderRequest(name, "AAPL 2026-04-17", "AAPL", NEAR, Part.DEBIT, legs, quantity, limit_c)


def connected(
    order: Callable[..., Any] = lambda *given: "B1", **more: Any
) -> tuple[CallbackBroker, list[OrderReport]]:
    """A broker behind callbacks and the reports that reach the engine."""
    broker, heard = CallbackBroker(order, **more), list[OrderReport]()
    broker.connect(heard.append)
    return broker, heard


def told(heard: list[OrderReport]) -> list[tuple[str, int, int]]:
    return [(report.kind.value, report.quantity, report.price_c) for report in heard]


# ---------------------------------------------------------------------- the order callback


def test_an_order_is_called_positionally_with_sided_legs_and_a_price_on_the_tick() -> None:
    calls: list[tuple[Any, ...]] = []
    given = datetime(2026, 4, 17, 16, 0)

    def order(*arguments: Any) -> str:
        calls.append(arguments)
        return "B1"

    broker, heard = connected(order, expirations={("AAPL", NEAR): given})
    broker.submit(request(), MORNING_S)
    ((symbol, legs, quantity, limit_price, expiration),) = calls
    assert (symbol, quantity, limit_price) == ("AAPL", 3, 1.5)
    assert isinstance(limit_price, float)
    assert all(isinstance(one, SpreadLeg) for one in legs)
    assert [one.side for one in legs] == ["buy", "sell"]
    assert expiration is given, "the callback sees the expiration as the program named it"
    assert told(heard) == [("ack", 0, 0)]
    assert heard[0].broker_order_id == "B1"


def test_our_order_id_is_passed_only_where_the_signature_takes_it() -> None:
    seen: list[str | None] = []

    def named(symbol, legs, quantity, limit_price, expiration, client_order_id=None):  # type: ignore[no-untyped-def]
        seen.append(client_order_id)
        return "B1"

    def anything(*given: Any, **more: Any) -> str:
        seen.append(more.get("client_order_id"))
        return "B2"

    def plain(symbol, legs, quantity, limit_price, expiration):  # type: ignore[no-untyped-def]
        seen.append(None)
        return "B3"

    for order in (named, anything, plain):
        connected(order)[0].submit(request(), MORNING_S)
    assert seen == ["S-1", "S-1", None]


@pytest.mark.parametrize("answer", [None, False, True, ""])
def test_an_answer_that_names_no_order_is_an_error_and_never_an_acknowledgement(
    answer: Any,
) -> None:
    broker, heard = connected(lambda *given: answer)
    with pytest.raises(ValueError, match="no order id"):
        broker.submit(request(), MORNING_S)
    assert heard == []
    assert [order.client_order_id for order in broker.open_orders()] == ["S-1"]


def test_an_id_may_be_anything_even_zero() -> None:
    broker, heard = connected(lambda *given: 0, cancel_callback=lambda order_id: order_id == 0)
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert [report.kind.value for report in heard] == ["ack", "canceled"]


def test_a_broker_that_answers_at_once_is_acknowledged_and_filled() -> None:
    answer = OrderReport(ReportKind.FILL, "", MORNING_S, "B7", "E1", 3, 149)
    broker, heard = connected(lambda *given: answer)
    broker.submit(request(), MORNING_S)
    assert told(heard) == [("ack", 0, 0), ("fill", 3, 149)]
    assert {report.client_order_id for report in heard} == {"S-1"}
    assert broker.open_orders() == ()


def test_a_rejection_at_once_keeps_its_reason_cleaned() -> None:
    answer = OrderReport(
        ReportKind.REJECTED, "", MORNING_S, reason="no \x1b[31mpower\n" + "x" * 500
    )
    broker, heard = connected(lambda *given: answer)
    broker.submit(request(), MORNING_S)
    assert [report.kind for report in heard] == [ReportKind.REJECTED]
    assert heard[0].reason.isprintable()
    assert len(heard[0].reason) <= 160


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"quantity": 0}, "quantity is 0"),
        ({"quantity": 1.5}, "quantity is 1.5"),
        ({"price_c": 1.5}, "price_c is 1.5; it must be a whole number of 0 or more cents a share"),
        ({"price_c": -1}, "price_c is -1"),
    ],
)
def test_an_execution_that_cannot_be_booked_is_refused_in_words(
    changes: dict[str, Any], says: str
) -> None:
    figures: dict[str, Any] = {"execution_id": "E1", "quantity": 1, "price_c": 150} | changes
    with pytest.raises(ValueError, match=says):
        checked(OrderReport(ReportKind.FILL, "S-1", MORNING_S, **figures))


# ---------------------------------------------------------------------- the status callback


def polled(broker: CallbackBroker) -> None:
    for one in broker.to_ask():
        broker.query(one.client_order_id, MORNING_S)


def test_a_mapping_tells_totals_and_each_contract_is_reported_once_at_its_own_price() -> None:
    status: dict[str, Any] = {}
    broker, heard = connected(order_status_callback=lambda order_id: status)
    broker.submit(request(), MORNING_S)
    for filled, average in ((0, None), (1, 1.48), (1, 1.48), (3, 1.50)):
        status |= {"status": "working", "filled": filled, "price": average}
        polled(broker)
    fills = [row for row in told(heard) if row[0] == "fill"]
    assert fills == [("fill", 1, 148), ("fill", 2, 151)]
    assert broker.to_ask() == (), "an order that filled is not asked after again"


def test_the_word_filled_fills_the_whole_order_at_the_limit_where_no_price_is_told() -> None:
    broker, heard = connected(order_status_callback=lambda order_id: "FILLED")
    broker.submit(request(), MORNING_S)
    polled(broker)
    assert told(heard)[1:] == [("fill", 3, 150)]


def test_a_cancelled_order_that_filled_in_part_reports_the_fill_first() -> None:
    answer = {"status": "cancelled", "filled": 2, "price": 1.5, "reason": "asked"}
    broker, heard = connected(order_status_callback=lambda order_id: answer)
    broker.submit(request(), MORNING_S)
    polled(broker)
    assert told(heard)[1:] == [("fill", 2, 150), ("canceled", 0, 0)]


def test_a_status_may_be_a_report_or_a_list_of_them() -> None:
    first = OrderReport(ReportKind.FILL, "", MORNING_S, "B1", "E1", 1, 150)
    second = OrderReport(ReportKind.FILL, "", MORNING_S, "B1", "E2", 2, 149)
    answers = [first, [first, second], [first, second]]
    broker, heard = connected(order_status_callback=lambda order_id: answers.pop(0))
    broker.submit(request(), MORNING_S)
    polled(broker)
    polled(broker)
    assert told(heard)[1:] == [("fill", 1, 150), ("fill", 2, 149)]


def test_an_execution_that_was_counted_in_a_total_is_not_booked_again_when_it_is_pushed() -> None:
    status = {"status": "partial", "filled": 1, "price": 1.5}
    broker, heard = connected(order_status_callback=lambda order_id: status)
    broker.submit(request(), MORNING_S)
    polled(broker)
    for execution in ("E1", "E2"):
        broker.pushed(OrderReport(ReportKind.FILL, "", MORNING_S, "B1", execution, 1, 150))
    status["filled"] = 2
    polled(broker)
    assert sum(quantity for kind, quantity, _ in told(heard) if kind == "fill") == 2


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        ({"status": "elsewhere"}, "'elsewhere' is not one of filled"),
        ({"status": "working", "filled": 4}, "4 of 3"),
        ({"status": "working", "filled": float("nan")}, "NaN"),
        ({"status": "working", "filled": 1, "price": float("nan")}, "NaN"),
        ({}, "'' is not one of"),
        ([{"status": "filled"}], "must be an engine.OrderReport, not dict"),
    ],
)
def test_a_status_that_cannot_be_believed_changes_nothing(answer: Any, says: str) -> None:
    broker, heard = connected(order_status_callback=lambda order_id: answer)
    broker.submit(request(), MORNING_S)
    with pytest.raises(ValueError, match=says):
        broker.query("S-1", MORNING_S)
    assert told(heard) == [("ack", 0, 0)]
    assert [one.client_order_id for one in broker.to_ask()] == ["S-1"], "and is asked for again"


def test_one_question_at_a_time_is_on_its_way_about_an_order() -> None:
    broker, _ = connected(order_status_callback=lambda order_id: None)
    broker.submit(request(), MORNING_S)
    assert len(broker.to_ask()) == 1
    assert broker.to_ask() == ()
    broker.query("S-1", MORNING_S)
    assert len(broker.to_ask()) == 1


# ---------------------------------------------------------------------- pushes and cancels


def test_a_report_pushed_before_the_order_callback_returned_is_not_lost() -> None:
    broker: CallbackBroker

    def order(*given: Any) -> str:
        broker.pushed(OrderReport(ReportKind.FILL, "", MORNING_S, "B1", "E1", 3, 150))
        return "B1"

    broker, heard = connected(order)
    broker.submit(request(), MORNING_S)
    assert told(heard) == [("ack", 0, 0), ("fill", 3, 150)]
    assert {report.client_order_id for report in heard} == {"S-1"}


def test_a_report_of_somebody_elses_order_reaches_nobody() -> None:
    broker, heard = connected()
    broker.submit(request(), MORNING_S)
    broker.pushed(OrderReport(ReportKind.FILL, "", MORNING_S, "X9", "E1", 3, 150))
    assert told(heard) == [("ack", 0, 0)]


def test_a_confirmed_cancel_asks_for_fills_first() -> None:
    answers = [{"status": "cancelled", "filled": 1, "price": 1.5}]
    broker, heard = connected(
        cancel_callback=lambda order_id: True, order_status_callback=lambda _: answers[0]
    )
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert told(heard)[1:] == [("fill", 1, 150), ("canceled", 0, 0)]


@pytest.mark.parametrize("answer", [None, False])
def test_a_cancel_that_is_not_confirmed_ends_nothing(answer: Any) -> None:
    broker, heard = connected(cancel_callback=lambda order_id: answer)
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert told(heard) == [("ack", 0, 0)]
    assert len(broker.open_orders()) == 1


def test_a_cancel_may_be_answered_by_a_report() -> None:
    refused = OrderReport(ReportKind.CANCEL_REJECTED, "", MORNING_S, "B1", reason="too late")
    broker, heard = connected(cancel_callback=lambda order_id: refused)
    broker.submit(request(), MORNING_S)
    broker.cancel("S-1", MORNING_S)
    assert [report.kind.value for report in heard] == ["ack", "cancel_rejected"]


def test_ended_orders_are_forgotten_in_time_and_open_ones_never() -> None:
    names = iter(range(10**6))
    broker, _ = connected(lambda *given: next(names), cancel_callback=lambda order_id: True)
    broker.submit(request("OPEN"), MORNING_S)
    for number in range(KEPT_ORDERS + 700):
        broker.submit(request(f"S-{number}"), MORNING_S)
        broker.cancel(f"S-{number}", MORNING_S)
    assert len(broker._orders._placed) <= KEPT_ORDERS + 1
    assert len(broker._orders._clients) == len(broker._orders._placed)
    assert [order.client_order_id for order in broker.open_orders()] == ["OPEN"]


# ---------------------------------------------------------------------- quotes


def test_quotes_may_be_a_chain_legs_or_mappings_and_count_as_confirmed_when_they_came() -> None:
    chain = option_chain()
    for options in (chain, as_legs(chain), tuple(as_mappings(chain)), iter(as_legs(chain))):
        market = CallbackMarket(lambda symbol, day, given=options: given, lambda symbol: SPOT)
        got = market.chain("AAPL", NEAR, MORNING_S)
        assert got is not None
        assert got.strikes.tolist() == chain.strikes.tolist()
        assert got.bid.tolist() == chain.bid.tolist()
        assert got.confirmed_s == MORNING_S
        assert got.underlying_price == SPOT


def test_a_chain_that_its_owner_writes_in_place_is_fresh_at_each_answer() -> None:
    kept = option_chain()
    market = CallbackMarket(lambda symbol, day: kept)
    for now_s in (MORNING_S, MORNING_S + 60.0):
        got = market.chain("AAPL", NEAR, now_s)
        assert got is not None
        assert got.confirmed_s == now_s
    kept.confirmed_s = MORNING_S
    got = market.chain("AAPL", NEAR, MORNING_S + 90.0)
    assert got is not None
    assert got.confirmed_s == MORNING_S, "an owner that says when is believed"


@pytest.mark.parametrize("nothing", [None, [], (), {}])
def test_no_quotes_mean_not_listed_and_what_was_quoted_is(nothing: Any) -> None:
    answers = {NEAR: option_chain(), FAR: nothing}
    market = CallbackMarket(lambda symbol, day: answers[day])
    assert market.chain("AAPL", NEAR, MORNING_S) is not None
    assert market.chain("AAPL", FAR, MORNING_S) is None
    assert market.expirations("AAPL", MORNING_S) == (NEAR,)
    assert market.expirations("MSFT", MORNING_S) == ()


def test_quotes_of_another_expiration_or_symbol_are_refused() -> None:
    for options in (option_chain(expiration=FAR), as_legs(option_chain(expiration=FAR))):
        market = CallbackMarket(lambda symbol, day, given=options: given)
        with pytest.raises(ValueError, match="came for 2026-05-15"):
            market.chain("AAPL", NEAR, MORNING_S)
    market = CallbackMarket(lambda symbol, day: option_chain("MSFT"))
    with pytest.raises(ValueError, match="came for MSFT"):
        market.chain("AAPL", NEAR, MORNING_S)


def test_the_price_is_asked_for_once_for_each_fetch() -> None:
    asked: list[str] = []

    def price(symbol: str) -> float:
        asked.append(symbol)
        return SPOT

    market = CallbackMarket(lambda symbol, day: option_chain(), price)
    market.chain("AAPL", NEAR, MORNING_S)
    assert market.underlying("AAPL", MORNING_S) == SPOT
    assert asked == ["AAPL"]
    market.underlying("AAPL", MORNING_S + 1)
    assert asked == ["AAPL", "AAPL"]


def test_rows_take_what_a_contract_is_from_its_root() -> None:
    market = CallbackMarket(lambda symbol, day: as_legs(option_chain()))
    got = market.chain("SPXW", NEAR, MORNING_S)
    assert got is not None
    assert (got.style, got.settlement, got.multiplier) == ("european", "cash", 100)


# ---------------------------------------------------------------------- in an executor


def desk(
    answer: Callable[[Placed], Any] = lambda placed: placed.order_id,
    symbols: tuple[str, ...] = ("AAPL",),
    cancel: Callable[[str], Any] | None = None,
    **more: Any,
) -> tuple[PaperBroker, ArbitrageExecutor]:
    broker = PaperBroker(answer)
    executor = executor_on(broker, virtual(), cancel_callback=cancel, **more)
    for symbol in symbols:
        executor.add_symbol(symbol, [NEAR])
    return broker, executor


def key(executor: ArbitrageExecutor) -> dict[str, Any]:
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
    _, executor = desk(order_status_callback=lambda order_id: {"status": "filled"})
    run_for(executor, 30)
    assert key(executor)["session_fills"] >= 2
    assert executor.get_status()["position_summary"]["total_imbalance"] == 0


def test_with_an_id_only_one_order_is_out_in_the_whole_executor_and_its_alarm_names_it() -> None:
    broker, executor = desk(symbols=("AAPL", "MSFT", "SPY"))
    run_for(executor, 600)
    assert len(broker.orders) == 1, "nothing was sent while the first has no answer"
    standing = alarms(executor)
    (name,) = executor.call(lambda: list(executor.core.state.orders.live))
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
