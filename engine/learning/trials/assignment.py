"""Which arm each attempt of a trial gets: drawn from the trial's seed, the same after a restart.

Three designs. A coin for each ATTEMPT: of two attempts of a trader one gets the arm after, the
coin says which. BLOCK: all traders of the trial are in one arm for so many attempts, then in the
other. SESSION: the same with whole sessions. The arm of an attempt is known when the attempt
before it goes out, so that its wait belongs to it.
"""

from __future__ import annotations

import random
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple, TypeVar

_K = TypeVar("_K")
_V = TypeVar("_V")


class Design(StrEnum):
    """What is assigned to an arm as one."""

    ATTEMPT = "attempt"
    BLOCK = "block"
    SESSION = "session"


class Slot(NamedTuple):
    """The place of an attempt in its trial.

    pair, after: which pair it belongs to, and its arm; counted: False where it is in no block,
    because its wait began in another, or because no block has begun.
    """

    pair: int
    after: bool
    counted: bool = True


class Assignment:
    """Hands out the places of a trial's attempts, in the order in which they go out.

    Args:
        design: see Design.
        seed: of the coin.
        traders: keys of the traders concerned, in a fixed order.
        block_attempts: attempts of a block; not used by the other designs.

    Attributes:
        block: which block it is in, from 0; sent: attempts of it that went out.
        waiting: a session that is a block has not begun yet: the approved value is not in force.
        open: whether a block that is a session has begun and is not over.
    """

    def __init__(
        self, design: Design, seed: int, traders: Sequence[str], block_attempts: int
    ) -> None:
        self.design = design
        self._seed = seed
        self._number = {trader: number for number, trader in enumerate(traders)}
        self._size = block_attempts
        self.block = 0
        self.sent = 0
        self.waiting = design is Design.SESSION
        self.open = False
        self._used = dict.fromkeys(traders, 0)
        self._next = {trader: self._place(trader) for trader in traders}

    def place(self, trader: str) -> Slot | None:
        """The place of the trader's next attempt; None where the trial does not concern it."""
        return self._next.get(trader)

    @property
    def places(self) -> dict[str, Slot]:
        """The places of all traders' next attempts."""
        return dict(self._next)

    def went_out(self, trader: str) -> Slot:
        """An attempt of the trader went out; returns its place, and prepares the next ones."""
        slot = self._next[trader]
        self._used[trader] += 1
        self.sent += slot.counted
        over = False
        if self.design is Design.BLOCK and self.sent >= self._size:
            self._next_block()
            over = True
        if over:
            for other in self._next:
                # The wait of the others' next attempts began in the block before.
                place = self._place(other)
                self._next[other] = place if other == trader else place._replace(counted=False)
        else:
            self._next[trader] = self._place(trader)
        return slot

    def session_began(self) -> tuple[int, ...]:
        """Another day: a block that is a session begins with it.

        Returns:
            The pairs given up because the session before never came to its close.
        """
        if self.design is not Design.SESSION:
            return ()
        dropped = self.drop() if self.open else ()
        self.waiting, self.open = False, True
        self._next = {trader: self._place(trader) for trader in self._next}
        return dropped

    def session_over(self) -> None:
        """A whole session was traded: the next block begins with the next one."""
        self.open = False
        self._next_block()
        self._next = {trader: self._place(trader) for trader in self._next}

    @property
    def inside(self) -> tuple[int, ...]:
        """The pairs that have begun and are not over, as far as attempts went out."""
        if self.design is Design.ATTEMPT:
            return tuple(self._next[trader].pair for trader, used in self._used.items() if used % 2)
        begun = self.block % 2 or self.sent
        if self.design is Design.SESSION:
            begun = self.block % 2 or self.open
        return (self.block // 2,) if begun else ()

    def drop(self) -> tuple[int, ...]:
        """Give the pairs up that have begun and are not over; returns them."""
        dropped = self.inside
        if self.design is Design.ATTEMPT:
            for trader, used in self._used.items():
                self._used[trader] = used + used % 2
        elif dropped:
            self.block += 2 - self.block % 2
            self.sent = 0
            self.open = False
        self._next = {trader: self._place(trader) for trader in self._next}
        return dropped

    @property
    def used(self) -> dict[str, int]:
        """Attempts of each trader that went out; counted where a coin decides each."""
        return dict(self._used)

    def go_on(self, block: int, used: Mapping[str, int]) -> None:
        """Go on where an earlier run gave its pairs up.

        Args:
            block: the next one.
            used: attempts by trader, an even number each.
        """
        self.block, self.sent = block, 0
        self.waiting, self.open = self.design is Design.SESSION, False
        self._used.update({trader: n for trader, n in used.items() if trader in self._used})
        self._next = {trader: self._place(trader) for trader in self._next}

    def _next_block(self) -> None:
        self.block += 1
        self.sent = 0

    def _place(self, trader: str) -> Slot:
        if self.design is Design.ATTEMPT:
            pair, second = divmod(self._used[trader], 2)
            first = self._coin(f"{trader}/{pair}")
            number = pair * len(self._number) + self._number[trader]
            return Slot(number, first != bool(second))
        pair, second = divmod(self.block, 2)
        if self.waiting:
            return Slot(-1, False, False)
        return Slot(pair, self._coin(str(pair)) != bool(second))

    def _coin(self, place: str) -> bool:
        """Whether the first of a pair gets the arm after."""
        return random.Random(f"{self._seed}/{place}").random() < 0.5


KEPT: Final = 4096
"""Attempts, and compared pairs, that a correction still finds."""

Cycle = tuple[str, int]
"""A trader's key and the number of its cycle."""


class KeptSlots:
    """Places by cycle, at most KEPT whose dollars are known and KEPT whose are not.

    The two are apart: what a cycle comes to after a quarter of an hour counts, although a large
    desk makes thousands of attempts in that time.
    """

    def __init__(self) -> None:
        self._open: OrderedDict[Cycle, Slot] = OrderedDict()
        self._known: OrderedDict[Cycle, Slot] = OrderedDict()

    def get(self, cycle: Cycle) -> Slot | None:
        """The place of a cycle's attempt; None where it is in no arm, or is not remembered."""
        return self._open.get(cycle) or self._known.get(cycle)

    def put(self, cycle: Cycle, slot: Slot) -> None:
        """An attempt went out in this place."""
        keep(self._open, cycle, slot)

    def known(self, cycle: Cycle) -> None:
        """The dollars of an attempt are known; they may be corrected for a while."""
        slot = self._open.pop(cycle, None)
        if slot is not None:
            keep(self._known, cycle, slot)

    def pop(self, cycle: Cycle) -> Slot | None:
        """Forget a cycle's attempt; returns its place."""
        return self._open.pop(cycle, None) or self._known.pop(cycle, None)

    def clear(self) -> None:
        """Forget all."""
        self._open.clear()
        self._known.clear()


def keep(kept: OrderedDict[_K, _V], key: _K, value: _V) -> None:
    """Remember one more, and forget the oldest where there are more than KEPT."""
    kept[key] = value
    if len(kept) > KEPT:
        kept.popitem(last=False)
