"""The desk's contracts and money from executions and finished cycles: exact, in whole cents."""

from __future__ import annotations

from typing import Final

from engine.book.balance import Booked, Booking
from engine.book.balancer import PositionBalancer
from engine.book.contract_keys import contract_key
from engine.book.contracts import ContractBook
from engine.orders import events as ev
from engine.state.hung_units import HungUnits
from engine.state.order_record import OrderRecord
from engine.state.statistics import Durations
from engine.state.trader_totals import BUCKET_MS, TraderTotals
from engine.state.unit import Closings, Unit

BOOKED: Final[dict[str, Booked]] = {"D": "debit", "C": "credit", "U": "unwind"}
"""How an order's part is booked."""


class Money:
    """Sums over the desk: contracts and money over the journal's life, cycles over a session.

    Args:
        balancer, contracts: the desk's books; nothing else books in them.

    Attributes:
        debits, credits, unwound: contracts bought, sold against them, and sold back.
        paid_c, credit_c, unwind_c, fees_c: cash.
        matched_c: received minus paid for closed contracts, first in, first out for each chain.
        floor_c: payoff floors of finished cycles at filled prices after fees.
        labels: finished cycles by label: ARB, LOCK*, RISK.
        open_units: units with unhedged contracts, by trader and cycle.
        ended: cycles that ended, of earlier sessions too.
        filled_cycles, completions, scratched, parked: cycles with a filled debit, those that an
            earlier session left over among them, and how they ended.
        left_over: those of earlier sessions.
        hanging: units that hung.
        result_c: payoff floors of the session's finished cycles, less what was lost on units sold
            back, and what units came to that ended open, after fees; results_c: the same by
            stretch of BUCKET_MS of epoch time.
        hedge: how long completed cycles were legged.
    """

    def __init__(self, balancer: PositionBalancer, contracts: ContractBook) -> None:
        self.balancer = balancer
        self.contracts = contracts
        self.debits = self.credits = self.unwound = 0
        self.paid_c = self.credit_c = self.unwind_c = 0
        self.matched_c = self.fees_c = self.floor_c = 0
        self.labels: dict[str, int] = {}
        self.open_units: dict[tuple[str, int], Unit] = {}
        self.ended = 0
        self.hanging = HungUnits(self.open_units)
        self.new_session(0, 0, 0)

    def use_balancer(self, balancer: PositionBalancer) -> None:
        """Book balances there from now on."""
        self.balancer = balancer

    def use_contracts(self, contracts: ContractBook) -> None:
        """Book contracts and cash there from now on."""
        self.contracts = contracts

    def new_session(self, at_ms: int, heard_ms: int, left_over: int) -> None:
        """Begin to count cycles afresh; positions and money stay.

        Args:
            at_ms, heard_ms: when it begins, and when the one before was last heard of, epoch
                milliseconds.
            left_over: cycles with a filled debit that have not ended.
        """
        self.hanging.new_session(heard_ms)
        self._since_ms = at_ms
        self.filled_cycles = self.left_over = left_over
        self.completions = self.scratched = self.parked = 0
        self._fees_before_c = self.fees_c
        self.result_c = 0
        self.results_c: dict[int, int] = {}
        self.hedge = Durations()

    @property
    def net_premium_c(self) -> int:
        """Received (credits and unwinds) minus paid, before fees: cash, never profit."""
        return self.credit_c + self.unwind_c - self.paid_c

    @property
    def open_c(self) -> int:
        """Cost of contracts that are not closed: matched - net premium."""
        return self.matched_c - self.net_premium_c

    @property
    def session_fees_c(self) -> int:
        """Fees that were booked in this session."""
        return self.fees_c - self._fees_before_c

    @property
    def unhedged(self) -> int:
        """Unhedged debit contracts over all chains; contracts sold twice hedge no other unit."""
        return sum(unit.net for unit in self.open_units.values() if unit.net > 0)

    @property
    def imbalance(self) -> int:
        """Absolute contracts out of balance, summed over the open units."""
        return sum(abs(unit.net) for unit in self.open_units.values())

    @property
    def left_to_operator(self) -> int:
        """Open units that are parked, whether their cycle has ended so or not."""
        return sum(unit.parked for unit in self.open_units.values())

    @property
    def unhedged_since_ms(self) -> int | None:
        """When the longest unhedged unit became unhedged; None where all is hedged."""
        times = (unit.unhedged_ms for unit in self.open_units.values())
        return min((each for each in times if each is not None), default=None)

    def worst_hedge_ms(self, now_ms: int) -> int | None:
        """The longest time a unit was or is unhedged; None before a fill."""
        since = self.unhedged_since_ms
        worst = self.hedge.worst_ms if self.hedge.count else None
        return worst if since is None else max(now_ms - since, worst or 0)

    def book(self, record: OrderRecord, event: ev.Executed, quantity: int) -> None:
        """Book an execution's new contracts in every sum and book.

        Args:
            record, event: the order and its execution.
            quantity: new contracts; negative where a correction takes some back.
        """
        totals = record.totals
        intent = record.intent
        kind = BOOKED[intent.part]
        matched_c = totals.ledger.matched_c
        if quantity > 0:
            booking = Booking(kind, quantity, event.price_c, totals.multiplier)
            totals.book(booking)
            self.balancer.book(totals.symbol, totals.expires, booking)
        else:
            totals.take_back(kind, -quantity, event.price_c)
            self.balancer.rebook_chain(totals.symbol, totals.expires, totals.bookings)
        self.matched_c += totals.ledger.matched_c - matched_c
        self.contracts.apply(
            contract_key(totals.symbol, totals.expiration, intent.right, intent.buy_strike),
            contract_key(totals.symbol, totals.expiration, intent.right, intent.sell_strike),
            quantity,
            kind == "debit",
            event.price_c,
            event.fee_c,
            totals.multiplier,
        )
        totals.charge(event.fee_c)
        self.fees_c += event.fee_c
        unit = totals.units.get(intent.cycle) or self._new_unit(totals, intent.cycle, kind)
        if kind == "debit":
            unit.debit_ordered(intent.quantity)
        money_c = quantity * event.price_c * totals.multiplier
        unit.book(kind, quantity, money_c, event)
        self._add(kind, quantity, money_c)
        key = totals.key, unit.cycle
        if unit.net:
            self.open_units[key] = unit
        else:
            self.open_units.pop(key, None)
            if unit.finished:
                totals.drop_unit(unit.cycle)

    def charge(self, totals: TraderTotals, cycle: int, fee_c: int) -> None:
        """Add to the fees of executions that are booked; negative where some are given back."""
        self.contracts.charge(fee_c)
        totals.charge(fee_c)
        self.fees_c += fee_c
        unit = totals.units.get(cycle)
        if unit is not None:
            unit.charge(fee_c)

    def counts(self, at_ms: int) -> bool:
        """Whether what ended at an epoch millisecond counts in this session."""
        return at_ms >= self._since_ms

    def _new_unit(self, totals: TraderTotals, cycle: int, kind: Booked) -> Unit:
        counted = kind == "debit" and cycle not in totals.ended
        self.filled_cycles += counted
        return totals.new_unit(cycle, counted)

    def _add(self, kind: Booked, quantity: int, money_c: int) -> None:
        if kind == "debit":
            self.debits += quantity
            self.paid_c += money_c
        elif kind == "credit":
            self.credits += quantity
            self.credit_c += money_c
        else:
            self.unwound += quantity
            self.unwind_c += money_c

    def settle_unit(self, totals: TraderTotals, cycle: int, closings: Closings) -> None:
        """Close a unit at expiration, or once others closed all of it.

        Args:
            totals, cycle: the unit.
            closings: contracts and cents a share of its unhedged contracts, as if they had been
                sold back; negative contracts were sold too often, and end as if bought.
        """
        matched_c = totals.ledger.matched_c
        for contracts, price_c in closings:
            kind: Booked = "unwind" if contracts > 0 else "debit"
            booking = Booking(kind, abs(contracts), price_c, totals.multiplier)
            totals.book(booking)
            self.balancer.book(totals.symbol, totals.expires, booking)
            self._add(kind, booking.contracts, booking.contracts * price_c * totals.multiplier)
        self.matched_c += totals.ledger.matched_c - matched_c
        self.open_units.pop((totals.key, cycle), None)
        totals.drop_unit(cycle)

    def forget_floor(self, totals: TraderTotals, floor_c: int, label: str) -> None:
        """Take the floor and label of a finished pair out of the sums: it is no longer held."""
        self.count_floor(totals, -floor_c, label, -1)

    def count_floor(self, totals: TraderTotals, floor_c: int, label: str, sign: int = 1) -> None:
        """Add a finished pair's floor and label to the sums.

        Args:
            totals: its trader's.
            floor_c: cents, signed as they enter the sum.
            label: ARB, LOCK* or RISK, perhaps with a remark; "" where the cycle has none.
            sign: -1 takes the label out.
        """
        name = label.split(" ", 1)[0]
        self.floor_c += floor_c
        if name:
            self.labels[name] = self.labels.get(name, 0) + sign
        totals.count_floor(floor_c, name, sign)

    def on_cycle_ended(self, totals: TraderTotals, event: ev.CycleEnded) -> None:
        """Count a finished cycle; where it ended before, the new end replaces the former.

        Of one that had finished in an earlier session the difference counts in this one.
        """
        before = totals.ended.get(event.cycle)
        if before is not None:
            self._count(totals, before, -1)
        of_before = before is not None and before.outcome != "PARKED"
        if before is not None and of_before and not self.counts(before.at_ms):
            self.add_result(totals, event.at_ms, -before.floor_c)
            if event.outcome != "PARKED":
                self.add_result(totals, event.at_ms, event.floor_c)
                event = event._replace(at_ms=before.at_ms)
            else:  # open again to the end, it is one of this session's cycles
                self.filled_cycles += 1
                totals.counted_again()
        self._count(totals, event, 1)
        totals.cycle_ended(event, self.ended)
        self.ended += before is None

    def _count(self, totals: TraderTotals, event: ev.CycleEnded, sign: int) -> None:
        """Add a cycle's end to the sums, or (sign -1) take it out again."""
        if event.at_ms >= self._since_ms:  # a cycle that ended in an earlier session counted there
            self._count_outcome(totals, event, sign)
        if event.outcome != "PARKED":  # what it left open is at worst what `open_worst_c` says
            self.count_floor(totals, sign * event.floor_c, event.label, sign)

    def _count_outcome(self, totals: TraderTotals, event: ev.CycleEnded, sign: int) -> None:
        totals.count_outcome(event.outcome, sign)
        if event.outcome != "PARKED":
            self.add_result(totals, event.at_ms, sign * event.floor_c)
        if event.outcome == "COMPLETE":
            self.completions += sign
            took_ms = round(event.hedge_s * 1000)
            for durations in (totals.hedge, self.hedge):
                (durations.add if sign > 0 else durations.take_back)(took_ms)
        elif event.outcome == "SCRATCHED":
            self.scratched += sign
        elif event.outcome == "PARKED":
            self.parked += sign
        self.hanging.cycle_ended(event, sign)

    def add_result(self, totals: TraderTotals, at_ms: int, result_c: int) -> None:
        """Add what a cycle came to at epoch `at_ms` to the session's result, cents."""
        self.result_c += result_c
        totals.count_result(result_c)
        stretch = at_ms // BUCKET_MS
        self.results_c[stretch] = self.results_c.get(stretch, 0) + result_c
