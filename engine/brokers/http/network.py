"""The connections to one host over HTTPS, by httpx2: hard timeouts and bounded answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from engine.brokers.http.bounded_json import LONGEST, UnreadableError
from engine.brokers.http.call import Call, Failure, Lost
from engine.brokers.http.deadlines import Deadlines
from engine.market.clock import WaitingClock

if TYPE_CHECKING:
    import httpx2

CONNECT_S: Final = 1.0
POOL_S: Final = 0.2
"""Seconds: to connect, for a connection that another call uses."""

_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_CONNECTIONS: Final = 16


class MissingPackageError(Exception):
    """A package of an extra is not installed; the text says how to install it."""


class Reply(NamedTuple):
    """What came back, before anybody has read it.

    Attributes:
        status: of HTTP.
        headers: names and values, as they came.
        data: the whole body.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    data: bytes


Exchange = Callable[[], Reply | Lost]
"""Sends one request, once; its texts may hold secrets."""


class Network(Protocol):
    """One host's connections; used from any thread."""

    def prepare(self, call: Call, headers: Mapping[str, str], read_s: float) -> Exchange:
        """What sends a call, and gives up CONNECT_S and `read_s` seconds after it began.

        Raises:
            Exception: no request can have these values.
        """
        ...

    def close(self) -> None:
        """Close every connection."""
        ...


class HttpxNetwork:
    """The real one.

    Args:
        base: `https://host`; plain http on this machine alone.
        clock: real time.
        transport: in place of the network; for tests.
        proxy: `http://host:port` through which the broker is called; "" for none.

    Raises:
        MissingPackageError: httpx2 is not installed.
        ValueError: the host is not one that may be called.
    """

    def __init__(
        self,
        base: str,
        clock: WaitingClock,
        transport: httpx2.BaseTransport | None = None,
        proxy: str = "",
    ) -> None:
        try:
            import httpx2
        except ImportError:
            raise MissingPackageError(
                "a real broker needs httpx2: pip install 'legdesk[alpaca]'"
            ) from None
        self._library, self._clock = httpx2, clock
        url = httpx2.URL(base)
        if url.scheme != "https" and url.host not in _LOOPBACK:
            raise ValueError(f"{url.host} is called over https only")
        self._deadlines = Deadlines(clock)
        self._client = httpx2.Client(
            base_url=base,
            transport=transport or _transport(httpx2, self._deadlines, proxy),
            trust_env=False,
            follow_redirects=False,
            headers={"Accept": "application/json", "Accept-Encoding": "identity"},
        )

    def prepare(self, call: Call, headers: Mapping[str, str], read_s: float) -> Exchange:
        """What sends a call, and gives up CONNECT_S and `read_s` seconds after it began.

        Raises:
            Exception: no request can have these values.
        """
        request = self._client.build_request(
            call.method,
            call.path,
            params=list(call.query) or None,
            json=None if call.form else call.body,
            data=dict(call.body or {}) if call.form else None,
            headers=dict(headers),
            timeout=self._library.Timeout(read_s, connect=CONNECT_S, pool=POOL_S),
        )
        return lambda: self._send(request, read_s)

    def close(self) -> None:
        """Close every connection."""
        self._client.close()

    def _send(self, request: httpx2.Request, read_s: float) -> Reply | Lost:
        latest_s = self._clock.now_s() + CONNECT_S + read_s
        self._deadlines.begin(latest_s)
        try:
            response = self._client.send(request, stream=True)
            try:
                data = self._read(response, latest_s)
            finally:
                response.close()
        except UnreadableError as error:
            return Lost(Failure.NOT_READABLE, str(error))
        except Exception as error:
            return Lost(self._failure(error), f"{type(error).__name__}: {error}")
        return Reply(response.status_code, tuple(response.headers.multi_items()), data)

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
            (library.ProxyError, Failure.NOT_CONNECTED),  # it lets nothing through to the host
            (library.PoolTimeout, Failure.NO_FREE_CONNECTION),
            (library.WriteError, Failure.NOT_WRITTEN),
            (library.WriteTimeout, Failure.NOT_WRITTEN),
            (library.ReadTimeout, Failure.NO_ANSWER),
        )
        return next((failure for kind, failure in kinds if isinstance(error, kind)), Failure.BROKEN)


def _transport(library: Any, deadlines: Deadlines, proxy: str) -> httpx2.BaseTransport:
    """The library's own, whose pool reaches the network within deadlines.

    It takes no such part from outside; a test with a server that drips sees that it is used.
    """

    class Transport(library.HTTPTransport):  # type: ignore[misc]
        def __init__(self) -> None:
            limits = library.Limits(
                max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS
            )
            super().__init__(verify=True, trust_env=False, limits=limits, proxy=proxy or None)
            self._pool._network_backend = deadlines

    transport: httpx2.BaseTransport = Transport()
    return transport
