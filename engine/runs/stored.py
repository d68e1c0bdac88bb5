"""The runs on disk, read without running a desk: list, status, journal, report.

Importing this costs little: journal and report are loaded where they are read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final, Literal

from platformdirs import user_state_dir

from engine.config import ConfigError, DeskConfig, SimulationSettings
from engine.config.names import path_of
from engine.config.regular_files import read_text
from engine.market.clock import SystemClock
from engine.orders.events.session import DIFFERENCE, UNANSWERED
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import StateLock, holder, unlockable
from engine.run_folder.paths import RunPlaces, existing_run, latest_run, run_ids, write_private

if TYPE_CHECKING:
    from engine.journal.verify import Verified
    from engine.report.records import SessionReport

__all__ = [
    "DIFFERENCE",
    "NOTHING_KEPT",
    "UNANSWERED",
    "CalendarReach",
    "JournalError",
    "RunLine",
    "RunPlaces",
    "SessionReport",
    "base_folder",
    "calendars",
    "event_kinds",
    "events_missing",
    "existing_run",
    "find_run",
    "is_for_the_operator",
    "journal_lines",
    "keep_report",
    "list_runs",
    "mode_folder",
    "read_report",
    "read_status",
    "run_state",
    "simulation_of",
    "status_age_s",
    "storage_problem",
    "verify_journal",
]

if not TYPE_CHECKING:  # a type checker knows every name as it is

    def __getattr__(name):
        if name == "SessionReport":
            from engine.report.records import SessionReport

            return SessionReport
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


MOST_STATUS_BYTES: Final = 10_000_000
"""Of thousands of traders with their alarms; a status has a few thousand bytes."""


def base_folder(config: DeskConfig) -> Path:
    """The state folder of every mode, configured or the user's own; nothing is made."""
    if config.state_dir is None:
        return Path(user_state_dir("legdesk"))
    return config.state_dir.expanduser()


def mode_folder(config: DeskConfig) -> Path:
    """The folder of the configured mode; nothing is made."""
    return base_folder(config) / config.mode.lower()


def read_status(root: Path) -> dict[str, Any] | None:
    """What the desk of a mode last wrote about itself; None where there never was one.

    Args:
        root: from `mode_folder`.

    Raises:
        JournalError: "denied" or "foreign", where the file cannot be read or is not a status.
    """
    path = root / "status.json"
    try:
        status = json.loads(read_text(path, MOST_STATUS_BYTES))
        if isinstance(status, dict) and isinstance(status.get("written_s"), int | float):
            return status
    except FileNotFoundError:
        return None
    except OSError as error:
        raise JournalError(
            "denied", f"{path} cannot be read: {error.strerror or error}; check its owner"
        ) from None
    except (ValueError, RecursionError):
        pass
    raise JournalError("foreign", f"{path} is not a desk's status; remove it and start the desk")


def status_age_s(status: Mapping[str, Any]) -> float:
    """Seconds since a desk wrote its status, by the clock that it wrote its time by.

    Args:
        status: from `read_status`.
    """
    return max(0.0, SystemClock().epoch_s() - float(status["written_s"]))


def events_missing(places: RunPlaces) -> str:
    """Which events a run's journal had and has no more; "" where nothing says that any are.

    Raises:
        JournalError: the journal cannot be read.
    """
    from engine.journal.missing import missing_events

    missing = missing_events(places)
    return "" if missing is None else str(missing)


NOTHING_KEPT: Final = "no row on disk: its desk died before anything traded"
"""Of a run with a journal that is empty."""

RunState = Literal["running", "ended", "differs", "died", "empty", "damaged", "unreadable"]


def run_state(places: RunPlaces) -> RunState:
    """What became of a run's desk, and whether its journal still has every event it had."""
    if holder(places.folder) is not None:
        return "running"
    from engine.journal.missing import missing_events
    from engine.journal.reading import end_reason, has_rows
    from engine.journal.write_ahead_log import log_is_damaged, log_of

    try:
        if log_is_damaged(places.journal):
            return "damaged"
        if not log_of(places.journal).exists() and missing_events(places) is not None:
            return "damaged"
        reason = end_reason(places.journal)
        if reason is None:
            # What a desk left that was killed is not opened for a list.
            left = log_of(places.journal).exists() or has_rows(places.journal)
            return "died" if left else "empty"
        return "differs" if reason.startswith(DIFFERENCE) else "ended"
    except JournalError as error:
        return "empty" if error.code == "empty" else "unreadable"


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as a list shows it.

    Args:
        run, folder: its id and its files.
        journal_bytes: what its journal takes on the disk.
        changed_s: epoch seconds at which it last grew.
        latest: whether it is the last one started.
        state: "running", "ended", "differs" where it ended with a difference, "died" where its
            desk was killed, "empty" where that was before its first row, "damaged" where events
            that it had are missing, or "unreadable".
        ended_by: who asked for its end, by its report; "" where nobody did, or nothing says so.
    """

    run: str
    folder: Path
    journal_bytes: int
    changed_s: float
    latest: bool
    state: RunState
    ended_by: str = ""


def _ended_by(places: RunPlaces) -> str:
    try:
        head = json.loads(places.report_json.read_text(encoding="utf-8"))["header"]
        return str(head.get("ended_by", ""))[:200]
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return ""


def list_runs(root: Path) -> tuple[RunLine, ...]:
    """Every run of a mode, the oldest first."""
    latest = latest_run(root)
    rows = []
    for run in run_ids(root):
        places = existing_run(root, run)
        log = places.journal.with_name(places.journal.name + "-wal")
        files = [path.stat() for path in (places.journal, log) if path.exists()]
        rows.append(
            RunLine(
                run,
                places.folder,
                sum(facts.st_size for facts in files),
                max(facts.st_mtime for facts in files),
                latest is not None and latest.run == run,
                run_state(places),
                _ended_by(places),
            )
        )
    return tuple(sorted(rows, key=lambda row: (row.changed_s, row.run)))


def find_run(root: Path, named: str = "") -> RunPlaces:
    """The files of a run.

    Args:
        root: from `mode_folder`.
        named: a run's id, a run's folder, its journal, or a state folder (its latest run); ""
            for the latest run of `root`.

    Raises:
        JournalError: there is no such run; names those there are.
    """
    if not named:
        latest = latest_run(root)
        if latest is None:
            raise JournalError("missing", f"there is no run in {root}; `legdesk run` makes one")
        return latest
    try:
        path = path_of(Path(named))
    except ValueError as error:
        raise JournalError("missing", str(error)) from None
    if path.name == "journal.db" and path.is_file():
        path = path.parent
    if (path / "journal.db").is_file():
        return RunPlaces(path.resolve().name, path)
    for state in (path, path / root.name):
        inside = latest_run(state) if (state / "runs").is_dir() else None
        if inside is not None:
            return inside
    if path.is_dir() or len(path.parts) > 1:
        raise JournalError("missing", f"there is no journal in {path}; name a run or its folder")
    return existing_run(root, named)


def read_report(places: RunPlaces) -> SessionReport:
    """The report of a run, folded from its journal and held against the exchange's own record.

    Raises:
        JournalError: the journal cannot be read; StateError: its events cannot be.
    """
    from engine.report.session import session_report, state_of
    from engine.runs.exchange_records import record_difference

    state = state_of(places.journal)
    report = session_report(state)
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


def storage_problem(folder: Path) -> str:
    """Lock a file and write a journal in a folder made inside `folder`; what failed, or "".

    Args:
        folder: exists and can be written; nothing is left in it.
    """
    from engine.journal.opening import open_journal
    from engine.orders.events import SessionEnded

    try:
        with TemporaryDirectory(prefix=".legdesk-", dir=folder) as made:
            path = Path(made)
            with StateLock(path), open_journal(path / "journal.db") as journal:
                journal.append(SessionEnded(0, "tried"))
                journal.flush()
    except JournalError as error:
        return str(unlockable(folder) if error.code == "unlockable" else error)
    except OSError as error:
        return f"{folder} cannot be written: {error.strerror or error}; free the disk"
    return ""


@dataclass(frozen=True, slots=True)
class CalendarReach:
    """How far a trading calendar reaches; days_left counts from the day asked about."""

    name: str
    last: date
    days_left: int


def calendars(today: date) -> tuple[CalendarReach, ...]:
    """The calendars shipped with the engine and how long they still last.

    Args:
        today: exchange date.
    """
    from engine.market.calendar import globex_equity, xnys

    return tuple(
        CalendarReach(each.name, each.last, each.days_left(today))
        for each in (xnys(), globex_equity())
    )


def is_for_the_operator(error: BaseException) -> bool:
    """Whether an error's message is a sentence for the operator, who can put it right."""
    if isinstance(error, ConfigError | JournalError):
        return True
    from engine.brokers.remote.link import LinkError

    if isinstance(error, LinkError):
        return True
    from engine.brokers.recorded.errors import SessionFileError
    from engine.state.desk import StateError

    return isinstance(error, SessionFileError | StateError)
