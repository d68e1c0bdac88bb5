"""`legdesk kill`: every desk at once, and what works of runs whose desk is gone."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import click

from tui.cli.control import NO_ANSWER, code_of, desk_options, folders_of, nobody
from tui.cli.errors import CRASHED, OK, complain
from tui.cli.options import named_state_dir

if TYPE_CHECKING:
    from engine.runs.control import RunningDesk, Taken

AT_ONCE: Final = 32
"""Desks and runs that are killed at a time; the others follow as these end."""


class _Said:
    """What one desk's kill says, kept until it is its turn.

    Attributes:
        code: the exit code.
    """

    def __init__(self, run: str) -> None:
        self._run = run
        self._lines: list[tuple[str, bool]] = []
        self.code = OK

    def tell(self, text: str, code: int = OK) -> None:
        """A line; on standard error where its exit code is not OK."""
        self._lines.append((f"{self._run}: {text}", code != OK))
        self.code = max(self.code, code)

    def warn(self, text: str) -> None:
        """A line on standard error that decides nothing."""
        self._lines.append((f"{self._run}: {text}", True))

    def say(self) -> int:
        """Say it; the exit code."""
        for line, wrong in self._lines:
            (complain if wrong else click.echo)(line)
        return self.code


Act = Callable[[_Said], None]


@click.command()
@click.option("--all", "cancel_all", is_flag=True, help="Cancel all our orders as well.")
@desk_options
def kill(cancel_all: bool, **where: Any) -> int:
    """Close entries of every running desk, in every mode, latched; with --all cancel every order
    and verify.

    The same as the kill key, for all desks at once. An engine that is silent for 2 s is latched
    from here, and its orders are cancelled over a connection of this command's own, where there is
    one.
    """
    from engine.runs.errors import JournalError

    looked_at, stage = _folders(where), 2 if cancel_all else 1
    acts: list[tuple[str, Act]] = []
    codes: list[int] = []
    for find in (_desks, _orphans):
        for root in looked_at:
            try:
                acts += [act for act in find(root, stage) if where["run"] in (None, act[0])]
            except (JournalError, OSError) as error:  # the desks of the other modes are killed
                complain(f"{root} cannot be read, and a desk may run there: {error}")
                codes.append(NO_ANSWER)
    if acts:
        with ThreadPoolExecutor(min(AT_ONCE, len(acts)), "kill") as threads:
            codes += [said.say() for said in threads.map(_acted, acts)]
    return max(codes) if codes else nobody(looked_at)


def _folders(where: dict[str, Any]) -> tuple[Path, ...]:
    """The folders of the modes; a mistake in the settings is told, and keeps nobody from a kill."""
    from engine.config import ConfigError, DeskConfig
    from engine.runs.modes import mode_folders

    try:
        return folders_of(where)
    except ConfigError as error:
        named = where["state_dir"] or named_state_dir(where["config_file"])
        looked_at = mode_folders(DeskConfig(state_dir=named), where["mode"])
        complain(
            f"{error}\ndesks are killed all the same; they are looked for in {looked_at[0].parent}"
        )
        return looked_at


def _acted(named: tuple[str, Act]) -> _Said:
    """Kill one desk; whatever that raises, what became of the others is said."""
    run, act = named
    said = _Said(run)
    try:
        act(said)
    except Exception as error:
        said.tell(f"it is not certain what became of it: {type(error).__name__}: {error}", CRASHED)
    return said


def _desks(root: Path, stage: int) -> list[tuple[str, Act]]:
    """What kills each of the desks that run in a mode's folder."""
    from engine.runs.control import running_desks

    return [(desk.run, partial(_kill, desk, stage)) for desk in running_desks(root)]


def _orphans(root: Path, stage: int) -> list[tuple[str, Act]]:
    """What cancels the orders of each run without a desk."""
    from engine.runs.control import orphaned_runs

    return [(folder.name, partial(_kill_orphan, folder, stage)) for folder in orphaned_runs(root)]


def _kill(desk: RunningDesk, stage: int, said: _Said) -> None:
    from engine.runs.control import ask, kill_without_engine

    key = "legdesk kill --all" if stage == 2 else "legdesk kill"
    try:
        answer = ask(desk, {"ask": "kill", "stage": stage, "key": key}, withdraw=False)
    except OSError as error:
        answer = None
        said.warn(f"the request cannot be written: {error.strerror or error}")
    if answer is not None:
        said.tell(answer.text, code_of(answer.state))
        return
    said.warn(f"the engine (process {desk.pid}) is silent")
    _tell_taken(said, kill_without_engine(desk.folder, stage), f"process {desk.pid}")


def _kill_orphan(folder: Path, stage: int, said: _Said) -> None:
    from engine.runs.control import kill_without_engine

    said.warn("no desk runs it any more, and orders of it were open")
    _tell_taken(said, kill_without_engine(folder, stage), "its process")


def _tell_taken(said: _Said, taken: Taken, process: str) -> None:
    if taken.latched:
        said.tell("latched; no debit goes out before the word RESUME")
    else:
        said.tell("NOT latched: its folder cannot be written; free the disk, kill again", NO_ANSWER)
    cancelled = taken.cancelled
    if taken.place is None:
        said.tell(
            f"its exchange is simulated inside {process} and hangs or ends with it; nobody else "
            "can cancel there. Ending that process ends its orders",
            NO_ANSWER,
        )
    elif cancelled is None or not cancelled.asked:
        place = taken.place.socket
        said.tell(f"the exchange at {place} cannot be reached; its orders work", NO_ANSWER)
    elif cancelled.survivors is None:
        said.tell(
            f"{len(cancelled.targets)} orders were cancelled by their names, and nobody says "
            f"whether they work: {cancelled.why}",
            NO_ANSWER,
        )
    elif cancelled.survivors:
        said.tell(f"still open: {', '.join(cancelled.survivors[:8])}", NO_ANSWER)
    else:
        count = len(cancelled.targets)
        said.tell(f"{count} orders cancelled here; nothing works at the exchange")
