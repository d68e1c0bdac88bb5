"""Remembered orders that may have some words, found before a row is formed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice, takewhile
from typing import Any, Final

from engine.market.legs import strikes_text
from engine.orders.types import Part
from engine.runtime.views.rows import told_status
from engine.runtime.views.search import Search, Step, of_strikes
from engine.snapshot import part_letters, traders_date
from engine.state.order_record import OrderRecord

LOOK: Final = 0.14
"""What a look at an order costs, in rows formed."""

NUMBERS: Final = 0.2
"""What it costs besides to spell its strikes and its cycle."""

AT_ONCE: Final = 64
"""Orders without the words that are one step: to tell of each costs as much as a look."""


class OrderSearch:
    """Looks for words in all orders remembered.

    What a screen filters by is looked at: an order's id, chain, part, legs, status, stage, cycle,
    the broker's id and what was told of it. A word has no blank, so it is within one of them.

    Args:
        known: the orders by id, the oldest first.
        words: in capitals, without blanks.
        form: makes the row of an order.
    """

    def __init__(
        self,
        known: dict[str, OrderRecord],
        words: tuple[str, ...],
        form: Callable[[OrderRecord], Any],
    ) -> None:
        self._known = known
        self._words = words
        self._form = form
        self._of_numbers = any(map(of_strikes, words))
        parts = [part_letters(part) for part in Part]
        self._of_parts = any(word in part for word in words for part in parts)
        self._chains: dict[str, tuple[str, ...]] = {}

    def begin(self) -> Search:
        """The search, not begun yet."""
        return Search(self._steps(), len(self._known))

    def _steps(self) -> Iterator[Step]:
        """What is looked at, the newest first, then what has come meanwhile."""
        cost = LOOK + (NUMBERS if self._of_numbers else 0.0)
        looked, those = 0, list(reversed(self._known.values()))
        while those:
            left = iter(those)
            while (step := self._look(left))[0]:
                number, found = step
                looked += number
                there = found is not None and self._known.get(found.intent.order) is found
                yield Step(cost * number, looked, self._form(found) if found and there else None)
            those = self._since(those[0])

    def _since(self, newest: OrderRecord) -> list[OrderRecord]:
        """Orders that have come after that one, the newest first."""
        later = reversed(self._known.values())
        return list(takewhile(lambda record: record is not newest, later))

    def _look(self, left: Iterator[OrderRecord]) -> tuple[int, OrderRecord | None]:
        """How many orders were looked at, and the last of them where it may have all words."""
        looked = 0
        for record in islice(left, AT_ONCE):
            looked += 1
            intent = record.intent
            lacks = self._chains.get(intent.trader)
            if lacks is None:
                lacks = self._chains[intent.trader] = self._lacking(record)
            if not lacks:
                return looked, record
            text = (
                f"{intent.order} {record.broker_order} {told_status(record)} {record.text} "
                f"{intent.stage} {intent.part}"
            )
            if self._of_parts:
                text += f" {part_letters(intent.part)}"
            if self._of_numbers:
                strikes = strikes_text(intent.buy_strike, intent.sell_strike)
                text += f" {strikes}{intent.right} {intent.cycle}"
            text = text.upper()
            for word in lacks:
                if word not in text:
                    break
            else:
                return looked, record
        return looked, None

    def _lacking(self, record: OrderRecord) -> tuple[str, ...]:
        """The words that an order's chain does not have itself."""
        totals = record.totals
        text = f"{totals.symbol} {traders_date(totals.expires)} cycle".upper()
        return tuple(word for word in self._words if word not in text)
