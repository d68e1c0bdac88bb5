"""The life of one order as a table: every state, every trigger, where it leads."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.orders.types import OrderReport, OrderRequest, ReportKind


class OrderState(StrEnum):
    """Where an order stands; UNKNOWN is a state of its own, never a guess."""

    NEW = "new"
    DENIED = "denied"
    RECORDED = "recorded"
    SENT = "sent"
    WORKING = "working"
    PARTIAL = "partial"
    FILLED = "filled"
    CANCEL_SENT = "canceling"
    CANCELED = "canceled"
    REJECTED = "rejected"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class Trigger(StrEnum):
    """What can happen to an order."""

    DENY = "deny"
    RECORD = "record"
    SEND = "send"
    ACK = "ack"
    FILL_SOME = "fill some"
    FILL_ALL = "fill all"
    CANCEL = "cancel"
    CANCELED = "canceled"
    CANCEL_REJECTED = "cancel rejected"
    REJECTED = "rejected"
    EXPIRED = "expired"
    SILENCE = "silence"


S, T = OrderState, Trigger

LIVE: Final = frozenset({S.SENT, S.WORKING, S.PARTIAL, S.CANCEL_SENT, S.UNKNOWN})
"""States in which the broker may still execute the order as far as we know."""

TERMINAL: Final = frozenset({S.DENIED, S.FILLED, S.CANCELED, S.REJECTED, S.EXPIRED})
"""Ends. CANCELED, REJECTED and EXPIRED are provisional: a later execution is still booked."""


def _table() -> dict[tuple[OrderState, Trigger], OrderState]:
    table: dict[tuple[OrderState, Trigger], OrderState] = {
        (S.NEW, T.DENY): S.DENIED,
        (S.NEW, T.RECORD): S.RECORDED,
        (S.RECORDED, T.DENY): S.DENIED,
        (S.RECORDED, T.SEND): S.SENT,
        (S.SENT, T.ACK): S.WORKING,
        (S.WORKING, T.ACK): S.WORKING,
        (S.PARTIAL, T.ACK): S.PARTIAL,
        (S.CANCEL_SENT, T.ACK): S.CANCEL_SENT,
        (S.UNKNOWN, T.ACK): S.WORKING,
        (S.CANCEL_SENT, T.FILL_SOME): S.CANCEL_SENT,
        (S.UNKNOWN, T.FILL_SOME): S.PARTIAL,
        (S.CANCEL_SENT, T.CANCEL_REJECTED): S.UNKNOWN,
    }
    for state in (S.SENT, S.WORKING, S.PARTIAL):
        table[state, T.FILL_SOME] = S.PARTIAL
    for state in LIVE:
        table[state, T.FILL_ALL] = S.FILLED
        table[state, T.CANCEL] = S.CANCEL_SENT
        table[state, T.CANCELED] = S.CANCELED
        table[state, T.REJECTED] = S.REJECTED
        table[state, T.EXPIRED] = S.EXPIRED
        table[state, T.SILENCE] = S.UNKNOWN
    for state in (S.CANCELED, S.REJECTED, S.EXPIRED):
        table[state, T.FILL_SOME] = state
        table[state, T.FILL_ALL] = S.FILLED
    return table


TRANSITIONS: Final = _table()
"""(state, trigger) -> next state. A pair that is not here changes nothing and is counted."""

_STATUS: Final = {
    ReportKind.ACK: T.ACK,
    ReportKind.CANCELED: T.CANCELED,
    ReportKind.REJECTED: T.REJECTED,
    ReportKind.EXPIRED: T.EXPIRED,
    ReportKind.CANCEL_REJECTED: T.CANCEL_REJECTED,
}


@dataclass(frozen=True, slots=True)
class Applied:
    """What a report changed.

    quantity and price_c describe a new execution (quantity 0: none, negative: a correction took
    contracts back); late says it came after a terminal report; ignored that the report repeated
    something already known or did not fit the order's state.
    """

    before: OrderState
    after: OrderState
    quantity: int = 0
    price_c: int = 0
    late: bool = False
    ignored: bool = False


@dataclass(slots=True, eq=False)
class Order:
    """One order of ours and everything the broker has said about it.

    Filled quantity is the sum of distinct executions; no status word changes it.
    """

    request: OrderRequest
    state: OrderState = S.NEW
    executions: dict[str, tuple[int, int]] = field(default_factory=dict)
    filled: int = 0
    sent_s: float | None = None
    working_s: float | None = None
    cancel_s: float | None = None
    lots: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)

    @property
    def leaves(self) -> int:
        """Combinations that have not executed."""
        return self.request.quantity - self.filled

    @property
    def live(self) -> bool:
        """Whether the broker may still execute it as far as we know."""
        return self.state in LIVE

    def trigger(self, trigger: Trigger) -> bool:
        """Move along the table; False where the pair is not in it and nothing changed."""
        after = TRANSITIONS.get((self.state, trigger))
        if after is None:
            return False
        self.state = after
        return True

    def sent(self, now_s: float) -> None:
        """The order left for the broker at engine second `now_s`."""
        self.trigger(T.SEND)
        self.sent_s = now_s

    def cancel_sent(self, now_s: float) -> bool:
        """A cancel left for the broker; False where there is nothing to cancel."""
        if self.state is S.CANCEL_SENT or not self.trigger(T.CANCEL):
            return False
        self.cancel_s = now_s
        return True

    def on_report(self, report: OrderReport, now_s: float) -> Applied:
        """Apply one report of the broker.

        Args:
            report: about this order.
            now_s: engine seconds at which it reached us; WORKING counts from here.
        """
        before = self.state
        trigger = _STATUS.get(report.kind)
        if trigger is not None:
            if not self.trigger(trigger):
                return Applied(before, before, ignored=True)
            if trigger is T.ACK and self.working_s is None:
                self.working_s = now_s
            return Applied(before, self.state, ignored=before is self.state)
        if report.kind is ReportKind.FILL:
            return self._execute(report.execution_id, report.quantity, report.price_c, before)
        if report.kind is ReportKind.CORRECTION:
            return self._correct(report, before)
        if report.kind is ReportKind.LEG_FILL:
            return self._leg_fill(report, before)
        return Applied(before, before, ignored=True)

    def _execute(self, execution: str, quantity: int, price_c: int, before: OrderState) -> Applied:
        if execution in self.executions or quantity <= 0 or quantity > self.leaves:
            return Applied(before, before, ignored=True)
        self.executions[execution] = (quantity, price_c)
        self.filled += quantity
        self.trigger(T.FILL_ALL if self.leaves == 0 else T.FILL_SOME)
        return Applied(before, self.state, quantity, price_c, late=before in TERMINAL)

    def _correct(self, report: OrderReport, before: OrderState) -> Applied:
        known = self.executions.get(report.execution_id)
        if known is None or not 0 <= report.quantity <= known[0] + self.leaves:
            return Applied(before, before, ignored=True)
        self.executions[report.execution_id] = (report.quantity, report.price_c)
        self.filled += report.quantity - known[0]
        return Applied(before, self.state, report.quantity - known[0], known[1], late=True)

    def _leg_fill(self, report: OrderReport, before: OrderState) -> Applied:
        """Book a leg's execution; only complete lots of both legs fill the combination."""
        legs = self.lots
        if report.leg not in (0, 1) or report.execution_id in legs.setdefault(report.leg, {}):
            return Applied(before, before, ignored=True)
        legs[report.leg][report.execution_id] = (report.quantity, report.price_c)
        done = min(sum(q for q, _ in legs.get(leg, {}).values()) for leg in (0, 1))
        new = done - self.filled
        if new <= 0:
            return Applied(before, before)
        price_c = abs(self._average_c(0) - self._average_c(1))
        return self._execute(f"{report.execution_id}+", new, price_c, before)

    def _average_c(self, leg: int) -> int:
        fills = self.lots[leg].values()
        return round(sum(q * p for q, p in fills) / sum(q for q, _ in fills))

    @property
    def incomplete_legs(self) -> int:
        """Contracts of one leg that the other leg has not matched yet."""
        sums = [sum(q for q, _ in self.lots.get(leg, {}).values()) for leg in (0, 1)]
        return abs(sums[0] - sums[1]) if self.lots else 0
