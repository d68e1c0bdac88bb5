"""A gateway while it runs: its server, and the threads that look at orders and at the account."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Final

from engine.brokers.stream.spec import AskAbout, Heard, Hint
from engine.gateway.alpaca import AlpacaConnection
from engine.gateway.parts import AccountParts
from engine.gateway.server import GatewayServer
from engine.gateway.share_orders import ShareOrders
from engine.gateway.turns import Turns
from engine.market.clock import Clock, WaitingClock
from engine.run_folder.ending import mark_signalled

LOOK_WITHIN_S: Final = 0.25
HEARTBEAT_S: Final = 5.0
"""Seconds between two questions for the account: its buying power and blocks must not grow old,
whatever else the broker answers meanwhile."""

FILLS_EVERY_S: Final = 60.0
"""Seconds between two readings of the account's executions; after each gap at once, too."""


VAIN_S: Final = 15.0
VAIN_EVERY_S: Final = 10.0
"""Seconds of readings in vain, one a turn, after which there is one in so many seconds."""

CHARGES_EVERY_S: Final = 1800.0
"""Seconds between two readings of fees, which come the day after."""


class Upkeep:
    """Keeps one account's orders and books up to date: what its threads do, turn by turn.

    Args:
        connection, parts, shares: the account's.
        clock: on which turns are due.
        keys: looks for new keys where those in use are refused.
    """

    def __init__(
        self,
        connection: AlpacaConnection,
        parts: AccountParts,
        shares: ShareOrders,
        clock: Clock,
        keys: Callable[[], None] = lambda: None,
    ) -> None:
        self._look_for_keys = keys
        self._connection, self._shares, self._clock = connection, shares, clock
        self._orders, self._books, self._fills = parts.orders, parts.books, parts.fills
        self._ends, self._charges = parts.ends, parts.charges
        self._charges_s = -CHARGES_EVERY_S
        self._missed = threading.Event()
        self._read_s = clock.now_s()
        self._vain_since_s: float | None = None
        self._account_s = clock.now_s()

    def begin(self, turns: Turns) -> None:
        """Listen to the stream, and take turns from now on."""
        self._connection.start_stream(self._hear, self._gap)
        turns.start("looks", self._look)
        turns.start("account", self._ask)
        turns.start("shares", self._shares.look)

    def _hear(self, hint: Hint) -> None:
        """Take what the stream tells; what it tells of is asked for all the same."""
        if isinstance(hint, Heard):
            name = hint.view.client_id
            # Orders of shares are looked up; another hand's may close what is ours.
            if not self._shares.hear(name) and not self._orders.hear(hint.view):
                self._missed.set()
        elif isinstance(hint, AskAbout) and not self._orders.ask_about(
            hint.broker_id, replaces=hint.replaces
        ):
            self._missed.set()  # perhaps another hand's: the account's executions tell

    def _gap(self) -> None:
        """The stream may have missed something."""
        self._orders.looks.at_all()
        self._orders.ended.ask()
        self._missed.set()

    def _look(self) -> float:
        """Look at orders that are due; return the seconds until the next look."""
        looks = self._orders.looks
        looks.tell_streamed(streamed=self._connection.streamed)
        due_s = looks.work()
        return min(LOOK_WITHIN_S, max(0.0, due_s - self._clock.now_s()))

    def _ask(self) -> float:
        """Ask for executions after a gap and now and then, and for the account all the time."""
        now_s = self._clock.now_s()
        self._look_for_keys()
        self._fills.odd.hear_answers()
        if now_s - self._account_s >= HEARTBEAT_S or not self._connection.orders.up:
            self._account_s = now_s
            self._orders.seek_strays()
            self._books.ask_account()
            if self._connection.feed.refused:  # a desk asks for no quotes meanwhile
                self._connection.feed.try_feed()
        vain_s = 0.0 if self._vain_since_s is None else now_s - self._vain_since_s
        every_s = VAIN_EVERY_S if vain_s >= VAIN_S else 0.0
        missed = self._missed.is_set() and now_s - self._read_s >= every_s
        if missed or now_s - self._read_s >= FILLS_EVERY_S:
            self._missed.clear()
            self._read_s = now_s
            self._read_account()
        self._orders.ended.work()
        if now_s - self._charges_s >= CHARGES_EVERY_S:
            self._charges_s = now_s
            self._charges.read()  # in vain: the next time does
        return 1.0

    def _read_account(self) -> None:
        """Read what became of the account; again with the next turn where that was in vain."""
        read = False
        try:
            self._ends.read()
            read = self._fills.read() and not self._fills.unsettled
        finally:
            if read:
                self._vain_since_s = None
            else:
                self._missed.set()
                if self._vain_since_s is None:
                    self._vain_since_s = self._read_s


class Gateway(Upkeep):
    """One account at a broker; serves until it is stopped, and holds the account's lock.

    Args:
        server, connection, parts, shares, turns, keys: what it is made of.
        clock: real time.
        undo: lets go of everything.
    """

    def __init__(
        self,
        server: GatewayServer,
        connection: AlpacaConnection,
        parts: AccountParts,
        shares: ShareOrders,
        turns: Turns,
        clock: WaitingClock,
        undo: ExitStack,
        keys: Callable[[], None],
    ) -> None:
        self.server = server
        super().__init__(connection, parts, shares, clock, keys)
        self._turns, self._undo = turns, undo

    @property
    def path(self) -> Path:
        """The socket."""
        return self.server.path

    def serve(self) -> None:
        """Serve until `stop`."""
        with self._undo:
            self.begin(self._turns)
            try:
                self.server.serve()
            finally:
                self._turns.end()

    def stop(self, number: int | None = None) -> None:
        """Let `serve` return soon; from a signal handler or another thread.

        Args:
            number: of the signal by which a person ends it, so that no desk starts it again.
        """
        if number is not None:
            with suppress(OSError):  # it ends all the same; a desk may start it again
                mark_signalled(self.path.parent, number)
        self.server.stop()
