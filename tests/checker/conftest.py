"""Two real short runs: one left alone, one in which an operator does everything there is to do."""

from __future__ import annotations

from datetime import time
from functools import partial

import pytest

from engine.commands import Ask, TicketState
from engine.config import LadderParameters
from engine.orders.ladder import Stage
from tests.support.desks import settings, simulated
from tests.support.operator_steps import TRADER, Operated
from tests.support.recorded_run import KeptRun, RecordedRun, exporting


@pytest.fixture(scope="session")
def calm_run() -> KeptRun:
    """Half an hour with hedges, walked credits, holds and one unwind."""
    desk = simulated(settings(27), until=time(10, 0))
    lines = exporting(desk)
    desk.run_to_end()
    return KeptRun(RecordedRun.of(desk, lines()))


@pytest.fixture(scope="session")
def operated_run() -> KeptRun:
    """Pauses, a halt, a cancel, an acknowledgement, both stages of a kill and its lifting."""
    desk = Operated(simulated(settings(7), until=time(15, 0)))
    lines = exporting(desk.desk)
    desk.run(240)
    desk.ask(Ask.PAUSE, TRADER)
    desk.run(60)
    desk.ask(Ask.RESUME, TRADER)
    desk.ask(Ask.CANCEL_ORDER, desk.working_debit())
    desk.ask(Ask.HALT)
    desk.run(30)
    desk.ask(Ask.RESUME)
    desk.run(30)
    desk.ask(Ask.KILL)
    desk.run(20)
    desk.ask(Ask.RESUME_AFTER_KILL, word="RESUME")
    desk.ask(Ask.RESUME)
    traders = desk.context.traders.values()
    desk.run_until(
        lambda: any(t.credits.units for t in traders) and any(t.debits.live for t in traders)
    )
    desk.ask(Ask.KILL, stage=2)
    desk.run(10)
    desk.ask(Ask.ACKNOWLEDGE, "p2+p3")
    for alarm in desk.raised("PARKED")[:1]:
        desk.ask(Ask.ACKNOWLEDGE, alarm.alarm)
    desk.executor.end(5.0)
    desk.executor.scheduler.run_until(desk.now_s + 20)
    return KeptRun(RecordedRun.of(desk.desk, lines()))


@pytest.fixture(scope="session")
def decided_run() -> KeptRun:
    """Units that are the operator's at once: one conceded for, one sold back, one held."""
    quick = dict.fromkeys(("settle_s", "rest_until_s", "walk_until_s", "rescan_until_s"), 0.01)
    config = settings(7)
    config.ladder = LadderParameters(**quick, scratch_until_s=0.02)
    desk = Operated(simulated(config, until=time(15, 0)))
    lines = exporting(desk.desk)
    desk.run(120)
    units = desk.context.traders

    def decide(ask: Ask) -> bool:
        names = [
            f"{key}/{cycle}"
            for key, trader in units.items()
            for cycle, unit in trader.credits.units.items()
            if unit.stage is Stage.OPERATOR and unit.choice is None
        ]
        return any(desk.ask(ask, name).state is TicketState.CONFIRMED for name in names)

    for ask in (Ask.CONCEDE, Ask.UNWIND, Ask.HOLD):
        desk.run_until(partial(decide, ask))
        desk.run(15)
    desk.executor.end(5.0)
    desk.executor.scheduler.run_until(desk.now_s + 20)
    return KeptRun(RecordedRun.of(desk.desk, lines()))


@pytest.fixture(scope="session")
def trying_run() -> KeptRun:
    """An hour with a trial of one trader that an operator ends, and one of another that goes on."""
    desk = Operated(simulated(settings(8), until=time(15, 0)))
    lines = exporting(desk.desk)
    desk.run(1500)
    one, other, *_ = desk.context.traders
    for word in (f"cancel_ms 3500 {one}", f"objective credit {other}"):
        assert desk.ask(Ask.TRIAL, word=word).state is TicketState.CONFIRMED
    desk.run(600)
    desk.ask(Ask.STOP_TRIAL, "T1")
    desk.run(300)
    desk.executor.end(5.0)
    desk.executor.scheduler.run_until(desk.now_s + 30)
    return KeptRun(RecordedRun.of(desk.desk, lines()))


@pytest.fixture(scope="session")
def short_run() -> KeptRun:
    """Six minutes, for laws that are tried on many rows."""
    desk = simulated(settings(11), until=time(9, 36))
    lines = exporting(desk)
    desk.run_to_end()
    return KeptRun(RecordedRun.of(desk, lines()))


@pytest.fixture
def calm(calm_run: KeptRun) -> RecordedRun:
    return calm_run.copy()


@pytest.fixture
def trying(trying_run: KeptRun) -> RecordedRun:
    return trying_run.copy()


@pytest.fixture
def decided(decided_run: KeptRun) -> RecordedRun:
    return decided_run.copy()


@pytest.fixture
def operated(operated_run: KeptRun) -> RecordedRun:
    return operated_run.copy()
