"""A desk was killed and its write-ahead log is damaged: nobody is told that all is well."""

from __future__ import annotations

import json
from pathlib import Path

from engine.journal.write_ahead_log import log_of
from tests.support.command_line import SMALL, Home
from tests.support.exchange_processes import until

RUN = "sim-2026-11-20-seed46"


def test_a_run_that_lost_events_is_called_damaged_everywhere_and_goes_on_only_by_a_word(
    tmp_path: Path,
) -> None:
    home = Home(tmp_path)
    folder = home.state / "sim" / "runs" / RUN
    journal, wire = folder / "journal.db", folder / "wire.jsonl"
    desk = home.start("run", "--headless", *SMALL, "--speed", "400")
    until(lambda: wire.exists() and wire.read_bytes().count(b"journal_seq") > 4)
    desk.kill()
    desk.communicate()
    log = bytearray(log_of(journal).read_bytes())
    log[len(log) // 2] ^= 1
    log_of(journal).write_bytes(log)

    (row,) = json.loads(home.legdesk("runs", "--json").stdout)
    assert row["state"] == "damaged"
    for _ in range(2):  # the second time SQLite has removed the log
        verified = home.legdesk("journal", "verify")
        assert verified.returncode == 1
        assert "missing after row" in verified.stdout and "is sound" not in verified.stdout
        checked = home.legdesk("check")
        assert checked.returncode == 1 and "missing after row" in checked.stdout
        assert f"damaged; events are missing; `legdesk journal verify {RUN}`" in (
            home.legdesk("runs").stdout
        )
        assert "events are missing" in home.legdesk("doctor").stdout
    refused = home.legdesk("run", "--headless", "--resume", RUN, "--until", "10:30")
    assert refused.returncode == 2 and "--accept-missing" in refused.stderr
    assert "missing after row" in refused.stderr

    went_on = home.legdesk(
        "run", "--headless", "--resume", RUN, "--accept-missing", "--until", "10:30"
    )
    assert "the journal lacks events" in went_on.stdout
    assert {each.name for each in (folder / "lost-1").iterdir()} >= {"wire.jsonl"}
    kinds = home.legdesk("journal", "show", "--kind", "AlarmRaised").stdout
    assert "EVENTS_LOST" in kinds
    assert home.legdesk("journal", "verify").returncode == 0
    assert home.legdesk("run", "--headless", "--resume", RUN, "--until", "10:35").returncode == 0
