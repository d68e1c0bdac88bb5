"""Rows of pairs that are kept between two looks say what a row formed anew would."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from engine.orders import events as ev
from engine.runs.past.held import PastHoldings
from engine.runtime.views.positions import PositionsBuilder
from engine.state.desk import DeskState
from tests.support.hand_written_runs import HeldStory

NEXT_DAY_MS = 3 * 86_400_000


def looked(story: HeldStory) -> tuple[DeskState, Any]:
    """The state of a story, and what holds it for a builder of positions."""
    state = DeskState()
    for event in story.events:
        state.apply(event)
    moments: Any = SimpleNamespace(state=state, start=story.events[0])
    return state, PastHoldings(moments)


def completed() -> HeldStory:
    story = HeldStory(1)
    story.play(story.keys[0], "complete", 1, 150, 160)
    return story


def test_the_days_to_expiration_are_those_of_the_session_that_is_looked_at():
    story = completed()
    state, holdings = looked(story)
    kept = PositionsBuilder(holdings)
    assert [pair.dte for pair in kept.view("positions").pairs] == [28]
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    state.apply(start._replace(at_ms=story.at_ms + NEXT_DAY_MS, session_date="2024-11-25"))
    assert [pair.dte for pair in kept.view("positions").pairs] == [25]
    assert kept.view("positions") == PositionsBuilder(holdings).view("positions")


def test_prices_that_are_corrected_on_both_sides_alike_are_told():
    story = completed()
    key = story.keys[0]
    state, holdings = looked(story)
    kept = PositionsBuilder(holdings)
    kept.view("positions")
    applied = len(story.events)
    for part in ("D", "C"):
        order = f"S1-0-1{part}1"
        price_c = 150 if part == "D" else 160
        story.fill(key, order, -1, price_c, late=True)
        story.fill(key, order, 1, price_c + 1, late=True)
    for event in story.events[applied:]:
        assert isinstance(event, ev.Executed)
        state.apply(event._replace(fee_c=136 * event.quantity))
    (pair,) = kept.view("positions").pairs
    fresh = PositionsBuilder(holdings).view("positions")
    assert (pair.debit_c, pair.credit_c) == (151, 161)
    assert kept.view("positions") == fresh


def test_a_contract_sold_twice_is_not_told_as_one_unhedged():
    story = HeldStory(1)
    key = story.keys[0]
    story.cycles[key] = 1
    story.fill(key, story.order(key, "D", 1, 150), 1, 150)
    _, holdings = looked(story)
    (pair,) = PositionsBuilder(holdings).view("positions").pairs
    assert pair.warnings == ("1 unhedged",)
    for attempt in (1, 2):
        story.sell(key, "C", 1, 160, attempt)
    _, holdings = looked(story)
    (pair,) = PositionsBuilder(holdings).view("positions").pairs
    assert pair.warnings == ("1 sold twice",)
