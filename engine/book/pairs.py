"""The pairs held, each with its legs, its money and its result.

Pairs of one chain share strikes: the account's position in a contract is the sum over its pairs.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from engine.book.balance import Booked
from engine.book.settlement import intrinsic_c

FLAT_KEPT: Final = 512
"""Flat pairs remembered, so that a late execution finds its own."""

FOREIGN: Final = 0
"""The cycle of contracts that none of our pairs explains."""


class Leg(NamedTuple):
    """One contract of a chain: right "C" or "P" and strike per share."""

    right: str
    strike: float


leg_of: Final = lru_cache(maxsize=65_536)(Leg)
"""A leg by its right and strike; thousands of pairs share one object."""


@lru_cache(maxsize=4_096)
def _shared_legs(held: tuple[tuple[Leg, int], ...]) -> Mapping[Leg, int]:
    """Signed contracts by leg; pairs that hold the same share one table."""
    return dict(held)


_NOTHING_HELD: Final = _shared_legs(())


class Vertical(NamedTuple):
    """What was bought and sold of a vertical: strikes, contracts, whole cents of money."""

    kind: Booked
    buy: float
    sell: float
    contracts: int
    money_c: int


class Traded:
    """A vertical of a pair while its executions add up; see Vertical."""

    __slots__ = ("buy", "contracts", "kind", "money_c", "sell")

    def __init__(self, kind: Booked, buy: float, sell: float) -> None:
        self.kind, self.buy, self.sell = kind, buy, sell
        self.contracts = self.money_c = 0

    def add(self, contracts: int, money_c: int) -> None:
        """Add an execution; both negative where a correction takes some back."""
        self.contracts += contracts
        self.money_c += money_c


class HeldPair:
    """One cycle's position: its debit, its credits and unwinds, and the legs still held.

    Attributes:
        trader, cycle: whose it is; cycle FOREIGN for contracts that our orders did not trade.
        multiplier: dollars a contract per point.
        right: "C" or "P", of all its legs.
        opened_ms: epoch milliseconds of its first execution.
        verticals: one of each part and strikes, in the order of their first executions; two or
            three, so a list is searched as fast as a table and takes half of its memory.
        legs: signed contracts, none of them zero; changed by `move` alone, as pairs share them.
        shares: signed, from early assignments of its short legs.
        cash_c, fees_c: received minus paid before fees; fees.
        outcome: how its cycle ended; "" before.
        finished_floor_c, label, shape: its floor, label and shape since its cycle ended.
        tied: (floor cents, capital cents, days) as sums over held pairs count it; None: not at all.
    """

    __slots__ = (
        "cash_c", "cycle", "fees_c", "finished_floor_c", "label", "legs", "multiplier", "opened_ms",
        "outcome", "right", "shape", "shares", "tied", "trader", "verticals",
    )  # fmt: skip

    def __init__(self, trader: str, cycle: int, right: str, multiplier: int, at_ms: int) -> None:
        self.trader = trader
        self.cycle = cycle
        self.right = right
        self.multiplier = multiplier
        self.opened_ms = at_ms
        self.verticals: list[Traded] = []
        self.legs: Mapping[Leg, int] = _NOTHING_HELD
        self.shares = self.cash_c = self.fees_c = 0
        self.outcome = self.label = self.shape = ""
        self.finished_floor_c = 0
        self.tied: tuple[int, int, int] | None = None

    def cycle_ended(self, outcome: str, shape: str, floor_c: int, label: str) -> None:
        """Keep how its cycle ended, with the floor in cents and its label.

        One that is PARKED is not finished: its floor is no pair's.
        """
        self.outcome, self.shape = outcome, shape
        if outcome != "PARKED":
            self.floor_is(floor_c, label)

    def floor_is(self, floor_c: int, label: str) -> None:
        """Keep another floor, in cents, and its label: ARB, LOCK* or RISK."""
        self.finished_floor_c, self.label = floor_c, label

    def counts_as(self, tied: tuple[int, int, int] | None) -> None:
        """Keep how sums over held pairs count it, so that it can be taken out of them again."""
        self.tied = tied

    def traded(self) -> Iterator[Vertical]:
        """Every vertical bought or sold, in the order of the first execution of each."""
        for each in self.verticals:
            if each.contracts:
                yield Vertical(each.kind, each.buy, each.sell, each.contracts, each.money_c)

    def contracts_of(self, kind: Booked) -> int:
        """Contracts of all its debits, credits or unwinds."""
        return sum(each.contracts for each in self.verticals if each.kind == kind)

    def money_of(self, kind: Booked) -> int:
        """Whole cents paid for its debits, or received for its credits or unwinds."""
        return sum(each.money_c for each in self.verticals if each.kind == kind)

    @property
    def unhedged(self) -> int:
        """Debit contracts without a credit or unwind; negative where more was sold."""
        left = 0
        for each in self.verticals:
            left += each.contracts if each.kind == "debit" else -each.contracts
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

    def trade(self, kind: Booked, buy: float, sell: float, contracts: int, money_c: int) -> None:
        """Add an execution to the vertical of its part and strikes."""
        for each in self.verticals:
            if each.buy == buy and each.sell == sell and each.kind == kind:
                each.add(contracts, money_c)
                return
        first = Traded(kind, buy, sell)
        first.add(contracts, money_c)
        self.verticals.append(first)

    def as_traded(self) -> HeldPair:
        """The pair from its trades alone, without assignments, settlement and shares."""
        pair = HeldPair(self.trader, self.cycle, self.right, self.multiplier, self.opened_ms)
        pair.fees_c = self.fees_c
        for vertical in self.traded():
            pair.move(Leg(self.right, vertical.buy), vertical.contracts)
            pair.move(Leg(self.right, vertical.sell), -vertical.contracts)
            paid = vertical.kind == "debit"
            pair.cash_c += -vertical.money_c if paid else vertical.money_c
        return pair

    @property
    def whole(self) -> bool:
        """Whether it still holds all it traded: nothing assigned, expired or closed by hand."""
        return self.legs == self.as_traded().legs

    def charge(self, fee_c: int) -> None:
        """Add fees in cents; negative where some are given back."""
        self.fees_c += fee_c

    def move(self, leg: Leg, quantity: int) -> None:
        """Add contracts to a leg; negative to take some away."""
        legs = dict(self.legs)
        total = legs.get(leg, 0) + quantity
        if total:
            legs[leg] = total
        else:
            legs.pop(leg, None)
        self.legs = _shared_legs(tuple(legs.items()))

    @property
    def flat(self) -> bool:
        """Whether nothing of it is held."""
        return not self.legs and not self.shares


class Ended(NamedTuple):
    """Contracts of a chain that ended, signed as held, and what all of them brought.

    Args:
        cash_c, shares: received for all of them; negative where paid or delivered.
        multiplier: dollars a contract per point.
    """

    trader: str
    leg: Leg
    quantity: int
    cash_c: int
    shares: int
    multiplier: int

    def take(self, pair: HeldPair, contracts: int) -> None:
        """Take so many of them out of a pair, and give it its part of the money."""
        pair.move(self.leg, -contracts)
        pair.cash_c += self.cash_c * contracts // self.quantity
        pair.shares += self.shares * contracts // self.quantity


class PairBook:
    """Every pair of which something is held, by trader and cycle.

    Attributes:
        held: pairs with a leg or shares, in the order in which they were opened.
    """

    def __init__(self) -> None:
        self.held: dict[tuple[str, int], HeldPair] = {}
        self._flat: OrderedDict[tuple[str, int], HeldPair] = OrderedDict()

    def book(
        self,
        trader: str,
        cycle: int,
        kind: Booked,
        right: str,
        buy: float,
        sell: float,
        contracts: int,
        money_c: int,
        fee_c: int,
        multiplier: int,
        at_ms: int,
    ) -> HeldPair:
        """Book an execution of a vertical; returns its pair.

        Args:
            trader, cycle: the pair.
            kind: debits pay their money, the others receive it.
            right, buy, sell: the legs.
            contracts: negative where a correction takes some back.
            money_c, fee_c: whole cents, signed like contracts.
            multiplier: dollars a contract per point.
            at_ms: when.
        """
        pair = self.find(trader, cycle) or HeldPair(trader, cycle, right, multiplier, at_ms)
        bought, sold = leg_of(right, buy), leg_of(right, sell)
        pair.trade(kind, bought.strike, sold.strike, contracts, money_c)
        pair.move(bought, contracts)
        pair.move(sold, -contracts)
        pair.cash_c += -money_c if kind == "debit" else money_c
        pair.fees_c += fee_c
        self._keep(pair)
        return pair

    def find(self, trader: str, cycle: int) -> HeldPair | None:
        """A pair that is held or was until recently."""
        key = trader, cycle
        return self.held.get(key) or self._flat.get(key)

    def of_chain(self, trader: str) -> list[HeldPair]:
        """The chain's pairs of which something is held, the oldest first."""
        return [pair for pair in self.held.values() if pair.trader == trader]

    def end_contracts(
        self, trader: str, leg: Leg, quantity: int, cash_c: int, shares: int, multiplier: int
    ) -> None:
        """Take contracts that ended out of the oldest pairs that hold them.

        A pair without a leg left is still held until `close`.

        Args:
            trader, leg: the contract.
            quantity: contracts, signed as held.
            cash_c, shares: received for all of them; negative where paid or delivered.
            multiplier: dollars a contract per point.
        """
        held = ((pair, pair.legs[leg]) for pair in self._holders(trader, leg, quantity))
        self._end(Ended(trader, leg, quantity, cash_c, shares, multiplier), held)

    def return_contracts(
        self, trader: str, leg: Leg, quantity: int, cash_c: int, shares: int, multiplier: int
    ) -> None:
        """Give contracts that did not end after all back to the oldest pairs that traded them.

        Args:
            trader, leg: the contract.
            quantity, cash_c, shares: those of `end_contracts`, negated.
            multiplier: dollars a contract per point.
        """
        gone = (
            (pair, pair.legs.get(leg, 0) - pair.as_traded().legs.get(leg, 0))
            for pair in self.of_chain(trader)
        )
        self._end(Ended(trader, leg, quantity, cash_c, shares, multiplier), gone)

    def _end(self, ended: Ended, among: Iterable[tuple[HeldPair, int]]) -> None:
        """Share contracts and their money out; what no pair explains is foreign.

        Args:
            ended: what ended.
            among: pairs, and how many each may give up, signed as held.
        """
        left = ended.quantity
        for pair, available in among:
            taken = _toward(left, available)
            ended.take(pair, taken)
            left -= taken
            if not left:
                return
        pair = self._foreign(ended.trader, ended.leg, ended.multiplier)
        ended.take(pair, left)
        self._keep(pair)

    def adjust(self, trader: str, leg: Leg, change: int, multiplier: int) -> None:
        """Add `change` contracts, closing pairs that hold the opposite.

        Unhedged pairs first, as those are the ones an operator closes by hand; then the oldest.
        """
        left = change
        holders = self._holders(trader, leg, -change)
        for pair in sorted(holders, key=lambda each: each.unhedged <= 0):
            taken = _toward(left, -pair.legs[leg])
            pair.move(leg, taken)
            self._keep(pair)
            left -= taken
            if not left:
                return
        pair = self._foreign(trader, leg, multiplier)
        pair.move(leg, left)
        self._keep(pair)

    def trade_shares(self, pairs: Iterable[HeldPair], shares: int, price_c: int) -> int:
        """Allot traded shares to pairs that hold the opposite; returns the shares left over.

        Args:
            pairs: in the order in which they are served.
            shares: signed, received positive.
            price_c: cents a share.
        """
        left = shares
        for pair in pairs:
            taken = _toward(left, -pair.shares)
            pair.shares += taken
            pair.cash_c -= taken * price_c
            left -= taken
        return left

    def close(self, pair: HeldPair) -> None:
        """A pair settled: it is no longer held."""
        self.held.pop((pair.trader, pair.cycle), None)

    def _holders(self, trader: str, leg: Leg, sign: int) -> list[HeldPair]:
        return [pair for pair in self.of_chain(trader) if pair.legs.get(leg, 0) * sign > 0]

    def _foreign(self, trader: str, leg: Leg, multiplier: int) -> HeldPair:
        pair = self.find(trader, FOREIGN)
        if pair is None:
            pair = HeldPair(trader, FOREIGN, leg.right, multiplier, 0)
            pair.outcome = "FOREIGN"
        return pair

    def _keep(self, pair: HeldPair) -> None:
        key = pair.trader, pair.cycle
        if pair.flat:
            if self.held.pop(key, None) is not None or key not in self._flat:
                self._flat[key] = pair
                if len(self._flat) > FLAT_KEPT:
                    self._flat.popitem(last=False)
        elif key not in self.held:
            self._flat.pop(key, None)
            self.held[key] = pair


def _toward(wanted: int, available: int) -> int:
    """As much of `wanted` as is available with the same sign."""
    if wanted * available <= 0:
        return 0
    return max(wanted, available) if wanted < 0 else min(wanted, available)
