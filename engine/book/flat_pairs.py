"""Pairs of which nothing is held any more, packed: remembered for executions that come late."""

from __future__ import annotations

import pickle
from typing import Final

from engine.book.held_pair import HeldPair, Legs, Vertical, leg_of

FLAT_KEPT: Final = 512
"""Flat pairs remembered, so that a late execution finds its own."""


class FlatPairs:
    """The pairs that became flat last, those longest flat first.

    Some forty an hour of a desk of 100 traders, 150 bytes each in place of 900.
    """

    __slots__ = ("_packed",)

    def __init__(self) -> None:
        self._packed: dict[tuple[str, int], bytes] = {}

    def __len__(self) -> int:
        return len(self._packed)

    def find(self, trader: str, cycle: int) -> HeldPair | None:
        """A pair that is remembered, made for the moment; None where it is not.

        Args:
            trader, cycle: the pair.
        """
        packed = self._packed.get((trader, cycle))
        return None if packed is None else _unpacked(trader, cycle, packed)

    def every(self) -> list[HeldPair]:
        """All of them."""
        return [_unpacked(*key, packed) for key, packed in self._packed.items()]

    def keep(self, pair: HeldPair) -> None:
        """Remember a pair as it is now, where it was before.

        Args:
            pair: of which nothing is held; one too many has the one longest flat forgotten.
        """
        self._packed[pair.trader, pair.cycle] = _packed(pair)
        if len(self._packed) > FLAT_KEPT:
            del self._packed[next(iter(self._packed))]

    def forget(self, trader: str, cycle: int) -> None:
        """Something of a pair is held: it is remembered no more, if it was.

        Args:
            trader, cycle: the pair.
        """
        self._packed.pop((trader, cycle), None)


def _packed(pair: HeldPair) -> bytes:
    """All of a pair but its trader and cycle, as plain values.

    Names of classes would take as many bytes again. Not compressed: that saves a seventh.
    """
    verticals = [tuple(each) for each in pair.verticals]
    legs = [(*leg, quantity) for leg, quantity in pair.legs.items()]
    return pickle.dumps((*pair[2:6], verticals, legs, *pair[8:]), pickle.HIGHEST_PROTOCOL)


def _unpacked(trader: str, cycle: int, packed: bytes) -> HeldPair:
    right, multiplier, opened_ms, place, verticals, legs, *rest = pickle.loads(packed)
    return HeldPair(
        trader,
        cycle,
        right,
        multiplier,
        opened_ms,
        place,
        tuple(map(Vertical._make, verticals)),
        Legs({leg_of(side, strike): quantity for side, strike, quantity in legs}),
        *rest,
    )
