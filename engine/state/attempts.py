"""Debit attempts: how many, how many filled, how fast, and what the learning part is told."""

from __future__ import annotations

from typing import Final

from engine.learning.metrics import DELAYS, MEDIUM_BELOW_S, SHORT_BELOW_S, OptimizationMetrics
from engine.orders import events as ev
from engine.state.records import Durations, OrderRecord, Rates, TraderTotals

_RESULT: Final = {
    "FILLED": "FIL",
    "PARTIAL": "PAR",
    "TIMEOUT": "TMO",
    "REJECTED": "REJ",
    "CANCELLED": "CAN",
}


class Attempts:
    """Counts since the session began: whole attempts, any execution is one fill.

    Rejected orders are no attempts, timeouts and cancelled ones are. An execution that comes
    after its attempt was counted makes that attempt a fill; its time is not counted.

    Args:
        metrics: the desk's learning part; told of each attempt once.

    Attributes:
        attempts, fills, partials: of debits; partials filled fewer contracts than ordered.
        rates: by size, exchange hour and delay category; fill: times from WORKING to the fill.
    """

    def __init__(self, metrics: OptimizationMetrics) -> None:
        self.metrics = metrics
        self.new_session()

    def new_session(self) -> None:
        """Begin to count afresh."""
        self.attempts = self.fills = self.partials = 0
        self.rates = Rates()
        self.fill = Durations()

    def on_ended(
        self, totals: TraderTotals, record: OrderRecord | None, event: ev.AttemptEnded
    ) -> bool:
        """Count an attempt; False where its order's attempt was counted before."""
        if record is not None:
            if record.attempt is not None:
                return False
            record.attempt = event
        totals.dirty = True
        totals.recent.append(event)
        totals.last_result = _RESULT.get(event.result, "")
        if event.filled == 0 and event.result == "REJECTED":
            return True
        self._count(totals, event)
        _, _, _, _, contracts, filled, _, hour, delay_s, fill_time_ms = event
        delay = _delay(delay_s)
        if filled == 0:
            waited_ms = None
            if record is not None and record.cancel_ms is not None and record.working_ms:
                waited_ms = max(record.cancel_ms - record.working_ms, 0)
            self.metrics.record_attempt(contracts, hour, DELAYS[delay], False, waited_ms=waited_ms)
            return True
        if fill_time_ms is not None:
            totals.fill.add(fill_time_ms)
            self.fill.add(fill_time_ms)
        self.metrics.record_attempt(
            contracts, hour, DELAYS[delay], True, fill_time_ms, filled_contracts=filled
        )
        return True

    def _count(self, totals: TraderTotals, event: ev.AttemptEnded) -> None:
        contracts, filled = event.contracts, event.filled
        delay = _delay(event.delay_s)
        totals.attempts += 1
        self.attempts += 1
        totals.rates.add(contracts, event.hour, delay, filled)
        self.rates.add(contracts, event.hour, delay, filled)
        if filled:
            self._fill(totals, event.at_ms, filled < contracts)

    def _fill(self, totals: TraderTotals, at_ms: int, partial: bool) -> None:
        totals.fills += 1
        self.fills += 1
        if partial:
            totals.partials += 1
            self.partials += 1
        totals.note_fill(at_ms)

    def on_late_fill(self, record: OrderRecord, at_ms: int, quantity: int) -> None:
        """A debit executed after its attempt was counted; an unfilled attempt becomes a fill."""
        event = record.attempt
        totals = record.totals
        if event is None or event.filled or record.filled > quantity:
            return
        # From here on the attempt is one that filled, whatever is taken back and comes again.
        record.attempt = event._replace(filled=quantity)
        delay = _delay(event.delay_s)
        if event.result == "REJECTED":
            self._count(totals, event._replace(at_ms=at_ms, filled=quantity))
            self.metrics.record_attempt(
                event.contracts,
                event.hour,
                DELAYS[delay],
                True,
                filled_contracts=quantity,
                late=True,
            )
            return
        totals.rates.add_late(event.contracts, event.hour, delay, quantity)
        self.rates.add_late(event.contracts, event.hour, delay, quantity)
        self._fill(totals, at_ms, quantity < event.contracts)
        self.metrics.record_late_fill(event.contracts, event.hour, DELAYS[delay], quantity)

    def on_cycle_ended(self, event: ev.CycleEnded, ordered: int) -> None:
        """Tell the learning part what a cycle came to, in dollars net of fees."""
        if event.outcome != "PARKED":
            self.metrics.record_profit(ordered, (event.net_c - event.fees_c) / 100)


def _delay(delay_s: float) -> int:
    """The delay category as an index into DELAYS."""
    return 0 if delay_s < SHORT_BELOW_S else 1 if delay_s < MEDIUM_BELOW_S else 2
