"""The lines of `legdesk watch`: what they say, of what is unknown, old, and of real money."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import Any

import click
import pytest

from engine.observers.event_feed import Alarmed, Told
from engine.observers.event_rows import event_row
from engine.observers.status_row import status_row
from engine.orders import events as ev
from engine.snapshot import ConnectionView, EngineSnapshot, EngineState
from tests.support import sample_snapshots as samples
from tests.support.every_list import HOSTILE
from tui.cli.watch import Lines
from tui.cli.watch_words import STALE_AFTER_S, event_line, is_stale, missed_line, status_line

AT_MS = 1_795_185_161_933  # 09:32:41 in New York


def said(event: Any, about: Any = None) -> str:
    return event_line(event_row(Told(1, 2, event, about)))


def status(snapshot: EngineSnapshot, age_s: float | None = 0.2) -> str:
    return status_line({**status_row(snapshot, 0.0), "age_s": age_s})


RAISED = ev.AlarmRaised(
    AT_MS, "A12", 1, "UNHEDGED", "SPY 2026-12-04", "1 contract for 31 s", "it may lose", "choose: h"
)


EVENTS = (
    ev.PhaseChanged(AT_MS, "MORNING", ""),
    ev.TraderHeld(AT_MS, "SPY 2026-12-04", "REJECTS", 0, "3 rejects in a row"),
    ev.OperatorActed(AT_MS, "T1", "pause", "*", "shell", "^K", "why", "", "confirmed", "now"),
    ev.SettingChanged(AT_MS, "*", "cancel_ms", 2500, 3000, "kept"),
    ev.SessionEnded(AT_MS, "settled"),
)


@pytest.mark.parametrize(
    ("event", "about", "line"),
    [
        (ev.PhaseChanged(AT_MS, "MORNING", ""), None, "09:32:41 phase MORNING"),
        (
            ev.CycleEnded(AT_MS, "SPY 2026-12-04", 8, "COMPLETE", 2, 1300, 272, 1028, "", "", 6.9),
            None,
            "09:32:41 SPY 04DEC26: floor +10.28 dollars guaranteed, pair 8 complete, 2 contracts, "
            "cash +13.00, fees 2.72, open for 6.9s",
        ),
        (
            ev.TraderHeld(AT_MS, "SPY 2026-12-04", "REJECTS", 0, "3 rejects in a row"),
            None,
            "09:32:41 SPY 04DEC26: held, REJECTS, 3 rejects in a row",
        ),
        (
            RAISED,
            None,
            "09:32:41 ALARM P1 raised, A12 UNHEDGED, SPY 04DEC26: 1 contract for 31 s. Means: it may "
            "lose. Do: choose: h",
        ),
        (
            ev.AlarmAcknowledged(AT_MS, "A12"),
            Alarmed(RAISED, False),
            "09:32:41 alarm P1 A12 UNHEDGED acknowledged",
        ),
        (ev.AlarmCleared(AT_MS, "A12"), None, "09:32:41 alarm P? A12  ended"),
        (
            ev.OperatorActed(
                AT_MS, "T1", "pause", "symbol:SPY", "shell", "", "", "", "confirmed", ""
            ),
            None,
            "09:32:41 shell asked: pause all of SPY, confirmed",
        ),
        (
            ev.OperatorActed(
                AT_MS, "T2", "kill", "*", "operator", "^K", "", "", "confirmed", "now"
            ),
            None,
            "09:32:41 operator asked: kill everything, confirmed, now",
        ),
        (
            ev.SettingChanged(AT_MS, "*", "cancel_ms", 2500, 3000, "kept"),
            None,
            "09:32:41 all traders: setting cancel_ms 2500 to 3000, kept",
        ),
        (ev.SessionEnded(AT_MS, "settled"), None, "09:32:41 the session has ended, settled"),
    ],
)
def test_an_event_is_said_in_plain_words(event: Any, about: Any, line: str) -> None:
    assert said(event, about) == line


@pytest.mark.parametrize("event", [RAISED, *EVENTS], ids=lambda event: type(event).__name__)
def test_hostile_words_of_an_event_are_words_of_one_printable_line(event: Any) -> None:
    row = event_row(Told(1, 2, event, None))
    named = {"type", "event", "kind", "run"}
    for text in HOSTILE:
        told = {k: text if isinstance(v, str) and k not in named else v for k, v in row.items()}
        line = event_line(told)
        assert line.isprintable() and "\u202e" not in line and len(line) < 4_000


def test_a_status_begins_with_whose_it_is_and_what_is_guaranteed() -> None:
    line = status(samples.normal())
    words = line.split(" status: ")
    assert "SIM " in words[0] and words[1].startswith("floor ")
    for named in ("cash", "unhedged", "day loss", "orders", "working orders", "alarms P1", "phase"):
        assert f"{named} " in words[1]
    assert "engine RUN" in words[1] and "data 0.2s old" in words[1] and "STALE" not in line


@pytest.mark.parametrize(
    ("loss_c", "told"),
    [
        (4_120, "day loss 41.20 of 1,666.66 dollars, then no entries;"),
        (170_000, "day loss 1,700.00 of 3,333.33 dollars, then all sold back;"),
    ],
)
def test_the_days_loss_is_told_of_the_limit_that_it_meets_next(loss_c: int, told: str) -> None:
    shown = samples.normal()
    totals = replace(
        shown.totals, day_loss_c=loss_c, day_loss_exit_c=166_666, day_loss_limit_c=333_333
    )
    shown = replace(shown, totals=totals)
    assert told in status(shown)
    row = status_row(shown, 0.0)
    assert row["day_loss_limit_usd"] == 3_333.33, "a field keeps its meaning"
    older = {k: v for k, v in row.items() if not k.startswith("day_loss_next")}
    assert f" of {3_333.33:,} dollars;" in status_line(older)


def test_an_account_is_named_by_its_tail_alone() -> None:
    real = replace(samples.normal(), mode="LIVE", account="DU1234567")
    assert "LIVE account ending 4567 status:" in status(real)
    told = replace(real, connection=ConnectionView(told=True, tail="89AB"))
    assert "LIVE account ending 89AB status:" in status(told)


def test_what_is_old_is_said_first_and_from_two_seconds_on() -> None:
    assert "STALE" not in status(samples.normal(), STALE_AFTER_S - 0.1)
    for age_s, said_age in ((STALE_AFTER_S, "2.0s"), (None, "?")):
        line = status(samples.normal(), age_s)
        assert f"status: STALE, {said_age} old: the desk says nothing" in line
    ended = {**status_row(replace(samples.normal(), state=EngineState.ENDED), 0.0), "age_s": 9.0}
    assert not is_stale(ended)  # its last figures are final


def test_what_nobody_knows_is_a_question_mark_and_never_zero() -> None:
    line = status_line({})
    for named in ("floor ?", "cash ?", "unhedged ?", "day loss ?", "orders ?", "working orders ?"):
        assert named in line
    assert "P1 ? P2 ? P3 ?" in line and "phase ?" in line and "engine ?" in line
    assert "0" not in line and line.startswith("--:--:-- ? account ending ? status: STALE, ? old")
    desk = samples.normal()
    totals = replace(desk.totals, unhedged=2, unhedged_since_s=None)
    assert "unhedged 2 for ?, at worst" in status(replace(desk, totals=totals))


def test_a_parked_unit_for_which_no_order_works_has_no_limit_of_zero() -> None:
    moved = ev.LadderMoved(AT_MS, "SPY 2026-12-04", 7, "H7", 0)
    assert event_row(Told(1, 2, moved, None))["limit"] is None
    assert "pair 7 waits for its credit, stage H7, no order for it" in said(moved)
    assert "stage H2, limit 1.62 a share" in said(moved._replace(stage="H2", limit_c=162))


def test_losses_that_are_unlimited_are_told_so_and_what_was_sold_twice_can_lose() -> None:
    desk = samples.normal()
    for unhedged, since in ((2, " for ?"), (0, "")):
        for worst_c, told in ((None, "-inf"), (-27_000, "-270.00")):
            totals = replace(
                desk.totals, unhedged=unhedged, open_worst_c=worst_c, unhedged_since_s=None
            )
            line = status(replace(desk, totals=totals))
            assert f"unhedged {unhedged}{since}, at worst {told}; " in line
    totals = replace(desk.totals, unhedged=0, open_worst_c=0, unhedged_since_s=None)
    assert "at worst" not in status(replace(desk, totals=totals))


def test_orders_without_an_answer_and_p1_that_nobody_answered_are_shouted() -> None:
    snapshot = samples.troubled()
    line = status(replace(snapshot, totals=replace(snapshot.totals, unknown=2)))
    assert "2 WITHOUT AN ANSWER" in line and "of P1 UNACKNOWLEDGED" in line


def test_stale_quotes_are_marked_apart_from_a_silent_desk() -> None:
    snapshot = samples.normal()
    first, *rest = snapshot.traders
    stale = replace(first, stale=True, quoted_s=snapshot.now_s - 31.0)
    line = status(replace(snapshot, traders=(stale, *(replace(r, stale=False) for r in rest))))
    assert "quotes STALE for 1 trader, 31s old" in line and "status: floor" in line


def test_lines_that_cannot_be_written_end_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", None)
    with pytest.raises(click.UsageError, match="nowhere to write"):
        Lines(False)
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr("sys.stdout", full)
        lines = Lines(True)
        with pytest.raises(click.ClickException, match="No space left on device; free the disk"):
            lines.write({"type": "missed", "events": 1}, missed_line, missed_line)
        monkeypatch.undo()


def test_a_reader_that_has_gone_is_noticed_without_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    reads, writes = os.pipe()
    with os.fdopen(writes, "w") as pipe:
        monkeypatch.setattr("sys.stdout", pipe)
        lines = Lines(False)
        lines.check_reader()
        os.close(reads)
        with pytest.raises(BrokenPipeError):
            lines.check_reader()
        monkeypatch.undo()
