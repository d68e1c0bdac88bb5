"""TRADERS: one row a chain, the ones that need a person first."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from engine.snapshot import TraderState, TraderView
from tui.text import bars, formats
from tui.text.columns import Cell, Column, choose, row
from tui.text.lines import Line, Span
from tui.viewmodel import attention
from tui.viewmodel.held import dollars_in
from tui.viewmodel.view import STATE_STYLES, View

_STOPPED = frozenset(
    {TraderState.BLOCKED, TraderState.PAUSED, TraderState.STALE, TraderState.FAULT}
) | {TraderState.OFF, TraderState.KILLED}
"""States in which the next look is not the next attempt: the reason is shown instead."""

GATE_WORDS = {
    "KILLED": "kill",
    "EXIT_ONLY": "exit",
    "JOURNAL": "disk",
    "UNKNOWN_ORDER": "order?",
    "BASELINE": "base",
    "UNARMED": "unarm",
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
    "CAPITAL_DAY": "cap",
    "BUYING_POWER": "power",
    "LOSS_ROOM": "room",
    "STRIKES": "many",
    "NO_PAIR": "nopair",
    "CLOSES_OTHER": "other",
    "ASSIGNMENT": "assign",
    "WORST_CASE": "worst",
    "DUPLICATE": "twice",
}
"""Codes of gates in six cells, where their first word is too long or says too little."""


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
    "attention": attention.rank,
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
        key = attention.ranking(view)
    traders.sort(key=key, reverse=state.inverted)
    return traders


def _passes(trader: TraderView, wanted: str) -> bool:
    inverse = wanted.startswith("!")
    text = f"{trader.state} {trader.symbol} {formats.expiry(trader.expiration)} {trader.gate}"
    text += f" {trader.gate_text} {trader.stage} {trader.trial}"
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
    traders = view.snapshot.traders
    top = view.state.once(
        "busiest",
        traders,
        None,
        lambda: max((n for each in traders for n in each.spark), default=0),
    )
    return bars.sparkline(t.spark, 12, view.glyphs, top), "spark"


COLUMNS: tuple[Column[TraderView, View], ...] = (
    Column("ST", 3, _state, is_text=True),
    Column("SYM", 5, lambda t, v: formats.clean(t.symbol, 8), is_text=True),
    Column("EXPIRY", 7, lambda t, v: formats.expiry(t.expiration), is_text=True),
    Column("DTE", 3, lambda t, v: (str(t.dte), "dim")),
    Column("SZ", 2, lambda t, v: str(t.size)),
    Column("FIL%", 4, lambda t, v: formats.percent(t.fills, t.attempts)),
    Column("K/N", 9, lambda t, v: (formats.ratio(t.fills, t.attempts), "dim")),
    Column("95%CI", 6, lambda t, v: (formats.interval(t.low, t.high), "dim")),
    Column("COMP", 5, lambda t, v: formats.percent(t.completions, t.filled_cycles), priority=1),
    Column("LST", 3, lambda t, v: (t.last_result or "-", "dim"), is_text=True),
    Column("NEXT", 6, _next),
    Column("NET", 3, _net),
    Column("FLOOR$", 10, lambda t, v: dollars_in(t.floor_c, 10)),
    Column("LOOK", 4, _look),
    Column("FILLS 60MIN", 12, _spark, is_text=True, priority=2),
    Column("HDG50", 5, lambda t, v: (formats.age(t.hedge_p50_s), "dim"), priority=3),
    Column("OPEN$", 7, lambda t, v: formats.dollars(t.open_c), priority=4),
    Column("CASH$", 11, lambda t, v: (formats.money(_cash_c(t)), "dim"), priority=6),
    Column("WHY", 12, lambda t, v: (why(t), "dim"), is_text=True, priority=5, grows=True),
)

GUTTER = 2
"""Cells before the first column: cursor and mark."""

TRIED = "t"
"""In place of a mark: a trial decides the settings of the trader's next attempt."""


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
        glyphs.mark if trader.key in view.state.marks else TRIED if trader.trial else " "
    )
    quiet = trader.state in (TraderState.OFF, TraderState.PAUSED)
    style = "dim" if quiet else "stale" if trader.stale or view.outdated else "value"
    return ((sign, "mark"), *row(choose(COLUMNS, width - GUTTER), trader, view, style))


def _tried(view: View) -> str:
    """The trials that run, such as "T3 t", the sign of their traders; "" where none does."""
    names = " ".join(each.id for each in view.snapshot.trials if not each.end)
    return f"{TRIED}:{names}" if names else ""


def title_status(view: View, shown: int, *first: str, room: int) -> str:
    """What the pane's title says beside its name; where room is scarce the least needed goes whole.

    Args:
        shown: how many traders pass the filter.
        first: what is said before the rest and kept longer than it, the most needed first.
        room: cells for all of it.
    """
    state, total = view.state, len(view.snapshot.traders)
    arrow = view.glyphs.desc if not state.inverted else view.glyphs.asc
    model = formats.model(view.snapshot.fill_model)
    passing = f"{shown} of {total}" if shown != total else ""
    said = {
        f"sort:{state.sort} {arrow}": 5,
        f"filter:{formats.clean(state.filter, 24)}" if state.filter else "": 1,
        passing: 2,
        f"{len(state.marks)} marked" if state.marks else "": 3,
        _tried(view): 2,
        f"fills:{model}" if model else "": 0,
    }
    ranked = {**{part: 0 if n == 0 else 4 for n, part in enumerate(first)}, **said}
    ranked.pop("", None)
    while len(ranked) > 1 and len("  ".join(ranked)) > room:
        del ranked[max(ranked, key=lambda part: ranked[part])]
    return "  ".join(ranked)
