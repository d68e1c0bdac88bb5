"""What a broker says that the account holds and has open: asked page by page, and never old."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, NamedTuple, TypeGuard

from engine.brokers.dialect import Dialect, DialectError, Holdings
from engine.brokers.following.replay import EndlessPagesError, FillPages, FillRow, Pages
from engine.brokers.http.call import Answer, Call, Lost
from engine.brokers.protocol import AccountState, OpenOrder
from engine.market.clock import Clock

Send = Callable[[Call], Answer | Lost]
Notice = Callable[[str, str], None]
"""Tells the operator: a kind, such as "CANCEL_STUCK", and a sentence."""

SHARED_S: Final = 0.5
"""Seconds for which books that one asked for are good for another, who asks later."""

_KIND: Final = "BROKER_ANSWER"


class BooksError(ConnectionError):
    """The broker did not say what the account holds."""


class Dated(NamedTuple):
    """Books with the epoch second before they were asked for; true then, or later."""

    holdings: Holdings
    orders: tuple[OpenOrder, ...]
    as_of_s: float


class AccountBooks:
    """The account's books, asked for when somebody wants them; used from any thread.

    Args:
        dialect: the broker's.
        send: makes a call.
        clock: the session's time.
        notice: told what an answer lacks.

    Attributes:
        account: what the account was worth when that was last asked; None before.
    """

    def __init__(self, dialect: Dialect, send: Send, clock: Clock, notice: Notice) -> None:
        self._dialect, self._send, self._clock, self._notice = dialect, send, clock, notice
        self._asking = threading.Lock()
        self._latest: Dated | None = None
        self._asked_s = 0.0
        self.account: AccountState | None = None

    def now(self) -> Dated:
        """What the account holds and has open now, or had at most SHARED_S ago.

        Raises:
            BooksError: the broker did not say.
        """
        wanted_s = self._clock.now_s()
        with self._asking:
            if self._latest is not None and self._asked_s >= wanted_s - SHARED_S:
                return self._latest
            asked_s, as_of_s = self._clock.now_s(), self._clock.epoch_s()
            orders = open_orders(self._dialect, self._send, self._notice)
            held = self._send(self._dialect.positions())
            if orders is None or not _is_told(held):
                raise BooksError("the broker does not tell its books now")
            try:
                holdings = self._dialect.read_positions(held.body)
            except DialectError as error:
                self._notice(_KIND, f"positions: {error}")
                raise BooksError(f"the broker's positions cannot be read: {error}") from None
            if holdings.other:
                self._notice("HELD_OTHERWISE", f"not traded here: {', '.join(holdings.other[:5])}")
            self._latest, self._asked_s = Dated(holdings, orders, as_of_s), asked_s
            return self._latest

    def ask_account(self) -> AccountState | None:
        """What the account is worth, asked now; None where the broker did not say."""
        as_of_s = self._clock.epoch_s()
        answer = self._send(self._dialect.account())
        if not _is_told(answer):
            return None
        try:
            self.account = self._dialect.read_account(answer.body, as_of_s)
        except DialectError as error:
            self._notice(_KIND, f"account: {error}")
            return None
        if self.account.blocked:
            self._notice("ACCOUNT_BLOCKED", ", ".join(self.account.blocked))
        return self.account


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


def fills_since(dialect: Dialect, send: Send, notice: Notice, cursor: str) -> FillPages | None:
    """The account's executions since a cursor; None where the broker did not say.

    Args:
        dialect: the broker's.
        send: makes a call.
        notice: told what an answer lacks.
        cursor: name of the newest that was read; "" for the latest alone.
    """
    pages, token = Pages(), None
    rows: list[FillRow] = []
    odd: list[str] = []
    while True:
        answer = send(dialect.fills(cursor, token))
        if not _is_told(answer):
            return None
        try:
            page = dialect.read_fills(answer.body)
            rows += page.rows
            odd += page.odd
            token = pages.next(page.token)
        except (DialectError, EndlessPagesError) as error:
            notice(_KIND, f"executions: {error}")
            return None
        if token is None:
            return FillPages(tuple(rows), tuple(odd))


def _is_told(answer: Answer | Lost) -> TypeGuard[Answer]:
    return isinstance(answer, Answer) and 200 <= answer.status < 300
