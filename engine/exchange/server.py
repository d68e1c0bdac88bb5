"""The server of the exchange's process: one thread for its sockets, its timers, its accounts."""

from __future__ import annotations

import heapq
import math
import os
import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from engine.brokers.protocol import MarketData
from engine.brokers.remote.frames import Frames, WireError, packed
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.remote_account import Account
from engine.exchange.requests import ExchangeRequests
from engine.market.clock import SessionClock
from engine.run_folder.paths import private_folder

LONGEST_WAIT_S: Final = 0.2
LEDGERS_EVERY_S: Final = 1.0
MOST_CONNECTIONS: Final = 32
UNSENT_BYTES: Final = 16 * 2**20
"""A connection with more than that unread is closed; the desk reconnects and asks."""

_PIECE: Final = 1 << 18


class _RefusalError(Exception):
    """A request that cannot be served; its text is the answer."""


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
    """Serves accounts on a Unix socket; an account is opened when it is first named.

    Args:
        folder: owner-only; the socket, the record of orders and the ledgers go there.
        facts: of the session, for desks: mode and settings.
        clock: the exchange's time.
        market: the quotes.
        matching_of: makes an account's matching engine on this exchange's timer.
    """

    def __init__(
        self,
        folder: Path,
        facts: dict[str, Any],
        clock: SessionClock,
        market: MarketData,
        matching_of: Callable[[Callable[[float, Callable[[], None]], None]], MatchingEngine],
    ) -> None:
        self.folder = private_folder(folder)
        self.path = folder / "socket"
        self._stopping = False
        self._facts = facts
        self._clock = clock
        self._matching_of = matching_of
        self._accounts: dict[str, Account] = {}
        self._peers: list[_Peer] = []
        self._heap: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._ledgers_s = -math.inf
        self._selector = selectors.DefaultSelector()
        self._listening = self._listen()
        self._requests = ExchangeRequests(market, clock.now_s)

    def _listen(self) -> socket.socket:
        self.path.unlink(missing_ok=True)
        listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        before = os.umask(0o177)
        try:
            listening.bind(str(self.path))
        finally:
            os.umask(before)
        listening.listen(MOST_CONNECTIONS)
        listening.setblocking(False)
        self._selector.register(listening, selectors.EVENT_READ)
        return listening

    # ------------------------------------------------------------------ the loop

    def serve(self) -> None:
        """Serve until `stop`; then write the ledgers and close everything."""
        try:
            while not self._stopping:
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

    def stop(self) -> None:
        """Let `serve` return soon; from a signal handler or another thread."""
        self._stopping = True

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
        accepted, _ = self._listening.accept()
        if len(self._peers) >= MOST_CONNECTIONS:
            accepted.close()
            return
        accepted.setblocking(False)
        peer = _Peer(accepted, Frames(), bytearray())
        self._peers.append(peer)
        self._selector.register(accepted, selectors.EVENT_READ, peer)

    def _read(self, peer: _Peer) -> bool:
        """Read once from a connection; False where there was nothing or it is closed."""
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
                peer.account.disconnect()

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
                answer, replay = self._hello(peer, message)
            elif op in self._requests.of_market and peer.role:
                answer = self._requests.of_market[str(op)](message)
            elif peer.account is None:
                raise _RefusalError("say hello with an account first")
            elif op in self._requests.of_account:
                answer = self._requests.of_account[str(op)](peer.account, message)
            else:
                raise _RefusalError(f"the exchange knows no request {op!r}")
        except (_RefusalError, WireError, ValueError, KeyError, TypeError) as error:
            self._send(peer, {"id": number, "error": f"{error}"[:300] or type(error).__name__})
            return
        self._send(peer, {"id": number, "ok": answer})
        for seq, report in replay:
            self._send(peer, {"seq": seq, "report": report})

    def _hello(
        self, peer: _Peer, message: dict[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[int, list[Any]]]]:
        role, name, since = message.get("role"), str(message.get("account")), message.get("since")
        if role not in ("desk", "guard", "look"):
            raise _RefusalError(f"{role!r} is not a role here")
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
            self._finish_earlier(account)
            account.connect(partial(self._push, peer))
        peer.account, peer.role, peer.pid = account, role, int(message.get("pid", 0))
        facts = {**self._about(name), "known": known, "seq": account.seq}
        return facts, ([] if since is None or role != "desk" else account.after(int(since)))

    def _about(self, account: str) -> dict[str, Any]:
        clock = self._clock
        about = {"account": account, "clock": [clock.at_s, clock.starts_s, clock.speed]}
        return {**self._facts, **about, "seq": 0}

    def _open_account(self, name: str) -> Account:
        folder = private_folder(self.folder / name)
        account = Account(name, self._matching_of(self.timer), folder, self._clock.now_s)
        self._accounts[name] = account
        return account

    def _finish_earlier(self, account: Account) -> None:
        """Serve what an earlier desk sent before it died, before its successor hears anything."""
        for earlier in [p for p in self._peers if p.account is account and p.role == "desk"]:
            while self._read(earlier):
                pass
            if earlier in self._peers:
                raise _RefusalError(
                    f"process {earlier.pid} has account {account.name} in use; stop it"
                )

    def _push(self, peer: _Peer, seq: int, report: list[Any]) -> None:
        self._send(peer, {"seq": seq, "report": report})
