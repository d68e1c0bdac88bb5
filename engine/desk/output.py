"""What a running desk leaves in its folder: journal, open orders, ledger, wire, status."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.brokers.ledger_file import LedgerFile
from engine.brokers.remote.broker import RemoteBroker
from engine.exchange.matching.engine import MatchingEngine
from engine.journal.store import Journal
from engine.market.clock import SystemClock
from engine.report.status import status_text
from engine.run_folder.lock import StateLock
from engine.run_folder.open_orders import NoMirror, OpenOrdersMirror
from engine.run_folder.paths import RunPlaces, write_private
from engine.runtime.pace import Pace
from engine.snapshot import EngineSnapshot

STATUS_EVERY_S: Final = 1.0

KEEP_SHARE: Final = 50.0
"""Journal and ledger are written between times in at most one part of so many of the time."""


@dataclass(frozen=True, slots=True)
class LockedRun:
    """A run that is kept on disk, and that no other desk can open meanwhile.

    Args:
        root: the mode's folder, for status.json.
        places: the run's files.
        lock: on the run's folder.
    """

    root: Path
    places: RunPlaces
    lock: StateLock


class RunFiles:
    """Writes what a desk leaves; what cannot be written is a warning, once, and stops nothing.

    Args:
        run: where everything is kept; None where nothing is.
        journal: the desk's.
        exchange: the desk's; one in another process keeps its ledger itself.
        pace: its real seconds say how often files are written.

    Attributes:
        warnings: what could not be written, each once.
        open_orders: the orders that may execute, for other processes.
    """

    def __init__(
        self,
        run: LockedRun | None,
        journal: Journal,
        exchange: MatchingEngine | RemoteBroker,
        pace: Pace,
    ) -> None:
        self._run = run
        self._journal = journal
        self._exchange = exchange
        self._pace = pace
        self._kept = False
        self._status_s = self._kept_s = -math.inf
        self._ledger: LedgerFile | None = None
        self.warnings: list[str] = []
        self.open_orders = NoMirror()
        if run is not None:
            durable = isinstance(exchange, RemoteBroker)
            self.open_orders = OpenOrdersMirror(run.places.folder, durable=durable)
        if run is not None and isinstance(exchange, MatchingEngine):
            self._ledger = LedgerFile(run.places.ledger, exchange.ledger)
            journal.beside(self._with_journal)

    @property
    def places(self) -> RunPlaces | None:
        """The run's files; None where nothing is kept on disk."""
        return None if self._run is None else self._run.places

    def on_paint(self, snapshot: EngineSnapshot) -> None:
        """Write status, journal and ledger now and then.

        Raises:
            JournalError: the journal cannot be written.
        """
        now_s = self._pace.real_s()
        if self._run is None or now_s - self._status_s < STATUS_EVERY_S:
            return
        self._status_s = now_s
        self.write_status(snapshot)
        if now_s >= self._kept_s:
            try:
                self.keep()
            finally:
                took_s = self._pace.real_s() - now_s
                self._kept_s = now_s + KEEP_SHARE * took_s

    def keep(self) -> None:
        """Write journal and exchange's ledger of this moment: what a run without an end leaves.

        Raises:
            JournalError: the journal cannot be written.
        """
        self._kept = False
        try:
            self._journal.flush()
        finally:
            if not self._kept:
                self._keep_exchange()

    def _keep_exchange(self) -> None:
        """Write what the embedded exchange knows at this moment, and which orders are open."""
        self._with_journal()()

    def _with_journal(self) -> Callable[[], None]:
        """Write what the exchange knows, and return what is done once the journal is written.

        An exchange that ends with this process must not know more or less than the journal: each
        batch says for which row of it it is made, see `engine.run_folder.append_log`.
        """
        self._add_to_ledger()
        self._add_to_wire()

        def publish() -> None:
            self._kept = True
            try:
                self.open_orders.flush()
            except OSError as error:
                self._warn(f"open orders: {error}")

        return publish

    def _add_to_ledger(self) -> None:
        if self._ledger is None or self._run is None:
            return  # an exchange of its own keeps its ledger itself
        try:
            self._ledger.add(self._journal.seq)
        except OSError as error:
            self._warn(f"{self._run.places.ledger.name}: {error}")

    def _add_to_wire(self) -> None:
        if self._run is None or not isinstance(self._exchange, MatchingEngine):
            return
        path = self._run.places.wire
        try:
            self._exchange.wire.append_to(path, self._journal.seq)
        except OSError as error:
            self._warn(f"{path.name}: {error}")

    def write_status(self, snapshot: EngineSnapshot) -> None:
        """Write the mode's status.json."""
        if self._run is None:
            return
        status = status_text(snapshot, SystemClock().epoch_s())
        try:
            write_private(self._run.root / "status.json", status)
        except OSError as error:
            self._warn(f"status.json: {error}")

    def write_last(self, snapshot: EngineSnapshot) -> None:
        """Write what is left once the desk has ended; its journal is closed."""
        self._keep_exchange()
        self.write_status(snapshot)

    def close_mirror(self) -> None:
        """Let go of the file of open orders."""
        try:
            self.open_orders.close()
        except OSError as error:
            self._warn(f"open orders: {error}")

    def release(self) -> None:
        """Let other desks open the run; again does nothing."""
        if self._run is not None:
            self._run.lock.release()

    def _warn(self, text: str) -> None:
        """Say it once, however often it happens."""
        if text not in self.warnings:
            self.warnings.append(text)
