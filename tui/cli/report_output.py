"""Reports on standard output and in files: for programs, for people, as pages for a browser."""

from __future__ import annotations

import errno
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

import click

if TYPE_CHECKING:
    from engine.report.span import SpanReport
    from engine.runs.stored import SessionReport


MOST_SHOWN: Final = 4_096
"""Characters of a line of the summary, which may hold the name of a file."""


def report_json(report: SessionReport | SpanReport) -> str:
    """A report for programs."""
    return json.dumps(report.to_json(), indent=1)


def report_for_terminal(report: SessionReport) -> str:
    """A session report for people, as wide as the terminal up to 120 columns, 100 without."""
    from engine.report.text import report_text

    return report_text(report, _width())


def summary_for_terminal(report: SessionReport, where: str) -> list[str]:
    """What a session came to in a few lines, for the terminal that a screen gave back.

    Args:
        where: the file that holds the whole report; "" where none was kept.
    """
    from engine.report.text import summary_lines
    from tui.text.formats import clean

    return [clean(line, MOST_SHOWN) for line in summary_lines(report, where)]


def span_for_terminal(report: SpanReport) -> str:
    """A range of days for people, as wide as the terminal up to 120 columns, 100 without."""
    from engine.report.span_text import span_text

    return span_text(report, _width())


def report_page(report: SessionReport) -> str:
    """A session report as an HTML page that needs nothing else."""
    from engine.report.session_page import session_page

    return session_page(report)


def span_page_of(report: SpanReport) -> str:
    """A range of days as an HTML page that needs nothing else."""
    from engine.report.span_page import span_page

    return span_page(report)


def _width() -> int:
    if sys.stdout.isatty():
        with suppress(OSError):
            return min(120, os.get_terminal_size(sys.stdout.fileno()).columns)
    return 100


def require_folder(path: Path | None) -> None:
    """Refuse a file whose folder does not exist.

    Raises:
        click.UsageError: it does not.
    """
    if path is not None and not path.expanduser().absolute().parent.is_dir():
        raise click.UsageError(f"{path} cannot be written: its folder does not exist; make it")


def opened_for_writing(path: Path) -> TextIO:
    """A file to write, or a pipe that somebody reads; waiting for a reader could take for ever.

    Raises:
        OSError: it cannot be written.
    """
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags, 0o666)
    except OSError as error:
        if error.errno == errno.ENXIO:
            raise OSError(errno.ENXIO, "nobody reads what is there", str(path)) from None
        raise
    os.set_blocking(handle, True)
    return os.fdopen(handle, "w", encoding="utf-8", newline="\n")
