"""An executor without a desk over several days and several starts: limits of the day, order ids, journal."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine.market.calendar import EXCHANGE_ZONE
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.runtime.steady_clock import SteadyClock
from tests.support.executor_world import (
    MORNING_S,
    NEAR,
    TODAY,
    PaperBroker,
    alarms,
    by_hand,
    executor_on,
    fill,
    run_for,
    virtual,
)
from tests.support.set_clock import SetClock

NEXT_S = MORNING_S + 23 * 3600.0 + 600.0
"""Ten minutes after the next day's open: a chain whose every order executes costs CPU by the minute."""
LATE_S = MORNING_S + 4.75 * 3600
"""A quarter past three: little of the day is left to trade through."""


def executor(start_s: float = MORNING_S, **more: Any) -> Any:
    """An executor of one chain whose every order executes at once."""
    broker = PaperBroker(answer=fill)
    made = executor_on(broker, virtual(start_s), cancel_callback=broker.cancel, **more)
    made.add_symbol("SYM", [NEAR])
    return made


def lost(made: Any, dollars: float) -> None:
    """Let a pair come to such a loss."""
    context = made.context
    context.emit(
        ev.CycleEnded(
            context.now().at_ms, f"SYM {NEAR}", 9000, "COMPLETE", 1, 0, 272,
            -round(dollars * 100), "RISK", "condor", 1.0,
        )
    )  # fmt: skip


def debits(made: Any) -> int:
    return sum(
        isinstance(event, ev.OrderIntended) and event.part == "D"
        for _, event in made.context.journal.read()
    )


def test_a_limit_of_the_day_stops_debits_and_its_orders_are_counted_for_that_day_and_no_longer(
    tmp_path: Path,
):
    made = executor(LATE_S, journal_path=tmp_path / "journal.db")
    run_for(made, 600)
    lost(made, made.config.limits.day_loss_exit_only_usd)
    before = debits(made)
    made.scheduler.run_until(LATE_S + 1800)
    first = made.context.exposure.orders
    assert debits(made) == before
    assert first > 20
    assert made.context.alarms.is_raised("DAY_LOSS", "desk")
    made.scheduler.run_until(NEXT_S)
    assert debits(made) > before
    assert not made.context.alarms.is_raised("DAY_LOSS", "desk")
    days = made.limits.budget._days
    second = made.context.exposure.orders
    assert days._days[TODAY.isoformat()] == first
    assert days._days["2026-03-11"] == second
    intended = [e for _, e in made.context.journal.read() if isinstance(e, ev.OrderIntended)]
    assert made.context.state.session.session_date == "2026-03-11"
    assert second == sum(event.at_ms > (MORNING_S + 43_200) * 1000 for event in intended)
    made.stop()


def test_a_day_that_was_halted_stays_halted_until_somebody_resumes_the_next():
    made = executor(LATE_S)
    run_for(made, 60)
    lost(made, made.config.limits.day_loss_halt_usd)
    made.scheduler.run_until(NEXT_S)
    before = debits(made)
    assert made.flags.halted and not made.context.gate.loss_halted
    made.resume("*")
    made.scheduler.run_until(NEXT_S + 600)
    assert debits(made) > before
    made.stop()


def test_a_journal_that_an_earlier_executor_wrote_is_refused(tmp_path: Path):
    path = tmp_path / "journal.db"
    first = executor(journal_path=path)
    run_for(first, 60)
    first.stop()
    with pytest.raises(JournalError, match="name another file") as refused:
        executor(MORNING_S + 600, journal_path=path)
    assert refused.value.code == "used"
    executor(MORNING_S + 600, journal_path=tmp_path / "second.db").stop()


def test_two_executors_of_one_day_give_no_order_the_same_name():
    names: list[set[str]] = []
    for start_s in (MORNING_S, MORNING_S + 600):
        made = executor(start_s)
        run_for(made, 60)
        names.append(set(made.context.state.orders.known))
        made.stop()
    assert names[0] and names[1]
    assert names[0].isdisjoint(names[1])
    assert all(len(name) <= 32 for name in names[0] | names[1])


def test_a_clock_set_to_another_day_opens_no_limit_of_the_day_by_itself():
    made = executor()
    run_for(made, 60)
    lost(made, made.config.limits.day_loss_exit_only_usd)
    wall = SetClock(made.context.clock)
    made.context.clock = SteadyClock(wall)
    made.context.clock.begin()
    made.scheduler.run_until(MORNING_S + 70)
    before = debits(made)
    wall.off_s = 86_400.0
    made.scheduler.run_until(MORNING_S + 600)
    assert made.context.state.session.session_date == "2026-03-11"
    assert debits(made) == before
    assert made.flags.halted
    made.resume("*")
    made.scheduler.run_until(MORNING_S + 900)
    assert debits(made) > before, "somebody says that it is another day"
    made.stop()


def at(day: date, hour: int, minute: int) -> float:
    """Epoch second of a time in New York."""
    return datetime.combine(day, time(hour, minute), EXCHANGE_ZONE).timestamp()


def test_a_closed_day_is_a_day_of_its_own_and_begins_no_session(tmp_path: Path):
    """Friday to Saturday: the date, the days left and the reason, as the calendar says."""
    friday = date(2026, 3, 13)
    made = executor(at(friday, 23, 50), journal_path=tmp_path / "journal.db")
    made.begin()
    made.context.exposure.orders = sent = 25  # before the close
    made.scheduler.run_until(at(friday, 23, 59))
    assert made.get_status()["traders"][f"SYM {NEAR}"]["days_to_expiry"] == 35
    made.scheduler.run_until(at(friday + timedelta(days=1), 0, 1))
    status = made.get_status()
    [trader], [row] = made.traders.values(), made.publisher.build().traders
    assert trader.days_to_expiry == 34
    assert status["traders"][trader.key]["days_to_expiry"] == 34
    assert row.dte == 34
    assert made.context.session.phase.reason == "weekend"
    assert any(note.startswith("closed (weekend): opens Mon") for note in status["notes"])
    assert made.context.state.session.session_date == friday.isoformat()
    assert list(made.limits.budget._days._days.items()) == [(friday.isoformat(), sent)]
    made.stop()


def test_a_session_begins_at_the_midnight_of_its_date_also_after_a_start_on_a_sunday():
    sunday = date(2026, 3, 15)
    made = executor(at(sunday, 23, 55))
    made.begin()
    made.scheduler.run_until(at(sunday, 23, 59))
    assert made.get_status()["phase"] == "AFTER_HOURS"
    made.scheduler.run_until(at(sunday + timedelta(days=1), 0, 1))
    assert made.get_status()["phase"] == "PRE_MARKET"
    assert made.context.state.session.session_date == "2026-03-16"
    made.stop()


def test_a_size_that_was_approved_is_free_to_grow_again_in_the_next_session():
    made = executor(at(TODAY, 23, 50))
    made.begin()
    [trader] = made.traders.values()
    trader.set_size(1, only_downward=True)
    made.scheduler.run_until(at(TODAY, 23, 59))
    assert trader.debits.only_downward
    made.scheduler.run_until(at(TODAY + timedelta(days=1), 0, 1))
    assert not trader.debits.only_downward
    made.stop()


def test_a_desk_that_stood_still_does_what_was_due_once_and_says_for_how_long():
    clock, pace = by_hand(at(TODAY, 12, 0))
    made = executor_on(PaperBroker(), pace)
    made.begin()

    def go_on(seconds: float) -> int:
        clock.forward(seconds)
        before = made.scheduler.steps
        made.scheduler.run_until(clock.now_s())
        return made.scheduler.steps - before

    for _ in range(60):
        go_on(1.0)
    assert "STOOD_STILL" not in alarms(made)
    at_most = len(made.context._periodic)
    assert go_on(600.0) <= at_most + 1, "and not once for each time that it was due"
    assert alarms(made)["STOOD_STILL"] == "the desk stood still for 0:10:00"
    assert "CLOCK" not in alarms(made)
    for _ in range(60):
        go_on(1.0)
    assert alarms(made)["STOOD_STILL"] == "the desk stood still for 0:10:00"
    made.stop()
