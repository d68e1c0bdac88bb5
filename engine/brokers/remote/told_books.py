"""The account's books as another process tells them: no answer but one that is true now."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from engine.brokers.ledger import LedgerError
from engine.brokers.protocol import (
    AccountState,
    ContractPosition,
    OpenOrder,
    SharePosition,
    UnreadPosition,
)
from engine.brokers.remote.books import (
    SHARES,
    account_of,
    open_order_of,
    position_of,
    rows_of,
    share_of,
    unread_of,
    unread_share_of,
    with_shares,
)
from engine.brokers.remote.facts import SessionFacts
from engine.brokers.remote.frames import cleaned
from engine.brokers.remote.link import LinkError
from engine.brokers.remote.same_account import SameAccount

BOOKS_WITHIN_S: Final = 5.0
"""Real seconds for what is held and open: a gateway asks its broker for it, in several calls."""

OLDEST_S: Final = 5.0
"""Real seconds: books that are true of an earlier moment are no answer."""

STATES_AT_ONCE: Final = 4_000

LONGEST_NAME: Final = 64
"""Characters of an execution's name."""


@contextmanager
def readable() -> Iterator[None]:
    """Tell an answer that cannot be read as no answer: the engine asks again."""
    try:
        yield
    except (LedgerError, LookupError, TypeError, ValueError, OverflowError) as error:
        raise LinkError(f"the exchange's answer cannot be read: {str(error)[:200]}") from None


class ToldBooks:
    """Asks what is held, what works, and what became of orders.

    Args:
        there: the other process, as long as it speaks of one account.
        facts: what it said of its session.
    """

    def __init__(self, there: SameAccount, facts: SessionFacts) -> None:
        self._there = there
        self.facts = facts

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Every order of the account that may still execute.

        Raises:
            LinkError: the exchange did not answer, or only with what was true once.
        """
        with readable():
            told = self._dated("open_orders")
            orders = (open_order_of(row) for row in told["rows"])
            return with_shares(orders, told.get(SHARES))

    def positions(self) -> tuple[ContractPosition, ...]:
        """Every contract held, signed.

        Raises:
            LinkError: the exchange did not answer, or only with what was true once, or does not
                say how many are held of each.
        """
        with readable():
            return tuple(position_of(row) for row in self._rows("positions"))

    def positions_told(self) -> tuple[tuple[ContractPosition, ...], tuple[UnreadPosition, ...]]:
        """Every contract held, signed, and those whose count the broker does not say.

        Raises:
            LinkError: the exchange did not answer, or only with what was true once.
        """
        with readable():
            rows = self._rows("positions")
            unread = [unread_of(row) for row in rows]
            counted = [row for row, odd in zip(rows, unread, strict=True) if odd is None]
            return tuple(position_of(row) for row in counted), tuple(
                each for each in unread if each
            )

    def shares(self) -> tuple[SharePosition, ...]:
        """Every share position, signed.

        Raises:
            LinkError: the exchange did not answer, or only with what was true once, or does not
                say how many are held of each.
        """
        with readable():
            return tuple(share_of(row) for row in self._rows("shares"))

    def shares_told(self) -> tuple[tuple[SharePosition, ...], frozenset[str]]:
        """Every share position, signed, and the roots of whose shares the broker does not say it.

        Raises:
            LinkError: the exchange did not answer, or only with what was true once.
        """
        with readable():
            rows = self._rows("shares")
            unread = [unread_share_of(row) for row in rows]
            counted = [row for row, odd in zip(rows, unread, strict=True) if odd is None]
            return tuple(share_of(row) for row in counted), frozenset(filter(None, unread))

    def _rows(self, op: str) -> list[Any]:
        """Rows of the books that are true now, or were a moment ago."""
        return rows_of(self._dated(op))[1]

    def _dated(self, op: str) -> dict[str, Any]:
        """The whole answer that has such rows."""
        told: dict[str, Any] = self._there.ask(op, BOOKS_WITHIN_S)
        as_of_s, _ = rows_of(told)
        age_s = abs(self._there.facts().clock.epoch_s() - as_of_s) / self.facts.clock.speed
        if age_s > OLDEST_S:
            raise LinkError(
                f"the broker's {op.replace('_', ' ')} are of {age_s:.0f} s ago; that is no answer"
            )
        return told

    def account(self) -> AccountState:
        """What the account is worth, and what option orders may still use.

        Raises:
            LinkError: the exchange did not answer.
        """
        with readable():
            return account_of(self._there.ask("account", BOOKS_WITHIN_S))

    def states(self, names: list[str]) -> dict[str, str]:
        """How far orders have come, such as "working" or "filled"; "" where unknown.

        Raises:
            LinkError: the exchange did not answer.
        """
        with readable():
            told: dict[str, str] = {}
            for start in range(0, len(names), STATES_AT_ONCE):
                told |= self._there.ask("states", orders=names[start : start + STATES_AT_ONCE])
            return {name: str(told.get(name, "")) for name in names}

    def busted(self) -> frozenset[str] | None:
        """Names of every execution that was booked there and then taken back; None where an older
        exchange or gateway does not tell them.

        Raises:
            LinkError: the exchange did not answer.
        """
        if not self._there.facts().caps.busts:
            return None
        with readable():
            names: list[str] = []
            while rows := self._there.ask("busted", BOOKS_WITHIN_S, since=len(names)):
                names += (cleaned(each, LONGEST_NAME) for each in rows)
            return frozenset(names)
