"""What is watched after a debit: the market an unfilled one would have met, the marks of a fill."""

from __future__ import annotations

import math
from typing import Final

from engine.book.held_pair import HeldPair
from engine.learning.ghosts import WATCHED_MS
from engine.learning.markouts import AFTER_MS, WITHIN_MS
from engine.market.chain import CALL, PUT, OptionChain
from engine.orders import events as ev
from engine.state.order_record import OrderRecord

_SLACK_C: Final = 1e-6
_TIMES: Final = len(AFTER_MS)


class QuotedChain:
    """A chain's quotes with the columns of its strikes; strikes seldom change.

    Attributes:
        chain: the quotes.
        columns: by strike.
    """

    __slots__ = ("_strikes", "chain", "columns")

    def __init__(self, chain: OptionChain) -> None:
        self._strikes: list[float] = []
        self.columns: dict[float, int] = {}
        self.take(chain)

    def take(self, chain: OptionChain) -> None:
        """Look at other quotes of the same chain."""
        self.chain = chain
        strikes = chain.strike_list
        if strikes is not self._strikes and strikes != self._strikes:
            self.columns = {strike: column for column, strike in enumerate(strikes)}
        self._strikes = strikes

    def vertical(self, row: int, buy: float, sell: float) -> tuple[float, float] | None:
        """Natural bid and ask in cents a share; None where a leg has no sound quote."""
        columns, bids, asks = self.columns, self.chain.bid.item, self.chain.ask.item
        try:
            bought, sold = columns[buy], columns[sell]
        except KeyError:
            return None
        bought_bid, bought_ask = bids(row, bought), asks(row, bought)
        sold_bid, sold_ask = bids(row, sold), asks(row, sold)
        # An ask of 0 is one that nobody quotes; NaN fails every comparison.
        if 0 <= bought_bid <= bought_ask < math.inf and 0 <= sold_bid <= sold_ask < math.inf:
            if not (bought_ask and sold_ask):
                return None
            return (bought_bid - sold_ask) * 100, (bought_ask - sold_bid) * 100
        return None

    def closing(self, pair: HeldPair) -> tuple[float | None, float | None]:
        """What closing a complete pair brings, cents a share, at natural prices and the middle.

        Returns:
            None where a leg has no sound quote: unknown, not zero.
        """
        contracts = pair.contracts_of("debit")
        if contracts <= 0 or pair.unhedged or pair.shares:
            return None, None
        natural = middle = 0.0
        columns, bids, asks = self.columns, self.chain.bid.item, self.chain.ask.item
        for (right, strike), quantity in pair.legs.items():
            column, row = columns.get(strike), CALL if right == "C" else PUT
            if column is None:
                return None, None
            bid, ask = bids(row, column), asks(row, column)
            if not (0 <= bid <= ask < math.inf and ask):
                return None, None
            natural += quantity * (bid if quantity > 0 else ask)
            middle += quantity * (bid + ask) / 2
        return round(natural * 100 / contracts, 2), round(middle * 100 / contracts, 2)


def _row(right: str) -> int:
    return CALL if right == "C" else PUT


class Ghost:
    """A debit that works, or that was cancelled unfilled, and the market it would have met.

    Args:
        record: the order as the state knows it.
        chosen: what it was chosen by.
    """

    __slots__ = (
        "_row", "chosen", "crossed_ms", "ended_ms", "first_ms", "least_c", "looks", "record",
        "worked_ms", "working_ms",
    )  # fmt: skip

    def __init__(self, record: OrderRecord, chosen: ev.PairChosen) -> None:
        self.record, self.chosen = record, chosen
        self._row = _row(record.intent.right)
        self.ended_ms = self.working_ms = self.looks = 0
        self.worked_ms: int | None = None
        self.first_ms: int | None = None
        self.crossed_ms: int | None = None
        self.least_c = math.inf

    def ended(self, event: ev.AttemptEnded) -> None:
        """It was cancelled unfilled; it is watched from here on."""
        self.ended_ms, self.worked_ms = event.at_ms, event.worked_ms
        working_ms = self.record.working_ms
        self.working_ms = event.at_ms if working_ms is None else working_ms

    def look(self, at_ms: int, quotes: QuotedChain) -> bool:
        """Look at quotes of this time; True where there is nothing more to see."""
        ended_ms, intent = self.ended_ms, self.record.intent
        if ended_ms and at_ms > ended_ms + WATCHED_MS:
            return True
        if at_ms <= self.chosen.at_ms:
            return False
        market = quotes.vertical(self._row, intent.buy_strike, intent.sell_strike)
        if market is None or market[1] <= 0:
            return False
        ask_c = market[1]
        if ask_c < self.least_c:
            self.least_c = ask_c
        if not ended_ms or at_ms <= ended_ms:
            return False
        self.looks += 1
        if self.first_ms is None:
            self.first_ms = at_ms - self.working_ms
        if ask_c <= intent.limit_c + _SLACK_C:
            self.crossed_ms = at_ms - self.working_ms
            return True
        return False

    def told(self, at_ms: int) -> ev.GhostWatched:
        """What was seen of it."""
        chosen = self.chosen
        return ev.GhostWatched(
            at_ms,
            chosen.trader,
            chosen.cycle,
            chosen.order,
            chosen.cancel_ms,
            chosen.buy_at,
            self.worked_ms,
            self.looks,
            self.first_ms,
            self.crossed_ms,
            self._reached(),
        )

    def _reached(self) -> float | None:
        bid, ask = self.record.intent.bid, self.record.intent.ask
        if bid is None or ask is None or ask <= bid or self.least_c == math.inf:
            return None
        return round((self.least_c / 100 - bid) / (ask - bid), 4)


class FillMarks:
    """The marks of one filled debit.

    Args:
        record: its order.
        first_ms: epoch milliseconds of its first execution.
    """

    __slots__ = ("_bid", "_late", "_mid", "_next", "_pair", "_pair_mid", "first_ms",
                 "record")  # fmt: skip

    def __init__(self, record: OrderRecord, first_ms: int) -> None:
        self.record, self.first_ms = record, first_ms
        self._next = 0
        self._late: list[int | None] = [None] * _TIMES
        self._bid: list[float | None] = [None] * _TIMES
        self._mid: list[float | None] = [None] * _TIMES
        self._pair: list[float | None] = [None] * _TIMES
        self._pair_mid: list[float | None] = [None] * _TIMES

    @property
    def due_ms(self) -> float:
        """Epoch milliseconds from which quotes make the next mark; infinite after the last."""
        return self.first_ms + AFTER_MS[self._next] if self._next < _TIMES else math.inf

    def due(self, at_ms: int) -> bool:
        """Whether a mark is due at this time; those it is too late for stay unknown."""
        since_ms = at_ms - self.first_ms
        while self._next < _TIMES and since_ms > AFTER_MS[self._next] + WITHIN_MS[self._next]:
            self._next += 1
        return self._next < _TIMES and since_ms >= AFTER_MS[self._next]

    @property
    def done(self) -> bool:
        """Whether no mark can come any more."""
        return self._next >= _TIMES

    def mark(self, at_ms: int, quotes: QuotedChain, pair: HeldPair | None) -> None:
        """Take the mark that is due; without a sound market it is tried again.

        Args:
            at_ms: epoch milliseconds of the quotes.
            quotes: of the chain.
            pair: the position it became.
        """
        intent = self.record.intent
        market = quotes.vertical(_row(intent.right), intent.buy_strike, intent.sell_strike)
        if market is None:
            return
        at = self._next
        self._next += 1
        self._late[at] = at_ms - self.first_ms - AFTER_MS[at]
        self._bid[at] = round(market[0], 2)
        self._mid[at] = round((market[0] + market[1]) / 2, 2)
        if pair is not None and pair.outcome == "COMPLETE":
            self._pair[at], self._pair_mid[at] = quotes.closing(pair)

    def told(self, at_ms: int) -> ev.FillMarked | None:
        """The marks; None where the broker took every execution back."""
        record = self.record
        intent = record.intent
        if record.filled <= 0:
            return None
        middle = None
        if intent.bid is not None and intent.ask is not None:
            middle = round((intent.bid + intent.ask) * 50, 2)
        return ev.FillMarked(
            at_ms,
            intent.trader,
            intent.cycle,
            intent.order,
            round(record.value_c / record.filled, 2),
            middle,
            self._late,
            self._bid,
            self._mid,
            self._pair,
            self._pair_mid,
        )
