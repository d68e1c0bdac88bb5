"""What a run on disk holds, read without running a desk: its journal and its report.

Importing this costs little: journal and report are loaded where they are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.config import ConfigError, SimulationSettings
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import RunPlaces, write_private
from engine.runs.finding import NOTHING_KEPT

if TYPE_CHECKING:
    from engine.journal.verify import Verified
    from engine.report.records import SessionReport

__all__ = [
    "SessionReport",
    "attempt_rows",
    "event_kinds",
    "events_missing",
    "journal_lines",
    "keep_report",
    "read_report",
    "simulation_of",
    "verify_journal",
]

if not TYPE_CHECKING:  # a type checker knows every name as it is

    def __getattr__(name):
        if name == "SessionReport":
            from engine.report.records import SessionReport

            return SessionReport
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def events_missing(places: RunPlaces) -> str:
    """Which events a run's journal had and has no more; "" where nothing says that any are.

    Raises:
        JournalError: the journal cannot be read.
    """
    from engine.journal.missing import missing_events

    missing = missing_events(places)
    return "" if missing is None else str(missing)


def read_report(places: RunPlaces) -> SessionReport:
    """The report of a run, folded from its journal and held against the exchange's own record.

    Raises:
        JournalError: the journal cannot be read; StateError: its events cannot be.
    """
    from engine.report.session import session_report, state_of
    from engine.runs.exchange_records import record_difference

    state = state_of(places.journal)
    report = session_report(state).of_run(places.run)
    difference = record_difference(places, state.contracts, state.applied)
    return replace(report, books=difference) if difference else report


def keep_report(report: SessionReport, places: RunPlaces) -> None:
    """Write a run's report beside its journal, as text and as JSON.

    Raises:
        OSError: the disk's own.
    """
    from engine.report.text import report_text

    write_private(places.report_text, report_text(report))
    write_private(places.report_json, json.dumps(report.to_json(), indent=1) + "\n")


def event_kinds() -> tuple[str, ...]:
    """The kinds of events a journal can hold."""
    from engine.orders.events import EVENT_TYPES

    return tuple(EVENT_TYPES)


def verify_journal(path: Path) -> Verified:
    """Read every row of a journal and check pages, seals and sequence.

    Raises:
        JournalError: there is nothing to verify: missing, foreign, newer, locked, denied.
    """
    from engine.journal.verify import verify_journal as verify

    return verify(path)


def journal_lines(places: RunPlaces, since_ms: int = 0) -> Iterator[str]:
    """The canonical export of a run's journal, one JSON object a line.

    Args:
        places: the run.
        since_ms: epoch milliseconds; commits that ended before may be left out.

    Raises:
        JournalError: the journal cannot be read; it may come after good lines.
    """
    from engine.journal.reading import export_lines, read_events

    return export_lines(read_events(places.journal, since_ms))


def attempt_rows(places: RunPlaces) -> list[dict[str, Any]]:
    """A run's attempts with what they came to, in the order in which they were sent.

    Each row has the fields of engine.learning.attempt_results.AttemptResult, those of its settings
    among them.

    Raises:
        JournalError: the journal cannot be read.
    """
    from engine.journal.reading import read_events
    from engine.learning.attempt_results import attempt_results

    results = attempt_results(event for _, event in read_events(places.journal))
    return [row.flat() for row in results]


def simulation_of(places: RunPlaces) -> SimulationSettings:
    """The simulated exchange and session that a run was last open on, so that it can go on there.

    Raises:
        JournalError: the journal cannot be read.
        ConfigError: the run is a replay, or another version wrote its settings.
    """
    from engine.journal.reading import read_events
    from engine.orders.events import SessionStarted

    start = None
    for _, event in read_events(places.journal):
        start = event if isinstance(event, SessionStarted) else start
    if start is None:
        raise JournalError(
            "missing", f"run {places.run} has {NOTHING_KEPT}; `legdesk run` begins another"
        )
    if not start.source.startswith("simulated"):
        raise ConfigError(f"run {places.run} is not simulated; replay its session again")
    try:
        return SimulationSettings.model_validate(start.settings["simulation"])
    except (KeyError, TypeError, ValueError):
        raise ConfigError(f"run {places.run} was made by another version; use that one") from None
