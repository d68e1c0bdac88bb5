"""A desk's requests to a gateway in its own process and virtual time: the wire without a socket."""

from __future__ import annotations

import json
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any, Final

from engine.brokers.remote.host import ROLE, Message, RefusalError, error_answer
from engine.brokers.remote.link import ANSWER_WITHIN_S, LinkError, answer_of
from engine.gateway.hosted import HostedOrders
from engine.gateway.requests import AT_ONCE, AccountRequests
from engine.runtime.virtual_threads import VirtualThreads

BOOKS: Final = ("open_orders", "positions", "shares")
"""Requests that a gateway answers one at a time: whoever comes second shares an answer."""


class ServedAccount:
    """One gateway's side: each request is answered in a thread of its own, as by a pool.

    Args:
        requests: answers.
        hosted: the account.
        threads: the gateway's.
    """

    def __init__(
        self, requests: AccountRequests, hosted: HostedOrders, threads: VirtualThreads
    ) -> None:
        self._requests, self._hosted, self._threads = requests, hosted, threads
        self._books = threads.condition()
        self._asking = False

    def start(self, op: str, message: Message, take: Callable[[Message], None]) -> None:
        """Have a request answered."""
        if op in AT_ONCE:
            take(self._answer(op, message))
        else:
            self._threads.start(f"broker-{op}", lambda: take(self._answer(op, message)))

    def _answer(self, op: str, message: Message) -> Message:
        try:
            call = self._requests.of_account(op)
            if call is None:
                raise RefusalError(f"there is no request {op[:40]!r}")
            if op not in BOOKS:
                return {"ok": call(self._hosted, message)}
            return {"ok": self._in_turn(lambda: call(self._hosted, message))}
        except Exception as error:  # as the gateway's host: whatever one asks, it answers
            return error_answer(0, error)

    def _in_turn(self, call: Callable[[], Any]) -> Any:
        with self._books:
            while self._asking:
                self._threads.wait(self._books, None)
            self._asking = True
        try:
            return call()
        finally:
            with self._books:
                self._asking = False
                self._books.notify_all()


class GatewayLink:
    """A desk's side (`Asking`); messages are written as JSON and read again, as on a socket.

    Args:
        threads: the desk's.
    """

    def __init__(self, threads: VirtualThreads) -> None:
        self._threads = threads
        self._changed = threads.condition()
        self._served: ServedAccount | None = None
        self.told: dict[str, Any] = {}

    @property
    def connected(self) -> bool:
        """Whether a gateway is there."""
        return self._served is not None

    def attach(self, served: ServedAccount) -> None:
        """A gateway is there from now on."""
        self._served = served

    def drop(self) -> None:
        """It has died: whoever waits for an answer hears so."""
        with self._changed:
            self._served = None
            self._changed.notify_all()

    def close(self) -> None:
        """Nothing is kept open."""

    def ask(self, op: str, within_s: float = ANSWER_WITHIN_S, **arguments: Any) -> Any:
        """Ask and wait for the answer, in virtual seconds.

        Raises:
            RefusedByExchangeError: it was refused.
            LinkError: nobody is there, or died meanwhile, or did not answer in time: it is not
                known whether it was done.
        """
        message = json.loads(json.dumps({**arguments, "op": op, ROLE: "desk"}))
        if self._threads.outside:
            answer = self._threads.answer_of(
                lambda: self._waited_for(op, message, within_s), within_s + 1.0
            )
        else:
            answer = self._waited_for(op, message, within_s)
        return answer_of(json.loads(json.dumps(answer)))

    def _waited_for(self, op: str, message: Message, within_s: float) -> Message:
        served, answers = self._served, SimpleQueue[Message]()
        if served is None:
            raise LinkError("the gateway is not connected; nothing was sent")

        def take(answer: Message) -> None:
            with self._changed:
                answers.put(answer)
                self._changed.notify_all()

        latest_s = self._threads.now_s() + within_s
        served.start(op, message, take)
        with self._changed:
            while answers.empty():
                left_s = latest_s - self._threads.now_s()
                if self._served is not served:
                    raise LinkError(f"the gateway died before it answered `{op}`")
                if left_s <= 0:
                    raise LinkError(f"the gateway did not answer `{op}` in {within_s:g} s")
                self._threads.wait(self._changed, left_s)
        return answers.get()
