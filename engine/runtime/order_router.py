"""OrderRouter: the road from a trader's intent to the broker, and of its answers back.

Nothing leaves before its intent is in the journal; nothing is sent twice.
"""

from __future__ import annotations

import math
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

from engine.brokers.protocol import NotSentError, RefusedOrderError, ThrottledError
from engine.market.legs import right_letter, strike_text
from engine.orders import events as ev
from engine.orders.actions import Cancel, Failed, Message, Query, Submit
from engine.orders.order import Order
from engine.orders.soundness import clean, cleaned, error_text, flaw
from engine.orders.types import OrderReport, ReportKind
from engine.risk.flags import DeskFlags
from engine.risk.gates import Gate
from engine.run_folder.open_orders import NoMirror
from engine.runtime.broker_calls import BrokerCalls
from engine.runtime.context import DeskContext
from engine.runtime.lanes import Begin, Lane
from engine.state.order_record import OrderRecord
from engine.trader.trader import ExpirationTrader

_LOOKED_UP: Final = 256
_STATES_KEPT: Final = 1_024
MOST_UNOWNED: Final = 8
"""Orders that belong to nobody any more whose executions have an alarm of their own at once."""


def execution_text(report: OrderReport) -> str:
    """An execution that belongs to no order, as its alarm tells it."""
    name = report.broker_order_id or report.client_order_id
    unit = "contract" if report.quantity == 1 else "contracts"
    corrected = f"{report.execution_id} is now " if report.kind is ReportKind.CORRECTION else ""
    return f"{name}, {corrected}{report.quantity} {unit} at {report.price_c / 100:.2f}"


def _is_booked(record: OrderRecord, report: OrderReport) -> bool:
    """Whether what a report tells of an order's execution is in the book."""
    if report.kind is not ReportKind.CORRECTION:
        return report.execution_id in record.executions
    quantity, price_c = record.divided().get(report.execution_id, (-1, 0))
    return quantity == report.quantity and (not quantity or price_c == report.price_c)


def _stopped(flags: DeskFlags, trader: ExpirationTrader) -> Gate | None:
    """What stopped entries while a debit waited to be sent; None where they go on."""
    if flags.halted:
        return Gate.HALTED
    if flags.exit_only:
        return Gate.EXIT_ONLY
    return Gate.PAUSED if trader.paused else None


class Step(Protocol):
    """Lets a trader decide about messages, and carries out what it decides."""

    def __call__(self, trader: ExpirationTrader, inbox: Sequence[Message] = ...) -> None:
        """Step the trader now."""
        ...


class OrderRouter:
    """Sends, cancels and asks; runs in the scheduler's thread but for the broker's own calls.

    Args:
        context: the desk's shared parts.
        step: hands messages to a trader.
        wake_by: has a trader step by an engine second at the latest.
        mirror: names the open orders: each before it is sent, until it has ended.
        latched: whether another process has closed the kill latch.

    Attributes:
        answered_s: seconds from sending to the acknowledgement of the last orders.
        not_found: orders that the broker, asked for them, does not know.
        raw_states: the broker's own words for the states of the last orders, only to be shown.
        unowned: places of alarms about executions of orders whose owner is forgotten.
    """

    def __init__(
        self,
        context: DeskContext,
        step: Step,
        wake_by: Callable[[ExpirationTrader, float], None],
        mirror: NoMirror,
        latched: Callable[[], bool],
    ) -> None:
        self._context = context
        self._step = step
        self._wake_by = wake_by
        self.answered_s: deque[float] = deque(maxlen=512)
        self.not_found: set[str] = set()
        self.unowned: set[str] = set()
        self.raw_states: OrderedDict[str, str] = OrderedDict()
        self._mirror = mirror
        self._latched = latched
        self._owners: OrderedDict[str, ExpirationTrader] = OrderedDict()
        self._recall: Callable[[str], ExpirationTrader | None] = lambda name: None
        self._looked_up: OrderedDict[str, float] = OrderedDict()
        self._calls = BrokerCalls(context)

    def submit(self, trader: ExpirationTrader, action: Submit) -> None:
        """Journal the intent; once it is durable, send the order."""
        name = action.request.client_order_id
        self.own(name, trader)
        if self._context.inline:
            self._context.emit(action.intent)
            reason = self._mirrored(name)
            if reason:
                self._context.journal_failed(reason)
            if self._context.flags.journal_failed:
                self.unsent(trader, name, "the journal failed")
            else:
                self._send(trader, action)
            return
        if not self._context.record_intent(action.intent, lambda: self._recorded(trader, action)):
            self._context.scheduler.post(lambda: self.unsent(trader, name, "the journal failed"))

    def own(self, name: str, trader: ExpirationTrader) -> None:
        """Reports about this order go to that trader."""
        self._owners[name] = trader
        if len(self._owners) > 1000 + 64 * len(self._context.traders):
            self._owners.popitem(last=False)

    def recall_by(self, recall: Callable[[str], ExpirationTrader | None]) -> None:
        """Ask `recall` for the trader of an order that it has forgotten, or never knew."""
        self._recall = recall

    def _recorded(self, trader: ExpirationTrader, action: Submit) -> None:
        """The intent is durable: have the mirror durable too, then send; in the writer's thread."""
        post, name = self._context.scheduler.post, action.request.client_order_id
        reason = self._mirrored(name)
        if reason:
            post(lambda: self._context.journal_failed(reason))
            post(lambda: self.unsent(trader, name, reason))
        else:
            post(lambda: self._send(trader, action))

    def _mirrored(self, name: str) -> str:
        """Write an order to the mirror before it leaves; the reason it failed, or ""."""
        try:
            self._mirror.opened(name)
        except OSError as error:
            return f"the file of open orders cannot be written: {error.strerror or error}"
        return ""

    def ended(self, name: str) -> None:
        """An order can execute no more."""
        try:
            self._mirror.ended(name)
        except OSError:
            return  # whoever reads the mirror asks the broker about an order too many

    def _send(self, trader: ExpirationTrader, action: Submit) -> None:
        """The intent is durable: send as soon as a thread is free."""
        context, name = self._context, action.request.client_order_id

        def give_up() -> None:
            self.unsent(trader, name, "no call to the broker returned in time", denied=True)

        lanes = context.lanes
        lane = None if lanes is None else lanes.debits if action.request.pays else lanes.completing
        self._call(lane, trader, name, lambda: self._leave(trader, action), give_up=give_up)

    def _leave(self, trader: ExpirationTrader, action: Submit) -> Callable[[], None] | None:
        """The call that sends an order now, unless everything was stopped meanwhile."""
        name = action.request.client_order_id
        record = self._context.state.orders.known[name]
        request = action.request
        if request.effects != record.effects:
            request = replace(request, effects=record.effects)
        moment = self._context.now()
        flags = self._context.flags
        blocked = flags.frozen or ((flags.killed or self._latched()) and request.pays)
        if blocked:
            self.unsent(trader, name, "the gate closed before it was sent")
            return None
        if request.pays and (gate := _stopped(flags, trader)) is not None:
            reason = "entries were stopped before it was sent"
            self.unsent(trader, name, reason, denied=True, gate=gate)
            return None
        if request.pays and moment.epoch_s > action.fresh_until_s:
            self.unsent(trader, name, "its quotes were too old when it was to be sent", denied=True)
            return None
        if request.pays and "mixed" in request.effects:
            reason = "a leg of it would close a part of a position and open the rest"
            self.unsent(trader, name, reason, denied=True, gate=Gate.CLOSES_OTHER)
            return None
        if not request.pays and not trader.still_wants(name):
            self.unsent(trader, name, "its unit wants it no more", denied=True)
            return None
        order = trader.find(name)
        self._context.emit(ev.OrderSent(moment.at_ms, trader.key, name))
        if order is not None:
            order.sent(moment.now_s)
            self._wake_by(trader, moment.now_s + self._context.config.limits.unknown_after_s)
        return partial(self._context.broker.submit, request, moment.epoch_s)

    def unsent(
        self,
        trader: ExpirationTrader,
        name: str,
        reason: str,
        *,
        denied: bool = False,
        gate: Gate | None = None,
    ) -> None:
        """Tell the trader that an order never reached the broker.

        Args:
            trader, name: whose order.
            reason: why.
            denied: it was held back, which is not a reject.
            gate: what held it back.
        """
        self._step(trader, (Failed(name, reason, denied, "" if gate is None else gate.value),))

    def cancel(self, trader: ExpirationTrader, action: Cancel) -> None:
        """Ask the broker to cancel an order; written down when the call starts."""
        context, name = self._context, action.order

        def begin() -> Callable[[], None] | None:
            moment = context.now()
            if name in context.state.orders.live:
                context.emit(ev.CancelSent(moment.at_ms, trader.key, name, action.reason))
            elif not action.has_ended:
                return None  # it ended while the call waited for a thread
            return partial(context.broker.cancel, name, moment.epoch_s)

        self._call(None if context.lanes is None else context.lanes.cancels, trader, name, begin)

    def query(self, trader: ExpirationTrader, action: Query) -> None:
        """Ask the broker what became of an order."""
        context, name = self._context, action.order

        def begin() -> Callable[[], None]:
            return partial(context.broker.query, name, context.now().epoch_s)

        self._call(None if context.lanes is None else context.lanes.queries, trader, name, begin)

    def _call(
        self,
        lane: Lane | None,
        trader: ExpirationTrader,
        name: str,
        begin: Begin,
        *,
        give_up: Callable[[], None] | None = None,
    ) -> None:
        failed = partial(self._call_failed, trader, name)
        self._calls.make(lane, trader, name, begin, failed, give_up=give_up)

    def _call_failed(self, trader: ExpirationTrader, name: str, error: BaseException) -> None:
        if isinstance(error, NotSentError):  # certain as an answer: no need to ask, none to wait
            denied = not isinstance(error, RefusedOrderError)
            gate = Gate.RATE if isinstance(error, ThrottledError) else Gate.LINK
            self.unsent(trader, name, cleaned(error), denied=denied, gate=gate)
            return
        moment = self._context.now()
        self._context.alarms.raise_(moment.at_ms, "BROKER_ERROR", trader.key, error_text(error))

    def hear(self, report: OrderReport) -> None:
        """Take a report from the broker's own thread, or at once where it has none."""
        if self._context.broker.blocking:
            self._context.scheduler.post(lambda: self.on_report(report))
        else:
            self.on_report(report)

    def on_report(self, report: OrderReport) -> None:
        """Bring a broker's report to the trader whose order it is about."""
        wrong = flaw(report)
        if wrong:
            self._garbled(report, wrong)
            return
        report = clean(report)
        name = report.client_order_id
        trader = self._owner(name)
        if report.execution_id:
            if trader is None or trader.find(name) is None:
                trader = self._recall(name) or trader
            if trader is not None and name not in self._context.state.orders.known:
                order = trader.find(name)
                if order is not None and not order.has_heard(report):
                    self._tell_too_old(trader, order, report)  # nobody would book what it does
                    return
        if report.raw_state:
            self.raw_states[name] = report.raw_state
            if len(self.raw_states) > _STATES_KEPT:
                self.raw_states.popitem(last=False)
        if report.kind is ReportKind.NOT_FOUND:
            self.not_found.add(name)
        elif self.not_found:
            self.not_found.discard(name)
        if trader is not None:
            self._step(trader, (report,))
        elif report.execution_id:
            self._tell_unowned(report)

    def _owner(self, name: str) -> ExpirationTrader | None:
        """The trader that knows an order, however many were sent since; None where none does.

        A credit may rest for hours, and much may be told of an order that ended long ago.
        """
        trader = self._owners.get(name)
        if trader is None and (record := self._context.state.orders.known.get(name)) is not None:
            trader = self._context.traders.get(record.intent.trader)
            if trader is not None and trader.find(name) is None:
                return None
        return trader

    def _tell_too_old(self, trader: ExpirationTrader, order: Order, report: OrderReport) -> None:
        """Name an execution that changes an order which the book, not its trader, has forgotten.

        Nothing counts what it leaves unhedged: the chain is closed until the books are compared.
        """
        buys, sells = (strike_text(leg.strike) for leg in order.request.legs)
        right, name = right_letter(order.request.legs[0].option_type), order.request.client_order_id
        told = execution_text(replace(report, broker_order_id=name))
        text = f"{told} (buys {buys}, sells {sells} {right}); too old: not booked, nothing hedged"
        place = f"{trader.key}/{name}"
        self._context.alarms.say(self._context.now().at_ms, "BOOK_DIFFERS", place, text)
        flags = self._context.flags
        flags.differ(flags.unreconciled | {trader.key})

    def _tell_unowned(self, report: OrderReport) -> None:
        """Name an execution that nobody books, its order being forgotten or not ours."""
        record = self._context.state.orders.known.get(report.client_order_id)
        if record is not None and _is_booked(record, report):
            return  # told once more
        where = f"desk/{report.client_order_id}"
        if where not in self.unowned and len(self.unowned) >= MOST_UNOWNED:
            where = "desk/others"
        self.unowned.add(where)
        at_ms = self._context.now().at_ms
        self._context.alarms.say(at_ms, "NO_ORDER", where, execution_text(report))

    def _garbled(self, report: object, wrong: str) -> None:
        """Book nothing from it; ask about the order it names, for something may have happened.

        One that names none may be about any: the next answer to a query does not prove that all
        executions of its order are known.
        """
        moment = self._context.now()
        name = self._named(report)
        trader = None if name is None else self._owner(name)
        where = "desk" if trader is None else trader.key
        self._context.alarms.raise_(moment.at_ms, "GARBLED", where, wrong)
        if trader is not None and name is not None:
            self.look_up(trader, name, moment.now_s)
            trader.mark_unconfirmed(name, moment)
            return
        for each in self._context.traders.values():
            each.mark_all_unconfirmed()

    def _named(self, report: object) -> str | None:
        """Our name of the order that a garbled report is about, found by the broker's if lost."""
        name = getattr(report, "client_order_id", None)
        if isinstance(name, str) and self._owner(name) is not None:
            return name
        theirs = getattr(report, "broker_order_id", None)
        if not isinstance(theirs, str) or not theirs:
            return None
        known = self._context.state.orders.known
        return next(
            (r.intent.order for r in reversed(known.values()) if r.broker_order == theirs), None
        )

    def look_up(self, trader: ExpirationTrader, name: str, now_s: float) -> None:
        """Ask about an order beside its own timers, at most once every `unknown_after_s`."""
        again_s = self._context.config.limits.unknown_after_s
        if now_s - self._looked_up.get(name, -math.inf) < again_s:
            return
        self._looked_up[name] = now_s
        self._looked_up.move_to_end(name)
        if len(self._looked_up) > _LOOKED_UP:
            self._looked_up.popitem(last=False)
        self.query(trader, Query(name))

    def never_arrived(self, name: str) -> None:
        """End an order that the broker says, and its books confirm, it never had."""
        self.not_found.discard(name)
        trader = self._owner(name)
        if trader is not None:
            self.unsent(trader, name, "the broker never had it")
