"""A run whose process was killed, and copies of it to go on with."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.copied_runs import copied
from tests.support.crashed_runs import killed


@pytest.fixture(scope="module")
def crashed(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> tuple[Path, str]:
    """A run that ended with a unit legged, a debit working, an hour's losses and an alarm."""
    folder = tmp_path_factory.mktemp("crashed")
    story = """
from engine.runtime.requests.settings import write
write(desk.context, desk.context.traders["SPY 2026-12-04"], "optimal_contracts", 2, "R1 approved")
desk.context.alarms.raise_(desk.context.now().at_ms, "PARKED", "SPY 2026-12-04/999", "by hand")
desk.context.alarms.raise_(desk.context.now().at_ms, "STALE", "SPY 2026-12-04")
desk.run_until(lambda: desk.context.state.money.open_units and any(
    t.debits.live is not None and t.debits.live.order.state == "working"
    for t in desk.context.traders.values()))
"""
    return folder, killed(folder, project_root, story)


@pytest.fixture
def copy(crashed: tuple[Path, str], tmp_path: Path) -> tuple[Path, str]:
    """The crashed run once more, to go on with."""
    folder, run = crashed
    copied(folder, tmp_path / "state")
    return tmp_path / "state", run
