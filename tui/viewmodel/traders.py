"""TRADERS: one row a chain, the ones that need a person first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from engine.snapshot import TraderState, TraderView
from tui.lists.declared import DeskList, arranged, chosen_group, marked
from tui.lists.table import OUT_OF_SIGHT, UNSEEN, finding
from tui.pane_numbers import TRADERS
from tui.text import formats
from tui.text.lines import Line
from tui.viewmodel import attention, trader_groups
from tui.viewmodel.trader_columns import COLUMNS
from tui.viewmodel.view import View


def _text(trader: TraderView) -> str:
    """What filter and search look at."""
    return (
        f"{trader.state} {trader.symbol} {formats.expiry(trader.expiration)} {trader.gate} "
        f"{trader.gate_text} {trader.stage} {trader.trial}"
    )


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
