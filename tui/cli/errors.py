"""How the command line fails: one sentence and an exit code, never a traceback."""

from __future__ import annotations

import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import click

from tui.lifecycle import thread_errors_go_to

if TYPE_CHECKING:
    from engine.config import DeskConfig

OK: Final = 0
PROBLEM: Final = 1
"""Something is not as it should be: no status, a failed check, a journal that failed."""

USAGE: Final = 2
"""The operator can put it right: an option, a file, the configuration, the terminal."""

DIFFERS: Final = 4
"""A run ended with a difference: book and broker disagree, or an end of an order is not final."""

CRASHED: Final = 70
"""An error of the program's own; the log has where (EX_SOFTWARE of sysexits.h)."""

SIGNALLED: Final = 128
"""Added to the number of the signal that ended a run in order."""

PIPE_CLOSED: Final = SIGNALLED + 13


class CrashError(Exception):
    """An error of the program's own, already in the log; its message is for the operator."""


def printable(text: object) -> str:
    """One printable line of bounded length."""
    line = " ".join(str(text).split())
    return "".join(c if c.isprintable() else "?" for c in line)[:1000]


def usage_sentence(error: click.ClickException) -> str:
    """A wrong call in one sentence, with where its help is."""
    text = printable(error.format_message()).rstrip(".")
    context = getattr(error, "ctx", None)
    return f"{text}; see `{context.command_path} --help`" if context is not None else text


def refuse_without_terminal(instead: str) -> None:
    """Refuse where nobody could see the screen or press its keys.

    The screen is drawn on standard error: sent into a file it would be blank while a desk trades.

    Args:
        instead: what to do where there is no terminal.

    Raises:
        click.UsageError: input, output or standard error is not a terminal.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError(f"there is no terminal to draw on; {instead}")
    if not sys.stderr.isatty():
        raise click.UsageError(
            "the screen is drawn on standard error, which goes elsewhere: leave out `2>`; what "
            "fails is in legdesk.log of the state folder"
        )


def complain(sentence: str) -> None:
    """Say what is wrong on standard error, where somebody may still read it."""
    try:
        for line in sentence.splitlines() or [""]:
            click.echo(f"legdesk: {line}", err=True)
    except OSError:
        _send_nowhere(sys.stderr)


def log_error(error: BaseException, folder: Path) -> str:
    """Add an error with its places, and no local values, to the log.

    Args:
        folder: a state folder; the log is `legdesk.log` in it, the owner's alone.

    Returns:
        A sentence: what happened, and where the log is or why there is none.
    """
    frames = traceback.extract_tb(error.__traceback__)
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    text = f"an error of legdesk's own: {type(error).__name__}: {printable(error)[:300]}{place}"
    path = folder / "legdesk.log"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "a", encoding="utf-8") as log:
            log.write(f"{datetime.now(UTC).isoformat(timespec='seconds')} {text}\n")
            log.writelines(traceback.format_exception(error, chain=True))
    except OSError as trouble:
        return f"{text}; the log {path} cannot be written: {trouble.strerror or trouble}"
    return f"{text}; the log is {path}"


def default_folder() -> Path:
    """Where to log before a configuration is read."""
    from platformdirs import user_state_dir

    chosen = os.environ.get("LEGDESK_STATE_DIR")
    return Path(chosen).expanduser() if chosen else Path(user_state_dir("legdesk"))


@contextmanager
def logged(config: DeskConfig) -> Iterator[list[str]]:
    """Log what goes wrong inside, in this thread and in the engine's, to the configured folder.

    Yields:
        Sentences about threads that died, in the order they did.

    Raises:
        CrashError: in place of an error of the program's own; others pass.
    """
    from engine.runs.errors import is_for_the_operator
    from engine.runs.finding import base_folder

    folder = base_folder(config)
    died: list[str] = []

    def thread_died(error: threading.ExceptHookArgs) -> None:
        if error.exc_value is None or isinstance(error.exc_value, SystemExit):
            return
        if is_for_the_operator(error.exc_value):
            died.append(str(error.exc_value))
        else:
            died.append(log_error(error.exc_value, folder))

    try:
        with thread_errors_go_to(thread_died):
            yield died
    except (click.ClickException, click.exceptions.Exit, click.Abort, BrokenPipeError):
        raise
    except Exception as error:
        if is_for_the_operator(error):
            raise
        raise CrashError(log_error(error, folder)) from None


def forget_output(errors: bool = False) -> None:
    """Let nothing more be written to a pipe or a terminal that nobody reads.

    Args:
        errors: whether standard error has gone the same way.
    """
    _send_nowhere(*(sys.stdout, sys.stderr) if errors else (sys.stdout,))


def _send_nowhere(*streams: TextIO) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in streams:
        os.dup2(nowhere, stream.fileno())
    os.close(nowhere)
