"""Opens the simulated exchange in a process of its own."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from datetime import time
from pathlib import Path

from engine.brokers.ledger import ExchangeLedger
from engine.brokers.remote.facts import Caps, SessionFacts
from engine.config import ConfigError, DeskConfig, SimulationSettings
from engine.exchange.matching.clearing import ClearedSession, Clearing
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.quotes.paths import SessionPrices
from engine.exchange.server import ExchangeServer
from engine.exchange.session import on_day, simulated_hours, simulated_market
from engine.market.calendar import xnys
from engine.market.clock import SessionClock, SystemClock
from engine.market.fees import schedule_of
from engine.market.phases import phase_at
from engine.run_folder.lock import StateLock
from engine.run_folder.paths import private_folder, state_root
from engine.run_folder.spill_file import SpillFile

__all__ = ["Exchange", "open_exchange"]

OPENS_AT = time(10, 15)
SETTINGS_FILE = "simulation.json"
LONGEST_SOCKET_PATH = 100
"""Bytes; the operating systems allow a few more."""

Timer = Callable[[float, Callable[[], None]], None]


class Exchange:
    """An exchange that serves until it is stopped; holds its folder's lock."""

    def __init__(self, server: ExchangeServer, lock: StateLock, spill: SpillFile) -> None:
        self.server = server
        self._lock, self._spill = lock, spill

    @property
    def path(self) -> Path:
        """The socket."""
        return self.server.path

    def serve(self) -> None:
        """Serve until `stop`."""
        try:
            self.server.serve()
        finally:
            self._spill.close()
            self._lock.release()

    def stop(self) -> None:
        """Let `serve` return soon; from a signal handler or another thread."""
        self.server.stop()


def open_exchange(
    config: DeskConfig,
    *,
    folder: Path | None = None,
    at: time = OPENS_AT,
    speed: float = 1.0,
    warn: Callable[[str], None] = lambda text: None,
) -> Exchange:
    """Open an exchange.

    Args:
        config: its `simulation` sets seed, symbols, day and fill model.
        folder: for socket and ledgers; None for `exchange` in the mode's state folder.
        at: time of day at the exchange when it opens.
        speed: exchange seconds per real second.

    Raises:
        ConfigError: mode LIVE, no session on that day, or the socket's path is too long.
        JournalError: the folder cannot be used, or another exchange runs in it.
    """
    if config.mode == "LIVE":
        raise ConfigError(
            "the simulated exchange is no broker; it serves desks in mode SIM, and in mode PAPER"
        )
    settings = config.simulation
    hours = simulated_hours(settings)
    folder = folder or state_root(config.state_dir, config.mode) / "exchange"
    folder = private_folder(folder.expanduser().absolute())
    if len(str(folder / "socket").encode()) > LONGEST_SOCKET_PATH:
        raise ConfigError(f"{folder} is too long a path for a socket; name a shorter --folder")
    lock = StateLock(folder, "exchange")
    real = SystemClock()
    begins_s = on_day(hours.date, at)
    clock = SessionClock(real.now_s(), begins_s, speed, real)
    market = simulated_market(settings, hours)

    prices = SessionPrices(settings.seed, xnys())
    spill = SpillFile(folder)

    def matching_of(timer: Timer) -> MatchingEngine:
        ledger = ExchangeLedger(spill)
        opens_s, closes_s = hours.opens.timestamp(), hours.closes.timestamp()
        return MatchingEngine(
            market,
            timer,
            settings.seed,
            lambda epoch_s: phase_at(epoch_s, xnys()),
            model=settings.fill_model,
            parameters=settings.fills,
            calibration=settings.calibration,
            fees=schedule_of(config.fees),
            ledger=ledger,
            clearing=Clearing(
                ledger,
                prices,
                timer,
                xnys(),
                ClearedSession(hours.date, opens_s, closes_s, hours.date),
                settings.seed,
                last=market.underlying,
            ),
            store=spill,
        )

    facts = SessionFacts(
        broker="simulated",
        mode=config.mode,
        account_tail="",
        feed="simulated",
        feed_quality="simulated",
        caps=Caps(accounts=True, busts=True),
        clock=clock,
        simulation=settings,
    )
    try:
        return Exchange(ExchangeServer(folder, facts, market, matching_of, warn), lock, spill)
    except BaseException:
        lock.release()
        raise


def main(folder: Path) -> None:
    """Serve in this process until SIGTERM, with the settings of SETTINGS_FILE in `folder`.

    Raises:
        ConfigError, JournalError: as for `open_exchange`.
    """
    text = (folder / SETTINGS_FILE).read_text(encoding="utf-8")
    config = DeskConfig(simulation=SimulationSettings.model_validate_json(text))
    exchange = open_exchange(config, folder=folder)
    signal.signal(signal.SIGTERM, lambda number, frame: exchange.stop())
    exchange.serve()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
