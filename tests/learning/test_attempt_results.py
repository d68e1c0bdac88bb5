"""Rows to learn from: each attempt once, with its dollars, whatever comes late or again."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.attempt_results import (
    CHANGEABLE_KEPT,
    AttemptResult,
    AttemptResults,
    attempt_results,
    venue_of,
)
from engine.orders import events as ev
from engine.state.desk import DeskState
from tests.support.hand_written_runs import OUTCOMES, Story, stories


def held_after(events: list[ev.Event]) -> dict[tuple[str, int], AttemptResult]:
    """What an observer holds that adds and takes back; each row it is told to take back it has."""
    held: dict[tuple[str, int], AttemptResult] = {}

    def observe(row: AttemptResult, sign: int) -> None:
        key = row.trader, row.cycle
        if sign > 0:
            assert key not in held
            held[key] = row
        else:
            assert held.pop(key) == row

    results = AttemptResults([observe])
    for event in events:
        results.apply(event)
    return held


@given(stories())
@settings(max_examples=150)
def test_rows_add_up_to_what_the_desk_counts(story: Story) -> None:
    held = held_after(story.events)
    desk = DeskState()
    for event in story.events:
        desk.apply(event)
    filled = {e[1:3] for e in story.events if isinstance(e, ev.AttemptEnded) and e.filled}
    ended = {e[1:3] for e in story.events if isinstance(e, ev.CycleEnded)}
    taken_back = len(filled - ended)  # a correction of all that filled: no cycle, no dollars
    assert len(held) == desk.attempts.attempts - taken_back
    assert sum(row.filled > 0 for row in held.values()) == desk.attempts.fills - taken_back
    finished = [row for row in held.values() if row.outcome in ("COMPLETE", "SCRATCHED")]
    assert sum(round(row.dollars * 100) for row in finished) == desk.money.result_c
    assert sorted(held.values(), key=lambda r: (r.at_ms, r.trader, r.cycle)) == attempt_results(
        story.events
    )


@given(stories(most=8), st.data())
def test_a_journal_that_is_read_again_gives_the_same_rows(
    story: Story, data: st.DataObject
) -> None:
    kept = held_after(story.events)
    cut = data.draw(st.integers(0, len(story.events)))
    assert held_after(story.events[:cut] + story.events[cut:]) == kept


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_an_attempt_came_to(outcome: str) -> None:
    story = Story(1)
    story.play(story.keys[0], outcome, 2, 150, 170)
    rows = attempt_results(story.events)
    if outcome == "rejected":
        assert rows == []
        return
    [row] = rows
    expected = {
        "timeout": (0, "", 0.0),
        "partial": (1, "COMPLETE", 20.0 - 2.72),
        "correction": (2, "COMPLETE", 20.0 - 2.72),
        "parked": (2, "PARKED", -300.0 - 5.44),
        "scratched": (2, "SCRATCHED", -4.0 - 5.44),
    }
    filled, cycle, dollars = expected.get(outcome, (2, "COMPLETE", 40.0 - 5.44))
    assert (row.filled, row.outcome) == (filled, cycle)
    assert row.dollars == pytest.approx(dollars)
    assert row.settings.contracts == 2 and row.settings.cancel_ms == 2500
    assert row.seconds >= row.waited_s > 0 or outcome == "late after reject"


def test_a_parked_unit_that_completes_later_is_no_loss_any_more() -> None:
    story = Story(1)
    [key] = story.keys
    story.play(key, "parked", 1, 150, 170)
    [before] = held_after(story.events).values()
    story.sell(key, "C", 1, 170)
    story.cycle_over(key, "COMPLETE", 1, 2000, 1800.0)
    [after] = held_after(story.events).values()
    assert before.dollars < 0 < after.dollars == pytest.approx(20 - 2.72)
    assert after.hedge_s == 1800.0


def test_dates_and_fill_models_are_told_apart() -> None:
    story = Story(1)
    [key] = story.keys
    story.play(key, "timeout", 1, 150, 170)
    again = ev.SessionStarted(
        story.later(60_000), "SIM", "SIM-01", "r2", "synthetic", "crossing", 7, "2024-11-25", {}
    )
    story.add(again)
    story.play(key, "timeout", 1, 150, 170)
    first, second = attempt_results(story.events)
    assert (first.venue, second.venue) == ("SIM synthetic assumed", "SIM synthetic crossing")
    assert second.session - first.session == 3


def test_memory_is_bounded_and_open_cycles_stay() -> None:
    story = Story(1)
    [key] = story.keys
    story.cycles[key] += 1
    name = story.order(key, "D", 1, 150)
    story.works(key, name)
    story.fill(key, name, 1, 150)
    story.end(key, name, "filled")
    story.attempt(key, name, 1, 1, "FILLED")
    results = AttemptResults()
    for event in story.events:
        results.apply(event)
    chosen = next(e for e in story.events if isinstance(e, ev.PairChosen))
    ended = next(e for e in story.events if isinstance(e, ev.AttemptEnded))
    for cycle in range(2, CHANGEABLE_KEPT + 60):
        results.apply(chosen._replace(cycle=cycle))
        results.apply(ended._replace(cycle=cycle, filled=0, result="TIMEOUT"))
    rows: list[AttemptResult] = []
    results.add_observer(lambda row, sign: rows.append(row))
    story.sell(key, "C", 1, 170)
    story.cycle_over(key, "COMPLETE", 1, 2000, 1.0)
    results.apply(story.events[-1])
    assert [(row.trader, row.cycle, row.outcome) for row in rows] == [(key, 1, "COMPLETE")]
    assert results.changeable <= CHANGEABLE_KEPT


@pytest.mark.parametrize(
    ("source", "venue"),
    [
        ("simulated exchange, seed 21", "SIM simulated exchange assumed"),
        ("recorded session goog", "SIM recorded session assumed"),
        ("", "SIM assumed"),
    ],
)
def test_days_of_one_exchange_are_one_venue_whatever_their_seed(source: str, venue: str) -> None:
    started = Story(1).events[0]
    assert isinstance(started, ev.SessionStarted)
    assert venue_of(started._replace(source=source)) == venue
