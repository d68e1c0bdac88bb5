"""What the state keeps and what it counts afresh when a unit outlives its session or many orders."""

from __future__ import annotations

import pytest

from engine.learning.harm import HUNG_S
from engine.orders import events as ev
from engine.report.session import session_report
from engine.state import orders as state_orders
from engine.state.desk import DeskState

TRADER = "AAPL 2026-02-20"
DAY_MS = 86_400_000


def started(day: int) -> ev.SessionStarted:
    date = f"2026-01-{5 + day:02d}"
    return ev.SessionStarted(day * DAY_MS, "SIM", "a", "run", "test", "assumed", 1, date, {})


def order(name: str, cycle: int, part: str, limit_c: int, at_ms: int = 1) -> ev.OrderIntended:
    sell = 105 if part == "D" else 110
    return ev.OrderIntended(
        at_ms, TRADER, name, cycle, part, 1, "C", 100, sell, 1, limit_c, 1, 2, 0, 0, ""
    )


def filled(name: str, price_c: int, at_ms: int = 1) -> tuple[ev.Event, ev.Event]:
    return (
        ev.Executed(at_ms, TRADER, name, f"x{name}", 1, price_c, 136, False),
        ev.OrderEnded(at_ms, TRADER, name, "filled", ""),
    )


def ended(outcome: str, at_ms: int, cycle: int = 1) -> ev.CycleEnded:
    return ev.CycleEnded(at_ms, TRADER, cycle, outcome, 1, 0, 136, -100, "RISK -1", "condor", 60.0)


def legged() -> DeskState:
    state = DeskState()
    added = ev.TraderAdded(0, TRADER, "AAPL", "2026-02-20", 100, "american", "physical", 1)
    for event in (started(0), added, order("debit", 1, "D", 200), *filled("debit", 200)):
        state.apply(event)
    return state


def test_a_unit_hangs_once_it_has_been_legged_for_longer_than_the_limit_and_the_oldest_is_told():
    state = legged()
    since_ms, limit_ms = 1, round(HUNG_S * 1000)
    assert state.money.hanging.now(since_ms + limit_ms) == 0
    assert state.money.hanging.now(since_ms + limit_ms + 1) == 1
    for event in (order("second", 2, "D", 200, 9), *filled("second", 200, 9)):
        state.apply(event)
    assert state.money.hanging.now(since_ms + limit_ms + 1) == 1
    unit = state.traders[TRADER].open_unit
    assert unit is not None and unit.open_ms == since_ms


def test_the_sessions_result_holds_what_a_unit_sold_back_lost_and_nothing_of_a_parked_one():
    state = legged()
    state.apply(ended("PARKED", 2))
    assert state.money.result_c == 0
    state.apply(ended("SCRATCHED", 3))
    assert state.money.result_c == -100
    state.apply(ended("COMPLETE", 4))
    assert state.money.result_c == -100, "an end that is told again replaces the former"
    state.apply(started(1))
    assert state.money.result_c == 0


def test_a_unit_parked_on_one_day_and_completed_on_the_next_counts_once_on_each():
    state = legged()
    money, totals = state.money, state.traders[TRADER]
    state.apply(ended("PARKED", 2))
    assert (money.parked, money.hanging.ended, totals.parked) == (1, 1, 1)
    state.apply(started(1))
    assert (money.parked, money.hanging.ended, totals.parked) == (0, 0, 0)
    at_ms = DAY_MS + 1
    for event in (
        order("credit", 1, "C", 260, at_ms),
        *filled("credit", 260, at_ms),
        ended("COMPLETE", at_ms),
    ):
        state.apply(event)
    assert (money.parked, money.completions, money.hanging.ended) == (0, 1, 1)
    assert (totals.parked, totals.completions) == (0, 1)
    assert money.hanging.mean_c == -100
    assert (money.labels, money.floor_c) == ({"RISK": 1}, -100)


def test_a_unit_parked_at_two_closes_counts_on_each_day():
    state = legged()
    state.apply(ended("PARKED", 2))
    state.apply(started(1))
    state.apply(ended("PARKED", DAY_MS + 2))
    assert (state.money.parked, state.money.floor_c) == (1, 0), "what is open has no floor yet"


def test_the_orders_of_an_open_unit_are_remembered_however_many_follow(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(state_orders, "ORDERS_KEPT", 50)
    state = legged()
    for number in range(500):
        name = f"later{number}"
        state.apply(order(name, 2 + number, "D", 200))
        state.apply(ev.OrderEnded(1, TRADER, name, "canceled", ""))
    assert "debit" in state.orders.known
    assert len(state.orders.known) <= 52


@pytest.mark.parametrize(
    ("sold", "price_c", "worth_c"),
    [(1, 10_250, 250), (1, 9_900, 0), (3, 10_250, 0), (3, 10_750, 250)],
    ids=["legged, worth 2.50", "legged, worth nothing", "sold twice, worth 0", "worth 2.50"],
)
def test_a_unit_that_expires_unhedged_ends_as_if_traded_at_what_its_vertical_is_worth(
    sold: int, price_c: int, worth_c: int
) -> None:
    """A debit of 2 contracts at 2.00; credits at 2.10, one or three of them."""
    state = DeskState()
    rows: list[ev.Event] = [
        started(0),
        ev.TraderAdded(0, TRADER, "AAPL", "2026-02-20", 100, "american", "physical", 1),
        ev.OrderIntended(1, TRADER, "d", 1, "D", 1, "C", 100, 105, 2, 200, 1, 2, 0, 0, ""),
        ev.Executed(1, TRADER, "d", "xd", 2, 200, 136, False),
        ev.OrderEnded(1, TRADER, "d", "filled", ""),
        ev.OrderIntended(1, TRADER, "c", 1, "C", 1, "C", 110, 105, sold, 210, 1, 2, 0, 0, ""),
        ev.Executed(1, TRADER, "c", "xc", sold, 210, 136, False),
        ev.OrderEnded(1, TRADER, "c", "filled", ""),
    ]
    state.apply_all(enumerate(rows, 1))
    money = state.money
    assert (money.unhedged, money.imbalance) == (max(0, 2 - sold), 1)
    before_c = money.net_premium_c
    state.apply(ev.PairSettled(2, TRADER, 1, 2, 2 - sold, price_c, 0, 0, 272, 0, None))
    assert money.net_premium_c - before_c == (2 - sold) * 100 * worth_c
    assert money.unwind_c == max(0, 2 - sold) * 100 * worth_c
    assert (money.unhedged, money.imbalance, money.open_c) == (0, 0, 0)
    assert money.matched_c == money.net_premium_c


def test_a_cycle_whose_end_is_told_again_was_legged_once_and_for_as_long_as_was_told_last():
    state = legged()
    state.apply(ended("COMPLETE", 10)._replace(hedge_s=0.5))
    state.apply(ended("COMPLETE", 20)._replace(hedge_s=2.0))
    for hedge in (state.money.hedge, state.traders[TRADER].hedge):
        assert (hedge.count, hedge.median_s(), hedge.worst_ms) == (1, 2.0, 2_000)
    state.apply(ended("SCRATCHED", 30))
    assert state.money.hedge.count == state.traders[TRADER].hedge.count == 0
    assert state.money.worst_hedge_ms(1) is not None, "the debit is still open"


def test_an_end_that_replaces_one_of_the_day_before_is_no_completion_of_this_day():
    state = legged()
    for event in (ended("COMPLETE", 10), started(1), ended("COMPLETE", DAY_MS + 10)):
        state.apply(event)
    money, totals = state.money, state.traders[TRADER]
    assert money.hedge.count == totals.hedge.count == 0
    assert (money.completions, totals.completions, money.result_c) == (0, 0, 0)


def completed(cycle: int, at_ms: int) -> tuple[ev.Event, ...]:
    name = f"c{cycle}"
    return (
        order(name, cycle, "C", 260, at_ms),
        *filled(name, 260, at_ms),
        ended("COMPLETE", at_ms, cycle),
    )


def traded(cycle: int, at_ms: int) -> tuple[ev.Event, ...]:
    name = f"d{cycle}"
    return (
        order(name, cycle, "D", 200, at_ms),
        *filled(name, 200, at_ms),
        *completed(cycle, at_ms),
    )


def test_a_unit_that_is_parked_at_the_close_has_hung_once():
    state = legged()
    state.apply(ended("PARKED", 60_000))
    assert state.money.hanging.now(60_000) == 1
    assert state.money.hanging.so_far(60_000) == (1, 0)


def test_a_cycle_that_is_left_overnight_is_one_of_the_next_days_which_completes_it():
    state = legged()
    state.apply(ended("PARKED", 60_000))
    at_ms = DAY_MS + 1
    for event in (started(1), *completed(1, at_ms), *traded(2, at_ms)):
        state.apply(event)
    money, totals = state.money, state.traders[TRADER]
    assert (money.filled_cycles, money.completions, money.left_over) == (2, 2, 1)
    assert (totals.filled_cycles, totals.completions) == (2, 2)
    assert money.hanging.so_far(at_ms) == (2, 1)


def test_a_unit_that_no_end_was_told_of_has_hung_on_both_days():
    state = legged()
    state.apply(order("later", 2, "D", 200, 60_000))
    assert state.money.hanging.so_far(60_000) == (1, 0)
    state.apply(started(1))
    assert state.money.hanging.so_far(DAY_MS) == (1, 1)
    for event in completed(1, DAY_MS + 1):
        state.apply(event)
    assert state.money.hanging.so_far(DAY_MS + 1) == (1, 1)


def test_no_more_cycles_complete_than_were_filled_where_one_of_the_day_before_is_open_again():
    state = legged()
    for event in (
        *completed(1, 10),
        started(1),
        ev.Executed(DAY_MS + 1, TRADER, "c1", "xc1", -1, 260, 0, True),
        ended("PARKED", DAY_MS + 2),
        ev.Executed(DAY_MS + 3, TRADER, "c1", "again", 1, 260, 136, True),
        ended("COMPLETE", DAY_MS + 3),
    ):
        state.apply(event)
    money, totals = state.money, state.traders[TRADER]
    assert (money.filled_cycles, money.completions) == (1, 1)
    assert (totals.filled_cycles, totals.completions) == (1, 1)


def attempted(name: str, cycle: int, at_ms: int, fills: int) -> tuple[ev.Event, ...]:
    result = "FILLED" if fills else "TIMEOUT"
    attempt = ev.AttemptEnded(at_ms, TRADER, cycle, name, 1, fills, result, 15, 4.0, None)
    executed = filled(name, 200, at_ms) if fills else ()
    return order(name, cycle, "D", 200, at_ms), *executed, attempt


def test_a_debit_of_the_day_before_that_executes_late_is_no_fill_of_this_days_attempts():
    state = legged()
    for event in (
        started(1),
        *attempted("missed", 2, DAY_MS + 1, 0),
        started(2),
        *filled("missed", 200, 2 * DAY_MS + 1),
        *attempted("hit", 3, 2 * DAY_MS + 2, 1),
    ):
        state.apply(event)
    attempts, totals = state.attempts, state.traders[TRADER]
    assert (attempts.attempts, attempts.fills) == (1, 1)
    assert (totals.attempts, totals.fills) == (1, 1)
    found = session_report(state)
    assert (found.attempts.k, found.attempts.n) == (1, 1)
    assert [(rate.k, rate.n) for rate in found.hours] == [(1, 1)]
    assert found.cycles.filled == 3, "its cycle began today"


def test_a_late_fill_of_a_debit_that_another_model_left_unfilled_teaches_nothing():
    state = legged()
    for event in (
        *attempted("missed", 2, 1, 0),
        started(0)._replace(at_ms=2, fill_model="crossing"),
        *filled("missed", 200, 3),
    ):
        state.apply(event)
    assert (state.attempts.attempts, state.attempts.fills) == (1, 1), "it is of the same session"
    assert state.metrics.total().n == 0
