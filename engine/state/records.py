"""The mutable records that a desk's fold is made of: orders, units, traders, durations, rates."""

from __future__ import annotations

from bisect import insort
from collections import deque
from collections.abc import Iterator
from datetime import date
from typing import Final

from engine.book.balance import Booking, ChainLedger
from engine.learning.estimators import ArmTally
from engine.learning.metrics import DELAYS
from engine.orders.events import (
    AttemptEnded,
    CancelSent,
    CycleEnded,
    Executed,
    OrderEnded,
    OrderIntended,
    OrderSent,
    OrderUnknown,
    OrderWorking,
    TraderAdded,
    TraderHeld,
)
from engine.orders.types import Effect

BUCKET_MS: Final = 300_000
BUCKETS: Final = 12

STORY_KEPT: Final = 48
"""Events of one order that are kept to be looked at."""

OrderEvent = OrderSent | OrderWorking | OrderUnknown | CancelSent | Executed | OrderEnded

_FINE_MS: Final = 10_000
_COARSE: Final = 3_600


class Durations:
    """How long something took, as a bounded histogram: 10 ms steps to 10 s, then 1 s to an hour.

    The median is kept up with each duration: a screen asks for those of many traders at once.
    """

    __slots__ = ("_at", "_below", "_sorted", "count", "counts", "worst_ms")

    def __init__(self) -> None:
        self.count = 0
        self.counts: dict[int, int] = {}
        self.worst_ms = 0
        self._sorted: list[int] = []
        self._at = 0
        self._below = 0

    def add(self, took_ms: int) -> None:
        """Count one duration."""
        step = took_ms // 10 * 10 if took_ms < _FINE_MS else min(took_ms // 1000, _COARSE) * 1000
        counts, steps = self.counts, self._sorted
        before = steps[self._at] if steps else step
        known = counts.get(step, 0)
        if not known:
            insort(steps, step)
            if step < before:
                self._at += 1
        counts[step] = known + 1
        self.count += 1
        if took_ms > self.worst_ms:
            self.worst_ms = took_ms
        # `_below` durations lie before the median's step; at most one step is passed each time.
        if step < before:
            self._below += 1
        half = (self.count + 1) // 2
        if half > self._below + counts[steps[self._at]]:
            self._below += counts[steps[self._at]]
            self._at += 1
        elif half <= self._below:
            self._at -= 1
            self._below -= counts[steps[self._at]]

    def median_s(self) -> float | None:
        """The median in seconds, rounded down to its step; None where nothing was counted."""
        return self._sorted[self._at] / 1000 if self.count else None

    def steps(self) -> Iterator[tuple[float, int]]:
        """(seconds, how many took that long), shortest first."""
        for step in sorted(self.counts):
            yield step / 1000, self.counts[step]


class Rates:
    """Whole attempts, fills and contracts filled by size, exchange hour and delay category."""

    __slots__ = ("cells",)

    def __init__(self) -> None:
        self.cells: dict[int, list[int]] = {}

    def add(self, contracts: int, hour: int, delay: int, filled: int) -> None:
        """Count one attempt that filled so many contracts; delay is an index into DELAYS."""
        key = (contracts << 8) | (hour << 2) | delay
        cell = self.cells.get(key)
        if cell is None:
            cell = self.cells[key] = [0, 0, 0]
        cell[1] += 1
        if filled:
            cell[0] += 1
            cell[2] += filled

    def add_late(self, contracts: int, hour: int, delay: int, filled: int) -> None:
        """Turn an attempt that was counted without a fill into one with a fill."""
        cell = self.cells[(contracts << 8) | (hour << 2) | delay]
        cell[0] += 1
        cell[2] += filled

    def by_size(self) -> dict[int, ArmTally]:
        """Attempts by contracts ordered, ascending."""
        return self._margin(8, -1)

    def by_hour(self) -> dict[int, ArmTally]:
        """Attempts by exchange hour, ascending."""
        return self._margin(2, 63)

    def by_delay(self) -> dict[str, ArmTally]:
        """Attempts by delay category, short first."""
        return {DELAYS[key]: found for key, found in self._margin(0, 3).items()}

    def _margin(self, shift: int, mask: int) -> dict[int, ArmTally]:
        sums: dict[int, ArmTally] = {}
        for key, (k, n, lots) in self.cells.items():
            group = (key >> shift) & mask
            sums[group] = sums.get(group, ArmTally()) + ArmTally(n, k, lots, key >> 8)
        return dict(sorted(sums.items()))


class OrderRecord:
    """One order of ours: what was intended and what became of it.

    status is intended, sent, working, partial, filled, canceling, canceled, rejected, expired or
    unknown. value_c is the sum of quantity x cents per share over its executions; attempt is how
    a debit's attempt ended, once it has; effects what its legs do to the account's contracts;
    events is its story, left_out how many it lacks.
    """

    __slots__ = (
        "attempt",
        "broker_order",
        "cancel_ms",
        "effects",
        "ended_ms",
        "events",
        "executions",
        "fees_c",
        "filled",
        "intent",
        "left_out",
        "sent_ms",
        "status",
        "text",
        "totals",
        "value_c",
        "working_ms",
    )  # fmt: skip

    def __init__(self, intent: OrderIntended, totals: TraderTotals) -> None:
        self.intent = intent
        self.totals = totals
        self.status = "intended"
        self.filled = 0
        self.value_c = 0
        self.fees_c = 0
        self.executions: tuple[str, ...] = ()
        self.sent_ms: int | None = None
        self.working_ms: int | None = None
        self.ended_ms: int | None = None
        self.cancel_ms: int | None = None
        self.attempt: AttemptEnded | None = None
        self.effects: tuple[Effect, Effect] = ("open", "open")
        self.broker_order = ""
        self.text = ""
        self.events: list[OrderEvent] = []
        self.left_out = 0

    def note(self, event: OrderEvent) -> None:
        """Keep an event for the order's story, as many as STORY_KEPT."""
        if len(self.events) < STORY_KEPT:
            self.events.append(event)
        else:
            self.left_out += 1

    @property
    def live(self) -> bool:
        """Whether it may still execute as far as we know."""
        return self.ended_ms is None


class Unit:
    """One cycle with a filled debit, until it is completed, unwound or settled by hand.

    Contracts and money of its own executions; ordered is what its debit asked for; open_ms is
    since when contracts are unhedged; choice what was decided about it at decided_ms.
    """

    __slots__ = (
        "choice", "credit", "credit_c", "cycle", "debit", "debit_c", "decided_ms", "fees_c",
        "first_fill_ms", "limit_c", "open_ms", "ordered", "outcome", "stage", "totals", "unwind_c",
        "unwound",
    )  # fmt: skip

    def __init__(self, totals: TraderTotals, cycle: int) -> None:
        self.totals = totals
        self.cycle = cycle
        self.ordered = self.debit = self.credit = self.unwound = 0
        self.debit_c = self.credit_c = self.unwind_c = self.fees_c = 0
        self.first_fill_ms: int | None = None
        self.open_ms: int | None = None
        self.stage = ""
        self.limit_c = 0
        self.choice = ""
        self.decided_ms = 0
        self.outcome = ""

    @property
    def net(self) -> int:
        """Contracts bought that nothing sold hedges."""
        return self.debit - self.credit - self.unwound


class TraderTotals:
    """Everything the desk knows of one trader; dirty says its row changed since it was drawn.

    units holds cycles that are open or parked, ended the last finished ones by cycle. hold is the
    automatic hold in force. spark counts fills by five-minute bucket of epoch time.
    """

    __slots__ = (
        "attempts", "bookings", "completions", "cycle", "dirty", "ended", "expiration",
        "expires", "fault", "fees_c", "fill", "filled_cycles", "fills", "floor_c", "hedge",
        "hold", "key", "labels", "last_result", "late_fills", "ledger", "multiplier", "number",
        "orders", "parked", "partials", "rates", "recent", "rejects", "rejects_in_row", "scratched",
        "settlement", "size", "spark", "style", "symbol", "units",
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
        self.bookings: list[Booking] = []
        self.fees_c = 0
        self.floor_c = 0
        self.labels: dict[str, int] = {}
        self.units: dict[int, Unit] = {}
        self.ended: dict[int, CycleEnded] = {}
        self.cycle = 0
        self.hold: TraderHeld | None = None
        self.fault = ""
        self.new_session()

    def new_session(self) -> None:
        """Begin to count activity afresh; positions, money and open units stay."""
        self.attempts = self.fills = self.partials = self.late_fills = 0
        self.orders = self.rejects = self.rejects_in_row = 0
        self.filled_cycles = self.completions = self.scratched = self.parked = 0
        self.last_result = ""
        self.rates = Rates()
        self.hedge = Durations()
        self.fill = Durations()
        self.spark: dict[int, int] = {}
        self.recent: deque[AttemptEnded] = deque(maxlen=50)
        self.dirty = True

    @property
    def net(self) -> int:
        """Debit contracts that nothing closed."""
        return self.ledger.net

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
        found = [unit for unit in self.units.values() if unit.net and unit.open_ms is not None]
        return min(found, key=lambda unit: unit.open_ms or 0, default=None)

    @property
    def stage(self) -> str:
        """The ladder's stage of the unit that is open; "" where none is."""
        unit = self.open_unit
        return unit.stage if unit else ""

    @property
    def label(self) -> str:
        """The worst label among completed pairs: RISK, LOCK*, ARB, or "" where there is none."""
        for label in ("RISK", "LOCK*", "ARB"):
            if self.labels.get(label):
                return label
        return ""

    def note_fill(self, at_ms: int) -> None:
        """Count a filled attempt in its five-minute bucket."""
        bucket = at_ms // BUCKET_MS
        spark = self.spark
        spark[bucket] = spark.get(bucket, 0) + 1
        if len(spark) > BUCKETS + 1:
            for old in [each for each in spark if each <= bucket - BUCKETS]:
                del spark[old]

    def sparkline(self, now_ms: int) -> tuple[int, ...]:
        """Fills in each of the last twelve five-minute buckets, the newest last."""
        newest = now_ms // BUCKET_MS
        return tuple(self.spark.get(newest - back, 0) for back in range(BUCKETS - 1, -1, -1))

    def keep_ended(self, event: CycleEnded) -> None:
        """Remember a finished cycle; the last sixteen are kept."""
        self.ended[event.cycle] = event
        if len(self.ended) > 16:
            del self.ended[next(iter(self.ended))]
