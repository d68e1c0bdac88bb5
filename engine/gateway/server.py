"""A broker's account behind a socket: what a desk, its guard and a kill may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from engine.brokers.remote.facts import Health, SessionFacts
from engine.brokers.remote.host import Host
from engine.brokers.remote.workers import CANCELS, Workers
from engine.gateway.account import BrokerOrders
from engine.gateway.alone import Alone
from engine.gateway.books import AccountBooks
from engine.gateway.hosted import HostedOrders
from engine.gateway.journal import GatewayJournal
from engine.gateway.requests import AT_ONCE, AccountRequests, Feed
from engine.gateway.share_orders import ShareOrders
from engine.market.clock import Clock

TURN_S: Final = 0.1
HEALTH_EVERY_S: Final = 1.0


class GatewayServer:
    """Serves one account on a Unix socket, in one thread; what waits for the broker has others.

    Args:
        path: the socket.
        facts: of the session; its clock is that of desks.
        orders, books, journal, feed, shares: the account's.
        hosted: its numbered reports.
        health: the health message of now.
        real: real time.
        cancel_only: whether no order is taken; it ends once nothing works and nobody is connected.
    """

    def __init__(
        self,
        path: Path,
        facts: SessionFacts,
        orders: BrokerOrders,
        books: AccountBooks,
        journal: GatewayJournal,
        feed: Feed,
        hosted: HostedOrders,
        shares: ShareOrders,
        health: Callable[[], Health],
        real: Clock,
        *,
        cancel_only: bool = False,
    ) -> None:
        self.path = path
        self._orders, self._shares, self._health, self._real = orders, shares, health, real
        self._cancel_only = cancel_only
        self._stopping = False
        self._health_s = -HEALTH_EVERY_S
        self._workers = Workers()
        self._alone = Alone(real.now_s())
        self._cancelling: set[str] = set()
        requests = AccountRequests(
            facts,
            orders,
            books,
            journal,
            feed,
            hosted,
            shares,
            lambda name: self._alone.guard_cancels(name, real.now_s()),
            cancel_only=cancel_only,
        )
        self._host = Host(path, requests, real, self._workers, AT_ONCE)

    # ------------------------------------------------------------------ the loop

    def serve(self) -> None:
        """Serve until `stop`."""
        while not self._stopping:
            self._host.turn(TURN_S)
            self._look()

    def close(self) -> None:
        """Close every connection, and remove the socket; once."""
        self._host.close()

    def stop(self) -> None:
        """Let `serve` return soon; from a signal handler or another thread."""
        self._stopping = True

    def _look(self) -> None:
        """Tell desks the health, and cancel what works where nobody looks after it.

        An order that closes shares goes on where a desk died (docs/decisions/share-orders.md); one
        gateway that only cancels ends it, too, since it follows nothing.
        """
        now_s = self._real.now_s()
        if now_s - self._health_s >= HEALTH_EVERY_S:
            self._health_s = now_s
            self._host.tell_desks({"health": self._health().plain()})
        connected = self._host.connected
        if not self._alone.acts(now_s, watched=bool(connected["desk"])):
            return
        working = self._orders.working()
        if self._cancel_only:
            working += tuple(name for name in self._shares.working() if name not in working)
        for name in self._alone.left(working, now_s):
            self._cancel_once(name)
        needed = working or connected["look"] or connected["guard"]
        if self._cancel_only and self._orders.told and not needed:
            self.stop()

    def _cancel_once(self, name: str) -> None:
        """Have an order cancelled, unless its cancel waits or is on its way; a guard's go first."""
        if name in self._cancelling:
            return
        self._cancelling.add(name)
        if not self._workers.submit(CANCELS, partial(self._cancel_alone, name)):
            self._cancelling.discard(name)

    def _cancel_alone(self, name: str) -> None:
        """Cancel an order that nobody looks after; the next turn tries again."""
        try:
            (self._shares if self._shares.owns(name) else self._orders).cancel(name)
        except (ConnectionError, ValueError):
            return
        finally:
            self._cancelling.discard(name)
