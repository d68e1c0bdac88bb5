"""Looks at what keeps traders from debits, for the shares that a report tells."""

from __future__ import annotations

from collections import Counter
from typing import Final

from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import closed_gate

LOOK_S: Final = 10
"""Seconds of open session between two looks at the traders' gates, and what a look stands for."""

LOOKS_A_ROW: Final = 30
"""Looks that one row of the journal sums up: five minutes."""

OPEN: Final = "OPEN"
"""In the place of a gate: nothing kept the trader from a debit."""


class GateLooks:
    """Counts the first closed gate of every trader while the exchange trades.

    Shares by time and not by attempts: a trader that is refused asks at its own pace.

    Args:
        context: the desk's shared parts.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._seen: Counter[str] = Counter()
        self._looks = 0

    def look(self) -> None:
        """Look at every trader; tell what was seen every five minutes, and at the close."""
        context = self._context
        if context.session.multiplier is None:
            self.tell()
            return
        for trader in context.traders.values():
            if not trader.gone:
                gate = closed_gate(context, trader)
                self._seen[OPEN if gate is None else gate.value] += 1
        self._looks += 1
        if self._looks >= LOOKS_A_ROW:
            self.tell()

    def tell(self) -> None:
        """Journal what was seen since the last time; nothing where there was nothing to see."""
        if self._seen:
            looks = dict(sorted(self._seen.items()))
            self._context.emit(ev.GatesLookedAt(self._context.moment.at_ms, looks))
        self._seen.clear()
        self._looks = 0
