"""Without a screen the baseline is confirmed and the desk armed, as was said before the start."""

from __future__ import annotations

from dataclasses import replace

import pytest

from engine.commands import Ask, Command, Ticket, TicketState
from engine.runs.arming import Armed
from engine.snapshot import ConnectionView, EngineSnapshot, EngineState
from tests.support.sample_snapshots import normal
from tui.cli.first_answers import ASKS_EVERY_S, WAITS_S, FirstAnswers

ARMED = Armed("main", "4821", 5_000.0, 0.0)


class Asked:
    """A desk that answers as a test says, and a clock."""

    def __init__(self, **connection: object) -> None:
        self.connection = ConnectionView(told=True, **connection)  # type: ignore[arg-type]
        self.commands: list[Command] = []
        self.tickets: tuple[Ticket, ...] = ()
        self.state = EngineState.RUN
        self.now_s = 0.0

    def snapshot(self) -> EngineSnapshot:
        return replace(normal(), connection=self.connection, tickets=self.tickets, state=self.state)

    def submit(self, command: Command) -> Ticket:
        self.commands.append(command)
        return Ticket("T1", command.ask, command.target, TicketState.REQUESTED)

    def look(self, answers: FirstAnswers, seconds: float) -> None:
        for _ in range(round(seconds * 10)):
            self.now_s += 0.1
            answers.look()


def test_a_baseline_is_confirmed_before_the_desk_is_armed() -> None:
    desk = Asked(baseline="SPY +2", unarmed=True)
    answers = FirstAnswers(desk, ARMED, accept_baseline=True, clock=lambda: desk.now_s)
    desk.look(answers, ASKS_EVERY_S)
    assert [each.ask for each in desk.commands] == [Ask.TAKE_EXTERNAL]
    desk.connection = replace(desk.connection, baseline="")
    desk.look(answers, ASKS_EVERY_S + 0.1)
    last = desk.commands[-1]
    assert last.ask is Ask.RESUME and last.args == {
        "word": "4821",
        "debit_limit_usd": 5_000.0,
        "unless_halted": True,
    }
    desk.connection = replace(desk.connection, unarmed=False)
    desk.look(answers, 2 * WAITS_S)
    assert desk.commands[-1] is last and not answers.given_up


def test_a_baseline_that_nobody_accepted_is_told_once_with_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Asked(baseline="SPY +2")
    answers = FirstAnswers(desk, None, accept_baseline=False, clock=lambda: desk.now_s)
    desk.look(answers, 30)
    told = capsys.readouterr().err
    assert told.count("legdesk external --word EXTERNAL") == 1 and not desk.commands


def test_arming_that_is_refused_for_a_minute_is_given_up_with_its_reason() -> None:
    desk = Asked(unarmed=True)
    desk.tickets = (Ticket("T1", Ask.RESUME, "*", TicketState.REFUSED, "the feed is delayed"),)
    answers = FirstAnswers(desk, ARMED, accept_baseline=False, clock=lambda: desk.now_s)
    desk.look(answers, WAITS_S + 5)
    assert answers.given_up == "the feed is delayed"
    count = len(desk.commands)
    desk.look(answers, 10)
    assert len(desk.commands) == count


@pytest.mark.parametrize("state", [EngineState.HALTED, EngineState.KILLED])
def test_what_was_armed_lifts_no_halt_that_came_before(
    state: EngineState, capsys: pytest.CaptureFixture[str]
) -> None:
    desk = Asked(unarmed=True)
    desk.state = state
    answers = FirstAnswers(desk, ARMED, accept_baseline=False, clock=lambda: desk.now_s)
    desk.look(answers, 3 * ASKS_EVERY_S)
    desk.state = EngineState.RUN
    desk.look(answers, 2 * WAITS_S)
    assert not desk.commands and not answers.given_up
    assert capsys.readouterr().err.count("stopped before it was armed") == 1


def test_what_was_armed_once_does_not_arm_again_after_a_kill_was_lifted() -> None:
    desk = Asked(unarmed=True)
    answers = FirstAnswers(desk, ARMED, accept_baseline=False, clock=lambda: desk.now_s)
    desk.look(answers, ASKS_EVERY_S)
    (asked,) = desk.commands
    desk.connection = replace(desk.connection, unarmed=False)
    desk.look(answers, 0.1)
    desk.connection = replace(desk.connection, unarmed=True)
    desk.look(answers, 2 * WAITS_S)
    assert desk.commands == [asked] and not answers.given_up


def test_points_that_are_not_in_order_are_told_once_when_they_are_known(
    capsys: pytest.CaptureFixture[str],
) -> None:
    desk = Asked(connected=True, level=2)
    answers = FirstAnswers(desk, None, accept_baseline=False, clock=lambda: desk.now_s)
    desk.look(answers, 5)
    assert capsys.readouterr().err == ""
    desk.connection = replace(desk.connection, orders_up=True, power_s=1.0, clock_ahead_s=-1.6)
    desk.look(answers, 30)
    told = capsys.readouterr().err.splitlines()
    assert "legdesk: level: fail, level 2 takes no spreads; ask the broker for level 3" in told
    assert sum("clock: fail" in line for line in told) == 1
    assert not any("ok" in line.split(",")[0] for line in told)
