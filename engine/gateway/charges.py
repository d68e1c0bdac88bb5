"""Reads what the broker really charged, and corrects the fees of the account's ledger by it.

The broker charges days, not executions: a day's fees of options are shared out over its executions
by their contracts. Where shares were traded on a day, and the broker does not say of each fee that
it is of options or of shares, the day's fees stay as planned. What is read twice is shared out
alike, so nothing needs to be remembered.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Final

from engine.brokers.dialect import Dialect, DialectError
from engine.brokers.execution import Execution
from engine.brokers.following.charges import DayFees, days_of, shared_out
from engine.brokers.http.call import Answer
from engine.brokers.protocol import FeeSink
from engine.gateway.books import Notice, Send
from engine.gateway.journal import GatewayJournal
from engine.market.calendar import exchange_date
from engine.orders.settlements import SettlementKind

KIND: Final = "FEES"


class Charges:
    """Corrects fees; used from one thread at a time.

    Args:
        dialect: the broker's.
        send: makes a call.
        journal: of the account.
        others: contracts that other hands traded in the account on a day.
        told: takes the order, the execution and its cents, once they are on the disk. After a start
            it hears those of every day that the broker still tells.
        notice: tells the operator.
    """

    def __init__(
        self,
        dialect: Dialect,
        send: Send,
        journal: GatewayJournal,
        others: Callable[[date], int],
        told: FeeSink,
        notice: Notice,
    ) -> None:
        self._dialect, self._send, self._journal = dialect, send, journal
        self._others, self._told, self._notice = others, told, notice
        self._done: dict[date, tuple[DayFees, int, int, bool]] = {}
        self._odd: set[str] = set()

    def read(self) -> bool:
        """Read the latest charges and book what is new of them; whether the broker said."""
        answer = self._send(self._dialect.charges())
        if not (isinstance(answer, Answer) and 200 <= answer.status < 300):
            return False
        try:
            page = self._dialect.read_charges(answer.body)
        except DialectError as error:
            self._notice("BROKER_ANSWER", f"fees: {error}")
            return False
        for text in page.odd:
            self._say(text)
        days = days_of(page)
        if not days:
            return True
        traded: dict[date, list[Execution]] = defaultdict(list)
        for execution in self._journal.written.ledger.executions:
            day = exchange_date(execution.at_s)
            if day in days:
                traded[day].append(execution)
        with_shares = {
            exchange_date(each.at_s)
            for _, each in self._journal.written.ledger.settlements
            if each.kind is SettlementKind.SHARES
        }
        for day, fees in sorted(days.items()):
            self._share(day, fees, traded[day], shares=day in with_shares)
        return True

    def _share(
        self, day: date, fees: DayFees, executions: list[Execution], *, shares: bool
    ) -> None:
        others = self._others(day)
        state = fees, len(executions), others, shares
        if self._done.get(day) == state:
            return
        self._done[day] = state
        if shares and fees.either_c:
            self._say(
                f"the fees of {day} stay as planned: shares were closed that day, and the broker "
                f"does not say of {fees.either_c / 100:.2f} $ whether options or shares cost them"
            )
            return
        cost_c = fees.options_c + fees.either_c
        contracts = [sum(abs(leg.quantity) for leg in each.legs) for each in executions]
        if not contracts and not others and cost_c:
            self._say(f"{cost_c / 100:.2f} $ of {day} are of no execution of the account's books")
        parts = shared_out(cost_c, contracts, others)
        for execution, fee_c in zip(executions, parts, strict=False):
            self._correct(execution, fee_c)
        try:
            self._journal.keep()
        except OSError as error:
            self._notice("JOURNAL", f"fees cannot be written: {error.strerror or error}")
        for execution, fee_c in zip(executions, parts, strict=False):
            self._told(execution.client_order_id, execution.execution_id, fee_c)

    def _correct(self, execution: Execution, fee_c: int) -> None:
        with self._journal.booking:  # for each alone: orders are booked in between
            ledger = self._journal.written.ledger
            now = ledger.find(execution.execution_id)  # it may have been taken back meanwhile
            if now is not None and now.fees_c != fee_c:
                ledger.correct_fee(execution.execution_id, fee_c)

    def _say(self, text: str) -> None:
        if text not in self._odd:
            self._odd.add(text)
            self._notice(KIND, text)
