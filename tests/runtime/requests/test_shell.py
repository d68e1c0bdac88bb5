"""Requests from another shell, and a latch that another process closed, in a desk's own time."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from datetime import time
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from engine.commands import Ask
from engine.config import SizingParameters
from engine.orders import events as ev
from engine.runs.control import Answer, RunningDesk, ask, kill_without_engine
from tests.support.attempt_rows import teach_size
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


class Asked:
    """A desk whose time a test lets pass while another thread asks as a shell does.

    Attributes:
        looks: how often the desk has looked what a shell left for it.
    """

    def __init__(self, folder: Path, seconds: float, seed: int = 11) -> None:
        # A size that grows no further than one step: two sizes are enough to be compared.
        config = settings(seed).changed(sizing=SizingParameters(target_fill_rate=0.70))
        plan = simulated(config, run_dir=folder, until=time(15, 55))
        self.operated = Operated(plan)
        desk = self.operated.desk
        assert desk.shell is not None and desk.places is not None
        self.looks = 0
        look = desk.shell._look

        def looked() -> None:
            look()
            self.looks += 1

        desk.shell._look = looked  # type: ignore[method-assign]
        desk.shell.start()
        self.running = RunningDesk(desk.places.run, desk.places.folder, os.getpid())
        self.operated.run(seconds)

    def ask(self, what: str, target: str = "*", **words: Any) -> Answer:
        found: list[Answer | None] = []
        request = {"ask": what, "target": target, **words}
        asking = threading.Thread(
            target=lambda: found.append(ask(self.running, request, within_s=120.0))
        )
        asking.start()
        while asking.is_alive():
            self.operated.run(0.01)
            asking.join(0.01)
        assert found[0] is not None
        return found[0]

    def until(self, true: Callable[[], object]) -> None:
        """Let time pass beside the thread that looks what a shell wants."""
        end_s = monotonic() + 120.0
        pause = threading.Event()
        while not true():
            assert monotonic() < end_s
            self.operated.run(0.01)
            pause.wait(0.01)

    def recommendation(self, verdict: str) -> str:
        ready = self.operated.executor.advice.ready
        return next(name for name, p in ready.items() if p.verdict.value == verdict)


def test_an_approval_from_a_shell_starts_a_trial_which_a_shell_stops(tmp_path: Path) -> None:
    desk = Asked(tmp_path, 1501, seed=8)
    teach_size(desk.operated)
    name = desk.recommendation("PROMISING")
    answer = desk.ask("approve", name)
    assert answer.state == "confirmed", answer.text
    advice = desk.operated.executor.advice
    assert (name in advice.in_trial, name in advice.in_force.applied) == (True, False)
    (row,) = [e for e in desk.operated.of(ev.OperatorActed) if e.action == "approve"]
    assert (row.who, row.target, row.outcome, row.after) == ("shell", name, "confirmed", "trial")
    assert desk.ask("trial", word="placebo").state == "refused", "one of the whole desk runs alone"
    assert desk.ask("stop-trial", "T1").state == "confirmed"
    assert name not in advice.in_trial
    assert desk.ask("trial", word="placebo").state == "confirmed"


def test_applying_without_a_trial_needs_the_word_and_a_reason_from_a_shell_too(
    tmp_path: Path,
) -> None:
    desk = Asked(tmp_path, 901)
    name = next(iter(desk.operated.executor.advice.ready))
    for words in ({"word": "ACCEPT"}, {"word": "yes", "reason": "so"}):
        assert desk.ask("approve", name, **words).state == "refused"
    assert not desk.operated.executor.advice.in_force.applied
    assert desk.ask("approve", name, word="ACCEPT", reason="a test").state == "confirmed"
    assert name in desk.operated.executor.advice.in_force.applied


def test_an_alarm_is_acknowledged_by_its_name(tmp_path: Path) -> None:
    desk = Asked(tmp_path, 60)
    context = desk.operated.context
    context.alarms.raise_(context.now().at_ms, "PARKED", "SPY 2026-12-04/1", "by a test")
    (alarm,) = desk.operated.raised("PARKED")
    assert desk.ask("ack", alarm.alarm).text == "1 acknowledged"
    assert context.state.notices.alarms[alarm.alarm].state == "acked"


def test_a_latch_that_another_process_closed_holds_at_once_and_until_it_is_lifted(
    tmp_path: Path,
) -> None:
    desk = Asked(tmp_path, 60)
    operated = desk.operated
    taken = kill_without_engine(desk.running.folder, 1)
    assert taken.place is None and taken.cancelled is None
    desk.until(lambda: operated.context.flags.killed)
    assert operated.context.flags.killed
    sent = operated.debits_sent()
    operated.run(60)
    assert operated.debits_sent() == sent
    operated.run_until(lambda: not operated.context.state.orders.live)
    assert desk.ask("resume-after-kill", word="RESUME").state == "confirmed"
    looks = desk.looks
    desk.until(lambda: desk.looks > looks + 3)
    assert not operated.context.flags.killed, "a lifted latch must not close again by itself"


def test_each_kill_says_what_it_did_and_what_cancels_all_where_it_came_from(
    tmp_path: Path,
) -> None:
    desk = Asked(tmp_path, 30)
    first, second = (desk.ask("kill", stage=1).text for _ in range(2))
    after = "completing orders go on; `legdesk kill --all` cancels all"
    assert first == f"entries stopped and latched; {after}"
    assert second == f"entries were stopped before and latched; {after}"
    at_the_screen = desk.operated.ask(Ask.KILL, stage=1).text
    assert at_the_screen.endswith("completing orders go on; again cancels all")
    every = [desk.ask("kill", stage=2).text for _ in range(2)]
    assert every[0].startswith("entries were stopped before and latched; cancelling ")
    assert every[1].startswith("entries were stopped before and latched; cancelling 0 orders")


def test_a_weaker_kill_from_elsewhere_never_weakens_a_latch(tmp_path: Path) -> None:
    desk = Asked(tmp_path, 30)
    assert desk.ask("kill", stage=2).state == "confirmed"
    kill_without_engine(desk.running.folder, 1)
    assert desk.operated.desk.places is not None
    (latch,) = desk.running.folder.glob("kill.latch")
    assert '"stage": 2' in latch.read_text()


def test_a_second_stage_latched_elsewhere_after_the_first_takes_every_order_back(
    tmp_path: Path,
) -> None:
    desk = Asked(tmp_path, 60)
    operated = desk.operated
    operated.legged()
    assert desk.ask("kill", stage=1).state == "confirmed"
    kill_without_engine(desk.running.folder, 2)
    desk.until(lambda: operated.context.flags.frozen)
    assert operated.context.flags.frozen
    sent = len(operated.sent)
    operated.run(120)
    assert len(operated.sent) == sent
    assert not operated.context.state.orders.live


def test_a_first_press_does_not_weaken_a_latch_that_another_process_closed(tmp_path: Path) -> None:
    desk = Asked(tmp_path, 5)
    kill_without_engine(desk.running.folder, 2)
    desk.operated.ask(Ask.KILL, stage=1)
    assert '"stage": 2' in (desk.running.folder / "kill.latch").read_text()


@pytest.mark.parametrize("stage", [0, 3, "2", None, [2]])
def test_a_kill_of_no_stage_is_refused(stage: object, tmp_path: Path) -> None:
    desk = Asked(tmp_path, 5)
    assert desk.ask("kill", stage=stage).state == "refused"
    assert not desk.operated.context.flags.killed


def test_a_desk_that_ended_refuses(tmp_path: Path) -> None:
    desk = Asked(tmp_path, 30)
    desk.operated.ask(Ask.DRAIN)
    desk.operated.run(40)
    answer = desk.ask("resume")
    assert (answer.state, "has ended" in answer.text) == ("refused", True)
