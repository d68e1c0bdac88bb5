"""A pair held: its legs, its money and its result, as a value that nobody can change.

A change makes another value, which counts once the book of pairs keeps it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final, NamedTuple, NoReturn

from engine.book.balance import Booked
from engine.book.settlement import intrinsic_c

_new: Final = tuple.__new__
"""Makes a NamedTuple in half of the time, as every execution makes some."""


class Leg(NamedTuple):
    """One contract of a chain: right "C" or "P" and strike per share."""

    right: str
    strike: float


@lru_cache(maxsize=65_536)
def leg_of(right: str, strike: float) -> Leg:
    """A leg by its right and strike; thousands of pairs share one object."""
    return Leg(right, float(strike))


class Legs(dict[Leg, int]):
    """Signed contracts by leg, none of them zero; pairs share a table, so it never changes."""

    __slots__ = ()

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise TypeError(
            "legs of a pair never change; the pair that HeldPair.moved gives has others"
        )

    __setitem__ = __delitem__ = __ior__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse

    def __reduce__(self) -> tuple[type[Legs], tuple[dict[Leg, int]]]:
        return Legs, (dict(self),)


@lru_cache(maxsize=1_024)
def legs_of_verticals(right: str, *traded: float) -> Legs:
    """What verticals hold together.

    Args:
        right: "C" or "P".
        traded: of each vertical the strike bought, the strike sold, and its contracts.
    """
    moves: list[tuple[Leg, int]] = []
    for at in range(0, len(traded), 3):
        bought, sold, contracts = traded[at : at + 3]
        moves += (leg_of(right, bought), int(contracts)), (leg_of(right, sold), -int(contracts))
    return _moved({}, *moves)


def _moved(held: Mapping[Leg, int], *moves: tuple[Leg, int]) -> Legs:
    """Legs with contracts added, or, where negative, taken away."""
    legs = Legs(held)
    for leg, quantity in moves:
        total = legs.get(leg, 0) + quantity
        if total:
            dict.__setitem__(legs, leg, total)
        else:
            dict.pop(legs, leg, None)
    return legs


_NOTHING_HELD: Final = Legs()


class Vertical(NamedTuple):
    """What was bought and sold of a vertical: strikes, contracts, whole cents of money."""

    kind: Booked
    buy: float
    sell: float
    contracts: int
    money_c: int


class HeldPair(NamedTuple):
    """One cycle's position: its debit, its credits and unwinds, and the legs still held.

    Args:
        trader, cycle: whose it is; cycle FOREIGN for contracts that our orders did not trade.
        right: "C" or "P", of all its legs.
        multiplier: dollars a contract per point.
        opened_ms: epoch milliseconds of its first execution.
        place: its number in the order in which pairs came to be held; 0 while it is not held.
        verticals: one of each part and strikes, in the order of their first executions.
        legs: signed contracts, none of them zero.
        shares: signed, from early assignments of its short legs.
        cash_c, fees_c: received minus paid before fees; fees.
        outcome: how its cycle ended; "" before.
        finished_floor_c, label, shape: its floor, label and shape since its cycle ended.
        tied: (floor cents, capital cents, days) as sums over held pairs count it; None: not at all.
    """

    trader: str
    cycle: int
    right: str
    multiplier: int
    opened_ms: int
    place: int = 0
    verticals: tuple[Vertical, ...] = ()
    legs: Mapping[Leg, int] = _NOTHING_HELD
    shares: int = 0
    cash_c: int = 0
    fees_c: int = 0
    outcome: str = ""
    label: str = ""
    shape: str = ""
    finished_floor_c: int = 0
    tied: tuple[int, int, int] | None = None

    # ------------------------------------------------------------------ reading

    def traded(self) -> Iterator[Vertical]:
        """Every vertical bought or sold, in the order of the first execution of each."""
        return (each for each in self.verticals if each.contracts)

    def contracts_of(self, kind: Booked) -> int:
        """Contracts of all its debits, credits or unwinds."""
        return sum(each.contracts for each in self.verticals if each.kind == kind)

    def money_of(self, kind: Booked) -> int:
        """Whole cents paid for its debits, or received for its credits or unwinds."""
        total = 0
        for each in self.verticals:
            if each.kind == kind:
                total += each.money_c
        return total

    @property
    def unhedged(self) -> int:
        """Debit contracts without a credit or unwind; negative where more was sold."""
        left = 0
        for kind, _, _, contracts, _ in self.verticals:
            left += contracts if kind == "debit" else -contracts
        return left

    def worth_c(self, price_c: int) -> int:
        """Value of legs and shares in cents when the underlying settles at `price_c` a share."""
        total = self.shares * price_c
        for (right, strike), quantity in self.legs.items():
            total += quantity * self.multiplier * intrinsic_c(right, strike, price_c)
        return total

    def result_c(self, price_c: int) -> int:
        """Result in cents after fees when the underlying settles at `price_c` a share."""
        return self.cash_c - self.fees_c + self.worth_c(price_c)

    def floor_c(self) -> int | None:
        """The lowest result over all terminal prices; None where losses are unlimited."""
        slope = self.shares + sum(
            quantity * self.multiplier for leg, quantity in self.legs.items() if leg.right == "C"
        )
        if slope < 0:
            return None
        prices_c = {0, *(round(leg.strike * 100) for leg in self.legs)}
        return min(self.result_c(price_c) for price_c in prices_c)

    @property
    def legs_traded(self) -> Legs:
        """The legs from its trades alone, whatever was assigned, expired or closed by hand."""
        flat: list[float] = []
        for _, buy, sell, contracts, _ in self.verticals:
            flat += buy, sell, contracts
        return legs_of_verticals(self.right, *flat)

    def as_traded(self) -> HeldPair:
        """The pair from its trades alone, without assignments, settlement and shares."""
        cash_c = 0
        for each in self.traded():
            cash_c += -each.money_c if each.kind == "debit" else each.money_c
        return HeldPair(
            self.trader,
            self.cycle,
            self.right,
            self.multiplier,
            self.opened_ms,
            verticals=self.verticals,
            legs=self.legs_traded,
            cash_c=cash_c,
            fees_c=self.fees_c,
        )

    @property
    def whole(self) -> bool:
        """Whether it still holds all it traded: nothing assigned, expired or closed by hand."""
        return self.legs == self.legs_traded

    @property
    def flat(self) -> bool:
        """Whether nothing of it is held."""
        return not self.legs and not self.shares

    # ------------------------------------------------------------------ what comes of a change

    def at(self, place: int) -> HeldPair:
        """With another place; 0 where it is no longer held."""
        return _new(HeldPair, (*self[:5], place, *self[6:]))

    def traded_more(
        self, kind: Booked, bought: Leg, sold: Leg, contracts: int, money_c: int, fee_c: int
    ) -> HeldPair:
        """With an execution; contracts, money and fee are negative where some is taken back."""
        verticals = self.verticals
        of, more = (kind, bought.strike, sold.strike), (contracts, money_c)
        for at, each in enumerate(verticals):
            if each[:3] == of:
                more = each.contracts + contracts, each.money_c + money_c
                verticals = *verticals[:at], Vertical(*of, *more), *verticals[at + 1 :]
                break
        else:
            verticals = *verticals, Vertical(*of, *more)
        return _new(
            HeldPair,
            (
                *self[:6],
                verticals,
                _moved(self.legs, (bought, contracts), (sold, -contracts)),
                self.shares,
                self.cash_c + (-money_c if kind == "debit" else money_c),
                self.fees_c + fee_c,
                *self[11:],
            ),
        )

    def moved(self, leg: Leg, quantity: int, cash_c: int = 0, shares: int = 0) -> HeldPair:
        """With contracts added to a leg, negative to take some away, and what came for them."""
        legs = _moved(self.legs, (leg, quantity))
        return _new(
            HeldPair, (*self[:7], legs, self.shares + shares, self.cash_c + cash_c, *self[10:])
        )

    def traded_shares(self, shares: int, price_c: int) -> HeldPair:
        """With shares received, negative where delivered, at cents a share."""
        return self._replace(shares=self.shares + shares, cash_c=self.cash_c - shares * price_c)

    def charged(self, fee_c: int) -> HeldPair:
        """With fees added, in cents; negative where some are given back."""
        return self._replace(fees_c=self.fees_c + fee_c)

    def ended(self, outcome: str, shape: str, floor_c: int, label: str) -> HeldPair:
        """With how its cycle ended, its floor in cents and its label.

        One that is PARKED is not finished: its floor is no pair's.
        """
        if outcome == "PARKED":
            return self._replace(outcome=outcome, shape=shape, label="", finished_floor_c=0)
        return _new(HeldPair, (*self[:11], outcome, label, shape, floor_c, self.tied))

    def with_floor(self, floor_c: int, label: str) -> HeldPair:
        """With another floor, in cents, and its label: ARB, LOCK* or RISK."""
        return self._replace(finished_floor_c=floor_c, label=label)

    def counted_as(self, tied: tuple[int, int, int] | None) -> HeldPair:
        """With how sums over held pairs count it, so that it can be taken out of them again."""
        return _new(HeldPair, (*self[:15], tied))
