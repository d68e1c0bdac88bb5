"""Whose time it is in which a unit keeps its trader from the next attempt: that of its own."""

from __future__ import annotations

from itertools import pairwise

import pytest

from engine.commands import Ask, TicketState
from engine.learning.attempt_results import attempt_results
from engine.orders import events as ev
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

MOST_DRAWN_S = 35.0
"""The longest delay that is drawn after the open."""


def test_a_unit_that_takes_long_is_charged_to_its_own_attempt_and_not_to_the_next() -> None:
    desk = Operated(simulated(settings(7, symbols=("SPY", "QQQ", "AAPL"))))
    desk.run(7200)
    found = attempt_results(desk.events)
    ended = {(e.trader, e.cycle): e.at_ms / 1000 for e in desk.of(ev.CycleEnded)}
    over = {(e.trader, e.cycle): e.at_ms / 1000 for e in desk.of(ev.AttemptEnded)}
    holds = [(e.trader, e.at_ms / 1000) for e in desk.of(ev.TraderHeld)]
    long = 0
    for trader in desk.context.traders:
        rows = [row for row in found if row.trader == trader]
        for row, after in pairwise(rows):
            over_s = over[trader, row.cycle]
            hedged_s = ended.get((trader, row.cycle), over_s) - over_s
            held = any(key == trader and -60 < at_s - over_s < hedged_s for key, at_s in holds)
            if hedged_s > MOST_DRAWN_S and not held:
                long += 1
                assert row.seconds > over_s - row.at_ms / 1000 + hedged_s - MOST_DRAWN_S
                assert after.seconds < MOST_DRAWN_S + over[trader, after.cycle] - after.at_ms / 1000
        # Nothing counts twice, and nothing is left out but automatic holds of a minute.
        held_s = 60 * sum(key == trader for key, _ in holds)
        first_s = rows[0].at_ms / 1000 - rows[0].waited_s
        took_s = over[trader, rows[-1].cycle] - first_s
        assert sum(row.seconds for row in rows) == pytest.approx(took_s - held_s, abs=20)
    assert long >= 3


@pytest.mark.parametrize("stop", [Ask.HALT, Ask.KILL])
def test_the_time_for_which_the_desk_was_stopped_is_in_no_attempts_wait(stop: Ask) -> None:
    desk = Operated(simulated(settings(7, symbols=("SPY", "QQQ"))))
    desk.run(600)
    desk.nothing_open()
    assert desk.ask(stop).state is TicketState.CONFIRMED
    desk.run(1800)
    if stop is Ask.KILL:
        assert desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME").state is TicketState.CONFIRMED
    assert desk.ask(Ask.RESUME).state is TicketState.CONFIRMED
    stopped_ms = desk.context.moment.at_ms
    desk.run(300)
    rows = [row for row in attempt_results(desk.events) if row.at_ms > stopped_ms]
    assert len({row.trader for row in rows}) == 4
    assert max(row.seconds for row in rows) < 2 * MOST_DRAWN_S
