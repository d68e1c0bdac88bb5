"""The wire between a gateway and Alpaca in virtual time: calls take time, get lost and lie.

A call is answered by the account as it is when the request arrives. What the caller is told may
differ in every way in which a network and a broker's front door can fail.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Mapping
from functools import partial
from typing import Any, Final, Protocol

from engine.brokers.http.call import Call, Failure, Lost
from engine.brokers.http.network import CONNECT_S, POOL_S, Exchange, Reply
from engine.brokers.protocol import Timer
from engine.exchange.alpaca.account import AlpacaAccount
from engine.exchange.alpaca.faults import (
    ABOUT_ANY,
    ABOUT_CANCEL,
    ABOUT_LOOK,
    ABOUT_SUBMIT,
    WireFault,
    WireFaults,
)
from engine.exchange.alpaca.orders import request_of
from engine.exchange.seeding import Draws, LogNormalDelays
from engine.exchange.wire_log import WireLog

CALLS_A_MINUTE: Final = 200
"""Alpaca's limit; a call beyond it is answered 429."""

MEDIAN_S: Final = 0.03
"""Seconds of one way, in the middle; the other half takes longer."""

LATE_S: Final = (0.1, 8.0)
"""Seconds after its caller gave up at which a late request arrives."""

_SPREAD: Final = 0.5
_WINDOW_S: Final = 60.0
_HTML: Final = b"<html><body>We will be back soon.</body></html>"
_JSON: Final = ("Content-Type", "application/json")

Answer = tuple[int, Any]


class WireClock(Protocol):
    """Time that passes while somebody waits."""

    def now_s(self) -> float:
        """Monotonic seconds."""
        ...

    def epoch_s(self) -> float:
        """Seconds since 1970-01-01 UTC."""
        ...

    def sleep(self, seconds: float) -> None:
        """Wait for time to pass."""
        ...


class AlpacaWire:
    """The way to one account.

    Args:
        account: answers.
        faults: decides what goes wrong.
        timer: calls back at an epoch second, in order.
        draws: how long each way takes.

    Attributes:
        log: every order, cancel and question that left, whether or not it arrived.
    """

    def __init__(
        self,
        account: AlpacaAccount,
        faults: WireFaults,
        timer: Timer,
        draws: Draws,
    ) -> None:
        self.account, self.faults, self.timer = account, faults, timer
        self._draws, self._delays = draws, LogNormalDelays(_SPREAD)
        self._lately: deque[float] = deque()
        self.log = WireLog()

    def through(self, clock: WireClock) -> AlpacaConnections:
        """The connections of a caller who waits on a clock."""
        return AlpacaConnections(self, clock)

    def one_way_s(self) -> float:
        """Seconds that a message takes."""
        return self._delays.draw(self._draws, MEDIAN_S)

    def is_one_too_many(self, now_s: float) -> bool:
        """Count a call that arrives; whether there were too many of late."""
        while self._lately and self._lately[0] <= now_s - _WINDOW_S:
            self._lately.popleft()
        if len(self._lately) >= CALLS_A_MINUTE:
            return True
        self._lately.append(now_s)
        return False

    def reply(self, status: int, told: Any, now_s: float) -> Reply:
        """An answer with Alpaca's headers."""
        left, reset_s = max(0, CALLS_A_MINUTE - len(self._lately)), now_s + _WINDOW_S
        if self._lately:
            reset_s = self._lately[0] + _WINDOW_S
        if status == 429 and left:  # a fault: it passes soon
            left, reset_s = 0, now_s + 2.0
        headers = (
            _JSON,
            ("X-RateLimit-Limit", str(CALLS_A_MINUTE)),
            ("X-RateLimit-Remaining", str(left)),
            ("X-RateLimit-Reset", str(int(reset_s) + 1)),
        )
        return Reply(status, headers, b"" if told is None else json.dumps(told).encode())


class AlpacaConnections:
    """One caller's connections in virtual time (`Network`).

    Args:
        wire: the way.
        clock: on which the caller waits.
    """

    def __init__(self, wire: AlpacaWire, clock: WireClock) -> None:
        self._wire, self._clock = wire, clock
        self._account, self._faults, self._timer = wire.account, wire.faults, wire.timer

    def prepare(self, call: Call, headers: Mapping[str, str], read_s: float) -> Exchange:
        """What sends a call; its values are those that a request would carry.

        Raises:
            TypeError, ValueError: JSON has no words for them.
        """
        body = None if call.body is None else json.loads(json.dumps(call.body))
        return partial(self._send, call, body, read_s)

    def close(self) -> None:
        """Nothing is kept open."""

    # ------------------------------------------------------------------ one call

    def _send(self, call: Call, body: Any, read_s: float) -> Reply | Lost:
        fault = self._drawn(call)
        match fault:
            case WireFault.NOT_CONNECTED:
                return Lost(Failure.NOT_CONNECTED, "ConnectError: refused")
            case WireFault.CONNECT_TIMEOUT:
                return self._lost(CONNECT_S, Failure.CONNECT_TIMEOUT)
            case WireFault.POOL_FULL:
                return self._lost(POOL_S, Failure.NO_FREE_CONNECTION)
        self._note(call, body)
        up_s, down_s = self._wire.one_way_s(), self._wire.one_way_s()
        match fault:
            case WireFault.REQUEST_LOST:
                return self._lost(read_s, Failure.NO_ANSWER)
            case WireFault.REQUEST_LATE:
                late_s = read_s + self._faults.between("wire/late", *LATE_S)
                self._arrive(call, body, late_s)
                return self._lost(read_s, Failure.NO_ANSWER)
            case WireFault.WRITE_BROKEN:
                if self._faults.index("wire/written", 2):
                    self._arrive(call, body, up_s)
                return self._lost(up_s, Failure.NOT_WRITTEN)
        refused = self._refused(fault)
        if refused is not None:
            self._clock.sleep(up_s + down_s)
            return self._reply(*refused)
        if fault is WireFault.CANCEL_CROSSED:
            self._account.cross(call.path.rpartition("/")[2])
        answers = self._arrive(call, body, up_s)
        match fault:
            case WireFault.REPLY_LOST:
                return self._lost(read_s, Failure.NO_ANSWER)
            case WireFault.REPLY_SLOW:
                down_s += self._faults.between("wire/slow", 0.1, read_s - up_s - down_s)
        self._clock.sleep(up_s + down_s)
        return self._as_told(fault, *answers[0])

    def _drawn(self, call: Call) -> WireFault | None:
        """The fault of a call; None for none."""
        kinds = ABOUT_ANY
        if call.path.startswith("/v2/orders"):
            about = {"POST": ABOUT_SUBMIT, "DELETE": ABOUT_CANCEL}.get(call.method)
            one = call.path != "/v2/orders"
            kinds = kinds | (about or (ABOUT_LOOK if one else frozenset()))
        strikes = self._faults.strikes
        return next((each for each in WireFault if each in kinds and strikes(each)), None)

    def _note(self, call: Call, body: Any) -> None:
        """Note what leaves, as its bytes say it."""
        now_s = self._clock.epoch_s()
        match call.method, call.path.strip("/").split("/"):
            case "POST", ["v2", "orders"]:
                self._wire.log.submit(request_of(body), now_s)
            case "DELETE", ["v2", "orders", broker_id]:
                self._wire.log.cancel(self._account.client_id(broker_id), now_s)
            case "GET", ["v2", "orders", broker_id]:
                self._wire.log.query(self._account.client_id(broker_id), now_s)
            case "GET", ["v2", "orders:by_client_order_id"]:
                self._wire.log.query(dict(call.query)["client_order_id"], now_s)

    def _arrive(self, call: Call, body: Any, after_s: float) -> list[Answer]:
        """Let a request arrive after a while; its answer is in the list then."""
        answers: list[Answer] = []

        def answer() -> None:
            if self._wire.is_one_too_many(self._clock.now_s()):
                answers.append((429, {"message": "too many requests."}))
            else:
                answers.append(self._account.answer(call.method, call.path, dict(call.query), body))

        self._timer(self._clock.now_s() + after_s, answer)
        return answers

    # ------------------------------------------------------------------ what the caller is told

    @staticmethod
    def _refused(fault: WireFault | None) -> Answer | None:
        """The answer to a request that was not done; None where it is."""
        match fault:
            case WireFault.ERROR_BEFORE:
                return 503, {"message": "service unavailable"}
            case WireFault.THROTTLED:
                return 429, {"message": "too many requests."}
            case WireFault.KEYS_REFUSED:
                return 401, {"message": "unauthorized."}
            case WireFault.ORDER_REFUSED:
                return 403, {"code": 40310000, "message": "insufficient qty available for order"}
            case WireFault.CANCEL_IGNORED:
                return 204, None
            case WireFault.CANCEL_TOO_LATE:
                return 422, {"code": 42210000, "message": "order is no longer cancelable"}
            case WireFault.ORDER_FORGOTTEN:
                return 404, {"code": 40410000, "message": "order not found"}
        return None

    def _as_told(self, fault: WireFault | None, status: int, told: Any) -> Reply | Lost:
        """What reaches the caller of the answer to a request that was done."""
        reply = self._reply(status, told)
        match fault:
            case WireFault.RESET:
                return Lost(Failure.BROKEN, "RemoteProtocolError: peer closed")
            case WireFault.ERROR_AFTER:
                return self._reply(502, None)
            case WireFault.HTML:
                return Reply(200, (("Content-Type", "text/html"),), _HTML)
            case WireFault.CUT_SHORT:
                return reply._replace(data=reply.data[: len(reply.data) // 2])
            case WireFault.NAMELESS if isinstance(told, dict):
                return self._reply(status, {k: v for k, v in told.items() if k != "id"})
            case WireFault.THROTTLED_TAKEN:
                return self._reply(429, {"message": "too many requests."})
            case WireFault.ID_USED:
                return self._reply(
                    422, {"code": 40010001, "message": "client_order_id must be unique"}
                )
        return reply

    def _reply(self, status: int, told: Any) -> Reply:
        return self._wire.reply(status, told, self._clock.epoch_s())

    def _lost(self, after_s: float, failure: Failure) -> Lost:
        self._clock.sleep(after_s)
        return Lost(failure, failure.name)
