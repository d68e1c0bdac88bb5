"""What the positions screen is made from: of a desk that trades, or of a past moment of a run."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from engine.book.contract_keys import ContractKey
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.share_closes import ShareCloses
from engine.runtime.views.held_quotes import HeldQuotes, Quote
from engine.runtime.watch.books import BookComparison
from engine.state.desk import DeskState


class Quotes(Protocol):
    """Quotes of what is held, as HeldQuotes has them."""

    def forget(self) -> None:
        """Look everything up anew."""

    def of(self, key: ContractKey) -> Quote:
        """A contract's quote; None where a side is not known."""
        ...

    def price(self, symbol: str) -> float | None:
        """The underlying's price; None where it is not known."""
        ...


class Holdings(Protocol):
    """A desk's state with what its journal does not say of what is held.

    Attributes:
        quotes: of the contracts and their underlyings.
    """

    quotes: Quotes

    @property
    def state(self) -> DeskState:
        """The desk's state."""
        ...

    @property
    def today(self) -> date:
        """The exchange date."""
        ...

    @property
    def min_days(self) -> int:
        """Days to expiration below which a pair is pointed out."""
        ...

    def differs(self, trader: str) -> bool:
        """Whether book and broker differ on a chain."""
        ...

    def watched(self, trader: str) -> Gate | None:
        """Which gate a watch has closed on a chain; None for none."""
        ...

    def external(self) -> tuple[str, ...]:
        """The account's orders that are not the desk's, with how far each is."""
        ...


class DeskHoldings:
    """Those of a desk that trades.

    Args:
        context: the desk's.
        books: names the account's other orders.
        shares: knows which of them trade the desk's shares away.
    """

    def __init__(self, context: DeskContext, books: BookComparison, shares: ShareCloses) -> None:
        self._context = context
        self._books = books
        self._shares = shares
        self.quotes: Quotes = HeldQuotes(context)

    @property
    def state(self) -> DeskState:
        """The desk's state."""
        return self._context.state

    @property
    def today(self) -> date:
        """The exchange date."""
        return self._context.session.phase.session_date

    @property
    def min_days(self) -> int:
        """Days to expiration below which a pair is pointed out."""
        return self._context.config.spreads.min_days_to_expiry

    def differs(self, trader: str) -> bool:
        """Whether book and broker differ on a chain."""
        flags = self._context.flags
        return trader in flags.unreconciled or trader in flags.lacking

    def watched(self, trader: str) -> Gate | None:
        """Which gate a watch has closed on a chain; None for none."""
        return self._context.flags.watched.get(trader)

    def external(self) -> tuple[str, ...]:
        """The account's orders that are not the desk's, with how far each is."""
        return tuple(
            f"{order.client_order_id or order.broker_order_id} {order.filled}/{order.quantity}"
            for order in self._books.external
            if not self._shares.is_ours(order.client_order_id)
        )
