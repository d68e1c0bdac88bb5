"""A session report on standard output: for programs, or for people as wide as their terminal."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.runs.stored import SessionReport


def report_json(report: SessionReport) -> str:
    """A session report for programs."""
    return json.dumps(report.to_json(), indent=1)


def report_for_terminal(report: SessionReport) -> str:
    """A session report for people, as wide as the terminal up to 120 columns, 100 without."""
    from engine.report.text import report_text

    width = 100
    if sys.stdout.isatty():
        with suppress(OSError):
            width = min(120, os.get_terminal_size(sys.stdout.fileno()).columns)
    return report_text(report, width)
