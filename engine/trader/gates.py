"""Whether a trader may open a debit now, and what its row says it is doing."""

from __future__ import annotations

from collections.abc import Mapping

from engine.market.session import Moment
from engine.orders.ladder import Stage
from engine.risk.gates import PASSING, Gate
from engine.snapshot import TraderState
from engine.trader.context import TraderContext
from engine.trader.final_ends import FinalEnds
from engine.trader.legged_unit import LeggedUnit
from engine.trader.order_life import LoneLegs
from engine.trader.unknown_prices import UnknownPrices


class EntryGates:
    """The gates of one trader that are asked before any quote is looked at.

    Args:
        context: the trader's stops, its session and the desk's gate.
        units: open units by cycle.
        lone_legs: orders of which one leg executed.
        ends: orders that have ended, as far as the broker has told.
        prices: orders that executed at a price nobody knows.
    """

    def __init__(
        self,
        context: TraderContext,
        units: Mapping[int, LeggedUnit],
        lone_legs: LoneLegs,
        ends: FinalEnds,
        prices: UnknownPrices,
    ) -> None:
        self._context = context
        self._units = units
        self._lone_legs = lone_legs
        self._ends = ends
        self._prices = prices

    def first_closed(self, moment: Moment) -> Gate | None:
        """The first gate that is closed, in the order of engine.risk.gates.TABLE; None for none."""
        context = self._context
        if context.fault:
            return Gate.FAULT
        desk = context.gate.desk_gate()
        if desk is not None:
            return desk
        session = context.session
        if session.multiplier is None:
            return Gate.PHASE
        if moment.epoch_s >= session.last_debit_s:
            return Gate.CLOSE_NEAR
        if context.leaving:
            return Gate.REMOVED
        if context.paused:
            return Gate.PAUSED
        if context.held is not None:
            return Gate.HELD
        if not context.may_enter_at(moment.epoch_s):
            return Gate.HOURS
        if self._lone_legs or self._prices or self._ends.blocking(moment):
            return Gate.UNKNOWN_ORDER
        days = (context.chain.expiration - session.phase.session_date).days
        if days <= 0 and context.chain.terms.settles_at == "open":
            return Gate.EXPIRY_NEAR  # it traded for the last time in the session before
        if days < context.config.spreads.min_days_to_expiry:
            return Gate.EXPIRY_NEAR
        if self._units:
            return Gate.UNHEDGED
        return context.gate.chain_gate(context.key, context.exposure, moment.now_s)

    def state(self) -> TraderState:
        """What the trader is doing."""
        context, units = self._context, self._units
        if context.fault:
            return TraderState.FAULT
        if any(unit.stage is not Stage.PARKED for unit in units.values()):
            return TraderState.HEDGING
        if context.gate.desk.ended:
            return TraderState.OFF
        if context.gate.desk.killed:
            return TraderState.KILLED
        if context.paused:
            return TraderState.PAUSED
        if context.attempt is not None:
            return TraderState.WORKING
        if units:  # parked: nobody completes them, and the chain is blocked
            return TraderState.BLOCKED
        if context.leaving:
            return TraderState.OFF
        if context.held is not None:
            return TraderState.HELD
        if context.session.multiplier is None:
            return TraderState.OFF
        if context.blocked is Gate.QUOTES_STALE:
            return TraderState.STALE
        if context.blocked is not None and context.blocked not in PASSING:
            return TraderState.BLOCKED
        return TraderState.RUN
