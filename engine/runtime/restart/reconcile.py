"""Restart against an exchange that went on: its books are read before anything trades.

Our working orders are cancelled, executions missed are booked, orders that ended are ended.
Orders of the account that are not ours are named and left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, Protocol

from engine.brokers.ledger import ExchangeLedger
from engine.brokers.protocol import OpenOrder
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.restart.missed import book_missed
from engine.runtime.restart.restore import end_order

CANCELLED_WITHIN_S: Final = 5.0
LOOK_EVERY_S: Final = 0.05
NEVER_ARRIVED: Final = "the exchange never had it"
MEANWHILE: Final = "ended at the exchange while no desk ran"


class Account(Protocol):
    """What reconciliation asks of a broker whose exchange outlives the desk."""

    @property
    def ledger(self) -> ExchangeLedger:
        """The exchange's own executions."""
        ...

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Orders that may still execute."""
        ...

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Ask for a cancellation."""
        ...

    def states(self, names: list[str]) -> dict[str, str]:
        """How far orders came; "" where the exchange never had them."""
        ...

    def acknowledge_known(self, names: Collection[str]) -> None:
        """Drop reports about these orders: everything that became of them has been read."""
        ...


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What reconciliation found.

    Args:
        cancelled: our orders that still worked.
        booked: executions that the journal did not have.
        never_arrived: orders that were about to be sent and never left.
        external: working orders of the account that are not ours.
        surviving: our orders that could not be cancelled; they count as unknown.
    """

    cancelled: int
    booked: int
    never_arrived: int
    external: int
    surviving: tuple[str, ...]

    def __str__(self) -> str:
        parts = [
            f"{self.cancelled} working orders cancelled",
            f"{self.booked} executions booked",
            f"{self.never_arrived} orders never arrived",
        ]
        if self.external:
            parts.append(f"{self.external} orders are not ours and stay")
        if self.surviving:
            parts.append(f"not cancelled: {', '.join(self.surviving[:8])}")
        return "; ".join(parts)


class Reconciliation:
    """Brings the journal to where the exchange is, in two steps around the making of traders.

    Args:
        context: the desk's shared parts, its state read from the journal.
        account: at the exchange.
        prefix: with which our client order ids begin; those that the journal knows are ours, too.
        pause: waits so many real seconds.
    """

    def __init__(
        self, context: DeskContext, account: Account, prefix: str, pause: Callable[[float], None]
    ) -> None:
        self._context = context
        self._account = account
        self._prefix = prefix
        self._pause = pause
        self._stopped: tuple[int, tuple[str, ...], int] = (0, (), 0)
        self._booked = 0

    def book(self) -> None:
        """Cancel what works and book what executed; traders are then made as the books stand.

        Raises:
            ConnectionError: the exchange does not answer; nothing may trade then.
        """
        self._stopped = _cancel_all(self._context, self._account, self._prefix, self._pause)
        self._booked = book_missed(self._context, self._account.ledger)

    def end_orders(self) -> Reconciled:
        """End what ended; an order that could not be cancelled counts as unknown.

        Raises:
            ConnectionError: the exchange does not answer; nothing may trade then.
        """
        context, account = self._context, self._account
        cancelled, surviving, external = self._stopped
        orders = context.state.orders
        live = list(orders.live)
        states = account.states(live)
        at_ms = context.now().at_ms
        never = 0
        for name in live:
            record, state = orders.live[name], states[name]
            if state == "working":
                trader = record.intent.trader
                context.emit(ev.OrderUnknown(at_ms, trader, name, "not cancelled in time"))
                context.alarms.insist(at_ms, "ORDER_UNKNOWN", f"{trader}/{name}", name)
            elif state:
                end_order(context, record, state, MEANWHILE)
            else:
                never += 1
                end_order(context, record, "rejected", NEVER_ARRIVED)
        account.acknowledge_known([name for name in orders.known if name not in surviving])
        return Reconciled(cancelled, self._booked, never, external, surviving)


def _cancel_all(
    context: DeskContext, account: Account, prefix: str, pause: Callable[[float], None]
) -> tuple[int, tuple[str, ...], int]:
    """Cancel what works and is ours until nothing does, or for CANCELLED_WITHIN_S."""
    cancelled: set[str] = set()
    known = context.state.orders.known
    for turn in range(round(CANCELLED_WITHIN_S / LOOK_EVERY_S)):
        working = {order.client_order_id for order in account.open_orders()}
        ours = {name for name in working if name.startswith(prefix) or name in known}
        if not ours:
            return len(cancelled), (), len(working)
        for name in sorted(ours - cancelled if turn % 10 else ours):
            account.cancel(name, context.now().epoch_s)
        cancelled |= ours
        pause(LOOK_EVERY_S)
    working = {order.client_order_id for order in account.open_orders()}
    ours = {name for name in working if name.startswith(prefix) or name in known}
    return len(cancelled - ours), tuple(sorted(ours)), len(working) - len(ours)
