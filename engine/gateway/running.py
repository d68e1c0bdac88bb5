"""A gateway while it runs: its server, and the threads that look at orders and at the account."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from engine.brokers.stream.spec import AskAbout, Heard, Hint
from engine.gateway.account import BrokerOrders
from engine.gateway.alpaca import AlpacaConnection
from engine.gateway.books import AccountBooks
from engine.gateway.fills import FillReplay
from engine.gateway.option_events import OptionEvents
from engine.gateway.server import GatewayServer
from engine.market.clock import WaitingClock

LOOK_WITHIN_S: Final = 0.25
HEARTBEAT_S: Final = 5.0
"""Seconds between two questions for the account: its buying power and blocks must not grow old,
whatever else the broker answers meanwhile."""

FILLS_EVERY_S: Final = 60.0
"""Seconds between two readings of the account's executions; after each gap at once, too."""


class Gateway:
    """One account at a broker; serves until it is stopped, and holds the account's lock.

    Args:
        server, connection, orders, fills, books, ends: its parts.
        clock: real time.
        undo: lets go of everything.
    """

    def __init__(
        self,
        server: GatewayServer,
        connection: AlpacaConnection,
        orders: BrokerOrders,
        fills: FillReplay,
        books: AccountBooks,
        ends: OptionEvents,
        clock: WaitingClock,
        undo: ExitStack,
    ) -> None:
        self.server = server
        self._connection, self._orders = connection, orders
        self._fills, self._books, self._clock = fills, books, clock
        self._ends, self._undo = ends, undo
        self._over = threading.Condition()
        self._ended = False
        self._missed = threading.Event()

    @property
    def path(self) -> Path:
        """The socket."""
        return self.server.path

    def serve(self) -> None:
        """Serve until `stop`."""
        with self._undo:
            self._connection.start_stream(self._hear, self._gap)
            threads = [
                threading.Thread(target=target, name=f"gateway-{name}", daemon=True)
                for name, target in (("looks", self._look_on), ("account", self._ask_on))
            ]
            for thread in threads:
                thread.start()
            try:
                self.server.serve()
            finally:
                with self._over:
                    self._ended = True
                    self._over.notify_all()

    def stop(self) -> None:
        """Let `serve` return soon; from a signal handler or another thread."""
        self.server.stop()

    # ------------------------------------------------------------------ its threads

    def _hear(self, hint: Hint) -> None:
        """Take what the stream tells; what it tells of is asked for all the same."""
        if isinstance(hint, Heard):
            self._orders.hear(hint.view)
        elif isinstance(hint, AskAbout) and not self._orders.ask_about(
            hint.broker_id, replaces=hint.replaces
        ):
            self._missed.set()  # perhaps another hand's: the account's executions tell

    def _gap(self) -> None:
        """The stream may have missed something."""
        self._orders.looks.at_all()
        self._missed.set()

    def _look_on(self) -> None:
        """Look at orders that are due, until the end."""
        looks = self._orders.looks
        while not self._ended:
            looks.tell_streamed(streamed=self._connection.streamed)
            due_s = looks.work()
            self._pause(min(LOOK_WITHIN_S, max(0.0, due_s - self._clock.now_s())))

    def _ask_on(self) -> None:
        """Ask for executions after a gap and now and then, and for the account all the time."""
        read_s = self._clock.now_s()
        account_s = read_s
        while not self._ended:
            now_s = self._clock.now_s()
            if self._missed.is_set() or now_s - read_s >= FILLS_EVERY_S:
                self._missed.clear()
                read_s = now_s
                self._ends.read()
                if not self._fills.read() or self._fills.unsettled:
                    self._missed.set()
            if now_s - account_s >= HEARTBEAT_S or not self._connection.orders.up:
                account_s = now_s
                self._books.ask_account()
            self._pause(1.0)

    def _pause(self, seconds: float) -> None:
        with self._over:
            if not self._ended and seconds > 0:
                self._clock.wait(self._over, seconds)
