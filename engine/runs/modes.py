"""The runs of every mode of a state folder: each mode has a folder of its own in it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from engine.config import DeskConfig
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import RunPlaces, latest_run, run_ids
from engine.runs.finding import base_folder, find_run

BY_DANGER: Final = ("LIVE", "PAPER", "SIM")
"""The modes, that of real money first."""

_NAMED: Final = 5


def mode_folders(config: DeskConfig, mode: str | None = None) -> tuple[Path, ...]:
    """The folders of every mode, that of real money first; nothing is made.

    Args:
        config: names the state folder; its own mode does not matter.
        mode: for that of one mode.
    """
    base = base_folder(config)
    return tuple(base / each.lower() for each in BY_DANGER if mode in (None, each))


def mode_of(run_folder: Path) -> str:
    """The mode of a run, by the place of its folder."""
    return run_folder.parent.parent.name.upper()


def newest_runs(folders: Sequence[Path]) -> tuple[str, ...]:
    """The ids of every run, those of one mode after another, the newest of each first.

    Args:
        folders: from `mode_folders`.
    """
    return tuple(run for folder in folders for run in reversed(run_ids(folder)))


def find_run_of(folders: Sequence[Path], named: str = "") -> RunPlaces:
    """The files of a run in one of several modes.

    Args:
        folders: from `mode_folders`.
        named: as `find_run` takes it; "" for the run that was written last.

    Raises:
        JournalError: there is no such run, or modes have one each.
    """
    if len(folders) == 1:
        return find_run(folders[0], named)
    base = folders[0].parent
    if not named:
        known = [run for run in map(latest_run, folders) if run is not None]
        if not known:
            raise JournalError("missing", f"there is no run in {base}; `legdesk run` makes one")
        return max(known, key=_written_ns)
    found: dict[Path, RunPlaces] = {}
    said: list[str] = []
    for folder in folders:
        try:
            places = find_run(folder, named)
            found[places.folder.resolve()] = places
        except JournalError as error:
            said.append(str(error))
    if len(found) == 1:
        return next(iter(found.values()))
    if found:
        modes = ", ".join(mode_of(folder) for folder in found)
        raise JournalError("place", f"several modes have a run {named}: {modes}; add --mode")
    if len(set(said)) == 1:
        raise JournalError("missing", said[0])
    known_ids = [
        f"{mode_of(folder / 'runs' / '_')} {run}"
        for folder in folders
        for run in run_ids(folder)[-_NAMED:]
    ]
    last = ", ".join(known_ids) or "none"
    raise JournalError("missing", f"there is no run {named} in {base}; the last ones: {last}")


def _written_ns(places: RunPlaces) -> int:
    """When a run's journal was written last, in nanoseconds of the file system's time."""
    log = places.journal.with_name(places.journal.name + "-wal")
    return max(path.stat().st_mtime_ns for path in (places.journal, log) if path.exists())
