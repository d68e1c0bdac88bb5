"""Comparison of the book with the broker's positions, and what a difference closes."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from engine.book.contracts import ContractKey
from engine.brokers.protocol import OpenOrder
from engine.orders import events as ev

if TYPE_CHECKING:
    from engine.runtime.core import Core

COMPARE_EVERY_S: Final = 30.0
COMPARE_AGAIN_S: Final = 10.0
"""A first difference is looked at again so soon: what is only on its way has arrived by then."""

LOOKED_UP: Final = 32
"""Orders of a differing chain that the broker is asked about at each comparison, the last ones."""


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
        self._again = False
        self.external: tuple[OpenOrder, ...] = ()

    def compare(self) -> None:
        """Compare the book with the broker's positions, chain by chain.

        A chain that differs twice running without an order at work is blocked, with an alarm, and
        its last orders are looked up. One difference may be an execution that is still on its way
        to us, but not at the end of the session; it is looked at again after COMPARE_AGAIN_S.
        Orders that the broker says it never had end once positions and open orders agree with
        that.
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
        differences = core.fold.contracts.difference(positions)
        for row in differences:
            rows.setdefault(f"{row.key.symbol} {row.key.expiration}", row.text)
        busy = {
            record.intent.trader
            for record in core.fold.orders.live.values()
            if core.running and record.status != "unknown"
        }
        differing = {key for key in rows if key not in busy}
        certain = differing & self.suspects if core.running else differing
        if core.running and differing - certain and not self._again:
            self._again = True
            core.scheduler.call_at(core.moment.now_s + COMPARE_AGAIN_S, self._compare_again)
        self.suspects = differing
        core.flags.unreconciled = frozenset(certain | (core.flags.unreconciled & rows.keys()))
        self._look_up(certain)
        self._settle_never_arrived(working, {row.key for row in differences})
        self._clear_settled(rows.keys(), at_ms)
        difference = "; ".join(rows[key] for key in sorted(core.flags.unreconciled))[:400]
        if difference != self.difference or self.compared_s is None:
            self.difference = difference
            core.emit(ev.BooksCompared(at_ms, len(core.traders), difference))
            if difference:
                core.alarms.raise_(at_ms, "BOOK_DIFFERS", "desk", difference[:160])
            else:
                core.alarms.clear(at_ms, "BOOK_DIFFERS", "desk")
        self.compared_s = core.moment.epoch_s

    def _compare_again(self, _: object) -> None:
        self._again = False
        if self._core.running:
            self._core.now()
            self.compare()

    def _look_up(self, differing: Collection[str]) -> None:
        """Ask about the last orders of chains that differ: a report of theirs may be lost."""
        core = self._core
        for key in sorted(differing & core.traders.keys()):
            trader = core.traders[key]
            own = [
                r.intent.order for r in core.fold.orders.known.values() if r.intent.trader == key
            ]
            for name in own[-LOOKED_UP:]:
                core.orders.look_up(trader, name, core.moment.now_s)

    def _clear_settled(self, differing: Collection[str], at_ms: int) -> None:
        """Where book and broker agree, what once did not fit is settled; so are garbled reports."""
        alarms = self._core.alarms
        for code in ("BOOK_DIFFERS", "GARBLED"):
            for where in alarms.places(code):
                chain = where.partition("/")[0]
                if where != "desk" and chain not in differing:
                    alarms.clear(at_ms, code, where)
        if not differing:
            alarms.clear(at_ms, "GARBLED", "desk")

    def _settle_never_arrived(
        self, working: Collection[str], differing: Collection[ContractKey]
    ) -> None:
        """End orders that the broker does not know, does not work and has not executed.

        An execution would show in both contracts of the order; where one of them agrees, there
        was none, whatever else happens on the chain.
        """
        desk, fold = self._core.orders, self._core.fold
        for name in sorted(desk.not_found):
            record = fold.orders.live.get(name)
            if record is None or name in working:
                desk.not_found.discard(name)
                continue
            intent, tally = record.intent, record.tally
            legs = {
                ContractKey(tally.symbol, tally.expiration, intent.right, strike)
                for strike in (intent.buy_strike, intent.sell_strike)
            }
            if not legs <= set(differing) and not record.filled:
                desk.never_arrived(name)
