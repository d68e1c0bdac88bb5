"""What the alarms say that stand at a broker's gateway, which the desk is told each second."""

from __future__ import annotations

from typing import Final

from engine.runtime.alarm_kinds.of_desk import AlarmKind

GATEWAY_KINDS: Final[dict[str, AlarmKind]] = {
    "KEYS_REFUSED": AlarmKind(
        1,
        "the broker refuses the keys: {}",
        "nothing is sent, and nothing can be cancelled from here",
        "make new keys at the broker, then `legdesk login`",
    ),
    "KEYS_UNUSABLE": AlarmKind(
        1,
        "the stored keys cannot be used: {}",
        "the gateway goes on with those that are refused",
        "`legdesk login` with the account's own keys",
    ),
    "ACCOUNT_BLOCKED": AlarmKind(
        1,
        "the broker takes no orders of the account: {}",
        "no debits; what is open may not complete",
        "do what it says; close there what must be",
    ),
    "CANCEL_STUCK": AlarmKind(
        1,
        "a cancel is not confirmed: {}",
        "the order may still execute; its chain waits",
        "cancel it on the broker's page",
    ),
    "LEGS_APART": AlarmKind(
        1,
        "one leg executed without the other: {}",
        "the account holds a leg alone; the chain waits",
        "look the order up; complete or close the leg there",
        recurs=True,
    ),
    "ORDER_GONE": AlarmKind(
        1,
        "the broker knows an order no more: {}",
        "what executed unseen is in no book",
        "compare the broker's page with the positions (i)",
    ),
    "ORDER_ODD": AlarmKind(
        2,
        "answers about an order do not fit: {}",
        "what is not told at a usable price is booked at the limit",
        "look up at the broker what it executed at",
        recurs=True,
    ),
    "EXECUTION_ODD": AlarmKind(
        1,
        "an execution cannot be read: {}",
        "no debits go out until somebody has looked",
        "look it up; then `legdesk gateway` --accept-odd",
    ),
    "EXECUTION_PASSED": AlarmKind(
        3,
        "an execution of something else than options: {}",
        "it is passed over; no book is touched",
        "none if you know of it",
        recurs=True,
    ),
    "GATEWAY_BOOK": AlarmKind(
        1,
        "the gateway's record does not fit what it is told: {}",
        "its ledger may differ from the broker's",
        "compare the broker's page with the positions (i)",
    ),
    "GATEWAY_JOURNAL": AlarmKind(
        1,
        "the gateway cannot write: {}",
        "nothing new is sent: no order without its record",
        "free the disk; gateway.log says which file",
    ),
    "POSITION_ODD": AlarmKind(
        1,
        "a position cannot be read: {}",
        "its chain, or its root's, is blocked; others go on",
        "see on the broker's page what is held; report it",
    ),
    "FOREIGN_FILL": AlarmKind(
        2,
        "another hand traded in the account: {}",
        "what closed ours is booked, its unit parked; the rest blocks its chain",
        "if the rest is right: EXTERNAL (:Accept positions)",
        recurs=True,
    ),
    "FOREIGN_ORDER": AlarmKind(
        3,
        "an order of another hand: {}",
        "nothing of it executed; no debit crosses it",
        "none if it is yours; else make new keys",
        recurs=True,
    ),
    "OPTION_EVENT": AlarmKind(
        2,
        "contracts ended at the broker, and not all is booked: {}",
        "book and broker may differ; their chain is blocked then",
        "compare, then (:Accept positions)",
        recurs=True,
    ),
    "FEES": AlarmKind(
        2,
        "a charge of the broker is not booked: {}",
        "the ledger has the settings' fees in its place",
        "compare with the broker's statement",
        recurs=True,
    ),
    "SHARES_LEFT": AlarmKind(
        2,
        "not all shares were traded away: {}",
        "what is left moves the account; its chains enter nothing",
        "close the rest (:Close shares), or at the broker",
    ),
    "HELD_OTHERWISE": AlarmKind(
        3,
        "the account holds what the desk does not trade: {}",
        "it takes buying power, and is left alone",
        "none if you know of it",
    ),
    "STREAM_DOWN": AlarmKind(
        2,
        "no stream of order events: {}",
        "executions are seen by asking, some seconds later",
        "end other programs on the account's stream",
    ),
    "BROKER_ANSWER": AlarmKind(
        2,
        "the broker's answer cannot be read: {}",
        "what it was about is unknown, and asked for again",
        "if it lasts, report it with gateway.log",
        recurs=True,
    ),
    "BROKER_WORD": AlarmKind(
        3,
        "a state that nobody knows: {}",
        "the order counts as one that may execute",
        "report it with gateway.log",
        recurs=True,
    ),
    "GATEWAY_FAULT": AlarmKind(
        2,
        "a fault in the gateway: {}",
        "it tries again after a second; what it did is late",
        "report it with gateway.log",
        recurs=True,
    ),
    "RAW_LOST": AlarmKind(
        3,
        "answers of the broker were not kept: {}",
        "a replay of this day has gaps; nothing else is touched",
        "free the disk, or keep none (broker.keep_raw)",
    ),
    "AT_BROKER": AlarmKind(
        2,
        "the gateway says: {}",
        "what it is about may differ from what the desk knows",
        "look it up at the broker",
        recurs=True,
    ),
}

_CODES: Final = {"JOURNAL": "GATEWAY_JOURNAL", "BOOK_DIFFERS": "GATEWAY_BOOK"}
"""Kinds whose names are those of the desk's own alarms."""


def code_of(kind: str) -> str:
    """The code of a kind of a gateway's alarms; AT_BROKER for one of a later version.

    Args:
        kind: as the gateway names it.
    """
    code = _CODES.get(kind, kind)
    return code if code in GATEWAY_KINDS else "AT_BROKER"
