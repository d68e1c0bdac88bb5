"""The desk's previous run of the same kind: found on disk, and read for what it learned."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from engine.journal.reading import first_session, read_events
from engine.orders import events as ev
from engine.run_folder.errors import JournalError
from engine.run_folder.lock import holder
from engine.run_folder.paths import RunPlaces, existing_run, run_ids
from engine.state.carried import Carried, carried_from, kind_of
from engine.state.desk import DeskState, StateError

RUNS_LOOKED_AT: Final = 100
"""The last ones; a desk that has made so many of other kinds since begins by itself."""


@dataclass(frozen=True, slots=True)
class PreviousRun:
    """What a new run finds of the one before.

    Args:
        carried: what it learned; None where there is no such run.
        unreadable: why the run before could not be read, a sentence; "" where it could.
    """

    carried: Carried | None = None
    unreadable: str = ""


def previous_run(root: Path, mine: str, session: ev.SessionStarted) -> PreviousRun:
    """Look for the last run of the same kind that traded an earlier session.

    A session that was traded already, by a run of the same date, is not learned from: it would
    count the same market twice. Nor is a run that another desk holds, nor one that was resumed
    under another account, venue or fill model.

    Args:
        root: from `state_root`.
        mine: the new run.
        session: as it begins.
    """
    for places in _last_first(root, mine):
        try:
            first = first_session(places.journal)
            if first is None or kind_of(first) != kind_of(session):
                continue
            if first.session_date >= session.session_date:
                continue
            state = DeskState()
            state.apply_all(read_events(places.journal))
        except (JournalError, StateError) as error:
            text = f"run {places.run} cannot be read, so this one begins without it: {error}"
            return PreviousRun(unreadable=text)
        carried = carried_from(state)
        if carried is None or carried.kind != kind_of(session):
            continue
        if carried.session_date < session.session_date:
            ledger = carried.ledger._replace(run=places.run)  # its journal has the day's name
            return PreviousRun(replace(carried, ledger=ledger))
    return PreviousRun()


def _last_first(root: Path, mine: str) -> Iterator[RunPlaces]:
    """The runs that no desk holds, the one that grew last first."""
    others = [existing_run(root, run) for run in run_ids(root) if run != mine]
    others.sort(key=lambda places: (places.journal.stat().st_mtime_ns, places.run), reverse=True)
    return (each for each in others[:RUNS_LOOKED_AT] if holder(each.folder) is None)
