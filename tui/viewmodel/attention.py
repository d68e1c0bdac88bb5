"""What can cost money soonest: the order of the rows that need a person, one for every pane."""

from __future__ import annotations

import math
from typing import Any

from engine.snapshot import TraderState, TraderView
from tui.viewmodel.view import View

Rank = tuple[Any, ...]
"""What rows sort by, the least first."""

_URGENT = 4
"""Ranks below this are those of rows that can cost money soon."""

_RANKS = {
    TraderState.FAULT: 4,
    TraderState.BLOCKED: 5,
    TraderState.HELD: 6,
    TraderState.STALE: 7,
    TraderState.HEDGING: 8,
    TraderState.PAUSED: 9,
    TraderState.KILLED: 10,
    TraderState.OFF: 12,
}
# RUN and WRK share a rank: they alternate every few seconds, and rows must not jump for that.
_CALM = 11

UNTENDED: Rank = (1.5,)
"""Rank of an open chain that no trader looks after any more: after units on the ladder."""

LAST: Rank = (math.inf,)
"""After every rank that is urgent."""

_STAGES = {stage: rank for rank, stage in enumerate(("H6", "H5", "H4", "H3", "H2", "H1", "H7"))}
"""Stages of the ladder, the one that gives up the most money first; a parked unit waits."""


def gravity(state: TraderState) -> tuple[int, str]:
    """What states sort by, the one that needs a person most first."""
    return _RANKS.get(state, _CALM), state.value


def rung_of(t: TraderView) -> tuple[int, float]:
    """What legged traders sort by: the stage that gives up the most money, then the oldest."""
    return _STAGES.get(t.stage, len(_STAGES)), t.hung_s or 0.0


def rank(
    t: TraderView, graves: frozenset[str] = frozenset(), unknown: frozenset[str] = frozenset()
) -> Rank:
    """What can cost money soonest comes first.

    Args:
        graves, unknown: keys of traders with a P1 alarm, and with an order without an answer.
    """
    # From H1 on a legged unit counts as hung; H0 is the ordinary completing.
    hung = t.hung_s is not None and t.stage not in ("", "H0")
    ladder = rung_of(t) if hung else (len(_STAGES) + 1, 0.0)
    if t.key in graves:
        place = 0
    elif hung:
        place = 1
    elif t.key in unknown:
        place = 2
    elif t.state is TraderState.STALE and (t.net_contracts or t.open_c):
        place = 3
    else:
        place = _RANKS.get(t.state, _CALM)
    return (place, *ladder, t.symbol, t.expiration)


def ranks(view: View) -> dict[str, Rank]:
    """The rank of every trader, with the desk's alarms and orders in view."""
    traders, memo = view.snapshot.traders, view.state.memo

    def look() -> dict[str, Rank]:
        graves, unknown = _seen(view)
        alone = memo.each("ranks alone", traders, None, rank)
        ranked = dict(zip((t.key for t in traders), alone, strict=True))
        if graves or unknown:
            seen = (t for t in traders if t.key in graves or t.key in unknown)
            ranked.update((t.key, rank(t, graves, unknown)) for t in seen)
        return ranked

    return memo.once("ranks", view.snapshot, None, look)


def _seen(view: View) -> tuple[frozenset[str], frozenset[str]]:
    """Keys of the traders with a P1 alarm that is active, and with an unknown order."""
    snapshot = view.snapshot

    def look() -> tuple[frozenset[str], frozenset[str]]:
        grave = (a for a in snapshot.alarms if a.priority == 1 and a.state in ("unacked", "acked"))
        lost = (o.trader for o in snapshot.orders if o.status == "unknown")
        places = (where.partition("/")[0] for a in grave for where, _ in a.places)
        return frozenset(places), frozenset(lost)

    return view.state.once("attention", snapshot, None, look)


def urgent(view: View) -> dict[str, Rank]:
    """Keys of the traders that can cost money soon, with their rank: they should be in sight."""
    snapshot = view.snapshot

    def look() -> dict[str, Rank]:
        return {key: each for key, each in ranks(view).items() if each[0] < _URGENT}

    return view.state.once("urgent", snapshot, None, look)
