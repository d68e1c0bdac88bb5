"""Sends calls to one host: in their turn, with bounded answers, and no order sent twice."""

from __future__ import annotations

import random
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from engine.brokers.http.call import Answer, Call, Failure, Lost
from engine.brokers.http.clock_offset import ClockOffset
from engine.brokers.http.governor import Governor, NoTurnError
from engine.brokers.http.network import Network, Reply
from engine.brokers.http.raw import Listener, RawAnswer, read_again
from engine.brokers.http.redaction import Redactor, kept_headers
from engine.market.clock import WaitingClock

ORDER_S: Final = 1.5
BOOKS_S: Final = 3.0
"""Seconds: for the answer about an order, for books and chains."""

TRIES: Final = 2
"""Of a call that changes nothing."""

_JITTER_S: Final = 0.2
_LONGEST_WORDS: Final = 300


class ExchangeError(Exception):
    """An exchange raised what nobody foresaw; without secrets, for it may reach log and screen."""


class HttpClient:
    """One host's calls; `send` may be called from any thread.

    Args:
        network: the host's connections.
        headers: of every request: the keys, the agent. They are shown and written nowhere.
        governor: of this host and account.
        clock: on which calls wait.
        chance: for the wait before a second try.
        redactor: of error texts, and of every text in an answer.
    """

    def __init__(
        self,
        network: Network,
        headers: Callable[[], Mapping[str, str]],
        governor: Governor,
        clock: WaitingClock,
        chance: random.Random,
        redactor: Redactor,
    ) -> None:
        self._network, self._headers = network, headers
        self._governor, self._clock = governor, clock
        self._chance, self._redactor = chance, redactor
        self.offset = ClockOffset(clock)
        self._listener: Listener = lambda raw: None

    def tell(self, listener: Listener) -> None:
        """Hand every answer from now on to a listener, each try and each failure too."""
        self._listener = listener

    def send(self, call: Call) -> Answer | Lost:
        """Send a call when its turn comes, and wait for the answer.

        A GET that brought none is tried once more; nothing else ever is.
        """
        result = self._once(call)
        for _ in range(1, TRIES if call.repeatable else 1):
            again = (
                result.failure is not Failure.NO_TURN
                if isinstance(result, Lost)
                else (result.status >= 500)
            )
            if not again:
                break
            waiting = threading.Condition()
            with waiting:
                self._clock.wait(waiting, self._chance.random() * _JITTER_S)
            result = self._once(call)
        return result

    def close(self) -> None:
        """Close every connection."""
        self._network.close()

    def _once(self, call: Call) -> Answer | Lost:
        read_s = BOOKS_S if call.books else ORDER_S
        try:
            exchange = self._network.prepare(call, self._headers(), read_s)
        except Exception as error:  # keys that are gone, values that no request can have
            text = f"{type(error).__name__}: {error}"
            return Lost(Failure.NOT_WRITABLE, self._redactor.text(text))
        try:
            self._governor.take_turn(call.priority)
        except NoTurnError as error:
            return Lost(Failure.NO_TURN, str(error))
        sent_s, began_s = self._clock.epoch_s(), self._clock.now_s()
        try:
            reply = exchange()
        except Exception as error:  # nobody foresaw it: its text may have the request's headers
            raise ExchangeError(self._redactor.text(_words(error), _LONGEST_WORDS)) from None
        if isinstance(reply, Lost):
            received_s = self._clock.epoch_s()
            self._listener(RawAnswer(call, 0, {}, b"", sent_s, received_s, reply.failure))
            return Lost(reply.failure, self._redactor.text(reply.text))
        return self._answer(call, reply, sent_s, began_s)

    def _answer(self, call: Call, reply: Reply, sent_s: float, began_s: float) -> Answer | Lost:
        received_s = self._clock.epoch_s()
        headers = kept_headers(reply.headers)
        if "date" in headers:
            self.offset.hear(headers["date"], began_s, self._clock.now_s())
        if reply.status == 429:
            self._governor.refused(_number(headers, "retry-after"))
        left = _number(headers, "x-ratelimit-remaining", "x-ratelimit-available")
        reset_s = _number(headers, "x-ratelimit-reset", "x-ratelimit-expiry")
        if left is not None:
            after_s = None if reset_s is None else _seconds_from(reset_s, received_s)
            self._governor.hear(int(left), after_s)
        raw = RawAnswer(call, reply.status, headers, reply.data, sent_s, received_s)
        self._listener(raw)
        return read_again(raw, self._redactor)


def _words(error: Exception) -> str:
    """An error with the place that it comes from."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}: {error}"


def _number(headers: Mapping[str, str], *names: str) -> float | None:
    for name in names:
        text = headers.get(name, "")
        if text.isascii() and text.isdigit() and len(text) <= 15:
            return float(text)
    return None


def _seconds_from(reset_s: float, now_s: float) -> float:
    """Seconds until a reset, told as seconds, as an epoch second or as an epoch millisecond."""
    if reset_s > 1e11:
        reset_s /= 1000
    return reset_s - now_s if reset_s > 1e8 else reset_s
