"""TRADERS: one row a chain, the ones that need a person first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from engine.snapshot import TraderState, TraderView
from tui.lists.declared import (
    DeskList,
    arranged,
    chosen_group,
    greatest,
    marked,
    rated,
    unknown_last,
    usd,
)
from tui.lists.table import OUT_OF_SIGHT, UNSEEN, finding
from tui.pane_numbers import TRADERS
from tui.text import bars, formats
from tui.text.columns import OPTIONAL, Cell, Column
from tui.text.lines import Line, Span
from tui.viewmodel import attention, trader_groups
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

RATIO_CELLS = 9
"""Width of fills and attempts."""

Legged = TraderView | trader_groups.SymbolTotals
"""A trader, or the totals of several."""


def _cash_c(t: Legged) -> int:
    """Premium received minus paid, before fees."""
    return t.matched_c - t.open_c


def _text(trader: TraderView) -> str:
    """What filter and search look at."""
    return (
        f"{trader.state} {trader.symbol} {formats.expiry(trader.expiration)} {trader.gate} "
        f"{trader.gate_text} {trader.stage} {trader.trial}"
    )


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


def _rung(t: trader_groups.SymbolTotals, view: View) -> Cell:
    return ladder(t, view.now_s), "title"


def _rate(t: Legged, view: View) -> Cell:
    return formats.percent(t.fills, t.attempts)


def _ratio(t: Legged, view: View) -> Cell:
    return formats.ratio(t.fills, t.attempts, RATIO_CELLS), "dim"


def _interval(t: Legged, view: View) -> Cell:
    return formats.interval(t.low, t.high), "dim"


def _completed(t: Legged, view: View) -> Cell:
    return formats.percent(t.completions, t.filled_cycles)


def _floor(t: Legged, view: View) -> Cell:
    return dollars_in(t.floor_c, 10)


def _open(t: Legged, view: View) -> Cell:
    return formats.dollars(t.open_c)


def _cash(t: Legged, view: View) -> Cell:
    return formats.money(_cash_c(t)), "dim"


def _net(t: TraderView, view: View) -> Cell:
    return formats.signed_in(t.net_contracts, 3), "title" if t.net_contracts else "dim"


def _look(t: Legged, view: View) -> Cell:
    if t.quoted_s is None:
        return formats.UNKNOWN, "unknown"
    shown = formats.age(view.now_s - t.quoted_s)
    return (f"{shown}!", "stale") if t.stale or view.outdated else (f"{shown} ", "dim")


def _spark(t: TraderView, view: View) -> Cell:
    traders, memo = view.snapshot.traders, view.state.memo
    tops = memo.each("spark tops", traders, None, lambda each: max(each.spark, default=0))
    top = memo.once("busiest", tops, None, lambda: max(tops, default=0))
    return bars.sparkline(t.spark, 12, view.glyphs, top), "spark"


def _share(k: int, n: int) -> float:
    return -k / n if n else 1.0


def _per_cent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _tenths(share: float | None) -> Cell:
    """An end of an interval, in per cent."""
    return (formats.UNKNOWN, "unknown") if share is None else (f"{100 * share:.1f}", "dim")


# Beside a wide neighbour what is guaranteed stays longest: whose it is, then why nothing is tried,
# how often it fills, what is open and how old the look is; then how sure all that is.
COLUMNS: tuple[Column[TraderView, View], ...] = (
    Column(
        "ST", 3, _state, is_text=True,
        name="state", sort=lambda t: t.state.value, value=lambda t: t.state.value,
        pure=True,
    ),
    Column(
        "SYM", 5, lambda t, v: formats.clean(t.symbol, 8), is_text=True,
        name="symbol", sort=lambda t: (t.symbol, t.expiration), value=lambda t: t.symbol,
        pure=True,
    ),
    Column(
        "EXPIRY", 7, lambda t, v: formats.expiry(t.expiration), is_text=True, priority=1,
        sort=lambda t: (t.expiration, t.symbol), value=lambda t: t.expiration,
        pure=True,
    ),
    Column(
        "DTE", 3, lambda t, v: (str(t.dte), "dim"), priority=9,
        sort=lambda t: t.dte, value=lambda t: t.dte, unit="days",
        pure=True,
    ),
    Column(
        "SZ", 2, lambda t, v: str(t.size), priority=6,
        name="size", sort=lambda t: -t.size, value=lambda t: t.size, unit="contracts",
        pure=True,
    ),
    Column(
        "FIL%", 4, _rate, priority=3, total=_rate,
        name="fill rate", sort=lambda t: _share(t.fills, t.attempts),
        value=lambda t: rated(t.fills, t.attempts), unit="fraction",
        pure=True,
    ),
    Column(
        "K/N", RATIO_CELLS, _ratio, priority=8, total=_ratio,
        name="attempts", sort=lambda t: -t.attempts, value=lambda t: t.attempts,
        pure=True,
    ),
    Column(
        "95%CI", 6, _interval, priority=7, total=_interval,
        name="interval", sort=lambda t: greatest(t.low),
        unit="%", exported_as=("interval low", "interval high"),
        pure=True,
    ),
    Column(
        "FILLS", 5, lambda t, v: formats.count(t.fills), priority=OPTIONAL,
        sort=lambda t: -t.fills, value=lambda t: t.fills,
        pure=True,
    ),
    Column(
        "LOW%", 5, lambda t, v: _tenths(t.low), priority=OPTIONAL,
        name="interval low", sort=lambda t: greatest(t.low),
        value=lambda t: _per_cent(t.low), unit="%",
        pure=True,
    ),
    Column(
        "HIGH%", 5, lambda t, v: _tenths(t.high), priority=OPTIONAL,
        name="interval high", sort=lambda t: greatest(t.high),
        value=lambda t: _per_cent(t.high), unit="%",
        pure=True,
    ),
    Column(
        "COMP", 5, _completed, priority=11, total=_completed,
        name="completed", sort=lambda t: unknown_last(rated(t.completions, t.filled_cycles)),
        value=lambda t: rated(t.completions, t.filled_cycles), unit="fraction",
        pure=True,
    ),
    Column(
        "LST", 3, lambda t, v: (t.last_result or "-", "dim"), is_text=True, priority=10,
        name="last", sort=lambda t: t.last_result, value=lambda t: t.last_result,
        pure=True,
    ),
    Column(
        "NEXT", 6, _next, priority=2, total=_rung,
        sort=lambda t: unknown_last(t.next_s), value=lambda t: t.next_s, unit="epoch s",
    ),
    Column(
        "NET", 3, _net, priority=4, total=trader_groups.net,
        sort=lambda t: -abs(t.net_contracts), value=lambda t: t.net_contracts, unit="contracts",
        pure=True,
    ),
    Column(
        "FLOOR$", 10, _floor, total=_floor,
        name="floor", sort=lambda t: t.floor_c, value=lambda t: usd(t.floor_c), unit="USD",
        pure=True,
    ),
    Column(
        "LOOK", 4, _look, priority=5, total=_look,
        sort=lambda t: -1e18 if t.quoted_s is None else t.quoted_s,
        value=lambda t: t.quoted_s, unit="epoch s",
    ),
    Column("FILLS 60MIN", 12, _spark, is_text=True, priority=12),
    Column(
        "HDG50", 5, lambda t, v: (formats.age(t.hedge_p50_s), "dim"), priority=13,
        name="hedge", sort=lambda t: greatest(t.hedge_p50_s),
        value=lambda t: t.hedge_p50_s, unit="s",
        pure=True,
    ),
    Column(
        "OPEN$", 7, _open, priority=14, total=_open,
        name="open", sort=lambda t: -t.open_c, value=lambda t: usd(t.open_c), unit="USD",
        pure=True,
    ),
    Column(
        "WORST$", 8, trader_groups.worst, priority=14, total=trader_groups.worst,
        name="worst", sort=lambda t: -1e18 if t.open_worst_c is None else t.open_worst_c,
        value=lambda t: usd(t.open_worst_c), unit="USD",
        pure=True,
    ),
    Column(
        "CASH$", 11, _cash, priority=16, total=_cash,
        name="cash", sort=lambda t: -_cash_c(t), value=lambda t: usd(_cash_c(t)), unit="USD",
        pure=True,
    ),
    Column(
        "WHY", 12, lambda t, v: (why(t), "dim"), is_text=True, priority=15, grows=True,
        total=lambda t, v: (trader_groups.in_words(t), "dim"),
        sort=lambda t: (not why(t), why(t)), value=why,
        pure=True,
    ),
)  # fmt: skip


def together(keys: Iterable[str]) -> str:
    """Several traders as what the list can be narrowed to."""
    return "\n".join(keys)


@lru_cache(maxsize=4)
def _among(within: str) -> frozenset[str]:
    return frozenset(within.split("\n"))


LIST = DeskList(
    name="traders",
    title="traders",
    pane=TRADERS,
    source=lambda view: view.snapshot.traders,
    key=lambda t: t.key,
    text=_text,
    columns=COLUMNS,
    native="attention",
    order=lambda view, rows: [attention.ranks(view)[t.key] for t in rows],
    within=lambda t, within: t.key in _among(within),
    gutter=2,
    grouping=trader_groups.GROUPING,
)

TRIED = "t"
"""In place of a mark: a trial decides the settings of the trader's next attempt."""


def group_words(view: View) -> tuple[str, str] | None:
    """The symbol of the group under the cursor, and all that its row says; None on a trader."""
    group = chosen_group(LIST, view)
    if group is None:
        return None
    return formats.clean(group.name, 8), trader_groups.sentence(group, view)


def rows(view: View) -> Sequence[TraderView]:
    """The traders that pass the filter, in the chosen order."""
    return arranged(LIST, view).rows


def lead(trader: TraderView, view: View, at: bool) -> Line:
    """The cells before a trader's columns: cursor, and mark or trial."""
    glyphs = view.glyphs
    marked = trader.key in LIST.choices(view).marks
    sign = glyphs.cursor if at else " "
    return ((sign + (glyphs.mark if marked else TRIED if trader.trial else " "), "mark"),)


def style_of(trader: TraderView, view: View) -> str:
    """The style of a trader's cells that have none of their own."""
    quiet = trader.state in (TraderState.OFF, TraderState.PAUSED)
    return "dim" if quiet else "stale" if trader.stale or view.outdated else "value"


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
    choices, total = LIST.choices(view), len(view.snapshot.traders)
    arrow = view.glyphs.desc if not choices.inverted else view.glyphs.asc
    model = formats.model(view.snapshot.fill_model)
    passing = f"{shown:,} of {total:,}" if shown != total else ""
    said = {
        f"by:{trader_groups.GROUPING.by}" if LIST.grouped(view) else "": 4,
        f"sort:{choices.sort or LIST.native} {arrow}": 3 if choices.sort else 5,
        f"filter:{formats.clean(choices.filter, 24)}" if choices.filter else "": 1,
        f"of {formats.displayed(choices.of, 40)}" if choices.within else "": 1,
        passing: 2,
        finding(LIST, view): 2,
        f"{len(marked(LIST, view)):,} marked" if choices.marks else "": 3,
        _tried(view): 2,
        f"fills:{model}" if model else "": 0,
    }
    ranked = {**{part: 0 if n == 0 else 4 for n, part in enumerate(first)}, **said}
    ranked.pop("", None)
    while len(ranked) > 1 and len("  ".join(ranked)) > room:
        last = max(ranked, key=lambda part: ranked[part])
        if ranked[last] <= 3 and any(OUT_OF_SIGHT in part for part in ranked):
            ranked = {part.replace(OUT_OF_SIGHT, UNSEEN): rank for part, rank in ranked.items()}
        else:
            del ranked[last]
    return "  ".join(ranked)
