"""DeskState: everything the desk knows, as a fold over its events.

The running desk applies each event as it journals it; recovery and the report apply the same
events read back. Every number on a screen or in a report comes from here.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable

from engine.book.balancer import PositionBalancer
from engine.book.contracts import ContractBook
from engine.learning.attempt_results import Observer, venue_of
from engine.learning.metrics import OptimizationMetrics
from engine.orders import events as ev
from engine.state.advice import Advice
from engine.state.holdings import Holdings
from engine.state.parts import Handlers, new_parts
from engine.state.roster import Roster
from engine.state.trader_totals import TraderTotals
from engine.state.trading import Trading


class StateError(ValueError):
    """Events that no desk can have written, such as one of a trader that was never added."""


def _fills(start: ev.SessionStarted) -> tuple[str, ...]:
    """What the figures of a process depend on: where its orders go, and how they are filled."""
    return start.mode, start.account, start.source, start.fill_model


class _Traders(dict[str, TraderTotals]):
    def __missing__(self, key: str) -> TraderTotals:
        raise StateError(f"an event names trader {key!r}, which was never added")


class DeskState:
    """State = fold(events). One writer; readers take the desk's lock.

    A session of another date begins to count activity afresh; positions, money, open units,
    active alarms and recommendations stay.

    Args:
        balancer, contracts, metrics: the desk's own; new ones by default. They can be replaced
            before the first event; what was booked in them elsewhere is not counted here.

    Attributes:
        session, ended: how the session began; how it ended, None while it runs.
        begun: how the session began, and how each process went on with it that found other fills.
        valued: what everything held would have brought at the session's end.
        other_venue: a sentence: the session's fills are others than those of before, so new
            evidence has begun; "" where they are not.
        starts, applied, at_ms: sessions begun, events applied, epoch milliseconds of the last.
        traders: by key, in the order in which they were added.
        orders, attempts, money, positions, post_trade, notices, trials, explored: of each.
        in_force: changes that were approved or kept.
        limits: those that an operator has tightened.
        day: the session's course, by its minutes.
    """

    def __init__(
        self,
        balancer: PositionBalancer | None = None,
        contracts: ContractBook | None = None,
        metrics: OptimizationMetrics | None = None,
    ) -> None:
        self.session: ev.SessionStarted | None = None
        self.ended: ev.SessionEnded | None = None
        self.valued: ev.PositionsValued | None = None
        self.begun: list[ev.SessionStarted] = []
        self.other_venue = ""
        self.starts = 0
        self.applied = 0
        self.at_ms = self._before_ms = 0
        parts = new_parts(_Traders(), balancer, contracts, metrics)
        self.traders = parts.traders
        self.orders = parts.orders
        self.attempts = parts.attempts
        self.money = parts.money
        self.positions = parts.positions
        self.post_trade = parts.post_trade
        self.notices = parts.notices
        self.open_time = parts.open_time
        self.trials = parts.trials
        self.explored = parts.explored
        self.in_force = parts.in_force
        self.limits = parts.limits
        self.day = parts.day
        self._results = parts.results
        self._advice = Advice(parts)
        self._holdings = Holdings(parts)
        self._on: Handlers = {
            **Trading(parts).handlers(),
            **self._holdings.handlers(),
            **Roster(parts).handlers(),
            **self._advice.handlers(),
            **self._handlers(),
        }

    def _handlers(self) -> Handlers:
        notices = self.notices
        return {
            ev.SessionStarted: self._started,
            ev.PhaseChanged: self._phase_changed,
            ev.GatesLookedAt: notices.gates_looked_at,
            ev.PositionsValued: self._valued,
            ev.SessionEnded: self._session_ended,
            ev.AlarmRaised: self._alarm_raised,
            ev.AlarmRestated: notices.alarm_restated,
            ev.AlarmJoined: self._alarm_joined,
            ev.AlarmLeft: notices.alarm_left,
            ev.AlarmCleared: notices.alarm_cleared,
            ev.AlarmAcknowledged: notices.alarm_acknowledged,
        }

    def apply(self, event: ev.Event) -> None:
        """Apply one event; every event exactly once, in the journal's order.

        Raises:
            StateError: the event names a trader that was never added.
        """
        if event[0] >= self.day.due_ms:
            self.day.look(event[0])
        self._before_ms, self.at_ms = self.at_ms, event[0]
        self.applied += 1
        self._on[type(event)](event)

    def apply_all(self, events: Iterable[tuple[int, ev.Event]]) -> int:
        """Apply a journal's (sequence number, event) rows; returns the last number, 0 for none.

        Raises:
            StateError: a number is missing or out of order, or an event names a trader that was
                never added.
        """
        handlers, day = self._on, self.day
        expected = self.applied
        last = 0
        collecting = gc.isenabled()
        gc.disable()  # nearly everything made here is kept; collecting costs a quarter of the time
        try:
            for seq, event in events:
                expected += 1
                if seq != expected:
                    raise StateError(f"event {seq} came where event {expected} was due")
                if event[0] >= day.due_ms:
                    day.look(event[0])
                self.applied = last = seq
                self._before_ms, self.at_ms = self.at_ms, event[0]
                handlers[type(event)](event)
        finally:
            if collecting:
                gc.enable()
        return last

    @property
    def balancer(self) -> PositionBalancer:
        """The balance of each chain; nothing else books in it."""
        return self.money.balancer

    def use_balancer(self, balancer: PositionBalancer) -> None:
        """Book in another balance from here on."""
        self.money.use_balancer(balancer)

    @property
    def contracts(self) -> ContractBook:
        """The contracts held, which the broker must agree with."""
        return self.money.contracts

    @contracts.setter
    def contracts(self, contracts: ContractBook) -> None:
        self.money.use_contracts(contracts)

    @property
    def metrics(self) -> OptimizationMetrics:
        """What attempts and cycles taught."""
        return self.attempts.metrics

    def observe_attempts(self, observer: Observer) -> None:
        """Give an observer every attempt that comes to something from here on."""
        self._results.add_observer(observer)

    def use_metrics(self, metrics: OptimizationMetrics) -> None:
        """Count in other tallies from here on."""
        self.attempts.use_metrics(metrics)

    def _started(self, event: ev.SessionStarted) -> None:
        before, self.session = self.session, event
        self.ended = self.valued = None
        self.notices.session_started()
        self._holdings.session_started(event)
        self.post_trade.session_started(event)
        self.starts += 1
        resumed = before is not None and before.session_date == event.session_date
        if not resumed:
            self.begun = [event]
        elif _fills(self.begun[-1]) != _fills(event):
            self.begun.append(event)
        self._results.on_session_started(event)
        self.trials.session_started(event, resumed)
        self.in_force.session_started(event)
        self.limits.session_started(event)
        self.explored.session_started(event)
        self.open_time.session_started(event.at_ms, self._before_ms if resumed else None)
        if before is not None and not resumed:
            self.orders.new_session()
            self.attempts.new_session(event.at_ms)
            self.notices.new_session()
            for totals in self.traders.values():
                totals.new_session()
            left_over = sum(totals.filled_cycles for totals in self.traders.values())
            self.money.new_session(event.at_ms, self._before_ms, left_over)
        self.day.started(event.at_ms, resumed)
        changed = before is not None and venue_of(before) != venue_of(event)
        if before is not None and changed:
            self.attempts.new_venue(event.at_ms)
            self.other_venue = (
                f"new evidence begins: fills are of {venue_of(event)}, before they were of "
                f"{venue_of(before)}"
            )
            self.notices.line(event.at_ms, self.other_venue)
        elif not resumed:
            self.other_venue = ""
        word = "resumed" if resumed else "started"
        self.notices.line(
            event.at_ms, f"session {event.session_date} {word}, {event.mode} {event.account}"
        )

    def _valued(self, event: ev.PositionsValued) -> None:
        self.valued = event

    def _session_ended(self, event: ev.SessionEnded) -> None:
        self.ended = event
        self.open_time.session_ended(event.at_ms)
        self.day.ended(event.at_ms, event.reason)
        self.notices.line(event.at_ms, f"session ended: {event.reason}")

    def _phase_changed(self, event: ev.PhaseChanged) -> None:
        self.open_time.phase_changed(event.at_ms, event.phase)
        self.day.mark(event.at_ms, "phase", event.phase)
        self.notices.phase_changed(event)

    def _alarm_raised(self, event: ev.AlarmRaised) -> None:
        self._alarm_came(event.where, self.notices.alarm_raised(event))

    def _alarm_joined(self, event: ev.AlarmJoined) -> None:
        self._alarm_came(event.where, self.notices.alarm_joined(event))

    def _alarm_came(self, where: str, wants_answer: ev.AlarmRaised | None) -> None:
        if wants_answer is not None:
            self.day.alarm(wants_answer, self.traders)
        self.day.count_alarms(where)

    def standing_notices(self) -> tuple[str, ...]:
        """What an operator should know and no key answers, as sentences."""
        told = (self.other_venue, self.told_of_before(), self.explored.told(), self.limits.told())
        return (*self.post_trade.notices(), *(each for each in told if each))

    def told_of_before(self) -> str:
        """What earlier runs left in force and in trial; "" where nothing is left of it."""
        return self._advice.told_of_before()
