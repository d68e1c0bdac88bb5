"""Ghosts, locations and marks as the journal's fold: same after a restart, one venue at a time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.orders import events as ev
from engine.report.session import session_report
from engine.report.session_page import session_page
from engine.report.text import report_text
from engine.state.desk import DeskState
from tests.support.hand_written_runs import Story, stories


def folded(events: list[ev.Event]) -> DeskState:
    state = DeskState()
    for event in events:
        state.apply(event)
    return state


def figures(state: DeskState) -> list[object]:
    """Everything that is told."""
    post = state.post_trade
    of_traders = [post.of_trader(key) for key in state.traders]
    ghosts = post.ghosts.of_desk(2500)
    counts = None if ghosts is None else (ghosts.watched, ghosts.first, ghosts.crossed)
    return [post.venue, post.notices(), counts, *of_traders]


def silent_day(attempts: int = 320) -> Story:
    """Nothing fills at 0.35 of the market; the ask comes down to 0.4 after each cancel."""
    story = Story(1)
    for _ in range(attempts):
        story.play(story.keys[0], "timeout", 1, 150, 160)
    return story


@given(stories(), st.data())
def test_a_restart_in_the_middle_changes_nothing(story: Story, data: st.DataObject) -> None:
    whole = folded(story.events)
    cut = data.draw(st.integers(1, len(story.events)))
    again = DeskState()
    again.apply_all(enumerate(story.events[:cut], 1))
    started = story.events[0]
    assert isinstance(started, ev.SessionStarted)
    again.apply(started._replace(at_ms=again.at_ms))
    for event in story.events[cut:]:
        again.apply(event)
    assert figures(again) == figures(whole)


def test_what_does_not_fill_is_told_with_what_the_quotes_reached() -> None:
    story = silent_day()
    state = folded(story.events)
    told = (
        "SYM0 2024-12-20: buying at 0.35 of the market: 0 of 320 attempts filled; the quotes "
        "reached 0.40 in at least half of 320 unfilled (below 0.93% with 95 % confidence)"
    )
    assert state.post_trade.notices() == (told,)
    report = session_report(state)
    assert report.to_json()["notices"] == (told,)
    assert told in " ".join(report_text(report, 200).split())
    assert told in session_page(report)
    afterwards = (
        "320 debits cancelled after 2,500 ms were watched for 30 s more: the market was looked at "
        "for 320 from 7.0 s on and came to the limit of at least 214"
    )
    assert report.to_json()["afterwards"] == (afterwards,)
    assert afterwards in session_page(report)


def test_a_late_execution_ends_the_notice() -> None:
    for outcome in ("late", "late after reject", "complete"):
        story = silent_day()
        story.play(story.keys[0], outcome, 1, 150, 160)
        assert folded(story.events).post_trade.notices() == (), outcome


def test_another_venue_or_fill_model_begins_anew() -> None:
    story = silent_day()
    state = folded(story.events)
    started = story.events[0]
    assert isinstance(started, ev.SessionStarted)
    state.apply(started._replace(at_ms=state.at_ms, fill_model="crossing"))
    assert state.post_trade.notices() == ()
    assert state.post_trade.ghosts.of_desk(2500) is None
    assert state.post_trade.of_trader(story.keys[0]) == ()
    ended = next(e for e in story.events if isinstance(e, ev.OrderIntended))
    late = ev.Executed(state.at_ms, story.keys[0], ended.order, "E-late", 1, 150, 136, True)
    state.apply(late)
    assert state.post_trade.of_trader(story.keys[0]) == (), "an order of the venue before"


def test_what_an_arm_drew_is_not_the_setting() -> None:
    story = silent_day(2)
    state = folded(story.events)
    chosen = next(e for e in story.events if isinstance(e, ev.PairChosen))
    state.apply(chosen._replace(buy_at=0.45, arm="X buy_at 0.45"))
    used = state.post_trade.locations.used(story.keys[0])
    assert used is not None
    assert used[0] == 0.35
