"""Restart against an exchange that went on: its books are read before anything trades.

Our working orders are cancelled, executions missed are booked, orders that ended are ended.
Orders of the account that are not ours are named and left alone.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

from engine.brokers.ledger import ExchangeLedger
from engine.brokers.protocol import OpenOrder
from engine.orders import events as ev
from engine.orders.ids import share_prefix_of
from engine.orders.types import OrderReport
from engine.runtime.context import DeskContext
from engine.runtime.restart.missed import book_missed
from engine.runtime.restart.restore import end_order
from engine.runtime.restart.told_meanwhile import Meanwhile, told_meanwhile

CANCELLED_WITHIN_S: Final = 5.0
LOOK_EVERY_S: Final = 0.05
LOOK_UPS: Final = 6
LOOK_UP_EVERY_S: Final = 0.5
"""So often, and after so many real seconds, an order is looked up that the broker no longer lists
and whose end its gateway does not know."""

NEVER_ARRIVED: Final = "the exchange never had it"
MEANWHILE: Final = "ended at the exchange while no desk ran"


class Account(Protocol):
    """What reconciliation asks of a broker whose exchange outlives the desk."""

    @property
    def ledger(self) -> ExchangeLedger:
        """The exchange's own executions."""
        ...

    def busted(self) -> frozenset[str] | None:
        """Names of the executions that it took back; None where it does not tell them."""
        ...

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Orders that may still execute."""
        ...

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Ask for a cancellation."""
        ...

    def query(self, client_order_id: str, now_s: float) -> None:
        """Have the exchange look an order up; a ConnectionError where nobody says."""
        ...

    def states(self, names: list[str]) -> dict[str, str]:
        """How far orders came; "" where the exchange never had them."""
        ...

    def acknowledge_known(self, names: Collection[str]) -> None:
        """Drop the reports so far about these orders: what became of them has been read."""
        ...

    def tell(self, report: OrderReport) -> None:
        """Have a report heard once the desk listens."""
        ...


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What reconciliation found.

    Args:
        cancelled: our orders that still worked.
        booked: executions that the journal did not have.
        never_arrived: orders that were about to be sent and never left.
        external: working orders of the account that are not ours.
        shares: our orders that trade shares away, which go on.
        surviving: our orders whose end nobody knows, such as those that could not be cancelled;
            they count as unknown.
    """

    cancelled: int
    booked: int
    never_arrived: int
    external: int
    surviving: tuple[str, ...]
    shares: int = 0

    def __str__(self) -> str:
        parts = [
            f"{self.cancelled} working orders cancelled",
            f"{self.booked} executions booked",
            f"{self.never_arrived} orders never arrived",
        ]
        if self.external:
            parts.append(f"{self.external} orders are not ours and stay")
        if self.shares:
            parts.append(f"{self.shares} orders trade shares away and go on")
        if self.surviving:
            parts.append(f"not cancelled: {', '.join(self.surviving[:8])}")
        return "; ".join(parts)


class _Stopped(NamedTuple):
    """How many orders were cancelled, which were not, and how many were left alone, and why."""

    cancelled: int = 0
    surviving: tuple[str, ...] = ()
    external: int = 0
    shares: int = 0


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
        self._stopped = _Stopped()
        self._booked = 0
        self._meanwhile = Meanwhile([], {}, {})
        self._states: dict[str, str] = {}

    def book(self) -> None:
        """Cancel what works and book what executed; traders are then made as the books stand.

        How far orders came is asked before the ledger is read: what has ended then is in it.

        Raises:
            ConnectionError: the exchange does not answer; nothing may trade then.
        """
        self._stopped = _cancel_all(self._context, self._account, self._prefix, self._pause)
        self._states = _look_up(self._context, self._account, self._pause)
        ledger = self._account.ledger
        self._booked = book_missed(self._context, ledger)
        self._meanwhile = told_meanwhile(self._context, ledger, self._account.busted())

    def end_orders(self) -> Reconciled:
        """End what had ended when the ledger was read; any other order counts as unknown.

        What is unknown, and what is still asked about, stays heard: its reports are news. So is
        what the exchange took back or corrected of executions while no desk ran. A chain whose
        executions it lacks without a word is closed until somebody has looked.
        """
        context = self._context
        cancelled, surviving, external, shares = self._stopped
        orders = context.state.orders
        at_ms = context.now().at_ms
        never = 0
        unknown = {name for name in surviving if name not in self._states}
        for name, state in self._states.items():
            record = orders.live[name]
            if state == "working":
                unknown.add(name)
                trader = record.intent.trader
                context.emit(ev.OrderUnknown(at_ms, trader, name, "not cancelled in time"))
                context.alarms.insist(at_ms, "ORDER_UNKNOWN", f"{trader}/{name}", name)
            elif state:
                end_order(context, record, state, MEANWHILE)
            else:
                never += 1
                end_order(context, record, "rejected", NEVER_ARRIVED)
        asked = orders.live.keys() | orders.awaited.keys() | orders.unpriced.keys()
        asked |= orders.one_leg_ahead.keys()
        self._account.acknowledge_known([name for name in orders.known if name not in asked])
        for report in self._meanwhile.reports:
            self._account.tell(report)
        context.flags.lack(self._meanwhile.lost)
        context.alarms.follow(at_ms, "LEDGER_LACKS", self._meanwhile.lacking)
        return Reconciled(cancelled, self._booked, never, external, tuple(sorted(unknown)), shares)


def _look_up(
    context: DeskContext, account: Account, pause: Callable[[float], None]
) -> dict[str, str]:
    """How far every order of the journal without an end came.

    What the exchange lists is the broker's word of now; how far an order came may be its gateway's
    of a moment ago. One that works and is not listed is looked up, until that says its end.
    """
    live = list(context.state.orders.live)
    states = account.states(live)
    for _ in range(LOOK_UPS):
        working = {name for name, state in states.items() if state == "working"}
        if not working:
            break
        unlisted = working - {order.client_order_id for order in account.open_orders()}
        if not unlisted:
            break
        for name in sorted(unlisted):
            with suppress(ConnectionError):  # it stays unknown then, and its trader asks again
                account.query(name, context.now().epoch_s)
        states = account.states(live)
        if any(states[name] == "working" for name in unlisted):
            pause(LOOK_UP_EVERY_S)
    return states


def _cancel_all(
    context: DeskContext, account: Account, prefix: str, pause: Callable[[float], None]
) -> _Stopped:
    """Cancel what works and is ours until nothing does, or for CANCELLED_WITHIN_S."""
    cancelled: set[str] = set()
    known = context.state.orders.known

    def ended(working: set[str], ours: set[str]) -> _Stopped:
        shares = sum(name.startswith(share_prefix_of(prefix)) for name in working)
        left = len(working) - len(ours) - shares
        return _Stopped(len(cancelled - ours), tuple(sorted(ours)), left, shares)

    for turn in range(round(CANCELLED_WITHIN_S / LOOK_EVERY_S)):
        working = {order.client_order_id for order in account.open_orders()}
        ours = {name for name in working if name.startswith(prefix) or name in known}
        if not ours:
            return ended(working, ours)
        for name in sorted(ours - cancelled if turn % 10 else ours):
            account.cancel(name, context.now().epoch_s)
        cancelled |= ours
        pause(LOOK_EVERY_S)
    working = {order.client_order_id for order in account.open_orders()}
    ours = {name for name in working if name.startswith(prefix) or name in known}
    return ended(working, ours)
