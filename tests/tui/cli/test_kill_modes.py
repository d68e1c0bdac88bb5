"""A kill where one of the modes' folders cannot be read: it goes on, and says that it may miss one."""

from __future__ import annotations

from pathlib import Path

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
