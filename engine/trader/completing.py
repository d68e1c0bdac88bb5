"""The completing side of a trader: every filled debit contract gets its credit, or is sold back."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

from engine.market.chain import OptionChain
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Quotes
from engine.orders.ladder import UNIT_ALARMS, Choice, Stage
from engine.orders.order import Booking
from engine.pricing.grid import TooManyStrikesError
from engine.risk.gates import Gate
from engine.trader.attempt import Attempt
from engine.trader.blocked_contracts import BlockedContracts
from engine.trader.completing_orders import CreditOrders
from engine.trader.context import TraderContext
from engine.trader.legged_unit import LeggedUnit, Target
from engine.trader.order_life import cancel, silence_s, watch_silence
from engine.trader.remembered_orders import RememberedOrders
from engine.trader.unit_exits import BID, cycle_ended, forced_sell_back, so_already
from engine.trader.unit_prices import credit_target, unwind_target, value_again, value_unit
from engine.trader.unit_stages import advance, leave_parking, park, plan_look

_MARKET_STAGES: Final = frozenset({Stage.RESCAN, Stage.SCRATCH, Stage.UNWIND})
_MARKED_STAGES: Final = _MARKET_STAGES | {Stage.WALK, Stage.OPERATOR, Stage.PARKED}


class CreditSide:
    """Follows each legged unit of one trader up the ladder until nothing is left unhedged.

    Args:
        context: of the trader.
        blocked: contracts that another credit may not buy, or sell.

    Attributes:
        units: open units by cycle; usually none or one, more only after late fills.
        remembered: the trader's orders, of both sides.
        orders: sends what the units want working and follows it.
    """

    def __init__(self, context: TraderContext, blocked: BlockedContracts) -> None:
        self._context = context
        self._blocked = blocked
        self.units: dict[int, LeggedUnit] = {}
        self.remembered = RememberedOrders(context, self.units)
        self.orders = CreditOrders(context, self.units, self.remembered, self.changed)

    # ------------------------------------------------------------------ what happens to the debit

    def debit_executed(
        self, attempt: Attempt, booked: Sequence[tuple[Booking, int]], moment: Moment
    ) -> None:
        """Take filled debit contracts over; their credit goes out when the debit is dead or soon.

        Args:
            attempt: whose order executed.
            booked: what one report executed, with fees in cents. A correction takes contracts back
                and books them anew: in between nothing is decided.
            moment: the present.
        """
        unit = attempt.executed(moment.now_s)
        for (_, quantity, price_c), fee_c in booked:
            unit.bought(quantity, price_c, fee_c)
        unit.then_send(None)  # its price was that of what had been paid
        self.changed(unit, moment)
        if unit.remaining > 0 and not unit.confirming:
            wait_s = self._context.config.ladder.settle_s if attempt.order.live else 0.0
            unit.look_by(moment.now_s + wait_s)

    def changed(self, unit: LeggedUnit, moment: Moment) -> None:
        """Follow a unit whose contracts changed; one that had ended starts the ladder again."""
        context = self._context
        if unit.cycle not in self.units:
            if unit.elsewhere and not unit.remaining:
                return  # another price of contracts that other hands have ended
            self.units[unit.cycle] = unit
            unit.restart(moment.now_s, context.config.ladder)
        value_again(context, unit)
        if unit.remaining < 0:
            context.warn("OVERSOLD", unit.cycle)
        elif unit.remaining == 0:
            self._close(unit, moment)

    def debit_dead(self, cycle: int, moment: Moment) -> None:
        """The debit can execute no more: its filled contracts need not wait."""
        unit = self.units.get(cycle)
        if unit is None:
            return
        if unit.remaining == 0:
            self._close(unit, moment)
        elif not unit.confirming:
            unit.look_by(moment.now_s)

    # ------------------------------------------------------------------ the ladder

    def watch(self, moment: Moment) -> None:
        """Look at every unit that is due."""
        for unit in list(self.units.values()):
            if unit.order is not None:
                self.orders.trim(unit, unit.order, moment)
                self.orders.withdraw_again(unit, unit.order, moment)
                watch_silence(self._context, unit.order, moment)
            if moment.now_s >= unit.look_s:
                self._look(unit, moment)

    def wake_s(self) -> float:
        """Engine second at which a unit wants to be looked at again."""
        wake = math.inf
        for unit in self.units.values():
            wake = min(wake, unit.look_s)
            if unit.order is not None:
                wake = min(wake, silence_s(self._context, unit.order))
        return wake

    def _look(self, unit: LeggedUnit, moment: Moment) -> None:
        context = self._context
        unit.look_at(math.inf)
        if unit.remaining <= 0:
            return
        if not context.may_send:
            closed = context.session.multiplier is None
            text = "the exchange is closed" if closed else "kill: nothing works any more"
            park(context, unit, moment, text)
            unit.look_at(math.inf)
            return
        if unit.left_alone:
            return
        advance(context, unit, moment)
        if self.orders.still_confirming(unit, moment):
            return
        if unit.stage in _MARKET_STAGES or unit.conceding or not unit.planned:
            context.fetch()
        else:
            rules, ladder = context.chain.rules, context.config.ladder
            self.orders.aim(unit, credit_target(unit, None, rules, ladder, moment.now_s), moment)
            if unit.stage in _MARKED_STAGES:
                context.fetch()
        plan_look(context, unit, moment)

    def on_quotes(self, quotes: Quotes, moment: Moment) -> None:
        """Look at the market for every unit whose stage wants to."""
        context = self._context
        for unit in list(self.units.values()):
            market = value_unit(context, unit, quotes.chain)
            marked = unit.stage in _MARKED_STAGES or not unit.planned
            if not marked or unit.remaining <= 0 or unit.confirming or not context.may_send:
                continue
            if unit.stage is not Stage.PARKED:
                self._sell_back(unit, market, quotes.underlying, moment)
            if unit.stage is Stage.PARKED and (unit.planned or not unit.rests):
                continue
            if unit.stage is Stage.UNWIND:
                self._unwind(unit, quotes.chain, moment)
            elif unit.stage in _MARKET_STAGES or unit.conceding or not unit.planned:
                try:
                    target = self._target(unit, quotes.chain, moment)
                except TooManyStrikesError:  # the credit that is planned goes on without a rescan
                    target = self._target(unit, None, moment)
                self.orders.aim(unit, target, moment)

    def _target(self, unit: LeggedUnit, chain: OptionChain | None, moment: Moment) -> Target | None:
        scanned = self._context.chain
        return credit_target(
            unit,
            chain,
            scanned.rules,
            self._context.config.ladder,
            moment.now_s,
            None if chain is None else scanned.scanner_for(chain),
            None if chain is None else self._blocked.of_another_credit(chain, unit),
        )

    def _sell_back(
        self,
        unit: LeggedUnit,
        market: tuple[float, float] | None,
        underlying: float,
        moment: Moment,
    ) -> None:
        """Begin selling back where a trigger wants it, or its natural bid has fallen too far."""
        context = self._context
        reason = forced_sell_back(context, unit, moment, underlying)
        if reason:
            unit.force(Stage.UNWIND, reason)
            advance(context, unit, moment)
        if market is None or unit.forced is Stage.UNWIND:
            return
        scanned = context.chain
        prices = unit.ladder_prices(
            scanned.rules.fee_per_share * 100, scanned.tick_c, context.config.ladder
        )
        if market[0] < unit.sell_back_below_c(prices.unwind_loss_c):
            unit.force(Stage.UNWIND, BID)
            advance(context, unit, moment)

    def _unwind(self, unit: LeggedUnit, chain: OptionChain | None, moment: Moment) -> None:
        context, ladder = self._context, self._context.config.ladder
        unit.step_down(moment.now_s, ladder)
        if unit.unwind_step >= ladder.unwind_steps:
            text = "the unwind found no buyer within its loss limit"
            park(context, unit, moment, text, rests=True)
            return
        target = unwind_target(unit, chain, context.chain.rules, ladder)
        if target is not None:
            self.orders.aim(unit, target, moment)

    # ------------------------------------------------------------------ what others decide

    def adopt(self, unit: LeggedUnit) -> None:
        """Continue with a unit that an earlier process left open."""
        self.units[unit.cycle] = unit
        value_again(self._context, unit)

    def end_elsewhere(self, unit: LeggedUnit) -> None:
        """A unit's contracts are gone, by other hands or by settlement: follow it no more."""
        self.units.pop(unit.cycle, None)
        unit.end_elsewhere()

    def charge(self, order: str, cycle: int, fee_c: int) -> None:
        """Add to the fees of a unit that is open, or that more may be told of.

        Args:
            order: one of its orders.
            cycle: its cycle.
            fee_c: cents; negative where some are given back.
        """
        unit = self.units.get(cycle) or self.remembered.unit_of([order])
        if unit is not None:
            unit.charge(fee_c)

    def look_now(self, moment: Moment) -> None:
        """Look at every unit at once, but for those whose order's executions are unconfirmed."""
        for unit in self.units.values():
            if not unit.confirming:
                unit.look_by(moment.now_s)

    def abandon(self, reason: str, moment: Moment) -> None:
        """Cancel all completing orders and leave every unit to the operator."""
        for unit in self.units.values():
            self.leave(unit, moment, reason)
            unit.look_at(math.inf)

    def park(self, unit: LeggedUnit, moment: Moment, reason: str) -> None:
        """Leave one unit to the operator, without a credit."""
        park(self._context, unit, moment, reason)

    def leave(self, unit: LeggedUnit, moment: Moment, reason: str) -> None:
        """Cancel what works for one unit and leave it to the operator, without a credit."""
        if unit.order is not None:
            cancel(self._context, unit.order, reason, moment)
            unit.withdraw()
        park(self._context, unit, moment, reason)

    def decide(self, unit: LeggedUnit, choice: Choice, moment: Moment) -> bool:
        """Carry out a choice that is not refused; False where the unit is so already."""
        context = self._context
        if so_already(unit, choice):
            return False
        if choice is Choice.HOLD:
            park(context, unit, moment, "held by the operator", rests=True, by="operator")
        else:
            context.note(
                ev.UnitDecided(moment.at_ms, context.key, unit.cycle, choice.value, "operator")
            )
            unit.decide(choice, moment.now_s, context.config.ladder)
            leave_parking(context, unit, moment)
        if not unit.confirming:
            unit.look_at(moment.now_s)
        elif unit.look_s == math.inf:
            unit.look_at(moment.now_s + context.gate.limits.unknown_after_s)
        return True

    def close_day(self, moment: Moment) -> None:
        """At the session's end: record what stays unhedged overnight."""
        for unit in self.units.values():
            park(self._context, unit, moment, "the session ended")
            self._context.note(cycle_ended(self._context, unit, "PARKED", moment))

    # ------------------------------------------------------------------ a unit's end

    def _close(self, unit: LeggedUnit, moment: Moment) -> None:
        """End a unit without open contracts once nothing of it can execute any more."""
        context = self._context
        if context.debit_live(unit.cycle) or (unit.order is not None and unit.order.live):
            return
        if self.units.pop(unit.cycle, None) is None:
            return
        context.note(cycle_ended(context, unit, unit.outcome, moment))
        for code in UNIT_ALARMS:
            context.clear(code, unit.cycle)
        if context.blocked is Gate.UNHEDGED:
            context.unblock(moment)
