"""What every server of the wire does alike: hellos, places, requests and their answers, pushes.

The simulated exchange and a broker's gateway are each a `Venue`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final, Protocol

from engine.brokers.protocol import NotSentError, RefusedOrderError, ThrottledError
from engine.brokers.remote.frames import NOT_SENT, REFUSED, THROTTLED, VERSION, WireError, whole
from engine.brokers.remote.server import GUARDS, LOOKS, TRADES, Peer, SocketServer
from engine.brokers.remote.workers import CALLS, CANCELS, QUOTES, Workers
from engine.market.clock import Clock

READS_OF_AN_EARLIER_DESK: Final = 256
MOST_GUARDS: Final = 4
"""Of an account: its guard, and a kill or two from other shells."""

MOST_OUT: Final = 32
"""Requests of one connection that may wait for the broker at a time, and as many cancels."""

ROLE: Final = "role"
"""Key under which a request of an account has who asks, whatever the peer wrote there."""

Message = dict[str, Any]
Push = Callable[[Message], None]


class RefusalError(Exception):
    """A request that is refused: certainly nothing was done. Its text is the answer."""


class HostedAccount(Protocol):
    """An account whose reports are numbered."""

    name: str
    seq: int

    def connect(self, push: Push) -> None:
        """Push every report and settlement from now on, each a whole message with its number."""
        ...

    def disconnect(self) -> None:
        """Push nothing any more; `after` returns it later."""
        ...

    def after(self, seq: int) -> list[Message]:
        """The messages after number `seq`, oldest first, as far as they are kept."""
        ...


class Venue(Protocol):
    """An exchange or a broker that a socket serves: its quotes, and its accounts."""

    def facts(self, account: str) -> Message:
        """Facts of the session for whoever connects (`SessionFacts.plain`)."""
        ...

    def find(self, name: str) -> HostedAccount | None:
        """An account that is open.

        Raises:
            RefusalError: no account can have that name.
        """
        ...

    def open(self, name: str) -> HostedAccount:
        """Open an account for its first desk.

        Raises:
            RefusalError: it cannot be opened.
        """
        ...

    def of_market(self, op: str) -> Callable[[Message], Any] | None:
        """What answers a request about quotes; None where `op` is none."""
        ...

    def of_account(self, op: str) -> Callable[[Any, Message], Any] | None:
        """What answers a request of an account; None where `op` is none."""
        ...


@dataclass(slots=True)
class _Client:
    """What a connection has said of itself; account is None for one that only looks."""

    role: str
    account: HostedAccount | None = None
    pid: int = 0
    out: Counter[str] = field(default_factory=Counter)

    def goes_out(self, kind: str) -> None:
        """One of its requests of a kind waits for the broker."""
        self.out[kind] += 1

    def comes_back(self, kind: str) -> None:
        """It has been answered."""
        self.out[kind] -= 1


class Host:
    """Serves the wire on a Unix socket; runs in one thread, and answers in it.

    Args:
        path: the socket.
        venue: the exchange or broker that answers.
        clock: real seconds.
        workers: threads for requests that wait for a broker; None where none does.
        at_once: requests that never wait, and are answered in the socket's thread.
    """

    def __init__(
        self,
        path: Path,
        venue: Venue,
        clock: Clock,
        workers: Workers | None = None,
        at_once: Collection[str] = (),
    ) -> None:
        self._venue = venue
        self._workers = workers
        self._at_once = frozenset(at_once)
        self._clients: dict[Peer, _Client] = {}
        self._out: Counter[str] = Counter()
        self._held: list[tuple[Peer, Message]] = []
        self._sockets = SocketServer(path, self._take, self._closed, clock.now_s)

    def turn(self, wait_s: float) -> None:
        """Serve what is ready; wait at most `wait_s` real seconds for something to be."""
        self._sockets.turn(wait_s)

    def close(self) -> None:
        """Close every connection, and remove the socket."""
        self._sockets.close()
        if self._workers is not None:
            self._workers.close()

    def tell_desks(self, message: Message) -> None:
        """Push a message without a number, such as a health message, to every desk.

        In the socket's thread.
        """
        for peer, client in list(self._clients.items()):
            if client.role == "desk":
                self._sockets.send(peer, message)

    @property
    def connected(self) -> Counter[str]:
        """How many desks, guards and lookers are connected."""
        return Counter(client.role for client in self._clients.values())

    # ------------------------------------------------------------------ requests

    def _take(self, peer: Peer, message: Message) -> None:
        number, op = whole(message.get("id")), str(message.get("op"))
        try:
            if op == "hello":
                self._greet(peer, number, message)
                return
            call, client = self._call_of(peer, op, message)
            if self._workers is not None and op not in self._at_once:
                self._hand_over(self._workers, peer, client, number, op, call)
                return
            answer = {"id": number, "ok": call()}
        except Exception as error:  # whatever one client asks, the others are served on
            answer = error_answer(number, error)
        self._sockets.send(peer, answer)

    def _call_of(self, peer: Peer, op: str, message: Message) -> tuple[Callable[[], Any], _Client]:
        client = self._clients.get(peer)
        if client is not None:
            about_market = self._venue.of_market(op)
            if about_market is not None:
                return partial(about_market, message), client
        if client is None or client.account is None:
            raise RefusalError("say hello with an account first")
        about_account = self._venue.of_account(op)
        if about_account is None:
            raise RefusalError(f"there is no request {op[:40]!r}")
        return partial(about_account, client.account, message | {ROLE: client.role}), client

    def _hand_over(
        self,
        workers: Workers,
        peer: Peer,
        client: _Client,
        number: int,
        op: str,
        call: Callable[[], Any],
    ) -> None:
        """Have a thread of the pool make a call; its answer comes back to the socket's."""
        guards, account = client.role == "guard", client.account
        quotes = self._venue.of_market(op) is not None
        kind = CANCELS if op == "cancel" else QUOTES if quotes else CALLS
        if client.out[kind] >= MOST_OUT:
            raise ThrottledError("too many requests wait for the broker; it was not sent")
        name = "" if account is None else account.name

        def back(answer: Message) -> None:
            client.comes_back(kind)
            self._out[name] -= 1
            self._sockets.send(peer, answer)
            if not self._out[name]:
                self._greet_held()

        def work() -> None:
            try:
                answer = {"id": number, "ok": call()}
            except Exception as error:
                answer = error_answer(number, error)
            self._sockets.post(partial(back, answer))

        if not workers.submit(kind, work, guards=guards):
            raise ThrottledError("too many requests wait for the broker; it was not sent")
        client.goes_out(kind)
        self._out[name] += 1

    # ------------------------------------------------------------------ hellos

    def _greet(self, peer: Peer, number: int, message: Message) -> None:
        """Answer a hello, or keep it until what an earlier desk asked for has come back."""
        try:
            answer, replay = self._hello(peer, message)
        except _WaitError:
            self._sockets.named(peer, TRADES)  # it is silent because it waits
            self._held.append((peer, message))
            return
        except Exception as error:
            self._sockets.send(peer, error_answer(number, error))
            return
        self._sockets.send(peer, {"id": number, "ok": answer})
        for each in replay:
            self._sockets.send(peer, each)

    def _greet_held(self) -> None:
        held, self._held = self._held, []
        for peer, message in held:
            if peer in self._sockets:
                self._greet(peer, whole(message.get("id")), message)

    def _hello(self, peer: Peer, message: Message) -> tuple[Message, list[Message]]:
        spoken = message.get("version", 1)
        if spoken != VERSION:
            raise RefusalError(
                f"this speaks version {VERSION} of the wire, who connects version "
                f"{str(spoken)[:8]}; start both with the same version of Legdesk"
            )
        role, name, since = message.get("role"), str(message.get("account")), message.get("since")
        pid = whole(message.get("pid", 0))
        after = None if since is None else whole(since)
        if role not in ("desk", "guard", "look"):
            raise RefusalError(f"{str(role)[:40]!r} is not a role here")
        if role != "guard" and self._sockets.crowded:
            raise RefusalError("too many connections; close some, or stop a desk")
        if role == "look":
            self._sockets.named(peer, LOOKS)
            self._clients[peer] = _Client(role)
            return {**self._about(""), "seq": 0}, []
        account = self._venue.find(name)
        known = account is not None
        if account is None:
            if role == "guard":
                raise RefusalError(f"there is no account {name[:64]}")
            account = self._venue.open(name)
        seq = account.seq
        if role == "desk":
            self._finish_earlier(account)
            if self._out[account.name]:
                raise _WaitError
            seq = account.seq
            account.connect(partial(self._push, peer))
        else:
            self._make_room_for_guard(account, peer)
        self._sockets.named(peer, TRADES if role == "desk" else GUARDS)
        self._clients[peer] = _Client(role, account, pid)
        facts = {**self._about(account.name), "known": known, "seq": seq}
        return facts, account.after(seq if after is None else after) if role == "desk" else []

    def _about(self, account: str) -> Message:
        return {**self._venue.facts(account), "version": VERSION, "account": account}

    def _push(self, peer: Peer, message: Message) -> None:
        """Send a report; with workers it may come from any of a gateway's threads."""
        if self._workers is None:
            self._sockets.send(peer, message)
        else:
            self._sockets.post(partial(self._sockets.send, peer, message))

    def _make_room_for_guard(self, account: HostedAccount, newest: Peer) -> None:
        """Close the guard that is longest silent where an account has as many as it may."""
        guards = [
            peer
            for peer, client in self._clients.items()
            if client.account is account and client.role == "guard" and peer is not newest
        ]
        if len(guards) >= MOST_GUARDS:
            self._sockets.drop(min(guards, key=lambda peer: peer.heard_s))

    def _finish_earlier(self, account: HostedAccount) -> None:
        """Serve what an earlier desk sent before it died, before its successor hears anything."""
        for peer, client in list(self._clients.items()):
            if client.account is not account or client.role != "desk":
                continue
            for _ in range(READS_OF_AN_EARLIER_DESK):
                if not self._sockets.read(peer):
                    break
            if peer in self._sockets:
                raise RefusalError(
                    f"process {client.pid} has account {account.name} in use; stop it"
                )

    def _closed(self, peer: Peer) -> None:
        client = self._clients.pop(peer, None)
        if client is not None and client.role == "desk" and client.account is not None:
            client.account.disconnect()


class _WaitError(Exception):
    """An earlier desk's requests are still out at the broker."""


def error_answer(number: int, error: Exception) -> Message:
    """An error's answer; its code says what is certain of it."""
    answer: Message = {"id": number, "error": f"{error}"[:300] or type(error).__name__}
    if isinstance(error, ThrottledError):
        answer["code"] = THROTTLED
    elif isinstance(error, RefusalError | RefusedOrderError | WireError):
        answer["code"] = REFUSED
    elif isinstance(error, NotSentError):
        answer["code"] = NOT_SENT
    return answer
