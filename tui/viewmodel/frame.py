"""The frame of a pane: a box, or only a rule above where rows are scarce."""

from __future__ import annotations

from dataclasses import dataclass

from tui.text import formats
from tui.text.glyphs import Frame
from tui.text.lines import Line, fit, width_of
from tui.viewmodel.view import View


@dataclass(frozen=True, slots=True)
class Box:
    """Where a pane is drawn.

    Args:
        width: cells.
        height: rows.
        boxed: whether it has four sides; otherwise a rule with the title, and a blank at the right.
        focused: whether keys move in it.
    """

    width: int
    height: int
    boxed: bool
    focused: bool

    @property
    def inner_width(self) -> int:
        """Cells for content: between the sides, or before the blank."""
        return max(0, self.width - (2 if self.boxed else 1))

    @property
    def inner_height(self) -> int:
        """Rows for content."""
        return max(0, self.height - (2 if self.boxed else 1))


def framed(
    view: View, box: Box, title: str, body: list[Line], status: str = "", foot: str = ""
) -> list[Line]:
    """The body in its frame, exactly `box.height` lines of `box.width` cells.

    Args:
        title: number and name.
        status: what the title says beside them.
        foot: words at the lower right, drawn where the pane has a lower side.
    """
    live = view.snapshot.mode.upper() == "LIVE" and not view.snapshot.past
    frame = view.glyphs.heavy if live else view.glyphs.frame
    edge = "border_focus" if box.focused else "border"
    inside = box.inner_width
    pointed = view.glyphs.cursor if box.focused and view.state.pointing else frame.line
    lines = [_top(frame, box, title, status, edge, pointed)]
    for row in range(box.inner_height):
        content = fit(body[row] if row < len(body) else (), inside, view.glyphs.more)
        if box.boxed:
            lines.append(((frame.side, edge), *content, (frame.side, edge)))
        else:
            lines.append((*content, (" ", "text")))
    if box.boxed:
        lines.append(_bottom(frame, box, foot, edge))
    return lines[: box.height]


def room_beside(box: Box, title: str) -> int:
    """Cells that a pane's title leaves for what is said beside it."""
    return max(0, box.width - len(title) - 8)


def _top(frame: Frame, box: Box, title: str, status: str, edge: str, pointed: str) -> Line:
    start = frame.top_left if box.boxed else frame.line
    end = frame.top_right if box.boxed else frame.line
    name = formats.left(title, min(len(title), max(0, box.width - 6)))
    line: Line = (
        (start + pointed, edge),
        (f" {name} ", "title_focus" if box.focused else "title"),
    )
    room = box.width - width_of(line) - 4
    if status and room >= 8:
        shown = formats.whole_parts(status, room)
        line = (*line, (frame.line, edge), (f" {shown} ", "label"))
    rest = box.width - width_of(line) - 1
    return (*line, (frame.line * max(0, rest) + end, edge))


def _bottom(frame: Frame, box: Box, foot: str, edge: str) -> Line:
    room = box.width - 6
    if not foot or room < 8:
        return ((frame.bottom_left + frame.line * (box.width - 2) + frame.bottom_right, edge),)
    shown = formats.whole_parts(foot, room)
    run = frame.line * (box.width - len(shown) - 5)
    return (
        (frame.bottom_left + run, edge),
        (f" {shown} ", "label"),
        (frame.line + frame.bottom_right, edge),
    )
