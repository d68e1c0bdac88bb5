"""Debit attempts: how many, how many filled, how fast; each is passed on to the metrics."""

from __future__ import annotations

from engine.learning.attempt_rates import Rates
from engine.learning.metrics import MEDIUM_BELOW_S, SHORT_BELOW_S, OptimizationMetrics
from engine.learning.recordings import DELAYS
from engine.orders import events as ev
from engine.state.order_record import OrderRecord
from engine.state.statistics import Durations
from engine.state.trader_totals import TraderTotals


class Attempts:
    """Counts since the session began: whole attempts; any execution makes one a fill.

    Timeouts and cancelled orders count as attempts, rejected ones do not. An execution that comes
    after its attempt was counted makes that attempt a fill; its time is not counted. Where that
    attempt is an earlier session's it is none of this one's, and the metrics have it.

    Args:
        metrics: the desk's learning part; receives each attempt once.

    Attributes:
        attempts, fills, partials: of debits; partials filled fewer contracts than ordered.
        suspect: debits that went out for a pair whose floor at mid, after fees, was above zero.
        rates: by size, exchange hour and delay category; fill: times from WORKING to the fill.
        waits: times from WORKING to the cancel of attempts that did not fill.
    """

    def __init__(self, metrics: OptimizationMetrics) -> None:
        self.metrics = metrics
        self._here_since_ms = 0
        self.new_session(0)

    def use_metrics(self, metrics: OptimizationMetrics) -> None:
        """Record attempts there from now on."""
        self.metrics = metrics

    def new_venue(self, at_ms: int) -> None:
        """From epoch `at_ms` on attempts fill otherwise: what others taught advises nothing."""
        self.metrics.forget()
        self._here_since_ms = at_ms

    def new_session(self, at_ms: int) -> None:
        """Begin to count afresh at epoch `at_ms`."""
        self._since_ms = at_ms
        self.attempts = self.fills = self.partials = self.suspect = 0
        self.rates = Rates()
        self.fill = Durations()
        self.waits = Durations()

    def on_chosen(self, totals: TraderTotals, event: ev.PairChosen) -> None:
        """Count a debit whose pair has a floor at mid that real quotes do not leave for long."""
        if event.mid_floor is not None and event.mid_floor > 0:
            self.suspect += 1
            totals.count_suspect()

    def on_ended(
        self, totals: TraderTotals, record: OrderRecord | None, event: ev.AttemptEnded
    ) -> bool:
        """Count an attempt; False where its order's attempt was counted before."""
        if record is not None:
            if record.attempt is not None:
                return False
            record.attempt_ended(event)
        totals.attempt_ended(event)
        if event.filled == 0 and event.result == "REJECTED":
            return True
        contracts, filled, _, hour, delay_s, fill_time_ms = event[4:10]
        delay = _delay(delay_s)
        self._count(totals, event, delay)
        if filled == 0:
            waited_ms = None
            if record is not None and record.cancel_ms is not None and record.working_ms:
                waited_ms = max(record.cancel_ms - record.working_ms, 0)
                self.waits.add(waited_ms)
            self.metrics.record_attempt(contracts, hour, DELAYS[delay], False, waited_ms=waited_ms)
            return True
        if fill_time_ms is not None:
            totals.fill.add(fill_time_ms)
            self.fill.add(fill_time_ms)
        self.metrics.record_attempt(
            contracts, hour, DELAYS[delay], True, fill_time_ms, filled_contracts=filled
        )
        return True

    def _count(self, totals: TraderTotals, event: ev.AttemptEnded, delay: int) -> None:
        contracts, filled = event.contracts, event.filled
        totals.count_attempt(contracts, event.hour, delay, filled)
        self.attempts += 1
        self.rates.add(contracts, event.hour, delay, filled)
        if filled:
            self._fill(totals, event.at_ms, filled < contracts)

    def _fill(self, totals: TraderTotals, at_ms: int, partial: bool) -> None:
        self.fills += 1
        self.partials += partial
        totals.count_fill(at_ms, partial)

    def on_late_fill(self, record: OrderRecord, at_ms: int, quantity: int) -> bool:
        """A debit executed after its attempt was counted; an unfilled attempt becomes a fill.

        Returns:
            Whether it was counted without a fill, or as rejected, and is a fill now.
        """
        event = record.attempt
        totals = record.totals
        if event is None or event.filled or record.filled > quantity:
            return False
        # The attempt stays a fill, even if the broker corrects the execution away afterwards.
        record.attempt_ended(event._replace(filled=quantity))
        delay = _delay(event.delay_s)
        if event.result == "REJECTED":
            self._count(totals, event._replace(at_ms=at_ms, filled=quantity), delay)
            self.metrics.record_attempt(
                event.contracts,
                event.hour,
                DELAYS[delay],
                True,
                filled_contracts=quantity,
                late=True,
            )
            return True
        if event.at_ms >= self._since_ms:  # an earlier session's attempt was counted there
            totals.rates.add_late(event.contracts, event.hour, delay, quantity)
            self.rates.add_late(event.contracts, event.hour, delay, quantity)
            self._fill(totals, at_ms, quantity < event.contracts)
        if event.at_ms >= self._here_since_ms:
            self.metrics.record_late_fill(event.contracts, event.hour, DELAYS[delay], quantity)
        return True

    def on_cycle_ended(self, event: ev.CycleEnded, ordered: int) -> None:
        """Record a finished cycle's result in the metrics, in dollars after fees."""
        if event.outcome not in ("PARKED", "BUSTED") and ordered > 0:
            self.metrics.record_profit(ordered, (event.net_c - event.fees_c) / 100)


def _delay(delay_s: float) -> int:
    """The delay category as an index into DELAYS."""
    return 0 if delay_s < SHORT_BELOW_S else 1 if delay_s < MEDIUM_BELOW_S else 2
