"""What one broker's dialect is: pure functions between orders, calls and answers.

A dialect opens no socket and reads no clock. `engine/gateway` does with it what is the same for
every broker; so a dialect can be held against its vendor's own code, message by message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple, Protocol

from engine.brokers.following.charges import ChargePage
from engine.brokers.following.option_events import OptionEventPage
from engine.brokers.following.order_view import OrderView
from engine.brokers.following.replay import FillRow, OddFill
from engine.brokers.following.share_order import ShareView
from engine.brokers.http.call import Call
from engine.brokers.http.outcome import Refusal
from engine.brokers.protocol import (
    AccountState,
    ContractPosition,
    OpenOrder,
    SharePosition,
    UnreadPosition,
)
from engine.orders.types import OrderRequest


class DialectError(ValueError):
    """An order that this broker has no words for, or an answer that is not in its form."""


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an account holds.

    Args:
        contracts, shares: signed, long positive; none with zero.
        other: positions that are neither, by their symbol, for the operator.
        unread: contracts whose count cannot be read: unknown, never none.
        unread_shares: symbols of shares whose count cannot be read; a fraction can, and is `other`.
    """

    contracts: tuple[ContractPosition, ...]
    shares: tuple[SharePosition, ...]
    other: tuple[str, ...] = ()
    unread: tuple[UnreadPosition, ...] = ()
    unread_shares: tuple[str, ...] = ()


class FillPage(NamedTuple):
    """One page of the account's executions.

    Attributes:
        rows: its executions of options.
        token: of the next page; None at the end.
        odd: its rows that are not in the broker's form.
    """

    rows: tuple[FillRow, ...]
    token: str | None
    odd: tuple[OddFill, ...] = ()


class OrderPage(NamedTuple):
    """One page of the account's open orders, ours and others'.

    Attributes:
        rows: its orders.
        token: of the next page; None at the end.
    """

    rows: tuple[OpenOrder, ...]
    token: str | None


class Dialect(Protocol):
    """One broker's words; every reader raises DialectError for what is not in its form."""

    name: str

    def submit(self, request: OrderRequest) -> Call:
        """A new order.

        Raises:
            DialectError: the broker has no words for it.
        """
        ...

    def cancel(self, broker_id: str) -> Call:
        """A cancel."""
        ...

    def look_up(self, client_id: str) -> Call:
        """The order of our id."""
        ...

    def order(self, broker_id: str) -> Call:
        """The order of the broker's id, with its legs."""
        ...

    def open_orders(self, token: str | None) -> Call:
        """A page of the open orders."""
        ...

    def orders_since(self, at_s: float, token: str | None) -> Call:
        """A page of the orders since an epoch second, whatever became of them."""
        ...

    def positions(self) -> Call:
        """Everything held."""
        ...

    def account(self) -> Call:
        """The account."""
        ...

    def fills(self, cursor: str, token: str | None) -> Call:
        """A page of executions since a cursor; "" for those of today."""
        ...

    def option_events(self, token: str | None) -> Call:
        """A page of assignments, exercises and expirations, the newest first."""
        ...

    def read_option_events(self, *bodies: Any) -> OptionEventPage:
        """The events of pages that follow one another: what belongs together may be on two."""
        ...

    def charges(self) -> Call:
        """The latest fees, the newest first."""
        ...

    def read_charges(self, body: Any) -> ChargePage:
        """The fees of a page."""
        ...

    def taken(self, body: Any) -> OrderView | None:
        """The order that a body tells, with the broker's id; None where it tells none."""
        ...

    def refusal(self, status: int, body: Any) -> Refusal | None:
        """The refusal that an answer is, in the broker's own form; None where it is none."""
        ...

    def read_open_orders(self, body: Any) -> OrderPage:
        """The open orders of a page."""
        ...

    def read_positions(self, body: Any) -> Holdings:
        """What is held."""
        ...

    def read_account(self, body: Any, at_s: float) -> AccountState:
        """The account, as of epoch second `at_s`."""
        ...

    def read_fills(self, body: Any) -> FillPage:
        """The executions of a page."""
        ...

    def account_number(self, body: Any) -> str:
        """The account's number, to be compared with the configured one and shown nowhere whole."""
        ...


class ShareDialect(Dialect, Protocol):
    """The words of a broker that takes orders of shares, too."""

    def trade_shares(self, name: str, symbol: str, shares: int) -> Call:
        """A market order of the day under our id; shares bought, negative where sold."""
        ...

    def taken_shares(self, body: Any) -> ShareView | None:
        """The order that a body tells, with the broker's id; None where it tells none."""
        ...


@dataclass(frozen=True, slots=True)
class ShareReader:
    """Reads answers about orders of shares (`engine/brokers/http/outcome.py`).

    Args:
        dialect: the broker's.
    """

    dialect: ShareDialect

    def taken(self, body: Any) -> ShareView | None:
        """The order that a body tells."""
        return self.dialect.taken_shares(body)

    def refusal(self, status: int, body: Any) -> Refusal | None:
        """The refusal that an answer is."""
        return self.dialect.refusal(status, body)
