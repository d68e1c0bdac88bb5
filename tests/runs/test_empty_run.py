"""A run whose desk died before its first row: it is called what it is, and nothing goes on there."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.journal.opening import open_journal
from engine.run_folder.paths import new_run
from engine.runs.errors import JournalError
from engine.runs.finding import run_state
from engine.runs.stored import simulation_of


def test_a_run_without_a_row_is_empty_and_cannot_be_resumed(tmp_path: Path) -> None:
    places = new_run(tmp_path, "sim-1")
    open_journal(places.journal).close()
    assert run_state(places) == "empty"
    with pytest.raises(JournalError, match="died before anything traded; `legdesk run` begins"):
        simulation_of(places)


def test_a_run_whose_journal_was_only_begun_is_empty_too(tmp_path: Path) -> None:
    """The process died between making the file and its first page."""
    places = new_run(tmp_path, "sim-1")
    places.journal.touch(0o600)
    assert run_state(places) == "empty"
    with pytest.raises(JournalError, match="died before anything traded; `legdesk run` begins"):
        simulation_of(places)
