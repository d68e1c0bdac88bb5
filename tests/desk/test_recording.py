"""Quotes that a run records have their place before anything is written for the run."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.recorded.errors import SessionFileError
from engine.journal.opening import open_journal
from engine.journal.store import Journal
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import run_ids, state_root
from engine.runs.finding import run_state
from tests.support.desks import places_of, simulated


def test_a_folder_that_cannot_be_recorded_to_leaves_no_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionFileError, match="choose a folder that can"):
        simulated(run_dir=tmp_path / "state", record=tmp_path / "file" / "quotes")
    assert run_ids(state_root(tmp_path / "state", "SIM")) == ()


def test_a_run_that_goes_on_is_as_it_was_where_its_quotes_cannot_be_recorded(
    tmp_path: Path,
) -> None:
    desk = simulated(run_dir=tmp_path / "state")
    desk.run_to_end()
    places, before = places_of(desk), places_of(desk).journal.read_bytes()
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionFileError):
        simulated(
            run_dir=tmp_path / "state", resume=places.run, record=tmp_path / "file" / "quotes"
        )
    assert places.journal.read_bytes() == before
    assert run_state(places) == "ended"


def test_a_run_that_cannot_be_opened_leaves_no_recording_and_no_open_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuses(*_: object, **__: object) -> None:
        raise ValueError("no")

    journals: list[Journal] = []

    def opened(path: Path, **how: Any) -> Journal:
        journals.append(open_journal(path, **how))
        return journals[-1]

    monkeypatch.setattr("engine.desk.assembly.open_journal", opened)
    monkeypatch.setattr("engine.desk.beginning._add_traders", refuses)
    with pytest.raises(ValueError, match="no"):
        simulated(run_dir=tmp_path / "state", record=tmp_path / "quotes")
    [journal] = journals
    with pytest.raises(JournalError, match="closed"):
        journal.append(ev.PhaseChanged(1, "MORNING", ""))
    assert list((tmp_path / "quotes").iterdir()) == []
    shutil.rmtree(tmp_path / "quotes")
