"""Runs as the checker sees them: rows of journal, ledger and wire, ready to be doctored."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from engine.brokers.ledger_file import account_plain
from engine.checker import Violation, check, executions_of
from engine.desk.opening import Desk
from engine.exchange.matching.engine import MatchingEngine
from engine.journal.reading import export_lines

Row = dict[str, Any]


@dataclass
class RecordedRun:
    """A run's rows: its journal, the exchange's executions, and the wire."""

    journal: list[Row]
    executions: list[Row]
    wire: list[Row]
    settled: bool = True

    @staticmethod
    def of(desk: Desk, lines: list[str], settled: bool = True) -> RecordedRun:
        """Record a desk in memory; its journal was exported before it closed."""
        exchange = desk.exchange
        assert isinstance(exchange, MatchingEngine)
        return RecordedRun(
            [json.loads(line) for line in lines],
            executions_of(account_plain(exchange.ledger)),
            list(exchange.wire.rows()),
            settled,
        )

    def check(self) -> list[Violation]:
        return check(self.journal, self.executions, self.wire, settled=self.settled)

    def numbers(self) -> set[int]:
        return {violation.number for violation in self.check()}

    def rows(self, kind: str, **fields: Any) -> list[Row]:
        """Rows of a kind with these values."""
        return [
            row
            for row in self.journal
            if row["kind"] == kind and all(row[name] == value for name, value in fields.items())
        ]

    def calls(self, what: str) -> list[Row]:
        return [row for row in self.wire if row["what"] == what]

    def story(self, order: str) -> list[Row]:
        return [row for row in self.journal if row.get("order") == order]

    def number_again(self) -> None:
        """Give the rows their sequence again after one was added or run away."""
        for seq, row in enumerate(self.journal, 1):
            row["seq"] = seq

    def add(self, row: Row, after: Row | None = None) -> Row:
        """Put a row behind another, or at the end."""
        at = len(self.journal) if after is None else self.journal.index(after) + 1
        self.journal.insert(at, row)
        self.number_again()
        return row

    def remove(self, unwanted: Callable[[Row], bool]) -> None:
        self.journal = [row for row in self.journal if not unwanted(row)]
        self.number_again()


class KeptRun:
    """A run of which each test takes a copy of its own: from its bytes, a third of what copying costs."""

    def __init__(self, run: RecordedRun) -> None:
        self._bytes = pickle.dumps(run, pickle.HIGHEST_PROTOCOL)

    def copy(self) -> RecordedRun:
        copied: RecordedRun = pickle.loads(self._bytes)
        return copied


def exporting(desk: Desk) -> Callable[[], list[str]]:
    """Keep a desk's export when its journal closes; call the answer afterwards to have it."""
    lines: list[str] = []
    journal = desk.executor.context.journal
    close = journal.close

    def closing() -> None:
        if not lines:
            lines.extend(export_lines(journal.read()))
        close()

    journal.close = closing  # type: ignore[method-assign]
    return lambda: lines
