"""Watches what the feed gives: too old, none from the start, told twice, too good for long."""

from __future__ import annotations

from typing import Final

from engine.market.chain import RIGHTS, OptionChain
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import why_unlisted
from engine.trader.trader import ExpirationTrader

UNQUOTED_S: Final = 60.0
"""Engine seconds after which a chain that never had a quote is an alarm."""

SUSPECT_S: Final = 300.0
"""Seconds of quotes for which each best pair of a chain must promise a floor above 0 at mid, before
that is an alarm (docs/decisions/stale-or-mispriced.md)."""

_NAMED: Final = 4


class QuoteWatch:
    """Raises one alarm for what one cause does to many chains; each is a place of it.

    Args:
        context: the desk's shared parts.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._unquoted_since_s: dict[str, float] = {}

    def look(self) -> None:
        """Look at the latest quotes of every chain."""
        now_s, at_ms = self._context.moment.now_s, self._context.moment.at_ms
        stale: dict[str, str] = {}
        unquoted: dict[str, str] = {}
        told_twice: dict[str, str] = {}
        suspect: dict[str, str] = {}
        epoch_s = self._context.moment.epoch_s
        since_s = self._unquoted_since_s
        for key, trader in self._context.traders.items():
            blocked, quotes = trader.context.blocked, trader.context.last_quotes
            if blocked is Gate.QUOTES_STALE:
                stale[key] = f": {quotes.reason}" if quotes is not None and quotes.reason else ""
            if blocked is not Gate.NOT_LISTED:
                since_s.pop(key, None)
            elif now_s - since_s.setdefault(key, now_s) >= UNQUOTED_S:
                unquoted[key] = self._how_unquoted(key, trader)
            chain = None if quotes is None else quotes.chain
            if chain is not None and chain.told_twice:
                told_twice[key] = _contracts(chain)
            row = trader.debits.chooser.suspects
            if row.since_s is not None and (lasted_s := row.lasted_s(epoch_s)) >= SUSPECT_S:
                suspect[key] = f": {row.floor:+.2f} a share, for {lasted_s / 60:.0f} min"
        alarms = self._context.alarms
        alarms.follow(at_ms, "STALE", stale)
        alarms.follow(at_ms, "NOT_QUOTED", unquoted)
        alarms.follow(at_ms, "TOLD_TWICE", told_twice)
        alarms.follow(at_ms, "STALE_OR_MISPRICED", suspect)

    def _how_unquoted(self, key: str, trader: ExpirationTrader) -> str:
        """Why, or what is listed near; the source is asked once, as the chain joins."""
        if self._context.alarms.is_raised("NOT_QUOTED", key):
            return ""
        near = why_unlisted(self._context, trader)
        return f"; {near}" if near else ""


def _contracts(chain: OptionChain) -> str:
    """The contracts that were told twice, as many as a sentence bears."""
    twice = chain.told_twice
    named = [f"{RIGHTS[right]} {chain.strike_list[column]:g}" for right, column in twice[:_NAMED]]
    more = len(twice) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
