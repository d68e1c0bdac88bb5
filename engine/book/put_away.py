"""Completed pairs in rows of some thirty bytes: a session completes thousands of them an hour.

A pair is put away once nothing of it moves any more: complete and whole, without shares, one
debit and one credit of the same contracts. What a row cannot hold stays a HeldPair. Who reads a
row is given a HeldPair made for the moment.
"""

from __future__ import annotations

import struct
from array import array
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final, TypeVar

from engine.book.alike import Alike, Like
from engine.book.held_pair import HeldPair, Vertical, legs_of_verticals
from engine.book.packed_rows import PackedRows
from engine.orders.narrow_arrays import inserted, narrow

_ROW: Final = struct.Struct("<HHH HHHH q iiiii")
"""Terms, days tied and contracts; strikes of debit and credit; when it was opened; cents of debit,
credit, fees, floor and capital tied."""

_LABELS: Final = struct.Struct("<H 40x")
_GLANCE: Final = struct.Struct("<H 2x H HHHH 8x iii 8x")
_HELD: Final = struct.Struct("<H 2x H HHHH 28x")
"""Parts of a row: its terms; with contracts, strikes, cents of debit, credit and fees; its terms,
contracts and strikes."""

_SIZE: Final = _ROW.size

_NUMBERED: Final = 16_384
"""Strikes, and terms of pairs (right, multiplier, label, shape), that have a number."""

_TOO_LARGE: Final = 0x1_0000

_MOST: Final = 0xFFFF_FFFF
"""The last cycle, and place, of a pair that is put away."""

_T = TypeVar("_T")

_new: Final = tuple.__new__
"""Makes a NamedTuple in half of the time, as whole lists of pairs are read."""


class _Numbers(dict[_T, int]):
    """Gives equal values one small number; one too many has a number that no row can hold."""

    def __init__(self) -> None:
        self.named: list[_T] = []

    def __missing__(self, value: _T) -> int:
        if len(self.named) == _NUMBERED:
            return _TOO_LARGE
        number = self[value] = len(self.named)
        self.named.append(value)
        return number


class _ChainRows:
    """The rows of one trader, which ascend by cycle and by place."""

    __slots__ = ("cycles", "places", "rows")

    def __init__(self) -> None:
        self.cycles: array[int] = narrow()
        self.places: array[int] = narrow()
        self.rows = PackedRows(_SIZE)

    def find(self, cycle: int) -> int | None:
        """Which row is a cycle's; None where none is."""
        at = bisect_left(self.cycles, cycle)
        return at if at < len(self.cycles) and self.cycles[at] == cycle else None

    def put(self, cycle: int, place: int, row: bytes) -> bool:
        """Keep a row, in place of the former one of its cycle; False where it does not fit in."""
        cycles, places = self.cycles, self.places
        at = bisect_left(cycles, cycle)
        if at < len(cycles) and cycles[at] == cycle:
            self.rows.replace(at, row)
        elif bisect_left(places, place) == at:
            self.cycles, self.places = inserted(cycles, at, cycle), inserted(places, at, place)
            self.rows.insert(at, row)
        else:
            return False
        return True

    def drop(self, cycle: int) -> bool:
        """Forget the row of a cycle; False where there is none."""
        at = self.find(cycle)
        if at is None:
            return False
        del self.cycles[at], self.places[at]
        self.rows.delete(at)
        return True

    def every(self) -> bytes:
        """All rows in one piece."""
        return self.rows.read(0, len(self.cycles))


class PairsPutAway:
    """Pairs that are complete and calm, in rows by trader and cycle."""

    def __init__(self) -> None:
        self._chains: dict[str, _ChainRows] = {}
        self._terms: _Numbers[tuple[str, int, str, str]] = _Numbers()
        self._strikes: _Numbers[float] = _Numbers()

    def __len__(self) -> int:
        return sum(len(rows.cycles) for rows in self._chains.values())

    def put(self, pair: HeldPair) -> bool:
        """Put a pair away, in place of its former row; False where a row cannot hold it."""
        if pair.outcome != "COMPLETE" or pair.shares or len(pair.verticals) != 2:
            return False
        row = self._row(pair)
        if row is None or not (0 < pair.cycle <= _MOST and pair.place <= _MOST):
            return False
        rows = self._chains.get(pair.trader)
        if rows is None:
            rows = self._chains[pair.trader] = _ChainRows()
        return rows.put(pair.cycle, pair.place, row)

    def drop(self, trader: str, cycle: int) -> bool:
        """Forget a pair; False where it is not put away."""
        rows = self._chains.get(trader)
        return rows is not None and rows.drop(cycle)

    def holds(self, trader: str, cycle: int) -> bool:
        """Whether a pair is put away."""
        rows = self._chains.get(trader)
        return rows is not None and rows.find(cycle) is not None

    def find(self, trader: str, cycle: int) -> HeldPair | None:
        """A pair that is put away."""
        rows = self._chains.get(trader)
        at = None if rows is None else rows.find(cycle)
        if rows is None or at is None:
            return None
        return self._pair(trader, cycle, rows.places[at], _ROW.unpack(rows.rows.read(at, at + 1)))

    def labels(self) -> Iterator[tuple[str, int, str]]:
        """Trader, cycle and label of each, without a look at the rest."""
        named = self._terms.named
        for trader, rows in self._chains.items():
            for cycle, (terms,) in zip(rows.cycles, _LABELS.iter_unpack(rows.every()), strict=True):
                yield trader, cycle, named[terms][2]

    def number_of(self, trader: str) -> int:
        """How many pairs of a trader there are."""
        rows = self._chains.get(trader)
        return 0 if rows is None else len(rows.cycles)

    def shapes(self) -> set[str]:
        """Every shape that pairs have, or have had."""
        return {shape for _, _, _, shape in self._terms.named}

    def glances(self, trader: str) -> Iterator[tuple[int, int, Like]]:
        """Cycle of a trader's pairs, cents received less paid and fees, and what each is like.

        They are those of the first look, whatever changes meanwhile.
        """
        rows = self._chains.get(trader)
        if rows is not None:
            cycles, packed = rows.cycles[:], rows.every()
            for cycle, row in zip(cycles, _GLANCE.iter_unpack(packed), strict=True):
                yield cycle, row[7] - row[6] - row[8], row[:6]

    def alike(self, like: Like) -> Alike:
        """What pairs have in common that are like this."""
        terms, contracts, *numbers = like
        right, multiplier, _, shape = self._terms.named[terms]
        return Alike(
            right, multiplier, shape, contracts, *map(self._strikes.named.__getitem__, numbers)
        )

    def holders(self) -> Counter[tuple[str, str, float]]:
        """How many of them hold a contract, by trader, right and strike."""
        holders: Counter[tuple[str, str, float]] = Counter()
        strikes = self._strikes.named
        for trader, rows in self._chains.items():
            for alike, pairs in Counter(_HELD.iter_unpack(rows.every())).items():
                terms, contracts, buy, sell, credit_buy, credit_sell = alike
                right = self._terms.named[terms][0]
                for leg in legs_of_verticals(
                    right, strikes[buy], strikes[sell], contracts,
                    strikes[credit_buy], strikes[credit_sell], contracts,
                ):  # fmt: skip
                    holders[trader, right, leg.strike] += pairs
        return holders

    def every(self) -> Iterator[HeldPair]:
        """All of them, trader by trader."""
        for trader in self._chains:
            yield from self.of_chain(trader)

    def of_chain(self, trader: str) -> list[HeldPair]:
        """A trader's pairs, in the order of their places."""
        rows = self._chains.get(trader)
        return [] if rows is None else self._read(trader, rows, 0, len(rows.cycles))

    def chains(self) -> Iterator[tuple[int, str]]:
        """The traders of pairs put away, each behind its first place."""
        return ((rows.places[0], name) for name, rows in self._chains.items() if rows.places)

    def places(self) -> Iterator[array[int]]:
        """The places of all of them: ascending arrays, one for each trader."""
        return (rows.places for rows in self._chains.values())

    def between(self, first: int, last: int) -> Iterator[HeldPair]:
        """The pairs of these places, trader by trader."""
        for trader, rows in self._chains.items():
            begins, ends = bisect_left(rows.places, first), bisect_right(rows.places, last)
            if begins < ends:
                yield from self._read(trader, rows, begins, ends)

    def _row(self, pair: HeldPair) -> bytes | None:
        """What a row holds of a pair; None where that is not all of it."""
        debit, credit = pair.verticals
        if (debit.kind, credit.kind) != ("debit", "credit") or debit.contracts != credit.contracts:
            return None
        legs = legs_of_verticals(pair.right, *debit[1:4], *credit[1:4])
        tied, floor_c = pair.tied, pair.finished_floor_c
        if (
            not legs
            or pair.legs != legs
            or [*pair.legs] != [*legs]
            or pair.cash_c != credit.money_c - debit.money_c
            or tied is None
            or tied[0] != floor_c
        ):
            return None
        strikes = self._strikes
        try:
            return _ROW.pack(
                self._terms[pair.right, pair.multiplier, pair.label, pair.shape],
                tied[2],
                debit.contracts,
                strikes[debit.buy],
                strikes[debit.sell],
                strikes[credit.buy],
                strikes[credit.sell],
                pair.opened_ms,
                debit.money_c,
                credit.money_c,
                pair.fees_c,
                floor_c,
                tied[1],
            )
        except struct.error:
            return None

    def _read(self, trader: str, rows: _ChainRows, begins: int, ends: int) -> list[HeldPair]:
        """The pairs of the rows from one to before another."""
        cycles, places = rows.cycles[begins:ends], rows.places[begins:ends]
        packed = _ROW.iter_unpack(rows.rows.read(begins, ends))
        return [
            self._pair(trader, cycle, place, row)
            for cycle, place, row in zip(cycles, places, packed, strict=True)
        ]

    def _pair(self, trader: str, cycle: int, place: int, row: tuple[Any, ...]) -> HeldPair:
        """The pair of a row."""
        (
            terms, days, contracts, buy, sell, credit_buy, credit_sell, opened_ms,
            debit_c, credit_c, fees_c, floor_c, capital_c,
        ) = row  # fmt: skip
        right, multiplier, label, shape = self._terms.named[terms]
        strikes = self._strikes.named
        debit = "debit", strikes[buy], strikes[sell], contracts, debit_c
        credit = "credit", strikes[credit_buy], strikes[credit_sell], contracts, credit_c
        return _new(
            HeldPair,
            (
                trader,
                cycle,
                right,
                multiplier,
                opened_ms,
                place,
                (_new(Vertical, debit), _new(Vertical, credit)),
                legs_of_verticals(
                    right, debit[1], debit[2], contracts, credit[1], credit[2], contracts
                ),
                0,
                credit_c - debit_c,
                fees_c,
                "COMPLETE",
                label,
                shape,
                floor_c,
                (floor_c, capital_c, days),
            ),
        )
