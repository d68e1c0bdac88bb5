"""What is taken back, corrected or late, in any order: a restart would know what the desk knows."""

from __future__ import annotations

import random
from typing import Any

import pytest

from engine.orders.types import OrderReport, ReportKind
from engine.runtime.restart.units import finished_unit, unit_of
from engine.state.order_record import OrderRecord
from engine.trader.legged_unit import LeggedUnit
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


def any_report(record: OrderRecord, rng: random.Random, number: int) -> OrderReport | None:
    """A bust, another price or number of contracts, a late or a repeated execution."""
    name, divided = record.intent.order, record.divided()
    left = record.intent.quantity - record.filled
    if divided and rng.random() < 0.75:
        execution, (quantity, price_c) = rng.choice(sorted(divided.items()))
        if rng.random() < 0.15:
            return OrderReport(ReportKind.FILL, name, 1.0, "B", execution, 1, price_c)
        quantity = rng.choice((0, quantity, min(quantity + 1, quantity + left)))
        price_c = max(1, price_c + rng.choice((-1, 0, 1)))
        return OrderReport(ReportKind.CORRECTION, name, 1.0, "B", execution, quantity, price_c)
    if left <= 0:
        return None
    kind, limit_c = ReportKind.FILL, record.intent.limit_c
    return OrderReport(kind, name, 1.0, "B", f"late{number}", rng.randint(1, left), limit_c)


def figures(unit: LeggedUnit, multiplier: int) -> dict[str, Any]:
    return {
        "contracts": (unit.filled, unit.credited, unit.unwound, unit.remaining),
        "cents": (unit.paid_c, unit.unwound_c, unit.fees_c),
        "comes to": (unit.money_c(multiplier), unit.floor_c(multiplier)),
        "orders": unit.orders,
    }


def compare(desk: Operated) -> None:
    """The traders' units and orders with the state's, and with what a restart would make."""
    context = desk.context
    known = context.state.orders.known
    for key, trader in context.traders.items():
        totals, multiplier = context.state.traders[key], trader.exposure.multiplier
        units = trader.credits.units
        open_there = {cycle: unit.net for cycle, unit in totals.units.items() if unit.net}
        assert {n: u.remaining for n, u in units.items() if u.remaining} == open_there
        for cycle in open_there:
            again = unit_of(context, totals, totals.units[cycle], list(known.values()))
            assert again is not None
            assert figures(again, multiplier) == figures(units[cycle], multiplier)
        for record in known.values():
            order = trader.find(record.intent.order)
            if order is None:
                continue
            assert order.filled == record.filled
            unit = trader.credits.remembered.unit_of([record.intent.order])
            if unit is not None and record.intent.cycle not in units and not unit.remaining:
                again = finished_unit(context, totals, record.intent.cycle)
                assert again is not None
                assert figures(again, multiplier) == figures(unit, multiplier)
    exposure = context.exposure
    open_units = context.state.money.open_units.values()
    assert exposure.legged == sum(max(0, unit.net) for unit in open_units)


@pytest.mark.parametrize("seed", range(1, 5))
def test_units_are_restored_as_they_are_remembered(seed: int) -> None:
    rng = random.Random(seed)
    config = settings(seed)
    sizing = config.sizing.model_copy(update={"current_contracts": 1 + seed % 3})
    desk = Operated(simulated(config.model_copy(update={"sizing": sizing})))
    books = desk.core.books
    books.look = books.compare = lambda: None  # type: ignore[method-assign]  # they would differ
    for number in range(60):
        desk.run(rng.choice((0.05, 1.0, 5.0, 20.0)))
        last = [r for r in desk.context.state.orders.known.values() if r.sent_ms is not None][-15:]
        record = rng.choice(last) if last else None
        report = None if record is None else any_report(record, rng, number)
        if report is not None:
            desk.core.orders.on_report(report)
        if record is not None and not record.live and rng.random() < 0.5:
            record.drop_events()
        compare(desk)
    assert desk.context.state.orders.corrections
