"""A file of quotes that cannot be imported: which file, which line, which column, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engine.brokers.recorded.errors import SessionFileError


class ImportFileError(SessionFileError):
    """Quotes of a vendor that cannot be imported; every line of the message is one reason.

    Args:
        path: the file at fault.
        problem: what is wrong, as a clause.
        remedy: what to do about it, as an imperative clause.
        member: the file inside an archive; "" for none.
        line: the line of the text, or the row of the table, counted from 1; None for no single one.
        column: the column; "" for none.
        counted: what `line` counts.
    """

    code = "IMPORT_FILE"

    def __init__(
        self,
        path: Path,
        problem: str,
        remedy: str,
        *,
        member: str = "",
        line: int | None = None,
        column: str = "",
        counted: str = "line",
    ) -> None:
        super().__init__(path, problem, remedy, column=column, row=line)
        place = f"{path}{f' ({member})' if member else ''}"
        place += f", {counted} {line:,}" if line is not None else ""
        place += f", column {column}" if column else ""
        self.args = (f"{place}: {problem}; {remedy}",)


def all_of(errors: Iterable[ImportFileError]) -> ImportFileError:
    """One error whose message has the reasons of several, a line each; one or more are given."""
    several = list(errors)
    return several[0].told_as(str(each) for each in several)
