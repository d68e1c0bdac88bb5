"""TRADERS: one row a chain, the ones that need a person first."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from engine.snapshot import TraderState, TraderView
from tui.text import bars, formats
from tui.text.columns import Cell, Column, choose, row
from tui.text.lines import Line, Span
from tui.viewmodel.view import STATE_STYLES, View

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

_STAGES = {stage: rank for rank, stage in enumerate(("H6", "H5", "H4", "H3", "H2", "H1", "H7"))}
"""Stages of the ladder, the one that gives up the most money first; a parked unit waits."""

_STOPPED = frozenset(
    {TraderState.BLOCKED, TraderState.PAUSED, TraderState.STALE, TraderState.FAULT}
) | {TraderState.OFF, TraderState.KILLED}
"""States in which the next look is not the next attempt: the reason is shown instead."""

GATE_WORDS = {
    "KILLED": "kill",
    "EXIT_ONLY": "exit",
    "JOURNAL": "disk",
    "UNKNOWN_ORDER": "order?",
    "IMBALANCE_DESK": "imbal",
    "IMBALANCE_CHAIN": "imbal",
    "DAY_LOSS": "loss",
    "UNWINDS": "unwind",
    "REJECTS": "reject",
    "REMOVED": "remove",
    "UNHEDGED": "legged",
    "RECONCILE": "recon",
    "UNCOVERED": "short",
    "EX_DATE": "exdate",
    "NOT_LISTED": "absent",
    "QUOTES_STALE": "stale",
    "CAPITAL_ORDER": "cap",
    "CAPITAL_CHAIN": "cap",
    "CAPITAL_DESK": "cap",
    "LOSS_ROOM": "room",
    "STRIKES": "many",
    "NO_PAIR": "nopair",
    "CLOSES_OTHER": "other",
    "WORST_CASE": "worst",
    "DUPLICATE": "twice",
}
"""Codes of gates in six cells, where their first word is too long or says too little."""


def _attention(
    t: TraderView, graves: frozenset[str] = frozenset(), unknown: frozenset[str] = frozenset()
) -> tuple[Any, ...]:
    """What can cost money soonest comes first.

    Args:
        graves, unknown: keys of traders with a P1 alarm, and with an order without an answer.
    """
    # From H1 on a legged unit counts as hung; H0 is the ordinary completing.
    hung = t.hung_s is not None and t.stage not in ("", "H0")
    ladder = (_STAGES.get(t.stage, len(_STAGES)), t.hung_s) if hung else (len(_STAGES) + 1, 0.0)
    if t.key in graves:
        rank = 0
    elif hung:
        rank = 1
    elif t.key in unknown:
        rank = 2
    elif t.state is TraderState.STALE and (t.net_contracts or t.open_c):
        rank = 3
    else:
        rank = _RANKS.get(t.state, _CALM)
    return (rank, *ladder, t.symbol, t.expiration)


def _seen(view: View) -> tuple[frozenset[str], frozenset[str]]:
    """Keys of the traders with a P1 alarm that is active, and with an unknown order."""
    snapshot = view.snapshot

    def look() -> tuple[frozenset[str], frozenset[str]]:
        grave = (a for a in snapshot.alarms if a.priority == 1 and a.state in ("unacked", "acked"))
        lost = (o.trader for o in snapshot.orders if o.status == "unknown")
        places = (where.partition("/")[0] for a in grave for where, _ in a.places)
        return frozenset(places), frozenset(lost)

    return view.state.once("attention", snapshot, None, look)


def urgent(view: View) -> dict[str, tuple[Any, ...]]:
    """The traders that can cost money soon and should be in sight: key to place in attention."""
    snapshot = view.snapshot

    def look() -> dict[str, tuple[Any, ...]]:
        seen = _seen(view)
        places = ((t.key, _attention(t, *seen)) for t in snapshot.traders)
        return {key: place for key, place in places if place[0] < _URGENT}

    return view.state.once("urgent", snapshot, None, look)


def _cash_c(t: TraderView) -> int:
    """Premium received minus paid, before fees."""
    return t.matched_c - t.open_c


def _share(k: int, n: int) -> float:
    return -k / n if n else 1.0


_KEYS: dict[str, Callable[[TraderView], Any]] = {
    "symbol": lambda t: t.symbol,
    "expiry": lambda t: t.expiration,
    "state": lambda t: t.state.value,
    "size": lambda t: -t.size,
    "fill rate": lambda t: _share(t.fills, t.attempts),
    "attempts": lambda t: -t.attempts,
    "completed": lambda t: -_share(t.completions, t.filled_cycles),
    "last": lambda t: t.last_result,
    "next": lambda t: 1e18 if t.next_s is None else t.next_s,
    "net": lambda t: -abs(t.net_contracts),
    "floor": lambda t: t.floor_c,
    "cash": lambda t: -_cash_c(t),
    "look": lambda t: -1e18 if t.quoted_s is None else t.quoted_s,
    "hedge": lambda t: -(t.hedge_p50_s or -1.0),
    "open": lambda t: -t.open_c,
}


def _sort(key: Callable[[TraderView], Any]) -> Callable[[TraderView], Any]:
    return lambda t: (key(t), t.symbol, t.expiration)


SORTS: dict[str, Callable[[TraderView], Any]] = {
    "attention": _attention,
    **{name: _sort(key) for name, key in _KEYS.items()},
}
"""Sort orders by name: one for each column, the worst, greatest or oldest first."""

HEADS = {
    "ST": "state",
    "SYM": "symbol",
    "EXPIRY": "expiry",
    "DTE": "expiry",
    "SZ": "size",
    "FIL%": "fill rate",
    "K/N": "attempts",
    "95%CI": "fill rate",
    "COMP": "completed",
    "LST": "last",
    "NEXT": "next",
    "NET": "net",
    "FLOOR$": "floor",
    "LOOK": "look",
    "HDG50": "hedge",
    "OPEN$": "open",
    "CASH$": "cash",
}
"""The sort order of each column's head."""


def rows(view: View) -> list[TraderView]:
    """The traders that pass the filter, in the chosen order."""
    state = view.state
    choice = (state.sort, state.inverted, state.filter)
    return state.once("traders", view.snapshot.traders, choice, lambda: _rows(view))


def _rows(view: View) -> list[TraderView]:
    state = view.state
    traders = list(view.snapshot.traders)
    if state.filter.strip("! "):
        traders = [t for t in traders if _passes(t, state.filter)]
    key = SORTS[state.sort]
    if state.sort == "attention":
        graves, unknown = _seen(view)
        key = partial(_attention, graves=graves, unknown=unknown)
    traders.sort(key=key, reverse=state.inverted)
    return traders


def _passes(trader: TraderView, wanted: str) -> bool:
    inverse = wanted.startswith("!")
    text = f"{trader.state} {trader.symbol} {formats.expiry(trader.expiration)} {trader.gate}"
    text += f" {trader.gate_text} {trader.stage}"
    result = all(word in text.upper() for word in wanted.lstrip("!").upper().split())
    return result != inverse


def why(trader: TraderView) -> str:
    """Why this trader makes no attempt now: the first gate that fails, "" where none does."""
    if not trader.gate and not trader.gate_text:
        return ""
    return formats.displayed(trader.gate_text or trader.gate)


def ladder(t: TraderView, now_s: float) -> str:
    """The stage of its oldest legged unit and its age, "" where it has none."""
    if t.hung_s is None:
        return ""
    return formats.rung(formats.clean(t.stage, 3) or "H0", now_s - t.hung_s)


def chain_name(trader: TraderView) -> str:
    """Symbol and expiration as one name."""
    return f"{formats.clean(trader.symbol, 8)} {formats.expiry(trader.expiration)}"


def _state(t: TraderView, view: View) -> Cell:
    return t.state.value, STATE_STYLES[t.state]


def coming(t: TraderView, view: View) -> str:
    """Ladder stage and age, time to the next attempt, or in a word the gate that is closed."""
    cell = _next(t, view)
    return cell[0] if isinstance(cell, tuple) else cell


def _next(t: TraderView, view: View) -> str | Span:
    if stage := ladder(t, view.now_s):
        return stage, "title"
    if t.state in (TraderState.WORKING, TraderState.HEDGING):
        return "-", "dim"
    if t.next_s is not None and t.state not in _STOPPED:
        return formats.countdown(t.next_s - view.now_s)
    code = formats.clean(t.gate)
    word = code.partition("_")[0].lower()
    return GATE_WORDS.get(code) or (word if len(word) <= 6 else "?") or "-", "dim"


def _net(t: TraderView, view: View) -> Cell:
    return formats.signed(t.net_contracts), "title" if t.net_contracts else "dim"


def _look(t: TraderView, view: View) -> Cell:
    if t.quoted_s is None:
        return formats.UNKNOWN, "unknown"
    shown = formats.age(view.now_s - t.quoted_s)
    return (f"{shown}!", "stale") if t.stale or view.outdated else (f"{shown} ", "dim")


def _spark(t: TraderView, view: View) -> Cell:
    return bars.sparkline(t.spark, 12, view.glyphs), "spark"


COLUMNS: tuple[Column[TraderView, View], ...] = (
    Column("ST", 3, _state, is_text=True),
    Column("SYM", 5, lambda t, v: formats.clean(t.symbol, 8), is_text=True),
    Column("EXPIRY", 7, lambda t, v: formats.expiry(t.expiration), is_text=True),
    Column("DTE", 3, lambda t, v: (str(t.dte), "dim")),
    Column("SZ", 2, lambda t, v: str(t.size)),
    Column("FIL%", 4, lambda t, v: formats.percent(t.fills, t.attempts)),
    Column("K/N", 9, lambda t, v: (formats.ratio(t.fills, t.attempts), "dim")),
    Column("95%CI", 5, lambda t, v: (formats.interval(t.low, t.high), "dim")),
    Column("COMP", 5, lambda t, v: formats.percent(t.completions, t.filled_cycles), priority=1),
    Column("LST", 3, lambda t, v: (t.last_result or "-", "dim"), is_text=True),
    Column("NEXT", 6, _next),
    Column("NET", 3, _net),
    Column("FLOOR$", 11, lambda t, v: formats.money(t.floor_c)),
    Column("LOOK", 4, _look),
    Column("FILLS 60MIN", 12, _spark, is_text=True, priority=2),
    Column("HDG50", 5, lambda t, v: (formats.age(t.hedge_p50_s), "dim"), priority=3),
    Column("OPEN$", 7, lambda t, v: formats.dollars(t.open_c), priority=4),
    Column("CASH$", 11, lambda t, v: (formats.money(_cash_c(t)), "dim"), priority=6),
    Column("WHY", 12, lambda t, v: (why(t), "dim"), is_text=True, priority=5, grows=True),
)

GUTTER = 2
"""Cells before the first column: cursor and mark."""


def header(width: int, sort: str = "") -> Line:
    """The head of the table; the head of the column it is sorted by stands out."""
    parts: list[tuple[str, str]] = [(" " * GUTTER, "header")]
    for column, cells in choose(COLUMNS, width - GUTTER):
        chosen = bool(sort) and HEADS.get(column.title) == sort
        text = column.title.ljust(cells) if column.is_text else column.title.rjust(cells)
        parts += [(text, "title" if chosen else "header"), (" ", "header")]
    return tuple(parts[:-1])


def sort_at(x: int, width: int) -> str:
    """The sort order of the column whose head is at cell `x` of the table, "" for none."""
    start = GUTTER
    for column, cells in choose(COLUMNS, width - GUTTER):
        if start <= x <= start + cells:
            return HEADS.get(column.title, "")
        start += cells + 1
    return ""


def line(trader: TraderView, view: View, width: int, selected: bool) -> Line:
    """One trader's row in `width` cells."""
    glyphs = view.glyphs
    sign = (glyphs.cursor if selected else " ") + (
        glyphs.mark if trader.key in view.state.marks else " "
    )
    quiet = trader.state in (TraderState.OFF, TraderState.PAUSED)
    style = "dim" if quiet else "stale" if trader.stale or view.outdated else "value"
    return ((sign, "mark"), *row(choose(COLUMNS, width - GUTTER), trader, view, style))


def title_status(view: View, shown: int) -> str:
    """What the pane's title says beside its name."""
    state = view.state
    arrow = view.glyphs.desc if not state.inverted else view.glyphs.asc
    parts = [f"sort:{state.sort} {arrow}"]
    if state.filter:
        parts.append(f"filter:{formats.clean(state.filter, 24)}")
    total = len(view.snapshot.traders)
    if shown != total:
        parts.append(f"{shown} of {total}")
    if state.marks:
        parts.append(f"{len(state.marks)} marked")
    return "  ".join(parts)
