"""Whole runs from the command line: their report, what they leave, how they end."""

import json
import re
import signal
from pathlib import Path

import pytest

from tests.support.command_line import SMALL, Home, record_small_session

UNTIL = ("--until", "09:45")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def short_run(home: Home) -> str:
    """The standard output of a quarter of an hour, kept and exported."""
    done = home.legdesk(
        *("run", "--headless", *UNTIL, *SMALL, "--seed", "11"),
        *("--report", "report.json", "--export", "lines.jsonl", "--record", "recorded"),
    )
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"run sim-\S+-seed11 in \S+\n", done.stderr)
    return done.stdout


def test_a_run_ends_with_its_report_and_how_book_and_broker_compare(short_run: str) -> None:
    lines = short_run.splitlines()
    assert lines[-1] == "book == broker"
    assert "SPY" in short_run and "seed 11" in short_run
    assert all(len(line) <= 100 for line in lines)


def test_the_report_folded_from_the_journal_is_the_one_the_run_printed(
    short_run: str, home: Home
) -> None:
    again = home.legdesk("report")
    assert again.returncode == 0
    assert again.stdout + "book == broker\n" == short_run


def test_a_run_can_be_named_by_its_id_its_folder_or_a_state_folder(
    short_run: str, home: Home
) -> None:
    folder = home.state / "sim" / "runs" / "sim-2026-11-20-seed11"
    for name in (folder.name, folder, folder / "journal.db", home.state, home.state / "sim"):
        again = home.legdesk("report", name)
        assert short_run.startswith(again.stdout) and again.stdout, name


def test_report_files_and_json_say_the_same(short_run: str, home: Home) -> None:
    written = json.loads((home.folder / "report.json").read_text(encoding="utf-8"))
    kept = home.state / "sim" / "runs" / "sim-2026-11-20-seed11"
    assert json.loads(home.legdesk("report", "--json").stdout) == written
    assert json.loads((kept / "report.json").read_text(encoding="utf-8")) == written
    assert (kept / "report.txt").read_text(encoding="utf-8") + "book == broker\n" == short_run
    assert written["attempts"]["n"] > 0 and written["header"]["seed"] == 11


def test_status_after_a_run_says_that_it_has_ended(short_run: str, home: Home) -> None:
    shown = home.legdesk("status")
    assert shown.returncode == 0
    assert shown.stdout.splitlines()[-1].startswith("OLD: the run has ended")
    facts = json.loads(home.legdesk("status", "--json").stdout)
    assert facts["old"] and facts["ended"] and facts["age_s"] >= 0
    assert facts["run"] == "sim-2026-11-20-seed11"
    report = json.loads((home.folder / "report.json").read_text(encoding="utf-8"))
    assert facts["attempts"] == report["attempts"]["n"]


def test_a_status_written_long_ago_by_a_desk_that_runs_is_called_old(tmp_path: Path) -> None:
    home = Home(tmp_path)
    place = home.state / "sim"
    place.mkdir(parents=True)
    (place / "status.json").write_text(json.dumps({"written_s": 0, "state": "RUN"}))
    assert "it has died or hangs" in home.legdesk("status").stdout
    facts = json.loads(home.legdesk("status", "--json").stdout)
    assert facts["old"] and not facts["ended"]


def test_the_list_of_runs_marks_the_latest(short_run: str, home: Home) -> None:
    rows = home.legdesk("runs").stdout.splitlines()
    assert [row.split()[:2] for row in rows] == [["*", "sim-2026-11-20-seed11"]]
    (facts,) = json.loads(home.legdesk("runs", "--json").stdout)
    assert facts["latest"] and facts["journal_bytes"] > 0


def test_the_journals_export_is_what_the_run_wrote(short_run: str, home: Home) -> None:
    written = (home.folder / "lines.jsonl").read_text(encoding="utf-8")
    shown = home.legdesk("journal", "export")
    assert shown.returncode == 0 and shown.stdout == written
    rows = [json.loads(line) for line in written.splitlines()]
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    assert rows[0]["kind"] == "SessionStarted" and rows[-1]["kind"] == "SessionEnded"


def test_an_export_whose_reader_leaves_ends_without_a_word(short_run: str, home: Home) -> None:
    reader = home.start("journal", "export")
    assert reader.stdout is not None and reader.stderr is not None
    reader.stdout.readline()
    reader.stdout.close()
    assert reader.wait(120) in (0, 141)
    assert reader.stderr.read() == ""
    reader.stderr.close()


def test_a_recorded_run_can_be_replayed(short_run: str, home: Home) -> None:
    done = home.legdesk("replay", "recorded", "--headless", "--json", "--run-dir", "apart")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert done.stderr.splitlines()[-1] == "book == broker"
    source = report["header"]["source"]
    assert source.startswith("recorded session recorded (")
    assert "bars lie in trading hours" in source
    assert (home.folder / "apart" / "sim" / "runs" / "replay-recorded" / "journal.db").is_file()
    refused = home.legdesk("run", "--headless", *UNTIL, "--record", "recorded")
    assert refused.returncode == 2 and refused.stderr.count("\n") == 1


def test_the_quote_location_reaches_both_spreads(tmp_path: Path) -> None:
    home = Home(tmp_path)
    record_small_session(tmp_path / "small")
    fills = {}
    for location in ("0", "1"):
        done = home.legdesk(
            *("replay", "small", "--headless", "--json", "--fill-model", "crossing"),
            *("--quote-location", location, "--min-days", "0", "--export", f"{location}.jsonl"),
        )
        assert done.returncode == 0, done.stderr
        fills[location] = json.loads(done.stdout)["attempts"]
        with (tmp_path / f"{location}.jsonl").open(encoding="utf-8") as lines:
            spreads = json.loads(lines.readline())["settings"]["spreads"]
        assert spreads["buy_location"] == float(location)
        assert spreads["sell_location"] == 1 - float(location)
    assert fills["0"]["k"] == 0, "nobody sells at the bid of a market that is not crossed"


def test_a_real_session_replays_and_settles(shared_data: Path, tmp_path: Path) -> None:
    done = Home(tmp_path).legdesk(
        *("replay", shared_data / "sessions" / "goog_20151224_min", "--headless", "--json"),
        *("--min-days", "600", "--fill-model", "assumed"),
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines()[-1] == "book == broker"
    report = json.loads(done.stdout)
    assert report["attempts"]["k"] > 0 and report["header"]["fill_model"] == "assumed"


def test_at_the_natural_prices_a_real_session_offers_no_safe_pair(
    shared_data: Path, tmp_path: Path
) -> None:
    done = Home(tmp_path).legdesk(
        *("replay", shared_data / "sessions" / "goog_20151224_min", "--headless", "--json"),
        *("--min-days", "600", "--quote-location", "1.0"),
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["attempts"]["n"] == 0


def test_a_run_goes_on_where_it_ended_on_the_exchange_it_had(tmp_path: Path) -> None:
    home = Home(tmp_path)
    begun = home.legdesk("run", "--headless", *UNTIL, *SMALL, "--seed", "11", "--json")
    assert begun.returncode == 0, begun.stderr
    run = "sim-2026-11-20-seed11"
    resumed = home.legdesk("run", "--headless", "--until", "09:50", "--resume", run, "--json")
    assert resumed.returncode == 0, resumed.stderr
    assert resumed.stderr.splitlines()[-1] == "book == broker"
    before, after = json.loads(begun.stdout), json.loads(resumed.stdout)
    assert (after["header"]["starts"], after["header"]["seed"]) == (2, 11)
    assert after["money"]["net_premium_c"] == before["money"]["net_premium_c"]
    assert after["attempts"]["n"] == before["attempts"]["n"], "every trader is paused"
    refused = home.legdesk("run", "--headless", "--resume", run, "--seed", "12")
    assert refused.returncode == 2 and "--seed cannot change" in refused.stderr


def test_two_processes_with_other_hashes_and_threads_write_the_same_journal(
    tmp_path: Path,
) -> None:
    exports = []
    for seed, threads in (("0", "1"), ("4711", "7")):
        home = Home(tmp_path / seed)
        home.folder.mkdir()
        done = home.legdesk(
            *("run", "--headless", *UNTIL, *SMALL, "--export", "lines.jsonl"),
            *("--pool-threads", threads),
            PYTHONHASHSEED=seed,
        )
        assert done.returncode == 0, done.stderr
        exports.append((home.folder / "lines.jsonl").read_bytes())
    assert exports[0] == exports[1] and exports[0].count(b"\n") > 50


def test_other_seeds_write_other_journals(short_run: str, home: Home, tmp_path: Path) -> None:
    done = Home(tmp_path).legdesk(
        "run", "--headless", *UNTIL, *SMALL, "--seed", "12", "--export", "lines.jsonl"
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "lines.jsonl").read_bytes() != (home.folder / "lines.jsonl").read_bytes()


@pytest.mark.parametrize("speed", ["1", "max"])
@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_ends_a_run_in_order(
    speed: str, number: signal.Signals, code: int, tmp_path: Path
) -> None:
    home = Home(tmp_path)
    running = home.start("run", "--headless", "--speed", speed)
    assert running.stderr is not None
    assert running.stderr.readline().startswith("run sim-")
    running.send_signal(number)
    out, err = running.communicate(timeout=120)
    assert running.returncode == code, err
    assert out.splitlines()[-1] == "book == broker"
    last = json.loads(home.legdesk("journal", "export").stdout.splitlines()[-1])
    assert last["kind"] == "SessionEnded" and last["reason"] == "settled"
