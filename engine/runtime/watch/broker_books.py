"""What a broker says is held and works: asked at once, or in a thread beside the engine's."""

from __future__ import annotations

from collections.abc import Callable
from queue import Empty, SimpleQueue
from typing import Any, Final, NamedTuple

from engine.book.contract_keys import ContractKey, contract_key
from engine.brokers.protocol import (
    ContractPosition,
    OpenOrder,
    PartlyTellingBroker,
    SettlingBroker,
    SharePosition,
)
from engine.orders.soundness import error_text
from engine.runtime.context import DeskContext
from engine.runtime.lanes import Lane

ASKED_AGAIN: Final = 3
"""Times that a broker is asked before an answer is taken although the book changed meanwhile."""

LAST_ANSWER_S: Final = 5.0
"""Real seconds that the end of a session waits for the broker's books; nothing works any more."""


class Held(NamedTuple):
    """What is held, as far as a broker can say it; see Books."""

    positions: tuple[ContractPosition, ...]
    shares: tuple[SharePosition, ...]
    unread: frozenset[ContractKey]
    unread_shares: frozenset[str]


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

    def held(self) -> Held | None:
        """What is held; None where the broker cannot say it."""
        positions, shares, _, unread, unread_shares = self
        if positions is None or shares is None:
            return None
        return Held(positions, shares, unread, unread_shares)


class BrokerBooks:
    """Asks the broker for its books.

    A broker in another process (`books_block`) is asked in a thread of its own where nobody waits
    for the answer.

    Args:
        context: the desk's shared parts.

    Attributes:
        asking: whether an answer is awaited.
        answers: how many were awaited and have come, or failed.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._told: Books | Exception | None = None
        self.asking = False
        self.answers = 0

    def ask(self) -> Books:
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
        return self.ask().orders

    def held(self) -> tuple[tuple[ContractPosition, ...] | None, tuple[SharePosition, ...] | None]:
        """What the broker says is held now, or has just said: contracts and shares.

        Raises:
            Exception: as for a comparison.
        """
        books = self.ask()
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
    def aside(self) -> Lane | None:
        """The lane in which the broker is asked; None where it answers at once."""
        lanes = self._context.lanes
        blocks = getattr(self._context.broker, "books_block", False)
        return lanes.queries if lanes is not None and blocks else None

    def ask_first(self, then: Callable[[], Any]) -> None:
        """Have the broker's books at hand while `then` runs; they are asked for aside.

        Where they cannot be had, what `then` asks of them raises why not.
        """
        lane = self.aside
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

    def ask_last(self, compared: Callable[[], str], then: Callable[[], Any]) -> str:
        """Have the broker's books at hand while `then` runs, at the end of a session.

        Args:
            compared: how the book differs from the broker's own ledger; "" where it does not. Where
                the broker may take its time it is asked in a thread of its own, each answer is
                waited for LAST_ANSWER_S, and it is not asked at all where what is held was not
                told.
            then: what needs the books.

        Returns:
            What `compared` said.
        """
        lane = self.aside
        if lane is None:
            then()
            return compared()
        self._told, ledger = self._last_answers(lane, compared)
        self._context.now()  # what is found is of this moment, not of before the wait
        try:
            then()
        finally:
            self._told = None
        return ledger

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

    def ask_aside(self, take: Callable[[Books], None], failed: Callable[[str], None]) -> None:
        """Ask in a thread of its own; again where the book changed before the answer came.

        Args:
            take: takes the answer, while the desk runs.
            failed: takes the reason for which there is none.
        """
        lane = self.aside
        assert lane is not None
        self.asking = True
        self._ask_aside(lane, ASKED_AGAIN, take, failed)

    def _ask_aside(
        self, lane: Lane, times: int, take: Callable[[Books], None], failed: Callable[[str], None]
    ) -> None:
        context = self._context
        answers: list[Books] = []
        before = context.state.contracts.contracts(), context.state.contracts.shares()

        def call() -> None:
            answers.append(self._ask_broker())

        def refused(error: BaseException) -> None:
            context.now()
            failed(error_text(error))

        def ended() -> None:
            book = context.state.contracts
            if answers and times > 1 and before != (book.contracts(), book.shares()):
                self._ask_aside(lane, times - 1, take, failed)
                return
            self.asking = False
            self.answers += 1
            if answers and context.running:
                context.now()
                take(answers[0])

        lane.submit(lambda: call, failed=refused, ended=ended)
