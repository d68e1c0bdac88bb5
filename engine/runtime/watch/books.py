"""Comparison of the book with the broker's positions, and what a difference closes."""

from __future__ import annotations

from collections.abc import Callable, Collection, Set
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple

from engine.book.contracts import ContractKey, contract_key
from engine.brokers.protocol import (
    ContractPosition,
    OpenOrder,
    PartlyTellingBroker,
    SettlingBroker,
    SharePosition,
)
from engine.brokers.remote.facts import TellingBroker
from engine.market.legs import strike_text
from engine.orders import events as ev
from engine.orders.soundness import error_text
from engine.runtime.context import DeskContext
from engine.runtime.lanes import Lane
from engine.runtime.order_router import OrderRouter
from engine.state.order_record import OrderRecord

COMPARE_EVERY_S: Final = 30.0
COMPARE_AGAIN_S: Final = 10.0
"""A first difference is looked at again so soon: what is only on its way has arrived by then."""

RESTS_S: Final = 60.0
"""An order that has worked for so long explains no difference that two looks agree on."""

LOOKED_UP: Final = 32
"""Orders of a differing chain that the broker is asked about at each comparison, the last ones."""

DIFFERENCES: Final = ("BOOK_DIFFERS", "NO_ORDER", "GARBLED")
"""Alarms that go when book and broker agree, or an operator says that they do."""

ASKED_AGAIN: Final = 3
"""Times that a broker is asked before an answer is compared with a book that changed meanwhile."""

LAST_ANSWER_S: Final = 5.0
"""Real seconds that the end of a session waits for the broker's books; nothing works any more."""

POSITIONS_UNKNOWN: Final = "the broker does not tell what is held"


class Books(NamedTuple):
    """What a broker says is held and works; None for what it cannot say, never "nothing".

    Attributes:
        unread: contracts of which it does not say how many are held; in no row of positions.
        unread_shares: roots of whose shares it does not say it; in no row of shares.
    """

    positions: tuple[ContractPosition, ...] | None
    shares: tuple[SharePosition, ...] | None
    orders: tuple[OpenOrder, ...]
    unread: frozenset[ContractKey] = frozenset()
    unread_shares: frozenset[str] = frozenset()


class BookComparison:
    """Compares now and then, and when asked.

    A broker in another process (`books_block`) is asked in a thread of its own where nobody waits
    for the answer.

    Args:
        context: the desk's shared parts.
        orders: looks orders up, and ends those that never arrived.

    Attributes:
        compared_s: epoch seconds of the last comparison; None before the first.
        difference: what differs for certain; "" where nothing does.
        suspects: chains that differed at the last look alone.
        rows: what differed at the last look, by chain.
        unread: chains with a contract, or of a root with shares, of which the broker did not say
            how many are held.
        external: working orders of the account that are not ours: shown, never touched.
    """

    def __init__(self, context: DeskContext, orders: OrderRouter) -> None:
        self._context = context
        self._orders = orders
        self.compared_s: float | None = None
        self.difference = ""
        self.suspects: set[str] = set()
        self.rows: dict[str, str] = {}
        self.unread: frozenset[str] = frozenset()
        self._contracts: frozenset[ContractKey] = frozenset()
        self._told_once = False
        self._again = False
        self._untold = False
        self._asking = False
        self.external: tuple[OpenOrder, ...] = ()
        self._changed: frozenset[str] = frozenset()
        self._told: Books | Exception | None = None
        self._answers = 0
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
        if self._aside is not None:
            context.flags.differ(frozenset(context.traders))
            self._asking = True
            self._ask_aside(self._aside, ASKED_AGAIN, self._begin)
            return
        try:
            books = self._ask()
        except Exception as error:
            self._failed(context.moment.at_ms, error_text(error))
            context.flags.differ(frozenset(context.traders))
            return
        self._begin(books)

    def _begin(self, books: Books) -> None:
        """Take the session's first answer: what differs is certain, nothing is on its way."""
        context = self._context
        at_ms = context.moment.at_ms
        waited = bool(self._aside)
        working = self._take(books)
        if waited:
            context.flags.differ(frozenset(self.rows))
        if self._untold:
            self.follow_alarms()
        if working is None and context.state.contracts.contracts():
            self._failed(at_ms, POSITIONS_UNKNOWN)
        elif self.rows:
            self._publish(at_ms, frozenset(self.rows))
        if working is not None:
            self.compared_s = context.moment.epoch_s

    def _ask(self) -> Books:
        """What the broker says now, or has just said (`ask_first`).

        Raises:
            Exception: it could not be asked; nothing is known then, and nothing assumed.
        """
        if isinstance(self._told, Exception):
            raise self._told
        return self._ask_broker() if self._told is None else self._told

    def working(self) -> tuple[OpenOrder, ...]:
        """Every order of the account that works now, or just did.

        Raises:
            Exception: as for a comparison.
        """
        if self._told is None:
            return self._context.broker.open_orders()
        return self._ask().orders

    def held(self) -> tuple[tuple[ContractPosition, ...] | None, tuple[SharePosition, ...] | None]:
        """What the broker says is held now, or has just said: contracts and shares.

        Raises:
            Exception: as for a comparison.
        """
        books = self._ask()
        return books.positions, books.shares

    def _ask_broker(self) -> Books:
        """Ask the broker; in any thread.

        Raises:
            Exception: it could not be asked.
        """
        broker, unread = self._context.broker, frozenset[ContractKey]()
        unread_shares = frozenset[str]()
        positions: tuple[ContractPosition, ...] | None
        shares: tuple[SharePosition, ...] | None
        if isinstance(broker, PartlyTellingBroker):
            positions, odd = broker.positions_told()
            unread = frozenset(
                contract_key(each.symbol, each.expiration, each.right, each.strike) for each in odd
            )
        else:
            positions = broker.positions()
        orders = broker.open_orders()
        if isinstance(broker, PartlyTellingBroker):
            shares, unread_shares = broker.shares_told()
        else:
            shares = broker.shares() if isinstance(broker, SettlingBroker) else ()
        return Books(positions, shares, orders, unread, unread_shares)

    @property
    def _aside(self) -> Lane | None:
        """The lane in which the broker is asked; None where it answers at once."""
        lanes = self._context.lanes
        blocks = getattr(self._context.broker, "books_block", False)
        return lanes.queries if lanes is not None and blocks else None

    def ask_first(self, then: Callable[[], Any]) -> None:
        """Have the broker's books at hand while `then` runs; they are asked for aside.

        Where they cannot be had, what `then` asks of them raises why not.
        """
        lane = self._aside
        if lane is None:
            then()
            return
        answers: list[Books | Exception] = []

        def call() -> None:
            try:
                answers.append(self._ask_broker())
            except Exception as error:
                answers.append(error)

        def ended() -> None:
            self._context.now()
            self._told = answers[0] if answers else ConnectionError("the broker was not asked")
            try:
                then()
            finally:
                self._told = None

        lane.submit(lambda: call, failed=lambda error: None, ended=ended)

    def _take(self, books: Books) -> set[str] | None:
        """Note what differs, and return the client ids of orders that work.

        None where the broker cannot say what is held, which is never "nothing".
        """
        context, (positions, shares, orders, unread, unread_shares) = self._context, books
        self.external = tuple(
            order for order in orders if order.client_order_id not in context.state.orders.known
        )
        self._untold = positions is None and not isinstance(context.broker, SettlingBroker)
        if positions is None or shares is None:
            return None
        self.unread = frozenset(f"{each.symbol} {each.expiration}" for each in unread)
        self.unread |= {key for root in unread_shares for key in self._chains_of(root)}
        self.rows = self._differences(positions, shares, unread, unread_shares)
        self._look_at_baseline(positions, shares, unread, unread_shares)
        return {order.client_order_id for order in orders}

    def _differences(
        self,
        positions: Collection[ContractPosition],
        shares: Collection[SharePosition],
        unread: Set[ContractKey],
        unread_shares: Set[str],
    ) -> dict[str, str]:
        """What differs by chain, or is unknown there; shares by every chain of their root."""
        context = self._context
        rows: dict[str, str] = {}
        book = context.state.contracts
        every = book.difference(book.without_external(positions))
        contracts = [row for row in every if row.key not in unread]
        self._contracts = frozenset(row.key for row in contracts) | unread
        external, external_shares = book.external()
        changed: set[str] = set()
        for row in contracts:
            chain = f"{row.key.symbol} {row.key.expiration}"
            rows.setdefault(chain, row.text)
            if row.key in external:
                changed.add(chain)
        held_here = book.contracts()
        for contract in sorted(unread):
            symbol, expiration, right, strike = contract
            rows.setdefault(
                f"{symbol} {expiration}",
                f"{symbol} {expiration} {strike_text(strike)}{right}: book "
                f"{held_here.get(contract, 0):+d}, broker ?: it does not say how many are held",
            )
        ours = book.shares()
        theirs = book.shares_without_external({row.symbol: row.quantity for row in shares})
        for symbol in sorted(unread_shares):
            text = (
                f"{symbol} shares: book {ours.get(symbol, 0):+d}, broker ?: it does not say how "
                "many are held"
            )
            rows |= {key: text for key in self._chains_of(symbol) if key not in rows}
        for symbol in sorted((ours.keys() | theirs.keys()) - unread_shares):
            held, told = ours.get(symbol, 0), theirs.get(symbol, 0)
            if held != told:
                text = (
                    f"{symbol} shares: book {held:+d}, broker {told:+d}, difference "
                    f"{told - held:+d}"
                )
                for key in self._chains_of(symbol):
                    rows.setdefault(key, text)
                    if symbol in external_shares:
                        changed.add(key)
        self._changed = frozenset(changed)
        return rows

    def _chains_of(self, symbol: str) -> list[str]:
        """The chains to which shares of a root belong; a name of their own where there is none."""
        traders = self._context.traders.items()
        return [key for key, each in traders if each.symbol == symbol] or [f"{symbol} shares"]

    def _look_at_baseline(
        self,
        positions: Collection[ContractPosition],
        shares: Collection[SharePosition],
        unread: Set[ContractKey],
        unread_shares: Set[str],
    ) -> None:
        """Before the desk's first order of an account, what is held there is to be confirmed."""
        context, book = self._context, self._context.state.contracts
        is_account = context.config.mode != "SIM" and isinstance(context.broker, TellingBroker)
        unused = not (book.contracts() or book.shares() or book.cash_c or book.fees_c)
        sent = context.state.orders.known  # what one executes may be told later than it is held
        first = is_account and unused and not sent and not any(book.external())
        held = [
            f"{row.symbol} {row.expiration} {strike_text(row.strike)} {row.right} {row.quantity:+d}"
            for row in sorted(positions, key=lambda row: (row.symbol, row.expiration, row.strike))
            if row.quantity
        ]
        held += [
            f"{key.symbol} {key.expiration} {strike_text(key.strike)} {key.right} ?"
            for key in sorted(unread)
        ]
        held += [f"{row.symbol} shares {row.quantity:+d}" for row in shares if row.quantity]
        held += [f"{root} shares ?" for root in sorted(unread_shares)]
        context.flags.ask_baseline("; ".join(held) if first else "")

    def _failed(self, at_ms: int, reason: str) -> None:
        self._context.alarms.raise_(at_ms, "NOT_COMPARED", "desk", reason[:120])

    def look(self) -> None:
        """Compare: at once where the broker answers at once, else when its answer has come."""
        lane = self._aside
        if lane is None:
            self.compare()
        elif not self._asking:
            self._asking = True
            self._ask_aside(lane, ASKED_AGAIN, self._compare)

    def look_last(self) -> bool:
        """As `look`, for an end that waits; whether an answer asked for meanwhile has come."""
        if self._aside is None:
            self.compare()
            return True
        if self._wanted is None:
            if not self._asking:
                self._wanted = self._answers + 1
                self.look()
            return False
        if self._answers < self._wanted:
            return False
        self._wanted = None
        return True

    def _last_answers(
        self, lane: Lane, compared: Callable[[], str]
    ) -> tuple[Books | Exception, str]:
        """What the broker says of its books, and how its ledger differs.

        Both are asked in one thread of the lane, and each is waited for LAST_ANSWER_S; no ledger
        where the books are not told.
        """
        books: SimpleQueue[Books | Exception] = SimpleQueue()
        ledger: SimpleQueue[str] = SimpleQueue()

        def call() -> None:
            try:
                books.put(self._ask_broker())
            except Exception as error:
                books.put(error)
                return
            try:
                ledger.put(compared())
            except Exception as error:
                ledger.put(error_text(error))

        lane.submit(lambda: call, failed=lambda error: None)
        silent = f"did not answer in {LAST_ANSWER_S:g} s"
        try:
            told = lane.workers.wait_for(books, LAST_ANSWER_S)
        except Empty:
            return TimeoutError(f"the broker {silent}"), ""
        if isinstance(told, Exception):
            return told, ""
        try:
            return told, lane.workers.wait_for(ledger, LAST_ANSWER_S)
        except Empty:
            return told, f"its ledger is not told: it {silent}"

    def _ask_aside(self, lane: Lane, times: int, take: Callable[[Books], None]) -> None:
        """Ask in a thread of the lane; once more where the book changed before the answer came.

        Args:
            lane: whose thread may wait.
            times: how often it is asked at most.
            take: takes the answer.
        """
        context = self._context
        answers: list[Books] = []
        before = context.state.contracts.contracts(), context.state.contracts.shares()

        def call() -> None:
            answers.append(self._ask_broker())

        def failed(error: BaseException) -> None:
            self._failed(context.now().at_ms, error_text(error))

        def ended() -> None:
            book = context.state.contracts
            if answers and times > 1 and before != (book.contracts(), book.shares()):
                self._ask_aside(lane, times - 1, take)
                return
            self._asking = False
            self._answers += 1
            if answers and context.running:
                context.now()
                take(answers[0])

        lane.submit(lambda: call, failed=failed, ended=ended)

    def compare(self) -> None:
        """Compare the book with the broker's positions now, chain by chain; see `_compare`."""
        try:
            books = self._ask()
        except Exception as error:
            self._failed(self._context.moment.at_ms, error_text(error))
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
                self._failed(at_ms, POSITIONS_UNKNOWN)
            return
        context.alarms.clear(at_ms, "NOT_COMPARED", "desk")
        rows = self.rows
        busy = {
            record.intent.trader
            for record in context.state.orders.live.values()
            if context.running and record.status != "unknown" and not _rests(record, at_ms)
        }
        differing = {key for key in rows if key not in busy}
        certain = differing & self.suspects if context.running else differing
        certain |= rows.keys() & self.unread  # waiting makes nothing of it known
        if context.running and differing - certain and not self._again:
            self._again = True
            context.scheduler.call_at(context.moment.now_s + COMPARE_AGAIN_S, self._compare_again)
        self.suspects = differing
        context.flags.differ(frozenset(certain | (context.flags.unreconciled & rows.keys())))
        self._look_up(certain)
        self._end_never_arrived(working, self._contracts)
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
        """Compare at the end of the session; each answer of a broker is waited for LAST_ANSWER_S.

        Args:
            compared: how the book differs from the broker's own ledger, money included, where that
                can be read; "" where it does not. Where the broker may take its time it is asked in
                a thread of its own, and not at all where what is held was not told.
        """
        lane, ledger = self._aside, ""
        if lane is not None:
            self._told, ledger = self._last_answers(lane, compared)
            self._context.now()  # what is found is of this moment, not of before the wait
        try:
            self.compare()
        finally:
            self._told = None
        if lane is None:
            ledger = compared()
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

    def _look_up(self, differing: Collection[str]) -> None:
        """Ask about the last orders of chains that differ: a report of theirs may be lost."""
        context = self._context
        for key in sorted(differing & context.traders.keys()):
            trader = context.traders[key]
            own = [
                r.intent.order
                for r in context.state.orders.known.values()
                if r.intent.trader == key
            ]
            for name in own[-LOOKED_UP:]:
                self._orders.look_up(trader, name, context.moment.now_s)

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

    def _end_never_arrived(
        self, working: Collection[str], differing: Collection[ContractKey]
    ) -> None:
        """End orders that the broker does not know, does not work and has not executed.

        An execution would show in both contracts of the order; where one of them agrees, there
        was none, whatever else happens on the chain.
        """
        orders, state = self._orders, self._context.state
        for name in sorted(orders.not_found):
            record = state.orders.live.get(name)
            if record is None or name in working:
                orders.not_found.discard(name)
                continue
            intent, totals = record.intent, record.totals
            legs = {
                ContractKey(totals.symbol, totals.expiration, intent.right, strike)
                for strike in (intent.buy_strike, intent.sell_strike)
            }
            if not legs <= set(differing) and not record.filled:
                orders.never_arrived(name)


def _rests(record: OrderRecord, at_ms: int) -> bool:
    """Whether an order has worked, untouched, for so long that nothing of it is on its way."""
    since_ms = record.working_ms
    return record.status == "working" and since_ms is not None and at_ms - since_ms > RESTS_S * 1000
