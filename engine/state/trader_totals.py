"""One trader's sums over its orders, attempts and cycles, and its open units."""

from __future__ import annotations

from collections import deque
from datetime import date
from typing import Final

from engine.book.balance import Booked, Booking, ChainLedger
from engine.book.bookings import Bookings
from engine.learning.attempt_rates import Rates
from engine.orders.events import (
    AttemptEnded,
    CycleEnded,
    LadderMoved,
    TraderAdded,
    TraderHeld,
    UnitDecided,
)
from engine.orders.ids import ENDS_KEPT, FEWEST_KEPT, MOST_KEPT
from engine.state.statistics import Durations, RecentCounts
from engine.state.unit import Unit

BUCKET_MS: Final = 300_000
BUCKETS: Final = 12


_RESULT: Final = {
    "FILLED": "FIL",
    "PARTIAL": "PAR",
    "TIMEOUT": "TMO",
    "REJECTED": "REJ",
    "CANCELLED": "CAN",
}


class TraderTotals:
    """Everything the desk knows of one trader.

    Attributes:
        dirty: whether its row changed since it was last drawn.
        units: cycles that are open or parked.
        ended: finished ones by cycle, so that the new end of one replaces the former: until
            ENDS_KEPT others of the desk have ended since, but the last FEWEST_KEPT always, and no
            more than MOST_KEPT.
        hold: the automatic hold in force.
        result_c: what its finished cycles of the session pay at least after fees, less what was
            lost on units sold back, and what units came to that ended open, in cents.
    """

    __slots__ = (
        "_recent_fills", "attempts", "bookings", "completions", "cycle", "dirty", "ended",
        "ended_at", "expiration", "expires", "fault", "fees_c", "fill", "filled_cycles", "fills",
        "floor_c", "hedge", "hold", "key", "labels", "last_result", "late_fills", "ledger",
        "multiplier", "number", "orders", "parked", "partials", "rates", "recent", "rejects",
        "rejects_in_row", "result_c", "scratched", "settlement", "size", "style", "suspect",
        "symbol", "units",
    )  # fmt: skip

    def __init__(self, added: TraderAdded, number: int) -> None:
        self.key = added.trader
        self.number = number
        self.symbol = added.symbol
        self.expiration = added.expiration
        self.expires = date.fromisoformat(added.expiration)
        self.multiplier = added.multiplier
        self.style = added.style
        self.settlement = added.settlement
        self.size = added.contracts
        self.ledger = ChainLedger(self.symbol, self.expires)
        self.bookings = Bookings(self.multiplier)
        self.fees_c = 0
        self.floor_c = 0
        self.labels: dict[str, int] = {}
        self.units: dict[int, Unit] = {}
        self.ended: dict[int, CycleEnded] = {}
        self.ended_at: deque[int] = deque()
        self.cycle = 0
        self.hold: TraderHeld | None = None
        self.fault = ""
        self.new_session()

    def new_session(self) -> None:
        """Begin to count activity afresh; positions, money, cycles that have not ended stay."""
        self.attempts = self.fills = self.partials = self.late_fills = self.suspect = 0
        self.orders = self.rejects = self.rejects_in_row = 0
        self.filled_cycles = sum(unit.unended for unit in self.units.values())
        self.completions = self.scratched = self.parked = 0
        self.last_result = ""
        self.result_c = 0
        self.rates = Rates()
        self.hedge = Durations()
        self.fill = Durations()
        self._recent_fills = RecentCounts(BUCKETS)
        self.recent: deque[AttemptEnded] = deque(maxlen=50)
        self.dirty = True

    @property
    def net(self) -> int:
        """Debit contracts that nothing closed."""
        return self.ledger.net

    @property
    def oversold(self) -> int:
        """Contracts sold twice; they hedge no other unit."""
        return sum(-unit.net for unit in self.units.values() if unit.net < 0)

    @property
    def net_premium_c(self) -> int:
        """Received minus paid, before fees."""
        return self.ledger.received_c - self.ledger.paid_c

    @property
    def matched_c(self) -> int:
        """Received minus paid for contracts that are closed."""
        return self.ledger.matched_c

    @property
    def open_c(self) -> int:
        """Paid for contracts that are not closed: matched - net premium."""
        return self.ledger.matched_c - self.ledger.received_c + self.ledger.paid_c

    @property
    def open_unit(self) -> Unit | None:
        """The unit that has been unhedged the longest; None where all is hedged."""
        unhedged = [unit for unit in self.units.values() if unit.unhedged_ms is not None]
        return min(unhedged, key=lambda unit: unit.unhedged_ms or 0, default=None)

    @property
    def label(self) -> str:
        """The worst label among completed pairs: RISK, LOCK*, ARB, or "" where there is none."""
        for label in ("RISK", "LOCK*", "ARB"):
            if self.labels.get(label):
                return label
        return ""

    def touch(self) -> None:
        """Say that its row has to be drawn again."""
        self.dirty = True

    def drawn(self) -> None:
        """Its row shows everything up to now."""
        self.dirty = False

    def resized(self, contracts: int) -> None:
        """It orders so many contracts at a time from here on."""
        self.size = contracts
        self.dirty = True

    def held(self, hold: TraderHeld | None) -> None:
        """An automatic hold began, or (None) ended."""
        self.hold = hold
        self.dirty = True

    def faulted(self, text: str) -> None:
        """It failed and trades no more."""
        self.fault = text
        self.dirty = True

    def order_intended(self, cycle: int) -> None:
        """An order of a cycle is about to be sent."""
        if cycle > self.cycle:
            self.cycle = cycle
        self.dirty = True

    def order_sent(self) -> None:
        """Count a submission."""
        self.orders += 1
        self.dirty = True

    def order_ended(self, rejected: bool) -> None:
        """Count a terminal report; anything but a rejection ends a row of rejections."""
        self.dirty = True
        if rejected:
            self.rejects += 1
            self.rejects_in_row += 1
        else:
            self.rejects_in_row = 0

    def filled_late(self) -> None:
        """Count an execution that came after its order's terminal report."""
        self.late_fills += 1

    def attempt_ended(self, event: AttemptEnded) -> None:
        """Keep how the latest attempt ended."""
        self.dirty = True
        self.recent.append(event)
        self.last_result = _RESULT.get(event.result, "")

    def count_attempt(self, contracts: int, hour: int, delay: int, filled: int) -> None:
        """Count an attempt; contracts ordered and filled, `delay` an index into DELAYS."""
        self.attempts += 1
        self.rates.add(contracts, hour, delay, filled)

    def count_suspect(self) -> None:
        """Count a debit whose pair had a floor at mid above zero."""
        self.suspect += 1
        self.dirty = True

    def count_fill(self, at_ms: int, partial: bool) -> None:
        """Count an attempt that filled, in its five-minute bucket too."""
        self.fills += 1
        self.partials += partial
        self._recent_fills.add(at_ms // BUCKET_MS)

    def sparkline(self, now_ms: int) -> tuple[int, ...]:
        """Fills in each of the last twelve five-minute buckets, the newest last."""
        return self._recent_fills.up_to(now_ms // BUCKET_MS)

    def book(self, booking: Booking) -> None:
        """Enter contracts bought or sold in the ledger."""
        self.bookings.append(booking)
        self._enter(booking)

    def take_back(self, kind: Booked, quantity: int, price_c: int) -> None:
        """Shorten the latest bookings of this kind and price, and book the chain anew."""
        self.bookings.take_back(kind, quantity, price_c)
        self.ledger = ChainLedger(self.symbol, self.expires)
        for booking in self.bookings:
            self._enter(booking)

    def _enter(self, booking: Booking) -> None:
        contract_c = booking.price_c * booking.multiplier
        if booking.kind == "debit":
            self.ledger.buy(booking.contracts, contract_c)
        else:
            self.ledger.sell(booking.contracts, contract_c, booking.kind == "unwind")

    def charge(self, fee_c: int) -> None:
        """Add fees in cents; negative where some are given back."""
        self.fees_c += fee_c
        self.dirty = True

    def new_unit(self, cycle: int, counted: bool) -> Unit:
        """Begin the unit of a cycle.

        Args:
            cycle: its number.
            counted: whether the cycle counts as one with a filled debit.
        """
        ended = self.ended.get(cycle)
        unit = self.units[cycle] = Unit(self.key, cycle, ended.outcome if ended else "")
        self.filled_cycles += counted
        return unit

    def counted_again(self) -> None:
        """A cycle that had ended in an earlier session is one of this one's."""
        self.filled_cycles += 1

    def drop_unit(self, cycle: int) -> None:
        """Forget the unit of a cycle, if there is one."""
        self.units.pop(cycle, None)
        self.dirty = True

    def unit_moved(self, event: LadderMoved) -> None:
        """A unit reached another stage of the ladder."""
        unit = self.units.get(event.cycle)
        if unit is not None:
            unit.moved(event)
            self.dirty = True

    def unit_decided(self, event: UnitDecided) -> None:
        """Somebody decided what happens to a unit."""
        unit = self.units.get(event.cycle)
        if unit is not None:
            unit.decided(event)
            self.dirty = True

    def cycle_ended(self, event: CycleEnded, so_far: int) -> None:
        """Keep a finished cycle, and drop its unit if it is done.

        Args:
            event: its end.
            so_far: cycles of the desk that have ended before it.
        """
        ended, ended_at = self.ended, self.ended_at
        if event.cycle not in ended:
            ended_at.append(so_far)
        ended[event.cycle] = event
        for _ in range(2):
            old = len(ended) > FEWEST_KEPT and ended_at[0] < so_far - ENDS_KEPT
            if old or len(ended) > MOST_KEPT:
                ended_at.popleft()
                del ended[next(iter(ended))]
        unit = self.units.get(event.cycle)
        if unit is not None:
            unit.ended(event)
            if unit.finished:
                del self.units[event.cycle]
        self.dirty = True

    def count_outcome(self, outcome: str, sign: int) -> None:
        """Add a finished cycle to the count of its outcome, or (sign -1) take it out."""
        if outcome == "COMPLETE":
            self.completions += sign
        elif outcome == "SCRATCHED":
            self.scratched += sign
        elif outcome == "PARKED":
            self.parked += sign

    def count_result(self, result_c: int) -> None:
        """Add what a finished cycle of the session comes to, in cents."""
        self.result_c += result_c
        self.dirty = True

    def count_floor(self, floor_c: int, label: str, sign: int = 1) -> None:
        """Add a finished pair's floor and label; with sign -1 the label leaves the count.

        Args:
            floor_c: cents, signed as they enter the sum.
            label: ARB, LOCK* or RISK, "" where the cycle has none.
            sign: of the label.
        """
        self.floor_c += floor_c
        if label:
            self.labels[label] = self.labels.get(label, 0) + sign
        self.dirty = True
