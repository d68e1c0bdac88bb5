"""CHAIN BALANCES: debits against credits, the payoff floor, money open and money matched."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from engine.snapshot import BalanceView
from tui.lists.declared import DeskList, unknown_last, usd
from tui.pane_numbers import BALANCES
from tui.text import bars, formats
from tui.text.columns import Cell, Column
from tui.text.lines import Line, fit, join, width_of
from tui.viewmodel import attention
from tui.viewmodel.attention import Rank
from tui.viewmodel.view import View

HALF = 5
"""Cells on either side of the diverging bar's axis: one a contract up to the chain limit of 5."""

Context = tuple[View, int]


def _ranking(view: View, rows: Sequence[BalanceView]) -> Sequence[Rank]:
    """Those that can cost money soon as in TRADERS, then the most open dollars."""
    first, memo = urgent(view), view.state.memo
    ranks = memo.each("most open", rows, None, lambda b: (attention.LAST, *_most_open(b)))
    if not first:
        return ranks
    urged = ((first.get(b.key), rank) for b, rank in zip(rows, ranks, strict=True))
    return [rank if place is None else (place, *rank[1:]) for place, rank in urged]


def _most_open(b: BalanceView) -> tuple[int, int, str, date]:
    return -b.open_c, -abs(b.net), b.symbol, b.expiration


def urgent(view: View) -> dict[str, Rank]:
    """Chains that should be in sight, with their rank: as their traders, and where one has none."""
    snapshot = view.snapshot

    def look() -> dict[str, Rank]:
        tended = {t.key for t in snapshot.traders}
        alone = (b.key for b in snapshot.balances if b.net and b.key not in tended)
        return {**attention.urgent(view), **dict.fromkeys(alone, attention.UNTENDED)}

    return view.state.once("urgent chains", snapshot, None, look)


def nets(view: View) -> list[int]:
    """Contracts bought and not yet sold against, of each chain."""
    return view.state.memo.each("nets", view.snapshot.balances, None, lambda b: b.net)


def reach(view: View) -> int:
    """Contracts at the end of a bar, the same for all chains."""
    return max([HALF, *map(abs, nets(view))])


def _age(b: BalanceView, context: Context) -> Cell:
    if b.unhedged_since_s is None:
        return "-", "dim"
    return formats.duration(context[0].now_s - b.unhedged_since_s)


def _bar(b: BalanceView, context: Context) -> Cell:
    return bars.diverging(b.net, context[1], HALF, context[0].glyphs)


def _net(b: BalanceView, context: Context) -> Cell:
    return formats.signed_in(b.net, 3), "title" if b.net else "dim"


def _open(cents: int) -> str:
    """Cents while they fit; dollars, rounded up, beyond 9,999."""
    return formats.money(cents, signed=False) if cents < 1_000_000 else formats.dollars(cents)


COLUMNS: tuple[Column[BalanceView, Context], ...] = (
    Column("SYM", 5, lambda b, c: formats.clean(b.symbol, 8), is_text=True,
           name="symbol", sort=lambda b: (b.symbol, b.expiration), value=lambda b: b.symbol,
           pure=True),
    Column("EXPIRY", 7, lambda b, c: formats.expiry(b.expiration), is_text=True, priority=1,
           sort=lambda b: (b.expiration, b.symbol), value=lambda b: b.expiration, pure=True),
    Column("DB", 4, lambda b, c: (formats.count_in(b.debit, 4), "dim"), priority=6,
           name="debits", sort=lambda b: -b.debit, value=lambda b: b.debit, unit="contracts",
           pure=True),
    Column("CR", 4, lambda b, c: (formats.count_in(b.credit, 4), "dim"), priority=6,
           name="credits", sort=lambda b: -b.credit, value=lambda b: b.credit, unit="contracts",
           pure=True),
    Column("NET", 3, _net, priority=2,
           sort=lambda b: -abs(b.net), value=lambda b: b.net, unit="contracts", pure=True),
    Column("", 2 * HALF + 1, _bar, priority=5, name="bar"),
    Column("FLOOR$", 11, lambda b, c: formats.money(b.floor_c),
           name="floor", sort=lambda b: b.floor_c, value=lambda b: usd(b.floor_c), unit="USD",
           pure=True),
    Column("OPEN$", 7, lambda b, c: (_open(b.open_c), "title" if b.open_c else "dim"), priority=3,
           name="open", sort=lambda b: -b.open_c, value=lambda b: usd(b.open_c), unit="USD",
           pure=True),
    Column("AGE", 4, _age, priority=4, sort=lambda b: unknown_last(b.unhedged_since_s),
           value=lambda b: b.unhedged_since_s, unit="epoch s"),
    Column("MATCHED$", 11, lambda b, c: (formats.money(b.matched_c), "dim"), priority=7,
           name="matched", sort=lambda b: -b.matched_c, value=lambda b: usd(b.matched_c),
           unit="USD", pure=True),
    Column("LABEL", 10, lambda b, c: (formats.clean(b.label, 16), "dim"), is_text=True, priority=8,
           sort=lambda b: b.label, value=lambda b: b.label, pure=True),
)  # fmt: skip

LIST = DeskList(
    name="chains",
    title="chains",
    pane=BALANCES,
    source=lambda view: view.snapshot.balances,
    key=lambda b: b.key,
    text=lambda b: f"{b.symbol} {formats.expiry(b.expiration)} {b.label}",
    columns=COLUMNS,
    native="attention",
    order=_ranking,
    cells=lambda view: (view, reach(view)),
)


def with_scale(heads: Line, view: View) -> Line:
    """The head of the table, with the ends of the bar over it where the bar is shown."""
    far = str(reach(view))
    scale = f"-{far}".ljust(HALF) + "0" + f"+{far}".rjust(HALF)
    blank = " " * len(scale)
    for index, (text, style) in enumerate(heads):
        at = text.find(f"NET {blank} ")
        if at >= 0:
            start = at + len("NET ")
            changed = text[:start] + scale + text[start + len(scale) :]
            return (*heads[:index], (changed, style), *heads[index + 1 :])
    return heads


def style_of(balance: BalanceView) -> str:
    """The style of a chain's cells that have none of their own."""
    return "value" if balance.net or balance.open_c else "dim"


def total(view: View, width: int) -> Line:
    """The sum under the table."""
    chains = view.snapshot.balances
    level = nets(view).count(0)
    t = view.snapshot.totals
    figures: list[Line] = [
        ((f"{level:,} of {len(chains):,} balanced", "label"),),
        (("floor ", "label"), (formats.money(t.floor_c), "title")),
        (
            ("open ", "label"),
            (formats.money(t.open_c, signed=False), "title" if t.open_c else "value"),
        ),
        (("matched ", "dim"), (formats.money(t.matched_c), "dim")),
    ]
    while len(figures) > 1 and sum(map(width_of, figures)) + 2 * (len(figures) - 1) > width:
        figures.pop(0 if len(figures) == 4 else -1)
    return fit(join(figures, ("  ", "text")), width)
