"""`legdesk status` says what the session guarantees, whose it is, and "-" where nobody knows."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from engine.market.clock import SystemClock
from engine.report.status import status_json, status_text
from engine.snapshot import EngineSnapshot, Totals
from tests.support import sample_snapshots as desks
from tui.cli.main import main
from tui.viewmodel.recommendations import ready


def dollars(root: Path, snapshot: EngineSnapshot, capsys: pytest.CaptureFixture[str]) -> str:
    (root / "sim").mkdir()
    (root / "sim" / "status.json").write_text(json.dumps(status_json(snapshot, snapshot.now_s)))
    assert main(["status", "--state-dir", str(root)]) == 0
    rows = capsys.readouterr().out.splitlines()
    return next(row for row in rows if row.startswith("dollars")).removeprefix("dollars").strip()


def test_the_status_tells_dollars_by_order_time_trader_symbol_and_capital(tmp_path, capsys):
    assert dollars(tmp_path, desks.normal(), capsys) == (
        "+2.04 an order, +158.86 a trader-hour, best trader SPY-241220 45%, best symbol SPY 53%, "
        "11,694 $-days a floor $"
    )


def test_a_recommendation_whose_time_is_over_waits_for_nobody_here_as_on_the_screen():
    snapshot = desks.normal()
    waits = [r for r in snapshot.recommendations if r.state == "ready"]
    assert waits and ready(snapshot.recommendations, snapshot.now_s) == len(waits)
    assert len(status_json(snapshot, snapshot.now_s)["recommendations"]) == len(waits)
    over = replace(snapshot, now_s=max(r.expires_s or 0.0 for r in waits))
    left = status_json(over, over.now_s)["recommendations"]
    assert len(left) == ready(over.recommendations, over.now_s) == 0


def test_a_desk_that_has_done_nothing_has_no_figure(tmp_path, capsys):
    empty = replace(desks.normal(), traders=(), totals=Totals())
    assert dollars(tmp_path, empty, capsys) == (
        "- an order, - a trader-hour, best trader -, best symbol -, - $-days a floor $"
    )


@pytest.mark.parametrize(
    ("late_s", "said"), [(2.0, "written 2.0 s ago"), (9.0, "OLD: written 9.0 s")]
)
def test_the_age_is_by_the_clock_that_the_desk_wrote_its_time_by(
    late_s: float,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    snapshot = desks.normal()
    monkeypatch.setattr(SystemClock, "epoch_s", lambda _: snapshot.now_s + late_s)
    dollars(tmp_path, snapshot, capsys)
    assert main(["status", "--state-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(said)


@pytest.mark.parametrize("account", ["SIM-01", "Käse \x1b[2J \u202e", "half a character: \udc80"])
def test_the_text_of_a_status_holds_all_of_it(account):
    for snapshot in (desks.normal(), desks.troubled(), desks.killed()):
        shown = replace(snapshot, account=account)
        assert json.loads(status_text(shown, 12.5)) == status_json(shown, 12.5)
