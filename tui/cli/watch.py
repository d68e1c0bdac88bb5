"""`legdesk watch`: what a running desk does and is, as lines for screen readers, logs and pipes."""

from __future__ import annotations

import json
import os
import select
import sys
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any, Final

import click

from tui.cli.control import desk_options, folders_of
from tui.cli.errors import DIFFERS, OK, PROBLEM, complain, forget_output
from tui.cli.options import NumberRange, configuration
from tui.cli.watch_words import (
    Row,
    desk_line,
    event_line,
    event_words,
    is_stale,
    lost_line,
    missed_line,
    status_line,
    time_of,
)
from tui.notify.notice import Notice
from tui.notify.notifier import Notifier

if TYPE_CHECKING:
    from engine.runs.observing import EventFollower

LOOKS_EVERY_S: Final = 0.25
"""Real seconds between two looks whether somebody still reads."""

KNOWS_NOTHING_S: Final = 1.0
"""Real seconds after which a desk that has told no figure yet is told with unknown ones."""


@click.command()
@desk_options
@click.option("--plain", is_flag=True, help="Lines in plain words; so it is without an option.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line, for programs.")
@click.option(
    "--every",
    type=NumberRange(0.5, 86_400.0),
    default=10.0,
    show_default=True,
    metavar="SECONDS",
    help="Real seconds between two lines of the status.",
)
@click.option(
    "--last",
    type=click.IntRange(0, 1000),
    default=0,
    metavar="N",
    help="Begin with the last N events.",
)
@click.option("--notify", is_flag=True, help="Also notify of P1 alarms, as [notify] says.")
@click.option("--wait", is_flag=True, help="Wait for a desk, and for the next one after its end.")
def watch(
    plain: bool, as_json: bool, every: float, last: int, notify: bool, wait: bool, **where: Any
) -> int:
    """Tell what a running desk does: one line an event, and its figures every few seconds.

    The lines have neither escapes nor boxes. It only looks, and costs the desk nothing. Exit code 0
    once the desk has ended, 4 where that was with a difference, 1 where none runs or it died.
    """
    from engine.runs.observing import followed_desk

    if plain and as_json:
        raise click.UsageError("--plain and --json are two faces of the same; choose one")
    notifier = _notifier(where["config_file"], where["state_dir"]) if notify else None
    follower = followed_desk(folders_of(where), where["run"], last)
    follower.start()
    try:
        return Watch(follower, Lines(as_json), every, wait, notifier).to_the_end()
    finally:
        follower.stop()
        if notifier is not None:
            notifier.close()


def _notifier(config_file: Path | None, state_dir: Path | None) -> Notifier:
    """What notifies as the settings say.

    Raises:
        click.UsageError: they ask for nothing.
    """
    settings = configuration(config_file, state_dir).notify
    if not settings.asked_for:
        raise click.UsageError(
            "--notify finds nothing to do: set notify.command or notify.terminal in the settings"
        )
    return Notifier(settings, _to_terminal, os.environ, monotonic)


def _to_terminal(sequence: str) -> None:
    """To the terminal, and never among the lines."""
    if sys.stderr.isatty():
        sys.stderr.write(sequence)
        sys.stderr.flush()


class Lines:
    """Writes rows as lines, each at once.

    Args:
        as_json: whether as JSON.

    Raises:
        click.UsageError: there is nowhere to write to.
    """

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._poll: select.poll | None = None
        if sys.stdout is None:  # so Python has it where a shell has closed it
            raise click.UsageError("standard output is closed; there is nowhere to write lines to")
        reconfigure = getattr(sys.stdout, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")  # a log in another encoding is no reason to end
        try:
            number = sys.stdout.fileno()
        except (OSError, ValueError):
            return
        self._poll = select.poll()
        self._poll.register(number, 0)

    def check_reader(self) -> None:
        """Notice that nobody reads any more.

        Raises:
            BrokenPipeError: so it is.
        """
        if self._poll is not None and self._poll.poll(0):
            raise BrokenPipeError

    def write(self, row: Row, words: Callable[[Row], str], spoken: Callable[[Row], str]) -> None:
        """Write a row.

        Args:
            row: it.
            words: makes its line of plain words.
            spoken: makes the text that JSON has beside the fields.

        Raises:
            click.ClickException: it cannot be written.
        """
        line = words(row)
        if self._as_json:
            more = {"time": time_of(row, 3), "text": spoken(row)}
            line = json.dumps({**row, **more}, separators=(",", ":"))
        try:
            sys.stdout.write(line + "\n")
            sys.stdout.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            forget_output()
            raise click.ClickException(
                f"the lines cannot be written: {error.strerror or error}; free the disk, or write "
                "them elsewhere"
            ) from None


class Watch:
    """Tells of one desk after the other until there is none to wait for.

    Args:
        follower: receives what they tell.
        lines: where it goes.
        every_s: real seconds between two statuses.
        wait: whether to wait for a desk that is not there.
        notifier: told of alarms of P1 as they rise.
    """

    def __init__(
        self,
        follower: EventFollower,
        lines: Lines,
        every_s: float,
        wait: bool,
        notifier: Notifier | None = None,
    ) -> None:
        self._follower = follower
        self._lines = lines
        self._every_s = every_s
        self._wait = wait
        self._notifier = notifier
        self._desk: Row = {}
        self._following = False
        self._due_s = 0.0
        self._known_by_s = 0.0
        self._stale = False
        self._differs = False

    def to_the_end(self) -> int:
        """Tell everything; the exit code.

        Raises:
            click.UsageError: several desks run, and none was chosen.
            BrokenPipeError: nobody reads any more.
        """
        while True:
            for row in self._follower.take(LOOKS_EVERY_S):
                code = self._tell(row)
                if code is not None:
                    return code
            self._lines.check_reader()
            if self._notifier is not None and (failed := self._notifier.look()):
                complain(failed)
            if self._following:
                self._tell_status()

    def _tell(self, row: Row) -> int | None:
        """Write a row's line; the exit code where it is the last."""
        match row["type"]:
            case "desk":
                self._following, self._due_s, self._differs = True, 0.0, False
                self._known_by_s = monotonic() + KNOWS_NOTHING_S
                self._desk = row
                shown = {name: value for name, value in row.items() if name != "begins"}
                self._lines.write(shown, desk_line, desk_line)
            case "event":
                if row.get("kind") == "end":
                    self._differs = str(row.get("reason", "")).startswith("ended with a difference")
                self._notify(row)
                self._lines.write(row, event_line, event_words)
            case "missed":
                self._lines.write(row, missed_line, missed_line)
            case "lost":
                return self._lost(row)
        return None

    def _notify(self, row: Row) -> None:
        risen = row.get("kind") == "alarm" and row.get("wants_answer") is True
        new = row["number"] > self._desk.get("number", 0)  # those of --last are of before
        if self._notifier is not None and risen and new and row.get("priority") == 1:
            self._notifier.alarm(Notice.of(row, self._desk))

    def _lost(self, row: Row) -> int | None:
        from engine.runs.observing import SEVERAL

        why = str(row["reason"])
        if why.startswith(SEVERAL):
            raise click.UsageError(why)
        followed, self._following = self._following, False
        if followed:
            status = self._follower.status
            if status is not None:
                self._write_status(status)
            self._lines.write(row, lost_line, lost_line)
        if self._wait:
            complain(f"{why}; waiting for a desk, Ctrl-C leaves")
            return None
        if not followed:
            complain(why)
            return PROBLEM
        if not row["ended"]:
            return PROBLEM
        return DIFFERS if self._differs else OK

    def _tell_status(self) -> None:
        """Write the status where it is due, became old, or is fresh again."""
        status, now_s = self._follower.status, monotonic()
        if status is None and now_s < self._known_by_s:
            return
        stale = status is not None and is_stale(status)
        if now_s >= self._due_s or stale is not self._stale:
            self._stale = stale
            self._due_s = now_s + self._every_s
            self._write_status(status or {})

    def _write_status(self, status: Row) -> None:
        row = {"v": 1, "type": "status", **status, "stale": not status or is_stale(status)}
        self._lines.write(row, status_line, status_line)
