"""Laws of the desk's state: every number follows from the events, whoever applies them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.book.contract_keys import ContractKey
from engine.orders import events as ev
from engine.report.session import session_report
from engine.state import orders as state_orders
from engine.state.desk import DeskState, StateError
from engine.state.statistics import Durations
from engine.state.totals import desk_totals, plain_values
from tests.support.hand_written_runs import OPEN_MS, Story, day, stories
from tests.support.retained import retained_bytes


def folded(events: list[ev.Event]) -> DeskState:
    state = DeskState()
    for event in events:
        state.apply(event)
    return state


@given(stories())
def test_folding_twice_gives_the_same(story: Story) -> None:
    assert plain_values(folded(story.events)) == plain_values(folded(story.events))


@given(stories(), st.data())
def test_a_prefix_and_then_the_rest_is_the_whole(story: Story, data: st.DataObject) -> None:
    cut = data.draw(st.integers(0, len(story.events)))
    state = folded(story.events[:cut])
    for event in story.events[cut:]:
        state.apply(event)
    assert plain_values(state) == plain_values(folded(story.events))


@given(stories())
def test_money_is_exact_at_every_prefix(story: Story) -> None:
    state = DeskState()
    cash_c = fees_c = held = 0
    parts: dict[str, str] = {}
    seen: set[str] = set()
    for event in story.events:
        state.apply(event)
        if isinstance(event, ev.OrderIntended):
            parts[event.order] = event.part
        if isinstance(event, ev.Executed) and event.execution not in seen:
            seen.add(event.execution)
            pays = parts[event.order] == "D"
            cash_c += event.quantity * event.price_c * (-100 if pays else 100)
            held += event.quantity if pays else -event.quantity
            fees_c += event.fee_c
        money = state.money
        assert money.net_premium_c == cash_c == money.matched_c - money.open_c
        assert money.fees_c == fees_c == sum(t.fees_c for t in state.traders.values())
        assert money.debits - money.credits - money.unwound == held
        assert held == sum(t.net for t in state.traders.values())
        assert held == sum(unit.net for unit in money.open_units.values())
        assert money.unhedged == sum(max(0, unit.net) for unit in money.open_units.values())
        assert (state.contracts.cash_c, state.contracts.fees_c) == (cash_c, fees_c)
        tallies = state.traders.values()
        assert money.matched_c == sum(totals.matched_c for totals in tallies)
        assert money.open_c == sum(totals.open_c for totals in tallies)
        assert money.floor_c == sum(totals.floor_c for totals in tallies)
        worst = [state.positions.open_worst_c(key) for key in state.traders]
        known = [worst_c for worst_c in worst if worst_c is not None]
        whole = sum(known) if len(known) == len(worst) else None
        assert state.positions.open_worst_c() == whole
    summary = state.balancer.get_summary()
    assert round(summary["net_premium"] * 100) == cash_c
    assert summary["total_imbalance"] == state.money.imbalance
    for balance in state.balancer.balances():
        totals = next(each for each in tallies if each.symbol == balance.symbol)
        assert (totals.matched_c, totals.open_c, totals.net) == (
            balance.matched_c,
            balance.open_c,
            balance.net_contracts,
        )


def cycle(outcome: str, late: bool = False) -> tuple[Story, str]:
    """Three contracts bought at 2.00 for 195/190 calls, two of them sold at 2.30, then the end."""
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    debit = story.order(key, "D", 3, 200)
    bought = 2 if late else 3
    story.fill(key, debit, bought, 200)
    story.sell(key, "C", 2, 230)
    cash_c, fees_c = 2 * 23_000 - bought * 20_000, 136 * (bought + 2)
    ended = ev.CycleEnded(
        story.later(1), key, 1, outcome, bought, cash_c, fees_c, cash_c - fees_c, "RISK", "box", 9.0
    )
    story.add(ended)
    if late:
        story.fill(key, debit, 1, 200, late=True)
    return story, key


@pytest.mark.parametrize("late", [False, True])
def test_floor_and_open_units_at_worst_count_every_contract_once(late: bool) -> None:
    story, key = cycle("COMPLETE" if late else "PARKED", late)
    state = folded(story.events)
    everything_c = 2 * 23_000 - 3 * 20_000 - 5 * 136
    totals = desk_totals(state, story.at_ms)
    assert totals.open_worst_c is not None
    assert totals.floor_c == (6_000 - 4 * 136 if late else 0)
    assert totals.floor_c + totals.open_worst_c == everything_c
    assert state.positions.open_worst_c(key) == totals.open_worst_c
    money = session_report(state).money
    assert (money.floor_c, money.open_worst_c) == (totals.floor_c, totals.open_worst_c)
    assert sum(money.labels.values()) == late, "a parked unit is no finished pair"


class AskedOneByOne(dict[Any, Any]):
    """Tells whether it has a key, and is gone through by nobody."""

    def __iter__(self) -> Iterator[Any]:
        raise AssertionError("every open unit was looked at for one trader")


def test_what_a_trader_has_open_at_worst_costs_no_look_at_the_units_of_others() -> None:
    story = Story(3)
    for key in story.keys:
        story.cycles[key] = 1
        story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    state = folded(story.events)
    whole_c = state.positions.open_worst_c()
    assert whole_c == -3 * (20_000 + 136)
    state.money.open_units = AskedOneByOne(state.money.open_units)
    assert sum(state.positions.open_worst_c(key) or 0 for key in story.keys) == whole_c
    assert state.positions.open_worst_c("nobody") == 0


def test_contracts_sold_twice_are_no_gain_at_worst() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    for number in (1, 2):
        story.sell(key, "C", 1, 230, number)
    state = folded(story.events)
    # The extra credit, 5 wide, costs 500 - 230 where the underlying ends above both strikes.
    assert session_report(state).money.open_worst_c == 3_000 - 27_000 - 3 * 136


def test_contracts_sold_twice_on_one_chain_hedge_nothing_on_another() -> None:
    story = Story(2)
    for key in story.keys:
        story.cycles[key] = 1
        story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    for number in (1, 2, 3):
        story.sell(story.keys[0], "C", 1, 230, number)
    money = folded(story.events).money
    assert (money.unhedged, money.imbalance) == (1, 3)


def test_contracts_sold_twice_wait_for_no_credit_and_hang_no_longer_the_longer_they_are() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    story.fill(key, story.order(key, "D", 1, 200), 1, 200)
    for number in (1, 2):
        story.sell(key, "C", 1, 230, number)
    state = folded(story.events)
    totals = desk_totals(state, story.at_ms + 600_000)
    assert (totals.unhedged, totals.imbalance) == (0, 1)
    assert (totals.unhedged_since_s, totals.hung, totals.worst_hang_s) == (None, 0, None)
    assert state.traders[key].open_unit is None


@given(stories())
def test_no_order_is_filled_beyond_its_quantity_and_counts_stay_in_order(story: Story) -> None:
    state = folded(story.events)
    for record in state.orders.known.values():
        assert 0 <= record.filled <= record.intent.quantity
    attempts, money = state.attempts, state.money
    assert 0 <= attempts.partials <= attempts.fills <= attempts.attempts
    ended = money.completions + money.scratched + money.parked
    assert 0 <= ended <= money.filled_cycles
    for arms in (attempts.rates.by_size(), attempts.rates.by_hour(), attempts.rates.by_delay()):
        assert sum(arm.n for arm in arms.values()) == attempts.attempts
        assert sum(arm.k for arm in arms.values()) == attempts.fills
    assert attempts.rates.by_size() == state.metrics.by_size()
    assert attempts.rates.by_delay() == state.metrics.by_delay()
    assert attempts.attempts == sum(totals.attempts for totals in state.traders.values())
    assert state.orders.unknown == 0
    assert not state.orders.live


@given(stories(), st.data())
def test_an_execution_reported_again_changes_nothing_but_the_count_of_duplicates(
    story: Story, data: st.DataObject
) -> None:
    executed = [e for e in story.events if isinstance(e, ev.Executed) and e.quantity > 0]
    if not executed:
        return
    again = data.draw(st.sampled_from(executed))
    twice = folded(story.events)
    twice.apply(again._replace(at_ms=story.at_ms))
    state, plain = plain_values(twice), plain_values(folded(story.events))
    assert state["orders"].pop("duplicates") == plain["orders"].pop("duplicates") + 1
    for each in (state, plain):
        del each["applied"], each["at_ms"]
    assert state == plain


def test_a_completed_pair_is_matched_and_a_filled_debit_alone_is_open() -> None:
    story = Story(1)
    key = story.keys[0]
    story.play(key, "complete", 2, 150, 160)
    state = folded(story.events)
    assert (state.money.matched_c, state.money.open_c) == (2000, 0)
    assert desk_totals(state, story.at_ms).net_premium_c == 2000
    story.play(key, "parked", 1, 140, 160)
    state = folded(story.events)
    totals = desk_totals(state, story.at_ms)
    assert (totals.matched_c, totals.open_c, totals.net_premium_c) == (2000, 14_000, -12_000)
    assert (totals.unhedged, totals.hung, totals.parked, totals.completions) == (1, 1, 1, 1)
    unit = state.traders[key].open_unit
    assert unit is not None and unit.stage == "H7"


def test_the_contract_book_holds_the_legs_of_both_verticals() -> None:
    story = Story(1)
    story.play(story.keys[0], "parked", 3, 150, 160)
    state = folded(story.events)
    assert state.contracts.contracts() == {
        ContractKey("SYM0", "2024-12-20", "C", 190.0): 3,
        ContractKey("SYM0", "2024-12-20", "C", 195.0): -3,
    }


def test_a_parked_unit_that_is_completed_later_counts_as_completed_only() -> None:
    story = Story(1)
    key = story.keys[0]
    story.play(key, "parked", 2, 150, 160)
    story.sell(key, "C", 2, 158, 7)
    story.cycle_over(key, "COMPLETE", 2, 1600, 2000.0)
    state = folded(story.events)
    money = state.money
    assert (money.filled_cycles, money.completions, money.parked) == (1, 1, 0)
    assert (money.hung, money.hung_net_c) == (1, 1600 - 544)
    assert money.floor_c == 1600 - 544
    assert not money.open_units
    assert not state.traders[key].units


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


def test_a_partial_fill_hedges_what_filled() -> None:
    story = Story(1)
    story.play(story.keys[0], "partial", 3, 150, 160)
    state = folded(story.events)
    assert (state.money.debits, state.money.credits, state.attempts.partials) == (1, 1, 1)
    assert state.traders[story.keys[0]].last_result == "PAR"


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


def test_a_session_of_another_date_counts_afresh_and_keeps_positions() -> None:
    story = day(3, 60)
    state = folded(story.events)
    before = desk_totals(state, story.at_ms)
    assert before.attempts
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    state.apply(start._replace(at_ms=story.at_ms + 1))
    assert desk_totals(state, story.at_ms) == before
    state.apply(start._replace(at_ms=story.at_ms + 2, session_date="2024-11-25"))
    after = desk_totals(state, story.at_ms)
    assert (after.attempts, after.orders_today, after.filled_cycles) == (0, 0, 0)
    assert (after.net_premium_c, after.unhedged) == (before.net_premium_c, before.unhedged)


def test_an_event_of_a_trader_never_added_is_refused() -> None:
    state = DeskState()
    with pytest.raises(StateError, match="never added"):
        state.apply(ev.SizeChanged(OPEN_MS, "NVDA 2024-12-20", 1, 2, ""))


def test_a_gap_in_sequence_numbers_is_refused() -> None:
    events = Story(1).events
    with pytest.raises(StateError, match="event 3 came where event 2"):
        DeskState().apply_all([(1, events[0]), (3, events[1])])


def test_holds_faults_and_sizes_last_until_they_change() -> None:
    story = Story(1)
    key = story.keys[0]
    story.add(ev.TraderHeld(story.later(1), key, "FILL", story.at_ms + 60_000, "2/22 below 25 %"))
    story.add(ev.SizeChanged(story.later(1), key, 2, 1, "fill rate 9 %"))
    story.add(ev.TraderFaulted(story.later(1), key, "ZeroDivisionError"))
    state = folded(story.events)
    totals = state.traders[key]
    assert totals.hold is not None
    assert (totals.hold.code, totals.size, totals.fault) == ("FILL", 1, "ZeroDivisionError")
    state.apply(ev.TraderReleased(story.later(1), key, "FILL"))
    assert state.traders[key].hold is None
    assert [line.text for line in state.notices.lines][-4:] == [
        f"hold {key} FILL: 2/22 below 25 %",
        f"size {key} 2 -> 1 (fill rate 9 %)",
        f"fault {key}: ZeroDivisionError",
        f"release {key} FILL",
    ]


def test_an_alarm_is_active_until_cleared_and_its_acknowledgement_is_timed() -> None:
    state = DeskState()
    raised = ev.AlarmRaised(OPEN_MS, "A1", 1, "HUNG", "SYM0", "unhedged 31 s", "risk", "press h")
    state.apply(raised)
    state.apply(raised._replace(at_ms=OPEN_MS + 5))
    record = state.notices.alarms["A1"]
    assert (record.state, state.notices.raised[1]) == ("unacked", 1)
    state.apply(ev.AlarmAcknowledged(OPEN_MS + 9000, "A1"))
    assert record.state == "acked"
    assert list(state.notices.acked_after_ms) == [9000]
    state.apply(ev.AlarmCleared(OPEN_MS + 10_000, "A1"))
    assert (record.state, state.notices.alarms) == ("cleared", {})


def test_a_ticket_that_is_accepted_and_then_confirmed_is_one_action() -> None:
    state = DeskState()
    for outcome in ("accepted", "confirmed"):
        state.apply(
            ev.OperatorActed(OPEN_MS, "T1", "pause", "SYM0", "op", "p", "RUN", "PAU", outcome, "")
        )
    assert state.notices.operator == {"pause": {"confirmed": 1}}
    assert state.notices.lines[-1].source == "op"


def test_a_recommendation_carries_what_became_of_it() -> None:
    state = DeskState()
    state.apply(ev.Recommended(OPEN_MS, "R1", "SYM0", "HOURS", [9, 10], [10], "THIN", {}))
    assert state.notices.recommendations["R1"].state == "ready"
    state.apply(ev.RecommendationSettled(OPEN_MS + 1, "R1", "rejected", "too thin"))
    record = state.notices.recommendations["R1"]
    assert (record.state, record.reason) == ("rejected", "too thin")
    assert "9,10 -> 10" in state.notices.lines[-2].text


def test_the_books_get_a_line_only_when_the_answer_changes() -> None:
    state = DeskState()
    for difference in ("", "", "SYM0 190C: book +1", ""):
        state.apply(ev.BooksCompared(OPEN_MS, 9, difference))
    assert len(state.notices.lines) == 3


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


def test_a_bust_takes_its_contracts_and_money_back_and_a_late_fill_of_the_rest_is_booked() -> None:
    story = Story(1)
    key = story.keys[0]
    story.cycles[key] = 1
    name = story.order(key, "D", 2, 150)
    story.works(key, name)
    first = story.fill(key, name, 2, 150)
    story.add(first._replace(quantity=-2, fee_c=-272))
    state = folded(story.events)
    money = state.money
    assert (money.debits, money.paid_c, money.fees_c, money.open_c) == (0, 0, 0, 0)
    assert (state.contracts.contracts(), state.contracts.cash_c) == ({}, 0)
    assert (state.orders.corrections, state.orders.known[name].filled) == (1, 0)
    assert not money.open_units
    state.apply(story.fill(key, name, 1, 149))
    assert (money.debits, money.open_c, money.unhedged) == (1, 14_900, 1)


def test_every_change_marks_the_row_of_its_trader() -> None:
    story = Story(2)
    state = folded(story.events)
    for totals in state.traders.values():
        totals.dirty = False
    mark = len(story.events)
    story.play(story.keys[0], "hung", 2, 150, 160)
    for event in story.events[mark:]:
        state.traders[story.keys[0]].dirty = False
        state.apply(event)
        # Its row has nothing of what is learned alone.
        shown = not isinstance(event, ev.PairChosen | ev.FillMarked)
        assert state.traders[story.keys[0]].dirty is shown, event
    assert not state.traders[story.keys[1]].dirty


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


@given(st.lists(st.one_of(st.integers(0, 200), st.integers(9_900, 4_000_000)), max_size=80))
def test_the_median_of_durations_is_kept_up_with_each_of_them(took_ms: list[int]) -> None:
    durations = Durations()
    assert durations.median_s() is None
    steps: list[float] = []
    for each in took_ms:
        durations.add(each)
        coarse = min(each // 1000, 3600)
        steps.append(each // 10 * 10 / 1000 if each < 10_000 else float(coarse))
        assert durations.median_s() == sorted(steps)[(len(steps) - 1) // 2]


@given(st.lists(st.integers(0, 40_000), min_size=1, max_size=30), st.data())
def test_a_duration_that_is_taken_back_was_never_counted(
    took_ms: list[int], data: st.DataObject
) -> None:
    durations = Durations()
    for each in took_ms:
        durations.add(each)
    kept = list(took_ms)
    for each in data.draw(st.lists(st.sampled_from(took_ms), max_size=9)):
        if each in kept:
            kept.remove(each)
            durations.take_back(each)
    kept.append(7_000)
    durations.add(7_000)
    plain = Durations()
    for each in kept:
        plain.add(each)
    assert (durations.count, [*durations.steps()]) == (plain.count, [*plain.steps()])
    assert durations.median_s() == plain.median_s()
    assert 0 <= plain.worst_ms - durations.worst_ms < 1_000


def test_a_duration_takes_few_bytes_as_each_trader_has_hundreds_of_different_ones() -> None:
    def many() -> Durations:
        durations = Durations()
        for ms in range(0, 10_000, 10):
            durations.add(ms)
        return durations

    assert retained_bytes(many) / 1_000 < 12


def test_the_lines_call_a_star_all_traders() -> None:
    state = DeskState()
    state.apply(
        ev.OperatorActed(OPEN_MS, "T1", "halt", "*", "op", "H", "RUN", "HLT", "confirmed", "")
    )
    state.apply(ev.Recommended(OPEN_MS, "R1", "*", "SIZE", 1, 2, "THIN", {}))
    state.apply(ev.SettingChanged(OPEN_MS, "*", "optimal_contracts", 1, 2, "R1 approved"))
    assert [line.text for line in state.notices.lines] == [
        "halt confirmed",
        "R1 SIZE all traders 1 -> 2 THIN",
        "all traders optimal_contracts 1 -> 2 (R1 approved)",
    ]
