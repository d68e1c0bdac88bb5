"""A chain's bookings: they read, and are taken back, as a list of them is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.book.balance import Booked, Booking
from engine.book.bookings import Bookings
from tests.support.retained import retained_bytes

KINDS = st.sampled_from(["debit", "credit", "unwind"])
PRICES = st.sampled_from([-150, 0, 195, 200, 2**40])
BOOKED = st.tuples(st.booleans(), KINDS, st.integers(1, 1_000), PRICES)


def taken_back(bookings: list[Booking], kind: Booked, quantity: int, price_c: int) -> list[Booking]:
    left, kept = quantity, []
    for booking in reversed(bookings):
        taken = 0
        if (booking.kind, booking.price_c) == (kind, price_c):
            taken = min(left, booking.contracts)
        left -= taken
        if booking.contracts > taken:
            kept.append(booking._replace(contracts=booking.contracts - taken))
    return kept[::-1]


@given(st.lists(BOOKED, max_size=40), st.integers(0, 200))
def test_bookings_read_as_a_list_of_them(
    steps: list[tuple[bool, Booked, int, int]], before: int
) -> None:
    bookings, plain = Bookings(100), list[Booking]()
    first: tuple[bool, Booked, int, int] = (True, "debit", 1, 195)
    for books, kind, contracts, price_c in [first] * before + steps:
        if books:
            plain.append(Booking(kind, contracts, price_c, 100))
            bookings.append(plain[-1])
        else:
            plain = taken_back(plain, kind, contracts, price_c)
            bookings.take_back(kind, contracts, price_c)
    assert [*bookings] == plain and len(bookings) == len(plain)


def test_a_booking_takes_few_bytes() -> None:
    def many(count: int) -> Bookings:
        bookings = Bookings(100)
        for number in range(count):
            kind: Booked = "credit" if number % 2 else "debit"
            bookings.append(Booking(kind, 1, 200 + number * 7 % 60, 100))
        return bookings

    few, lot = retained_bytes(lambda: many(400)), retained_bytes(lambda: many(3_600))
    assert (lot - few) / 3_200 < 5
