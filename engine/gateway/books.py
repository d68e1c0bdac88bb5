"""What a broker says that the account holds and has open, asked page by page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple, TypeGuard

from engine.brokers.dialect import Dialect, DialectError, Holdings
from engine.brokers.following.replay import EndlessPagesError, FillRow, Pages, Replay, Replayed
from engine.brokers.http.call import Answer, Call, Lost
from engine.brokers.protocol import AccountState, OpenOrder

Send = Callable[[Call], Answer | Lost]
Notice = Callable[[str, str], None]
"""Tells the operator: a kind, such as "CANCEL_STUCK", and a sentence."""

_KIND: Final = "BROKER_ANSWER"


class Dated(NamedTuple):
    """Books with the epoch second at which they were asked for; true then, or later."""

    holdings: Holdings
    orders: tuple[OpenOrder, ...]
    account: AccountState
    as_of_s: float


def open_orders(dialect: Dialect, send: Send, notice: Notice) -> tuple[OpenOrder, ...] | None:
    """Every open order of the account, ours and others'; None where the broker did not say.

    Args:
        dialect: the broker's.
        send: makes a call.
        notice: told what an answer lacks.
    """
    pages, token = Pages(), None
    rows: list[OpenOrder] = []
    while True:
        answer = send(dialect.open_orders(token))
        if not _is_told(answer):
            return None
        try:
            page = dialect.read_open_orders(answer.body)
            rows += page.rows
            token = pages.next(page.token)
        except (DialectError, EndlessPagesError) as error:
            notice(_KIND, f"open orders: {error}")
            return None
        if token is None:
            return tuple(rows)


def missed_fills(
    dialect: Dialect, send: Send, notice: Notice, replay: Replay, ours: frozenset[str]
) -> Replayed | None:
    """What executed since the account was read last; None where the broker did not say.

    Args:
        dialect: the broker's.
        send: makes a call.
        notice: told what an answer lacks.
        replay: how far it was read.
        ours: the broker's ids of our orders.
    """
    pages, token = Pages(), None
    rows: list[FillRow] = []
    while True:
        answer = send(dialect.fills(replay.cursor, token))
        if not _is_told(answer):
            return None
        try:
            page = dialect.read_fills(answer.body)
            rows += page.rows
            token = pages.next(page.token)
        except (DialectError, EndlessPagesError) as error:
            notice(_KIND, f"executions: {error}")
            return None
        if token is None:
            return replay.read(rows, ours)


def books(dialect: Dialect, send: Send, notice: Notice, now_s: float) -> Dated | None:
    """What the account holds, has open and is worth; None where the broker did not say all.

    Args:
        dialect: the broker's.
        send: makes a call.
        notice: told what an answer lacks.
        now_s: epoch second before the first question.
    """
    held, account = send(dialect.positions()), send(dialect.account())
    orders = open_orders(dialect, send, notice)
    if orders is None or not _is_told(held) or not _is_told(account):
        return None
    try:
        holdings = dialect.read_positions(held.body)
        return Dated(holdings, orders, dialect.read_account(account.body, now_s), now_s)
    except DialectError as error:
        notice(_KIND, f"books: {error}")
        return None


def _is_told(answer: Answer | Lost) -> TypeGuard[Answer]:
    return isinstance(answer, Answer) and 200 <= answer.status < 300
