"""The operator's choices about a legged unit: a ticket, a row, and the same unit after a restart."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from engine.commands import Ask, TicketState
from engine.config import DeskConfig
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.orders.ladder import Choice, Stage
from engine.orders.types import Part
from engine.state.desk import DeskState
from engine.state.totals import plain_values
from tests.support.command_server import run_code
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

CONFIRMED, REFUSED = TicketState.CONFIRMED, TicketState.REFUSED
AT_ONCE_YOURS = {
    "settle_s": 0.0,
    "rest_until_s": 0.01,
    "walk_until_s": 0.02,
    "rescan_until_s": 0.03,
    "scratch_until_s": 0.04,
}


def yours() -> DeskConfig:
    """A desk whose units are the operator's from their first moment on."""
    return settings().model_copy(update={"ladder": DeskConfig(ladder=AT_ONCE_YOURS).ladder})


@pytest.fixture
def desk() -> Operated:
    operated = Operated(simulated(yours(), until=time(15, 0)))
    operated.run(120)
    return operated


def legged(desk: Operated) -> str:
    """Let time pass until a unit is the operator's; returns its name in requests."""
    found: list[str] = []

    def look() -> bool:
        found[:] = [
            f"{key}/{unit.cycle}"
            for key, trader in desk.context.traders.items()
            for unit in trader.credits.units.values()
            if unit.stage is Stage.OPERATOR and unit.order is not None and unit.order.live
        ]
        return bool(found)

    desk.run_until(look)
    return found[0]


def unit_of(desk: Operated, name: str):
    found = desk.executor.operator.units.find(name)
    return None if found is None else found[1]


@pytest.mark.parametrize(
    ("ask", "choice", "stage"),
    [
        (Ask.CONCEDE, Choice.CONCEDE, Stage.OPERATOR),
        (Ask.UNWIND, Choice.UNWIND, Stage.UNWIND),
        (Ask.HOLD, Choice.HOLD, Stage.PARKED),
    ],
)
def test_a_choice_has_a_ticket_a_row_and_is_done(desk, ask, choice, stage):
    name = legged(desk)
    unit = unit_of(desk, name)
    before = unit.stage.value
    ticket = desk.ask(ask, name, stage=before)
    assert ticket.state is CONFIRMED and ticket.text
    assert (unit.choice, unit.stage) == (choice, stage)
    row = desk.last_action()
    assert (row.action, row.target, row.who, row.outcome) == (ask.value, name, "ada", "confirmed")
    assert row.before == before and row.after == f"{stage.value} {choice.value}"
    (decided,) = desk.of(ev.UnitDecided)
    key, cycle = name.split("/")
    assert (decided.trader, decided.cycle, decided.choice) == (key, int(cycle), choice.value)
    totals = desk.context.state.traders[key]
    assert totals.units[int(cycle)].choice == choice.value


def test_leaving_it_to_the_ladder_answers_its_alarm_and_again_is_confirmed_without_a_row(desk):
    name = legged(desk)
    assert name in desk.context.alarms.places("UNDECIDED")
    assert desk.ask(Ask.LADDER, name).text == "left to the ladder"
    assert name not in desk.context.alarms.places("UNDECIDED")
    assert "so already" in desk.ask(Ask.LADDER, name).text
    assert [event.choice for event in desk.of(ev.UnitDecided)] == ["ladder"]


@pytest.mark.parametrize("rested_s", [0.0, 1.5, 6.0])
def test_a_unit_that_is_given_back_to_the_ladder_counts_as_parked_no_more(rested_s):
    ladder = DeskConfig(ladder={"settle_s": 1.0}).ladder
    desk = Operated(simulated(settings(11).model_copy(update={"ladder": ladder})))
    key = desk.legged()
    unit = next(u for u in desk.context.traders[key].credits.units.values() if u.remaining)
    name, state = f"{key}/{unit.cycle}", desk.context.state
    desk.run(max(0.0, rested_s - unit.age_s(desk.now_s)))
    assert desk.ask(Ask.HOLD, name).state is CONFIRMED
    record, sums = state.traders[key].units[unit.cycle], desk.context.exposure
    assert record.parked and state.money.left_to_operator == 1 and sums.hung == 1
    assert desk.ask(Ask.LADDER, name).state is CONFIRMED
    assert unit.stage is not Stage.PARKED
    assert (record.stage or "H0") == unit.stage.value, "and so after a restart"
    assert not record.parked and state.money.left_to_operator == 0
    assert sums.hung == (unit.stage not in (Stage.LEAN, Stage.REST))


@pytest.mark.parametrize("target", ["*", "SPY 2026-12-04", "SPY 2026-12-04/9999", "/", "x/y"])
def test_a_unit_that_is_not_there_is_refused_by_name(desk, target):
    ticket = desk.ask(Ask.UNWIND, target)
    assert ticket.state is REFUSED and "no open unit" in ticket.text
    assert not desk.of(ev.UnitDecided)


def test_a_choice_made_for_a_stage_that_has_passed_is_refused(desk):
    name = legged(desk)
    ticket = desk.ask(Ask.HOLD, name, stage="H2")
    assert ticket.state is REFUSED and "look again" in ticket.text
    assert not desk.of(ev.UnitDecided)


def test_a_held_unit_blocks_its_chain_alone_and_its_credit_completes_it(desk):
    name = legged(desk)
    key = name.split("/")[0]
    assert desk.ask(Ask.HOLD, name).state is CONFIRMED
    assert desk.raised("PARKED")
    before = {k: desk.debits_sent(k) for k in desk.context.traders}
    desk.run(60)
    assert desk.debits_sent(key) == before[key] or unit_of(desk, name) is None
    assert any(desk.debits_sent(k) > before[k] for k in desk.context.traders if k != key)


# ---------------------------------------------------------------- a restart

KILLED = """
import os, sys
from datetime import time
from pathlib import Path
from engine.commands import Ask
from tests.support.desks import simulated
from tests.support.operator_steps import Operated
from tests.runtime.requests.test_units import legged, yours

desk = Operated(simulated(yours(), run_dir=Path(sys.argv[1]), until=time(15, 0)))
desk.run(120)
name = legged(desk)
assert desk.ask(Ask(sys.argv[2]), name).state.value == "confirmed"
desk.desk._files.keep()
print(desk.desk.places.run, name, sep="|", flush=True)
os._exit(9)
"""


@pytest.mark.parametrize(
    ("ask", "stage"),
    [("hold", Stage.PARKED), ("concede", Stage.OPERATOR), ("unwind", Stage.UNWIND)],
)
def test_what_was_decided_holds_after_a_restart(tmp_path, project_root, ask, stage):
    ended = run_code(KILLED, [str(tmp_path), ask], project_root, {"HOME": str(tmp_path)}, 300.0)
    assert ended.returncode == 9, ended.stderr
    run, name = ended.stdout.strip().split("|")
    journal = tmp_path / "sim" / "runs" / run / "journal.db"
    rows = list(read_events(Path(journal)))
    assert [e.choice for _, e in rows if isinstance(e, ev.UnitDecided)] == [ask]
    desk = simulated(yours(), run_dir=tmp_path, resume=run, until=time(15, 0))
    again = DeskState()
    again.apply_all(desk.executor.context.journal.read())
    assert plain_values(again) == plain_values(desk.executor.context.state)
    operated = Operated(desk)
    unit = unit_of(operated, name)
    assert unit is not None
    assert (unit.stage, unit.choice) == (stage, Choice(ask))
    assert unit.rests is (ask == "hold")
    key = name.split("/")[0]
    operated.run_until(lambda: any(r.trader == key for _, r in operated.sent), 30)
    request = next(r for _, r in operated.sent if r.trader == key)
    p = unit.ladder_prices(
        operated.context.traders[key].chain.rules.fee_per_share * 100,
        operated.context.traders[key].chain.tick_c,
        operated.context.config.ladder,
    )
    if ask == "unwind":
        assert request.part is Part.UNWIND
    else:
        assert request.part is Part.CREDIT
        bought, sold = request.legs
        beyond = abs(sold.strike - bought.strike) - abs(unit.long_strike - unit.short_strike)
        owed_c = max(0, round(beyond * 100))
        lowest = (p.f1_c if ask == "hold" else p.f3_c) + owed_c
        assert request.limit_c >= lowest
        if ask == "hold":
            assert request.limit_c == lowest
    operated.desk.stop()
