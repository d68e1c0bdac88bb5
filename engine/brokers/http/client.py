"""Sends calls over HTTPS: hard timeouts, bounded answers, and no order sent twice."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Final

from engine.brokers.http.bounded_json import LONGEST, UnreadableError
from engine.brokers.http.call import Answer, Call, Failure, Lost
from engine.brokers.http.clock_offset import ClockOffset
from engine.brokers.http.governor import Governor, NoTurnError
from engine.brokers.http.raw import Listener, RawAnswer, read_again
from engine.brokers.http.redaction import Redactor, kept_headers
from engine.market.clock import WaitingClock

if TYPE_CHECKING:
    import httpx2

CONNECT_S: Final = 1.0
ORDER_S: Final = 1.5
BOOKS_S: Final = 3.0
POOL_S: Final = 0.2
"""Seconds: to connect, for the answer about an order, for books and chains, for a connection."""

TRIES: Final = 2
"""Of a call that changes nothing."""

_JITTER_S: Final = 0.2
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_CONNECTIONS: Final = 16


class MissingPackageError(Exception):
    """A package of an extra is not installed; the text says how to install it."""


class HttpClient:
    """One host's connections; `send` may be called from any thread.

    Args:
        base: `https://host`; plain http on this machine alone.
        headers: of every request: the keys, the agent. They are shown and written nowhere.
        governor: of this host and account.
        clock: real time.
        chance: for the wait before a second try.
        redactor: of error texts, and of every text in an answer.
        transport: in place of the network; for tests.

    Raises:
        MissingPackageError: httpx2 is not installed.
        ValueError: the host is not one that may be called.
    """

    def __init__(
        self,
        base: str,
        headers: Callable[[], Mapping[str, str]],
        governor: Governor,
        clock: WaitingClock,
        chance: random.Random,
        redactor: Redactor,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        try:
            import httpx2
        except ImportError:
            raise MissingPackageError(
                "a real broker needs httpx2: pip install 'legdesk[alpaca]'"
            ) from None
        self._library = httpx2
        url = httpx2.URL(base)
        if url.scheme != "https" and url.host not in _LOOPBACK:
            raise ValueError(f"{url.host} is called over https only")
        self._headers, self._governor, self._clock = headers, governor, clock
        self._chance, self._redactor = chance, redactor
        self.offset = ClockOffset()
        self._listener: Listener = lambda raw: None
        self._client = httpx2.Client(
            base_url=base,
            transport=transport,
            verify=True,
            trust_env=False,
            follow_redirects=False,
            limits=httpx2.Limits(
                max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
            ),
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )

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
        self._client.close()

    def _once(self, call: Call) -> Answer | Lost:
        read_s = BOOKS_S if call.books else ORDER_S
        try:
            request = self._request(call, read_s)
        except Exception as error:  # keys that are gone, values that no request can have
            return Lost(Failure.NOT_WRITABLE, self._shown(error))
        try:
            self._governor.take_turn(call.priority)
        except NoTurnError as error:
            return Lost(Failure.NO_TURN, str(error))
        sent_s, began_s = self._clock.epoch_s(), self._clock.now_s()
        try:
            response = self._client.send(request, stream=True)
            try:
                data = self._read(response, began_s + CONNECT_S + read_s)
            finally:
                response.close()
        except UnreadableError as error:
            return self._lost(call, sent_s, Failure.NOT_READABLE, self._redactor.text(error))
        except Exception as error:
            return self._lost(call, sent_s, self._failure(error), self._shown(error))
        return self._answer(call, response, data, sent_s)

    def _lost(self, call: Call, sent_s: float, failure: Failure, text: str) -> Lost:
        received_s = self._clock.epoch_s()
        self._listener(RawAnswer(call, 0, {}, b"", sent_s, received_s, failure))
        return Lost(failure, text)

    def _request(self, call: Call, read_s: float) -> httpx2.Request:
        return self._client.build_request(
            call.method,
            call.path,
            params=list(call.query) or None,
            json=None if call.form else call.body,
            data=dict(call.body or {}) if call.form else None,
            headers=dict(self._headers()),
            timeout=self._library.Timeout(read_s, connect=CONNECT_S, pool=POOL_S),
        )

    def _shown(self, error: Exception) -> str:
        return self._redactor.text(f"{type(error).__name__}: {error}")

    def _read(self, response: httpx2.Response, latest_s: float) -> bytes:
        """The whole body, within its bounds."""
        if response.headers.get("content-encoding", "identity") != "identity":
            raise UnreadableError("the answer is compressed, which nobody asked for")
        blocks, size = [], 0
        for block in response.iter_bytes():
            blocks.append(block)
            size += len(block)
            if size > LONGEST:
                raise UnreadableError(f"the answer is longer than {LONGEST:,} bytes")
            if self._clock.now_s() > latest_s:
                raise self._library.ReadTimeout("the answer did not end in time")
        return b"".join(blocks)

    def _failure(self, error: Exception) -> Failure:
        """What an error of the connection means; whatever is not listed may have left."""
        library = self._library
        kinds: tuple[tuple[type[Exception], Failure], ...] = (
            (library.ConnectTimeout, Failure.CONNECT_TIMEOUT),
            (library.ConnectError, Failure.NOT_CONNECTED),
            (library.PoolTimeout, Failure.NO_FREE_CONNECTION),
            (library.WriteError, Failure.NOT_WRITTEN),
            (library.WriteTimeout, Failure.NOT_WRITTEN),
            (library.ReadTimeout, Failure.NO_ANSWER),
        )
        return next((failure for kind, failure in kinds if isinstance(error, kind)), Failure.BROKEN)

    def _answer(
        self, call: Call, response: httpx2.Response, data: bytes, sent_s: float
    ) -> Answer | Lost:
        received_s = self._clock.epoch_s()
        headers = kept_headers(response.headers.multi_items())
        if "date" in headers:
            self.offset.hear(headers["date"], sent_s, received_s)
        if response.status_code == 429:
            self._governor.refused(_number(headers, "retry-after"))
        left = _number(headers, "x-ratelimit-remaining", "x-ratelimit-available")
        reset_s = _number(headers, "x-ratelimit-reset", "x-ratelimit-expiry")
        if left is not None:
            after_s = None if reset_s is None else _seconds_from(reset_s, received_s)
            self._governor.hear(int(left), after_s)
        raw = RawAnswer(call, response.status_code, headers, data, sent_s, received_s)
        self._listener(raw)
        return read_again(raw, self._redactor)


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
