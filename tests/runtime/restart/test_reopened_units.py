"""What had ended is changed again before a restart, and after it."""

from __future__ import annotations

import pytest

from engine.brokers.ledger import ExchangeLedger
from engine.brokers.protocol import ContractPosition
from engine.commands import Ask, TicketState
from engine.orders import events as ev
from engine.orders.types import OrderReport, ReportKind
from engine.runtime.restart.restore import go_on, restore_trader
from engine.runtime.restart.told_meanwhile import told_meanwhile
from tests.support.operator_steps import TRADER, Operated

DEBIT, CREDIT, CYCLE = "S0-before-1D1", "S0-before-1C1", 901
LIMITS_C = {DEBIT: 120, CREDIT: 140}


def ended_cycle(contracts: int = 2, filled: int = 2) -> Operated:
    """A desk that knows of one complete cycle."""
    desk = Operated()
    at_ms, emit = desk.context.now().at_ms, desk.context.emit
    for name, part, strikes, ordered in (
        (DEBIT, "D", (600.0, 605.0), contracts),
        (CREDIT, "C", (610.0, 605.0), filled),
    ):
        emit(
            ev.OrderIntended(
                at_ms, TRADER, name, CYCLE, part, 1, "C", *strikes, ordered, LIMITS_C[name], 1.1,
                1.4, 0.0, 3.0, "",
            )
        )  # fmt: skip
        emit(ev.OrderSent(at_ms, TRADER, name))
        for number in range(filled):
            emit(
                ev.Executed(at_ms, TRADER, name, f"{name}.{number}", 1, LIMITS_C[name], 136, False)
            )
        emit(ev.OrderEnded(at_ms, TRADER, name, "canceled", ""))
    emit(
        ev.CycleEnded(
            at_ms,
            TRADER,
            CYCLE,
            "COMPLETE",
            filled,
            2000 * filled,
            272 * filled,
            1728 * filled,
            "LOCK*",
            "call butterfly",
            0.1,
        )
    )
    return desk


def gone_on(desk: Operated):
    """The desk's units after a restart."""
    trader = desk.context.traders[TRADER]
    restore_trader(desk.context, trader, desk.context.state.traders[TRADER])
    go_on(desk.context, desk.core.orders, desk.core.books, {}, reconciled=True)
    return list(trader.credits.units.values())


def booked(desk: Operated, name: str, execution: str, quantity: int) -> None:
    """An execution of the process before, or one that was taken back."""
    fee_c = 136 if quantity > 0 else -136
    at_ms = desk.context.now().at_ms
    desk.context.emit(
        ev.Executed(at_ms, TRADER, name, execution, quantity, LIMITS_C[name], fee_c, True)
    )


def test_a_unit_whose_credit_was_taken_back_after_its_end_is_followed_again():
    desk = ended_cycle()
    booked(desk, CREDIT, f"{CREDIT}.0", -1)
    (unit,) = gone_on(desk)
    assert (unit.filled, unit.credited, unit.remaining) == (2, 1, 1)
    assert (unit.paid_c, unit.fees_c) == (240, 3 * 136)
    assert unit.money_c(100) == (140 - 240) * 100


def test_a_unit_that_executed_after_its_end_has_all_that_it_bought_and_sold():
    desk = ended_cycle(contracts=3, filled=2)
    booked(desk, DEBIT, f"{DEBIT}.late", 1)
    (unit,) = gone_on(desk)
    assert (unit.filled, unit.credited, unit.remaining) == (3, 2, 1)
    assert (unit.paid_c, unit.fees_c) == (360, 5 * 136)
    assert unit.money_c(100) == (280 - 360) * 100


def test_another_correction_of_an_execution_that_was_corrected_before_is_booked():
    """It had the name of the first one, so that it was taken for a repeated report."""
    desk = ended_cycle(1, 1)
    at_ms, execution = desk.context.now().at_ms, f"{CREDIT}.0"
    for name, quantity, price_c in ((execution, -1, 140), (f"{execution}~4", 1, 138)):
        desk.context.emit(
            ev.Executed(at_ms, TRADER, CREDIT, name, quantity, price_c, 136 * quantity, True)
        )
    assert gone_on(desk) == []
    for price_c in (137, 136, 135, 134):
        desk.core.orders.on_report(
            OrderReport(ReportKind.CORRECTION, CREDIT, 2.0, "B1", execution, 1, price_c)
        )
    record = desk.context.state.orders.known[CREDIT]
    assert (record.filled, record.value_c) == (1, 134)
    assert not desk.context.state.money.open_units


def test_one_of_two_executions_of_long_ago_is_taken_back_after_a_restart():
    """The report was taken for repeated: its contract stayed without a credit, without a word."""
    desk = ended_cycle(2, 2)
    desk.context.state.orders.known[CREDIT].drop_events()  # as many more have ended since
    assert gone_on(desk) == []
    report = OrderReport(
        ReportKind.CORRECTION, CREDIT, 2.0, "B1", f"{CREDIT}.1", 0, LIMITS_C[CREDIT]
    )
    desk.core.orders.on_report(report)
    (unit,) = desk.context.traders[TRADER].credits.units.values()
    assert (unit.credited, unit.remaining) == (1, 1)


def test_what_was_taken_back_of_orders_of_long_ago_while_no_desk_ran_is_told():
    desk = ended_cycle(2, 2)
    for record in desk.context.state.orders.known.values():
        record.drop_events()
    meanwhile = told_meanwhile(desk.context, ExchangeLedger(), {f"{CREDIT}.0"})
    assert [(r.execution_id, r.quantity) for r in meanwhile.reports] == [(f"{CREDIT}.0", 0)]
    assert set(meanwhile.lost[TRADER]) == {CREDIT, DEBIT}


def taken_back(desk: Operated) -> None:
    """Nothing of the cycle executed in the end."""
    booked(desk, CREDIT, f"{CREDIT}.0", -1)
    booked(desk, DEBIT, f"{DEBIT}.0", -1)


def test_no_order_is_sent_twice_for_a_cycle_of_which_everything_was_taken_back():
    """Its unit began to count its orders anew, and the second credit had the name of the first."""
    desk = ended_cycle(1, 1)
    taken_back(desk)
    assert gone_on(desk) == []
    report = OrderReport(ReportKind.CORRECTION, DEBIT, 2.0, "B1", f"{DEBIT}.0", 1, 119)
    desk.core.orders.on_report(report)
    assert [e.attempt for e in desk.of(ev.OrderIntended) if e.part == "C"] == [1, 2]


def test_a_credit_that_executes_when_its_debit_was_taken_back_is_booked_and_an_alarm():
    desk = ended_cycle(1, 1)
    taken_back(desk)
    assert gone_on(desk) == []
    report = OrderReport(ReportKind.FILL, CREDIT, 2.0, "B1", f"{CREDIT}.late", 1, 141)
    desk.core.orders.on_report(report)
    assert desk.context.state.orders.known[CREDIT].filled == 1
    assert desk.raised("OVERSOLD")


def test_a_credit_that_may_still_execute_is_followed_though_its_debit_was_taken_back():
    desk = ended_cycle(1, 1)
    intent = desk.context.state.orders.known[CREDIT].intent
    more = intent._replace(order="S0-before-1C2", attempt=2)
    booked(desk, CREDIT, f"{CREDIT}.0", -1)
    desk.context.emit(more)
    desk.context.emit(ev.OrderSent(more.at_ms, TRADER, more.order))
    booked(desk, DEBIT, f"{DEBIT}.0", -1)
    gone_on(desk)
    trader = desk.context.traders[TRADER]
    assert trader.find(more.order) is not None
    report = OrderReport(ReportKind.FILL, more.order, 2.0, "B1", "late", 1, 141)
    desk.core.orders.on_report(report)
    assert desk.context.state.orders.known[more.order].filled == 1
    assert [unit.remaining for unit in trader.credits.units.values()] == [-1]
    assert desk.raised("OVERSOLD")


def test_the_next_order_of_a_unit_is_numbered_after_the_last_one_that_is_known():
    desk = ended_cycle(2, 2)
    intent = desk.context.state.orders.known[CREDIT].intent
    last = intent._replace(order="S0-before-1C7", attempt=7)
    desk.context.emit(last)
    desk.context.emit(ev.OrderEnded(last.at_ms, TRADER, last.order, "canceled", ""))
    booked(desk, CREDIT, f"{CREDIT}.0", -1)
    (unit,) = gone_on(desk)
    assert unit.orders == 7


def test_an_open_unit_whose_debit_is_forgotten_is_an_alarm_where_nobody_can_follow_it():
    desk = ended_cycle()
    del desk.context.state.orders.known[DEBIT]  # as after many other orders
    booked(desk, CREDIT, f"{CREDIT}.0", -1)
    assert gone_on(desk) == []
    (alarm,) = desk.raised("PARKED")
    assert alarm.where == f"{TRADER}/{CYCLE}"
    assert "1 contract" in alarm.what


def test_a_late_report_of_a_cycle_whose_credits_are_forgotten_opens_what_is_new_alone():
    """The debit of a unit that was open for long outlives its credits in the state's memory."""
    desk = ended_cycle(contracts=3, filled=2)
    del desk.context.state.orders.known[CREDIT]
    assert gone_on(desk) == []
    for execution, kind, quantity, left in (
        (f"{DEBIT}.0", ReportKind.CORRECTION, 1, []),
        (f"{DEBIT}.new", ReportKind.FILL, 1, [1]),
    ):
        price_c = 119 if kind is ReportKind.CORRECTION else LIMITS_C[DEBIT]
        report = OrderReport(kind, DEBIT, 2.0, "B1", execution, quantity, price_c)
        desk.core.orders.on_report(report)
        units = desk.context.traders[TRADER].credits.units.values()
        assert [unit.remaining for unit in units] == left


@pytest.mark.parametrize("live", [True, False])
def test_what_legs_reported_before_a_restart_is_not_booked_again_by_its_other_name(live: bool):
    """A broker that is asked tells executions of a combination and of its legs, as before."""
    desk = Operated()
    at_ms, emit = desk.context.now().at_ms, desk.context.emit
    emit(
        ev.OrderIntended(
            at_ms, TRADER, DEBIT, CYCLE, "D", 1, "C", 600.0, 605.0, 3, 120, 1.1, 1.4, 0.0, 3.0, ""
        )
    )
    emit(ev.OrderSent(at_ms, TRADER, DEBIT))
    emit(ev.Executed(at_ms, TRADER, DEBIT, "leg1/0", 1, 120, 136, False))
    if not live:
        emit(ev.OrderEnded(at_ms, TRADER, DEBIT, "canceled", ""))
    gone_on(desk)
    trader, record = desk.context.traders[TRADER], desk.context.state.orders.known[DEBIT]
    for execution, filled in (("lot1", 1), ("lot2", 2), ("lot1", 2)):
        desk.core.orders.on_report(
            OrderReport(ReportKind.FILL, DEBIT, 2.0, "B1", execution, 1, 120)
        )
        known = trader.find(DEBIT)
        assert known is not None
        assert (known.filled, record.filled) == (filled, filled)
    for leg, number in ((0, 1), (1, 1), (0, 2), (1, 2)):
        price_c = 220 if leg == 0 else 100
        report = OrderReport(
            ReportKind.LEG_FILL, DEBIT, 2.0, "B1", f"leg{number}", 1, price_c, leg=leg
        )
        desk.core.orders.on_report(report)
    assert record.filled == 2


def told_leg(desk: Operated, leg: int, execution: str, price_c: int) -> None:
    """The broker tells one contract of one leg of the credit."""
    kind = ReportKind.LEG_FILL
    report = OrderReport(kind, CREDIT, 2.0, "B1", execution, 1, price_c, leg=leg)
    desk.core.orders.on_report(report)


def lone_leg_of_the_credit() -> Operated:
    """A desk that bought a contract of whose credit one leg has executed."""
    desk = ended_cycle(1, 1)
    booked(desk, CREDIT, f"{CREDIT}.0", -1)
    at_ms = desk.context.now().at_ms
    desk.context.emit(ev.LegExecuted(at_ms, TRADER, CREDIT, 1, "sold", 1, 500))
    return desk


def test_nothing_is_sold_after_a_restart_where_one_leg_of_a_credit_had_executed():
    """It counted as sold before the restart; afterwards another credit was sent for it."""
    desk = lone_leg_of_the_credit()
    (unit,) = gone_on(desk)
    assert (unit.remaining, unit.leg_unconfirmed, unit.uncovered) == (1, 1, 0)
    assert desk.context.traders[TRADER].lone_legs
    told_leg(desk, 1, "sold", 500)
    assert unit.remaining == 1, "it is the leg that was told before"
    told_leg(desk, 0, "bought", 360)
    assert unit.remaining == 0 and not desk.context.traders[TRADER].lone_legs
    assert desk.context.state.orders.known[CREDIT].filled == 1


def test_a_lone_leg_whose_contracts_were_taken_over_from_the_broker_is_not_waited_for_again():
    desk = lone_leg_of_the_credit()
    at_ms = desk.context.now().at_ms
    desk.context.emit(ev.BookAdjusted(at_ms, TRADER, "C", 605.0, -1, -2))
    gone_on(desk)
    assert not desk.context.traders[TRADER].lone_legs


def test_a_desk_that_took_positions_over_waits_for_their_lone_leg_no_more():
    """It waited until a restart, its chain closed."""
    desk = lone_leg_of_the_credit()
    (unit,) = gone_on(desk)
    trader = desk.context.traders[TRADER]
    assert trader.lone_legs and unit.leg_unconfirmed == 1
    held = {600.0: 1, 605.0: -2}  # the debit, and the leg that the credit sold
    desk.venue.positions = lambda: tuple(
        ContractPosition("SPY", trader.expiration, "call", strike, n) for strike, n in held.items()
    )
    desk.core.books.compare()
    desk.core.books.compare()
    assert TRADER in desk.context.flags.unreconciled
    done = desk.ask(Ask.ACCEPT_POSITIONS, TRADER, word="ACCEPT")
    assert done.state is TicketState.CONFIRMED, done.text
    assert not trader.lone_legs and unit.leg_unconfirmed == 0
    assert desk.context.state.orders.one_leg_ahead == {}
    told_leg(desk, 1, "sold", 500)
    assert not trader.lone_legs, "it is the leg that was taken over"
