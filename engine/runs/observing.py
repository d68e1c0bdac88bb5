"""Which running desk an observer looks at, and at which it looks after that one has gone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import engine
from engine.observers.client import LOOKING, Found, ObservedDesk
from engine.observers.follower import EventFollower
from engine.runs.control import RunningDesk, running_desks
from engine.runs.modes import mode_of

__all__ = [
    "LOOKING",
    "SEVERAL",
    "DeskFinder",
    "EventFollower",
    "ObservedDesk",
    "followed_desk",
    "observed_desk",
]

OF_ANOTHER: Final = (
    "cannot be read; a desk is observed by the user who runs it, with sudo -u or ssh"
)

SEVERAL: Final = "several desks run: "
"""How the sentence begins that asks for a choice."""


class DeskFinder:
    """Finds the one desk to look at; called again whenever that desk has gone.

    Args:
        folders: of the modes that are looked at.
        run: its run's id; None for the one desk there is.
    """

    def __init__(self, folders: Sequence[Path], run: str | None) -> None:
        self._folders = tuple(folders)
        self._run = run

    def __call__(self, before: Path | None) -> Found:
        """The desk to look at now, or why there is none.

        Args:
            before: the folder of the run that was looked at last. Its desk comes first, and a desk
                of another mode never takes its place.
        """
        desks, unreadable = self._running()
        if before is not None:
            if any(desk.folder == before for desk in desks):
                return Found(before)
            desks = [desk for desk in desks if mode_of(desk.folder) == mode_of(before)]
        if len(desks) == 1:
            return Found(desks[0].folder)
        if desks:
            names = ", ".join(f"{mode_of(desk.folder)} {desk.run}" for desk in desks)
            return Found(None, f"{SEVERAL}{names}; choose one with --run or --mode")
        return Found(None, unreadable or self._none(before))

    def _running(self) -> tuple[list[RunningDesk], str]:
        """The desks that run, and which folder could not be looked into."""
        desks: list[RunningDesk] = []
        unreadable = ""
        for root in self._folders:
            try:
                desks += running_desks(root)
            except OSError:
                unreadable = f"{root} {OF_ANOTHER}"
        return [desk for desk in desks if self._run in (None, desk.run)], unreadable

    def _none(self, before: Path | None) -> str:
        if before is not None:
            return f"the desk of {mode_of(before)} {before.name} runs no more"
        one = self._folders[0] if len(self._folders) == 1 else self._folders[0].parent
        if self._run is not None:
            return f"no desk of run {self._run} runs in {one}; `legdesk runs` lists the runs"
        return f"no desk runs in {one}; `legdesk` starts one"


def observed_desk(folders: Sequence[Path], run: str | None) -> ObservedDesk:
    """A desk that another process runs, as a screen sees it; not started.

    Args: as of DeskFinder.
    """
    return ObservedDesk(DeskFinder(folders, run), engine.__version__)


def followed_desk(folders: Sequence[Path], run: str | None, last: int = 0) -> EventFollower:
    """The events of a desk that another process runs; not started.

    Args:
        folders, run: as of DeskFinder.
        last: how many events of before to begin with.
    """
    return EventFollower(DeskFinder(folders, run), last)
