"""Sessions told by hand, of a date, a run and a fill model of their own, for reports of ranges."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.orders import events as ev
from engine.report.records import SessionReport
from engine.report.session import session_report
from engine.state.desk import DeskState
from tests.support.hand_written_runs import HeldStory

ET = ZoneInfo("America/New_York")


def open_ms(day: str) -> int:
    """The open of a date in New York, epoch milliseconds."""
    return round(datetime.fromisoformat(f"{day}T09:30").replace(tzinfo=ET).timestamp() * 1000)


def began(day: str, run: str = "r1", **changes: Any) -> ev.SessionStarted:
    """How a session of a simulated exchange begins."""
    start = ev.SessionStarted(
        open_ms(day), "SIM", "SIM-01", run, "simulated exchange, seed 3", "assumed", 3, day, {}
    )
    return start._replace(**changes)


def told(
    day: str = "2024-11-22", credits_c: tuple[int, ...] = (160,), after: int = 0, **changes: Any
) -> HeldStory:
    """A session of one trader: a debit of 150 cents a share each, completed with these credits.

    Args:
        day, credits_c: the session's date; cents a share.
        after: cycles of sessions before it, whose orders have those names.
        changes: of how it begins.
    """
    story = HeldStory(1, open_ms(day))
    story.cycles[story.keys[0]] = after
    story.events[0] = began(day, **changes)
    story.add(ev.PhaseChanged(story.later(1), "MORNING", ""))
    for credit_c in credits_c:
        story.play(story.keys[0], "complete", 1, 150, credit_c)
        story.play(story.keys[0], "timeout", 1, 150, credit_c)
    story.add(ev.GatesLookedAt(story.later(1), {"OPEN": 3, "NO_PAIR": 1}))
    return story


def state_of(*stories: HeldStory) -> DeskState:
    """The state after the events of sessions, one after the other."""
    state = DeskState()
    for story in stories:
        for event in story.events:
            state.apply(event)
    return state


def report(day: str = "2024-11-22", **changes: Any) -> SessionReport:
    """The report of a session told by `told`."""
    return session_report(state_of(told(day, **changes)))
