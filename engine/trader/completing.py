"""The completing side of a trader: every filled debit contract gets its credit, or its way out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from engine.market.chain import OptionChain
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Quotes, Warn
from engine.orders.ladder import PARKED_LOOK_S, Choice, Stage, next_change_s
from engine.risk.gate import Gate
from engine.trader.attempt import Attempt
from engine.trader.completing_orders import CreditOrders
from engine.trader.cycle_end import cycle_ended
from engine.trader.legged_unit import LeggedUnit
from engine.trader.order_life import cancel, silence_s, watch_silence
from engine.trader.unit_exits import BID, forced_sell_back
from engine.trader.unit_prices import credit_target, unwind_target
from engine.trader.unit_value import value_again, value_unit

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader

SOONEST_S: Final = 0.05
_MARKET_STAGES: Final = frozenset({Stage.RESCAN, Stage.SCRATCH, Stage.UNWIND})
_MARKED_STAGES: Final = _MARKET_STAGES | {Stage.WALK, Stage.OPERATOR, Stage.PARKED}


class CreditSide:
    """Follows each legged unit of one trader up the ladder until nothing is left unhedged.

    Attributes:
        units: open units by cycle; usually none or one, more only after late fills.
        orders: sends what the units want working and hears what becomes of it.
    """

    def __init__(self, trader: ExpirationTrader) -> None:
        self.trader = trader
        self.units: dict[int, LeggedUnit] = {}
        self.orders = CreditOrders(self)

    # ------------------------------------------------------------------ what happens to the debit

    def debit_executed(
        self, attempt: Attempt, quantity: int, price_c: int, fee_c: int, moment: Moment
    ) -> None:
        """Take filled debit contracts over; their credit goes out when the debit is dead or soon.

        Args:
            attempt: whose order executed.
            quantity, price_c: contracts (negative: a correction took some back), cents per share.
            fee_c: what they cost in fees.
            moment: the present.
        """
        unit = attempt.unit
        if unit is None:
            pair = attempt.opportunity
            if pair is None:
                raise LookupError(f"attempt {attempt.cycle} has neither a pair nor a unit")
            unit = attempt.unit = LeggedUnit(
                attempt.cycle,
                pair.right,
                pair.debit_long,
                pair.debit_short,
                pair.credit_short,
                pair.credit_long,
                pair.credit_limit_c,
                moment.now_s,
                pair.debit_bid * 100,
            )
            attempt.opportunity = None
        unit.filled += quantity
        unit.paid_c += quantity * price_c
        unit.fees_c += fee_c
        self.changed(unit, moment)
        if unit.remaining > 0 and not unit.confirming:
            wait_s = self.trader.config.ladder.settle_s if attempt.order.live else 0.0
            unit.look_s = min(unit.look_s, moment.now_s + wait_s)

    def changed(self, unit: LeggedUnit, moment: Moment) -> None:
        """Follow a unit whose contracts changed; one that had ended starts the ladder again."""
        trader = self.trader
        if unit.cycle not in self.units:
            self.units[unit.cycle] = unit
            unit.restart(moment.now_s, trader.config.ladder)
        value_again(trader, unit)
        if unit.remaining < 0:
            trader.out.append(Warn("OVERSOLD", f"{trader.key}/{unit.cycle}", True))
        elif unit.remaining == 0:
            self._settle(unit, moment)

    def debit_dead(self, cycle: int, moment: Moment) -> None:
        """The debit can execute no more: its filled contracts need not wait."""
        unit = self.units.get(cycle)
        if unit is None:
            return
        if unit.remaining == 0:
            self._settle(unit, moment)
        elif not unit.confirming:
            unit.look_s = min(unit.look_s, moment.now_s)

    # ------------------------------------------------------------------ the ladder

    def watch(self, moment: Moment) -> None:
        """Look at every unit that is due."""
        for unit in list(self.units.values()):
            if unit.order is not None:
                self.orders.trim(unit, unit.order, moment)
                watch_silence(self.trader, unit.order, moment)
            if moment.now_s >= unit.look_s:
                self._look(unit, moment)

    def wake_s(self) -> float:
        """Engine second at which a unit wants to be looked at again."""
        wake = math.inf
        for unit in self.units.values():
            wake = min(wake, unit.look_s)
            if unit.order is not None:
                wake = min(wake, silence_s(self.trader, unit.order))
        return wake

    def _look(self, unit: LeggedUnit, moment: Moment) -> None:
        trader = self.trader
        ladder = trader.config.ladder
        unit.look_s = math.inf
        if unit.remaining <= 0:
            return
        if trader.session.multiplier is None:
            self.park(unit, moment, "the exchange is closed")
            unit.look_s = math.inf
            return
        if trader.gate.desk.frozen:
            self.park(unit, moment, "kill: nothing works any more")
            unit.look_s = math.inf
            return
        if unit.stage is Stage.PARKED and not unit.rests:
            unit.look_s = math.inf
            return
        self._advance(unit, moment)
        if self.orders.still_asking(unit, moment):
            return
        if unit.stage in _MARKET_STAGES or unit.conceding or not unit.planned:
            trader.fetch()
        else:
            self.orders.aim(
                unit, credit_target(unit, None, trader.rules, ladder, moment.now_s), moment
            )
            if unit.stage in _MARKED_STAGES:
                trader.fetch()
        self.plan_look(unit, moment)

    def plan_look(self, unit: LeggedUnit, moment: Moment) -> None:
        """Look again when the ladder wants to."""
        ladder = self.trader.config.ladder
        age_s = unit.age_s(moment.now_s)
        if unit.stage is Stage.PARKED:
            if unit.rests:
                unit.look_s = min(unit.look_s, moment.now_s + PARKED_LOOK_S)
                if unit.retry_s > moment.now_s:
                    unit.look_s = unit.retry_s
        else:
            if unit.conceding:
                until_s = unit.concede_until_s - moment.now_s
                step_s = min(ladder.walk_step_s, max(0.0, until_s))
            else:
                step_s = next_change_s(age_s, unit.stage, ladder) - age_s
            unit.look_s = moment.now_s + max(step_s, SOONEST_S)
            if age_s < ladder.alarm_after_s:
                unit.look_s = min(unit.look_s, unit.first_fill_s + ladder.alarm_after_s)
            if unit.retry_s > moment.now_s:
                unit.look_s = min(unit.look_s, unit.retry_s)
            if self.trader.balancer.force_balance_at_close:
                left_s = self.trader.session.to_close_s(moment.epoch_s)
                for before_s in (
                    ladder.force_scratch_before_close_s,
                    ladder.unwind_before_close_s,
                ):
                    if before_s < left_s < math.inf:
                        unit.look_s = min(unit.look_s, moment.now_s + left_s - before_s)
            # Ages are differences of floats: a look that is due "now" could be due for ever.
            unit.look_s = max(unit.look_s, moment.now_s + SOONEST_S)

    def _advance(self, unit: LeggedUnit, moment: Moment) -> None:
        """Move the unit to the stage of its age or of a trigger; raise its alarm in time."""
        trader, ladder = self.trader, self.trader.config.ladder
        early = unit.forced is None or unit.forced < Stage.SCRATCH
        left_s = trader.session.to_close_s(moment.epoch_s)
        near = left_s <= ladder.force_scratch_before_close_s
        if early and near and trader.balancer.force_balance_at_close:
            unit.forced = Stage.SCRATCH
        why = forced_sell_back(trader, unit, moment)
        if why:
            unit.force(Stage.UNWIND, why)
        stage = unit.stage_now(moment.now_s, ladder)
        if stage is not unit.stage:
            unit.stage = stage
            if stage is Stage.UNWIND:
                unit.next_target = None  # a credit that was to follow is not wanted any more
            if stage is not Stage.REST:
                self._moved(unit, moment)
        if not unit.warned and unit.age_s(moment.now_s) >= ladder.alarm_after_s:
            unit.warned = True
            trader.out.append(Warn("UNHEDGED", f"{trader.key}/{unit.cycle}", True))

    def _moved(self, unit: LeggedUnit, moment: Moment) -> None:
        self.trader.note(
            ev.LadderMoved(
                moment.at_ms, self.trader.key, unit.cycle, unit.stage.value, unit.limit_c
            )
        )

    def on_quotes(self, quotes: Quotes, moment: Moment) -> None:
        """Look at the market for every unit whose stage wants to."""
        trader = self.trader
        for unit in list(self.units.values()):
            market = value_unit(trader, unit, quotes.chain)
            marked = unit.stage in _MARKED_STAGES or not unit.planned
            if not marked or unit.remaining <= 0 or unit.confirming:
                continue
            if self.closed():
                continue
            if unit.stage is not Stage.PARKED:
                self._sell_back(unit, market, quotes.underlying, moment)
            if unit.stage is Stage.PARKED and (unit.planned or not unit.rests):
                continue
            if unit.stage is Stage.UNWIND:
                self._unwind(unit, quotes.chain, moment)
            elif unit.stage in _MARKET_STAGES or unit.conceding or not unit.planned:
                target = credit_target(
                    unit,
                    quotes.chain,
                    trader.rules,
                    trader.config.ladder,
                    moment.now_s,
                    None if quotes.chain is None else trader.scanner_for(quotes.chain),
                    None if quotes.chain is None else trader.held_pairs.blocked(quotes.chain, unit),
                )
                self.orders.aim(unit, target, moment)

    def adopt(self, unit: LeggedUnit) -> None:
        """Continue with a unit that an earlier process left open."""
        self.units[unit.cycle] = unit
        value_again(self.trader, unit)

    def look_now(self, moment: Moment) -> None:
        """Look at every unit at once, but for those whose order's executions are unconfirmed."""
        for unit in self.units.values():
            if not unit.confirming:
                unit.look_s = min(unit.look_s, moment.now_s)

    def abandon(self, reason: str, moment: Moment) -> None:
        """Cancel all completing orders and leave every unit to the operator."""
        for unit in self.units.values():
            if unit.order is not None:
                cancel(self.trader, unit.order, reason, moment)
            self.park(unit, moment, reason)
            unit.look_s = math.inf

    def closed(self) -> bool:
        """Whether nothing may be sent at all."""
        trader = self.trader
        return trader.session.multiplier is None or trader.gate.desk.frozen

    def _sell_back(
        self,
        unit: LeggedUnit,
        market: tuple[float, float] | None,
        underlying: float,
        moment: Moment,
    ) -> None:
        """Begin the way out where a trigger wants it, or its natural bid has fallen too far."""
        trader = self.trader
        why = forced_sell_back(trader, unit, moment, underlying)
        if why:
            unit.force(Stage.UNWIND, why)
            self._advance(unit, moment)
        if market is None or unit.forced is Stage.UNWIND:
            return
        prices = unit.ladder_prices(
            trader.rules.fee_per_share * 100, trader.tick_c, trader.config.ladder
        )
        if market[0] < unit.sell_back_below_c(prices.unwind_loss_c):
            unit.force(Stage.UNWIND, BID)
            self._advance(unit, moment)

    def _unwind(self, unit: LeggedUnit, chain: OptionChain | None, moment: Moment) -> None:
        trader = self.trader
        ladder = trader.config.ladder
        if unit.unwind_s == math.inf:
            unit.unwind_s = moment.now_s + ladder.unwind_step_s
        elif moment.now_s >= unit.unwind_s - 1e-6:
            unit.unwind_step += 1
            unit.unwind_s = moment.now_s + ladder.unwind_step_s
        if unit.unwind_step >= ladder.unwind_steps:
            why = "the unwind found no buyer within its loss limit"
            self.park(unit, moment, why, rests=True)
            return
        target = unwind_target(unit, chain, trader.rules, ladder)
        if target is not None:
            self.orders.aim(unit, target, moment)

    def park(
        self,
        unit: LeggedUnit,
        moment: Moment,
        why: str,
        *,
        rests: bool = False,
        by: str = "ladder",
    ) -> None:
        """Leave the unit to the operator: nothing automatic but, where it `rests`, a credit at F1.

        Without `rests` an order that still works is not replaced when it ends.

        Args:
            unit, moment: which and when.
            why: for the alarm.
            rests: whether a credit works at F1.
            by: who parks it, operator or ladder.
        """
        self.rest(unit, rests, moment, by)
        if unit.stage is Stage.PARKED:
            return
        unit.stage = Stage.PARKED
        unit.next_target = None
        unit.limit_c = 0
        if not rests:
            unit.look_s = math.inf
        elif not unit.confirming:
            unit.look_s = moment.now_s + 1.0
        elif unit.look_s == math.inf:
            unit.look_s = moment.now_s + self.trader.gate.limits.unknown_after_s
        self._moved(unit, moment)
        self.trader.out.append(Warn("PARKED", f"{self.trader.key}/{unit.cycle}: {why}", True))

    def rest(self, unit: LeggedUnit, rests: bool, moment: Moment, by: str = "ladder") -> None:
        """Let a credit rest for a parked unit, or let none; the journal keeps it for a restart."""
        if unit.rests is rests:
            return
        unit.rests = rests
        unit.choice = Choice.HOLD if rests else Choice.PARK
        self.trader.note(
            ev.UnitDecided(moment.at_ms, self.trader.key, unit.cycle, unit.choice.value, by)
        )

    def left_parking(self, unit: LeggedUnit, moment: Moment) -> None:
        """The operator decided otherwise about a unit: it stands where age and choice put it."""
        if unit.stage is Stage.PARKED:
            unit.stage, unit.rests = Stage.REST, False
            place = f"{self.trader.key}/{unit.cycle}"
            self.trader.out.append(Warn("PARKED", place, False))
        self._advance(unit, moment)

    def close_day(self, moment: Moment) -> None:
        """At the session's end: record what stays unhedged overnight."""
        for unit in self.units.values():
            self.park(unit, moment, "the session ended")
            self.trader.note(cycle_ended(self.trader, unit, "PARKED", moment))

    # ------------------------------------------------------------------ a unit's end

    def _settle(self, unit: LeggedUnit, moment: Moment) -> None:
        """End a unit without open contracts once nothing of it can execute any more."""
        live = self.trader.debits.live
        if live is not None and live.cycle == unit.cycle and live.order.live:
            return
        if unit.order is None or not unit.order.live:
            self._finish(unit, moment)

    def _finish(self, unit: LeggedUnit, moment: Moment) -> None:
        trader = self.trader
        if self.units.pop(unit.cycle, None) is None:
            return
        outcome = "SCRATCHED" if unit.unwound else "COMPLETE"
        trader.note(cycle_ended(trader, unit, outcome, moment))
        for code in ("UNHEDGED", "PARKED", "OVERSOLD"):
            trader.out.append(Warn(code, f"{trader.key}/{unit.cycle}", False))
        if trader.blocked is Gate.UNHEDGED:
            trader.blocked = None
