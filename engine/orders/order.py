"""One order and what its reports change: states, executions, legs, corrections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

from engine.orders.transitions import LIVE, TERMINAL, TRANSITIONS, OrderState, Trigger
from engine.orders.types import OrderReport, OrderRequest, ReportKind

S, T = OrderState, Trigger

_STATUS: Final = {
    ReportKind.ACK: T.ACK,
    ReportKind.CANCELED: T.CANCELED,
    ReportKind.REJECTED: T.REJECTED,
    ReportKind.EXPIRED: T.EXPIRED,
    ReportKind.CANCEL_REJECTED: T.CANCEL_REJECTED,
}


_OVERTOOK_KEPT: Final = 64
_DEAREST: Final = 10
"""No leg costs more than its strike times this."""


class Booking(NamedTuple):
    """Combinations to book; negative where a correction takes some back at their old price."""

    execution_id: str
    quantity: int
    price_c: int


class Applied(NamedTuple):
    """What a report changed.

    Attributes:
        before, after: the order's states.
        bookings: executions to book.
        late: executions came after a terminal report.
        ignored: the report repeated something known or did not fit the order's state.
        refused: the broker executed what the order cannot hold, so that book and broker differ.
        priced: what changed is a price that was unknown before.
    """

    before: OrderState
    after: OrderState
    bookings: tuple[Booking, ...] = ()
    late: bool = False
    ignored: bool = False
    refused: bool = False
    priced: bool = False

    @property
    def quantity(self) -> int:
        """Combinations that are new; negative where a correction takes some back."""
        return sum(booking.quantity for booking in self.bookings)


@dataclass(slots=True, eq=False)
class Order:
    """One of our orders and everything the broker has reported about it.

    Filled quantity is the sum of distinct executions; no status changes it. Where complete lots of
    leg executions filled contracts, the combination's own report does not fill them again.

    Attributes:
        sent_s, working_s, cancel_s: engine seconds of the send, the first acknowledgement and the
            latest cancel.
        asked, asked_s: queries since the last answer or cancel, and engine seconds of the latest.
        lost: whether its silence has been reported since the last answer.
        lots: executions of each leg, by index into the request's legs and execution id.
        corrections: so many were booked; each has its number in its name.
        busted: combinations that executed and were taken back.
        unpriced: executions told at no price that they can have had; they are booked at the limit.
        legs_told: those of them that legs reported, with what their legs come to.
        overtook: corrections that came before their executions, the latest of each execution.
    """

    request: OrderRequest
    state: OrderState = S.NEW
    executions: dict[str, tuple[int, int]] = field(default_factory=dict)
    filled: int = 0
    sent_s: float | None = None
    working_s: float | None = None
    cancel_s: float | None = None
    lots: dict[int, dict[str, tuple[int, int]]] = field(default_factory=dict)
    lots_booked: int = 0
    lots_claimed: int = 0
    asked: int = 0
    lost: bool = False
    asked_s: float = 0.0
    corrections: int = 0
    busted: int = 0
    unpriced: frozenset[str] = frozenset()
    legs_told: dict[str, int] = field(default_factory=dict)
    overtook: dict[str, OrderReport] = field(default_factory=dict)

    @classmethod
    def being_cancelled(
        cls,
        request: OrderRequest,
        executions: dict[str, tuple[int, int]],
        filled: int,
        unpriced: frozenset[str],
        corrections: int,
        now_s: float,
    ) -> Order:
        """An order of an earlier process, as one whose cancel leaves at engine second `now_s`.

        Args:
            request: what was ordered.
            executions: quantity and cents a share by execution id.
            filled: combinations that executed.
            unpriced: executions booked at the limit for want of a price.
            corrections: the number of the last correction that was booked, 0 before the first.
            now_s: engine seconds.
        """
        return cls(
            request,
            S.CANCEL_SENT,
            executions,
            filled,
            sent_s=now_s,
            working_s=now_s,
            cancel_s=now_s,
            lots_booked=_lots_of(executions),
            unpriced=unpriced,
            corrections=corrections,
        )

    @classmethod
    def ended(
        cls,
        request: OrderRequest,
        state: OrderState,
        executions: dict[str, tuple[int, int]],
        filled: int,
        unpriced: frozenset[str],
        corrections: int,
    ) -> Order:
        """An order that ended in an earlier process, of which more may be told.

        Args:
            request: what was ordered.
            state: its end.
            executions: quantity and cents a share by execution id.
            filled: combinations that executed.
            unpriced: executions booked at the limit for want of a price.
            corrections: the number of the last correction that was booked, 0 before the first.
        """
        return cls(
            request,
            state,
            executions,
            filled,
            lots_booked=_lots_of(executions),
            unpriced=unpriced,
            corrections=corrections,
        )

    @property
    def leaves(self) -> int:
        """Combinations that have not executed; what was busted does not execute again."""
        return max(0, self.open - self.busted)

    @property
    def open(self) -> int:
        """Combinations ordered and not filled, busted ones included: no more can fill."""
        return self.request.quantity - self.filled

    @property
    def live(self) -> bool:
        """Whether it may still execute as far as we know: recorded to be sent, or out."""
        return self.state in LIVE or self.state is S.RECORDED

    def trigger(self, trigger: Trigger) -> bool:
        """Move along the table; False where the pair is not in it and nothing changed."""
        after = TRANSITIONS.get((self.state, trigger))
        if after is None:
            return False
        self.state = after
        return True

    def sent(self, now_s: float) -> None:
        """The order left for the broker at engine second `now_s`."""
        if self.trigger(T.SEND) or self.sent_s is None:
            self.sent_s = now_s

    def cancel_sent(self, now_s: float) -> bool:
        """A cancel left for the broker; False where there is nothing to cancel."""
        if self.state is S.CANCEL_SENT or not self.trigger(T.CANCEL):
            return False
        self.cancel_s = now_s
        self.asked = 0
        return True

    def query_sent(self, now_s: float) -> None:
        """The broker was asked, for want of an answer, what became of the order."""
        self.asked += 1
        self.asked_s = now_s

    def looked_up(self, now_s: float) -> None:
        """The broker was asked about a report that did not fit; its silence counts as before."""
        self.asked_s = now_s

    def report_lost(self) -> bool:
        """Whether its silence is news: it has not been reported since the last answer."""
        first, self.lost = not self.lost, True
        return first

    def has_heard(self, report: OrderReport) -> bool:
        """Whether an execution, or a correction of one, has been reported so before."""
        name = report.execution_id
        if report.kind is ReportKind.LEG_FILL:
            return name in self.lots.get(report.leg, {})
        if report.kind is ReportKind.CORRECTION:
            return self.executions.get(name) == (report.quantity, report.price_c)
        return name in self.executions

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
            if before is not self.state:
                self.asked, self.lost = 0, False
            return Applied(before, self.state, ignored=before is self.state)
        if report.kind is ReportKind.FILL:
            return self._fill(report, before)
        if report.kind is ReportKind.CORRECTION:
            return self._correct(report, before)
        if report.kind is ReportKind.LEG_FILL:
            return self._leg_fill(report, before)
        return Applied(before, before, ignored=True)

    def _fill(self, report: OrderReport, before: OrderState) -> Applied:
        name, quantity, price_c = report.execution_id, report.quantity, report.price_c
        usable = self._is_within_limit(price_c)
        if name in self.unpriced and usable:
            return self._correct(report, before)
        if name in self.executions:
            return Applied(before, before, ignored=True)
        known = min(quantity, max(0, self.lots_booked - self.lots_claimed))
        fits = 0 < quantity <= self.open + known and self._is_price(report.price_c)
        if not fits or before is S.NEW:
            return Applied(before, before, ignored=True, refused=True)
        self.lots_claimed += known
        if quantity == known:
            self.executions[name] = (0, price_c)
            return Applied(before, before, ignored=True)
        if not usable:
            price_c = self.request.limit_c
            self.unpriced |= {name}
        booked = self._book([Booking(name, quantity - known, price_c)], before)
        correction = self.overtook.pop(name, None)
        if correction is None:
            return booked
        corrected = self._correct(correction, before)
        return booked._replace(after=self.state, bookings=booked.bookings + corrected.bookings)

    def _book(self, bookings: list[Booking], before: OrderState) -> Applied:
        for name, quantity, price_c in bookings:
            self.executions[name] = (quantity, price_c)
            self.filled += quantity
        self.asked, self.lost = 0, False
        self.trigger(T.FILL_ALL if self.leaves == 0 else T.FILL_SOME)
        return Applied(before, self.state, tuple(bookings), late=before in TERMINAL)

    def _correct(self, report: OrderReport, before: OrderState) -> Applied:
        """Take an execution back and book what is left of it, where anything changed."""
        name, after = report.execution_id, (report.quantity, report.price_c)
        known = self.executions.get(name)
        fits = known is not None and 0 <= report.quantity <= known[0] + self.open
        if known is None and len(self.overtook) < _OVERTOOK_KEPT:
            self.overtook[name] = report
        if known is None or not fits or not self._is_price(report.price_c):
            return Applied(before, before, ignored=True, refused=True)
        priced = name in self.unpriced
        self.unpriced -= {name}
        if after[0] == 0:
            after = (0, known[1])
        if after == known and not priced:
            return Applied(before, before, ignored=True)
        self.executions[name] = after
        self.filled += after[0] - known[0]
        if after[0] == 0:
            self.busted += known[0]
        elif known[0] == 0:
            self.busted = max(0, self.busted - after[0])
        self.corrections += 1
        if after[1] == known[1] and after[0] < known[0]:
            bookings = [Booking(name, after[0] - known[0], known[1])]
        else:
            bookings = [
                Booking(name, -known[0], known[1]),
                Booking(f"{name}~{self.corrections}", *after),
            ]
        kept = tuple(booking for booking in bookings if booking.quantity)
        return Applied(before, self.state, kept, late=before in TERMINAL, priced=priced)

    def _leg_fill(self, report: OrderReport, before: OrderState) -> Applied:
        """Book a leg's execution; only complete lots of both legs fill the combination.

        Lots match in order of arrival, so that their prices sum to the legs' money.
        """
        legs, name = self.lots, report.execution_id
        if report.leg not in (0, 1) or report.quantity <= 0:
            return Applied(before, before, ignored=True)
        fills = legs.setdefault(report.leg, {})
        if name in fills:
            return Applied(before, before, ignored=True)
        ordered = self.request.quantity
        sums = sum(quantity for quantity, _ in fills.values())
        if sums + report.quantity > ordered or not self._is_leg_price(report.price_c):
            return Applied(before, before, ignored=True, refused=True)
        fills[name] = (report.quantity, report.price_c)
        lots_c = self._lots_c()
        bookings: list[Booking] = []
        for price_c in lots_c[self.filled :]:
            if not self._is_price(price_c):
                del fills[name]
                return Applied(before, before, ignored=True, refused=True)
            if bookings and bookings[-1].price_c == price_c:
                bookings[-1] = bookings[-1]._replace(quantity=bookings[-1].quantity + 1)
            else:
                bookings.append(Booking(f"{name}/{len(bookings)}", 1, price_c))
        if not bookings:
            return Applied(before, before)
        self.lots_booked += sum(booking.quantity for booking in bookings)
        # One lot may be worse than the limit where another is better: what counts is the sum.
        if not self._is_within_limit(sum(lots_c), len(lots_c)):
            self.unpriced |= {booking.execution_id for booking in bookings}
            self.legs_told.update({name: price_c for name, _, price_c in bookings})
            limit_c = self.request.limit_c
            return self._book([each._replace(price_c=limit_c) for each in bookings], before)
        booked = self._book(bookings, before)
        explained = [
            self._correct(
                replace(report, execution_id=name, quantity=self.executions[name][0], price_c=told),
                before,
            )
            for name, told in self.legs_told.items()
        ]
        self.legs_told.clear()
        more = tuple(each for applied in explained for each in applied.bookings)
        return booked._replace(bookings=booked.bookings + more, priced=bool(more))

    def leg_was_told(self, leg: int, execution_id: str, quantity: int, price_c: int) -> None:
        """One leg's execution of an earlier process; what both legs executed is booked.

        Args:
            leg: index into the request's legs.
            execution_id: the broker's name of it.
            quantity, price_c: contracts, cents a share.
        """
        self.lots.setdefault(leg, {})[execution_id] = (quantity, price_c)

    def _lots_c(self) -> list[int]:
        """What each complete lot of both legs cost or brought, in the order of arrival."""
        bought, sold = (self._lot_prices(leg) for leg in (0, 1))
        sign = 1 if self.request.pays else -1
        return [sign * (paid - received) for paid, received in zip(bought, sold, strict=False)]

    def _is_price(self, price_c: int) -> bool:
        """Whether the combination can have that price: no vertical is worth more than its width."""
        bought, sold = self.request.legs
        return 0 <= price_c <= abs(bought.strike - sold.strike) * 100

    def _is_within_limit(self, price_c: int, contracts: int = 1) -> bool:
        """Whether so many contracts of a limit order can have come to that together: 0 is none."""
        limit_c = self.request.limit_c * contracts
        return 0 < price_c <= limit_c if self.request.pays else price_c >= limit_c > 0

    def _is_leg_price(self, price_c: int) -> bool:
        """Whether a leg can have that price at all; this is not a valuation."""
        return 0 <= price_c <= _DEAREST * 100 * max(leg.strike for leg in self.request.legs)

    def _lot_prices(self, leg: int) -> list[int]:
        """The price of each contract of a leg, in the order of execution."""
        return [
            price for quantity, price in self.lots.get(leg, {}).values() for _ in range(quantity)
        ]

    @property
    def incomplete_legs(self) -> int:
        """Contracts of one leg that the other leg has not matched yet; none once all is filled."""
        if not self.open:
            return 0
        sums = [sum(q for q, _ in self.lots.get(leg, {}).values()) for leg in (0, 1)]
        return abs(sums[0] - sums[1]) if self.lots else 0


def _lots_of(executions: Mapping[str, tuple[int, int]]) -> int:
    """Contracts that legs reported: the combination's own report may tell them once more."""
    return sum(
        quantity
        for name, (quantity, _) in executions.items()
        if name.rpartition("/")[2].isdecimal() and "/" in name
    )
