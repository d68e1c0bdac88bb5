"""Where a desk keeps its things: one folder a mode, one folder a simulated run, owner-only."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from threading import get_native_id
from typing import Final

from platformdirs import user_state_dir

from engine.config.names import shown
from engine.config.regular_files import read_bytes
from engine.run_folder.errors import JournalError

MODES: Final = ("SIM", "PAPER", "LIVE")
_RUN_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NO_ID: Final = re.compile(r"[^A-Za-z0-9_.]+")
MOST_STEM: Final = 56
"""Characters of a stem; the rest of an id is for the number behind it."""

_LATEST: Final = "latest"
MOST_ID_BYTES: Final = 1_000


@dataclass(frozen=True, slots=True)
class RunPlaces:
    """The files of one run (or, in PAPER and LIVE, of the mode).

    ledger is the simulated exchange's own account of the run, wire what it received; report_text
    and report_json are the session report.
    """

    run: str
    folder: Path

    @property
    def journal(self) -> Path:
        """The event journal."""
        return self.folder / "journal.db"

    @property
    def ledger(self) -> Path:
        """The exchange's ledger, one booking a line."""
        return self.folder / "exchange.jsonl"

    @property
    def wire(self) -> Path:
        """What the simulated exchange received, one JSON object a line."""
        return self.folder / "wire.jsonl"

    @property
    def report_text(self) -> Path:
        """The session report for people."""
        return self.folder / "report.txt"

    @property
    def report_json(self) -> Path:
        """The session report for programs."""
        return self.folder / "report.json"


def state_root(state_dir: Path | None, mode: str) -> Path:
    """The owner-only folder of a mode, made where it is missing.

    Args:
        state_dir: the configured folder; None for the user's state folder.
        mode: SIM, PAPER or LIVE; each has its own.

    Raises:
        JournalError: an unknown mode, or a folder that cannot be made private.
    """
    folder = mode_folder(state_dir, mode)
    return private_folder(private_folder(folder.parent) / folder.name)


def mode_folder(state_dir: Path | None, mode: str) -> Path:
    """Where the folder of a mode is, or would be made.

    Args:
        state_dir: the configured folder; None for the user's state folder.
        mode: SIM, PAPER or LIVE.

    Raises:
        JournalError: an unknown mode.
    """
    if mode not in MODES:
        raise JournalError("place", f"mode {mode!r} is not one of {', '.join(MODES)}")
    base = Path(user_state_dir("legdesk")) if state_dir is None else state_dir.expanduser()
    return base / mode.lower()


def new_run(root: Path, run: str) -> RunPlaces:
    """Make the folder of a new simulated run and remember it as the latest.

    Args:
        root: from `state_root`.
        run: the id, given from outside: letters, digits, `_ . -`, at most 64.

    Raises:
        JournalError: a bad id, or a run that exists.
    """
    places = _places(root, run)
    if places.folder.exists():
        raise JournalError(
            "place", f"run {run} exists in {places.folder.parent}; resume it, or name another"
        )
    private_folder(private_folder(root / "runs") / run)
    _remember(root, run)
    return places


def existing_run(root: Path, run: str) -> RunPlaces:
    """The files of a run that has a journal.

    Raises:
        JournalError: a bad id, or no such run; names the runs there are.
    """
    places = _places(root, run)
    if not places.journal.is_file():
        known = ", ".join(run_ids(root)[-5:]) or "none"
        raise JournalError("missing", f"there is no run {run} in {root}; the last ones: {known}")
    return places


def run_ids(root: Path) -> tuple[str, ...]:
    """The ids of every run with a journal, in order of name."""
    folder = root / "runs"
    if not folder.is_dir():
        return ()
    return tuple(sorted(each.name for each in folder.iterdir() if (each / "journal.db").is_file()))


def run_stem(text: str) -> str:
    """A text from outside as the stem of a run's id: what an id cannot hold becomes "-"."""
    stem = _NO_ID.sub("-", text).strip("-._")[:MOST_STEM]
    return stem.rstrip("-._") or "run"


def free_run_id(root: Path, stem: str) -> str:
    """`stem`, or `stem-2`, `stem-3` ... where runs of that name exist."""
    number = 1
    run = stem
    while _places(root, run).folder.exists():
        number += 1
        run = f"{stem}-{number}"
    return run


def latest_run(root: Path) -> RunPlaces | None:
    """The run made last; None where there is none."""
    try:
        run = read_bytes(root / "runs" / _LATEST, MOST_ID_BYTES).decode("ascii").strip()
        if _RUN_ID.fullmatch(run) and _places(root, run).journal.is_file():
            return _places(root, run)
    except (OSError, UnicodeDecodeError):
        pass
    known = [_places(root, run) for run in run_ids(root)]
    return max(known, key=lambda each: each.journal.stat().st_mtime_ns, default=None)


def private_folder(folder: Path) -> Path:
    """Make `folder` (parents too), or see to it that it is the owner's alone; return it.

    Raises:
        JournalError: "place", where it is not the user's or cannot be made.
    """
    try:
        missing = [each for each in (folder, *folder.parents) if not each.exists()]
        for each in reversed(missing):
            each.mkdir(mode=0o700)
        if folder.stat().st_mode & 0o077:
            folder.chmod(0o700)
    except OSError as error:
        raise JournalError(
            "place",
            f"{folder} cannot be made private: {error.strerror or error}; set state_dir to a "
            "folder of your own",
        ) from None
    return folder


def write_private(path: Path, text: str) -> None:
    """Replace the file at `path` in one step; readers see the old text or the new, never half.

    Raises:
        OSError: the disk's own; the file is as it was.
    """
    draft = path.with_name(f".{path.name}.{os.getpid()}-{get_native_id()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise


def _remember(root: Path, run: str) -> None:
    write_private(root / "runs" / _LATEST, run + "\n")


def _places(root: Path, run: str) -> RunPlaces:
    if not _RUN_ID.fullmatch(run) or run == _LATEST:
        raise JournalError(
            "place",
            f"{shown(run)} cannot name a run; use letters, digits, _ . - and at most 64 of them",
        )
    return RunPlaces(run, root / "runs" / run)
