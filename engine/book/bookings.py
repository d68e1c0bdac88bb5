"""A chain's bookings in the order of execution: a few bytes each, as nearly nobody reads them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from engine.book.balance import Booked, Booking
from engine.book.packed_rows import PackedRows

_ROW: Final = struct.Struct("<BIq")
_KINDS: Final[tuple[Booked, ...]] = ("debit", "credit", "unwind")
_NUMBERS: Final = {kind: number for number, kind in enumerate(_KINDS)}


class Bookings:
    """Every booking of a chain that was not taken back.

    Args:
        multiplier: of the chain's contracts.
    """

    __slots__ = ("_multiplier", "_rows")

    def __init__(self, multiplier: int) -> None:
        self._multiplier = multiplier
        self._rows = PackedRows(_ROW.size)

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Booking]:
        for kind, contracts, price_c in _ROW.iter_unpack(self._rows.read(0, len(self._rows))):
            yield Booking(_KINDS[kind], contracts, price_c, self._multiplier)

    def append(self, booking: Booking) -> None:
        """Add the latest booking, which has the chain's multiplier."""
        row = _ROW.pack(_NUMBERS[booking.kind], booking.contracts, booking.price_c)
        self._rows.insert(len(self._rows), row)

    def take_back(self, kind: Booked, quantity: int, price_c: int) -> None:
        """Shorten the latest bookings of a kind and price.

        Args:
            kind: debit, credit or unwind.
            quantity: contracts to take back; those that were not booked are left.
            price_c: cents a share.
        """
        left = quantity
        bookings = [*self]
        for at in range(len(bookings) - 1, -1, -1):
            booking = bookings[at]
            if not left:
                return
            if booking.kind == kind and booking.price_c == price_c:
                taken = min(left, booking.contracts)
                left -= taken
                self._shorten(at, booking, taken)

    def _shorten(self, at: int, booking: Booking, taken: int) -> None:
        rest = booking.contracts - taken
        if rest:
            self._rows.replace(at, _ROW.pack(_NUMBERS[booking.kind], rest, booking.price_c))
        else:
            self._rows.delete(at)
