"""Files of quotes that are replayed without being imported first: a session in a cache."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Final

from engine.brokers.imports.errors import ImportFileError
from engine.brokers.imports.importing import Imported, OnProgress, import_files
from engine.brokers.imports.plan import ImportPlan
from engine.brokers.recorded.columns import QUOTES_FILE
from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.facts import SESSION_FILE

_FORM: Final = "1"
"""Changes when the same file makes another session."""

_KEPT: Final = 20
"""Sessions in the cache; the oldest go."""


def is_session(path: Path) -> bool:
    """Whether a path is to be read as a recorded session: not a file, nor a folder of files."""
    if path.is_file():
        return False
    if not path.is_dir() or (path / SESSION_FILE).exists() or (path / QUOTES_FILE).exists():
        return True
    return not any(each.is_file() and each.name[0] != "." for each in path.iterdir())


def session_of(
    path: Path,
    cache: Path,
    on_found: Callable[[str], None] = lambda found: None,
    on_progress: OnProgress = lambda what, done, total: None,
) -> tuple[Path, Imported | None]:
    """The folder of the session that a file, or a folder of files, makes.

    Args:
        path: the file; a quotes.parquet beside its session.json means their folder.
        cache: where sessions are made and found again while the file is the same.
        on_found, on_progress: as for `import_files`.

    Returns:
        The folder, and what the import came to; None where the session was there.

    Raises:
        SessionFileError: the file cannot be imported without options.
    """
    if path.name == QUOTES_FILE and (path.parent / SESSION_FILE).exists():
        return path.parent, None
    folder = cache / f"{path.resolve().name}-{_digest(path)}"
    if (folder / SESSION_FILE).exists():
        return folder, None
    shutil.rmtree(folder, ignore_errors=True)
    try:
        done = import_files(ImportPlan((path,), folder, days_as="together"), on_found, on_progress)
    except SessionFileError as error:
        command = f"`legdesk import auto {path} --to DIR` has options for how they are written"
        told = (*str(error).splitlines(), f"{path}: if it holds quotes, {command}")
        raise error.told_as(told) from None
    if len(done.sessions) > 1:
        shutil.rmtree(folder, ignore_errors=True)
        raise ImportFileError(
            path,
            "holds chains of more than one style, which are sessions of their own",
            f"write them with `legdesk import auto {path} --to DIR`, and replay one",
        )
    _forget_oldest(cache)
    return folder, done


def _digest(path: Path) -> str:
    """Which file it is, and as of when."""
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    facts = [(str(each.resolve()), each.stat().st_size, each.stat().st_mtime_ns) for each in files]
    return hashlib.sha256(f"{_FORM} {facts}".encode()).hexdigest()[:12]


def _forget_oldest(cache: Path) -> None:
    sessions = [each for each in cache.iterdir() if (each / SESSION_FILE).is_file()]
    sessions.sort(key=lambda each: (each / SESSION_FILE).stat().st_mtime_ns, reverse=True)
    for folder in sessions[_KEPT:]:
        shutil.rmtree(folder, ignore_errors=True)
