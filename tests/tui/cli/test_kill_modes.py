"""A kill of several desks: all at once, in order, whatever one of them or a folder does."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

from engine.runs import control
from engine.runs.control import Answer, RunningDesk
from tui.cli.control import NO_ANSWER
from tui.cli.main import main


def test_a_folder_that_cannot_be_read_hides_no_desk_of_another_mode(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def running(root: Path) -> tuple[RunningDesk, ...]:
        if root.name == "live":
            raise PermissionError(13, "Permission denied", str(root))
        return (RunningDesk(f"{root.name}-1", root / "runs" / f"{root.name}-1", 1),)

    monkeypatch.setattr(control, "running_desks", running)
    monkeypatch.setattr(control, "ask", lambda *given, **more: Answer("confirmed", "killed"))
    for command in (["kill"], ["kill", "--all"], ["halt"], ["pause"]):
        code = main([*command, "--state-dir", str(tmp_path)])
        out, err = capsys.readouterr()
        assert out.splitlines() == ["paper-1: killed", "sim-1: killed"]
        assert "a desk may run there" in err and "live" in err
        assert (code == NO_ANSWER) is (command[0] == "kill")


def test_every_desk_is_killed_at_once_and_told_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    every = [f"{mode}-{number}" for mode in ("paper", "sim") for number in (1, 2, 3)]

    def running(root: Path) -> tuple[RunningDesk, ...]:
        runs = [run for run in every if run.startswith(root.name)]
        return tuple(RunningDesk(run, root / "runs" / run, 1) for run in runs)

    (tmp_path / "paper" / "runs" / "paper-2").mkdir(parents=True)
    together = threading.Barrier(len(every), timeout=30.0)

    def ask(desk: RunningDesk, *given: Any, **more: Any) -> Answer | None:
        together.wait()  # in vain where one waits for another's answer
        if desk.run == "sim-2":
            raise ZeroDivisionError("nobody foresaw it")
        return None if desk.run == "paper-2" else Answer("confirmed", "killed")

    monkeypatch.setattr(control, "running_desks", running)
    monkeypatch.setattr(control, "ask", ask)
    code = main(["kill", "--state-dir", str(tmp_path)])
    out, err = capsys.readouterr()
    told = ["paper-1: killed", "paper-2: latched", "paper-3: killed", "sim-1: killed"]
    assert [line.partition(";")[0] for line in out.splitlines()] == [*told, "sim-3: killed"]
    silent, nowhere, odd = err.splitlines()
    assert silent == "legdesk: paper-2: the engine (process 1) is silent"
    assert "paper-2: its exchange is simulated inside process 1" in nowhere
    assert "sim-2: it is not certain what became of it: ZeroDivisionError" in odd
    assert code == 70


@pytest.mark.parametrize(
    ("text", "state_dir"),
    [("mode = ", "by option"), ("acount = 'x'\n", "in the file"), ("mode = ", "in a variable")],
)
def test_a_mistake_in_the_settings_keeps_nobody_from_a_kill(
    text: str,
    state_dir: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    state, file = tmp_path / "state", tmp_path / "c.toml"
    option = ["--state-dir", str(state)] if state_dir == "by option" else []
    if state_dir == "in a variable":
        monkeypatch.setenv("LEGDESK_STATE_DIR", str(state))
    named = f"state_dir = '{state}'\n" if state_dir == "in the file" else ""
    file.write_text(named + text)

    def running(root: Path) -> tuple[RunningDesk, ...]:
        return (RunningDesk("p1", root, 1),) if root == state / "paper" else ()

    monkeypatch.setattr(control, "running_desks", running)
    monkeypatch.setattr(control, "ask", lambda *given, **more: Answer("confirmed", "killed"))
    assert main(["kill", "--config", str(file), *option]) == 0
    out, err = capsys.readouterr()
    assert out == "p1: killed\n"
    assert "c.toml" in err and f"looked for in {state}" in err
