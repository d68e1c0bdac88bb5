"""Every example runs as it stands, in a process of its own, and says what its first line promises."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ALL = sorted((Path(__file__).resolve().parent.parent.parent / "examples").glob("*.py"))
EXAMPLES = [path for path in ALL if not path.stem.endswith("_account")]
"""Those of accounts need keys and a broker's library: test_account_examples.py."""

MOST_LINES = 120
MOST_LINES_OF_AN_ACCOUNT = 210

SAYS = {
    "pushing_broker": ("30 orders", "total_imbalance: 0", "balanced_chains: 1"),
    "read_journal": ("176 OrderIntended", "15 CycleEnded", "SESSION REPORT", "books: match"),
    "replay_own_quotes": ("recorded session a quiet half hour", "book == broker"),
    "three_callbacks": ("XYZ 2026-04-17: RUN", "Balanced Chains: 1/1"),
}


def test_there_is_an_expectation_for_every_example() -> None:
    assert {path.stem for path in EXAMPLES} == set(SAYS)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_runs_alone_and_is_the_same_every_time(example: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "error", str(example)],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert run.returncode == 0, run.stderr
    assert run.stderr == ""
    assert [said for said in SAYS[example.stem] if said not in run.stdout] == []
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("example", ALL, ids=lambda path: path.stem)
def test_an_example_is_short_and_begins_with_what_it_shows(example: Path) -> None:
    text = example.read_text(encoding="utf-8")
    told = ast.get_docstring(ast.parse(text)) or ""
    assert f"python examples/{example.name}" in told
    most = MOST_LINES if example in EXAMPLES else MOST_LINES_OF_AN_ACCOUNT
    assert len(text.splitlines()) < most
