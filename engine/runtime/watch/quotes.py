"""Watches what the feed gives: quotes too old, none from the start, contracts told twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Final

from engine.market.chain import RIGHTS, OptionChain
from engine.risk.gates import Gate
from engine.runtime.alarms import Alarms
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import why_unlisted

UNQUOTED_S: Final = 60.0
"""Engine seconds after which a chain that never had a quote is an alarm."""

_NAMED: Final = 4


class QuoteWatch:
    """Raises one alarm for what one cause does to many chains; its list grows as they join.

    Args:
        context: the desk's shared parts.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        alarms = context.alarms
        self._stale = SpreadingAlarm(alarms, "STALE", _how_stale)
        self._unquoted = SpreadingAlarm(alarms, "NOT_QUOTED", _how_unquoted)
        self._told_twice = SpreadingAlarm(alarms, "TOLD_TWICE", _what_twice)
        self._unquoted_since_s: dict[str, float] = {}

    def look(self) -> None:
        """Look at the latest quotes of every chain."""
        now_s, at_ms = self._context.moment.now_s, self._context.moment.at_ms
        stale: dict[str, str] = {}
        unquoted: dict[str, str] = {}
        told_twice: dict[str, str] = {}
        since_s = self._unquoted_since_s
        for key, trader in self._context.traders.items():
            blocked, quotes = trader.blocked, trader.last_quotes
            if blocked is Gate.QUOTES_STALE:
                stale[key] = quotes.reason if quotes is not None else ""
            if blocked is not Gate.NOT_LISTED:
                since_s.pop(key, None)
            elif now_s - since_s.setdefault(key, now_s) >= UNQUOTED_S:
                unquoted[key] = why_unlisted(self._context, trader)
            chain = None if quotes is None else quotes.chain
            if chain is not None and chain.told_twice:
                told_twice[key] = _contracts(chain)
        self._stale.show(at_ms, stale)
        self._unquoted.show(at_ms, unquoted)
        self._told_twice.show(at_ms, told_twice)


class SpreadingAlarm:
    """One alarm for everything of one kind: raised once, and restated as more chains join.

    Its place is the chain while there is only one, and the desk from the second on. It is
    cleared when no chain is left.

    Args:
        alarms: where it is raised.
        code: its kind.
        text: its detail, from what is known of each chain.
    """

    def __init__(self, alarms: Alarms, code: str, text: Callable[[Mapping[str, str]], str]) -> None:
        self._alarms = alarms
        self._code = code
        self._text = text
        self._chains: dict[str, str] = {}
        self._place = ""

    def show(self, at_ms: int, chains: Mapping[str, str]) -> None:
        """Bring the alarm up to what is so now.

        Args:
            at_ms: the present.
            chains: the trader key of each chain concerned, to what is known of it.
        """
        alarms, code = self._alarms, self._code
        if not chains:
            if self._place:
                alarms.clear(at_ms, code, self._place)
            self._chains, self._place = {}, ""
            return
        joined = chains.keys() - self._chains.keys()
        if not joined:
            return
        self._chains |= {key: chains[key] for key in chains if key in joined}
        place = next(iter(self._chains)) if len(self._chains) == 1 else "desk"
        detail = self._text(self._chains)
        if self._place:
            alarms.restate(at_ms, code, self._place, place, detail)
        else:
            alarms.raise_(at_ms, code, place, detail)
        self._place = place


def _names(chains: Mapping[str, str]) -> str:
    """The chains by name, as many as a sentence bears."""
    named = ", ".join(list(chains)[:_NAMED])
    more = len(chains) - _NAMED
    return f"{named} and {more} more" if more > 0 else named


def _how_stale(chains: Mapping[str, str]) -> str:
    """Which chains, and what the feed said of most of them."""
    cause = Counter(reason for reason in chains.values() if reason).most_common(1)
    said = "".join(f": {reason}" for reason, _ in cause)
    if len(chains) == 1:
        return f"on 1 chain{said}"
    return f"on {len(chains)} chains ({_names(chains)}){said}"


def _how_unquoted(chains: Mapping[str, str]) -> str:
    near = next(iter(chains.values())) if len(chains) == 1 else ""
    return f"{_names(chains)}; {near}" if near else _names(chains)


def _what_twice(chains: Mapping[str, str]) -> str:
    if len(chains) == 1:
        return next(iter(chains.values()))
    return f"{len(chains)} chains ({_names(chains)})"


def _contracts(chain: OptionChain) -> str:
    """The contracts that were told twice, as many as a sentence bears."""
    twice = chain.told_twice
    named = [f"{RIGHTS[right]} {chain.strike_list[column]:g}" for right, column in twice[:_NAMED]]
    more = len(twice) - _NAMED
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")
