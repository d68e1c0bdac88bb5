"""The one error of recorded sessions: which file, which column, which row, what to do."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Self


class SessionFileError(ValueError):
    """A recorded session that cannot be used; the message is one line for the operator.

    Args:
        path: the file or folder at fault.
        problem: what is wrong, as a clause.
        remedy: what to do about it, as an imperative clause.
        column: the column of quotes.parquet or the key of session.json; "" for neither.
        row: the data row, counted from 1; None where it is not a single row.
    """

    code = "SESSION_FILE"

    def __init__(
        self, path: Path, problem: str, remedy: str, *, column: str = "", row: int | None = None
    ) -> None:
        self.path = path
        self.problem = problem
        self.remedy = remedy
        self.column = column
        self.row = row
        kind = "key" if path.suffix == ".json" else "column"
        place = f", {kind} {column}" if column else ""
        place += f", row {row}" if row is not None else ""
        super().__init__(f"{path}{place}: {problem}; {remedy}")

    def told_as(self, lines: Iterable[str]) -> Self:
        """The same error with another message: these sentences, each once, a line each."""
        self.args = ("\n".join(dict.fromkeys(lines)),)
        return self
