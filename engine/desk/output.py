"""What a running desk leaves in its folder: journal, open orders, ledger, wire, status."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from engine.arbitrage_executor import ArbitrageExecutor
from engine.brokers.ledger_file import LedgerFile
from engine.brokers.remote.broker import RemoteBroker
from engine.exchange.matching.engine import MatchingEngine
from engine.market.clock import SystemClock
from engine.report.status import status_json
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import RunPlaces, write_private
from engine.snapshot import EngineSnapshot


class RunFiles:
    """Writes what a desk leaves; what cannot be written is a warning, once, and stops nothing.

    Args:
        executor: the desk's engine.
        venue: its exchange; one in another process keeps its ledger itself.
        places: the run's files; None where nothing is kept on disk.
        root: the mode's folder, for status.json; None likewise.
    """

    def __init__(
        self,
        executor: ArbitrageExecutor,
        venue: MatchingEngine | RemoteBroker,
        places: RunPlaces | None,
        root: Path | None,
    ) -> None:
        self._executor = executor
        self._venue = venue
        self._places = places
        self._root = root
        self._kept = False
        self._ledger: LedgerFile | None = None
        if places is not None and isinstance(venue, MatchingEngine):
            self._ledger = LedgerFile(places.ledger, venue.ledger)
            executor.core.journal.beside(self._with_journal)

    def keep(self) -> None:
        """Write journal and exchange's ledger of this moment: what a run without an end leaves."""
        self._kept = False
        try:
            self._executor.core.journal.flush()
        except JournalError as error:
            self._executor.core.journal_failed(str(error))
        if not self._kept:
            self.keep_exchange()

    def keep_exchange(self) -> None:
        """Write what the embedded exchange knows at this moment, and which orders are open."""
        self._with_journal()()

    def _with_journal(self) -> Callable[[], None]:
        """Write what the exchange knows, and return what is done once the journal is written.

        An exchange that ends with this process must not know more or less than the journal: each
        writing says for which row of it it is made, see `engine.run_folder.append_log`.
        """
        self._add_to_ledger()
        self._add_to_wire()

        def publish() -> None:
            self._kept = True
            try:
                self._executor.core.orders.mirror.flush()
            except OSError as error:
                self._warn(f"open orders: {error}")

        return publish

    def _add_to_ledger(self) -> None:
        if self._ledger is None or self._places is None:
            return  # an exchange of its own keeps its ledger itself
        try:
            self._ledger.add(self._executor.core.journal.seq)
        except OSError as error:
            self._warn(f"{self._places.ledger.name}: {error}")

    def _add_to_wire(self) -> None:
        if self._places is None or not isinstance(self._venue, MatchingEngine):
            return
        try:
            self._venue.wire.append_to(self._places.wire, self._executor.core.journal.seq)
        except OSError as error:
            self._warn(f"{self._places.wire.name}: {error}")

    def write_status(self, snapshot: EngineSnapshot) -> None:
        if self._root is None:
            return
        status = status_json(snapshot, SystemClock().epoch_s())
        try:
            write_private(self._root / "status.json", json.dumps(status, indent=1))
        except OSError as error:
            self._warn(f"status.json: {error}")

    def _warn(self, text: str) -> None:
        """Say it once, however often it happens."""
        if text not in self._executor.warnings:
            self._executor.warnings.append(text)
