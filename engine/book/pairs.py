"""The pairs held, each with its legs, its money and its result.

Pairs of one chain share strikes: the account's position in a contract is the sum over its pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from operator import attrgetter
from typing import Final, NamedTuple

from engine.book.alike import Alike, Like
from engine.book.balance import Booked
from engine.book.flat_pairs import FlatPairs
from engine.book.held_pair import HeldPair, Leg, leg_of
from engine.book.put_away import PairsPutAway

FOREIGN: Final = 0
"""The cycle of contracts that none of our pairs explains."""

_by_place: Final = attrgetter("place")


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

    def taken_from(self, pair: HeldPair, contracts: int) -> HeldPair:
        """The pair without so many of them, with its part of the money."""
        return pair.moved(
            self.leg,
            -contracts,
            self.cash_c * contracts // self.quantity,
            self.shares * contracts // self.quantity,
        )


class PairBook:
    """Every pair of which something is held, by trader and cycle.

    A pair is a value: what comes of a change counts once `keep` has it. Completed pairs are put
    away in rows; where a pair is makes no difference to who reads it.
    """

    def __init__(self) -> None:
        self._places = 0
        self._away = PairsPutAway()
        self._out: dict[tuple[str, int], HeldPair] = {}
        self._flat = FlatPairs()

    def __len__(self) -> int:
        """How many pairs are held."""
        return len(self._out) + len(self._away)

    def held(self) -> list[HeldPair]:
        """Pairs with a leg or shares, in the order in which they came to be held."""
        return sorted(chain(self._away.every(), self._out.values()), key=_by_place)

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
        return self._hold(pair.traded_more(kind, bought, sold, contracts, money_c, fee_c))

    def find(self, trader: str, cycle: int) -> HeldPair | None:
        """A pair that is held or was until recently."""
        return (
            self._out.get((trader, cycle))
            or self._flat.find(trader, cycle)
            or self._away.find(trader, cycle)
        )

    def holds(self, trader: str, cycle: int) -> bool:
        """Whether something of a pair is held."""
        return (trader, cycle) in self._out or self._away.holds(trader, cycle)

    def flat(self) -> list[HeldPair]:
        """Pairs that were held until recently, those longest flat first."""
        return self._flat.every()

    def out(self) -> list[HeldPair]:
        """Those that are not put away: all that are not complete, or not whole; in no order."""
        return [*self._out.values()]

    def number_put_away(self) -> int:
        """How many of them are put away."""
        return len(self._away)

    def labels_put_away(self) -> Iterator[tuple[str, int, str]]:
        """Trader, cycle and label of the others, which are complete, whole and without shares."""
        return self._away.labels()

    def put_away(self) -> dict[str, int]:
        """How many of them each trader has."""
        return {trader: self._away.number_of(trader) for _, trader in self._away.chains()}

    def shapes_put_away(self) -> set[str]:
        """Every shape that they have, or have had."""
        return self._away.shapes()

    def glances(self, trader: str) -> Iterator[tuple[int, int, Like]]:
        """Those of a trader as `PairsPutAway.glances` has them."""
        return self._away.glances(trader)

    def alike(self, like: Like) -> Alike:
        """What those have in common that are like this."""
        return self._away.alike(like)

    def holders(self) -> Counter[tuple[str, str, float]]:
        """How many pairs hold a contract, by trader, right and strike."""
        holders = self._away.holders()
        holders.update(
            (pair.trader, leg.right, leg.strike) for pair in self._out.values() for leg in pair.legs
        )
        return holders

    def of_chain(self, trader: str) -> list[HeldPair]:
        """The chain's pairs of which something is held, the oldest first."""
        return sorted((*self._away.of_chain(trader), *self.out_of_chain(trader)), key=_by_place)

    def out_of_chain(self, trader: str) -> list[HeldPair]:
        """Those of the chain that are not put away: all that are not complete, or not whole."""
        return sorted((each for each in self._out.values() if each.trader == trader), key=_by_place)

    def with_shares(self) -> list[HeldPair]:
        """Pairs that hold shares, the oldest first."""
        return sorted((each for each in self._out.values() if each.shares), key=_by_place)

    def chains(self) -> list[str]:
        """The traders of all pairs held, that of the oldest first."""
        out = ((each.place, each.trader) for each in self._out.values())
        return [*dict.fromkeys(trader for _, trader in sorted(chain(self._away.chains(), out)))]

    def places(self) -> list[int]:
        """The places of all pairs that are not flat, as they came to be."""
        out = (each.place for each in self._out.values() if not each.flat)
        return sorted(chain(out, *self._away.places()))

    def at(self, places: Sequence[int]) -> list[HeldPair]:
        """The pairs of ascending places that follow one another; those held no longer are missing.

        Args:
            places: as `places` had them.
        """
        if not places:
            return []
        out = {each.place: each for each in self._out.values() if not each.flat}
        pairs = [*self._away.between(places[0], places[-1])]
        pairs += (out[place] for place in places if place in out)
        return sorted(pairs, key=_by_place)

    def keep(self, pair: HeldPair) -> None:
        """Keep a pair as it is now, where it was before: held, or flat until recently."""
        key = pair.trader, pair.cycle
        if not pair.place:
            self._flat.keep(pair)
        elif pair.outcome and self._away.put(pair):
            self._out.pop(key, None)
        else:
            if pair.outcome and key not in self._out:
                self._away.drop(*key)
            self._out[key] = pair

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
            (pair, pair.legs.get(leg, 0) - pair.legs_traded.get(leg, 0))
            for pair in self.out_of_chain(trader)
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
            if taken:
                self.keep(ended.taken_from(pair, taken))
            left -= taken
            if not left:
                return
        pair = self._foreign(ended.trader, ended.leg, ended.multiplier)
        self._hold(ended.taken_from(pair, left))

    def adjust(self, trader: str, leg: Leg, change: int, multiplier: int) -> list[HeldPair]:
        """Add `change` contracts, closing pairs that hold the opposite; returns what it changed.

        Unhedged pairs first, as those are the ones an operator closes by hand; then the oldest.
        """
        left, changed = change, []
        holders = self._holders(trader, leg, -change)
        for pair in sorted(holders, key=lambda each: each.unhedged <= 0):
            taken = _toward(left, -pair.legs[leg])
            changed.append(self._hold(pair.moved(leg, taken)))
            left -= taken
            if not left:
                return changed
        changed.append(self._hold(self._foreign(trader, leg, multiplier).moved(leg, left)))
        return changed

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
            if taken:
                self.keep(pair.traded_shares(taken, price_c))
            left -= taken
        return left

    def close(self, pair: HeldPair) -> None:
        """A pair settled: it is no longer held."""
        key = pair.trader, pair.cycle
        if self._out.pop(key, None) is None:
            self._away.drop(*key)

    def _holders(self, trader: str, leg: Leg, sign: int) -> list[HeldPair]:
        return [pair for pair in self.of_chain(trader) if pair.legs.get(leg, 0) * sign > 0]

    def _foreign(self, trader: str, leg: Leg, multiplier: int) -> HeldPair:
        return self.find(trader, FOREIGN) or HeldPair(
            trader, FOREIGN, leg.right, multiplier, 0, outcome="FOREIGN"
        )

    def _hold(self, pair: HeldPair) -> HeldPair:
        """Keep a pair among those held, or among the flat ones; returns it with its place."""
        if not pair.flat:
            if not pair.place:
                self._flat.forget(pair.trader, pair.cycle)
                self._places += 1
                pair = pair.at(self._places)
        elif pair.place:
            self.close(pair)
            pair = pair.at(0)
        self.keep(pair)
        return pair


def _toward(wanted: int, available: int) -> int:
    """As much of `wanted` as is available with the same sign."""
    if wanted * available <= 0:
        return 0
    return max(wanted, available) if wanted < 0 else min(wanted, available)
