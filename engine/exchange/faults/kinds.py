"""Every fault the simulated exchange and its feed can have, by name."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class Fault(StrEnum):
    """What can go wrong, in the words of reports and of docs/simulation.md."""

    SUBMIT_LOST = "submit never arrived"
    SUBMIT_UNANSWERED = "submit timed out, order accepted"
    RATE_REFUSED = "rate refused (429)"
    CREDIT_REJECTED = "credit rejected after the debit filled"
    REJECT_STORM = "reject storm"
    CANCEL_REJECTED = "cancel rejected"
    CANCEL_ACK_LOST = "cancel ack lost"
    ORDER_NOT_FOUND = "order not found"
    POSITIONS_FAILED = "position query failed"
    DUPLICATE_ACK = "duplicate ack"
    DUPLICATE_FILL = "duplicate fill"
    FILL_BEFORE_ACK = "fill before ack"
    LEGS_BEFORE_COMBO = "leg fills before the combination's"
    LEGS_INSTEAD = "leg fills instead of the combination's"
    ONE_LEG = "one leg only reported"
    LATE_FILL = "late fill after the cancel ack"
    PARTIAL_CANCEL = "partial then cancel"
    PARTIAL_REJECT = "partial then reject"
    BUST = "bust"
    PRICE_CORRECTION = "price correction"
    GARBAGE = "garbage report"
    TRUNCATED = "truncated report"
    DISCONNECT = "disconnect"
    HALF_OPEN = "half-open socket"
    UNAUTHORIZED = "session refused (401)"
    REPLAY = "replay after reconnect"
    HALT = "trading halt"
    MANUAL_TRADE = "manual trade in the account"
    QUOTES_CROSSED = "crossed quotes"
    QUOTES_LOCKED = "locked quotes"
    QUOTES_NAN = "NaN quotes"
    QUOTES_INFINITE = "infinite quotes"
    QUOTES_ZERO = "zero quotes"
    QUOTES_NEGATIVE = "negative quotes"
    QUOTES_FROZEN = "frozen quotes"
    QUOTES_FUTURE = "future-dated quotes"
    QUOTES_HALF_MISSING = "half-missing quotes"
    QUOTES_OFF_TICK = "off-tick quotes"
    QUOTES_WIDE = "100 % wide quotes"
    FEED_ERROR = "feed call failed"
    ASSIGNMENT = "early assignment"
    ADJUSTED = "adjusted contract"
    SUSPENDED = "host suspended"


QUOTE_FAULTS: Final = tuple(fault for fault in Fault if fault.name.startswith("QUOTES_"))
"""Faults of the feed's quotes; the exchange trades on the true ones."""

TICK_S: Final = 5.0
"""Seconds between looks at the faults of EVERY_5_S."""

EVERY_5_S: Final = frozenset(
    {
        Fault.REJECT_STORM,
        Fault.GARBAGE,
        Fault.DISCONNECT,
        Fault.HALF_OPEN,
        Fault.UNAUTHORIZED,
        Fault.HALT,
        Fault.MANUAL_TRADE,
        Fault.ASSIGNMENT,
        Fault.ADJUSTED,
        Fault.SUSPENDED,
    }
)
"""Faults that need no order to begin: their probability is that of beginning within TICK_S."""

WAITING: Final = frozenset({Fault.ASSIGNMENT, Fault.ADJUSTED, Fault.SUSPENDED})
"""Those of them that wait until they can happen, one at a time: to a position, a chain, a host."""
