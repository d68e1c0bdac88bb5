"""What the state remembers of orders, and what counts as an attempt and as its fill."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.risk.exposure import Exposure
from engine.state import orders as state_orders
from engine.state.desk import DeskState
from tests.support.exposure_events import A, added, executed, intended
from tests.support.hand_written_runs import Story, folded


def test_a_late_fill_turns_its_timed_out_attempt_into_a_fill() -> None:
    story = Story(1)
    key = story.keys[0]
    story.play(key, "timeout", 2, 150, 160)
    story.play(key, "late", 2, 150, 160)
    state = folded(story.events)
    assert (state.attempts.attempts, state.attempts.fills, state.orders.late_fills) == (2, 1, 1)
    assert state.money.completions == 1
    assert state.attempts.fill.median_s() is None


def test_a_late_fill_that_is_busted_and_comes_again_is_one_fill_of_one_attempt() -> None:
    story = Story(1)
    key = story.keys[0]
    story.play(key, "timeout", 2, 150, 160)
    name = next(e.order for e in story.events if isinstance(e, ev.OrderIntended))
    first = story.fill(key, name, 2, 150, True)
    story.add(first._replace(at_ms=story.later(5), quantity=-2, fee_c=-first.fee_c))
    story.fill(key, name, 2, 150, True)
    state = folded(story.events)
    assert (state.attempts.attempts, state.attempts.fills) == (1, 1)
    assert [(rate.k, rate.n) for rate in state.attempts.rates.by_size().values()] == [(1, 1)]


def test_a_corrected_price_makes_an_order_neither_executed_again_nor_filled_late() -> None:
    state, sums = DeskState(), Exposure()
    whole = executed("d", 2)
    again = whole._replace(execution=f"{whole.execution}~1", price_c=whole.price_c + 1, late=True)
    for event in (
        added(A),
        intended("d", 2),
        ev.OrderSent(0, A, "d"),
        whole,
        whole._replace(quantity=-2, fee_c=-68, late=True),
        again,
    ):
        state.apply(event)
        sums.apply(event)
    orders = state.orders
    assert (orders.executed, orders.late_fills, orders.corrections) == (1, 0, 1)
    assert state.traders[A].late_fills == 0
    assert orders.efficiency == sums.efficiency() == 1 / 2


def test_a_leg_is_awaited_no_more_once_its_order_is_filled_whole_and_again_after_a_bust() -> None:
    state = DeskState()
    for event in (added(A), intended("d", 2), ev.LegExecuted(0, A, "d", 0, "leg", 1, 2_070)):
        state.apply(event)
    assert list(state.orders.one_leg_ahead) == ["d"]
    whole = executed("d", 2)
    state.apply(whole)
    assert not state.orders.one_leg_ahead, "the order could never be forgotten"
    state.apply(whole._replace(quantity=-1, fee_c=-68))
    assert list(state.orders.one_leg_ahead) == ["d"]


def test_rejected_orders_are_no_attempts_and_are_counted_in_a_row() -> None:
    story = Story(1)
    key = story.keys[0]
    for _ in range(3):
        story.play(key, "rejected", 1, 150, 160)
    state = folded(story.events)
    totals = state.traders[key]
    assert (totals.attempts, totals.rejects, totals.rejects_in_row) == (0, 3, 3)
    assert totals.last_result == "REJ"
    story.play(key, "timeout", 1, 150, 160)
    assert folded(story.events).traders[key].rejects_in_row == 0


def test_contracts_beyond_the_order_are_counted_and_not_booked() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    name = story.order(key, "D", 2, 150)
    story.fill(key, name, 5, 150)
    state = folded(story.events)
    assert (state.orders.excess, state.money.debits) == (3, 2)
    assert state.orders.known[name].filled == 2


def test_an_execution_of_a_forgotten_order_is_counted_and_reported() -> None:
    story = Story(1)
    story.fill(story.keys[0], "S1-0-99D1", 1, 150)
    state = folded(story.events)
    assert state.orders.orphans == 1
    assert state.money.net_premium_c == 0
    assert "not booked" in state.notices.lines[-1].text


def test_an_unknown_order_stays_unknown_through_a_cancel_until_there_is_an_answer() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    name = story.order(key, "D", 2, 150)
    story.add(ev.OrderUnknown(story.later(2000), key, name, "no reply"))
    story.add(ev.CancelSent(story.later(1), key, name, "cap"))
    state = folded(story.events)
    assert (state.orders.unknown, state.orders.live[name].status) == (1, "unknown")
    state.apply(ev.OrderEnded(story.later(1), key, name, "canceled", ""))
    assert (state.orders.unknown, len(state.orders.live)) == (0, 0)


def test_only_so_many_ended_orders_are_remembered_and_live_ones_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(state_orders, "ORDERS_KEPT", 5)
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    living = story.order(key, "D", 1, 150)
    for _ in range(20):
        story.play(key, "timeout", 1, 150, 160)
    state = folded(story.events)
    assert len(state.orders.known) == 5
    assert living in state.orders.known


def test_orders_of_the_last_minute_are_counted_to_the_second() -> None:
    story = Story(1)
    key = story.keys[0]
    for _ in range(5):
        story.play(key, "timeout", 1, 150, 160)  # one every 5.5 s
    orders = folded(story.events).orders
    assert orders.sent_last_minute(story.at_ms) == orders.submits == 5
    assert orders.sent_last_minute(story.at_ms + 45_000) == 3
    assert orders.sent_last_minute(story.at_ms + 90_000) == 0
    assert orders.efficiency == 10.0


def test_fills_fall_into_five_minute_buckets_of_the_last_hour() -> None:
    story = Story(1)
    key = story.keys[0]
    for _ in range(3):
        story.play(key, "complete", 1, 150, 160)
        story.later(1_000_000)
    totals = folded(story.events).traders[key]
    assert sum(totals.sparkline(story.at_ms)) == 3
    assert len(totals.sparkline(story.at_ms)) == 12
    assert sum(totals.sparkline(story.at_ms + 2_000_000)) == 1
    assert sum(totals.sparkline(story.at_ms + 3_600_000)) == 0


def test_an_order_remembers_what_became_of_it() -> None:
    story = Story(1)
    story.play(story.keys[0], "partial", 3, 150, 160)
    debit, credit = folded(story.events).orders.ended
    assert (debit.status, debit.filled, debit.value_c, debit.text) == ("canceled", 1, 150, "rest")
    assert (credit.status, credit.filled, credit.intent.part) == ("filled", 1, "C")
    assert debit.sent_ms is not None
    assert debit.working_ms is not None
    assert debit.ended_ms is not None
    assert debit.sent_ms < debit.working_ms < debit.ended_ms


def test_rates_by_size_count_attempts_fills_and_contracts() -> None:
    story = Story(1)
    story.play(story.keys[0], "complete", 1, 150, 160)
    story.play(story.keys[0], "partial", 2, 150, 160)
    story.play(story.keys[0], "timeout", 2, 150, 160)
    arms = folded(story.events).attempts.rates.by_size()
    assert [(size, arm.k, arm.n, arm.lots) for size, arm in arms.items()] == [
        (1, 1, 1, 1),
        (2, 1, 2, 1),
    ]
