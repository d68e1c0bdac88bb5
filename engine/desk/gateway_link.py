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


class GatewayLink:
    """Carries requests (`Asking`); each is answered in a thread of its own, as by a gateway's pool.

    Messages are written as JSON and read again, as on a socket.

    Args:
        requests: answers.
        hosted: the account.
        threads: of virtual time.
    """

    def __init__(
        self, requests: AccountRequests, hosted: HostedOrders, threads: VirtualThreads
    ) -> None:
        self._requests, self._hosted, self._threads = requests, hosted, threads
        self._books = threads.condition()
        self._asking = False
        self.told: dict[str, Any] = {}

    @property
    def connected(self) -> bool:
        """Whether requests are carried now."""
        return True

    def close(self) -> None:
        """Nothing is kept open."""

    def ask(self, op: str, within_s: float = ANSWER_WITHIN_S, **arguments: Any) -> Any:
        """Ask and wait for the answer, in virtual seconds.

        Raises:
            RefusedByExchangeError: it was refused.
            LinkError: no answer in time: it is not known whether it was done.
        """
        message = json.loads(json.dumps({**arguments, "op": op, ROLE: "desk"}))
        if self._threads.outside:
            try:
                answer = self._threads.answer_of(lambda: self._answer(op, message), within_s)
            except TimeoutError:
                raise LinkError(f"the gateway did not answer `{op}` in {within_s:g} s") from None
        else:
            answer = self._waited_for(op, message, within_s)
        return answer_of(json.loads(json.dumps(answer)))

    def _waited_for(self, op: str, message: Message, within_s: float) -> Message:
        answers: SimpleQueue[Message] = SimpleQueue()
        came = self._threads.condition()

        def work() -> None:
            answers.put(self._answer(op, message))
            with came:
                came.notify_all()

        if op in AT_ONCE:
            return self._answer(op, message)
        latest_s = self._threads.now_s() + within_s
        self._threads.start(f"broker-{op}", work)
        with came:
            while answers.empty():
                left_s = latest_s - self._threads.now_s()
                if left_s <= 0:
                    raise LinkError(f"the gateway did not answer `{op}` in {within_s:g} s")
                self._threads.wait(came, left_s)
        return answers.get()

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
