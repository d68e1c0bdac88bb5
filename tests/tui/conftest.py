"""Screens are tested away from the developer's terminal, home directory and clock."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from textual import events

from engine.config import DeskConfig
from engine.snapshot import EngineSnapshot
from tests.support.fake_desk import FakeDesk
from tests.support.idle_screen import see_idle
from tests.support.sample_snapshots import normal
from tui.app import DeskApp
from tui.bridge import Bridge


class HandClock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def pass_by(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture(autouse=True)
def isolated(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("NO_COLOR", "COLUMNS", "LINES", "LEGDESK_ASCII", "TEXTUAL_PRESS", "TEXTUAL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def idle_is_seen_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    see_idle(monkeypatch)


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def open_app(clock: HandClock) -> Callable[..., tuple[DeskApp, FakeDesk]]:
    def open_it(
        snapshot: EngineSnapshot | None = None,
        keys: dict[str, str] | None = None,
        environment: dict[str, str] | None = None,
        theme: str = "dark-grey",
        ascii_only: bool = False,
        read_s: Callable[[events.Key], float] | None = None,
    ) -> tuple[DeskApp, FakeDesk]:
        desk = FakeDesk(snapshot or normal())
        app = DeskApp(
            Bridge(desk, clock),
            DeskConfig(keys=keys or {}, theme=theme),
            environment=environment or {},
            ascii_only=ascii_only,
            monotonic=clock,
            read_s=read_s or (lambda _: clock()),
            beat=False,
        )
        return app, desk

    return open_it
