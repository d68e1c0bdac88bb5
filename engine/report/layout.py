"""How figures are laid out in the reports' text: sections, pairs of columns, tables, words."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from textwrap import wrap
from typing import Final
from zoneinfo import ZoneInfo

from engine.report.records import Rate

EXCHANGE: Final = ZoneInfo("America/New_York")


def printable(text: str) -> str:
    """The text with a `?` for each control, bidi override and line end: a journal may hold any."""
    return text if text.isprintable() else "".join(c if c.isprintable() else "?" for c in text)


def section(title: str, width: int) -> Iterator[str]:
    """An empty line and a title."""
    yield ""
    yield f"- {title} ".ljust(min(width, 100), "-")


def in_pairs(pairs: Iterable[tuple[str, str]], width: int) -> Iterator[str]:
    """Two columns of labelled values where they fit, else one."""
    rows = list(pairs)
    span = max(len(value) for _, value in rows)
    cells = [f"  {label:<23} {value:>{span}}" for label, value in rows]
    wide = max(len(cell) for cell in cells)
    if 2 * wide + 2 > width:
        yield from cells
        return
    half = (len(cells) + 1) // 2
    for place in range(half):
        right = cells[place + half] if place + half < len(cells) else ""
        yield f"{cells[place]:<{wide}}  {right}".rstrip()


def table(rows: Sequence[Sequence[str]], width: int, least: Sequence[int] = ()) -> Iterator[str]:
    """Columns as wide as they must be, the first to the left, the others to the right.

    Args:
        rows: the heads first.
        width: columns of text there are.
        least: columns that go where it is too wide, the first of them first.
    """
    shown = list(range(len(rows[0])))
    spans = [max(len(row[place]) for row in rows) for place in shown]
    for place in least:
        if 2 + sum(spans[each] + 2 for each in shown) - 2 <= width:
            break
        shown.remove(place)
    for row in rows:
        cells = [
            row[place].ljust(spans[place]) if place == 0 else row[place].rjust(spans[place])
            for place in shown
        ]
        yield ("  " + "  ".join(cells)).rstrip()


def wrapped(text: str, width: int, indent: int = 2) -> list[str]:
    """Text in as many lines as it needs."""
    pad = " " * indent
    return wrap(
        text, width, initial_indent=pad, subsequent_indent=pad + "  ", break_on_hyphens=False
    )


def dollars(cents: float | None, sign: str = "+") -> str:
    """Dollars and cents; n/a where unknown."""
    if cents is None:
        return "n/a"
    whole = round(cents)
    return f"{whole / 100:{sign},.2f}" if whole else "0.00"


def share(cents: int, use: float, least: float) -> str:
    """Dollars for each of what they took; n/a below the least of it that says anything."""
    return dollars(cents / use) if use >= least else "n/a"


def dollar_days(figure: float | None) -> str:
    """Dollars tied times days for each guaranteed dollar; "-" where none is guaranteed."""
    return "-" if figure is None else f"{figure:,.0f}" if figure >= 9.95 else f"{figure:.1f}"


def rate_text(rate: Rate) -> str:
    """A rate in percent with its interval, called thin where it is."""
    if rate.rate is None:
        return "n/a"
    thin = " THIN" if rate.thin else ""
    return f"{100 * rate.rate:.1f}% {interval(rate)}{thin}"


def interval(rate: Rate) -> str:
    """The 95 % interval in whole percent."""
    if rate.low is None or rate.high is None:
        return "n/a"
    low, high = round(100 * rate.low), round(100 * rate.high)
    if low == high:  # never narrower than it is: 0 of 900 is not certainly nothing
        low, high = math.floor(100 * rate.low), math.ceil(100 * rate.high)
    return f"[{low}-{high}]"


def seconds(took_s: float | None) -> str:
    """Seconds with one decimal; n/a where nothing was measured."""
    return "n/a" if took_s is None else f"{took_s:.1f} s"


def clock(at_ms: int) -> str:
    """Exchange date and time of epoch milliseconds."""
    return datetime.fromtimestamp(at_ms / 1000, EXCHANGE).strftime("%Y-%m-%d %H:%M:%S ET")
