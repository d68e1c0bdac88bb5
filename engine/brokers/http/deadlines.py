"""One deadline around a whole exchange: name, connection, encryption, request, headers and body.

The library's time limits begin anew with every piece that comes, and it has none for the resolution
of names. So each of its steps gets what is left of the exchange's own time, and a name is resolved
in a thread that may be left behind.
"""

from __future__ import annotations

import ipaddress
import math
import socket
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from engine.market.clock import WaitingClock

if TYPE_CHECKING:
    import ssl

    from httpcore2 import NetworkBackend, NetworkStream

ADDRESSES_S: Final = 60.0
"""Seconds for which addresses of a name are good; later ones are asked for anew."""

KNOWN_WAIT_S: Final = 0.2
"""Seconds that a call waits for a name whose addresses of before are known."""


ADDRESS_LEAST_S: Final = 0.25
"""Seconds that every address gets that is tried, as long as there are so many."""

MOST_FAILED: Final = 64
"""Addresses of a name that are remembered as failed."""


class _Until(threading.local):
    """The deadline of each thread, a monotonic second."""

    latest_s: float = math.inf


class Deadlines:
    """The library's way to the network, with the deadline of the thread that uses it.

    Args:
        clock: real time.
    """

    def __init__(self, clock: WaitingClock) -> None:
        import httpcore2

        self._library, self._clock = httpcore2, clock
        self._inner: NetworkBackend = httpcore2.SyncBackend()
        self._names = Names(clock)
        self._until = _Until()
        self._good: dict[str, str] = {}
        self._failed: dict[str, list[str]] = {}

    def begin(self, latest_s: float) -> None:
        """An exchange of this thread begins.

        Args:
            latest_s: monotonic second by which it must have ended.
        """
        self._until.latest_s = latest_s

    def left_s(self, timeout: float | None, late: type[Exception]) -> float:
        """Seconds that a step may take.

        Args:
            timeout: its own limit, seconds; None for none.
            late: raised where nothing is left.
        """
        left_s = self._until.latest_s - self._clock.now_s()
        if left_s <= 0:
            raise late("it did not end in time")
        return left_s if timeout is None else min(left_s, timeout)

    # ------------------------------------------------------------------ what the library calls

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> Any:
        """A connection to the first address that takes it; to the last one that did, if it does.

        The addresses share what is left of the time; those that failed come last at the next call.
        """
        library = self._library
        until_s = self._clock.now_s() + self.left_s(timeout, library.ConnectTimeout)
        try:
            addresses = self._names.addresses(host, until_s)
        except TimeoutError as error:
            raise library.ConnectTimeout(str(error)) from None
        except OSError as error:
            raise library.ConnectError(f"{host} is not known: {error.strerror or error}") from None
        addresses, good = self._in_order(host, addresses), self._good.get(host)
        failed: Exception = library.ConnectError(f"{host} has no address")
        for at, address in enumerate(addresses):
            left_s = until_s - self._clock.now_s()
            if left_s <= 0:
                break
            shares = 2 if address == good else len(addresses) - at
            if at < len(addresses) - 1:
                left_s = min(left_s, max(left_s / shares, ADDRESS_LEAST_S))
            try:
                opened = self._inner.connect_tcp(
                    address, port, left_s, local_address, socket_options
                )
            except (library.ConnectError, library.ConnectTimeout) as error:
                failed = error
                self._put_last(host, address)
            else:
                self._good[host] = address
                return _Timed(opened, self)
        raise failed

    def _in_order(self, host: str, addresses: list[str]) -> list[str]:
        """The addresses: the one that was taken last, those that never failed, the others."""
        good, failed = self._good.get(host), self._failed.get(host, [])
        later = [each for each in failed if each in addresses]
        order = [*(each for each in addresses if each not in later), *later]
        return [good, *(each for each in order if each != good)] if good in order else order

    def _put_last(self, host: str, address: str) -> None:
        """An address was not reached."""
        if self._good.get(host) == address:
            self._good.pop(host, None)
        before = self._failed.get(host, [])[-MOST_FAILED:]
        self._failed[host] = [*(each for each in before if each != address), address]

    def connect_unix_socket(self, *given: Any, **named: Any) -> Any:
        """No broker is called so."""
        raise self._library.ConnectError("a broker is called over TCP only")

    def sleep(self, seconds: float) -> None:
        """Wait; the library does so before a second try, of which none is asked for."""
        self._inner.sleep(seconds)


class _Timed:
    """A connection whose every step ends by the deadline of the thread that takes it."""

    def __init__(self, inner: NetworkStream, deadlines: Deadlines) -> None:
        self._inner, self._deadlines = inner, deadlines
        self.close, self.get_extra_info = inner.close, inner.get_extra_info

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next bytes."""
        from httpcore2 import ReadTimeout

        return self._inner.read(max_bytes, self._deadlines.left_s(timeout, ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send bytes."""
        from httpcore2 import WriteTimeout

        self._inner.write(buffer, self._deadlines.left_s(timeout, WriteTimeout))

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _Timed:
        """The same connection, encrypted."""
        from httpcore2 import ConnectTimeout

        left_s = self._deadlines.left_s(timeout, ConnectTimeout)
        return _Timed(self._inner.start_tls(ssl_context, server_hostname, left_s), self._deadlines)


class Names:
    """Addresses of names, resolved aside and kept; used from any thread.

    A resolver that does not answer costs nobody more than the time he has, and nothing at all once
    a name has been resolved: its addresses of before are used then.

    Args:
        clock: real time.
    """

    def __init__(self, clock: WaitingClock) -> None:
        self._clock = clock
        self._changed = threading.Condition()
        self._known: dict[str, tuple[float, list[str]]] = {}
        self._failed: dict[str, OSError] = {}
        self._asked: set[str] = set()

    def addresses(self, host: str, until_s: float) -> list[str]:
        """The addresses of a name, the best first.

        Args:
            host: a name, or an address.
            until_s: monotonic second until which the caller waits.

        Raises:
            TimeoutError: it is not resolved yet.
            OSError: it cannot be resolved.
        """
        try:
            return [str(ipaddress.ip_address(host))]
        except ValueError:
            pass
        with self._changed:
            now_s = self._clock.now_s()
            known_s, known = self._known.get(host, (now_s - ADDRESSES_S, []))
            if known and now_s - known_s < ADDRESSES_S:
                return known
            self._failed.pop(host, None)
            if host not in self._asked:
                self._asked.add(host)
                threading.Thread(
                    target=self._ask, args=(host,), name="broker-name", daemon=True
                ).start()
            if known:
                until_s = min(until_s, now_s + KNOWN_WAIT_S)
            while host in self._asked and (left_s := until_s - self._clock.now_s()) > 0:
                self._clock.wait(self._changed, left_s)
            told = self._known.get(host)
            if told is not None:
                return told[1]
            if host in self._failed:
                raise self._failed[host]
            raise TimeoutError(f"the name {host} was not resolved in time")

    def _ask(self, host: str) -> None:
        """Resolve a name, in a thread of its own: nothing bounds how long that takes."""
        found: list[str] = []
        failed: OSError | None = None
        try:
            rows = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found = list(dict.fromkeys(str(row[4][0]) for row in rows))
        except OSError as error:
            failed = error
        finally:
            with self._changed:
                self._asked.discard(host)
                if found:
                    self._known[host] = self._clock.now_s(), found
                elif failed is not None:
                    self._failed[host] = failed
                self._changed.notify_all()
