"""The client's socket to an exchange in another process: requests, reports, reconnects."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from contextlib import suppress
from pathlib import Path
from typing import Any, Final, Protocol

from engine.brokers.remote.frames import VERSION, Frames, WireError, cleaned, packed, whole

ANSWER_WITHIN_S: Final = 2.0
"""Real seconds that an answer may take."""

OPENS_WITHIN_S: Final = 10.0
"""Real seconds that an exchange may take to answer a desk that begins: it may only be busy."""

AGAIN_AFTER_S: Final = (0.02, 0.05, 0.1, 0.25, 0.5)
"""Real seconds between attempts to connect; the last of them from then on."""

_PIECE: Final = 1 << 18


class LinkError(ConnectionError):
    """The exchange cannot be reached, did not answer, or refused; the text says which."""


class NobodyThereError(LinkError):
    """Nothing listens at the socket."""


class ClosedError(LinkError):
    """What listens at the socket closed the connection and said nothing: it may be ending."""


class RefusedByExchangeError(LinkError):
    """The exchange answered with an error.

    Args:
        text: what it says.
        code: NOT_SENT, THROTTLED or REFUSED where it is certain that nothing was done; else "".
    """

    def __init__(self, text: str, code: str = "") -> None:
        super().__init__(text)
        self.code = code


class Asking(Protocol):
    """What carries a desk's requests to whoever holds its account."""

    told: dict[str, Any]

    @property
    def connected(self) -> bool:
        """Whether requests are carried now."""
        ...

    def ask(self, op: str, within_s: float = ANSWER_WITHIN_S, **arguments: Any) -> Any:
        """Ask and wait for the answer; see `Link.ask`."""
        ...

    def close(self) -> None:
        """Close the connection for good."""
        ...


class Link:
    """A socket that reconnects whenever it breaks; methods may be called from any thread.

    Args:
        path: the socket.
        role: "desk", which hears reports; "guard", which only asks and cancels; "look", which sees
            quotes and no account.
        account: whose orders; "" to look.

    Attributes:
        told: what the other side said of itself when it was last connected.
    """

    def __init__(self, path: Path, role: str, account: str) -> None:
        self.path = path
        self._on_push: Callable[[dict[str, Any]], None] = lambda message: None
        self._on_reconnect: Callable[[], None] = lambda: None
        self._hello = {"version": VERSION, "role": role, "account": account, "pid": os.getpid()}
        self.told: dict[str, Any] = {}
        self._since: int | None = None
        self._unread: int | None = None
        self._socket: socket.socket | None = None
        self._frames = Frames()
        self._early: list[dict[str, Any]] = []
        self._sending = threading.Lock()
        self._waiting: dict[int, Future[Any]] = {}
        self._count = 0
        self._lock = threading.Lock()
        self._over = threading.Event()
        self._reader: threading.Thread | None = None

    @property
    def connected(self) -> bool:
        """Whether the socket is open now."""
        return self._socket is not None

    # ------------------------------------------------------------------ connecting

    def open(self) -> dict[str, Any]:
        """Connect, say who we are and listen; return what the exchange says of itself.

        Raises:
            LinkError: nothing listens there, or the exchange refused us.
        """
        facts = self.connect()
        self.start()
        return facts

    def start(
        self,
        on_push: Callable[[dict[str, Any]], None] | None = None,
        on_reconnect: Callable[[], None] | None = None,
    ) -> None:
        """Begin to listen for answers and reports; after `connect`.

        Args:
            on_push: takes each pushed message; those with a number in order, each once.
            on_reconnect: called after a reconnect, in a thread that may ask.
        """
        if on_push is not None:
            self._on_push = on_push
        if on_reconnect is not None:
            self._on_reconnect = on_reconnect
        self._reader = threading.Thread(target=self._read_on, name="exchange-link", daemon=True)
        self._reader.start()

    def close(self) -> None:
        """Close the connection for good."""
        self._over.set()
        self._drop("the connection was closed here")

    def connect(self, within_s: float = ANSWER_WITHIN_S) -> dict[str, Any]:
        """Connect and say who we are, without listening yet; see `open`.

        Args:
            within_s: real seconds that each step of it may take.
        """
        opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        opened.settimeout(within_s)
        try:
            opened.connect(str(self.path))
            opened.sendall(packed({"id": 0, "op": "hello", **self._hello, "since": self._since}))
            frames = Frames()
            messages: list[dict[str, Any]] = []
            while not messages:
                piece = opened.recv(_PIECE)
                if not piece:
                    raise ConnectionResetError
                messages = frames.feed(piece)
            facts: dict[str, Any] = answer_of(messages[0])
            spoken, seq = facts.get("version", 1), whole(facts["seq"])
            if spoken != VERSION:
                raise LinkError(
                    f"what answers at {self.path} speaks version {str(spoken)[:8]} of the wire and "
                    f"this program version {VERSION}; start both with the same version of Legdesk"
                )
        except LinkError:
            opened.close()
            raise
        except (
            TimeoutError,
            BlockingIOError,
        ):  # somebody listens; nothing came, or the queue is full
            opened.close()
            raise LinkError(
                f"the exchange at {self.path} did not answer in {within_s:g} s; it is busy or "
                "hangs: try again, or look at what it says"
            ) from None
        except (ConnectionResetError, BrokenPipeError):
            opened.close()
            raise ClosedError(
                f"the exchange at {self.path} closed the connection; it may be ending: try again"
            ) from None
        except OSError as error:
            opened.close()
            raise NobodyThereError(
                f"no exchange answers at {self.path}: {error.strerror or error}; start one with "
                "`legdesk exchange`"
            ) from None
        except (WireError, LookupError, TypeError, AttributeError) as error:
            opened.close()
            raise LinkError(
                f"what answers at {self.path} is no exchange of this version: {error}; name the "
                "socket of one that `legdesk exchange` runs"
            ) from None
        opened.settimeout(ANSWER_WITHIN_S)
        if self._since is None or seq < self._since:
            self._since = seq  # a process begun with the time set back counts from a lower number
        self._frames = frames
        self._early = messages[1:]
        self.told = facts
        self._socket = opened
        return facts

    def _read_on(self) -> None:
        while not self._over.is_set():
            current = self._socket
            if current is None:
                self._reconnect()
                continue
            early, self._early = self._early, []
            try:
                for message in early:
                    self._take(message)
                piece = current.recv(_PIECE)
                if not piece:
                    raise ConnectionError("closed by the exchange")
                for message in self._frames.feed(piece):
                    self._take(message)
            except TimeoutError:
                continue
            except (OSError, WireError) as error:  # what was missed is told again after a reconnect
                self._drop(str(error))

    def _reconnect(self) -> None:
        tries = 0
        while not self._over.wait(AGAIN_AFTER_S[min(tries, len(AGAIN_AFTER_S) - 1)]):
            tries += 1
            try:
                self.connect()
            except LinkError:
                continue
            threading.Thread(target=self._on_reconnect, name="exchange-again", daemon=True).start()
            return

    def _drop(self, reason: str) -> None:
        with self._lock:
            broken, self._socket = self._socket, None
            waiting, self._waiting = self._waiting, {}
        if broken is not None:
            with suppress(OSError):  # it is broken already
                broken.shutdown(socket.SHUT_RDWR)
            broken.close()
        for answer in waiting.values():
            if not answer.done():
                answer.set_exception(LinkError(f"the connection to the exchange broke: {reason}"))

    # ------------------------------------------------------------------ talking

    def ask(self, op: str, within_s: float = ANSWER_WITHIN_S, **arguments: Any) -> Any:
        """Ask and wait for the answer.

        Args:
            op: the request.
            within_s: real seconds for the answer.
            arguments: of the request.

        Raises:
            RefusedByExchangeError: the exchange refused.
            LinkError: not connected, broken meanwhile, or no answer in time: it is not known
                whether the exchange did it.
        """
        answer: Future[Any] = Future()
        with self._lock:
            current = self._socket
            if current is None:
                raise LinkError(f"not connected to the exchange at {self.path}; nothing was sent")
            self._count += 1
            number = self._count
            self._waiting[number] = answer
        self._send(current, {"id": number, "op": op, **arguments})
        try:
            return answer.result(within_s)
        except NoAnswer:
            raise LinkError(f"the exchange did not answer `{op}` in {within_s:g} s") from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)

    def _send(self, current: socket.socket, message: dict[str, Any]) -> None:
        try:
            with self._sending:
                current.sendall(packed(message))
        except OSError as error:  # half a frame may have been sent: the connection is useless now
            if current is self._socket:
                self._drop(str(error))
            raise LinkError(f"the exchange took no request: {error}") from None

    def _take(self, message: dict[str, Any]) -> None:
        """Take an answer or a report.

        Raises:
            WireError: it is neither. A report that cannot be read is asked for once more, by a
                reconnect; the second time it is passed over, and every order asked about.
        """
        if "health" in message:
            self._on_push(message)
            return
        if "seq" in message:
            seq = whole(message["seq"])
            if self._since is None or seq > self._since:
                try:
                    self._on_push(message)
                except WireError:
                    if self._unread == seq:
                        self._since = seq
                    self._unread = seq
                    raise
                self._since = seq
            return
        with self._lock:
            answer = self._waiting.get(whole(message.get("id", -1)))
        if answer is None or answer.done():
            return
        try:
            answer.set_result(answer_of(message))
        except LinkError as refusal:
            answer.set_exception(refusal)


def answer_of(message: dict[str, Any]) -> Any:
    """What an answer says was done or is so.

    Raises:
        RefusedByExchangeError: it says that nothing was, or is an error.
    """
    if "ok" in message:
        return message["ok"]
    raise RefusedByExchangeError(
        cleaned(message.get("error", "no answer and no error"), 300),
        cleaned(message.get("code", ""), 16),
    )
