"""`legdesk replay RUN` as a person meets it: in a terminal, on runs that ended well and badly."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.journal.opening import open_journal
from engine.run_folder.paths import RunPlaces
from tests.support.past_runs import busy_story, damaged, written
from tests.support.terminal import ENTER, Open
from tui.cli.main import main


@pytest.fixture
def run(tmp_path: Path) -> RunPlaces:
    return written(tmp_path / "past-run", busy_story().events)


def bytes_of(places: RunPlaces) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in places.folder.iterdir()}


def test_a_past_is_shown_moved_and_left_and_the_run_is_as_it_was(terminal: Open, run: RunPlaces):
    before = bytes_of(run)
    shown = terminal("replay", run.folder, "--at", "09:40", size=(80, 24))
    shown.until("SIM PAST", "09:40:00")
    shown.press("@")
    shown.until("Go to which time?")
    shown.press("09:35", ENTER)
    shown.until("09:35:00")
    shown.press("H")
    shown.until("read-only: nothing here trades")
    shown.press("q")
    assert shown.ended() == 0
    assert bytes_of(run) == before


def refused(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, *arguments: str
) -> str:
    """What the command line says, where there is a terminal; it says it in one sentence."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("tui.cli.run.require_terminal", lambda: None)
    assert main(["replay", *arguments]) == 2
    said = capsys.readouterr()
    assert said.out == "" and said.err.count("\n") == 1 and "Traceback" not in said.err
    return said.err


def test_a_run_that_a_desk_holds_is_refused(run, capsys, monkeypatch):
    with open_journal(run.journal):
        assert "a running desk" in refused(capsys, monkeypatch, str(run.folder))


def test_a_run_that_is_damaged_from_its_first_row_is_refused(run, capsys, monkeypatch):
    damaged(run, 0)
    assert "rows 1 to" in refused(capsys, monkeypatch, str(run.folder))


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--headless"], "`legdesk report` and `legdesk journal` are for scripts"),
        (["--fill-model", "crossing"], "--fill-model is for a session"),
        (["--fresh"], "--fresh is for a session"),
        (["--at", "noon"], "is not a time of day"),
    ],
)
def test_options_that_say_how_to_trade_are_refused(run, capsys, monkeypatch, option, says):
    assert says in refused(capsys, monkeypatch, str(run.folder), *option)


def test_a_name_that_is_nothing_names_what_there_could_be(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("LEGDESK_STATE_DIR", str(tmp_path))
    assert "neither a recorded session nor a run none" in refused(capsys, monkeypatch, "none")
