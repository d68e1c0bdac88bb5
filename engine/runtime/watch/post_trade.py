"""Watches what the market does after debits filled or were cancelled: marks, and ghosts.

Only quotes that traders fetch anyway are looked at: brokers limit requests, and a desk must not
spend them on what it would like to know. A look counts at the time at which its quotes were
confirmed. What is watched when a process dies is not told.
"""

from __future__ import annotations

from heapq import heappop, heappush
from typing import Final

from engine.market.chain import OptionChain
from engine.market.session import Moment
from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.watch.watched_debits import FillMarks, Ghost, QuotedChain

WATCHED_KEPT: Final = 128
"""Ghosts, and fills, of one trader that are watched at a time; the oldest is told early."""


class _Watched:
    """What is watched of one trader; fills is a heap by when their next mark is due."""

    __slots__ = ("fills", "ghosts", "looked_ms", "quotes", "working")

    def __init__(self) -> None:
        self.working: Ghost | None = None
        self.ghosts: list[Ghost] = []
        self.fills: list[tuple[float, int, FillMarks]] = []
        self.looked_ms = 0
        self.quotes: QuotedChain | None = None


class PostTradeWatch:
    """Follows debits after their end, and journals what was seen; single-threaded.

    Args:
        context: the desk's shared parts.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._of: dict[str, _Watched] = {}
        context.subscribe(ev.PairChosen, self._chosen)
        context.subscribe(ev.AttemptEnded, self._attempt_ended)
        context.subscribe(ev.Executed, self._executed)

    def _watched(self, trader: str) -> _Watched:
        watched = self._of.get(trader)
        if watched is None:
            watched = self._of[trader] = _Watched()
        return watched

    def _chosen(self, event: ev.PairChosen) -> None:
        record = self._context.state.orders.known.get(event.order)
        if record is not None:
            self._watched(event.trader).working = Ghost(record, event)

    def _attempt_ended(self, event: ev.AttemptEnded) -> None:
        watched = self._watched(event.trader)
        ghost, watched.working = watched.working, None
        if event.filled == 0 and ghost is not None and ghost.chosen.order == event.order:
            ghost.ended(event)
            watched.ghosts.append(ghost)
            if len(watched.ghosts) > WATCHED_KEPT:
                self._tell(watched.ghosts.pop(0))

    def _executed(self, event: ev.Executed) -> None:
        record = self._context.state.orders.known.get(event.order)
        if record is None or record.intent.part != "D" or event.quantity <= 0:
            return
        watched = self._watched(event.trader)
        watched.ghosts = [each for each in watched.ghosts if each.record is not record]
        if record.filled != event.quantity or any(m.record is record for _, _, m in watched.fills):
            return
        marks = FillMarks(record, event.at_ms)
        heappush(watched.fills, (marks.due_ms, record.intent.cycle, marks))
        if len(watched.fills) > WATCHED_KEPT:
            self._tell(heappop(watched.fills)[2])

    def look(self, trader: str, chain: OptionChain | None, moment: Moment) -> None:
        """Look at quotes that a trader fetched, once at each time for which they were confirmed.

        Args:
            trader: its key.
            chain: the quotes; None where none came.
            moment: the present.
        """
        watched = self._of.get(trader)
        if chain is None or watched is None:
            return
        at_s = chain.confirmed_s
        if at_s != at_s:
            return
        at_ms = min(round(at_s * 1000), moment.at_ms)
        if at_ms <= watched.looked_ms:
            return
        watched.looked_ms = at_ms
        quotes = watched.quotes
        if quotes is None:
            quotes = watched.quotes = QuotedChain(chain)
        else:
            quotes.take(chain)
        if watched.working is not None:
            watched.working.look(at_ms, quotes)
        if watched.ghosts:
            over = [ghost for ghost in watched.ghosts if ghost.look(at_ms, quotes)]
            if over:
                watched.ghosts = [ghost for ghost in watched.ghosts if ghost not in over]
                for ghost in over:
                    self._tell(ghost)
        if watched.fills and watched.fills[0][0] <= at_ms:
            self._mark(trader, watched, at_ms, quotes)

    def _mark(self, trader: str, watched: _Watched, at_ms: int, quotes: QuotedChain) -> None:
        """Take every mark that is due, and tell of those fills that none is due of any more."""
        pairs, fills = self._context.state.positions.pairs, watched.fills
        again: list[tuple[float, int, FillMarks]] = []
        while fills and fills[0][0] <= at_ms:
            _, cycle, marks = heappop(fills)
            if marks.due(at_ms):
                marks.mark(at_ms, quotes, pairs.find(trader, cycle))
            if marks.done:
                self._tell(marks)
            else:
                again.append((marks.due_ms, cycle, marks))
        for each in again:
            heappush(fills, each)

    def close(self) -> None:
        """Tell what was seen of everything that is watched: no quotes come any more."""
        for watched in self._of.values():
            for ghost in watched.ghosts:
                self._tell(ghost)
            for _, _, marks in sorted(watched.fills, key=lambda each: each[1]):
                self._tell(marks)
        self._of.clear()

    def _tell(self, each: Ghost | FillMarks) -> None:
        event = each.told(self._context.moment.at_ms)
        if event is not None:
            self._context.emit(event)
