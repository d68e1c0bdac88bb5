"""A flood of alarms: what has the same cause is one row, and nothing that is urgent is in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from engine.snapshot import AlarmView
from tui.text import formats

FLOOD: Final = 10
"""Active alarms above which it is a flood: that many causes at once."""

CAUSES: Final[Mapping[str, frozenset[str]]] = {
    "the connection": frozenset(
        {
            "LINK_DOWN", "GATEWAY_GONE", "ORDER_UNKNOWN", "NOT_COMPARED", "BROKER_ERROR",
            "CALLS_HANG", "GARBLED", "NO_CANCEL", "RATE_LOW", "BROKER_CLOCK", "TOKEN_ENDS",
            "KEYS_REFUSED", "KEYS_UNUSABLE", "STREAM_DOWN", "BROKER_ANSWER", "GATEWAY_FAULT",
            "AT_BROKER", "RAW_LOST", "BROKER_WORD", "CANCEL_STUCK",
        }
    ),
    "quotes": frozenset(
        {"STALE", "NOT_QUOTED", "FEED_OLD", "FEED_NOT_LIVE", "STALE_OR_MISPRICED", "PRICE_UNKNOWN"}
    ),
    "orders": frozenset(
        {
            "REJECT", "REJECTS", "POLICY", "STATUS_WORD", "TOLD_TWICE", "ORDERS", "ORDER_DAYS",
            "ORDER_ODD", "ORDER_GONE", "NO_ORDER", "FEE_DIFFERS", "FEES", "FOREIGN_ORDER",
            "FOREIGN_FILL", "EXECUTION_ODD", "EXECUTION_PASSED", "LEGS_APART",
        }
    ),
    "open units": frozenset({"UNHEDGED", "UNDECIDED", "PARKED", "OVERSOLD"}),
    "expirations": frozenset(
        {
            "EX_DATE", "EXPIRES", "EXPIRED", "EXPIRY", "ASSIGNED", "SHARES", "SHARES_LEFT",
            "OPTION_EVENT", "SETTLEMENT", "UNCOVERED",
        }
    ),
}  # fmt: skip
"""Codes of alarms by what they are about; the others are about the desk."""

ELSE: Final = "the desk"


def cause_of(a: AlarmView) -> str:
    """What an alarm is about."""
    return next((cause for cause, codes in CAUSES.items() if a.code in codes), ELSE)


def must_stand_alone(a: AlarmView) -> bool:
    """Whether it wants an answer now, and so has a row of its own in any flood."""
    return a.priority == 1 and a.state == "unacked"


def folded(ordered: Sequence[AlarmView]) -> dict[str, tuple[AlarmView, ...]]:
    """By the id of the alarm that stands for them, the alarms that are one row in a flood.

    Args:
        ordered: the active alarms, those that want an answer most first.
    """
    if len(ordered) <= FLOOD:
        return {}
    groups: dict[str, list[AlarmView]] = {}
    for a in ordered:
        if not must_stand_alone(a):
            groups.setdefault(cause_of(a), []).append(a)
    return {group[0].id: tuple(group) for group in groups.values() if len(group) > 1}


def rows(ordered: Sequence[AlarmView]) -> list[AlarmView]:
    """The alarms that have a row: all of them, or in a flood one for those of one cause."""
    groups = folded(ordered)
    hidden = {a.id for group in groups.values() for a in group[1:]}
    return [a for a in ordered if a.id not in hidden]


def words(group: Sequence[AlarmView], where: str) -> str:
    """What a row says that stands for several alarms: how many, of what, the first and its object.

    Args:
        where: the places of the first.
    """
    first, *rest = group
    others = ", ".join(
        f"{formats.clean(a.code, 20)} {len(a.places):,}" if len(a.places) > 1 else a.code
        for a in rest
    )
    return (
        f"{len(group)} alarms of {cause_of(first)}: first {formats.clean(first.code, 20)} "
        f"{where}; {formats.displayed(others)}; Enter lists them"
    )
