"""The life of an order as a table: every state, every trigger, where it leads."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class OrderState(StrEnum):
    """Where an order is in its life; UNKNOWN is a state of its own, never a guess."""

    NEW = "new"
    DENIED = "denied"
    RECORDED = "recorded"
    SENT = "sent"
    WORKING = "working"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCEL_SENT = "canceling"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Trigger(StrEnum):
    """What can happen to an order."""

    DENY = "deny"
    RECORD = "record"
    SEND = "send"
    ACK = "ack"
    FILL_SOME = "fill some"
    FILL_ALL = "fill all"
    CANCEL = "cancel"
    CANCELED = "canceled"
    CANCEL_REJECTED = "cancel rejected"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SILENCE = "silence"


S, T = OrderState, Trigger

LIVE: Final = frozenset({S.SENT, S.WORKING, S.PARTIAL, S.CANCEL_SENT, S.UNKNOWN})
"""States in which the broker may still execute the order as far as we know."""

TERMINAL: Final = frozenset({S.DENIED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED})
"""Ends. All but FILLED are provisional: a later execution is still booked."""


def _table() -> dict[tuple[OrderState, Trigger], OrderState]:
    table: dict[tuple[OrderState, Trigger], OrderState] = {
        (S.NEW, T.DENY): S.DENIED,
        (S.NEW, T.RECORD): S.RECORDED,
        (S.RECORDED, T.DENY): S.DENIED,
        (S.RECORDED, T.SEND): S.SENT,
        (S.RECORDED, T.ACK): S.WORKING,
        (S.RECORDED, T.FILL_SOME): S.PARTIAL,
        (S.RECORDED, T.FILL_ALL): S.FILLED,
        (S.RECORDED, T.REJECTED): S.REJECTED,
        (S.SENT, T.DENY): S.DENIED,
        (S.CANCEL_SENT, T.DENY): S.DENIED,
        (S.UNKNOWN, T.DENY): S.DENIED,
        (S.SENT, T.ACK): S.WORKING,
        (S.WORKING, T.ACK): S.WORKING,
        (S.PARTIAL, T.ACK): S.PARTIAL,
        (S.CANCEL_SENT, T.ACK): S.CANCEL_SENT,
        (S.UNKNOWN, T.ACK): S.WORKING,
        (S.CANCEL_SENT, T.FILL_SOME): S.CANCEL_SENT,
        (S.UNKNOWN, T.FILL_SOME): S.PARTIAL,
        (S.CANCEL_SENT, T.CANCEL_REJECTED): S.UNKNOWN,
    }
    for state in (S.SENT, S.WORKING, S.PARTIAL):
        table[state, T.FILL_SOME] = S.PARTIAL
    for state in LIVE:
        table[state, T.FILL_ALL] = S.FILLED
        table[state, T.CANCEL] = S.CANCEL_SENT
        table[state, T.CANCELED] = S.CANCELED
        table[state, T.REJECTED] = S.REJECTED
        table[state, T.EXPIRED] = S.EXPIRED
        table[state, T.SILENCE] = S.UNKNOWN
    for state in (S.CANCELED, S.REJECTED, S.EXPIRED, S.DENIED):
        table[state, T.FILL_SOME] = state
        table[state, T.FILL_ALL] = S.FILLED
    return table


TRANSITIONS: Final = _table()
"""(state, trigger) -> next state. A pair that is not here changes nothing and is counted."""
