"""What orders, attempts and units bring, booked in every part of the state that counts it."""

from __future__ import annotations

from typing import Final

from engine.book.contract_keys import contract_key
from engine.book.contracts import effect
from engine.orders import events as ev
from engine.state.hung_units import hung
from engine.state.parts import Handlers, Parts
from engine.state.unrecorded import Unrecorded

_NEVER_WORKED: Final = frozenset({"rejected", "denied"})
"""Ends of an order that the broker never had working."""


class Trading:
    """Takes the events of orders, attempts and units in.

    Args:
        parts: the desk's, which change by them.
    """

    def __init__(self, parts: Parts) -> None:
        self._traders = parts.traders
        self._orders = parts.orders
        self._attempts = parts.attempts
        self._money = parts.money
        self._positions = parts.positions
        self._post_trade = parts.post_trade
        self._notices = parts.notices
        self._trials = parts.trials
        self._day = parts.day
        self._results = parts.results

    def handlers(self) -> Handlers:
        """Who takes which kind of event in."""
        orders = self._orders
        return {
            ev.OrderIntended: self._intended,
            ev.PairChosen: self._pair_chosen,
            ev.OrderSent: orders.on_sent,
            ev.OrderWorking: orders.on_working,
            ev.OrderUnknown: orders.on_unknown,
            ev.CancelSent: orders.on_cancel,
            ev.PriceUnknown: orders.on_price_unknown,
            ev.LegExecuted: orders.on_leg_executed,
            ev.Executed: self._executed,
            ev.FeeCorrected: self._fee_corrected,
            ev.OrderEnded: self._order_ended,
            ev.EndAwaited: orders.on_end_awaited,
            ev.EndFinal: orders.on_end_final,
            ev.AttemptEnded: self._attempt_ended,
            ev.GhostWatched: self._post_trade.ghost_watched,
            ev.FillMarked: self._post_trade.fill_marked,
            ev.LadderMoved: self._ladder_moved,
            ev.UnitDecided: self._unit_decided,
            ev.CycleEnded: self._cycle_ended,
        }

    def _intended(self, event: ev.OrderIntended) -> None:
        record = self._orders.on_intended(event)
        if record is not None:
            totals = record.totals
            held = self._money.contracts.chain(totals.symbol, totals.expiration).quantities
            if held:
                chain = totals.symbol, totals.expiration, event.right
                buys, sells = (
                    contract_key(*chain, event.buy_strike),
                    contract_key(*chain, event.sell_strike),
                )
                record.has_effects(
                    (
                        effect(held.get(buys, 0), event.quantity),
                        effect(held.get(sells, 0), -event.quantity),
                    )
                )

    def _pair_chosen(self, event: ev.PairChosen) -> None:
        self._attempts.on_chosen(self._traders[event.trader], event)
        self._post_trade.pair_chosen(self._orders.known.get(event.order), event)
        self._results.on_chosen(event)
        if event.arm:
            self._trials.chosen(event.trader, event.cycle, event.arm)

    def _executed(self, event: ev.Executed) -> None:
        try:
            record, quantity = self._orders.take(event)
        except KeyError:
            self._notices.line(
                event.at_ms,
                f"{event.trader} execution {event.execution} of {event.order}, which is not "
                "remembered: not booked",
            )
            return
        if not quantity:
            return
        self._money.book(record, event, quantity)
        self._positions.executed(record, event, quantity)
        if record.unrecorded:
            Unrecorded(self._money.contracts).executed(record, event, quantity)
        late = quantity > 0 and record.attempt is not None
        if late and self._attempts.on_late_fill(record, event.at_ms, quantity):
            self._post_trade.filled_late(record)

    def _fee_corrected(self, event: ev.FeeCorrected) -> None:
        more_c = event.fee_c - event.before_c
        totals = self._traders[event.trader]
        record = self._orders.known.get(event.order)
        if record is not None:
            record.charge(event.execution, more_c)
            if record.unrecorded:
                Unrecorded(self._money.contracts).charge(record, event.execution, more_c)
        self._money.charge(totals, event.cycle, more_c)
        self._positions.charge(totals, event.cycle, more_c)

    def _order_ended(self, event: ev.OrderEnded) -> None:
        self._orders.on_ended(event)
        if event.status in _NEVER_WORKED:
            record = self._orders.known.get(event.order)
            if record is not None and not record.filled and record.intent.part == "D":
                self._trials.rejected(event.trader, record.intent.cycle)

    def _attempt_ended(self, event: ev.AttemptEnded) -> None:
        record = self._orders.known.get(event.order)
        if not self._attempts.on_ended(self._traders[event.trader], record, event):
            self._orders.repeated()
        elif event.filled or event.result != "REJECTED":
            self._post_trade.attempt_ended(record, event)
        self._results.on_ended(event)

    def _ladder_moved(self, event: ev.LadderMoved) -> None:
        self._traders[event.trader].unit_moved(event)
        self._notices.ladder_moved(event)

    def _unit_decided(self, event: ev.UnitDecided) -> None:
        self._traders[event.trader].unit_decided(event)

    def _cycle_ended(self, event: ev.CycleEnded) -> None:
        totals = self._traders[event.trader]
        if event.cycle not in totals.ended:
            unit = totals.units.get(event.cycle)
            self._attempts.on_cycle_ended(event, unit.ordered if unit else event.contracts)
        self._positions.cycle_ends(event)
        self._money.on_cycle_ended(totals, event)
        self._day.losses.cycle_ended(event, len(self._traders))
        self._positions.cycle_ended(event)
        self._trials.cycle_ended(event, hung(event))
        self._results.on_cycle_ended(event)
        self._notices.cycle_ended(event, hung(event))
