"""What desk and traders do at a past moment is what they showed then, wherever the journal says it."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path

from engine.commands import Ask, Command
from engine.market.calendar import EXCHANGE_ZONE
from engine.orders import events as ev
from engine.runs.past.desk import PastDesk, open_past
from engine.snapshot import EngineSnapshot, EngineState, TraderState
from tests.support.desks import places_of, simulated
from tests.support.operator_steps import Operated
from tests.support.past_runs import busy_story, written

A_MOMENT_S = 0.002
"""After which what was asked for lies in the past, as the journal counts milliseconds."""


def operated(folder: Path) -> Operated:
    return Operated(desk=simulated(run_dir=folder, until=time(12, 0)))


def gone(past: PastDesk, to_s: float) -> EngineSnapshot:
    """The past as of that epoch second."""
    moment = datetime.fromtimestamp(to_s, EXCHANGE_ZONE).time()
    past.submit(Command(Ask.GO, moment.isoformat("milliseconds")))
    past.beat(0.0)
    while past._busy:
        past.beat(0.0)
    return past.snapshot()


def doing(shown: EngineSnapshot) -> dict[str, TraderState]:
    return {trader.key: trader.state for trader in shown.traders}


def test_what_traders_do_in_a_past_is_what_the_desk_showed(tmp_path: Path) -> None:
    live = operated(tmp_path)
    shown: list[EngineSnapshot] = []

    def look() -> dict[str, TraderState]:
        live.run(A_MOMENT_S)
        shown.append(live.snapshot())
        return doing(shown[-1])

    held = live.legged()
    (unit,) = (each.key for each in live.snapshot().units if each.trader == held)
    live.ask(Ask.HOLD, unit)
    assert look()[held] is TraderState.BLOCKED
    order = live.working_debit()
    paused = next(each.trader for each in live.snapshot().orders if each.id == order)
    live.ask(Ask.PAUSE, paused)
    assert look()[paused] is TraderState.PAUSED
    live.ask(Ask.PAUSE, held)
    assert look()[held] is TraderState.PAUSED
    live.run_until(lambda: any(each.stage != "H7" for each in live.snapshot().units))
    live.ask(Ask.KILL, stage=1)
    live.ask(Ask.KILL, stage=1)
    assert {TraderState.HEDGING, TraderState.KILLED} <= set(look().values())
    live.run(60.0)
    live.context.journal.close()

    past = open_past(places_of(live.desk))
    for then in shown:
        now, before = gone(past, then.now_s), doing(then)
        known = {
            key: state for key, state in doing(now).items() if state is not TraderState.UNKNOWN
        }
        assert known == {key: before[key] for key in known}
        assert now.state is then.state
        assert then is not shown[0] or held in known


def test_a_first_press_that_cancels_all_is_the_second_stage_of_a_kill(tmp_path: Path) -> None:
    live = operated(tmp_path)
    live.legged()
    live.ask(Ask.KILL, stage=2)  # as `legdesk kill --all` asks, or a latch that was found
    live.run(A_MOMENT_S)
    shown = live.snapshot()
    assert shown.state is EngineState.KILLING
    live.run(60.0)
    live.context.journal.close()
    past = open_past(places_of(live.desk))
    assert gone(past, shown.now_s).state is EngineState.KILLING
    assert gone(past, shown.now_s + 30.0).state is EngineState.KILLED


def test_another_day_of_a_run_is_gone_to_by_its_date(tmp_path: Path) -> None:
    story = busy_story(6)
    start = story.events[0]
    assert isinstance(start, ev.SessionStarted)
    first = date.fromisoformat(start.session_date)
    later = first + timedelta(days=3)
    days_ms = 3 * 86_400_000
    story.add(start._replace(at_ms=start.at_ms + days_ms, session_date=later.isoformat()))
    story.add(ev.PhaseChanged(start.at_ms + days_ms + 600_000, "MORNING", ""))
    places = written(tmp_path / "run-1", story.events)
    past = open_past(places, at=time(9, 35), on=later)

    def shown(target: str = "") -> tuple[date, time, str]:
        if target:
            past.submit(Command(Ask.GO, target))
        past.beat(0.0)
        while past._busy:
            past.beat(0.0)
        now = past.snapshot()
        at = datetime.fromtimestamp(now.now_s, EXCHANGE_ZONE)
        return now.session_date, at.time(), now.tickets[0].text if now.tickets else ""

    assert shown() == (later, time(9, 35), "")
    assert shown(f"{first} 09:31") == (first, time(9, 31), f"at {first} 09:31")
    assert shown("09:32") == (first, time(9, 32), "at 09:32")
    assert shown(f"{later} 09:36")[:2] == (later, time(9, 36))
    for wrong in (
        f"{later}",
        "2026-02-30 10:00",
        "x 10:00",
        f"{later} 10:00 x",
        f"{later} 10:00+01:00",
    ):
        assert "write HH:MM, as 10:42, or a date before it" in shown(wrong)[2]
    assert shown("9999-12-31 23:59")[2] == "the journal ends here"
    assert shown("0001-01-01 00:00")[2] == "the journal begins here"
