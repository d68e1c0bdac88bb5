"""What can go wrong with a gateway and between it and its broker, and how often by profile."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from engine.exchange.faults.chance import FaultDraws, Range, rates_of


class WireFault(StrEnum):
    """A fault of wire or gateway, in the words of reports and of docs/simulation.md."""

    NOT_CONNECTED = "no connection"
    CONNECT_TIMEOUT = "no connection in time"
    POOL_FULL = "every connection in use"
    REQUEST_LOST = "request lost on its way"
    REQUEST_LATE = "request arrived after its caller gave up"
    WRITE_BROKEN = "connection broke while the request was sent"
    REPLY_LOST = "reply lost after it was done"
    REPLY_SLOW = "reply late, but in time"
    RESET = "connection reset after it was done"
    ERROR_BEFORE = "5xx, nothing done"
    ERROR_AFTER = "5xx after it was done"
    HTML = "HTML with status 200"
    CUT_SHORT = "JSON cut short"
    NAMELESS = "an order without its id"
    THROTTLED = "429"
    THROTTLED_TAKEN = "429 after it was done"
    KEYS_REFUSED = "keys refused (401)"
    ORDER_REFUSED = "order refused (403)"
    ID_USED = "id told as used (422), order taken"
    CANCEL_IGNORED = "cancel accepted (204), nothing done"
    CANCEL_TOO_LATE = "cancel told as too late (422), order works"
    CANCEL_CROSSED = "execution crossed the cancel"
    ORDER_FORGOTTEN = "order told as absent (404)"
    ANSWER_BEHIND = "answers behind an execution"
    EVENT_LOST = "event lost"
    EVENT_TWICE = "event twice"
    EVENT_LATE = "event after later ones"
    EVENT_GARBLED = "event cut short"
    STREAM_SILENT = "stream silent for a while"
    STREAM_CLOSED = "stream closed"
    STREAM_REFUSED = "stream not opened"
    GATEWAY_KILLED = "gateway killed, and started again"


_ANY: Final[dict[WireFault, Range]] = {
    WireFault.NOT_CONNECTED: (0.002, 0.02),
    WireFault.CONNECT_TIMEOUT: (0.002, 0.015),
    WireFault.POOL_FULL: (0.001, 0.01),
    WireFault.REQUEST_LOST: (0.002, 0.02),
    WireFault.WRITE_BROKEN: (0.002, 0.02),
    WireFault.REPLY_LOST: (0.005, 0.03),
    WireFault.REPLY_SLOW: (0.02, 0.15),
    WireFault.RESET: (0.002, 0.02),
    WireFault.ERROR_BEFORE: (0.002, 0.02),
    WireFault.ERROR_AFTER: (0.002, 0.02),
    WireFault.HTML: (0.002, 0.015),
    WireFault.CUT_SHORT: (0.002, 0.015),
}
_ORDERS: Final[dict[WireFault, Range]] = {
    WireFault.REQUEST_LATE: (0.002, 0.02),
    WireFault.NAMELESS: (0.002, 0.015),
    WireFault.ORDER_REFUSED: (0.005, 0.04),
    WireFault.ID_USED: (0.002, 0.015),
    WireFault.CANCEL_IGNORED: (0.01, 0.06),
    WireFault.CANCEL_TOO_LATE: (0.01, 0.06),
    WireFault.CANCEL_CROSSED: (0.02, 0.15),
    WireFault.ORDER_FORGOTTEN: (0.005, 0.04),
    WireFault.ANSWER_BEHIND: (0.05, 0.50),
}
_RATES: Final[dict[WireFault, Range]] = {
    WireFault.THROTTLED: (0.005, 0.05),
    WireFault.THROTTLED_TAKEN: (0.002, 0.02),
    WireFault.KEYS_REFUSED: (0.001, 0.01),
}
_STREAM: Final[dict[WireFault, Range]] = {
    WireFault.EVENT_LOST: (0.02, 0.20),
    WireFault.EVENT_TWICE: (0.02, 0.20),
    WireFault.EVENT_LATE: (0.05, 0.30),
    WireFault.EVENT_GARBLED: (0.005, 0.05),
    WireFault.STREAM_SILENT: (0.002, 0.02),
    WireFault.STREAM_CLOSED: (0.002, 0.02),
    WireFault.STREAM_REFUSED: (0.05, 0.50),
}

WIRE_PROFILES: Final[Mapping[str, Mapping[WireFault, Range]]] = {
    "none": {},
    "calls": _ANY | _ORDERS,
    "rates": _RATES | {WireFault.REPLY_SLOW: (0.02, 0.15)},
    "stream": _STREAM
    | {WireFault.CANCEL_CROSSED: (0.02, 0.15), WireFault.ANSWER_BEHIND: (0.05, 0.50)},
    "deaths": {
        WireFault.GATEWAY_KILLED: (0.02, 0.10),
        WireFault.REPLY_SLOW: (0.05, 0.30),
        WireFault.REPLY_LOST: (0.005, 0.03),
        WireFault.CANCEL_CROSSED: (0.02, 0.15),
    },
    "everything": {WireFault.GATEWAY_KILLED: (0.0, 0.02)} | _ANY | _ORDERS | _RATES | _STREAM,
}
"""By profile, the range from which a run's probability of each fault is drawn."""

ABOUT_ANY: Final = frozenset(_ANY | _RATES)
"""Faults of any call."""

ABOUT_SUBMIT: Final = frozenset(
    {
        WireFault.REQUEST_LATE,
        WireFault.NAMELESS,
        WireFault.ORDER_REFUSED,
        WireFault.ID_USED,
    }
)
ABOUT_CANCEL: Final = frozenset(
    {
        WireFault.REQUEST_LATE,
        WireFault.CANCEL_IGNORED,
        WireFault.CANCEL_TOO_LATE,
        WireFault.CANCEL_CROSSED,
    }
)
ABOUT_LOOK: Final = frozenset({WireFault.NAMELESS, WireFault.ORDER_FORGOTTEN})
"""Faults of an order, of its cancel, and of a question about it, beside those of any call."""


class WireFaults(FaultDraws[WireFault]):
    """Decides when a fault of the wire strikes.

    Args:
        profile: one of WIRE_PROFILES; the run's probabilities are drawn from its ranges.
        seed: decides everything about them.

    Raises:
        ValueError: there is no such profile.
    """

    def __init__(self, profile: str, seed: int) -> None:
        super().__init__(seed, rates_of(WIRE_PROFILES, profile, seed))

    def start(self) -> None:
        """Let faults strike from now on."""
        self.on = True
