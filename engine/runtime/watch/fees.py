"""Books what executions really cost, once the broker tells it."""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.brokers.execution import Execution
from engine.brokers.protocol import FeeBroker
from engine.config.broker import DEFAULT
from engine.market.fees import LEGS_OF_A_VERTICAL, LegFee, schedule_of
from engine.orders import events as ev
from engine.orders.ids import EXECUTED_KEPT
from engine.runtime.context import DeskContext
from engine.state.order_record import name_at_broker
from engine.state.positions import label_of

KEPT: Final = EXECUTED_KEPT
"""Executions whose fees may still be corrected, the last ones: brokers do so within days."""


NO_DIFFERENCE_C: Final = 0.5
"""Cents a leg by which the broker's fees may differ from the settings without an alarm."""

_NAMED: Final = 2


class _Charged(NamedTuple):
    trader: str
    order: str
    cycle: int
    contracts: int
    fee_c: int


class FeeBooking:
    """Corrects fees, and with them every figure of guaranteed dollars.

    Args:
        context: the desk's shared parts.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._charged: OrderedDict[str, _Charged] = OrderedDict()
        self._costs: OrderedDict[str, tuple[int, int]] = OrderedDict()
        self._by_root: dict[str, list[int]] = {}
        context.subscribe(ev.Executed, self._executed)
        context.subscribe(ev.FeeCorrected, self._corrected)

    def connect(self) -> None:
        """Listen to the broker, where it tells such fees."""
        broker, post = self._context.broker, self._context.scheduler.post
        if isinstance(broker, FeeBroker):
            broker.connect_fees(
                lambda order, execution, fee_c: post(lambda: self.told(execution, fee_c))
            )

    def remember(self, events: Iterable[ev.Event]) -> None:
        """Know what an earlier part of the journal was charged.

        Args:
            events: the whole journal, oldest first.
        """
        cycles: dict[str, int] = {}
        for event in events:
            if isinstance(event, ev.OrderIntended):
                cycles[event.order] = event.cycle
            elif isinstance(event, ev.Executed):
                self._keep(event, cycles.get(event.order, 0))
            elif isinstance(event, ev.FeeCorrected):
                self._corrected(event)

    def catch_up(self, executions: Iterable[Execution]) -> None:
        """Correct what the broker's own ledger charged otherwise while nobody listened."""
        for row in executions:
            charged = self._charged.get(row.execution_id)
            if charged is not None and charged.contracts == row.quantity:
                self.correct(row.execution_id, row.fees_c)

    def _executed(self, event: ev.Executed) -> None:
        record = self._context.state.orders.known.get(event.order)
        if record is not None:
            self._keep(event, record.intent.cycle)

    def _keep(self, event: ev.Executed, cycle: int) -> None:
        name = name_at_broker(event.execution)
        before = self._charged.pop(name, None)
        contracts, fee_c = event.quantity, event.fee_c
        if before is not None:  # a part of it is taken back, or told once more
            contracts, fee_c = contracts + before.contracts, fee_c + before.fee_c
        if contracts >= 0:  # of none left, what is booked anew next may have another name
            self._charged[name] = _Charged(event.trader, event.order, cycle, contracts, fee_c)
        if len(self._charged) > KEPT:
            self._charged.popitem(last=False)

    def _corrected(self, event: ev.FeeCorrected) -> None:
        charged = self._charged.get(event.execution)
        if charged is not None:
            self._charged[event.execution] = charged._replace(fee_c=event.fee_c)

    def told(self, execution: str, fee_c: int) -> None:
        """The broker told what an execution really cost, cents for all legs."""
        charged = self._charged.get(execution)
        if charged is None or not charged.contracts or fee_c < 0:
            return
        root = charged.trader.partition(" ")[0]
        legs = LEGS_OF_A_VERTICAL * charged.contracts
        before_c, before = self._costs.pop(execution, (0, 0))
        self._costs[execution] = fee_c, legs
        sums = self._by_root.setdefault(root, [0, 0])
        sums[0] += fee_c - before_c
        sums[1] += legs - before
        if len(self._costs) > KEPT:
            self._costs.popitem(last=False)  # it stays in the sum
        self.correct(execution, fee_c)
        self._say()

    def correct(self, execution: str, fee_c: int) -> None:
        """An execution really cost so many cents; one that is not known, or right, is left."""
        context = self._context
        charged = self._charged.get(execution)
        if charged is None or charged.fee_c == fee_c or fee_c < 0:
            return
        more_c = fee_c - charged.fee_c
        at_ms = context.now().at_ms
        context.emit(
            ev.FeeCorrected(
                at_ms,
                charged.trader,
                charged.order,
                charged.cycle,
                execution,
                charged.fee_c,
                fee_c,
            )
        )
        trader = context.traders.get(charged.trader)
        if trader is not None:
            trader.credits.charge(charged.order, charged.cycle, more_c)
        self._end_anew(charged, more_c)

    def _end_anew(self, charged: _Charged, more_c: int) -> None:
        """Tell a cycle's end again, with its fees and what it then guarantees."""
        context = self._context
        totals = context.state.traders[charged.trader]
        ended = totals.ended.get(charged.cycle)
        if ended is None or not context.state.positions.ends_anew(ended):
            return
        floor_c = ended.floor_c - more_c
        context.emit(
            ended._replace(
                at_ms=context.moment.at_ms,
                fees_c=ended.fees_c + more_c,
                floor_c=floor_c,
                label=label_of(totals, floor_c) if ended.label else "",
            )
        )

    def _say(self) -> None:
        """Say of which roots a leg costs there, on average, otherwise than by the settings.

        The settings know whole cents, so a difference of half a cent is none. What is said names
        the setting that would be right, rounded up: a pair must not promise too much.
        """
        context = self._context
        fees, schedule = context.config.fees, schedule_of(context.config.fees)
        texts = []
        for root, (cost_c, legs) in sorted(self._by_root.items()):
            mean_c, plan_c = cost_c / legs, schedule.leg_c(root)
            if abs(mean_c - plan_c) <= NO_DIFFERENCE_C:
                continue
            key = root if root in fees else DEFAULT
            leg_c = math.ceil(mean_c)
            now = fees[key].commission_c if key in fees else LegFee().commission_c
            commission_c = min(now, leg_c)
            texts.append(
                f"{root} {mean_c:.3g} c a leg in place of {plan_c} c: [fees.{key}] "
                f"commission_c = {commission_c}, exchange_c = {leg_c - commission_c}"
            )
        at_ms = context.moment.at_ms
        if texts:
            context.alarms.say(at_ms, "FEE_DIFFERS", "desk", "; ".join(texts[:_NAMED]))
        else:
            context.alarms.clear(at_ms, "FEE_DIFFERS", "desk")
