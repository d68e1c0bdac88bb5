"""A trader in words: its name, why it makes no attempt, how its unit stands, what comes next."""

from __future__ import annotations

from engine.snapshot import TraderState, TraderView
from tui.text import formats
from tui.text.lines import Span
from tui.viewmodel import trader_groups
from tui.viewmodel.view import View

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

Legged = TraderView | trader_groups.SymbolTotals
"""A trader, or the totals of several."""


def why(trader: TraderView) -> str:
    """Why this trader makes no attempt now: the first gate that fails, "" where none does."""
    if not trader.gate and not trader.gate_text:
        return ""
    return formats.displayed(trader.gate_text or trader.gate)


def ladder(t: Legged, now_s: float) -> str:
    """The stage of its oldest legged unit and its age, "" where it has none."""
    if t.hung_s is None:
        return ""
    return formats.rung(formats.clean(t.stage, 3) or "H0", now_s - t.hung_s)


def chain_name(trader: TraderView) -> str:
    """Symbol and expiration as one name."""
    return f"{formats.clean(trader.symbol, 8)} {formats.expiry(trader.expiration)}"


def coming(t: TraderView, view: View) -> str:
    """Ladder stage and age, time to the next attempt, or in a word the gate that is closed."""
    cell = next_cell(t, view)
    return cell[0] if isinstance(cell, tuple) else cell


def next_s(t: Legged) -> float | None:
    """When its next attempt is, epoch seconds; None where it waits for something else.

    Of a group the soonest look of its traders.
    """
    if not isinstance(t, TraderView):
        return t.next_s
    busy = t.hung_s is not None or t.state in (TraderState.WORKING, TraderState.HEDGING)
    return None if busy or t.state in _STOPPED else t.next_s


def next_cell(t: TraderView, view: View) -> str | Span:
    """As `coming`, with its style where it is not the row's."""
    if stage := ladder(t, view.now_s):
        return stage, "title"
    if t.state in (TraderState.WORKING, TraderState.HEDGING):
        return "-", "dim"
    if (due_s := next_s(t)) is not None:
        return formats.countdown(due_s - view.now_s)
    code = formats.clean(t.gate)
    word = code.partition("_")[0].lower()
    return GATE_WORDS.get(code) or (word if len(word) <= 6 else "?") or "-", "dim"
