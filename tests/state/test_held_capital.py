"""What completed pairs tie up: the most that each asked of the account, for the days it is held."""

from __future__ import annotations

import pytest

from engine.orders import events as ev
from engine.snapshot.dollars import Tied
from engine.state.desk import DeskState
from tests.support.hand_written_runs import HeldStory, Story

DAYS = 28
"""From 2024-11-22, when the stories begin, to 2024-12-20."""


def state_of(story: Story) -> DeskState:
    state = DeskState()
    for event in story.events:
        state.apply(event)
    return state


def test_a_pair_ties_what_its_debit_cost_for_the_calendar_days_to_its_expiration():
    story = HeldStory(2)
    first, second = story.keys
    story.play(first, "complete", 2, 150, 160)
    story.play(first, "complete", 1, 120, 130)
    story.play(second, "scratched", 1, 150, 160)
    story.play(second, "parked", 1, 150, 160)
    capital = state_of(story).positions.capital
    floor_c = (2_000 - 2 * 272) + (1_000 - 272)
    tied = Tied(2, floor_c, 42_000, 42_000 * DAYS)
    assert capital.of(first) == capital.total() == tied
    assert capital.of(second) == Tied()
    assert tied.dollar_days == pytest.approx(42_000 * DAYS / floor_c)


def test_a_pair_whose_floor_lies_below_what_its_debit_cost_ties_its_floor():
    story = HeldStory(1)
    story.play(story.keys[0], "complete", 1, 150, 160)
    over = story.events.pop()
    assert isinstance(over, ev.CycleEnded)
    story.add(over._replace(floor_c=-34_000))
    tied = state_of(story).positions.capital.total()
    assert (tied.capital_c, tied.floor_c) == (34_000, -34_000)
    assert tied.dollar_days is None


@pytest.mark.parametrize("floor_c", [0, -1])
def test_dollars_that_nobody_guarantees_have_no_price(floor_c: int):
    assert Tied(1, floor_c, 100, 700).dollar_days is None
    assert Tied(1, 1, 100, 700).dollar_days == 700


def test_money_of_a_pair_that_expires_on_its_day_is_tied_for_a_day():
    story = HeldStory(1)
    added = story.events.pop()
    assert isinstance(added, ev.TraderAdded)
    story.add(added._replace(expiration="2024-11-22"))
    story.play(story.keys[0], "complete", 1, 150, 160)
    assert state_of(story).positions.capital.total().cent_days == 15_000


def test_an_end_that_is_told_again_replaces_the_former_and_a_settled_pair_is_free():
    story = HeldStory(1)
    key = story.keys[0]
    story.play(key, "complete", 1, 150, 160)
    over = story.events[-1]
    assert isinstance(over, ev.CycleEnded)
    story.add(over._replace(floor_c=500))
    state = state_of(story)
    assert state.positions.capital.total() == Tied(1, 500, 15_000, 15_000 * DAYS)
    settled = ev.PairSettled(story.later(1), key, 1, 1, 0, 19_000, 1000, 0, 272, 728, 500)
    state.apply(settled)
    assert state.positions.capital.total() == Tied()


def test_a_correction_after_the_end_ties_less():
    story = HeldStory(1)
    key = story.keys[0]
    story.play(key, "complete", 2, 150, 160)
    story.fill(key, "S1-0-1D1", -1, 150, True)
    assert state_of(story).positions.capital.total().capital_c == 15_000


def test_a_pair_that_is_closed_by_hand_ties_nothing():
    story = HeldStory(1)
    key = story.keys[0]
    story.play(key, "complete", 1, 150, 160)
    state = state_of(story)
    pair = state.positions.pairs.find(key, 1)
    assert pair is not None
    for (right, strike), held in pair.legs.items():
        state.apply(ev.BookAdjusted(story.later(1), key, right, strike, held, 0))
    assert state.positions.capital.total() == Tied()


def test_a_pair_that_is_held_into_the_next_session_stays_tied_though_its_result_was_that_days():
    story = HeldStory(1)
    key = story.keys[0]
    story.play(key, "complete", 1, 150, 160)
    state = state_of(story)
    before = state.positions.capital.total()
    assert state.traders[key].result_c == state.money.result_c == 728
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    state.apply(start._replace(at_ms=story.later(1), session_date="2024-11-25"))
    assert state.positions.capital.total() == before
    assert state.traders[key].result_c == 0


def test_a_cycle_whose_credit_sells_the_very_debit_back_leaves_nothing_to_tie():
    story = Story(1)
    story.play(story.keys[0], "complete", 1, 150, 160)
    state = state_of(story)
    assert not state.positions.pairs.held()
    assert state.positions.capital.total() == Tied()
