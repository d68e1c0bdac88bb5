"""The screen's own files are the person's: they stay where the settings have them, whatever run is shown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.config import DeskConfig
from engine.desk.opening import DeskPlan
from tui.app import DeskApp
from tui.cli import run as cli_run
from tui.cli import screen
from tui.cli.options import Outputs
from tui.cli.trading import trade


@pytest.mark.parametrize("resumed", [False, True])
def test_a_run_kept_elsewhere_takes_no_file_of_the_screen_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, resumed: bool
) -> None:
    opened: list[tuple[DeskConfig, Outputs]] = []

    def seen(config: DeskConfig, plan: DeskPlan, outputs: Outputs) -> int:
        opened.append((config, outputs))
        return 0

    monkeypatch.setattr(cli_run, "require_terminal", lambda: None)
    monkeypatch.setattr(cli_run, "run_desk", seen)
    where: dict[str, Any] = {"state_dir": tmp_path / "own", "config_file": None}
    if resumed:  # the run is looked for in its own folder: the state folder is another one then
        where |= {"exchange": tmp_path / "socket", "resume": "sim-2026-11-20-seed3"}
    trade(Outputs(), speed=None, no_warm_up=True, run_dir=tmp_path / "runs", **where)
    (config, outputs) = opened[0]
    assert outputs.own_files == tmp_path / "own"
    assert (config.state_dir == tmp_path / "runs") is resumed


def test_the_screen_keeps_its_files_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[DeskApp] = []

    def looked_at(app: DeskApp) -> str:
        shown.append(app)
        return ""

    monkeypatch.setattr(screen, "run", looked_at)
    config = DeskConfig.model_validate({"state_dir": tmp_path / "runs"})
    outputs = Outputs(own_files=tmp_path / "own")
    *_, desk = screen.show(config, DeskPlan(), outputs, lambda desk: 0)
    desk.stop(drain=False)
    app = shown[0]
    app.choose_setting("theme", "light")
    app.state.arrangement.use("orders")
    app.own_files.keep(app.state, wait=True)
    assert {each.name for each in (tmp_path / "own").iterdir()} == {"theme.json", "layout.json"}
    assert not (tmp_path / "runs" / "theme.json").exists()
