"""`legdesk journal show` and `verify`: readable lines, and whether every row is as written."""

import csv
import json
import re
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.support.command_line import SMALL, Home

RUN = "sim-2026-11-20-seed11"
LINE = re.compile(r" {0,6}\d+ \d\d:\d\d:\d\d\.\d{3} [A-Z]\w+")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = Home(tmp_path_factory.mktemp("home"))
    done = home.legdesk("run", "--headless", "--until", "09:40", *SMALL, "--seed", "11")
    assert done.returncode == 0, done.stderr
    return home


def shown(home: Home, *options: str) -> list[str]:
    done = home.legdesk("journal", "show", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_every_event_is_one_readable_line(kept: Home) -> None:
    lines = shown(kept)
    exported = kept.legdesk("journal", "export").stdout.splitlines()
    assert len(lines) == len(exported)
    assert all(LINE.match(line) and len(line) <= 240 for line in lines)
    assert "2026-11-20 SIM SIM-01, run sim-2026-11-20-seed11" in lines[0]
    assert lines[-1].endswith("reason=settled")
    assert any(
        re.search(r"OrderIntended +SPY .* debit 1 x \+\d+ -\d+ [CP] at \d", x) for x in lines
    )
    assert any(re.search(r"Executed .* \+1 at \d+\.\d\d, fees 1\.36 USD", x) for x in lines)
    assert any(re.search(r"CycleEnded .* COMPLETE 1 x .*floor -?\d", x) for x in lines)


def test_attempts_are_a_table_with_what_each_came_to(kept: Home) -> None:
    rows = [json.loads(line) for line in kept.legdesk("journal", "attempts").stdout.splitlines()]
    table = list(
        csv.DictReader(kept.legdesk("journal", "attempts", "--format", "csv").stdout.splitlines())
    )
    assert len(rows) == len(table) > 20
    assert {row["venue"] for row in rows} == {"SIM simulated exchange assumed-width"}
    ended = shown(kept, "--kind", "AttemptEnded")
    assert len(rows) == len(ended)
    filled = [row for row in rows if row["filled"]]
    assert all(row["dollars"] == 0 for row in rows if not row["filled"])
    assert filled and all(row["outcome"] for row in filled)
    assert [float(row["dollars"]) for row in table] == [row["dollars"] for row in rows]


def test_lines_are_chosen_by_trader_kind_time_and_number(kept: Home) -> None:
    everything = shown(kept)
    executed = shown(kept, "--kind", "executed")
    assert executed == [line for line in everything if " Executed " in line]
    both = shown(kept, "--kind", "Executed,OrderEnded", "--limit", "3")
    assert len(both) == 3
    assert both[-1] == [x for x in everything if " Executed " in x or " OrderEnded " in x][-1]
    key = re.search(r"SPY \d{4}-\d\d-\d\d", executed[0])
    assert key
    one = shown(kept, "--trader", key[0])
    assert one and all(key[0] in line for line in one)
    assert len(one) < len(shown(kept, "--trader", "SPY")) < len(everything)
    assert shown(kept, "--trader", "SP") == []
    late = shown(kept, "--since", "09:38:30")
    assert late == [line for line in everything if line[8:16] >= "09:38:30"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--kind", "Teleported"], "is not a kind; there are SessionStarted"),
        (["--since", "soon"], "is not a time of day"),
        (["--limit", "0"], "--limit"),
        (["elsewhere"], "there is no run elsewhere"),
    ],
)
def test_what_cannot_be_shown_is_one_sentence(kept: Home, options: list[str], words: str) -> None:
    done = kept.legdesk("journal", "show", *options)
    assert done.returncode == 2 and done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert words in sentence


def test_a_journal_that_is_whole_says_so(kept: Home) -> None:
    done = kept.legdesk("journal", "verify")
    assert done.returncode == 0, done.stdout
    facts, verdict = done.stdout.splitlines()
    assert re.fullmatch(
        rf"{RUN}: schema 3, [\d,]+ events in [\d,]+ commits, "
        r"2026-11-20 09:30:00 to 2026-11-20 09:40:\d\d",
        facts,
    )
    assert verdict == "every row fits its seal, none is missing, and the file is sound"


def test_a_changed_row_is_named_with_exit_code_1(kept: Home, tmp_path: Path) -> None:
    home = Home(Path(shutil.copytree(kept.folder, tmp_path / "copy")))
    path = home.state / "sim" / "runs" / RUN / "journal.db"
    connection = sqlite3.connect(path)
    with connection:
        connection.execute(
            "UPDATE batches SET body = CAST(replace(CAST(body AS TEXT), 'SPY', 'SPX') AS BLOB) "
            "WHERE first = 1"
        )
    connection.close()
    done = home.legdesk("journal", "verify", RUN)
    assert done.returncode == 1
    assert "first bad row: 1" in done.stdout.splitlines()
    assert "were changed after they were written" in done.stdout
    assert home.legdesk("journal", "show").returncode == 2


def test_a_file_that_is_no_journal_has_nothing_to_verify(kept: Home, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    (folder / "journal.db").write_text("nonsense")
    done = kept.legdesk("journal", "verify", folder)
    assert done.returncode == 2
    assert "is not a journal" in done.stderr
