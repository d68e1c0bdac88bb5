"""Contracts and money as executions and finished cycles make them: exact, in whole cents."""

from __future__ import annotations

from typing import Final

from engine.book.balance import Booked, Booking, ChainLedger
from engine.book.balancer import PositionBalancer
from engine.book.contracts import ContractBook, ContractKey
from engine.orders import events as ev
from engine.state.records import Durations, OrderRecord, TraderTotals, Unit

HUNG_S: Final = 5.0
"""A unit legged longer than this counts as hung."""

BOOKED: Final[dict[str, Booked]] = {"D": "debit", "C": "credit", "U": "unwind"}
"""How an order's part is booked."""


class Money:
    """Sums over the desk: contracts and money over the life of the journal, cycles a session.

    Args:
        balancer, contracts: the desk's books, which are booked here and nowhere else.

    Attributes:
        debits, credits, unwound: contracts bought, sold against them, and sold again.
        paid_c, credit_c, unwind_c, fees_c: cash; matched_c: received minus paid for what is
            closed, first in first out a chain; floor_c: payoff floors of finished cycles at
            filled prices after fees.
        labels: finished cycles by label: ARB, LOCK*, RISK.
        open_units: units with unhedged contracts, by trader and cycle.
        filled_cycles, completions, scratched, parked: cycles with a filled debit and how they
            ended; hung: those that hung, with hung_net_c what they came to after fees.
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
        self.new_session(0)

    def new_session(self, at_ms: int) -> None:
        """Begin to count cycles afresh at that time; positions and money stay."""
        self._since_ms = at_ms
        self.filled_cycles = self.completions = self.scratched = self.parked = 0
        self.hung = self.hung_net_c = 0
        self.hedge = Durations()

    @property
    def net_premium_c(self) -> int:
        """Received (credits and unwinds) minus paid, before fees: cash, never profit."""
        return self.credit_c + self.unwind_c - self.paid_c

    @property
    def open_c(self) -> int:
        """What contracts that are not closed cost: matched - net premium."""
        return self.matched_c - self.net_premium_c

    @property
    def unhedged(self) -> int:
        """Debit contracts that nothing hedges, over all chains."""
        return self.debits - self.credits - self.unwound

    @property
    def imbalance(self) -> int:
        """Contracts out of balance, whichever way, over the open units."""
        return sum(abs(unit.net) for unit in self.open_units.values())

    @property
    def unhedged_since_ms(self) -> int | None:
        """Since when the longest unhedged unit is; None where all is hedged."""
        times = [unit.open_ms for unit in self.open_units.values() if unit.open_ms is not None]
        return min(times, default=None)

    @property
    def per_hung_c(self) -> int | None:
        """Money after fees that a cycle which hung came to, on average; None where none did."""
        return round(self.hung_net_c / self.hung) if self.hung else None

    def hung_now(self, now_ms: int) -> int:
        """Units unhedged for longer than HUNG_S at `now_ms`."""
        limit = now_ms - int(HUNG_S * 1000)
        return sum(
            unit.open_ms is not None and unit.open_ms < limit for unit in self.open_units.values()
        )

    def worst_hedge_ms(self, now_ms: int) -> int | None:
        """The longest a unit was or is unhedged; None before a fill."""
        since = self.unhedged_since_ms
        worst = self.hedge.worst_ms if self.hedge.count else None
        return worst if since is None else max(now_ms - since, worst or 0)

    def book(self, record: OrderRecord, event: ev.Executed, quantity: int) -> None:
        """Book an execution's new contracts once everywhere; a negative quantity takes back."""
        totals = record.totals
        intent = record.intent
        kind = BOOKED[intent.part]
        matched_c = totals.ledger.matched_c
        if quantity > 0:
            booking = Booking(kind, quantity, event.price_c, totals.multiplier)
            totals.bookings.append(booking)
            _enter(totals.ledger, booking)
            self.balancer.book(totals.symbol, totals.expires, booking)
        else:
            _take_back(totals, kind, -quantity, event.price_c)
            self.balancer.rebook_chain(totals.symbol, totals.expires, totals.bookings)
        self.matched_c += totals.ledger.matched_c - matched_c
        move = self.contracts.apply if quantity > 0 else self.contracts.take_back
        move(
            ContractKey(totals.symbol, totals.expiration, intent.right, intent.buy_strike),
            ContractKey(totals.symbol, totals.expiration, intent.right, intent.sell_strike),
            abs(quantity),
            kind == "debit",
            event.price_c,
            event.fee_c if quantity > 0 else -event.fee_c,
            totals.multiplier,
        )
        totals.fees_c += event.fee_c
        self.fees_c += event.fee_c
        unit = totals.units.get(intent.cycle) or self._new_unit(totals, intent.cycle, kind)
        unit.fees_c += event.fee_c
        if kind == "debit" and not unit.ordered:
            unit.ordered = intent.quantity
        self._add(unit, kind, quantity, quantity * event.price_c * totals.multiplier, event.at_ms)
        totals.dirty = True

    def _new_unit(self, totals: TraderTotals, cycle: int, kind: Booked) -> Unit:
        unit = totals.units[cycle] = Unit(totals, cycle)
        ended = totals.ended.get(cycle)
        if ended is not None:
            unit.outcome = ended.outcome
        elif kind == "debit":
            self.filled_cycles += 1
            totals.filled_cycles += 1
        return unit

    def _add(self, unit: Unit, kind: Booked, quantity: int, money_c: int, at_ms: int) -> None:
        if kind == "debit":
            unit.debit += quantity
            unit.debit_c += money_c
            self.debits += quantity
            self.paid_c += money_c
            if unit.first_fill_ms is None:
                unit.first_fill_ms = at_ms
        elif kind == "credit":
            unit.credit += quantity
            unit.credit_c += money_c
            self.credits += quantity
            self.credit_c += money_c
        else:
            unit.unwound += quantity
            unit.unwind_c += money_c
            self.unwound += quantity
            self.unwind_c += money_c
        key = unit.totals.key, unit.cycle
        if unit.net:
            if unit.open_ms is None:
                unit.open_ms = at_ms
            self.open_units[key] = unit
        else:
            unit.open_ms = None
            self.open_units.pop(key, None)
            if unit.outcome and unit.outcome != "PARKED":
                del unit.totals.units[unit.cycle]

    def settle_unit(self, totals: TraderTotals, cycle: int, unhedged: int, price_c: int) -> None:
        """Close a unit at expiration: contracts without a credit end as if sold at `price_c`.

        Args:
            totals, cycle: the unit.
            unhedged: its debit contracts without a credit; negative where more was sold.
            price_c: what its debit vertical was worth at settlement, cents a share.
        """
        if unhedged:
            kind: Booked = "unwind" if unhedged > 0 else "debit"
            booking = Booking(kind, abs(unhedged), price_c, totals.multiplier)
            matched_c = totals.ledger.matched_c
            totals.bookings.append(booking)
            _enter(totals.ledger, booking)
            self.balancer.book(totals.symbol, totals.expires, booking)
            self.matched_c += totals.ledger.matched_c - matched_c
            money_c = abs(unhedged) * price_c * totals.multiplier
            if unhedged > 0:
                self.unwound += unhedged
                self.unwind_c += money_c
            else:
                self.debits -= unhedged
                self.paid_c += money_c
        self.open_units.pop((totals.key, cycle), None)
        totals.units.pop(cycle, None)
        totals.dirty = True

    def forget_floor(self, totals: TraderTotals, floor_c: int, label: str) -> None:
        """A finished pair is held no more: its floor and label leave the sums."""
        self.count_floor(totals, -floor_c, label, -1)

    def count_floor(self, totals: TraderTotals, floor_c: int, label: str, sign: int = 1) -> None:
        """A finished pair's floor and label enter the sums; with sign -1 its label leaves them."""
        self.floor_c += floor_c
        totals.floor_c += floor_c
        name = label.split(" ", 1)[0]
        for labels in (self.labels, totals.labels) if name else ():
            labels[name] = labels.get(name, 0) + sign
        totals.dirty = True

    def on_ladder(self, totals: TraderTotals, event: ev.LadderMoved) -> None:
        """A unit reached another stage of the ladder."""
        unit = totals.units.get(event.cycle)
        if unit is not None:
            unit.stage = event.stage
            unit.limit_c = event.limit_c
            totals.dirty = True

    def on_decided(self, totals: TraderTotals, event: ev.UnitDecided) -> None:
        """Somebody decided what happens to a unit."""
        unit = totals.units.get(event.cycle)
        if unit is not None:
            unit.choice = event.choice
            unit.decided_ms = event.at_ms
            totals.dirty = True

    def on_cycle_ended(self, totals: TraderTotals, event: ev.CycleEnded) -> None:
        """Count a finished cycle; one that ends again replaces what it came to before."""
        before = totals.ended.get(event.cycle)
        if before is not None:
            self._count(totals, before, -1)
        self._count(totals, event, 1)
        totals.keep_ended(event)
        totals.dirty = True
        if event.outcome == "COMPLETE":
            took_ms = round(event.hedge_s * 1000)
            totals.hedge.add(took_ms)
            self.hedge.add(took_ms)
        unit = totals.units.get(event.cycle)
        if unit is not None:
            unit.outcome = event.outcome
            if not unit.net and event.outcome != "PARKED":
                del totals.units[event.cycle]

    def _count(self, totals: TraderTotals, event: ev.CycleEnded, sign: int) -> None:
        """Add a cycle's end to the sums, or (sign -1) take it out of those that it is in."""
        if event.at_ms >= self._since_ms:  # an earlier session's counts are not this one's
            self._count_outcome(totals, event, sign)
        self.floor_c += sign * event.floor_c
        totals.floor_c += sign * event.floor_c
        label = event.label.split(" ", 1)[0]
        if label:
            self.labels[label] = self.labels.get(label, 0) + sign
            totals.labels[label] = totals.labels.get(label, 0) + sign

    def _count_outcome(self, totals: TraderTotals, event: ev.CycleEnded, sign: int) -> None:
        if event.outcome == "COMPLETE":
            self.completions += sign
            totals.completions += sign
        elif event.outcome == "SCRATCHED":
            self.scratched += sign
            totals.scratched += sign
        else:
            self.parked += sign
            totals.parked += sign
        if hung(event):
            self.hung += sign
            self.hung_net_c += sign * (event.net_c - event.fees_c)


def hung(event: ev.CycleEnded) -> bool:
    """Whether a finished cycle had hung: legged longer than HUNG_S, or never completed."""
    return event.outcome != "COMPLETE" or event.hedge_s > HUNG_S


def _enter(ledger: ChainLedger, booking: Booking) -> None:
    contract_c = booking.price_c * booking.multiplier
    if booking.kind == "debit":
        ledger.buy(booking.contracts, contract_c)
    else:
        ledger.sell(booking.contracts, contract_c, booking.kind == "unwind")


def _take_back(totals: TraderTotals, kind: Booked, quantity: int, price_c: int) -> None:
    """Shorten the latest bookings of this kind and price, and book the chain anew."""
    left = quantity
    kept: list[Booking] = []
    for booking in reversed(totals.bookings):
        if left and booking.kind == kind and booking.price_c == price_c:
            taken = min(left, booking.contracts)
            left -= taken
            shorter = booking._replace(contracts=booking.contracts - taken)
        else:
            shorter = booking
        if shorter.contracts:
            kept.append(shorter)
    kept.reverse()
    totals.bookings = kept
    totals.ledger = ChainLedger(totals.symbol, totals.expires)
    for booking in kept:
        _enter(totals.ledger, booking)
