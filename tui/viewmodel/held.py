"""What the lists of held pairs and contracts share: cells, marks and the summary."""

from __future__ import annotations

from engine.snapshot import HeldLegView, LegView, PositionsView
from tui.text import formats
from tui.text.columns import Cell
from tui.text.lines import Line, Span
from tui.viewmodel.view import View


def held_positions(view: View) -> PositionsView | None:
    """The positions, where the engine has made them."""
    return view.snapshot.positions


def dollars_in(cents: int | None, width: int) -> str:
    """Cents while they fit, whole dollars rounded against us beyond."""
    text = formats.money(cents)
    if len(text) > width:
        text = text.replace(",", "")  # cents are digits: commas go before them
    return text if len(text) <= width else formats.whole(cents)


def worth_now(cents: int | None, stale: bool, width: int) -> Span:
    """What something is worth at present prices; `!` marks stale ones."""
    if cents is None:
        return "?", "unknown"
    text = dollars_in(cents, width - 1)
    return (f"{text}!", "stale") if stale else (f"{text} ", "value")


def days_left(dte: int) -> Cell:
    """Days to expiration; the last week stands out."""
    return str(dte), "title" if dte < 7 else "dim"


def summary(held: PositionsView) -> str:
    """What was realised, and the shares held, for the title of a list."""
    parts = []
    if held.settled:
        parts.append(f"{held.settled:,} settled, realised {formats.money(held.realised_c)}")
    if held.shares_realised_c:
        parts.append(f"shares traded {formats.money(held.shares_realised_c)}")
    parts += [f"{formats.clean(s.symbol, 8)} {s.quantity:+,} shares" for s in held.shares[:3]]
    return "  ".join(parts)


def named_rows(name: str, rows: list[Line]) -> list[Line]:
    """Rows with a name at the left of the first."""
    return [
        ((f"{name if index == 0 else '':<9}", "label"), *line) for index, line in enumerate(rows)
    ]


def time_left(leg: LegView | HeldLegView) -> str:
    """How far a contract sold is in the money, and the time value that keeps its holder from it.

    "" where it is not, is bought, or cannot be exercised early.
    """
    if not leg.inside:
        return ""
    left = "?" if leg.time_value is None else f"{leg.time_value:.2f}"
    return f"ITM {leg.inside:.2f}, time {left}"
