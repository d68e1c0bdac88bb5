"""What a person or a callback says about one chain's two-part spread, booked and counted."""

from __future__ import annotations

from collections import deque
from datetime import date, datetime
from typing import Final

from engine.book.balance import Booking
from engine.book.balancer import PositionBalance, PositionBalancer
from engine.learning.fill_statistics import FillCounts, SessionFillStatistics
from engine.learning.sizing import FillWindow
from engine.market.expirations import expiration_date
from engine.two_part.position import TwoPartPosition, TwoPartState

REMEMBERED_POSITIONS: Final = 1000


class TwoPartBooking:
    """One chain's positions, one at a time, as their fills make them; single-threaded.

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
        """How this session filled, as a value."""
        b = self.balance
        return self._counts.statistics(b.debit_contracts, b.credit_contracts, b.unwound_contracts)

    def clear_fill_window(self) -> None:
        """Forget the last attempts, so that a strategy that paused tries again."""
        self._window.clear()

    def record_debit_fill(
        self, price: float, contracts: int | None = None, market: tuple[float, float] | None = None
    ) -> TwoPartPosition:
        """Book bought contracts of the last debit; also late ones, after `record_debit_ended`.

        Args:
            price: dollars a share.
            contracts: executed; all that are left by default.
            market: natural (bid, ask) it filled in; by default that of the opportunity.

        Raises:
            ValueError: no debit was ordered, or more than is left.
        """
        position = self._in(*TwoPartState)
        left = position.contracts - position.debit_filled
        count = self._count(contracts, left)
        pair = position.opportunity
        self._balancer.record_debit_fill(
            self.symbol, self.expiration, count, price, multiplier=pair.multiplier
        )
        first = position.bought(count, round(price * 100 * pair.multiplier))
        self._counts.debit_filled(price, *(market or (pair.debit_bid, pair.debit_ask)))
        if position.state is TwoPartState.DEBIT_WORKING:
            if count == left:
                self.record_debit_ended()
        else:
            self._book_late(position, first)
        return position

    def record_debit_ended(self) -> TwoPartPosition:
        """The debit order is dead (timeout, cancel): hedge what filled, or go on scanning.

        Raises:
            ValueError: no debit is working.
        """
        position = self._in(TwoPartState.DEBIT_WORKING)
        filled = position.debit_filled > 0
        self._counts.attempts += 1
        self._counts.fills += filled
        self._window.record(filled)
        position.state = TwoPartState.LEGGED if filled else TwoPartState.SCANNING
        return position

    def record_debit_rejected(self) -> None:
        """The debit order was refused: no attempt, and nothing to hedge.

        Raises:
            ValueError: no debit is working, or some of it filled.
        """
        if self._in(TwoPartState.DEBIT_WORKING).debit_filled:
            raise ValueError("part of the debit filled; call record_debit_ended instead")
        self.position = None

    def record_credit_fill(
        self, price: float, contracts: int | None = None, market: tuple[float, float] | None = None
    ) -> TwoPartPosition:
        """Book sold contracts; the position is COMPLETE when every debit contract has one.

        Args:
            price: dollars a share.
            contracts: executed; all that are left by default, never more than the debit.
            market: natural (bid, ask) it filled in; by default that of the opportunity.

        Raises:
            ValueError: no credit was ordered, or more than the debit.
        """
        position = self._in(TwoPartState.CREDIT_WORKING, TwoPartState.LEGGED)
        working = position.state is TwoPartState.CREDIT_WORKING
        left = position.credit_working if working else position.hung_contracts
        count = self._count(contracts, left)
        pair = position.opportunity
        self._balancer.record_credit_fill(
            self.symbol, self.expiration, count, price, multiplier=pair.multiplier
        )
        position.sold(count, round(price * 100 * pair.multiplier))
        self._counts.credit_filled(price, *(market or (pair.credit_bid, pair.credit_ask)))
        self._settle(position)
        return position

    def record_credit_ended(self) -> TwoPartPosition:
        """The credit order is dead with contracts left: the position is LEGGED again."""
        position = self._in(TwoPartState.CREDIT_WORKING)
        position.credit_working = 0
        self._settle(position)
        return position

    def record_unwind_fill(self, price: float, contracts: int | None = None) -> TwoPartPosition:
        """Book debit contracts sold again, where no credit is to be had.

        Raises:
            ValueError: no contract is legged, or more than are.
        """
        position = self._in(TwoPartState.LEGGED)
        count = self._count(contracts, position.hung_contracts)
        multiplier = position.opportunity.multiplier
        price_c = round(price * 100)
        unwound = Booking("unwind", count, price_c, multiplier)
        self._balancer.book(self.symbol, self.expiration, unwound)
        position.sold_again(count, price_c * multiplier)
        self._settle(position)
        return position

    def _in(self, *states: TwoPartState) -> TwoPartPosition:
        if self.position is None:
            raise ValueError("no debit was ordered yet; call open_debit or step first")
        if self.position.state not in states:
            raise ValueError(f"the position is {self.state}, not {' or '.join(states)}")
        return self.position

    def _count(self, contracts: int | None, left: int) -> int:
        count = left if contracts is None else contracts
        if not 0 < count <= left:
            raise ValueError(f"{count} contracts cannot fill: {left} are left")
        return count

    def _settle(self, position: TwoPartPosition) -> None:
        """Say where a position stands once a credit or unwind has moved it."""
        if not position.hung_contracts:
            position.state = TwoPartState.COMPLETE
            self._counts.completions += position.credit_filled > 0
            self.completed.append(position)
        elif not position.credit_working:
            position.state = TwoPartState.LEGGED

    def _book_late(self, position: TwoPartPosition, first: bool) -> None:
        """A debit that ended has filled after all: an attempt becomes a fill, and is hedged."""
        self._counts.fills += first
        if position.state is TwoPartState.COMPLETE:
            self.completed.remove(position)
            self._counts.completions -= position.credit_filled > 0
        if position.state is not TwoPartState.CREDIT_WORKING:
            position.state = TwoPartState.LEGGED
