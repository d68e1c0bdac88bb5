"""Lines of styled text: what a view makes and a pane draws. Every character is one cell wide."""

from __future__ import annotations

import textwrap

from tui.text.formats import whole_words

Span = tuple[str, str]
"""Text and the name of its style (a key of `STYLE_RULES`, with `CURSOR` appended on that row)."""

Line = tuple[Span, ...]

CURSOR = "@cursor"
"""Marks the style of a span that lies in the cursor's row."""

EMPTY: Line = ()


def width_of(line: Line) -> int:
    """Cells a line takes."""
    width = 0
    for text, _ in line:  # asked for every line of every frame: a generator takes twice as long
        width += len(text)
    return width


def text_of(line: Line) -> str:
    """A line's characters without styles."""
    return "".join(text for text, _ in line)


def fit(line: Line, width: int, more: str = "…") -> Line:
    """A line of exactly `width` cells: padded with blanks, or cut and ended with `more`."""
    used = width_of(line)
    if used == width:
        return line
    if used < width:
        return (*line, (" " * (width - used), "text"))
    return _cut(line, width, more)


def _cut(line: Line, width: int, more: str) -> Line:
    if width <= 0:
        return EMPTY
    room = width - len(more)
    kept: list[Span] = []
    for text, style in line:
        if len(text) >= room:
            kept.append((whole_words(text, max(0, room)) + more, style))
            kept.append((" " * (width - width_of(tuple(kept))), "text"))
            break
        kept.append((text, style))
        room -= len(text)
    return tuple(part for part in kept if part[0])


def under_cursor(line: Line) -> Line:
    """The line as the cursor's row shows it."""
    return tuple((text, style + CURSOR) for text, style in line)


def wrapped(text: str, width: int, style: str, indent: int = 0) -> list[Line]:
    """Words on as many lines as they need; lines after the first begin with `indent` blanks."""
    room = max(10, width)
    rows = textwrap.wrap(text, room, subsequent_indent=" " * indent) or [""]
    return [((row, style),) for row in rows]


def join(parts: list[Line], between: Span) -> Line:
    """Lines one after the other with `between` in the gaps; empty ones are left out."""
    joined: list[Span] = []
    for part in parts:
        if not part:
            continue
        if joined:
            joined.append(between)
        joined.extend(part)
    return tuple(joined)


def spread(left: Line, right: Line, width: int) -> Line:
    """`left` at the left end and `right` at the right end of `width` cells; `right` gives way."""
    gap = width - width_of(left) - width_of(right)
    if gap < 1:
        return fit(left, width)
    return (*left, (" " * gap, "text"), *right)
