"""`legdesk check`: a run that kept its invariants, one that did not, and files that are none."""

import json
import shutil
import stat
from pathlib import Path

import pytest

from engine.run_folder.append_log import read_batches
from tests.support.command_line import SMALL, Home

RUN = "sim-2026-11-20-seed11"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home with one run of a quarter of an hour."""
    home = Home(tmp_path_factory.mktemp("home"))
    done = home.legdesk("run", "--headless", "--until", "09:45", *SMALL, "--seed", "11")
    assert done.returncode == 0, done.stderr
    return home


@pytest.fixture
def home(kept: Home, tmp_path: Path) -> Home:
    """A copy of that home, to do harm in."""
    return Home(Path(shutil.copytree(kept.folder, tmp_path / "copy")))


def folder_of(home: Home) -> Path:
    return home.state / "sim" / "runs" / RUN


def test_a_run_that_kept_every_invariant_says_so_and_how_much_was_read(kept: Home) -> None:
    done = kept.legdesk("check")
    assert done.returncode == 0, done.stdout + done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith(f"{RUN}: ") and line.endswith(", settled; 19 invariants, no violation")


def test_what_the_exchange_received_is_kept_for_the_owner_alone(kept: Home) -> None:
    wire = folder_of(kept) / "wire.jsonl"
    assert stat.S_IMODE(wire.stat().st_mode) == 0o600
    rows = read_batches(wire)
    assert {row["what"] for row in rows} == {"submit", "cancel", "query"}
    assert all(list(row)[:3] == ["at_ms", "what", "order"] for row in rows)
    assert [row["at_ms"] for row in rows] == sorted(row["at_ms"] for row in rows)


def test_an_order_that_was_sent_twice_is_named_with_exit_code_1(home: Home) -> None:
    wire = folder_of(home) / "wire.jsonl"
    lines = wire.read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if '"submit"' in line)
    with wire.open("a", encoding="utf-8") as file:
        file.write(first + '\n{"journal_seq": 1}\n')
    done = home.legdesk("check", RUN)
    assert done.returncode == 1
    said, closing = done.stdout.splitlines()
    assert said.startswith(" 2 one submit an id  09:30:")
    assert said.endswith(": reached the exchange 2 times") and json.loads(first)["order"] in said
    assert closing.endswith("1 violation")


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("wire.jsonl", '{"at_ms": 1, "wh\n', "line 1: "),
        ("wire.jsonl", "[]\n", "line 1 is not a row"),
        ("wire.jsonl", '{"what": "submit"}\n{"journal_seq": 1}\n', "row 1 of the wire"),
        ("wire.jsonl", None, "there is no wire.jsonl"),
        ("exchange.jsonl", "nonsense", "exchange.jsonl is damaged"),
        ("exchange.jsonl", "[]\n", "line 1 is not a row"),
        ("exchange.jsonl", '{"deposit": [7]}\n{"journal_seq": 1}\n', "is not a booking"),
        ("exchange.jsonl", '{"correction": ["X", 7]}\n{"journal_seq": 1}\n', "never booked"),
        ("exchange.jsonl", '{"execution": [1, 2]}\n{"journal_seq": 1}\n', "ledger cannot be read"),
        ("exchange.jsonl", None, "there is no exchange.jsonl"),
        ("journal.db", "nonsense", "is not a journal"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence_and_exit_code_2(
    home: Home, name: str, content: str | None, words: str
) -> None:
    path = folder_of(home) / name
    if content is None:
        path.unlink()
    else:
        path.write_text(content, encoding="utf-8")
    done = home.legdesk("check", RUN)
    assert done.returncode == 2 and done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith("legdesk: ") and words in sentence
