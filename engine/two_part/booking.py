"""Fills of one chain's two-part spread, booked and counted."""

from __future__ import annotations

from collections import deque
from datetime import date, datetime
from typing import Any, Final

from engine.book.balance import Booking
from engine.book.balancer import PositionBalance, PositionBalancer, total_cents
from engine.learning.fill_statistics import FillCounts, SessionFillStatistics
from engine.learning.sizing import FillWindow
from engine.market.expirations import expiration_date
from engine.orders.averages import split_total
from engine.two_part.position import TwoPartPosition, TwoPartState

REMEMBERED_POSITIONS: Final = 1000


class TwoPartBooking:
    """One chain's two-part positions, one at a time, from their fills; single-threaded.

    Args:
        symbol: option root.
        expiration: exchange date; aware datetimes are converted to New York.
        max_imbalance: open debit contracts.
    """

    def __init__(self, symbol: str, expiration: date | datetime, max_imbalance: int) -> None:
        self.symbol = symbol
        self.expiration = expiration_date(expiration)
        self.position: TwoPartPosition | None = None
        self.completed: deque[TwoPartPosition] = deque(maxlen=REMEMBERED_POSITIONS)
        self._balancer = PositionBalancer(max_imbalance)
        self._window = FillWindow()
        self._counts = FillCounts()

    @property
    def state(self) -> TwoPartState:
        """The position's state; SCANNING without one."""
        return self.position.state if self.position else TwoPartState.SCANNING

    @property
    def balance(self) -> PositionBalance:
        """Contracts and money of the session on this chain."""
        return self._balancer.get_balance(self.symbol, self.expiration)

    @property
    def statistics(self) -> SessionFillStatistics:
        """How this session's orders filled."""
        b = self.balance
        return self._counts.statistics(b.debit_contracts, b.credit_contracts, b.unwound_contracts)

    def clear_fill_window(self) -> None:
        """Forget the last attempts, so that a strategy that paused tries again."""
        self._window.clear()

    def record_debit_fill(
        self, price: float, contracts: int | None = None, market: tuple[float, float] | None = None
    ) -> TwoPartPosition:
        """Book a fill of the last debit; also a late one, after `record_debit_ended`.

        Args:
            price: dollars a share.
            contracts: executed; all that are left by default.
            market: natural (bid, ask) it filled in; by default that of the opportunity.

        Raises:
            ValueError: no debit was ordered, or fewer contracts are left.
        """
        position = self._in(*TwoPartState)
        left = position.contracts - position.debit_filled
        count = self._count(contracts, left)
        pair = position.opportunity
        filled_in = _market(market, (pair.debit_bid, pair.debit_ask))
        self._balancer.record_debit_fill(
            self.symbol, self.expiration, count, price, multiplier=pair.multiplier
        )
        first = position.bought(count, total_cents("price", price, count, pair.multiplier))
        self._counts.debit_filled(price, *filled_in)
        if position.state is TwoPartState.DEBIT_WORKING:
            if count == left:
                self.record_debit_ended()
        else:
            self._book_late(position, first)
        return position

    def record_debit_ended(self) -> TwoPartPosition:
        """The debit order ended (timeout, cancel): hedge what filled, or scan again.

        Raises:
            ValueError: no debit is working.
        """
        position = self._in(TwoPartState.DEBIT_WORKING)
        filled = position.debit_filled > 0
        self._counts.attempted(filled)
        self._window.record(filled)
        position.debit_ended()
        return position

    def record_debit_rejected(self) -> None:
        """The debit order was rejected: it does not count as an attempt, nothing is to be hedged.

        Raises:
            ValueError: no debit is working, or some of it filled.
        """
        if self._in(TwoPartState.DEBIT_WORKING).debit_filled:
            raise ValueError("part of the debit filled; call record_debit_ended instead")
        self.position = None

    def record_credit_fill(
        self, price: float, contracts: int | None = None, market: tuple[float, float] | None = None
    ) -> TwoPartPosition:
        """Book a credit fill; the position is COMPLETE when every debit contract has its credit.

        Args:
            price: dollars a share.
            contracts: executed; all that are left by default, never more than the debit.
            market: natural (bid, ask) it filled in; by default that of the opportunity.

        Raises:
            ValueError: no debit is waiting for its credit, or fewer contracts are left.
        """
        position = self._in(TwoPartState.CREDIT_WORKING, TwoPartState.LEGGED)
        working = position.state is TwoPartState.CREDIT_WORKING
        left = position.credit_working if working else position.hung_contracts
        count = self._count(contracts, left)
        pair = position.opportunity
        filled_in = _market(market, (pair.credit_bid, pair.credit_ask))
        self._balancer.record_credit_fill(
            self.symbol, self.expiration, count, price, multiplier=pair.multiplier
        )
        position.sold(count, total_cents("price", price, count, pair.multiplier))
        self._counts.credit_filled(price, *filled_in)
        self._hedged(position)
        return position

    def record_credit_ended(self) -> TwoPartPosition:
        """The credit order ended with contracts left: the position is LEGGED again."""
        position = self._in(TwoPartState.CREDIT_WORKING)
        position.credit_ended()
        self._hedged(position)
        return position

    def record_unwind_fill(self, price: float, contracts: int | None = None) -> TwoPartPosition:
        """Book debit contracts sold back, where no credit is to be had.

        Args:
            price: dollars a share.
            contracts: executed; all that are legged by default.

        Raises:
            ValueError: no debit is legged, or fewer contracts are.
        """
        position = self._in(TwoPartState.LEGGED)
        count = self._count(contracts, position.hung_contracts)
        multiplier = position.opportunity.multiplier
        total_c = round(total_cents("price", price, count, multiplier) / multiplier)
        for contracts, price_c in split_total(total_c, count):
            unwound = Booking("unwind", contracts, price_c, multiplier)
            self._balancer.book(self.symbol, self.expiration, unwound)
        position.sold_back(count, total_c * multiplier)
        self._hedged(position)
        return position

    def _in(self, *states: TwoPartState) -> TwoPartPosition:
        if self.position is None:
            raise ValueError("no debit was ordered yet; call open_debit or step first")
        if self.position.state not in states:
            raise ValueError(f"the position is {self.state}, not {' or '.join(states)}")
        return self.position

    def _count(self, contracts: int | None, left: int) -> int:
        count = left if contracts is None else contracts
        if not isinstance(count, int) or isinstance(count, bool) or not 0 < count <= left:
            raise ValueError(f"{count!r} contracts cannot fill: {left} are left")
        return count

    def _hedged(self, position: TwoPartPosition) -> None:
        if position.hedged():
            self._counts.completed(position.credit_filled > 0)
            self.completed.append(position)

    def _book_late(self, position: TwoPartPosition, first: bool) -> None:
        """A debit that had ended filled after all: its attempt counts as a fill, and is hedged."""
        self._counts.filled_late(first)
        if position.state is TwoPartState.COMPLETE:
            self.completed.remove(position)
            self._counts.reopened(position.credit_filled > 0)
        position.legged_late()


def _market(given: Any, quoted: tuple[float, float]) -> tuple[float, float]:
    """The natural market that an execution filled in, before anything of it is booked.

    Raises:
        ValueError: it is not a bid and an ask.
    """
    if given is None:
        return quoted
    try:
        bid, ask = given
        return float(bid), float(ask)
    except (TypeError, ValueError):
        raise ValueError(f"market is {given!r}; it must be a bid and an ask per share") from None
