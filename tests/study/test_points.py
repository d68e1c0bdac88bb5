"""The key of a point: everything that decides its figures is in it, and nothing else."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import time
from pathlib import Path

import pytest

from engine.config import DeskConfig, SpreadRules
from engine.study import points
from engine.study.points import Point, digest_of, task_of
from tests.support.command_line import record_small_session

POINT = Point(7, time(9, 33))


def key(point: Point = POINT, config: DeskConfig | None = None) -> str:
    return task_of(config or DeskConfig(), point, "watch").key


@pytest.mark.parametrize(
    "other",
    [
        replace(POINT, seed=8),
        replace(POINT, until=None),
        replace(POINT, digest="0"),
        replace(POINT, expirations=1),
        replace(POINT, own_draws=True),
    ],
)
def test_another_point_has_another_key(other: Point) -> None:
    assert key(other) != key()


def test_other_settings_policy_and_code_have_other_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = {
        key(),
        key(config=DeskConfig(spreads=SpreadRules(objective="credit"))),
        task_of(DeskConfig(), POINT, "approve").key,
    }
    monkeypatch.setattr(points, "code_version", lambda: "another")
    assert len(keys | {key()}) == 4


def test_what_decides_no_figure_is_not_in_the_key(tmp_path: Path) -> None:
    config = DeskConfig(theme="light", state_dir=tmp_path, keys={"kill": "x"})
    assert key(config=config) == key()
    assert key(replace(POINT, session=tmp_path)) == key()


def test_another_process_makes_the_same_key(project_root: Path) -> None:
    code = (
        "from datetime import time; from engine.config import DeskConfig\n"
        "from engine.study.points import Point, task_of\n"
        "print(task_of(DeskConfig(), Point(7, time(9, 33)), 'watch').key)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=project_root, capture_output=True, text=True
    )
    assert run.stdout.strip() == key(), run.stderr


def test_the_digest_of_a_session_is_that_of_its_content(tmp_path: Path) -> None:
    session = record_small_session(tmp_path / "one", minutes=2)
    before = digest_of(session)
    session.rename(tmp_path / "two")
    assert digest_of(tmp_path / "two") == before
    file = tmp_path / "two" / "session.json"
    file.write_text(file.read_text() + " ")
    assert digest_of(tmp_path / "two") != before
