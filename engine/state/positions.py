"""Positions: pairs held, shares carried, what settlement realised."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from engine.book.contract_keys import contract_key
from engine.book.held_pair import HeldPair, Leg
from engine.book.pairs import PairBook
from engine.orders import events as ev
from engine.orders.ids import MOST_KEPT
from engine.orders.settlements import SettlementKind
from engine.pricing.opportunity import Settlement, Style, label
from engine.state.held_capital import HeldCapital
from engine.state.money import BOOKED, Money
from engine.state.order_record import OrderRecord
from engine.state.trader_totals import TraderTotals
from engine.state.unit import closings_of

KNOWN: Final = 65_536
"""Settlements and share trades remembered, so that a repeated report is recognised."""


class Positions:
    """Which pairs are held and which have settled; contracts and cash are in Money's books.

    Args:
        money: the desk's sums and books.
        traders: the desk's traders by key.

    Attributes:
        pairs: every pair of which something is held.
        capital: what the completed ones among them tie up.
        realised_c, settled: results after fees of pairs settled at expiration, and how many.
        by_chain: (pairs settled, realised cents, settlement price in cents) of each settled chain.
        known: settlements booked, by name, the oldest first.
        carried: by root, shares that no pair holds any more, and their cost in cents.
        shares_c: result of closing carried shares, in cents.
    """

    def __init__(self, money: Money, traders: dict[str, TraderTotals]) -> None:
        self._money = money
        self._traders = traders
        self.pairs = PairBook()
        self.capital = HeldCapital()
        self.realised_c = self.settled = self.shares_c = 0
        self.by_chain: dict[str, tuple[int, int, int]] = {}
        self.carried: dict[str, tuple[int, int]] = {}
        self.known: dict[str, None] = {}
        self._settled: dict[str, set[int]] = {}

    def executed(self, record: OrderRecord, event: ev.Executed, quantity: int) -> None:
        """Book an execution's new contracts on their pair; negative where some are taken back."""
        intent, totals = record.intent, record.totals
        pair = self.pairs.book(
            totals.key,
            intent.cycle,
            BOOKED[intent.part],
            intent.right,
            intent.buy_strike,
            intent.sell_strike,
            quantity,
            quantity * event.price_c * totals.multiplier,
            event.fee_c,
            totals.multiplier,
            event.at_ms,
        )
        if pair.outcome:  # a correction, or an execution that came late
            self._tie(pair)

    def charge(self, totals: TraderTotals, cycle: int, fee_c: int) -> None:
        """Add to the fees of a pair; what it guarantees, or came to, is less by that.

        A cycle that ended in this session ends anew, which says so of its floor.
        """
        pair = self.pairs.find(totals.key, cycle)
        if pair is None:
            self.realised_c -= fee_c
            return
        pair = pair.charged(fee_c)
        ended = totals.ended.get(cycle)
        if pair.outcome and pair.outcome != "PARKED" and not self.ends_anew(ended):
            floor_c = pair.finished_floor_c - fee_c
            pair = self._with_floor(totals, pair, floor_c)
        if pair.outcome:
            self._tie(pair)
        else:
            self.pairs.keep(pair)

    def ends_anew(self, ended: ev.CycleEnded | None) -> bool:
        """Whether a corrected fee of a cycle is told by another end of it."""
        return ended is not None and ended.outcome != "PARKED" and self._money.counts(ended.at_ms)

    def cycle_ends(self, event: ev.CycleEnded) -> None:
        """Have the sums count a pair as its former end did, before another end takes that out.

        What came since, a fee or the loss of a leg, had changed its floor; one that settled has no
        floor there any more.
        """
        totals, pair = self._traders[event.trader], self.pairs.find(event.trader, event.cycle)
        before = totals.ended.get(event.cycle)
        if before is None or before.outcome == "PARKED":
            return
        if pair is not None:
            self._money.forget_floor(totals, pair.finished_floor_c, pair.label)
        if pair is not None or self._has_settled(event):
            self._money.count_floor(totals, before.floor_c, before.label)

    def cycle_ended(self, event: ev.CycleEnded) -> None:
        """Keep a finished cycle's outcome, label, shape and floor with its pair."""
        pair = self.pairs.find(event.trader, event.cycle)
        if pair is not None:
            pair = pair.ended(event.outcome, event.kind, event.floor_c, event.label)
            self._floors_again([self._tie(pair)])
        elif event.outcome != "PARKED" and self._has_settled(event):
            self._money.forget_floor(self._traders[event.trader], event.floor_c, event.label)

    def open_worst_c(self, trader: str = "") -> int | None:
        """The least that open units come to at expiration after fees, cents; None: unlimited.

        What the floor counts of a unit, completed before contracts of it came late, is left out.

        Args:
            trader: whose units; "" for all.
        """
        worst_c = 0
        for key in self._open_of(trader) if trader else self._money.open_units:
            pair = self.pairs.find(*key)
            if pair is not None:
                floor_c = pair.floor_c()
                if floor_c is None:
                    return None
                worst_c += floor_c - pair.finished_floor_c
        return worst_c

    def _open_of(self, trader: str) -> list[tuple[str, int]]:
        """A trader's open units, without a look at those of all others."""
        totals, every = self._traders.get(trader), self._money.open_units
        cycles = () if totals is None else totals.units
        return [key for cycle in cycles if (key := (trader, cycle)) in every]

    def contract_settled(self, event: ev.Settled) -> None:
        """Contracts ended: take them out of the book and out of the oldest pairs that hold them.

        Those that did not after all go back to the oldest pairs that had them.
        """
        totals = self._traders[event.trader]
        self._remember(event.settlement)
        key = contract_key(totals.symbol, totals.expiration, event.right, event.strike)
        contracts, pairs = self._money.contracts, self.pairs
        back = event.kind == SettlementKind.TAKEN_BACK
        # Those of them that are whole again are put away.
        without = [pair for pair in pairs.out_of_chain(totals.key) if back and not pair.whole]
        (contracts.unsettle if back else contracts.settle)(
            key, event.quantity, event.cash_c, event.shares
        )
        (pairs.return_contracts if back else pairs.end_contracts)(
            totals.key,
            Leg(event.right, event.strike),
            event.quantity,
            event.cash_c,
            event.shares,
            totals.multiplier,
        )
        totals.touch()
        again = (pairs.find(each.trader, each.cycle) for each in without)
        self._floors_again((each for each in again if each is not None), whole=True)
        self._floors_again(pairs.out_of_chain(totals.key))

    def shares_traded(self, event: ev.SharesTraded) -> None:
        """Shares came or went: they close pairs' opposite shares first, then carried ones."""
        self._remember(event.trade)
        self._money.contracts.move_shares(event.symbol, event.shares, event.cash_c)
        of_symbol = [
            pair
            for pair in self.pairs.with_shares()
            if self._traders[pair.trader].symbol == event.symbol
        ]
        left = self.pairs.trade_shares(of_symbol, event.shares, event.price_c)
        self._carry(event.symbol, left, event.price_c)
        again = (self.pairs.find(pair.trader, pair.cycle) for pair in of_symbol)
        self._floors_again(pair for pair in again if pair is not None)

    def pair_settled(self, event: ev.PairSettled) -> None:
        """A pair settled; shares that it held are carried at the settlement price."""
        totals = self._traders[event.trader]
        pair = self.pairs.find(event.trader, event.cycle)
        self.realised_c += event.realised_c
        self.settled += 1
        if pair is not None:
            self._carry(totals.symbol, pair.shares, event.price_c)
            self.pairs.close(pair)
            self._remember_settled(totals, event.cycle)
            self.capital.drop(pair)
            self._money.forget_floor(totals, pair.finished_floor_c, pair.label)
            self._money.settle_unit(totals, event.cycle, closings_of(pair, event))
            if event.unhedged:  # of a completed pair its floor is the result
                more_c = event.realised_c - pair.finished_floor_c
                self._money.add_result(totals, event.at_ms, more_c)

    def chain_settled(self, event: ev.ChainSettled) -> None:
        """Every pair of a chain settled."""
        pairs, realised_c, _ = self.by_chain.get(event.trader, (0, 0, 0))
        self.by_chain[event.trader] = (
            pairs + event.pairs,
            realised_c + event.realised_c,
            event.price_c,
        )

    def adjusted(self, event: ev.BookAdjusted) -> None:
        """An operator adopted the broker's position in a contract."""
        totals = self._traders[event.trader]
        key = contract_key(totals.symbol, totals.expiration, event.right, event.strike)
        self._money.contracts.adjust(key, event.after)
        leg = Leg(event.right, event.strike)
        out = self.pairs.out_of_chain(totals.key)
        changed = self.pairs.adjust(totals.key, leg, event.after - event.before, totals.multiplier)
        for pair in {pair.cycle: pair for pair in (*out, *changed)}.values():
            if pair.flat:
                self.pairs.keep(self.capital.drop(pair))
        totals.touch()
        self._floors_again(self.pairs.out_of_chain(totals.key))

    def _remember_settled(self, totals: TraderTotals, cycle: int) -> None:
        """A pair settled, whose cycle may yet end anew."""
        if cycle in totals.ended:
            settled = self._settled.setdefault(totals.key, set())
            settled.add(cycle)
            if len(settled) > MOST_KEPT:
                settled.intersection_update(totals.ended)

    def _has_settled(self, event: ev.CycleEnded) -> bool:
        """Whether a cycle's pair has settled, so that no floor of it is in the sums."""
        return event.cycle in self._settled.get(event.trader, ())

    def _floors_again(self, pairs: Iterable[HeldPair], *, whole: bool = False) -> None:
        """Work out the floors of finished pairs again, once legs or shares of them are gone.

        Where a pair has no floor (short shares that no call covers) its last one stays in the sum.

        Args:
            pairs: which.
            whole: whether also of those that have all their legs: some may have come back.
        """
        for pair in pairs:
            if pair.outcome != "COMPLETE" or pair.unhedged or (pair.whole and not whole):
                continue
            floor_c = pair.floor_c()
            if floor_c is None or floor_c == pair.finished_floor_c:
                continue
            totals = self._traders[pair.trader]
            self._tie(self._with_floor(totals, pair, floor_c))

    def _with_floor(self, totals: TraderTotals, pair: HeldPair, floor_c: int) -> HeldPair:
        """The pair with another floor, in cents, which the sums have in place of its former one."""
        self._money.forget_floor(totals, pair.finished_floor_c, pair.label)
        pair = pair.with_floor(floor_c, label_of(totals, floor_c))
        self._money.count_floor(totals, floor_c, pair.label)
        return pair

    def _tie(self, pair: HeldPair) -> HeldPair:
        """Keep a pair, and count what it ties up; returns it as it counts then."""
        pair = self.capital.count(pair, self._traders[pair.trader].expires)
        self.pairs.keep(pair)
        return pair

    def _carry(self, symbol: str, shares: int, price_c: int) -> None:
        """Carry shares bought at `price_c` each; those that close carried ones realise a result."""
        if not shares:
            return
        held, cost_c = self.carried.get(symbol, (0, 0))
        if held * shares < 0:
            gone = min(abs(shares), abs(held)) * (1 if held > 0 else -1)
            gone_cost_c = cost_c if gone == held else cost_c * gone // held
            self.shares_c += gone * price_c - gone_cost_c
            held, cost_c, shares = held - gone, cost_c - gone_cost_c, shares + gone
        held, cost_c = held + shares, cost_c + shares * price_c
        if held:
            self.carried[symbol] = held, cost_c
        else:
            self.carried.pop(symbol, None)

    def _remember(self, name: str) -> None:
        self.known[name] = None
        if len(self.known) > KNOWN:
            del self.known[next(iter(self.known))]


def label_of(totals: TraderTotals, floor_c: int) -> str:
    """ARB, LOCK* or RISK of a pair whose floor is `floor_c` cents."""
    style: Style = "european" if totals.style == "european" else "american"
    settlement: Settlement = "cash" if totals.settlement == "cash" else "physical"
    return label(floor_c / 100, style, settlement)
