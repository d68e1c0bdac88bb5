"""What the simulated account keeps back of its money."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import SimpleNamespace

from engine.brokers.protocol import ContractPosition
from engine.exchange.margin import UNCOVERED_C, margin_c
from engine.orders.types import Part
from tests.support.order_at_broker import request

DAY = date(2026, 12, 4)


def held(right: str, strike: float, quantity: int) -> ContractPosition:
    return ContractPosition("SPY", DAY, right, strike, quantity)


def test_a_short_vertical_takes_its_width_and_a_long_one_nothing() -> None:
    short = [held("call", 580.0, -2), held("call", 585.0, 2)]
    assert margin_c(short, ()) == 2 * 500 * 100
    assert margin_c([held("put", 585.0, 2), held("put", 580.0, -2)], ()) == 0


def test_two_verticals_that_offset_each_other_take_what_they_come_to_together() -> None:
    pair = [held("call", 575.0, 1), held("call", 580.0, -2), held("call", 585.0, 1)]
    assert margin_c(pair, ()) == 0


def test_a_short_call_without_a_long_one_takes_more_than_there_is() -> None:
    assert margin_c([held("call", 580.0, -1)], ()) == UNCOVERED_C


def test_working_orders_take_their_debit_or_their_width_less_their_credit() -> None:
    debit, credit = request(Part.DEBIT, 3), request(Part.CREDIT, 3)
    orders = [("a", SimpleNamespace(request=debit, filled=1))]
    assert margin_c((), orders) == 2 * debit.limit_c * 100  # type: ignore[arg-type]
    bought, sold = credit.legs
    orders = [("b", SimpleNamespace(request=replace(credit, quantity=1), filled=0))]
    width_c = round(abs(bought.strike - sold.strike) * 100)
    assert margin_c((), orders) == (width_c - credit.limit_c) * 100  # type: ignore[arg-type]
