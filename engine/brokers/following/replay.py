"""What executed while nobody listened: the account's fills since a cursor, page by page.

A fill of a leg is not added to what is known: it names an order that has to be asked about. The
broker's answer about that order is cumulative, so a fill that is told twice, or not at all, does
no harm.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from dataclasses import dataclass
from typing import Final, NamedTuple

from engine.brokers.following.symbols import Contract
from engine.market.legs import Side

MOST_PAGES: Final = 100
MOST_REMEMBERED: Final = 10_000


class FillRow(NamedTuple):
    """One leg's execution as the account's history tells it.

    Attributes:
        name: of this execution, the broker's.
        broker_id: of its order.
        at_s: epoch seconds.
        contract, side, quantity: what traded; contracts.
        price_c: cents a share, rounded to the whole cent.
    """

    name: str
    broker_id: str
    at_s: float
    contract: Contract
    side: Side
    quantity: int
    price_c: int


class OddFill(NamedTuple):
    """An execution that is not in the broker's form.

    Attributes:
        name: of this execution, the broker's; what is wrong with it where it has none.
        broker_id: of its order; "" where that cannot be read.
        wrong: what is wrong with it, for people.
        is_option: whether its symbol is one of an option.
    """

    name: str
    broker_id: str
    wrong: str
    is_option: bool

    def words(self) -> str:
        """For people: which one, and what is wrong with it."""
        return f"execution {self.name}: {self.wrong}"


class FillPages(NamedTuple):
    """The account's executions, of every page.

    Attributes:
        rows: those in the broker's form.
        odd: the others.
    """

    rows: tuple[FillRow, ...]
    odd: tuple[OddFill, ...]


class EndlessPagesError(ValueError):
    """A broker's pages repeat themselves or do not end."""


@dataclass(frozen=True, slots=True)
class Replay:
    """How far the account's fills have been read; never changed in place.

    Args:
        cursor: name of the newest fill that was read; "" for none.
        at_s: its epoch second.
        seen: names of the latest fills, so that pages may overlap.
    """

    cursor: str = ""
    at_s: float = 0.0
    seen: tuple[str, ...] = ()

    def read(self, rows: Iterable[FillRow], ours: Set[str]) -> Replayed:
        """Take fills in any order, old ones among them.

        Args:
            rows: of one or more pages.
            ours: the broker's ids of our orders.
        """
        known = set(self.seen)
        new: dict[str, FillRow] = {}
        for row in rows:
            if row.name not in known:
                new.setdefault(row.name, row)
        fresh = sorted(new.values(), key=lambda row: (row.at_s, row.name))
        touched = dict.fromkeys(row.broker_id for row in fresh if row.broker_id in ours)
        foreign = tuple(row for row in fresh if row.broker_id not in ours)
        if not fresh:
            return Replayed(self, tuple(touched), foreign)
        seen = (*self.seen, *(row.name for row in fresh))[-MOST_REMEMBERED:]
        newest = fresh[-1]
        if newest.at_s < self.at_s:
            return Replayed(Replay(self.cursor, self.at_s, seen), tuple(touched), foreign)
        return Replayed(Replay(newest.name, newest.at_s, seen), tuple(touched), foreign)


class Replayed(NamedTuple):
    """What reading fills brought.

    Attributes:
        replay: how far they are read now.
        touched: the broker's ids of our orders that have to be asked about, oldest first.
        foreign: fills of orders that are not ours, oldest first.
    """

    replay: Replay
    touched: tuple[str, ...]
    foreign: tuple[FillRow, ...]


class Pages:
    """Guards a walk through pages that a broker links by tokens.

    Args:
        most: pages that one walk may have.
    """

    def __init__(self, most: int = MOST_PAGES) -> None:
        self._most = most
        self._tokens: set[str] = set()

    def next(self, token: str | None) -> str | None:
        """The token of the next page; None at the end.

        Raises:
            EndlessPagesError: the token came before, or there are too many pages.
        """
        if not token:
            return None
        if token in self._tokens:
            raise EndlessPagesError("a page leads back to one that was read; nothing was taken")
        if len(self._tokens) + 1 >= self._most:
            raise EndlessPagesError(f"there are more than {self._most} pages; nothing was taken")
        self._tokens.add(token)
        return token
