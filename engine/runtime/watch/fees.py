"""Books what executions really cost, once the broker tells it."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, NamedTuple

from engine.brokers.ledger import Execution
from engine.brokers.protocol import FeeBroker
from engine.market.fees import LEGS_OF_A_VERTICAL
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.state.positions import label_of

KEPT: Final = 16_384
"""Executions whose fees may still be corrected, the last ones: brokers do so within days."""


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
        context.subscribe(ev.Executed, self._executed)
        context.subscribe(ev.FeeCorrected, self._corrected)

    def connect(self) -> None:
        """Listen to the broker, where it tells such fees."""
        broker, post = self._context.broker, self._context.scheduler.post
        if isinstance(broker, FeeBroker):
            broker.connect_fees(
                lambda order, execution, fee_c: post(lambda: self.correct(execution, fee_c))
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
        before = self._charged.pop(event.execution, None)
        contracts, fee_c = event.quantity, event.fee_c
        if before is not None:  # a part of it is taken back, or told once more
            contracts, fee_c = contracts + before.contracts, fee_c + before.fee_c
        if contracts > 0:
            self._charged[event.execution] = _Charged(
                event.trader, event.order, cycle, contracts, fee_c
            )
        if len(self._charged) > KEPT:
            self._charged.popitem(last=False)

    def _corrected(self, event: ev.FeeCorrected) -> None:
        charged = self._charged.get(event.execution)
        if charged is not None:
            self._charged[event.execution] = charged._replace(fee_c=event.fee_c)

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
        unit = None if trader is None else trader.credits.units.get(charged.cycle)
        if unit is not None:
            unit.charge(more_c)
        self._end_anew(charged, more_c)
        self._say(charged, fee_c)

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

    def _say(self, charged: _Charged, fee_c: int) -> None:
        """Say what a leg costs there and by the settings, of the root that was told last."""
        legs = LEGS_OF_A_VERTICAL * charged.contracts
        symbol = charged.trader.partition(" ")[0]
        text = f"{symbol} {fee_c / legs:g} c a leg in place of {charged.fee_c / legs:g} c"
        self._context.alarms.say(self._context.moment.at_ms, "FEE_DIFFERS", "desk", text)
