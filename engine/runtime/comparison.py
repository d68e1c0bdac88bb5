"""Comparison of the book with the broker's positions, and what a difference closes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from engine.brokers.protocol import OpenOrder
from engine.orders import events as ev

if TYPE_CHECKING:
    from engine.runtime.core import Core

COMPARE_EVERY_S: Final = 30.0


class Comparison:
    """Compares now and then, and when asked.

    Args:
        core: the desk.

    Attributes:
        compared_s: epoch seconds of the last comparison; None before the first.
        difference: what differs for certain; "" where nothing does.
        suspects: chains that differed at the last look alone.
        external: orders that work in the account and are not ours.
    """

    def __init__(self, core: Core) -> None:
        self._core = core
        self.compared_s: float | None = None
        self.difference = ""
        self.suspects: set[str] = set()
        self.external: tuple[OpenOrder, ...] = ()

    def compare(self) -> None:
        """Compare the book with the broker's positions, chain by chain.

        A chain that differs twice running without an order at work is blocked, with an alarm;
        one difference may be an execution that is still on its way to us, but not at the end of
        the session. Orders that the broker says it never had end once positions and open orders
        agree with that.
        """
        core = self._core
        at_ms = core.moment.at_ms
        try:
            positions = core.broker.positions()
            found = core.broker.open_orders()
            working = {order.client_order_id for order in found}
        except Exception as error:
            core.alarms.raise_(
                at_ms, "NOT_COMPARED", "desk", f"{type(error).__name__}: {error}"[:120]
            )
            return
        core.alarms.clear(at_ms, "NOT_COMPARED", "desk")
        known = core.fold.orders.known
        self.external = tuple(order for order in found if order.client_order_id not in known)
        if positions is None:
            return
        rows: dict[str, str] = {}
        for row in core.fold.contracts.difference(positions):
            rows.setdefault(f"{row.key.symbol} {row.key.expiration}", row.text)
        busy = {
            record.intent.trader
            for record in core.fold.orders.live.values()
            if core.running and record.status != "unknown"
        }
        differing = {key for key in rows if key not in busy}
        certain = differing & self.suspects if core.running else differing
        self.suspects = differing
        core.flags.unreconciled = frozenset(certain | (core.flags.unreconciled & rows.keys()))
        self._settle_never_arrived(working, rows.keys())
        difference = "; ".join(rows[key] for key in sorted(core.flags.unreconciled))[:400]
        if difference != self.difference or self.compared_s is None:
            self.difference = difference
            core.emit(ev.BooksCompared(at_ms, len(core.traders), difference))
            if difference:
                core.alarms.raise_(at_ms, "BOOK_DIFFERS", "desk", difference[:160])
            else:
                core.alarms.clear(at_ms, "BOOK_DIFFERS", "desk")
        self.compared_s = core.moment.epoch_s

    def _settle_never_arrived(self, working: Collection[str], differing: Collection[str]) -> None:
        """End orders that the broker does not know, does not work and has not executed."""
        desk = self._core.orders
        for name in sorted(desk.not_found):
            record = self._core.fold.orders.live.get(name)
            if record is None or name in working:
                desk.not_found.discard(name)
            elif record.intent.trader not in differing and not record.filled:
                desk.never_arrived(name)
