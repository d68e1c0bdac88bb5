"""DeskState: everything the desk knows, as a fold over its events.

The running desk applies each event as it journals it; recovery and the report apply the same
events read back. Every number on a screen or in a report comes from here.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import Any, Final

from engine.book.balancer import PositionBalancer
from engine.book.contracts import ContractBook, ContractKey, effect, key_of
from engine.learning.attempt_results import AttemptResults, Observer, venue_of
from engine.learning.metrics import OptimizationMetrics
from engine.market.legs import strike_text
from engine.orders import events as ev
from engine.state.attempts import Attempts
from engine.state.day_record import DayRecord
from engine.state.explored import Explored
from engine.state.in_force import InForce
from engine.state.limits import TightenedLimits
from engine.state.money import Money, hung
from engine.state.notices import Notices
from engine.state.open_time import OpenTime
from engine.state.orders import Orders
from engine.state.positions import Positions
from engine.state.post_trade import PostTrade
from engine.state.trader_totals import TraderTotals
from engine.state.trials import Trials
from engine.state.unrecorded import Unrecorded

_NEVER_WORKED: Final = frozenset({"rejected", "denied"})
"""Ends of an order that the broker never had working."""


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
        self.traders: dict[str, TraderTotals] = _Traders()
        self.orders = orders = Orders(self.traders)
        self.attempts = Attempts(metrics if metrics is not None else OptimizationMetrics())
        self.money = Money(
            balancer if balancer is not None else PositionBalancer(),
            contracts if contracts is not None else ContractBook(),
        )
        self.positions = Positions(self.money, self.traders)
        self.post_trade = post_trade = PostTrade()
        self.notices = notices = Notices()
        self.open_time = OpenTime()
        self.trials = Trials()
        self.explored = Explored()
        self.in_force = InForce()
        self.limits = TightenedLimits()
        self.day = DayRecord(self.money, self.attempts, orders, notices, self.traders)
        self._results = AttemptResults([self.trials.counted, self.explored.counted])
        self._on: dict[type, Callable[[Any], None]] = {
            ev.SessionStarted: self._started,
            ev.TraderAdded: self._added,
            ev.OrderIntended: self._intended,
            ev.PairChosen: self._pair_chosen,
            ev.OrderSent: orders.on_sent,
            ev.OrderWorking: orders.on_working,
            ev.OrderUnknown: orders.on_unknown,
            ev.CancelSent: orders.on_cancel,
            ev.PriceUnknown: orders.on_price_unknown,
            ev.Executed: self._executed,
            ev.FeeCorrected: self._fee_corrected,
            ev.OrderEnded: self._order_ended,
            ev.EndAwaited: orders.on_end_awaited,
            ev.EndFinal: orders.on_end_final,
            ev.AttemptEnded: self._attempt_ended,
            ev.GhostWatched: post_trade.ghost_watched,
            ev.FillMarked: post_trade.fill_marked,
            ev.LadderMoved: self._ladder_moved,
            ev.UnitDecided: self._unit_decided,
            ev.CycleEnded: self._cycle_ended,
            ev.TraderHeld: self._held,
            ev.TraderReleased: self._released,
            ev.TraderFaulted: self._faulted,
            ev.SizeChanged: self._resized,
            ev.SettingChanged: self._setting_changed,
            ev.LimitChanged: self._limit_changed,
            ev.PhaseChanged: self._phase_changed,
            ev.OperatorActed: self._operator_acted,
            ev.Recommended: self._recommended,
            ev.RecommendationSettled: self._resolved,
            ev.TrialStarted: self._trial_started,
            ev.TrialBlockEnded: self.trials.block_ended,
            ev.TrialShut: self.trials.shut,
            ev.TrialEnded: self._trial_ended,
            ev.TookOver: self._took_over,
            ev.TrialCarried: self.trials.goes_on,
            ev.AlarmRaised: self._alarm_raised,
            ev.AlarmRestated: notices.alarm_restated,
            ev.AlarmJoined: self._alarm_joined,
            ev.AlarmLeft: notices.alarm_left,
            ev.AlarmCleared: notices.alarm_cleared,
            ev.AlarmAcknowledged: notices.alarm_acknowledged,
            ev.BooksCompared: notices.books_compared,
            ev.Settled: self._settled,
            ev.SharesTraded: self._shares_traded,
            ev.PairSettled: self._pair_settled,
            ev.ChainSettled: self._chain_settled,
            ev.BookAdjusted: self._adjusted,
            ev.LackAccepted: self._lack_accepted,
            ev.BaselineTaken: self._baseline_taken,
            ev.LiveArmed: self._live_armed,
            ev.PositionsValued: self._valued,
            ev.GatesLookedAt: notices.gates_looked_at,
            ev.SessionEnded: self._session_ended,
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
            self.attempts.new_session()
            self.money.new_session(event.at_ms)
            self.notices.new_session()
            for totals in self.traders.values():
                totals.new_session()
        self.day.started(event.at_ms, resumed)
        changed = before is not None and venue_of(before) != venue_of(event)
        if before is not None and changed:
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

    def _added(self, event: ev.TraderAdded) -> None:
        self.open_time.trader_added(event.at_ms, event.trader)
        known = self.traders.get(event.trader)
        if known is not None:
            known.resized(event.contracts)
            return
        totals = TraderTotals(event, len(self.traders) + 1)
        self.traders[event.trader] = totals
        self.money.balancer.track(totals.symbol, totals.expires)

    def _operator_acted(self, event: ev.OperatorActed) -> None:
        if event.action == "remove":
            self.open_time.trader_removed(event.at_ms, event.target)
        elif event.action == "add":
            self.open_time.trader_added(event.at_ms, event.target)
        self.notices.operator_acted(event)
        self.day.operator_acted(event, self._targets(event.target))

    def _targets(self, target: str) -> list[str]:
        """The traders that a request names; none where it is about the desk or another thing."""
        if target.startswith("symbol:"):
            symbol = target.removeprefix("symbol:")
            return [key for key, each in self.traders.items() if each.symbol == symbol]
        return [target] if target in self.traders else []

    def _alarm_raised(self, event: ev.AlarmRaised) -> None:
        self._alarm_came(event.where, self.notices.alarm_raised(event))

    def _alarm_joined(self, event: ev.AlarmJoined) -> None:
        self._alarm_came(event.where, self.notices.alarm_joined(event))

    def _alarm_came(self, where: str, wants_answer: ev.AlarmRaised | None) -> None:
        if wants_answer is not None:
            self.day.alarm(wants_answer, self.traders)
        self.day.count_alarms(where)

    def _intended(self, event: ev.OrderIntended) -> None:
        record = self.orders.on_intended(event)
        if record is not None:
            totals = record.totals
            held = self.money.contracts.chain(totals.symbol, totals.expiration).quantities
            if held:
                chain = totals.symbol, totals.expiration, event.right
                buys, sells = (
                    ContractKey(*chain, event.buy_strike),
                    ContractKey(*chain, event.sell_strike),
                )
                record.has_effects(
                    (
                        effect(held.get(buys, 0), event.quantity),
                        effect(held.get(sells, 0), -event.quantity),
                    )
                )

    def _settled(self, event: ev.Settled) -> None:
        self.positions.contract_settled(event)
        today = "" if self.session is None else self.session.session_date
        if event.kind == "assigned" and self.traders[event.trader].expiration > today:
            self.notices.line(
                event.at_ms,
                f"{event.trader} {event.quantity:+d} {strike_text(event.strike)}{event.right} "
                f"assigned early, {event.shares:+d} shares",
            )

    def _shares_traded(self, event: ev.SharesTraded) -> None:
        self.positions.shares_traded(event)
        self.notices.line(
            event.at_ms,
            f"{event.symbol} {event.shares:+d} shares at {event.price_c / 100:.2f}",
        )

    def _chain_settled(self, event: ev.ChainSettled) -> None:
        self.positions.chain_settled(event)
        self.notices.line(
            event.at_ms,
            f"{event.trader} settled at {event.price_c / 100:.2f}: {event.pairs} pairs, realised "
            f"{event.realised_c / 100:+.2f}",
        )

    def _pair_settled(self, event: ev.PairSettled) -> None:
        self.positions.pair_settled(event)
        if event.trader in self.traders:
            self.day.losses.pair_settled(event)

    def _adjusted(self, event: ev.BookAdjusted) -> None:
        self.positions.adjusted(event)
        self.notices.line(
            event.at_ms,
            f"{event.trader} {strike_text(event.strike)}{event.right}: book {event.before:+d} -> "
            f"{event.after:+d}, the broker's",
        )

    def _lack_accepted(self, event: ev.LackAccepted) -> None:
        record = self.orders.known.get(event.order)
        if record is not None:
            Unrecorded(self.contracts).accept(record, event.executions)
        self.notices.line(
            event.at_ms,
            f"{event.trader}: {len(event.executions)} executions of {event.order} stay booked, "
            "though the broker's record lacks them",
        )

    def _baseline_taken(self, event: ev.BaselineTaken) -> None:
        contracts = {key_of(name): held for name, held in event.contracts.items()}
        self.contracts.take_external(contracts, event.shares)
        self.notices.line(
            event.at_ms,
            f"external from here on: {len(event.contracts)} contracts, shares of "
            f"{len(event.shares)} roots",
        )

    def _fee_corrected(self, event: ev.FeeCorrected) -> None:
        more_c = event.fee_c - event.before_c
        totals = self.traders[event.trader]
        record = self.orders.known.get(event.order)
        if record is not None:
            record.charge(event.execution, more_c)
            if record.unrecorded:
                Unrecorded(self.contracts).charge(record, event.execution, more_c)
        self.money.charge(totals, event.cycle, more_c)
        self.positions.charge(totals, event.cycle, more_c)

    def _live_armed(self, event: ev.LiveArmed) -> None:
        limit_c = event.debit_limit_c
        most = "" if limit_c is None else f", debits of at most {limit_c / 100:,.2f} $ today"
        self.notices.line(event.at_ms, f"live trading armed on …{event.account}{most}")

    def _executed(self, event: ev.Executed) -> None:
        try:
            record, quantity = self.orders.take(event)
        except KeyError:
            self.notices.line(
                event.at_ms,
                f"{event.trader} execution {event.execution} of {event.order}, which is not "
                "remembered: not booked",
            )
            return
        if not quantity:
            return
        self.money.book(record, event, quantity)
        self.positions.executed(record, event, quantity)
        if record.unrecorded:
            Unrecorded(self.contracts).executed(record, event, quantity)
        late = quantity > 0 and record.attempt is not None
        if late and self.attempts.on_late_fill(record, event.at_ms, quantity):
            self.post_trade.filled_late(record)

    def _setting_changed(self, event: ev.SettingChanged) -> None:
        self.notices.setting_changed(event)
        self.in_force.setting_changed(event)
        self.explored.setting_changed(event)

    def _limit_changed(self, event: ev.LimitChanged) -> None:
        self.limits.changed(event)
        self.notices.limit_changed(event)

    def standing_notices(self) -> tuple[str, ...]:
        """What an operator should know and no key answers, as sentences."""
        told = (self.other_venue, self.told_of_before(), self.explored.told(), self.limits.told())
        return (*self.post_trade.notices(), *(each for each in told if each))

    def told_of_before(self) -> str:
        """What earlier runs left in force and in trial; "" where nothing is left of it."""
        before = self.trials.took_over
        changes = len(self.in_force.carried)
        going = sum(self.trials.records[name].running for name in self.trials.carried)
        if before is None or not (changes or going):
            return ""
        many = f"{changes} change{'s' * (changes != 1)} of earlier sessions in force"
        trials = f"{going} trial{'s' * (going != 1)} go{'es' * (going == 1)} on"
        return f"{many}, {trials}, from {before.run}; u takes a change back, --fresh begins without"

    def _pair_chosen(self, event: ev.PairChosen) -> None:
        self.attempts.on_chosen(self.traders[event.trader], event)
        self.post_trade.pair_chosen(self.orders.known.get(event.order), event)
        self._results.on_chosen(event)
        if event.arm:
            self.trials.chosen(event.trader, event.cycle, event.arm)

    def _order_ended(self, event: ev.OrderEnded) -> None:
        self.orders.on_ended(event)
        if event.status in _NEVER_WORKED:
            record = self.orders.known.get(event.order)
            if record is not None and not record.filled and record.intent.part == "D":
                self.trials.rejected(event.trader, record.intent.cycle)

    def _attempt_ended(self, event: ev.AttemptEnded) -> None:
        record = self.orders.known.get(event.order)
        if not self.attempts.on_ended(self.traders[event.trader], record, event):
            self.orders.repeated()
        elif event.filled or event.result != "REJECTED":
            self.post_trade.attempt_ended(record, event)
        self._results.on_ended(event)

    def _ladder_moved(self, event: ev.LadderMoved) -> None:
        self.traders[event.trader].unit_moved(event)
        self.notices.ladder_moved(event)

    def _unit_decided(self, event: ev.UnitDecided) -> None:
        self.traders[event.trader].unit_decided(event)

    def _cycle_ended(self, event: ev.CycleEnded) -> None:
        totals = self.traders[event.trader]
        if event.cycle not in totals.ended:
            unit = totals.units.get(event.cycle)
            self.attempts.on_cycle_ended(event, unit.ordered if unit else event.contracts)
        self.money.on_cycle_ended(totals, event)
        self.day.losses.cycle_ended(event, len(self.traders))
        self.positions.cycle_ended(event)
        self.trials.cycle_ended(event, hung(event))
        self._results.on_cycle_ended(event)
        self.notices.cycle_ended(event, hung(event))

    def _recommended(self, event: ev.Recommended) -> None:
        self.in_force.recommended(event)
        self.notices.recommended(event)

    def _resolved(self, event: ev.RecommendationSettled) -> None:
        self.in_force.resolved(event)
        self.notices.resolved(event)
        record = self.notices.recommendations.get(event.recommendation)
        self.day.resolved(event, "" if record is None else record.made.trader)

    def _took_over(self, event: ev.TookOver) -> None:
        self.trials.taken_over(event)
        self.notices.line(event.at_ms, f"goes on with what {event.run} had learned by trials")

    def _trial_started(self, event: ev.TrialStarted) -> None:
        self.trials.started(event)
        self.notices.trial_started(event)
        self.day.trial(event.at_ms, f"{event.trial} tries {event.lever}", event.trader)

    def _trial_ended(self, event: ev.TrialEnded) -> None:
        self.trials.ended(event)
        self.notices.trial_ended(event)
        record = self.trials.records.get(event.trial)
        trader = "" if record is None else record.started.trader
        self.day.trial(event.at_ms, f"{event.trial} {event.end}", trader)

    def _held(self, event: ev.TraderHeld) -> None:
        self.traders[event.trader].held(event)
        self.notices.held(event)
        self.day.held(event.trader, event.at_ms, f"held: {event.text}")

    def _released(self, event: ev.TraderReleased) -> None:
        self.traders[event.trader].held(None)
        self.notices.released(event)
        self.day.held(event.trader, event.at_ms, "hold is over")

    def _faulted(self, event: ev.TraderFaulted) -> None:
        self.traders[event.trader].faulted(event.text)
        self.notices.faulted(event)
        self.day.held(event.trader, event.at_ms, f"fault: {event.text}")

    def _resized(self, event: ev.SizeChanged) -> None:
        self.traders[event.trader].resized(event.after)
        self.notices.resized(event)
