"""The completing side of a trader: every filled debit contract gets its credit, or its way out."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import TYPE_CHECKING, Final

from engine.completion import LeggedUnit, Target, credit_target, natural_c, unwind_target
from engine.debits import Attempt, silence_s, watch_silence
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.legs import Side, SpreadLeg
from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Query, Quotes, Submit, Warn
from engine.orders.ladder import Stage, next_change_s
from engine.orders.states import Order, OrderState
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from engine.risk.gate import Gate

if TYPE_CHECKING:
    from engine.expiration_trader import ExpirationTrader

KEPT_ORDERS: Final = 16
_MARKET_STAGES: Final = frozenset({Stage.RESCAN, Stage.SCRATCH, Stage.UNWIND})


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
        unit = self.units.get(attempt.cycle)
        if unit is None:
            pair = attempt.opportunity
            unit = LeggedUnit(
                attempt.cycle,
                pair.right,
                pair.debit_long,
                pair.debit_short,
                pair.credit_short,
                pair.credit_long,
                pair.credit_limit_c,
                moment.now_s,
            )
            ladder = self.trader.config.ladder
            unit.look_s = moment.now_s + ladder.settle_s
            unit.walk_s = moment.now_s + ladder.rest_until_s
            self.units[attempt.cycle] = unit
        unit.filled += quantity
        unit.paid_c += quantity * price_c
        unit.fees_c += fee_c
        if unit.filled <= 0:
            del self.units[attempt.cycle]
        elif not attempt.order.live:
            unit.look_s = moment.now_s

    def debit_dead(self, cycle: int, moment: Moment) -> None:
        """The debit can execute no more: its filled contracts need not wait."""
        unit = self.units.get(cycle)
        if unit is None:
            return
        if unit.remaining == 0:
            self._finish(unit, moment)
        else:
            unit.look_s = min(unit.look_s, moment.now_s)

    # ------------------------------------------------------------------ the ladder

    def watch(self, moment: Moment) -> None:
        """Look at every unit that is due."""
        for unit in list(self.units.values()):
            if unit.order is not None:
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
        self._advance(unit, moment)
        if unit.stage in _MARKET_STAGES:
            trader.fetch()
        else:
            self._aim(unit, credit_target(unit, None, trader.rules, ladder, moment.now_s), moment)
        age_s = unit.age_s(moment.now_s)
        if unit.stage is not Stage.PARKED:
            step_s = next_change_s(age_s, unit.stage, ladder) - age_s
            unit.look_s = moment.now_s + max(step_s, 0.05)
            if age_s < ladder.alarm_after_s:
                unit.look_s = min(unit.look_s, unit.first_fill_s + ladder.alarm_after_s)

    def _advance(self, unit: LeggedUnit, moment: Moment) -> None:
        """Move the unit to the stage of its age or of a trigger; raise its alarm in time."""
        trader, ladder = self.trader, self.trader.config.ladder
        if trader.balancer.force_balance_at_close:
            left_s = trader.session.to_close_s(moment.epoch_s)
            if left_s <= ladder.unwind_before_close_s:
                unit.forced = Stage.UNWIND
            elif left_s <= ladder.force_scratch_before_close_s:
                unit.forced = unit.forced or Stage.SCRATCH
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
            if unit.stage not in _MARKET_STAGES or unit.remaining <= 0:
                continue
            if trader.session.multiplier is None or trader.gate.desk.frozen:
                continue
            self._mark(unit, quotes.chain, moment)
            if unit.stage is Stage.UNWIND:
                self._unwind(unit, quotes.chain, moment)
            else:
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
        gain_c = round((market[0] - paid) * unit.remaining * trader.exposure.multiplier)
        trader.gate.exposure.mark(trader.key, gain_c)
        prices = unit.ladder_prices(
            trader.rules.fee_per_share * 100, trader.tick_c, trader.config.ladder
        )
        if market[0] < paid - 0.8 * prices.unwind_loss_c and unit.forced is not Stage.UNWIND:
            unit.forced = Stage.UNWIND
            self._advance(unit, moment)

    def _unwind(self, unit: LeggedUnit, chain: OptionChain | None, moment: Moment) -> None:
        trader = self.trader
        target = unwind_target(unit, chain, trader.rules, trader.config.ladder)
        if target is None:
            self.park(unit, moment, "the unwind found no buyer within its loss limit")
            return
        self._aim(unit, target, moment)

    def park(self, unit: LeggedUnit, moment: Moment, why: str) -> None:
        """Leave the unit to the operator: nothing automatic but a resting credit at a profit."""
        if unit.stage is Stage.PARKED:
            return
        unit.stage = Stage.PARKED
        unit.limit_c = 0
        unit.look_s = moment.now_s + 1.0
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
        if same and request.limit_c == target.limit_c and order.leaves >= target.quantity:
            unit.next_target = None
            return
        unit.next_target = target
        if order.cancel_sent(moment.now_s):
            name = request.client_order_id
            self.trader.note(ev.CancelSent(moment.at_ms, self.trader.key, name, "reprice"))
            self.trader.out.append(Cancel(name, "reprice"))

    def _send(self, unit: LeggedUnit, target: Target, moment: Moment) -> None:
        trader = self.trader
        quantity = min(target.quantity, unit.uncovered)
        if quantity <= 0:
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
        if applied.quantity:
            self._executed(
                unit, order, report, applied.quantity, applied.price_c, applied.late, moment
            )
        if order.state is OrderState.UNKNOWN and applied.before is OrderState.CANCEL_SENT:
            trader.out.append(Query(report.client_order_id))
        if was_live and not order.live:
            self._ended(unit, order, report.reason, moment)

    def _executed(
        self,
        unit: LeggedUnit,
        order: Order,
        report: OrderReport,
        quantity: int,
        price_c: int,
        late: bool,
        moment: Moment,
    ) -> None:
        trader, request = self.trader, order.request
        fee_c = trader.fees.vertical_fee_c(abs(quantity), trader.symbol)
        fee_c = fee_c if quantity > 0 else -fee_c
        trader.note(
            ev.Executed(
                moment.at_ms,
                trader.key,
                request.client_order_id,
                report.execution_id,
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
        other = unit.order
        if late and other is not None and other is not order and other.cancel_sent(moment.now_s):
            name = other.request.client_order_id
            trader.note(ev.CancelSent(moment.at_ms, trader.key, name, "late fill of another"))
            trader.out.append(Cancel(name, "late fill of another"))
        if unit.remaining < 0:
            trader.out.append(Warn("OVERSOLD", f"{trader.key}/{unit.cycle}", True))
        elif late and unit.remaining == 0 and (other is None or not other.live):
            self._finish(unit, moment)

    def on_failed(self, order: Order, reason: str, moment: Moment) -> None:
        """The order never left: try again after a moment."""
        _, unit = self._known[order.request.client_order_id]
        order.state = OrderState.REJECTED
        self._ended(unit, order, reason, moment)

    def _ended(self, unit: LeggedUnit, order: Order, reason: str, moment: Moment) -> None:
        trader = self.trader
        name, state = order.request.client_order_id, order.state
        trader.note(ev.OrderEnded(moment.at_ms, trader.key, name, state.value, reason))
        if unit.order is order:
            unit.order = None
        live = trader.debits.live
        debit_live = live is not None and live.cycle == unit.cycle and live.order.live
        if unit.remaining == 0 and not debit_live:
            self._finish(unit, moment)
        elif unit.remaining > 0 and unit.stage is not Stage.PARKED:
            wait_s = 1.0 if state is OrderState.REJECTED else trader.config.ladder.settle_s
            unit.look_s = min(unit.look_s, moment.now_s + wait_s)

    def _finish(self, unit: LeggedUnit, moment: Moment) -> None:
        trader = self.trader
        if self.units.pop(unit.cycle, None) is None:
            return
        self._note_end(unit, "SCRATCHED" if unit.unwound else "COMPLETE", moment)
        if unit.warned or unit.stage is Stage.PARKED:
            trader.out.append(Warn("UNHEDGED", f"{trader.key}/{unit.cycle}", False))
            trader.out.append(Warn("PARKED", f"{trader.key}/{unit.cycle}", False))
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
