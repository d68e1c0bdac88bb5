"""Tables of figures whose cells are shaded by them: sequential, or on either side of zero."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

STRONGEST: Final = 60
"""Percent of colour in the strongest cell: the figure on it stays legible."""

FEW: Final = 12
"""Columns above which a table is set smaller."""

Cells = Sequence[float | None]


def heat_table(
    corner: str,
    heads: Sequence[str],
    rows: Sequence[tuple[str, Cells]],
    decimals: int = 0,
    *,
    signed: bool = False,
    apart: int | None = None,
    by_column: bool = False,
) -> Iterator[str]:
    """A table with a figure in each cell, shaded over all cells; unknown ones are a dash.

    Args:
        corner: what the rows are.
        heads: of the columns.
        rows: label and figures, one for each head.
        decimals: of the figures.
        signed: whether zero is in the middle, with a colour and a sign on either side; otherwise
            the least figure has none and the greatest most.
        apart: the column before which a line is drawn.
        by_column: whether columns are shaded each by itself, as figures of different things are.
    """
    columns = [[cells[column] for _, cells in rows] for column in range(len(heads))]
    everything = [value for column in columns for value in column]
    kind = "heat many" if len(heads) > FEW else "heat"
    yield f'<div class="wide"><table class="{kind}"><tr>'
    yield f"<th>{escape(corner)}</th>"
    for column, head in enumerate(heads):
        yield f"<th{_line(column, apart)}>{escape(head)}</th>"
    yield "</tr>"
    for label, cells in rows:
        yield f"<tr><td>{escape(label)}</td>"
        for column, value in enumerate(cells):
            among = columns[column] if by_column else everything
            shade = "" if value is None else _shade(value, among, signed)
            yield f"<td{_line(column, apart)}{shade}>{_text(value, decimals, signed)}</td>"
        yield "</tr>"
    yield "</table></div>"


def _line(column: int, apart: int | None) -> str:
    return ' class="apart"' if apart is not None and column == apart else ""


def _text(value: float | None, decimals: int, signed: bool) -> str:
    """A cell's figure; what rounds to zero has no sign."""
    if value is None:
        return "-"
    rounded = round(value, decimals)
    return f"{rounded:{'+' if signed else ''},.{decimals}f}" if rounded else f"{0:.{decimals}f}"


def _shade(value: float, among: Cells, signed: bool) -> str:
    """The background of a cell, from none to the strongest."""
    known = [each for each in among if each is not None]
    if signed:
        greatest = max(abs(each) for each in known)
        share, colour = abs(value) / greatest if greatest else 0.0, "up" if value > 0 else "down"
    else:
        low, high = min(known), max(known)
        share, colour = (value - low) / (high - low) if high > low else 0.0, "up"
    percent = f"{share * STRONGEST:.0f}%"
    return f' style="background: color-mix(in srgb, var(--{colour}) {percent}, transparent)"'
