"""Comparison of the book with the broker's positions, and what a difference closes."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from engine.book.contract_keys import ContractKey
from engine.brokers.protocol import OpenOrder, SettlingBroker
from engine.brokers.remote.facts import TellingBroker
from engine.orders import events as ev
from engine.orders.soundness import error_text
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
from engine.runtime.watch.broker_books import Books, BrokerBooks, Held
from engine.runtime.watch.differences import differences, held_text
from engine.runtime.watch.doubtful_orders import DoubtfulOrders

COMPARE_EVERY_S: Final = 30.0
COMPARE_AGAIN_S: Final = 10.0
"""A first difference is looked at again so soon: what is only on its way has arrived by then."""

DIFFERENCES: Final = ("BOOK_DIFFERS", "NO_ORDER", "GARBLED")
"""Alarms that go when book and broker agree, or an operator says that they do."""

POSITIONS_UNKNOWN: Final = "the broker does not tell what is held"


class BookComparison:
    """Compares now and then, and when asked.

    Args:
        context: the desk's shared parts.
        orders: looks orders up, and ends those that never arrived.
        broker: asks the broker for its books.

    Attributes:
        compared_s: epoch seconds of the last comparison; None before the first.
        difference: what differs for certain; "" where nothing does.
        suspects: chains that differed at the last look alone.
        rows: what differed at the last look, by chain.
        unread: chains with a contract, or of a root with shares, of which the broker did not say
            how many are held.
        external: working orders of the account that are not ours: shown, never touched.
    """

    def __init__(self, context: DeskContext, orders: OrderRouter, broker: BrokerBooks) -> None:
        self._context = context
        self._orders = orders
        self._broker = broker
        self._doubtful = DoubtfulOrders(context, orders)
        self.compared_s: float | None = None
        self.difference = ""
        self.suspects: set[str] = set()
        self.rows: dict[str, str] = {}
        self.unread: frozenset[str] = frozenset()
        self._contracts: frozenset[ContractKey] = frozenset()
        self._told_once = False
        self._again = False
        self._untold = False
        self.external: tuple[OpenOrder, ...] = ()
        self._changed: frozenset[str] = frozenset()
        self._wanted: int | None = None

    @property
    def to_settle(self) -> str:
        """What an operator has to settle: what differs, or what the broker's record lacks."""
        alarms = self._context.alarms
        lacking = (alarms.said("LEDGER_LACKS", key) for key in alarms.places("LEDGER_LACKS"))
        return self.difference or "; ".join(lacking)[:400]

    @property
    def unsure(self) -> str:
        """What differed at the last look alone: it is looked at again before it counts."""
        chains = self.suspects & self.rows.keys() - self._context.flags.unreconciled
        return self._text_of(chains)

    def morning(self) -> None:
        """Before anything trades: whatever differs blocks its chain, and so does a failed answer.

        Where book and broker agree it leaves no trace in the journal: the first periodic
        comparison does. A broker that may take its time blocks every chain until it has answered.
        """
        context = self._context
        if self._broker.aside is not None:
            context.flags.differ(frozenset(context.traders))
            self._broker.ask_aside(self._begin, self._failed)
            return
        try:
            books = self._broker.ask()
        except Exception as error:
            self._failed(error_text(error))
            context.flags.differ(frozenset(context.traders))
            return
        self._begin(books)

    def _begin(self, books: Books) -> None:
        """Take the session's first answer: what differs is certain, nothing is on its way."""
        context = self._context
        at_ms = context.moment.at_ms
        waited = bool(self._broker.aside)
        working = self._take(books)
        if waited:
            context.flags.differ(frozenset(self.rows))
        if self._untold:
            self.follow_alarms()
        if working is None and context.state.contracts.contracts():
            self._failed(POSITIONS_UNKNOWN)
        elif self.rows:
            self._publish(at_ms, frozenset(self.rows))
        if working is not None:
            self.compared_s = context.moment.epoch_s

    def _take(self, books: Books) -> set[str] | None:
        """Note what differs, and return the client ids of orders that work.

        None where the broker cannot say what is held, which is never "nothing".
        """
        context = self._context
        self.external = tuple(
            order
            for order in books.orders
            if order.client_order_id not in context.state.orders.known
        )
        no_positions = books.positions is None
        self._untold = no_positions and not isinstance(context.broker, SettlingBroker)
        held = books.held()
        if held is None:
            return None
        symbols = {key: each.symbol for key, each in context.traders.items()}
        found = differences(context.state.contracts, symbols, held)
        self.rows, self._contracts, self._changed, self.unread = found
        self._look_at_baseline(held)
        return {order.client_order_id for order in books.orders}

    def _look_at_baseline(self, held: Held) -> None:
        """Before the desk's first order of an account, what is held there is to be confirmed."""
        context, book = self._context, self._context.state.contracts
        is_account = context.config.mode != "SIM" and isinstance(context.broker, TellingBroker)
        unused = not (book.contracts() or book.shares() or book.cash_c or book.fees_c)
        sent = context.state.orders.known  # what one executes may be told later than it is held
        first = is_account and unused and not sent and not any(book.external())
        context.flags.ask_baseline(held_text(held) if first else "")

    def _failed(self, reason: str) -> None:
        at_ms = self._context.moment.at_ms
        self._context.alarms.raise_(at_ms, "NOT_COMPARED", "desk", reason[:120])

    def look(self) -> None:
        """Compare: at once where the broker answers at once, else when its answer has come."""
        broker = self._broker
        if broker.aside is None:
            self.compare()
        elif not broker.asking:
            broker.ask_aside(self._compare, self._failed)

    def look_last(self) -> bool:
        """As `look`, for an end that waits; whether an answer asked for meanwhile has come."""
        broker = self._broker
        if broker.aside is None:
            self.compare()
            return True
        if self._wanted is None:
            if not broker.asking:
                self._wanted = broker.answers + 1
                self.look()
            return False
        if broker.answers < self._wanted:
            return False
        self._wanted = None
        return True

    def compare(self) -> None:
        """Compare the book with the broker's positions now, chain by chain; see `_compare`."""
        try:
            books = self._broker.ask()
        except Exception as error:
            self._failed(error_text(error))
            return
        self._compare(books)

    def _compare(self, books: Books) -> None:
        """Compare the book with what the broker said.

        A chain that differs twice running without an order at work (one that has rested for RESTS_S
        apart) is blocked, with an alarm, and its last orders are looked up. One with a contract
        whose count the broker does not say is blocked at once. One difference may be an execution
        that is still on its way to us, but not at the end of the session; it is looked at again
        after COMPARE_AGAIN_S. Orders that the broker says it never had end once positions
        and open orders agree with that.
        """
        context = self._context
        at_ms = context.moment.at_ms
        working = self._take(books)
        if working is None:
            if self._untold:
                context.alarms.clear(at_ms, "NOT_COMPARED", "desk")
                self.follow_alarms()
            else:
                self._failed(POSITIONS_UNKNOWN)
            return
        context.alarms.clear(at_ms, "NOT_COMPARED", "desk")
        rows = self.rows
        busy = self._doubtful.chains(at_ms)
        differing = {key for key in rows if key not in busy}
        certain = differing & self.suspects if context.running else differing
        certain |= rows.keys() & self.unread  # waiting makes nothing of it known
        if context.running and differing - certain and not self._again:
            self._again = True
            context.scheduler.call_at(context.moment.now_s + COMPARE_AGAIN_S, self._compare_again)
        self.suspects = differing
        context.flags.differ(frozenset(certain | (context.flags.unreconciled & rows.keys())))
        self._doubtful.look_up(certain)
        self._doubtful.end_never_arrived(working, self._contracts)
        self._clear_agreed(rows.keys(), at_ms)
        self._publish(at_ms, context.flags.unreconciled)
        self._told_once = True
        self.compared_s = context.moment.epoch_s

    def follow_alarms(self) -> None:
        """Block the chains that alarms say differ, where the broker tells no positions.

        Nothing can be compared there: an alarm stands until what raised it is mended, or until the
        operator, who has looked at the broker, says that the book is right.
        """
        if not self._untold:
            return
        context = self._context
        alarms, traders = context.alarms, context.traders
        chains = {where.partition("/")[0] for where in alarms.places("BOOK_DIFFERS")}
        context.flags.differ(frozenset(chains & traders.keys()))
        texts = [
            f"{where}: {alarms.said(code, where)}"
            for code in ("BOOK_DIFFERS", "NO_ORDER")
            for where in alarms.places(code)
        ]
        self.difference = "; ".join(texts)[:400]

    def confirm(self, target: str) -> int:
        """The operator says that the book is right, of one chain or all ("*"); alarms cleared."""
        context = self._context
        settled = [
            (code, where)
            for code in DIFFERENCES
            for where in context.alarms.places(code)
            if target in ("*", where.partition("/")[0])
        ]
        for code, where in settled:
            context.alarms.clear(context.moment.at_ms, code, where)
            self._orders.unowned.discard(where)
        self.follow_alarms()
        return len(settled)

    def compare_last(self, compared: Callable[[], str]) -> None:
        """Compare at the end of the session, with the broker's own ledger, too.

        Args:
            compared: how the book differs from that, money included, where it can be read; ""
                where it does not. See `BrokerBooks.ask_last`.
        """
        ledger = self._broker.ask_last(compared, self.compare)
        if ledger:
            at_ms = self._context.moment.at_ms
            self._say(at_ms, ledger)
            self._alarm(at_ms, "BOOK_DIFFERS", ledger)

    def _publish(self, at_ms: int, unreconciled: frozenset[str]) -> None:
        """Block the chains that differ, and say so where the answer changed."""
        context = self._context
        context.flags.differ(unreconciled)
        self._say(at_ms, self._text_of(unreconciled))
        baseline = bool(context.flags.baseline)
        changed = unreconciled & self._changed
        for code, chains in (
            ("BASELINE", unreconciled if baseline else frozenset()),
            ("BASELINE_CHANGED", frozenset() if baseline else changed),
            ("BOOK_DIFFERS", frozenset() if baseline else unreconciled - changed),
        ):
            self._alarm(at_ms, code, self._text_of(chains))

    def _text_of(self, chains: Collection[str]) -> str:
        return "; ".join(dict.fromkeys(self.rows[key] for key in sorted(chains)))[:400]

    def _alarm(self, at_ms: int, code: str, text: str) -> None:
        """Say a difference under its alarm, or clear that; told anew only as it changes."""
        alarms = self._context.alarms
        if text:
            alarms.say(at_ms, code, "desk", text[:160])
        else:
            alarms.clear(at_ms, code, "desk")

    def _say(self, at_ms: int, text: str) -> None:
        context, difference = self._context, text[:400]
        if difference == self.difference and self._told_once:
            return
        self.difference = difference
        context.emit(ev.BooksCompared(at_ms, len(context.traders), difference))

    def _compare_again(self, _: object) -> None:
        self._again = False
        if self._context.running:
            self._context.now()
            self.look()

    def _clear_agreed(self, differing: Collection[str], at_ms: int) -> None:
        """Clear the alarms of chains on which book and broker agree, and of garbled reports."""
        alarms = self._context.alarms
        for code in ("BOOK_DIFFERS", "GARBLED"):
            for where in alarms.places(code):
                chain = where.partition("/")[0]
                if where != "desk" and chain not in differing:
                    alarms.clear(at_ms, code, where)
        if not differing:
            alarms.clear(at_ms, "GARBLED", "desk")
            for where in sorted(self._orders.unowned):
                alarms.clear(at_ms, "NO_ORDER", where)
            self._orders.unowned.clear()
