"""Vendors' files into recorded sessions: find the format, read, filter, settle, write."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.brokers.imports.choosing import Chosen, choose
from engine.brokers.imports.errors import ImportFileError, all_of
from engine.brokers.imports.gathering import Gathering
from engine.brokers.imports.plan import ImportPlan
from engine.brokers.imports.session_files import Written
from engine.brokers.imports.tally import Tally
from engine.brokers.imports.writing import write_groups
from engine.brokers.recorded.errors import SessionFileError

READING: Final = "reading"

OnProgress = Callable[[str, int, int], None]
"""Told what is done, how much of it, and how much there is."""


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import came to.

    Args:
        found: the format, as an operator reads it.
        sessions: what was written, by symbol and day.
        tally: what was met on the way.
        notes: sentences about what comes out.
    """

    found: str
    sessions: tuple[Written, ...]
    tally: Tally
    notes: tuple[str, ...] = field(default=())


def import_files(
    plan: ImportPlan,
    on_found: Callable[[str], None] = lambda found: None,
    on_progress: OnProgress = lambda what, done, total: None,
) -> Imported:
    """Write the sessions that a plan asks for; where anything is refused, none of them.

    Args:
        plan: what to import.
        on_found: told the format, once it is known.
        on_progress: told how far it is, now and then.

    Raises:
        SessionFileError: files that cannot be read, or a folder that cannot be written; every
            line of the message is one reason.
    """
    tally = Tally(plan.strict)
    chosen = choose(plan)
    on_found(chosen.found)
    with _scratch(plan.to) as scratch:
        gathered = _gather(plan, chosen, scratch, tally, on_progress)
        if not gathered.groups:
            raise _nothing(plan, tally)
        sessions = write_groups(plan, chosen, gathered, tally, on_progress)
    return Imported(chosen.found, sessions, tally, tuple(chosen.notes))


def _gather(
    plan: ImportPlan, chosen: Chosen, scratch: Path, tally: Tally, on_progress: OnProgress
) -> Gathering:
    gathered = Gathering(plan, chosen.layout, scratch, tally)
    total = sum(size for _, size in chosen.tables)
    before = 0
    for table, size in chosen.tables:
        done = before

        def told(read: int, done: int = done) -> None:
            on_progress(READING, done + read, total)

        for block in table.blocks(chosen.layout, tally, told):
            try:
                rows = chosen.layout.read(block, chosen.options, tally)
            except (OverflowError, ValueError):
                if not block.problems:
                    raise
                raise all_of(block.problems) from None  # of a value that is refused already
            if block.problems:
                raise all_of(block.problems)
            tally.count_rows(len(block))
            gathered.take(block, rows)
        before += size
        on_progress(READING, before, total)
    return gathered


def _nothing(plan: ImportPlan, tally: Tally) -> ImportFileError:
    """The refusal of an import that leaves no row."""
    path = plan.files[0]
    if not tally.rows_read:
        return ImportFileError(path, "holds no rows", "choose another file")
    why = "; ".join(tally.lines()) or "none is of an option"
    problem = f"of {tally.rows_read:,} rows none is left: {why}"
    return ImportFileError(path, problem, "widen the filters or choose another file")


@contextmanager
def _scratch(to: Path) -> Iterator[Path]:
    """A folder beside the result for rows on their way, removed in the end."""
    try:
        to.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{to.name}-", dir=to.parent))
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise SessionFileError(to, problem, "choose a folder that can") from None
    try:
        yield made
    except OSError as error:
        problem = f"cannot be written ({error.strerror})"
        raise SessionFileError(to, problem, "free the disk, or choose another folder") from None
    finally:
        shutil.rmtree(made, ignore_errors=True)
