"""Orders of a journal as a fit takes them: where they lay in the market, how long they worked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine.learning.attempt_results import venue_of
from engine.market.calendar import xnys
from engine.market.phases import OPEN_PHASES, phase_at
from engine.orders import events as ev
from engine.orders.types import Part

BLOCK_S: Final = 900
"""Fills come in spells: what is made within a quarter hour is one draw."""


class CalibrationError(ValueError):
    """No model can be fitted to these attempts; the message says what to do."""


class WorkedOrder(NamedTuple):
    """An order that worked.

    Args:
        completes: whether it is a credit that completes a debit; else it is a debit attempt.
        location: of its limit in the natural market it was sent on: 0 joins our side, 1 crosses.
        width_c: bid to ask of its vertical then, cents a share.
        quantity: contracts ordered.
        phase: of the trading day.
        second: epoch second of its sending.
        worked_s: from WORKING to its first fill, or to its end where nothing filled.
        filled: contracts of its first execution; 0 where there was none.
    """

    completes: bool
    location: float
    width_c: float
    quantity: int
    phase: str
    second: int
    worked_s: float
    filled: int


@dataclass(slots=True)
class WorkedOrders:
    """The orders of one venue.

    Args:
        venue: mode, and source or fill model; "" before the first session.
        simulated: whether a model filled them.
        dates: of the sessions, ISO.
        rows: in the order of their ends.
        left_out: debits that nothing is learned from, by reason.
    """

    venue: str = ""
    simulated: bool = False
    dates: set[str] = field(default_factory=set)
    rows: list[WorkedOrder] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    @property
    def attempts(self) -> int:
        """Debits among the rows."""
        return sum(not row.completes for row in self.rows)

    def add(self, events: Iterable[ev.Event], run: str) -> None:
        """Take the orders of a run.

        Args:
            events: of its journal, all of them.
            run: its name, for a refusal.

        Raises:
            CalibrationError: it was made at another venue, or filled by another model.
        """
        journal = _Journal(self)
        for event in events:
            if isinstance(event, ev.SessionStarted):
                self._begin(event, run)
            journal.apply(event)
        journal.finish()

    def _begin(self, event: ev.SessionStarted, run: str) -> None:
        venue, simulated = _venue_of(event)
        if self.venue and venue != self.venue:
            raise CalibrationError(
                f"run {run} is of {venue}, and those before of {self.venue}: attempts of different "
                "venues or fill models never meet in one fit; name runs of one"
            )
        self.venue, self.simulated = venue, simulated
        self.dates.add(event.session_date)


def _venue_of(event: ev.SessionStarted) -> tuple[str, bool]:
    """Where a session's orders fill; seeds and dates apart it is the same for every session."""
    if not event.fill_model:
        return venue_of(event), False
    quotes = "recorded" if event.source.startswith("recorded") else "simulated"
    return f"SIMULATED fills of {event.fill_model} on {quotes} quotes", True


@dataclass(slots=True)
class _Open:
    intended: ev.OrderIntended
    working_ms: int | None = None
    first: ev.Executed | None = None
    ended_ms: int | None = None
    status: str = ""


class _Journal:
    """Follows each order of a journal to its end; late executions count as those at the end."""

    def __init__(self, orders: WorkedOrders) -> None:
        self._orders = orders
        self._open: dict[str, _Open] = {}

    def apply(self, event: ev.Event) -> None:
        if isinstance(event, ev.OrderIntended):
            self._open[event.order] = _Open(event)
            return
        if isinstance(event, ev.OrderWorking | ev.Executed | ev.OrderEnded):
            order = self._open.get(event.order)
            if order is None:
                return
            if isinstance(event, ev.OrderWorking):
                order.working_ms = order.working_ms or event.at_ms
            elif isinstance(event, ev.Executed):
                order.first = order.first or event
            else:
                order.ended_ms = event.at_ms
                order.status = event.status

    def finish(self) -> None:
        """Hand the rows over, in the order of sending; what has no end yet says nothing."""
        for order in self._open.values():
            reason = self._row(order)
            if reason and order.intended.part == Part.DEBIT:
                self._orders.left_out[reason] += 1

    def _row(self, order: _Open) -> str:
        """Keep an order, or return why not."""
        sent, first = order.intended, order.first
        if sent.part == Part.UNWIND:
            return "unwind"
        if order.status == "rejected" and first is None:
            return "rejected"
        if order.working_ms is None or (order.ended_ms is None and first is None):
            return "without a known beginning or end"
        if sent.bid is None or sent.ask is None or not sent.ask > sent.bid:
            return "without known quotes"
        width_c = (sent.ask - sent.bid) * 100
        through_c = sent.limit_c - sent.bid * 100
        if sent.part != Part.DEBIT:
            through_c = sent.ask * 100 - sent.limit_c
        location = through_c / width_c
        phase = phase_at(sent.at_ms / 1000, xnys()).phase
        if phase not in OPEN_PHASES:
            return "outside the session"
        if location >= 1.0:
            return "at or beyond the natural price"
        end_ms = min(each for each in (first and first.at_ms, order.ended_ms) if each is not None)
        self._orders.rows.append(
            WorkedOrder(
                sent.part != Part.DEBIT,
                location,
                width_c,
                sent.quantity,
                phase.value,
                sent.at_ms // 1000,
                max(0, end_ms - order.working_ms) / 1000,
                0 if first is None else first.quantity,
            )
        )
        return ""
