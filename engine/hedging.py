"""The completing side of a trader: every filled debit contract gets its credit, or its way out."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from engine.completion import LeggedUnit, Target, credit_target, natural_c, unwind_target
from engine.debits import Attempt, ask, silence_s, warn_about, watch_silence
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.legs import Side, SpreadLeg
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Query, Quotes, Submit, Warn
from engine.orders.ladder import Stage, next_change_s
from engine.orders.states import Booking, Order, OrderState, Trigger
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from engine.risk.gate import Gate

if TYPE_CHECKING:
    from engine.expiration_trader import ExpirationTrader

KEPT_ORDERS: Final = 16
MAX_REJECTS: Final = 8
"""Completing orders rejected in a row before the unit is left to the operator."""

LONGEST_BACK_OFF_S: Final = 30.0
SOONEST_S: Final = 0.05
_MARKET_STAGES: Final = frozenset({Stage.RESCAN, Stage.SCRATCH, Stage.UNWIND})
_MARKED_STAGES: Final = _MARKET_STAGES | {Stage.WALK}


class Completer:
    """Follows each legged unit of one trader up the ladder until nothing is left unhedged.

    Attributes:
        units: open units by cycle; usually none or one, more only after late fills.
    """

    def __init__(self, trader: ExpirationTrader) -> None:
        self.trader = trader
        self.units: dict[int, LeggedUnit] = {}
        self._known: OrderedDict[str, tuple[Order, LeggedUnit]] = OrderedDict()

    def find(self, order: str) -> Order | None:
        """A live or recently ended completing order of this trader."""
        known = self._known.get(order)
        return None if known is None else known[0]

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
        unit.filled += quantity
        unit.paid_c += quantity * price_c
        unit.fees_c += fee_c
        self._open(unit, moment)
        if unit.remaining > 0 and not unit.verifying:
            wait_s = self.trader.config.ladder.settle_s if attempt.order.live else 0.0
            unit.look_s = min(unit.look_s, moment.now_s + wait_s)

    def _open(self, unit: LeggedUnit, moment: Moment) -> None:
        """Follow a unit whose contracts changed; one that had ended starts the ladder again."""
        trader = self.trader
        if unit.cycle not in self.units:
            self.units[unit.cycle] = unit
            unit.restart(moment.now_s, trader.config.ladder)
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
        elif not unit.verifying:
            unit.look_s = min(unit.look_s, moment.now_s)

    # ------------------------------------------------------------------ the ladder

    def watch(self, moment: Moment) -> None:
        """Look at every unit that is due."""
        for unit in list(self.units.values()):
            if unit.order is not None:
                self._trim(unit, unit.order, moment)
                watch_silence(self.trader, unit.order, moment)
            if moment.now_s >= unit.look_s:
                self._look(unit, moment)

    def _trim(self, unit: LeggedUnit, order: Order, moment: Moment) -> None:
        """Cancel an order that could sell more than remains, after a late fill or a correction."""
        if order.leaves <= max(0, unit.remaining):
            return
        if order.state is not OrderState.UNKNOWN or order.cancel_s is None:
            self._cancel(order, "more than remains", moment)

    def _cancel(self, order: Order, reason: str, moment: Moment) -> None:
        if order.cancel_sent(moment.now_s):
            name = order.request.client_order_id
            self.trader.note(ev.CancelSent(moment.at_ms, self.trader.key, name, reason))
            self.trader.out.append(Cancel(name, reason))

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
        unit.verifying = ""
        self._advance(unit, moment)
        if unit.stage in _MARKET_STAGES:
            trader.fetch()
        else:
            self._aim(unit, credit_target(unit, None, trader.rules, ladder, moment.now_s), moment)
            if unit.stage is Stage.WALK:
                trader.fetch()
        self._plan_look(unit, moment)

    def _plan_look(self, unit: LeggedUnit, moment: Moment) -> None:
        """Look again when the ladder wants to."""
        ladder = self.trader.config.ladder
        age_s = unit.age_s(moment.now_s)
        if unit.stage is not Stage.PARKED:
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
        if trader.balancer.force_balance_at_close:
            left_s = trader.session.to_close_s(moment.epoch_s)
            if left_s <= ladder.unwind_before_close_s:
                unit.forced = Stage.UNWIND
            elif left_s <= ladder.force_scratch_before_close_s:
                unit.forced = unit.forced or Stage.SCRATCH
        if trader.gate.exposure.day_loss_c >= trader.gate.limits.day_loss_halt_usd * 100:
            unit.forced = Stage.UNWIND
        stage = unit.stage_now(moment.now_s, ladder)
        if stage is not unit.stage:
            unit.stage = stage
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
            if unit.stage not in _MARKED_STAGES or unit.remaining <= 0 or unit.verifying:
                continue
            if self._closed():
                continue
            self._mark(unit, quotes.chain, moment)
            if unit.stage is Stage.UNWIND:
                self._unwind(unit, quotes.chain, moment)
            elif unit.stage in _MARKET_STAGES:
                target = credit_target(
                    unit,
                    quotes.chain,
                    trader.rules,
                    trader.config.ladder,
                    moment.now_s,
                    None if quotes.chain is None else trader.scanner_for(quotes.chain),
                )
                self._aim(unit, target, moment)

    def _mark(self, unit: LeggedUnit, chain: OptionChain | None, moment: Moment) -> None:
        """Value the unit at its natural bid; far below the price paid the way out begins."""
        trader = self.trader
        market = chain and natural_c(chain, unit.right, unit.long_strike, unit.short_strike)
        if not market:
            return
        paid = unit.paid_c / unit.filled
        unit.gain_c = round((market[0] - paid) * unit.remaining * trader.exposure.multiplier)
        gains = (other.gain_c for other in self.units.values())
        trader.gate.exposure.mark(trader.key, sum(gains))
        prices = unit.ladder_prices(
            trader.rules.fee_per_share * 100, trader.tick_c, trader.config.ladder
        )
        way_out_c = unit.way_out_c(prices.unwind_loss_c)
        if market[0] < way_out_c and unit.forced is not Stage.UNWIND:
            unit.forced = Stage.UNWIND
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
            self._aim(unit, target, moment)

    def park(self, unit: LeggedUnit, moment: Moment, why: str, *, rests: bool = False) -> None:
        """Leave the unit to the operator: nothing automatic but, where it `rests`, a credit at F1.

        Without `rests` an order that still works is not replaced when it ends.
        """
        unit.rests = rests
        if unit.stage is Stage.PARKED:
            return
        unit.stage = Stage.PARKED
        unit.limit_c = 0
        unit.look_s = moment.now_s + 1.0 if rests else math.inf
        self._moved(unit, moment)
        self.trader.out.append(Warn("PARKED", f"{self.trader.key}/{unit.cycle}: {why}", True))

    def close_day(self, moment: Moment) -> None:
        """At the session's end: record what stays unhedged overnight."""
        for unit in self.units.values():
            self.park(unit, moment, "the session ended")
            self._note_end(unit, "PARKED", moment)

    # ------------------------------------------------------------------ orders

    def _aim(self, unit: LeggedUnit, target: Target, moment: Moment) -> None:
        """Have `target` working: send it, or cancel what works and send it after."""
        order = unit.order
        if order is None or not order.live:
            self._send(unit, target, moment)
            return
        request = order.request
        same = (
            request.part is target.part
            and request.legs[0].strike == target.buy_strike
            and request.legs[1].strike == target.sell_strike
        )
        if same and request.limit_c == target.limit_c and order.leaves <= target.quantity:
            unit.next_target = None
            return
        unit.next_target = target
        self._cancel(order, "reprice", moment)

    def _send(self, unit: LeggedUnit, target: Target, moment: Moment) -> None:
        trader = self.trader
        quantity = unit.uncovered
        if quantity <= 0 or moment.now_s < unit.retry_s:
            return
        unit.orders += 1
        unit.next_target = None
        unit.limit_c = target.limit_c
        if target.part is Part.CREDIT:
            unit.credit_long, unit.credit_short = target.buy_strike, target.sell_strike
        legs, bid, ask = self._legs(unit, target)
        request = OrderRequest(
            trader.ids.make(unit.cycle, target.part, unit.orders),
            trader.key,
            trader.symbol,
            trader.expiration,
            target.part,
            legs,
            quantity,
            target.limit_c,
            trader.exposure.multiplier,
        )
        unit.order = Order(request, OrderState.RECORDED)
        self._known[request.client_order_id] = (unit.order, unit)
        if len(self._known) > KEPT_ORDERS:
            self._known.popitem(last=False)
        trader.gate.rate.spend(moment.now_s)
        trader.out.append(
            Submit(
                request,
                ev.OrderIntended(
                    moment.at_ms,
                    trader.key,
                    request.client_order_id,
                    unit.cycle,
                    target.part.value,
                    unit.orders,
                    unit.right[0].upper(),
                    target.buy_strike,
                    target.sell_strike,
                    quantity,
                    target.limit_c,
                    bid,
                    ask,
                    0.0,
                    round(unit.age_s(moment.now_s), 3),
                    unit.stage.value,
                ),
            )
        )

    def _legs(
        self, unit: LeggedUnit, target: Target
    ) -> tuple[tuple[SpreadLeg, SpreadLeg], float, float]:
        """The order's legs with the last quotes, and the vertical's natural market in dollars."""
        trader = self.trader
        chain = trader.last_quotes.chain if trader.last_quotes else None
        row = CALL if unit.right == "call" else PUT
        nan = math.nan

        def leg(strike: float, side: Side) -> SpreadLeg:
            try:
                if chain is not None:
                    return chain.leg(row, chain.index(strike), side)
            except KeyError:
                pass
            return SpreadLeg(strike, trader.expiration, unit.right, side, nan, nan)

        buy, sell = leg(target.buy_strike, "buy"), leg(target.sell_strike, "sell")
        return (buy, sell), round(sell.bid - buy.ask, 4), round(sell.ask - buy.bid, 4)

    def on_report(self, order: Order, report: OrderReport, moment: Moment) -> None:
        """Apply a report about a completing order of this trader."""
        trader = self.trader
        _, unit = self._known[order.request.client_order_id]
        was_live = order.live
        applied = order.on_report(report, moment.now_s)
        if report.kind is ReportKind.ACK and not applied.ignored:
            trader.note(
                ev.OrderWorking(
                    moment.at_ms, trader.key, report.client_order_id, report.broker_order_id
                )
            )
        for booking in applied.bookings:
            self._executed(unit, order, booking, applied.late, moment)
        warn_about(trader, order, report, applied)
        if order.state is OrderState.UNKNOWN and applied.before is OrderState.CANCEL_SENT:
            ask(trader, order, moment)
        if was_live and not order.live:
            self._ended(unit, order, report.reason, moment)
        elif applied.bookings:
            self._open(unit, moment)
        elif report.kind is ReportKind.CANCELED and unit.verifying == report.client_order_id:
            self._confirmed_dead(unit, moment)

    def _executed(
        self,
        unit: LeggedUnit,
        order: Order,
        booking: Booking,
        late: bool,
        moment: Moment,
    ) -> None:
        trader, request = self.trader, order.request
        execution, quantity, price_c = booking
        fee_c = trader.fees.vertical_fee_c(abs(quantity), trader.symbol)
        fee_c = fee_c if quantity > 0 else -fee_c
        trader.note(
            ev.Executed(
                moment.at_ms,
                trader.key,
                request.client_order_id,
                execution,
                quantity,
                price_c,
                fee_c,
                late,
            )
        )
        unit.fees_c += fee_c
        unit.last_fill_s = moment.now_s
        if request.part is Part.CREDIT:
            unit.credited += quantity
            unit.sold.append((quantity, price_c, request.legs[1].strike, request.legs[0].strike))
        else:
            unit.unwound += quantity
            unit.unwound_c += quantity * price_c

    def on_failed(self, order: Order, reason: str, moment: Moment) -> None:
        """The order never reached the broker and never will: try again after a moment."""
        _, unit = self._known[order.request.client_order_id]
        if order.live and order.trigger(Trigger.REJECTED):
            self._ended(unit, order, reason, moment)

    def _ended(self, unit: LeggedUnit, order: Order, reason: str, moment: Moment) -> None:
        trader = self.trader
        name, state = order.request.client_order_id, order.state
        trader.note(ev.OrderEnded(moment.at_ms, trader.key, name, state.value, reason))
        if unit.order is order:
            unit.order = None
        if state is OrderState.REJECTED:
            self._rejected(unit, reason, moment)
        else:
            unit.rejects = 0
        self._open(unit, moment)
        if unit.remaining <= 0 or (unit.stage is Stage.PARKED and not unit.rests):
            return
        if state is OrderState.FILLED:
            unit.look_s = moment.now_s
        elif state is not OrderState.REJECTED:
            # An execution may still be on its way: nothing new before the broker has told all.
            unit.verifying = name
            unit.look_s = moment.now_s + trader.gate.limits.unknown_after_s
            trader.out.append(Query(name))

    def _rejected(self, unit: LeggedUnit, reason: str, moment: Moment) -> None:
        """Back off, twice as long each time, and leave the unit to the operator in the end."""
        unit.rejects += 1
        if unit.stage is Stage.PARKED:
            unit.rests = False
        elif unit.rejects >= MAX_REJECTS:
            why = f"rejected {unit.rejects} times in a row: {reason or 'no reason given'}"
            self.park(unit, moment, why)
        else:
            wait_s = min(LONGEST_BACK_OFF_S, 2.0 ** (unit.rejects - 1))
            unit.retry_s = moment.now_s + wait_s
            unit.look_s = min(unit.look_s, unit.retry_s)

    def _settle(self, unit: LeggedUnit, moment: Moment) -> None:
        """End a unit without open contracts once nothing of it can execute any more."""
        live = self.trader.debits.live
        if live is not None and live.cycle == unit.cycle and live.order.live:
            return
        if unit.order is None or not unit.order.live:
            self._finish(unit, moment)

    def _confirmed_dead(self, unit: LeggedUnit, moment: Moment) -> None:
        """The cancelled order has told all its executions: send what was to follow it."""
        unit.verifying = ""
        if unit.remaining <= 0 or (unit.stage is Stage.PARKED and not unit.rests):
            return
        unit.look_s = moment.now_s
        if unit.next_target is not None and not self._closed():
            self._send(unit, unit.next_target, moment)
            self._plan_look(unit, moment)

    def _closed(self) -> bool:
        """Whether nothing may be sent at all."""
        trader = self.trader
        return trader.session.multiplier is None or trader.gate.desk.frozen

    def _finish(self, unit: LeggedUnit, moment: Moment) -> None:
        trader = self.trader
        if self.units.pop(unit.cycle, None) is None:
            return
        self._note_end(unit, "SCRATCHED" if unit.unwound else "COMPLETE", moment)
        for code in ("UNHEDGED", "PARKED", "OVERSOLD"):
            trader.out.append(Warn(code, f"{trader.key}/{unit.cycle}", False))
        unit.gain_c = 0
        if trader.blocked is Gate.UNHEDGED:
            trader.blocked = None

    def _note_end(self, unit: LeggedUnit, outcome: str, moment: Moment) -> None:
        trader = self.trader
        multiplier = trader.exposure.multiplier
        floor_c = unit.floor_c(multiplier)
        end_s = moment.now_s if outcome == "PARKED" else unit.last_fill_s
        trader.note(
            ev.CycleEnded(
                moment.at_ms,
                trader.key,
                unit.cycle,
                outcome,
                unit.filled,
                unit.money_c(multiplier),
                unit.fees_c,
                floor_c,
                self._label(floor_c),
                unit.kind(),
                round(max(0.0, end_s - unit.first_fill_s), 3),
            )
        )

    def _label(self, floor_c: int) -> str:
        if floor_c < 0:
            return "RISK"
        cash_european = (self.trader.terms.style, self.trader.terms.settlement)
        return "ARB" if cash_european == ("european", "cash") else "LOCK*"
