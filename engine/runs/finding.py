"""Which runs there are on disk, and what became of each; importing this costs little."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from platformdirs import user_state_dir

from engine.config import DeskConfig
from engine.config.names import path_of
from engine.orders.events.session import DIFFERENCE, UNANSWERED
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import holder
from engine.run_folder.paths import RunPlaces, existing_run, latest_run, run_ids

__all__ = [
    "DIFFERENCE",
    "NOTHING_KEPT",
    "UNANSWERED",
    "RunLine",
    "RunPlaces",
    "RunState",
    "base_folder",
    "existing_run",
    "find_run",
    "list_runs",
    "mode_folder",
    "run_state",
]


def base_folder(config: DeskConfig) -> Path:
    """The state folder of every mode, configured or the user's own; nothing is made."""
    if config.state_dir is None:
        return Path(user_state_dir("legdesk"))
    return config.state_dir.expanduser()


def mode_folder(config: DeskConfig) -> Path:
    """The folder of the configured mode; nothing is made."""
    return base_folder(config) / config.mode.lower()


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
