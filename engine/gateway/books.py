"""What a broker says that the account holds and has open: asked page by page, and never old."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final, Generic, NamedTuple, TypeGuard, TypeVar

from engine.brokers.dialect import Dialect, DialectError, Holdings
from engine.brokers.following.replay import EndlessPagesError, FillPages, FillRow, OddFill, Pages
from engine.brokers.http.call import Answer, Call, Lost, Priority
from engine.brokers.protocol import AccountState, OpenOrder, SharePosition
from engine.market.clock import Clock
from engine.market.legs import strike_text
from engine.market.quotes.symbols import bare_root

Send = Callable[[Call], Answer | Lost]
Notice = Callable[[str, str], None]
"""Tells the operator: a kind, such as "CANCEL_STUCK", and a sentence."""

SHARED_S: Final = 0.5
"""Seconds for which books that one asked for are good for another, who asks later."""

OPEN: Final = "open orders"
HELD: Final = "positions"

_KIND: Final = "BROKER_ANSWER"

Told = TypeVar("Told")


class NoAnswerError(ConnectionError):
    """The broker did not say; the order is looked up until it does."""


class BooksError(ConnectionError):
    """The broker did not say what the account holds."""


class Dated(NamedTuple, Generic[Told]):
    """Books with the epoch second before they were asked for; true then, or later."""

    told: Told
    as_of_s: float


class _Shared(Generic[Told]):
    """One kind of books, of which an answer is good for whoever asks next; used from any thread."""

    def __init__(self, clock: Clock, ask: Callable[[Send], Told | None], what: str) -> None:
        self._clock, self._ask, self._what = clock, ask, what
        self._asking = threading.Lock()
        self._latest: Dated[Told] | None = None
        self._asked_s = 0.0

    def now(self, send: Send) -> Dated[Told]:
        """What is true now, or was at most SHARED_S ago.

        Raises:
            BooksError: the broker did not say.
        """
        wanted_s = self._clock.now_s()
        with self._asking:
            if self._latest is not None and self._asked_s >= wanted_s - SHARED_S:
                return self._latest
            asked_s, as_of_s = self._clock.now_s(), self._clock.epoch_s()
            told = self._ask(send)
            if told is None:
                raise BooksError(f"the broker does not tell its {self._what} now")
            self._latest, self._asked_s = Dated(told, as_of_s), asked_s
            return self._latest


class AccountBooks:
    """The account's books, asked for when somebody wants them; used from any thread.

    What is open and what is held are asked apart: one that cannot be had does not hide the other.

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
        self._orders = _Shared(clock, lambda send: open_orders(dialect, send, notice), OPEN)
        self._held = _Shared(clock, lambda send: holdings(dialect, send, notice), HELD)
        # A guard never waits behind a desk's question, which may hang twice as long as its own.
        self._urgent_orders = _Shared(clock, lambda send: open_orders(dialect, send, notice), OPEN)
        self._urgent_held = _Shared(clock, lambda send: holdings(dialect, send, notice), HELD)
        self.account: AccountState | None = None

    def orders(self, *, urgent: bool = False) -> Dated[tuple[OpenOrder, ...]]:
        """What the account has open now, or had at most SHARED_S ago.

        Args:
            urgent: whether a guard asks: before debits and chains, once, and apart from desks.

        Raises:
            BooksError: the broker did not say.
        """
        if urgent:
            return self._urgent_orders.now(self._urgently)
        return self._orders.now(self._send)

    def held(self, *, urgent: bool = False) -> Dated[Holdings]:
        """What the account holds now, or held at most SHARED_S ago; see `orders`.

        Raises:
            BooksError: the broker did not say.
        """
        if urgent:
            return self._urgent_held.now(self._urgently)
        return self._held.now(self._send)

    def _urgently(self, call: Call) -> Answer | Lost:
        priority = min(call.priority, Priority.STATUS)
        return self._send(replace(call, priority=priority, once=True))

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
    return _orders(dialect, send, notice, dialect.open_orders, "open orders")


def orders_since(
    dialect: Dialect, send: Send, notice: Notice, at_s: float
) -> tuple[OpenOrder, ...] | None:
    """Every order of the account since an epoch second, ended ones too; see `open_orders`."""
    return _orders(dialect, send, notice, lambda token: dialect.orders_since(at_s, token), "orders")


def _orders(
    dialect: Dialect,
    send: Send,
    notice: Notice,
    call: Callable[[str | None], Call],
    what: str,
) -> tuple[OpenOrder, ...] | None:
    pages, token = Pages(), None
    rows: list[OpenOrder] = []
    while True:
        answer = send(call(token))
        if not _is_told(answer):
            return None
        try:
            page = dialect.read_open_orders(answer.body)
            rows += page.rows
            token = pages.next(page.token)
        except (DialectError, EndlessPagesError) as error:
            notice(_KIND, f"{what}: {error}")
            return None
        if token is None:
            return tuple(rows)


def holdings(dialect: Dialect, send: Send, notice: Notice) -> Holdings | None:
    """Everything that the account holds; None where the broker did not say.

    Args:
        dialect: the broker's.
        send: makes a call.
        notice: told what an answer lacks, and what is held that is not traded here.
    """
    answer = send(dialect.positions())
    if not _is_told(answer):
        return None
    try:
        told = dialect.read_positions(answer.body)
    except DialectError as error:
        notice(_KIND, f"positions: {error}")
        return None
    for row in told.unread:
        what = f"{row.symbol} {row.expiration} {strike_text(row.strike)} {row.right}"
        notice("POSITION_ODD", f"the broker's answer does not say how many {what} are held")
    for symbol in told.unread_shares:
        notice(
            "POSITION_ODD", f"the broker's answer does not say how many {symbol} shares are held"
        )
    if told.other:
        notice("HELD_OTHERWISE", f"not traded here: {', '.join(told.other[:5])}")
    return told


def by_root(rows: Iterable[SharePosition]) -> tuple[SharePosition, ...]:
    """Shares under the root of their options, as our books have it: the broker's BRK.B is BRKB.

    Args:
        rows: under the broker's symbols.
    """
    held: dict[str, int] = {}
    for row in rows:
        root = bare_root(row.symbol)
        held[root] = held.get(root, 0) + row.quantity
    return tuple(SharePosition(root, quantity) for root, quantity in held.items())


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
    odd: list[OddFill] = []
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
