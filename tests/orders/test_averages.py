"""Averages over several contracts: executions in whole cents that add up to the total."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from engine import PositionBalancer
from engine.brokers.callbacks.broker import CallbackBroker
from engine.orders.averages import split_total
from engine.orders.types import OrderReport, ReportKind
from tests.support.callback_orders import request
from tests.support.executor_world import MORNING_S

PRICES_C = st.lists(st.integers(1, 250), min_size=1, max_size=10)


@given(total_c=st.integers(0, 10**7), contracts=st.integers(1, 50))
def test_a_total_is_split_into_at_most_two_executions_that_add_up_to_it(
    total_c: int, contracts: int
) -> None:
    parts = split_total(total_c, contracts)
    assert 1 <= len(parts) <= 2
    assert sum(count for count, _ in parts) == contracts
    assert sum(count * price_c for count, price_c in parts) == total_c
    assert parts[-1][1] - parts[0][1] in (0, 1), "prices differ by a cent at most"


@given(prices_c=PRICES_C, looks=st.lists(st.integers(0, 10), max_size=4))
def test_polled_averages_are_booked_to_the_cent_wherever_the_broker_is_looked_at(
    prices_c: list[int], looks: list[int]
) -> None:
    heard = list[OrderReport]()
    answers = [sorted({min(look, len(prices_c)) for look in looks} | {len(prices_c)})]

    def status(order_id: str) -> dict[str, object]:
        filled = answers[0].pop(0)
        paid_c = sum(prices_c[:filled])
        average = paid_c / filled / 100 if filled else None
        return {"status": "working", "filled": filled, "price": average}

    broker = CallbackBroker(lambda *order: "B1", order_status_callback=status)
    broker.connect(heard.append)
    broker.submit(request(quantity=len(prices_c), limit_c=250), MORNING_S)
    while answers[0]:
        broker.query("S-1", MORNING_S)
    fills = [report for report in heard if report.kind is ReportKind.FILL]
    assert sum(report.quantity for report in fills) == len(prices_c)
    assert sum(report.quantity * report.price_c for report in fills) == sum(prices_c)
    assert len({report.execution_id for report in fills}) == len(fills)


@given(prices_c=PRICES_C)
def test_a_fill_recorded_at_an_average_is_booked_to_the_cent(prices_c: list[int]) -> None:
    balancer, day, contracts = PositionBalancer(), date(2026, 1, 17), len(prices_c)
    average = sum(prices_c) / contracts / 100
    balancer.record_debit_fill("AAPL", day, contracts, average)
    balancer.record_credit_fill("AAPL", day, contracts, average)
    balance = balancer.get_balance("AAPL", day)
    assert balance.debit_paid_c == balance.credit_received_c == sum(prices_c) * 100
    assert (balance.debit_contracts, balance.matched_c, balance.open_c) == (contracts, 0, 0)


def test_three_contracts_at_an_average_of_1_50_and_a_third_cost_451_cents() -> None:
    heard = list[OrderReport]()
    answer = {"status": "filled", "filled": 3, "price": (1.50 + 1.50 + 1.51) / 3}
    broker = CallbackBroker(lambda *order: "B1", order_status_callback=lambda _: answer)
    broker.connect(heard.append)
    broker.submit(request(quantity=3, limit_c=151), MORNING_S)
    broker.query("S-1", MORNING_S)
    assert [(r.quantity, r.price_c) for r in heard[1:]] == [(2, 150), (1, 151)]
