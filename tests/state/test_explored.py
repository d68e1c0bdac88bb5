"""What exploring cost: explored attempts beside the others of the same time, thin where few."""

from __future__ import annotations

from typing import Any

import pytest

from engine.orders import events as ev
from engine.state.explored import SHARE, THIN_BELOW, Explored
from tests.support.attempt_rows import AttemptRow, result


def started(share: float, **changes: Any) -> ev.SessionStarted:
    settings = {"exploration": {"share": share}}
    event = ev.SessionStarted(0, "SIM", "A", "r", "test", "", 7, "2024-11-22", settings)
    return event._replace(**changes)


def switched(at_ms: int, after: float) -> ev.SettingChanged:
    return ev.SettingChanged(at_ms, "*", SHARE, 0.0, after, "operator")


def count(explored: Explored, arm: str, dollars: float, times: int, sign: int = 1) -> None:
    """Attempts of six minutes each: ten make an hour."""
    row = AttemptRow(1, 600, "A", "MORNING", 40.0, 1, dollars, 360.0)
    for _ in range(times):
        explored.counted(result(row, arm=arm), sign)


def test_the_cost_is_what_the_same_time_made_with_the_settings_in_force() -> None:
    explored = Explored()
    explored.session_started(started(0.1))
    count(explored, "", 2.0, 100)
    count(explored, "X cancel_ms 3000", 1.0, 10)
    count(explored, "X buy_at 0.4", 1.5, 10)
    count(explored, "T1 after", 900.0, 50)
    assert (explored.drawn.hourly, explored.others.hourly) == (12.5, 20.0)
    assert explored.cost_usd == pytest.approx(15.0)
    assert {lever: made.attempts for lever, made in explored.by_lever.items()} == {
        "cancel_ms": 10,
        "buy_at": 10,
    }
    assert explored.told() == (
        "exploring 10% of attempts: 20 explored made +12.50 $ a trader-hour, 100 others of that "
        "time +20.00; exploring cost 15.00 $ so far, THIN"
    )
    assert explored.told_by_lever() == (
        "explored, $ a trader-hour (attempts): buy_at +15.00 (10, THIN), cancel_ms +10.00 (10, THIN)"
    )
    count(explored, "X buy_at 0.4", 1.5, 10, sign=-1)
    count(explored, "X buy_at 0.4", 9.0, THIN_BELOW)
    assert "exploring gained" in explored.told()
    assert "THIN" not in explored.told()


def test_nothing_explored_yet_costs_nothing_that_is_known() -> None:
    explored = Explored()
    explored.session_started(started(0.0))
    count(explored, "", 2.0, 5)
    assert (explored.told(), explored.told_by_lever(), explored.others.attempts) == ("", "", 0)
    explored.setting_changed(switched(1, 0.1))
    count(explored, "", 2.0, 5)
    assert explored.told() == "exploring 10% of attempts: 0 explored, 5 others so far"
    assert explored.cost_usd is None
    explored.setting_changed(switched(2, 0.0))
    assert explored.told().startswith("exploring is off: 0 explored")


def test_a_restart_keeps_what_an_operator_switched_and_another_day_begins_as_set() -> None:
    explored = Explored()
    explored.session_started(started(0.0))
    explored.setting_changed(switched(1, 0.1))
    explored.setting_changed(ev.SettingChanged(1, "A", "optimal_cancel_ms", 1, 2, ""))
    count(explored, "X cancel_ms 3000", 1.0, 10)
    explored.session_started(started(0.0, at_ms=9))
    assert (explored.share, explored.drawn.attempts) == (0.1, 10)
    explored.session_started(started(0.0, at_ms=99, session_date="2024-11-25"))
    assert (explored.share, explored.drawn.attempts) == (0.0, 10)
    explored.session_started(started(0.2, at_ms=999, fill_model="crossing"))
    assert (explored.share, explored.drawn.attempts) == (0.2, 0)
    count(explored, "X cancel_ms 3000", 1.0, 10)
    assert explored.drawn.attempts == 0, "an attempt of the venue before"


def test_only_attempts_of_the_time_in_which_something_explores_are_compared() -> None:
    explored = Explored()
    explored.session_started(started(0.0))
    explored.setting_changed(switched(100, 0.1))
    explored.setting_changed(switched(150, 0.2))
    sent = {50: 9.0, 120: 2.0, 199: 2.0, 200: 9.0, 260: 9.0, 300: 2.0, 400: 2.0}
    for off, on in ((200, 300), (500, 600)):
        explored.setting_changed(switched(off, 0.0))
        explored.setting_changed(switched(on, 0.1))
    row = AttemptRow(1, 600, "A", "MORNING", 40.0, 1, 1.0, 360.0)
    for at_ms, dollars in sent.items():
        explored.counted(result(row, arm="")._replace(at_ms=at_ms, dollars=dollars), 1)
    explored.counted(result(row, arm="X cancel_ms 3000")._replace(at_ms=130), 1)
    assert (explored.others.attempts, explored.others.hourly) == (4, 20.0)
    assert explored.cost_usd == pytest.approx(1.0)
    explored.session_started(started(0.0, at_ms=1_000, session_date="2024-11-25"))
    explored.counted(result(row, arm="")._replace(at_ms=1_100, dollars=9.0), 1)
    assert explored.others.attempts == 4, "nothing explores today"
