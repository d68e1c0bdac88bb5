"""An app with a settings file, as tests of the configuration want it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.config import DeskConfig, SettingsFile
from engine.snapshot import EngineSnapshot
from tests.support import sample_snapshots as desks
from tests.support.fake_desk import FakeDesk
from tests.support.settings_screen import FILE
from tui.app import DeskApp
from tui.bridge import Bridge
from tui.kept_theme import KeptTheme


@pytest.fixture
def settings_file(tmp_path: Path) -> SettingsFile:
    path = tmp_path / "config.toml"
    path.write_text(FILE)
    return SettingsFile(path, {})


@pytest.fixture
def settings_app(
    clock: Callable[[], float], settings_file: SettingsFile, tmp_path: Path
) -> Callable[..., tuple[DeskApp, FakeDesk]]:
    """An app with a settings file, and the desk it asks."""

    def make(snapshot: EngineSnapshot | None = None) -> tuple[DeskApp, FakeDesk]:
        desk = FakeDesk(snapshot or desks.normal())
        app = DeskApp(
            Bridge(desk, clock),
            DeskConfig(),
            environment={},
            monotonic=clock,
            read_s=lambda _: clock(),
            beat=False,
            settings_file=settings_file,
            kept_theme=KeptTheme(tmp_path / "state" / "theme.json", "dark-grey"),
        )
        return app, desk

    return make
