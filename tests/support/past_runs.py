"""Journals of runs on disk, whose past is looked at."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from engine.journal.opening import open_journal
from engine.orders import events as ev
from engine.run_folder.paths import RunPlaces
from engine.state.desk import DeskState
from tests.support.hand_written_runs import Story

BATCH = 40
"""Events of a commit."""


def written(folder: Path, events: Iterable[ev.Event], *, killed: bool = False) -> RunPlaces:
    """A run with these events in its journal, in commits of BATCH.

    Args:
        folder: of the run; made.
        killed: whether its writer died: its log is left beside it.
    """
    made = folder / "made" if killed else folder
    made.mkdir(parents=True, exist_ok=True)
    journal = open_journal(made / "journal.db", durable=False)
    for number, event in enumerate(events, 1):
        journal.append(event)
        if number % BATCH == 0:
            journal.flush()
    journal.flush()
    if killed:
        for path in made.glob("journal.db*"):
            shutil.copy2(path, folder / path.name)
    journal.close()
    return RunPlaces(folder.name, folder)


def damaged(places: RunPlaces, batch: int) -> int:
    """Change a commit of the journal, counted from 0; returns the first row that is lost."""
    with sqlite3.connect(places.journal) as connection:
        first, last, body = connection.execute(
            "SELECT first, last, body FROM batches ORDER BY last LIMIT 1 OFFSET ?", (batch,)
        ).fetchone()
        changed = bytes(body).replace(b"2024-12-20", b"2024-12-27", 1)
        connection.execute("UPDATE batches SET body=? WHERE last=?", (changed, last))
    connection.close()
    return int(first)


def folded(events: Iterable[ev.Event], at_ms: int) -> DeskState:
    """The state as of a moment, from the first event on."""
    state = DeskState()
    for event in events:
        if event[0] > at_ms:
            break
        state.apply(event)
    return state


def busy_story(attempts: int = 30, gap_ms: int = 45_000) -> Story:
    """Three traders that try, fill and complete for a while, with an alarm now and then."""
    story = Story()
    outcomes = ("timeout", "complete", "hung", "scratched", "parked", "late")
    for number in range(attempts):
        key = story.keys[number % 3]
        story.play(key, outcomes[number % len(outcomes)], 1 + number % 2, 150, 160)
        if number % 9 == 4:
            at_ms = story.later(500)
            story.add(ev.AlarmRaised(at_ms, f"A{number}", 2, "STALE", key, "old", "", "look"))
        story.later(gap_ms)
    return story
