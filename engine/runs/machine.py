"""What a desk needs of the machine and of this version: a disk for its journal, calendars."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from engine.run_folder.errors import JournalError
from engine.run_folder.lock import StateLock, unlockable


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
