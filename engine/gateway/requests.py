"""What a desk, its guard and a kill may ask of a broker's account, whoever carries the question."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any, Final, Protocol

from engine.brokers.ledger_file import execution_plain, settlements_plain
from engine.brokers.protocol import NotSentError
from engine.brokers.remote.books import (
    SHARES,
    account_plain,
    dated,
    open_order_plain,
    position_plain,
    share_plain,
    shares_plain,
    unread_plain,
    unread_share_plain,
)
from engine.brokers.remote.codec import chain_plain, order_of
from engine.brokers.remote.facts import SessionFacts
from engine.brokers.remote.frames import finite, whole
from engine.brokers.remote.host import ROLE, Message, RefusalError
from engine.gateway.account import BrokerOrders
from engine.gateway.books import AccountBooks, BooksError, by_root
from engine.gateway.hosted import HostedOrders
from engine.gateway.journal import NOT_FOUND, NOT_SENT, GatewayJournal
from engine.gateway.share_orders import ShareOrders
from engine.market.chain import OptionChain
from engine.market.quotes.symbols import bare_root

MOST_NAMES: Final = 20_000
"""Orders whose states one request may ask for."""

EXECUTIONS_AT_ONCE: Final = 2_000

AT_ONCE: Final = ("account", "executions", "busted", "settlements", "states")
"""Requests that never wait for the broker."""


class Feed(Protocol):
    """Quotes on demand; every method raises ConnectionError where the broker does not say."""

    def chain(self, symbol: str, expiration: date) -> OptionChain | None:
        """The chain as quoted now."""
        ...

    def underlying(self, symbol: str) -> float | None:
        """The last price of an underlying."""
        ...

    def expirations(self, symbol: str) -> tuple[date, ...]:
        """The listed expirations."""
        ...


class AccountRequests:
    """Answers requests about one account and its quotes; used from any thread.

    Args:
        facts: of the session; its clock is that of desks.
        orders, books, journal, feed, shares: the account's.
        hosted: its numbered reports.
        guard_cancels: told our id of each order that a guard has cancelled.
        cancel_only: whether no order is taken.
    """

    def __init__(
        self,
        facts: SessionFacts,
        orders: BrokerOrders,
        books: AccountBooks,
        journal: GatewayJournal,
        feed: Feed,
        hosted: HostedOrders,
        shares: ShareOrders,
        guard_cancels: Callable[[str], None] = lambda name: None,
        *,
        cancel_only: bool = False,
    ) -> None:
        self._facts, self._clock = facts, facts.clock
        self._orders, self._books, self._journal, self._feed = orders, books, journal, feed
        self._hosted, self._share_orders = hosted, shares
        self._guard_cancels, self._cancel_only = guard_cancels, cancel_only
        self._of_market: dict[str, Callable[[Message], Any]] = {
            "chain": self._chain,
            "underlying": lambda message: feed.underlying(_root(message["symbol"])),
            "expirations": self._expirations,
        }
        self._of_account: dict[str, Callable[[HostedOrders, Message], Any]] = {
            "submit": self._submit,
            "cancel": self._cancel,
            "query": self._query,
            "open_orders": self._open_orders,
            "positions": self._positions,
            "shares": self._shares,
            "close_shares": self._close_shares,
            "account": self._account,
            "executions": self._executions,
            "busted": self._busted,
            "settlements": self._settlements,
            "states": self._states,
        }

    # ------------------------------------------------------------------ the venue

    def facts(self, account: str) -> Message:
        """Facts of the session for whoever connects."""
        return self._facts.plain()

    def find(self, name: str) -> HostedOrders | None:
        """The account.

        Raises:
            RefusalError: it has another name.
        """
        if name != self._hosted.name:
            raise RefusalError(f"this gateway holds account {self._hosted.name}, not {name[:64]}")
        return self._hosted

    def open(self, name: str) -> HostedOrders:
        """The account; it is there before its first desk."""
        return self._hosted

    def of_market(self, op: str) -> Callable[[Message], Any] | None:
        """What answers a request about quotes; None where `op` is none."""
        return self._of_market.get(op)

    def of_account(self, op: str) -> Callable[[Any, Message], Any] | None:
        """What answers a request of the account; None where `op` is none."""
        return self._of_account.get(op)

    # ------------------------------------------------------------------ requests

    def _submit(self, account: HostedOrders, message: Message) -> str:
        if self._cancel_only:
            raise NotSentError("this gateway only cancels; start one without --cancel-only")
        by_s = finite(message["by"])
        self._orders.submit(order_of(message["order"]), lambda: self._clock.epoch_s() > by_s)
        return "taken"

    def _cancel(self, account: HostedOrders, message: Message) -> str:
        name = _name(message["order"])
        if _is_guards(message):
            self._guard_cancels(name)
        (self._share_orders if self._share_orders.owns(name) else self._orders).cancel(name)
        return "taken"

    def _query(self, account: HostedOrders, message: Message) -> str:
        self._orders.query(_name(message["order"]))
        return "taken"

    def _open_orders(self, account: HostedOrders, message: Message) -> Message:
        books = self._books.orders(urgent=_is_guards(message))
        self._orders.listed(books.told)
        rows = [open_order_plain(order) for order in books.told]
        told = [
            replace(order, shares=by_root((order.shares,))[0]) if order.shares else order
            for order in books.told
        ]
        return dated(rows, books.as_of_s) | {SHARES: shares_plain(told)}

    def _positions(self, account: HostedOrders, message: Message) -> Message:
        books = self._books.held(urgent=_is_guards(message))
        rows = [position_plain(row) for row in books.told.contracts]
        rows += [unread_plain(row) for row in books.told.unread]
        return dated(rows, books.as_of_s)

    def _shares(self, account: HostedOrders, message: Message) -> Message:
        books = self._books.held(urgent=_is_guards(message))
        rows = [share_plain(row) for row in by_root(books.told.shares)]
        rows += [unread_share_plain(bare_root(each)) for each in books.told.unread_shares]
        return dated(rows, books.as_of_s)

    def _close_shares(self, account: HostedOrders, message: Message) -> str:
        if self._cancel_only:
            raise NotSentError("this gateway only cancels; start one without --cancel-only")
        self._share_orders.close(_root(message["symbol"]))
        return "taken"

    def _account(self, account: HostedOrders, message: Message) -> Message:
        state = self._books.account
        if state is None:
            raise BooksError("the broker has not told the account yet")
        return account_plain(state)

    def _executions(self, account: HostedOrders, message: Message) -> list[list[Any]]:
        since = whole(message["since"], 0)
        rows = self._journal.written.ledger.executions[since : since + EXECUTIONS_AT_ONCE]
        return [execution_plain(row) for row in rows]

    def _busted(self, account: HostedOrders, message: Message) -> list[str]:
        since = whole(message["since"], 0)
        return self._journal.written.ledger.busted[since : since + EXECUTIONS_AT_ONCE]

    def _settlements(self, account: HostedOrders, message: Message) -> list[list[Any]]:
        since = whole(message["since"], 0)
        rows = settlements_plain(self._journal.written.ledger)
        return rows[since : since + EXECUTIONS_AT_ONCE]

    def _states(self, account: HostedOrders, message: Message) -> dict[str, str]:
        names = message["orders"]
        if not isinstance(names, list) or len(names) > MOST_NAMES:
            raise RefusalError(f"orders must be a list of at most {MOST_NAMES} names")
        return {name: self._state(_name(name)) for name in names}

    def _state(self, name: str) -> str:
        written = self._journal.written.orders.get(name)
        if written is None or written.end in (NOT_SENT, NOT_FOUND):
            return ""
        return written.end or "working"

    def _chain(self, message: Message) -> dict[str, Any] | None:
        expiration = date.fromisoformat(message["expiration"])
        chain = self._feed.chain(_root(message["symbol"]), expiration)
        return None if chain is None else chain_plain(chain)

    def _expirations(self, message: Message) -> list[str]:
        return [day.isoformat() for day in self._feed.expirations(_root(message["symbol"]))]


def _is_guards(message: Message) -> bool:
    return bool(message[ROLE] == "guard")


def _name(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 64 or not value.isprintable():
        raise RefusalError("an order is named by a short printable text")
    return value


def _root(value: Any) -> str:
    if not isinstance(value, str) or not (value.isascii() and value.isalnum() and len(value) <= 6):
        raise RefusalError("quotes are asked for by an option root")
    return value
