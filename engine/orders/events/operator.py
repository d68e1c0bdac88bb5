"""What an operator is told by alarms, and what an operator does."""

from __future__ import annotations

from typing import NamedTuple


class AlarmRaised(NamedTuple):
    """An alarm is raised: what, where, consequence and response.

    recurs: its places come and go, and an acknowledgement covers those that follow.
    """

    at_ms: int
    alarm: str
    priority: int
    code: str
    where: str
    what: str
    consequence: str
    response: str
    recurs: bool = False


class AlarmRestated(NamedTuple):
    """An earlier version's AlarmJoined: the alarm holds there alone. Read, never written."""

    at_ms: int
    alarm: str
    where: str
    what: str


class AlarmJoined(NamedTuple):
    """An alarm holds in another place too, or again, or with other particulars where it held."""

    at_ms: int
    alarm: str
    where: str
    what: str


class AlarmLeft(NamedTuple):
    """The condition behind an alarm is gone from one of its places."""

    at_ms: int
    alarm: str
    where: str


class AlarmCleared(NamedTuple):
    """The condition behind an alarm is gone from its last place."""

    at_ms: int
    alarm: str


class AlarmAcknowledged(NamedTuple):
    """An operator has seen an alarm."""

    at_ms: int
    alarm: str


class OperatorActed(NamedTuple):
    """What an operator asked for and what came of it."""

    at_ms: int
    ticket: str
    action: str
    target: str
    who: str
    key: str
    before: str
    after: str
    outcome: str
    reason: str


class LimitChanged(NamedTuple):
    """An operator tightened a limit of `[limits]`, or took the last change of it back (undo)."""

    at_ms: int
    limit: str
    before: int | float
    after: int | float
    undo: bool
    why: str


class LiveArmed(NamedTuple):
    """An operator armed live trading: from here to the process's end debits may go out.

    account is what may be shown of the account's number; debit_limit_c the cents of debits that may
    be bought on this day, None for no limit of its own.
    """

    at_ms: int
    account: str
    who: str
    debit_limit_c: int | None
