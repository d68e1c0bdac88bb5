"""What is told after a restart of a cycle that had ended before it."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.orders.types import OrderReport, ReportKind
from engine.runtime.restart.restore import go_on
from tests.support.operator_steps import TRADER, Operated

DEBIT, CREDIT, CYCLE = "S0-before-1D1", "S0-before-1C1", 901
LIMITS_C = {DEBIT: 120, CREDIT: 140}


def gone_on() -> Operated:
    """A desk that goes on after a process of which one cycle is known: complete, one contract."""
    desk = Operated()
    at_ms, emit = desk.context.now().at_ms, desk.context.emit
    for name, part, strikes in ((DEBIT, "D", (600.0, 605.0)), (CREDIT, "C", (610.0, 605.0))):
        emit(
            ev.OrderIntended(
                at_ms, TRADER, name, CYCLE, part, 1, "C", *strikes, 1, LIMITS_C[name], 1.1, 1.4,
                0.0, 3.0, "",
            )
        )  # fmt: skip
        emit(ev.Executed(at_ms, TRADER, name, f"{name}.1", 1, LIMITS_C[name], 136, False))
        emit(ev.OrderEnded(at_ms, TRADER, name, "filled", ""))
    emit(
        ev.CycleEnded(
            at_ms, TRADER, CYCLE, "COMPLETE", 1, 2000, 272, 1728, "", "call butterfly", 0.1
        )
    )
    go_on(desk.context, desk.core.orders, desk.core.books, {}, reconciled=True)
    return desk


def told(desk: Operated, kind: ReportKind, name: str, quantity: int) -> None:
    report = OrderReport(kind, name, 2.0, "B1", f"{name}.1", quantity, LIMITS_C[name])
    desk.core.orders.on_report(report)


@pytest.mark.parametrize("repeated", [(), (DEBIT,), (CREDIT,), (DEBIT, CREDIT)])
@pytest.mark.parametrize("busted", [(CREDIT, DEBIT), (DEBIT, CREDIT)])
def test_both_orders_of_a_cycle_continue_the_same_unit(repeated, busted):
    """A repeated execution made a unit of its own: the bust of the other order opened another."""
    desk = gone_on()
    trader = desk.context.traders[TRADER]
    for name in repeated:
        told(desk, ReportKind.FILL, name, 1)
    for name in busted:
        told(desk, ReportKind.CORRECTION, name, 0)
    left = [each.remaining for each in trader.credits.units.values()]
    assert not any(left), "neither bought nor sold: nothing is to be completed"


def test_a_bust_of_the_credit_of_a_debit_that_still_works_leaves_its_contract_open():
    """The unit of a followed debit had forgotten what executed before the restart."""
    desk = Operated()
    at_ms, emit = desk.context.now().at_ms, desk.context.emit
    for name, part, strikes, contracts in (
        (DEBIT, "D", (600.0, 605.0), 3),
        (CREDIT, "C", (610.0, 605.0), 1),
    ):
        emit(
            ev.OrderIntended(
                at_ms, TRADER, name, CYCLE, part, 1, "C", *strikes, contracts, LIMITS_C[name],
                1.1, 1.4, 0.0, 3.0, "",
            )
        )  # fmt: skip
        emit(ev.OrderSent(at_ms, TRADER, name))
        emit(ev.Executed(at_ms, TRADER, name, f"{name}.1", 1, LIMITS_C[name], 136, False))
    emit(ev.OrderEnded(at_ms, TRADER, CREDIT, "filled", ""))
    go_on(desk.context, desk.core.orders, desk.core.books, {}, reconciled=True)
    told(desk, ReportKind.CORRECTION, CREDIT, 0)
    (unit,) = desk.context.traders[TRADER].credits.units.values()
    assert (unit.filled, unit.credited, unit.remaining) == (1, 0, 1)
    assert unit.paid_c == LIMITS_C[DEBIT]
