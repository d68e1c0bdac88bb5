"""The exchange's one thread: sockets, timers, and what a connection may ask."""

from __future__ import annotations

import heapq
import math
import os
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, Final

from engine.brokers.protocol import MarketData
from engine.brokers.remote.codec import chain_plain, order_of, position_plain
from engine.brokers.remote.frames import Frames, WireError, packed
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.remote_account import Account
from engine.market.clock import SessionClock
from engine.run_folder.paths import private_folder

LONGEST_WAIT_S: Final = 0.2
LEDGERS_EVERY_S: Final = 1.0
MOST_CONNECTIONS: Final = 32
UNSENT_BYTES: Final = 16 * 2**20
"""A connection that leaves more than that unread is closed; the desk comes back and asks."""

_PIECE: Final = 1 << 18


class _RefusalError(Exception):
    """What was asked cannot be done; the sentence goes back."""


@dataclass(eq=False, slots=True)
class _Peer:
    """One connection."""

    socket: socket.socket
    frames: Frames
    unsent: bytearray
    account: Account | None = None
    role: str = ""
    pid: int = 0


class ExchangeServer:
    """Serves accounts, made when they are first named, on a Unix socket.

    Args:
        folder: owner-only; the socket, the record of orders and the ledgers go there.
        facts: what a desk is told of the session: mode and settings.
        clock: the exchange's time.
        market: where quotes come from.
        venue_of: makes an account's venue on this exchange's timer.
    """

    def __init__(
        self,
        folder: Path,
        facts: dict[str, Any],
        clock: SessionClock,
        market: MarketData,
        venue_of: Callable[[Callable[[float, Callable[[], None]], None]], MatchingEngine],
    ) -> None:
        self.folder = private_folder(folder)
        self.path = folder / "socket"
        self.stopping = False
        self._facts = facts
        self._clock = clock
        self._market = market
        self._venue_of = venue_of
        self._accounts: dict[str, Account] = {}
        self._peers: list[_Peer] = []
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._ledgers_s = -math.inf
        self._selector = selectors.DefaultSelector()
        self._listening = self._listen()
        self._of_the_market: dict[str, Callable[[dict[str, Any]], Any]] = {
            "chain": self._chain,
            "underlying": self._underlying,
            "expirations": self._expirations,
        }
        self._of_accounts: dict[str, Callable[[Account, dict[str, Any]], Any]] = {
            "submit": self._submit,
            "cancel": self._cancel,
            "query": self._query,
            "open_orders": lambda account, words: account.open_orders(),
            "positions": lambda account, words: [
                position_plain(row) for row in account.venue.positions()
            ],
            "executions": lambda account, words: account.executions(int(words["since"])),
            "states": lambda account, words: account.states(list(words["orders"])),
        }

    def _listen(self) -> socket.socket:
        self.path.unlink(missing_ok=True)
        made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            made.bind(str(self.path))
        finally:
            os.umask(before)
        made.listen(MOST_CONNECTIONS)
        made.setblocking(False)
        self._selector.register(made, selectors.EVENT_READ)
        return made

    # ------------------------------------------------------------------ the loop

    def serve(self) -> None:
        """Serve until `stopping` is set; then write the ledgers and let go."""
        try:
            while not self.stopping:
                self._turn()
        finally:
            self._write_ledgers()
            for peer in list(self._peers):
                self._drop(peer)
            self._selector.unregister(self._listening)
            self._listening.close()
            self.path.unlink(missing_ok=True)
            for account in self._accounts.values():
                account.close()

    def _turn(self) -> None:
        clock = self._clock
        due_s = self._heap[0][0] if self._heap else math.inf
        wait_s = min(LONGEST_WAIT_S, max(0.0, (due_s - clock.now_s()) / clock.speed))
        for key, events in self._selector.select(wait_s):
            peer = key.data
            if peer is None:
                self._accept()
                continue
            if events & selectors.EVENT_WRITE:
                self._flush(peer)
            if events & selectors.EVENT_READ and peer in self._peers:
                self._read(peer)
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
        for account in self._accounts.values():
            account.keep()

    # ------------------------------------------------------------------ connections

    def _accept(self) -> None:
        made, _ = self._listening.accept()
        if len(self._peers) >= MOST_CONNECTIONS:
            made.close()
            return
        made.setblocking(False)
        peer = _Peer(made, Frames(), bytearray())
        self._peers.append(peer)
        self._selector.register(made, selectors.EVENT_READ, peer)

    def _read(self, peer: _Peer) -> bool:
        """Take one piece from a connection; False where there was none."""
        try:
            piece = peer.socket.recv(_PIECE)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        if not piece:
            self._drop(peer)
            return False
        try:
            for message in peer.frames.feed(piece):
                self._answer(peer, message)
        except WireError:
            self._drop(peer)
            return False
        return peer in self._peers

    def _drop(self, peer: _Peer) -> None:
        if peer in self._peers:
            self._peers.remove(peer)
            self._selector.unregister(peer.socket)
            peer.socket.close()
            if peer.role == "desk" and peer.account is not None:
                peer.account.push = lambda seq, report: None

    def _send(self, peer: _Peer, message: dict[str, Any]) -> None:
        if peer not in self._peers:
            return
        peer.unsent += packed(message)
        self._flush(peer)

    def _flush(self, peer: _Peer) -> None:
        try:
            while peer.unsent:
                del peer.unsent[: peer.socket.send(peer.unsent)]
        except BlockingIOError:
            pass
        except OSError:
            self._drop(peer)
            return
        if len(peer.unsent) > UNSENT_BYTES:
            self._drop(peer)
            return
        events = selectors.EVENT_READ | (selectors.EVENT_WRITE if peer.unsent else 0)
        self._selector.modify(peer.socket, events, peer)

    # ------------------------------------------------------------------ answers

    def _answer(self, peer: _Peer, message: dict[str, Any]) -> None:
        number, op = message.get("id"), message.get("op")
        replay: list[tuple[int, list[Any]]] = []
        try:
            if op == "hello":
                found, replay = self._hello(peer, message)
            elif op in self._of_the_market and peer.role:
                found = self._of_the_market[str(op)](message)
            elif peer.account is None:
                raise _RefusalError("say hello with an account first")
            elif op in self._of_accounts:
                found = self._of_accounts[str(op)](peer.account, message)
            else:
                raise _RefusalError(f"the exchange knows no request {op!r}")
        except (_RefusalError, WireError, ValueError, KeyError, TypeError) as error:
            self._send(peer, {"id": number, "error": f"{error}"[:300] or type(error).__name__})
            return
        self._send(peer, {"id": number, "ok": found})
        for seq, report in replay:
            self._send(peer, {"seq": seq, "report": report})

    def _hello(
        self, peer: _Peer, words: dict[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[int, list[Any]]]]:
        role, name, since = words.get("role"), str(words.get("account")), words.get("since")
        if role not in ("desk", "guard", "look"):
            raise _RefusalError(f"{role!r} is no role here")
        if role == "look":
            peer.role = role
            return self._about(""), []
        if not name or not all(c.isascii() and (c.isalnum() or c in "_.-") for c in name):
            raise _RefusalError(f"{name!r} cannot name an account")
        known = name in self._accounts
        if role == "guard" and not known:
            raise _RefusalError(f"there is no account {name}")
        account = self._accounts.get(name) or self._open_account(name)
        if role == "desk":
            self._settle_older(account)
            account.push = partial(self._push, peer)
        peer.account, peer.role, peer.pid = account, role, int(words.get("pid", 0))
        facts = {**self._about(name), "known": known, "seq": account.seq}
        return facts, ([] if since is None or role != "desk" else account.after(int(since)))

    def _about(self, account: str) -> dict[str, Any]:
        clock = self._clock
        about = {"account": account, "clock": [clock.at_s, clock.starts_s, clock.speed]}
        return {**self._facts, **about, "seq": 0}

    def _open_account(self, name: str) -> Account:
        folder = private_folder(self.folder / name)
        venue = self._venue_of(self.timer)
        account = Account(name, venue, folder, self._clock.now_s)
        self._accounts[name] = account
        return account

    def _settle_older(self, account: Account) -> None:
        """What a dead desk sent before it died is done before its successor hears anything."""
        for other in [p for p in self._peers if p.account is account and p.role == "desk"]:
            while self._read(other):
                pass
            if other in self._peers:
                raise _RefusalError(
                    f"process {other.pid} has account {account.name} in use; stop it"
                )

    def _push(self, peer: _Peer, seq: int, report: list[Any]) -> None:
        self._send(peer, {"seq": seq, "report": report})

    def _submit(self, account: Account, words: dict[str, Any]) -> str:
        account.submit(order_of(words["order"]))
        return "taken"

    def _cancel(self, account: Account, words: dict[str, Any]) -> str:
        account.venue.cancel(str(words["order"]), self._clock.now_s())
        return "taken"

    def _query(self, account: Account, words: dict[str, Any]) -> str:
        account.venue.query(str(words["order"]), self._clock.now_s())
        return "taken"

    def _chain(self, words: dict[str, Any]) -> dict[str, Any] | None:
        expiration = date.fromisoformat(words["expiration"])
        chain = self._market.chain(str(words["symbol"]), expiration, self._clock.now_s())
        return None if chain is None else chain_plain(chain)

    def _underlying(self, words: dict[str, Any]) -> float | None:
        return self._market.underlying(str(words["symbol"]), self._clock.now_s())

    def _expirations(self, words: dict[str, Any]) -> list[str]:
        days = self._market.expirations(str(words["symbol"]), self._clock.now_s())
        return [day.isoformat() for day in days]
