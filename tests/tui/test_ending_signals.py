"""A signal that comes while a desk is opened ends it in order, as one that comes later does."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import time
from pathlib import Path

import pytest

import engine.desk.opening as opening
from engine.config import DeskConfig
from engine.desk.opening import Desk, DeskPlan
from engine.journal.reading import read_events
from engine.orders import events as ev
from engine.run_folder.paths import existing_run, run_ids
from engine.runs.finding import run_state
from tests.support.desks import settings
from tui.cli.options import Outputs
from tui.cli.run import run_desk


def test_a_signal_that_comes_while_the_desk_is_opened_ends_it_before_anything_is_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    opens: Callable[[DeskConfig, DeskPlan], Desk] = opening.open_desk

    def interrupted(config: DeskConfig, plan: DeskPlan) -> Desk:
        os.kill(os.getpid(), signal.SIGTERM)
        return opens(config, plan)

    monkeypatch.setattr(opening, "open_desk", interrupted)
    before = signal.getsignal(signal.SIGTERM)
    config = settings().changed(state_dir=tmp_path)
    code = run_desk(config, DeskPlan(until=time(9, 40)), Outputs(True, False, None, None, False))
    assert code == 128 + signal.SIGTERM
    assert signal.getsignal(signal.SIGTERM) is before
    (run,) = run_ids(tmp_path / "sim")
    places = existing_run(tmp_path / "sim", run)
    assert run_state(places) == "ended"
    events = [event for _, event in read_events(places.journal)]
    assert not [event for event in events if isinstance(event, ev.OrderIntended)]
    (asked,) = [event for event in events if isinstance(event, ev.OperatorActed)]
    assert (asked.action, asked.who, asked.key) == ("drain", "signal", "SIGTERM")
    assert capsys.readouterr().out.splitlines()[-1] == "book == broker"
