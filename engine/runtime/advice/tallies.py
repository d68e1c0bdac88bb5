"""What the attempts of a desk taught so far: each trader's own tallies, and the evidence of all."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Any, Final

from engine.learning.attempt_results import AttemptResult, AttemptResults, venue_of
from engine.learning.estimators import Difference
from engine.learning.evidence.gathering import Evidence
from engine.learning.metrics import OptimizationMetrics, delay_category
from engine.learning.proposals import DESK
from engine.learning.proposing.expected import expected_effect
from engine.learning.proposing.levers import TRIED, DeskNow
from engine.orders import events as ev
from engine.runtime.context import DeskContext

UNFILLED_KEPT: Final = 4096
"""Attempts that ended unfilled and that a late execution still finds."""


class Tallies:
    """Counts each attempt as it ends, and what it came to.

    Args:
        context: the desk.
        metrics: the desk's tallies, shared with its state.

    Attributes:
        metrics, own: the desk's tallies; those of each trader, by key.
        evidence: what attempts came to, with the settings they were made with.
    """

    def __init__(self, context: DeskContext, metrics: OptimizationMetrics) -> None:
        self._context = context
        self.evidence = Evidence(self._multiplier)
        self._venue = ""
        context.state.observe_attempts(self._observe_result)
        self.learn_from(metrics)
        context.subscribe(ev.SessionStarted, self._session_started)
        context.subscribe(ev.AttemptEnded, self._observe)
        context.subscribe(ev.Executed, self._observe_execution)

    def learn_from(self, metrics: OptimizationMetrics) -> None:
        """Begin anew with other tallies of the desk, before it runs."""
        self.metrics = metrics
        self.own: dict[str, OptimizationMetrics] = {}
        self._unfilled: OrderedDict[str, ev.AttemptEnded] = OrderedDict()

    def remembering(self, followed: Collection[str]) -> Callable[[ev.Event], None]:
        """What takes the events of an earlier process in, one after the other.

        Args:
            followed: the chains of which attempts count, and "*" for the desk.
        """
        results = AttemptResults([self._observe_result])

        def take(event: ev.Event) -> None:
            results.apply(event)
            if isinstance(event, ev.SessionStarted):
                self._session_started(event)
            elif isinstance(event, ev.AttemptEnded):
                if event.trader in followed:
                    self._observe(event)
            elif isinstance(event, ev.Executed):
                self._observe_execution(event)

        return take

    def remembered(self) -> None:
        """Every event was taken in: what comes is of the session that runs."""
        if self._context.state.session is not None:
            self._session_started(self._context.state.session)

    def expected(self, now: DeskNow, setting: str, trader: str, after: Any) -> Difference | None:
        """What a change should bring, from the attempts so far; None where they do not tell.

        Args:
            now: the settings in use.
            setting: as the journal names it.
            trader: a trader's key, or "*" for all, who must use the same value now.
            after: the value in question.
        """
        everyone = trader == DESK
        concerned = now.traders if everyone else {trader: now.traders[trader]}
        lever = next((each for each in TRIED if each.setting == setting), None)
        if lever is None or len({live.value(lever) for live in concerned.values()}) != 1:
            return None
        live = next(iter(concerned.values()))
        metrics = self.metrics if everyone else self.own.get(trader)
        if metrics is None:
            return None
        whose = None if everyone else trader
        times = metrics.fill_times()
        return expected_effect(self.evidence.answers(), times, live, setting, whose, after)

    def _observe(self, event: ev.AttemptEnded) -> None:
        """Count an attempt that ended for its trader and for the changes in force."""
        own = self.own.get(event.trader)
        if own is None:
            own = self.own[event.trader] = OptimizationMetrics()
        filled = event.filled > 0
        own.record_attempt(
            contracts=event.contracts,
            hour=event.hour,
            delay_category=delay_category(event.delay_s),
            filled=filled,
            fill_time_ms=event.fill_time_ms,
            filled_contracts=event.filled if filled else None,
            waited_ms=None if filled else event.worked_ms,
        )
        if not filled:
            self._unfilled[event.order] = event
            if len(self._unfilled) > UNFILLED_KEPT:
                self._unfilled.popitem(last=False)

    def _observe_execution(self, event: ev.Executed) -> None:
        """Turn an attempt that ended unfilled into a fill when its execution comes late."""
        if event.late and event.quantity > 0:
            attempt = self._unfilled.pop(event.order, None)
            if attempt is not None:
                self.own[event.trader].record_late_fill(
                    attempt.contracts,
                    attempt.hour,
                    delay_category(attempt.delay_s),
                    event.quantity,
                )

    def _observe_result(self, row: AttemptResult, sign: int) -> None:
        """Count what an attempt came to, of chains that the desk follows."""
        if row.trader in self._context.traders:
            self.evidence.observe(row, sign)

    def _session_started(self, event: ev.SessionStarted) -> None:
        """What another venue or fill model taught advises nothing here."""
        venue = venue_of(event)
        if venue != self._venue:
            self._venue = venue
            self.own.clear()
            self._unfilled.clear()
        self.evidence.at_venue(venue)

    def _multiplier(self, trader: str) -> int:
        return self._context.traders[trader].exposure.multiplier
