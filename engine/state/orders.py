"""Our orders: which are live, what they filled, how many were sent this session."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from typing import Final

from engine.orders import events as ev
from engine.orders.ids import ORDERS_KEPT
from engine.state.order_record import OrderEvent, OrderRecord, is_late_fill
from engine.state.trader_totals import BUCKET_MS, TraderTotals

AWAITED: Final = 1_024
"""Ends that are not final, and orders without a price, that are remembered; the last ones."""

SHOWN: Final = 400
"""Ended orders kept for the screen."""


class Orders:
    """Every order remembered, and counts since the session began.

    Args:
        traders: the desk's traders by key.

    Attributes:
        known: orders by client id, at most ORDERS_KEPT or as `keep` says, so that a late execution
            finds its own; those that are live or of open units are never dropped.
        last_booked: the execution that was booked last.
        live: orders without a terminal report; ended: the last SHOWN that have one, oldest first.
        unknown: live orders without a definite answer.
        awaited: ended orders that the broker is still asked about; unpriced: those with executions
            at a price that nobody told; one_leg_ahead: those of which one leg has executed and the
            other has not reported. The last AWAITED of each.
        submits, cancels, executed: orders sent, cancels sent, orders with an execution.
        sent: orders sent by stretch of BUCKET_MS of epoch time.
        rejects, late_fills: terminal rejections; fills after a terminal report.
        duplicates: reports that repeated something already known, and were ignored.
        orphans: executions of orders no longer remembered; excess: contracts executed beyond an
            order's quantity. Both are booked nowhere, and the books will differ.
        corrections: executions taken back.
    """

    def __init__(self, traders: dict[str, TraderTotals]) -> None:
        self._traders = traders
        self.known: dict[str, OrderRecord] = {}
        self.live: dict[str, OrderRecord] = {}
        self.ended: deque[OrderRecord] = deque(maxlen=SHOWN)
        self.awaited: dict[str, OrderRecord] = {}
        self.unpriced: dict[str, OrderRecord] = {}
        self.one_leg_ahead: dict[str, OrderRecord] = {}
        self.unknown = 0
        self.last_booked: ev.Executed | None = None
        self._ids: deque[str] = deque()
        self._kept = ORDERS_KEPT
        self._seconds = [[0, 0] for _ in range(60)]
        self.new_session()

    def new_session(self) -> None:
        """Begin to count afresh; live orders stay."""
        self.submits = self.cancels = self.executed = 0
        self.rejects = self.late_fills = 0
        self.sent: dict[int, int] = {}
        self.duplicates = self.orphans = self.excess = self.corrections = 0

    def keep(self, orders: int) -> None:
        """Remember so many orders from here on in place of ORDERS_KEPT."""
        self._kept = orders

    @property
    def efficiency(self) -> float:
        """Order efficiency ratio: (submissions + cancels) / (executed orders + 1)."""
        return (self.submits + self.cancels) / (self.executed + 1)

    def sent_last_minute(self, now_ms: int) -> int:
        """Submissions in the sixty seconds up to `now_ms`."""
        newest = now_ms // 1000
        return sum(count for second, count in self._seconds if newest - 60 < second <= newest)

    def on_intended(self, event: ev.OrderIntended) -> OrderRecord | None:
        """An order is about to be sent; returns its record, None where it was known before."""
        order = event.order
        totals = self._traders[event.trader]
        if order in self.known:
            self.duplicates += 1
            return None
        record = self.known[order] = self.live[order] = OrderRecord(event, totals)
        totals.order_intended(event.cycle)
        ids = self._ids
        ids.append(order)
        if len(ids) > self._kept:
            self._forget()
        return record

    def _forget(self) -> None:
        """Drop the oldest ended order; eight tries are enough, as every new order tries again."""
        ids = self._ids
        for _ in range(8):
            if len(ids) <= self._kept:
                return
            oldest = ids.popleft()
            record = self.known[oldest]
            if (
                record.live
                or record.intent.cycle in record.totals.units
                or oldest in self.awaited
                or oldest in self.unpriced
                or oldest in self.one_leg_ahead
            ):
                ids.append(oldest)  # a restart finds an open unit by its orders
            else:
                del self.known[oldest]

    def on_sent(self, event: ev.OrderSent) -> None:
        """The order left for the broker: one submission."""
        at_ms, _, order = event
        record = self.live.get(order)
        if record is None or record.sent_ms is not None:
            self.duplicates += 1
            return
        record.sent(event)
        self.submits += 1
        stretch = at_ms // BUCKET_MS
        self.sent[stretch] = self.sent.get(stretch, 0) + 1
        second = at_ms // 1000
        slot = self._seconds[second % 60]
        if slot[0] == second:
            slot[1] += 1
        else:
            slot[0] = second
            slot[1] = 1

    def on_working(self, event: ev.OrderWorking) -> None:
        """The broker acknowledged the order."""
        record = self.live.get(event.order)
        if record is None:
            self.duplicates += 1
            return
        if record.status == "unknown":
            self.unknown -= 1
        elif record.working_ms is not None:
            self.duplicates += 1
        record.acknowledged(event)

    def on_unknown(self, event: ev.OrderUnknown) -> None:
        """There is no definite answer about the order."""
        record = self.live.get(event.order)
        if record is None:
            self.duplicates += 1
            return
        if record.status != "unknown":
            self.unknown += 1
        record.unanswered(event)

    def on_cancel(self, event: ev.CancelSent) -> None:
        """A cancel left for the broker."""
        self.cancels += 1
        record = self.live.get(event.order)
        if record is not None:
            record.cancel_sent(event)

    def on_ended(self, event: ev.OrderEnded) -> None:
        """A terminal report; it never changes what was filled."""
        record = self.live.pop(event.order, None)
        if record is None:
            self.duplicates += 1
            return
        if record.status == "unknown":
            self.unknown -= 1
        record.ended(event)
        if len(self.ended) == SHOWN:
            self.ended[0].drop_events()
        self.ended.append(record)
        if event.status == "rejected":
            self.rejects += 1

    def on_price_unknown(self, event: ev.PriceUnknown) -> None:
        """An execution of the order is about to be booked at a price that nobody told."""
        record = self.known.get(event.order)
        if record is not None:
            record.price_unknown(event)
            _remember(self.unpriced, record)

    def on_leg_executed(self, event: ev.LegExecuted) -> None:
        """One leg of the order executed."""
        record = self.known.get(event.order)
        if record is None:
            return
        record.leg_executed(event)
        self._await_leg(record)

    def legs_taken_over(self, trader: str) -> None:
        """The broker's contracts of a chain were taken over: no leg of its orders is awaited."""
        for name, record in list(self.one_leg_ahead.items()):
            if record.intent.trader == trader:
                del self.one_leg_ahead[name]

    def on_end_awaited(self, event: ev.EndAwaited) -> None:
        """The order's end is not final yet."""
        record = self.known.get(event.order)
        if record is not None:
            _remember(self.awaited, record)

    def on_end_final(self, event: ev.EndFinal) -> None:
        """The order's end is final."""
        self.awaited.pop(event.order, None)

    def repeated(self) -> None:
        """Count a report that repeated something already known."""
        self.duplicates += 1

    def take(self, event: ev.Executed) -> tuple[OrderRecord, int]:
        """Take an execution in, once.

        Returns the order and the contracts that are new: negative where a correction takes some
        back (it may carry the id of the execution it corrects), 0 where nothing is to be booked.

        Raises:
            KeyError: the order is not remembered; it is counted as an orphan.
        """
        record = self.known.get(event.order)
        if record is None:
            self.orphans += 1
            raise KeyError(event.order)
        quantity = event.quantity
        ordered = record.intent.quantity
        if not record.reported(event.execution) and quantity > 0:
            self.duplicates += 1
            return record, 0
        if quantity < 0:
            quantity = max(quantity, -record.filled)
            self.corrections += 1
            record.price_told(event.execution)
        elif record.unpriced and event.price_c != record.intent.limit_c:
            record.price_told(event.execution)
        if quantity > ordered - record.filled:
            self.excess += quantity - ordered + record.filled
            quantity = ordered - record.filled
        if self.unpriced and not record.unpriced:
            self.unpriced.pop(event.order, None)
        if quantity == 0:
            return record, 0
        self.executed += quantity > 0 and len(record.executions) == 1
        self.late_fills += is_late_fill(event)
        was_unknown = record.status == "unknown"
        record.executed(event, quantity)
        if was_unknown and record.status != "unknown":
            self.unknown -= 1
        if record.legs:
            self._await_leg(record)
        self.last_booked = event
        return record, quantity

    def _await_leg(self, record: OrderRecord) -> None:
        """Remember an order while one of its legs is ahead of the other, and no longer."""
        if record.one_leg_ahead:
            _remember(self.one_leg_ahead, record)
        else:
            self.one_leg_ahead.pop(record.intent.order, None)


def taken_up(
    intent: ev.OrderIntended, totals: TraderTotals, events: Iterable[ev.Event]
) -> Iterator[OrderEvent]:
    """Those of an order's events that its record keeps or counts: the first report of each thing.

    Args:
        intent: the order's.
        totals: its trader's, which stay as they are.
        events: of that order alone, from its intent on, oldest first.
    """
    added = ev.TraderAdded(
        intent.at_ms, totals.key, totals.symbol, totals.expiration, totals.multiplier,
        totals.style, totals.settlement, totals.size,
    )  # fmt: skip
    orders = Orders({totals.key: TraderTotals(added, totals.number)})
    record = orders.on_intended(intent)
    assert record is not None
    before = 0
    for event in events:
        match event:
            case ev.OrderSent():
                orders.on_sent(event)
            case ev.OrderWorking():
                orders.on_working(event)
            case ev.OrderUnknown():
                orders.on_unknown(event)
            case ev.CancelSent():
                orders.on_cancel(event)
            case ev.Executed():
                orders.take(event)
            case ev.OrderEnded():
                orders.on_ended(event)
            case _:
                continue
        if record.events_known > before:
            before = record.events_known
            yield event


def _remember(kept: dict[str, OrderRecord], record: OrderRecord) -> None:
    kept[record.intent.order] = record
    if len(kept) > AWAITED:
        del kept[next(iter(kept))]
