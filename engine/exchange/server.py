"""The server of the exchange's process: its timers, its accounts, and what a client may ask."""

from __future__ import annotations

import heapq
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from engine.brokers.protocol import MarketData
from engine.brokers.remote.codec import chain_plain, order_of
from engine.brokers.remote.frames import whole
from engine.brokers.remote.server import GUARDS, LOOKS, TRADES, Peer, SocketServer
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.remote_account import Account
from engine.market.clock import SessionClock, SystemClock
from engine.run_folder.paths import private_folder

LONGEST_WAIT_S: Final = 0.2
LEDGERS_EVERY_S: Final = 1.0
READS_OF_AN_EARLIER_DESK: Final = 256
MOST_ACCOUNTS: Final = 256
MOST_GUARDS: Final = 4
"""Of an account: its guard, and a kill or two from other shells."""

MOST_NAMES: Final = 20_000
"""Orders whose states one request may ask for."""

_ACCOUNT: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


class _RefusalError(Exception):
    """A request that cannot be served; its text is the answer."""


@dataclass(frozen=True, slots=True)
class _Client:
    """What a connection has said of itself; account is None for one that only looks."""

    role: str
    account: Account | None = None
    pid: int = 0


class ExchangeServer:
    """Serves accounts on a Unix socket; an account is opened when it is first named.

    Args:
        folder: owner-only; the socket, the record of orders and the ledgers go there.
        facts: of the session, for desks: mode and settings.
        clock: the exchange's time.
        market: the quotes.
        matching_of: makes an account's matching engine on this exchange's timer.
        warn: told what cannot be written, once until it can.

    Attributes:
        unwritten: accounts whose ledger could not be written when that was last tried, with the
            reason. What they booked stays in memory, and is written as soon as that can be.
    """

    def __init__(
        self,
        folder: Path,
        facts: dict[str, Any],
        clock: SessionClock,
        market: MarketData,
        matching_of: Callable[[Callable[[float, Callable[[], None]], None]], MatchingEngine],
        warn: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.folder = private_folder(folder)
        self.path = folder / "socket"
        self._stopping = False
        self._facts = facts
        self._clock = clock
        self._market = market
        self._matching_of = matching_of
        self._accounts: dict[str, Account] = {}
        self._clients: dict[Peer, _Client] = {}
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._ledgers_s = -math.inf
        self._warn = warn
        self.unwritten: dict[str, str] = {}
        self._sockets = SocketServer(self.path, self._take, self._closed, SystemClock().now_s)
        self._of_market: dict[str, Callable[[dict[str, Any]], Any]] = {
            "chain": self._chain,
            "underlying": self._underlying,
            "expirations": self._expirations,
        }
        self._of_account: dict[str, Callable[[Account, dict[str, Any]], Any]] = {
            "submit": self._submit,
            "cancel": self._cancel,
            "query": self._query,
            "open_orders": lambda account, message: account.open_orders(),
            "positions": lambda account, message: account.positions(),
            "executions": lambda account, message: account.executions(whole(message["since"], 0)),
            "states": self._states,
        }

    # ------------------------------------------------------------------ the loop

    def serve(self) -> None:
        """Serve until `stop`; then write the ledgers and close everything."""
        try:
            while not self._stopping:
                self._turn()
        finally:
            self._write_ledgers()
            self._sockets.close()

    def stop(self) -> None:
        """Let `serve` return soon; from a signal handler or another thread."""
        self._stopping = True

    def _turn(self) -> None:
        clock = self._clock
        due_s = self._heap[0][0] if self._heap else math.inf
        wait_s = min(LONGEST_WAIT_S, max(0.0, (due_s - clock.now_s()) / clock.speed))
        self._sockets.turn(wait_s)
        now_s = clock.now_s()
        while self._heap and self._heap[0][0] <= now_s:
            heapq.heappop(self._heap)[2]()
        if now_s - self._ledgers_s >= LEDGERS_EVERY_S * clock.speed:
            self._ledgers_s = now_s
            self._write_ledgers()

    def timer(self, due_s: float, call: Callable[[], None]) -> None:
        """Call `call()` at the exchange's second `due_s`."""
        self._count += 1
        heapq.heappush(self._heap, (due_s, self._count, call))

    def _write_ledgers(self) -> None:
        for name, account in self._accounts.items():
            try:
                account.keep()
            except OSError as error:
                reason = error.strerror or str(error)
                if self.unwritten.get(name) != reason:
                    self.unwritten[name] = reason
                    self._warn(
                        f"{name}: its ledger cannot be written: {reason}; free the disk: what it "
                        "booked is kept and written then"
                    )
            else:
                self.unwritten.pop(name, None)

    # ------------------------------------------------------------------ answers

    def _closed(self, peer: Peer) -> None:
        client = self._clients.pop(peer, None)
        if client is not None and client.role == "desk" and client.account is not None:
            client.account.disconnect()

    def _take(self, peer: Peer, message: dict[str, Any]) -> None:
        number, op = whole(message.get("id")), message.get("op")
        client = self._clients.get(peer)
        replay: list[tuple[int, list[Any]]] = []
        try:
            if op == "hello":
                answer, replay = self._hello(peer, message)
            elif op in self._of_market and client is not None:
                answer = self._of_market[str(op)](message)
            elif client is None or client.account is None:
                raise _RefusalError("say hello with an account first")
            elif op in self._of_account:
                answer = self._of_account[str(op)](client.account, message)
            else:
                raise _RefusalError(f"the exchange knows no request {op!r}")
        except Exception as error:  # whatever one client asks, the others are served on
            text = f"{error}"[:300] or type(error).__name__
            self._sockets.send(peer, {"id": number, "error": text})
            return
        self._sockets.send(peer, {"id": number, "ok": answer})
        for seq, report in replay:
            self._push(peer, seq, report)

    def _hello(
        self, peer: Peer, message: dict[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[int, list[Any]]]]:
        role, name, since = message.get("role"), str(message.get("account")), message.get("since")
        pid = whole(message.get("pid", 0))
        after = None if since is None else whole(since)
        if role not in ("desk", "guard", "look"):
            raise _RefusalError(f"{role!r} is not a role here")
        if role != "guard" and self._sockets.crowded:
            raise _RefusalError("too many connections; close some, or stop a desk")
        if role == "look":
            self._sockets.named(peer, LOOKS)
            self._clients[peer] = _Client(role)
            return self._about(""), []
        if not _ACCOUNT.fullmatch(name):
            raise _RefusalError(f"{name[:64]!r} cannot name an account")
        known = name in self._accounts
        if role == "guard" and not known:
            raise _RefusalError(f"there is no account {name}")
        if not known and len(self._accounts) >= MOST_ACCOUNTS:
            raise _RefusalError(f"there are {MOST_ACCOUNTS} accounts already; start another")
        account = self._accounts.get(name) or self._open_account(name)
        if role == "desk":
            self._finish_earlier(account)
            account.connect(partial(self._push, peer))
        else:
            self._make_room_for_guard(account, peer)
        self._sockets.named(peer, TRADES if role == "desk" else GUARDS)
        self._clients[peer] = _Client(role, account, pid)
        facts = {**self._about(name), "known": known, "seq": account.seq}
        return facts, ([] if after is None or role != "desk" else account.after(after))

    def _make_room_for_guard(self, account: Account, newest: Peer) -> None:
        """Close the guard that is longest silent where an account has as many as it may."""
        guards = [
            peer
            for peer, client in self._clients.items()
            if client.account is account and client.role == "guard" and peer is not newest
        ]
        if len(guards) >= MOST_GUARDS:
            self._sockets.drop(min(guards, key=lambda peer: peer.heard_s))

    def _about(self, account: str) -> dict[str, Any]:
        clock = self._clock
        about = {"account": account, "clock": [clock.at_s, clock.starts_s, clock.speed]}
        return {**self._facts, **about, "seq": 0}

    def _open_account(self, name: str) -> Account:
        folder = self.folder / name
        if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
            raise _RefusalError(f"{name!r} cannot name an account: the exchange has a file of it")
        private_folder(folder)
        account = Account(name, self._matching_of(self.timer), folder, self._clock.now_s)
        self._accounts[name] = account
        return account

    def _finish_earlier(self, account: Account) -> None:
        """Serve what an earlier desk sent before it died, before its successor hears anything."""
        for peer, client in list(self._clients.items()):
            if client.account is not account or client.role != "desk":
                continue
            for _ in range(READS_OF_AN_EARLIER_DESK):
                if not self._sockets.read(peer):
                    break
            if peer in self._sockets:
                raise _RefusalError(
                    f"process {client.pid} has account {account.name} in use; stop it"
                )

    def _push(self, peer: Peer, seq: int, report: list[Any]) -> None:
        self._sockets.send(peer, {"seq": seq, "report": report})

    # ------------------------------------------------------------------ requests

    def _submit(self, account: Account, message: dict[str, Any]) -> str:
        account.submit(order_of(message["order"]))
        return "taken"

    def _cancel(self, account: Account, message: dict[str, Any]) -> str:
        account.cancel(_name(message["order"]))
        return "taken"

    def _query(self, account: Account, message: dict[str, Any]) -> str:
        account.query(_name(message["order"]))
        return "taken"

    def _states(self, account: Account, message: dict[str, Any]) -> dict[str, str]:
        names = message["orders"]
        if not isinstance(names, list) or len(names) > MOST_NAMES:
            raise _RefusalError(f"orders must be a list of at most {MOST_NAMES} names")
        return account.states([_name(each) for each in names])

    def _chain(self, message: dict[str, Any]) -> dict[str, Any] | None:
        expiration = date.fromisoformat(message["expiration"])
        chain = self._market.chain(str(message["symbol"]), expiration, self._clock.now_s())
        return None if chain is None else chain_plain(chain)

    def _underlying(self, message: dict[str, Any]) -> float | None:
        return self._market.underlying(str(message["symbol"]), self._clock.now_s())

    def _expirations(self, message: dict[str, Any]) -> list[str]:
        days = self._market.expirations(str(message["symbol"]), self._clock.now_s())
        return [day.isoformat() for day in days]


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable():
        raise _RefusalError("an order is named by a short printable text")
    return value
