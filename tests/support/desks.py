"""Desks for tests: small simulated and replayed days, run flat out."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from functools import partial
from pathlib import Path
from typing import Any

from engine.config import DeskConfig, SimulationSettings
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.journal.reading import export_lines, read_events
from engine.run_folder.paths import RunPlaces
from engine.snapshot import EngineSnapshot
from tests.support.open_journals import closed_later

THREE = ("AAPL", "SPY", "TSLA")


def settings(seed: int = 7, model: str = "assumed", symbols: tuple[str, ...] = THREE) -> DeskConfig:
    """A desk of three symbols and two expirations each."""
    return DeskConfig(
        simulation=SimulationSettings(
            seed=seed, fill_model=model, symbols=symbols, expirations_per_symbol=2
        )
    )


def simulated(
    config: DeskConfig | None = None, until: time | None = time(9, 50), **plan: Any
) -> Desk:
    """An open desk on the simulated exchange, in memory unless the plan says otherwise."""
    plan.setdefault("in_memory", "run_dir" not in plan)
    desk = open_desk(config or settings(), DeskPlan(until=until, **plan))
    closed_with_its_test(desk)
    return desk


def closed_with_its_test(desk: Desk) -> None:
    """Let go of what a desk holds open when its test has ended, and write nothing more."""
    closed_later(desk.executor.context.journal.close)
    if desk.places is not None:
        closed_later(partial(_let_go_of, desk))


def _let_go_of(desk: Desk) -> None:
    """As a process that is killed lets go: of sockets, files and the lock of its run."""
    if desk._closed.is_set():
        return
    for each in (desk.shell, desk.observers):
        if each is not None:
            each.stop()
    desk._files.close_mirror()
    desk._files.release()
    desk._parts.close()


def places_of(desk: Desk) -> RunPlaces:
    """The files of a desk that keeps its run on disk."""
    assert desk.places is not None
    return desk.places


def on_publish(desk: Desk, look: Callable[[EngineSnapshot], None]) -> None:
    """Show a test every snapshot that a running desk publishes."""
    publisher = desk.executor.publisher
    publish = publisher.publish

    def published() -> None:
        publish()
        look(publisher.latest)

    publisher.publish = published  # type: ignore[method-assign]  # what a test is told, no desk is


def exported(folder: Path, **plan: Any) -> str:
    """Run a desk on disk for ten minutes, or as planned; returns its journal's canonical export."""
    plan.setdefault("until", time(9, 40))
    desk = simulated(run_dir=folder, **plan)
    desk.run_to_end()
    return "\n".join(export_lines(read_events(places_of(desk).journal)))
