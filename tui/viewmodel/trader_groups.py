"""The traders of a symbol as one row: their states, and sums of what they have done and hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine.snapshot import TraderState, TraderView, rate_of
from tui.lists.groups import Group, Grouping
from tui.text import formats
from tui.text.columns import Cell
from tui.text.lines import Line, Span, width_of
from tui.viewmodel import attention
from tui.viewmodel.held import dollars_in
from tui.viewmodel.view import STATE_STYLES, View


@dataclass(frozen=True, slots=True)
class SymbolTotals:
    """The totals of some traders, under the names that a trader's own figures have.

    Args:
        traders: how many they are.
        states: how many are in which state, the gravest first.
        low, high: the 95 % interval of all their attempts together.
        net_contracts: debit minus credit contracts, summed.
        unhedged: debit contracts without their credit.
        legged: whether any of them has a contract too many on either side.
        open_worst_c: what open units come to at least; None: unlimited losses.
        quoted_s: the oldest look; None where one of them is not known.
        stage, hung_s: of the unit that gives up the most money first, of equal ones the oldest.
        gate, gate_text: none, for each trader has its own.
    """

    symbol: str
    traders: int
    states: tuple[tuple[TraderState, int], ...]
    attempts: int
    fills: int
    low: float | None
    high: float | None
    completions: int
    filled_cycles: int
    net_contracts: int
    unhedged: int
    legged: bool
    floor_c: int
    matched_c: int
    open_c: int
    open_worst_c: int | None
    quoted_s: float | None
    stale: bool
    next_s: float | None
    stage: str
    hung_s: float | None
    gate: str = ""
    gate_text: str = ""


def totals(rows: Sequence[TraderView], view: View | None = None) -> SymbolTotals:
    """The totals of some traders.

    Args:
        rows: at least one, all of a symbol.
    """
    attempts, fills = sum(t.attempts for t in rows), sum(t.fills for t in rows)
    rate = rate_of(fills, attempts)
    states = Counter(t.state for t in rows)
    worst = [t.open_worst_c for t in rows if t.open_worst_c is not None]
    looks = [t.quoted_s for t in rows if t.quoted_s is not None]
    hung = min((t for t in rows if t.hung_s is not None), key=attention.rung_of, default=None)
    return SymbolTotals(
        symbol=rows[0].symbol,
        traders=len(rows),
        states=tuple(sorted(states.items(), key=lambda each: attention.gravity(each[0]))),
        attempts=attempts,
        fills=fills,
        low=rate[1] if rate else None,
        high=rate[2] if rate else None,
        completions=sum(t.completions for t in rows),
        filled_cycles=sum(t.filled_cycles for t in rows),
        net_contracts=sum(t.net_contracts for t in rows),
        unhedged=sum(t.unhedged for t in rows),
        legged=any(t.net_contracts or t.oversold for t in rows),
        floor_c=sum(t.floor_c for t in rows),
        matched_c=sum(t.matched_c for t in rows),
        open_c=sum(t.open_c for t in rows),
        open_worst_c=sum(worst) if len(worst) == len(rows) else None,
        quoted_s=min(looks) if len(looks) == len(rows) else None,
        stale=any(t.stale for t in rows),
        next_s=min((t.next_s for t in rows if t.next_s is not None), default=None),
        stage=hung.stage if hung else "",
        hung_s=hung.hung_s if hung else None,
    )


def in_words(t: SymbolTotals) -> str:
    """How many traders are in which state, such as "2 HDG, 9 RUN"."""
    return ", ".join(f"{number:,} {state.value}" for state, number in t.states)


def label(group: Group[TraderView], view: View, room: int) -> Line:
    """Symbol, how many traders, how many are urgent, and as many of the states as fit.

    Args:
        room: cells.
    """
    head = f"{len(group.rows):,}"
    name = formats.left(formats.clean(group.name, 8), min(5, room - len(head) - 1)).rstrip()
    name = formats.clean(group.name, 8) if room >= 8 + len(head) + 1 else name
    line: list[Span] = [(f"{name:<5} ", "title"), (head, "value")]
    left = list(group.sums.states)
    if group.urgent:
        ranks = attention.urgent(view)
        pressing = [t for t in group.rows if t.key in ranks]
        grave = any(ranks[t.key][0] == 0 for t in pressing)
        line.append((f" {group.urgent:,}!", "p1" if grave else "state_attention"))
        states = {t.state for t in pressing}
        left.sort(key=lambda each: each[0] not in states)  # those of the urgent ones first
    while left:
        state, number = left[0]
        part = f" {number:,}{state.value}"
        more = len(view.glyphs.more) if len(left) > 1 else 0
        if width_of(tuple(line)) + len(part) + more > room:
            break
        line.append((part, STATE_STYLES[state]))
        del left[0]
    if left and width_of(tuple(line)) + len(view.glyphs.more) <= room:
        line.append((view.glyphs.more, "dim"))
    return tuple(line)


def sentence(group: Group[TraderView], view: View) -> str:
    """All that a group's row says, in words: what does not fit into its columns too."""
    t: SymbolTotals = group.sums
    parts = [f"{formats.plural(t.traders, 'trader')}: {in_words(t)}"]
    if group.urgent:
        above = len(group.rows) - len(group.below)
        parts.append(f"{group.urgent:,} urgent" + (f", {above:,} of them above" if above else ""))
    parts.append(f"fills {formats.ratio(t.fills, t.attempts)}")
    parts.append(f"floor {formats.money(t.floor_c)}")
    if t.legged:
        parts.append(
            f"open {formats.plural(t.unhedged, 'contract')} {formats.money(t.open_c, signed=False)}"
            f", at worst {formats.worst(t.open_worst_c, in_cents=True)}"
        )
    return "; ".join(parts)


def net(t: SymbolTotals, view: View) -> Cell:
    """The sum of contracts; where some have too many and others too few, all of them with `±`."""
    opposed = t.unhedged and t.net_contracts != t.unhedged
    text = formats.signed_in(t.net_contracts, 3)
    if opposed:
        apart = t.unhedged + abs(t.net_contracts - t.unhedged)
        text = f"±{apart}" if apart < 100 else ">99"
    return text, "title" if t.legged else "dim"


def worst(t: TraderView | SymbolTotals, view: View) -> Cell:
    """What open units come to at least; "-inf" for unlimited losses."""
    if t.open_worst_c is None:
        return formats.LIMITLESS, "title"
    if not t.open_worst_c:
        return formats.NONE, "dim"
    return dollars_in(t.open_worst_c, 8), "title"


GROUPING = Grouping(
    by="symbol",
    name=lambda t: t.symbol,
    urgent=attention.urgent,
    sums=totals,
    label=label,
    needed=frozenset({"worst"}),
    spared=frozenset({"dte", "size", "last"}),
)
"""Traders by symbol."""
