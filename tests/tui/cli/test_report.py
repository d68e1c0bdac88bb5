"""`legdesk report`: one session or a range, as text, JSON and a page; mistakes get a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.journal.opening import open_journal
from engine.run_folder.paths import new_run
from tests.support.sessions import told
from tui.cli.main import main


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with two runs of two days, and of two fill models."""
    for run, day, model in (("a", "2024-11-22", "assumed"), ("b", "2024-11-25", "crossing")):
        with open_journal(new_run(tmp_path / "sim", run).journal, durable=False) as journal:
            for event in told(day, run=run, fill_model=model).events:
                journal.append(event)
    return tmp_path


def asked(state: Path, *arguments: str) -> int:
    return main(["report", "--state-dir", str(state), *arguments])


def test_a_run_is_told_as_text_and_kept_as_a_page(state, capsys):
    page = state / "x.html"
    assert asked(state, "a", "--html", str(page)) == 0
    assert "SIMULATED: fill model assumed" in capsys.readouterr().out
    assert page.read_text().startswith("<!DOCTYPE html>")
    assert "2024-11-22" in page.read_text()


def test_a_range_is_told_as_text_json_and_page_with_models_apart(state, capsys):
    assert asked(state, "--from", "2024-11-22", "--to", "2024-11-25") == 0
    text = capsys.readouterr().out
    assert "fill model assumed" in text and "fill model crossing" in text
    page = state / "x.html"
    assert asked(state, "--from", "2024-11-22", "--json", "--html", str(page)) == 0
    plain = json.loads(capsys.readouterr().out)
    assert [block["total"]["result_c"] for block in plain["blocks"]] == [728, 728]
    assert "never added up" in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--from", "22.11.2024"), "'22.11.2024' is not a date; write YYYY-MM-DD"),
        (("--to", "2024-02-30"), "'2024-02-30' is not a date"),
        (("--from", "2024-11-25", "--to", "2024-11-22"), "is after --to 2024-11-22; exchange them"),
        (("--from", "2025-01-01"), "has a session from 2025-01-01 on; `legdesk runs` lists them"),
        (("--to", "2024-11-21"), "has a session up to 2024-11-21"),
        (("a", "--to", "2024-11-25"), "exclude each other; give one of them"),
        (("a", "--html", "nowhere/x.html"), "its folder does not exist; make it"),
        (("a", "--html", "/proc/x.html"), "/proc/x.html cannot be written: "),
        (("a", "--html", "."), "is a directory"),
        (("nobody",), "there is no run nobody"),
    ],
)
def test_a_mistake_gets_one_sentence(state, capsys, monkeypatch, arguments, sentence):
    monkeypatch.chdir(state)
    assert asked(state, *arguments) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert sentence in told.err
    assert len(told.err.splitlines()) == 1
