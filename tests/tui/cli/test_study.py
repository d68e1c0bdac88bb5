"""`legdesk study`: what is on which stream, what is kept, how it ends."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Generator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from engine.study import executors
from engine.study.executors import Done, in_this_process
from engine.study.points import Task
from engine.study.work import Progress
from tests.support.command_line import record_small_session
from tests.support.studies import BLANK
from tui.cli.main import main
from tui.cli.study import _progress

PLAN = """
name = "tiny"
control = "credit"
until = "09:31"
fill_models = ["assumed"]
sessions.seeds = [1, 2]
[config.simulation]
symbols = ["SPY"]
expirations_per_symbol = 1
[arms.credit]
spreads.objective = "credit"
[arms.floor]
spreads.objective = "floor"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the plan, where the command is run; a home of its own."""
    for name in ("HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME", "LEGDESK_STATE_DIR"):
        monkeypatch.setenv(name, str(tmp_path / "home"))
    monkeypatch.delenv("LEGDESK_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tiny.toml").write_text(PLAN)
    return tmp_path


def made(tasks: Sequence[Task], **changes: Any) -> Generator[Done]:
    """Figures in no time."""
    for task in tasks:
        yield task, [replace(BLANK, seed=task.point.seed, **changes)]


def test_a_study_says_what_it_found_keeps_it_and_goes_on_from_what_is_kept(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["study", "tiny.toml"]) == 0
    said = capsys.readouterr()
    out = folder / "study-tiny"
    assert said.out == (out / "report.txt").read_text()
    assert "FILL MODEL assumed, in-sample: 2 simulated days" in said.out
    assert "0 of 6 points\n" in said.err
    assert "6 of 6 points\n" in said.err
    assert (out / "report.html").read_text().startswith("<!DOCTYPE html>")
    assert not (folder / "home").exists(), "the user's state folder is left alone"
    monkeypatch.setattr(executors, "run_task", None)  # nothing is run again
    assert main(["study", "tiny.toml", "--json"]) == 0
    said = capsys.readouterr()
    assert said.out == (out / "report.json").read_text()
    assert json.loads(said.out)["tried"] == 1
    assert "6 of 6 points, 6 of them kept from before" in said.err


def test_a_plan_is_asked_about_sessions_of_ones_own(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(executors, "in_this_process", made)
    for name, minutes in (("one", 2), ("two", 3)):
        record_small_session(folder / name, minutes=minutes)
    both = ["--recorded", "one", "--recorded", "two"]
    assert main(["study", "tiny.toml", *both]) == 0
    said = capsys.readouterr().out
    assert "in-sample: 2 simulated days" in said
    assert "in-sample: 2 recorded days" in said
    assert main(["study", "tiny.toml", *both, "--no-simulated"]) == 0
    assert "simulated" not in capsys.readouterr().out
    assert main(["study", "tiny.toml", "--no-simulated"]) == 2
    assert "no day to compare arms on" in capsys.readouterr().err
    assert main(["study", "tiny.toml", "--recorded", "none"]) == 2
    assert "none/session.json" in capsys.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_study_and_what_is_done_is_kept(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    number: signal.Signals,
) -> None:
    def signalled(tasks: Sequence[Task]) -> Generator[Done]:
        yield from made(tasks[:2])
        os.kill(os.getpid(), number)
        yield from made(tasks[2:])

    before = signal.getsignal(number)
    monkeypatch.setattr(executors, "in_this_process", signalled)
    assert main(["study", "tiny.toml"]) == 128 + number
    assert signal.getsignal(number) is before
    said = capsys.readouterr()
    assert said.out == ""
    assert "stopped; what is done is kept in study-tiny: the same command goes on" in said.err
    kept = len(list((folder / "study-tiny" / "points").iterdir()))
    assert kept in (2, 3), "one more where the signal came while garbage was collected"
    monkeypatch.setattr(executors, "in_this_process", in_this_process)
    assert main(["study", "tiny.toml"]) == 0
    assert f"{kept} of 6 points, {kept} of them kept from before" in capsys.readouterr().err


def test_books_that_differ_are_told_with_an_exit_code_of_their_own(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        executors, "in_this_process", lambda tasks: made(tasks, difference="SPY 2 of 3")
    )
    assert main(["study", "tiny.toml"]) == 4
    assert "book != broker: floor, seed 2, assumed, seed 2: SPY 2 of 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["none.toml"], "none.toml: No such file or directory; name a readable TOML file"),
        (["tiny.toml", "--processes", "2", "--scheduler", "x"], "exclude each other; choose one"),
        (["tiny.toml", "--processes", "0"], "0 is not in the range 1<=x<=64"),
        (["tiny.toml", "--out", "tiny.toml"], "tiny.toml is not a folder; name another"),
        (["wrong.toml"], "wrong.toml: arms.credit: spreads.objectiv: unknown key; write objective"),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    (folder / "wrong.toml").write_text(PLAN.replace("objective", "objectiv"))
    assert main(["study", *arguments]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_a_terminal_has_a_bar_with_the_time_left(monkeypatch: pytest.MonkeyPatch) -> None:
    screen = io.StringIO()
    screen.isatty = lambda: True  # type: ignore[method-assign]
    monkeypatch.setattr(sys, "stderr", screen)
    monkeypatch.setenv("TERM", "xterm-256color")
    with _progress() as show:
        for done in (20, 21, 24):
            show(Progress(done, 24, 20))
    assert "4/4" in screen.getvalue(), "points kept from before say nothing of the time left"
    assert "left" in screen.getvalue()
