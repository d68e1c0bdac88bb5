"""A full screen with a list and, under or beside it, the selected row in full."""

from __future__ import annotations

from abc import abstractmethod

from tui.layout import TWO_COLUMNS, Plan, Rect
from tui.pane_numbers import TEXT
from tui.screens.base import DeskScreen
from tui.text.lines import Line
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.view import View

ROOMY = 30
"""Rows of a body from which the list over the text has two fifths of it and not a third."""


class ListedScreen(DeskScreen):
    """Widgets `list` and `chosen`; a subclass draws both."""

    least_rows = 6
    side_by_side = TWO_COLUMNS
    """Columns of the terminal from which the list is beside the chosen row."""
    reading = False
    list_id = "list"

    def __init__(self) -> None:
        super().__init__()
        self._read = ""

    def bodies(self) -> tuple[str, ...]:
        """The list and the chosen row."""
        return ("list", "chosen")

    def plan(self, width: int, height: int, banner: int) -> Plan:
        """Side by side where there is room, else one over the other."""
        whole = super().plan(width, height, banner)
        if "small" in whole.places:
            return whole
        place = whole.places.pop(self.body_id)
        if width >= self.side_by_side:
            left = width * 9 // 20
            whole.places["list"] = place._replace(width=left)
            whole.places["chosen"] = Rect(left, place.y, width - left, place.height)
        else:
            third = place.height // 3 if place.height < ROOMY else place.height * 2 // 5
            upper = max(self.least_rows, third)
            whole.places["list"] = place._replace(height=upper)
            whole.places["chosen"] = Rect(0, place.y + upper, width, place.height - upper)
        return whole

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """One of the two."""
        box = Box(width, height, True, name == "list")
        if name == "list":
            return self.list_lines(view, box)
        return self._text(view, Box(width, height, True, bool(view.state.reading)))

    def _text(self, view: View, box: Box) -> list[Line]:
        """The selected row as far as it was scrolled; the foot counts its lines."""
        selected = view.state.selected(self.pane)
        if selected != self._read:  # another row is read from its top
            self._read = selected
            view.state.forget_cursor(TEXT)
        lines = self.chosen_lines(view, box.inner_width - 2, box.inner_height)
        rows = box.inner_height
        top = view.state.scroll(TEXT, len(lines), rows)
        content: list[Line] = [((" ", "text"), *line) for line in lines[top : top + rows]]
        foot = ""
        if len(lines) <= rows:
            view.state.stop_reading()
        else:
            tab = self.desk.keymap.first("next-pane")
            how = f"j k scroll  {tab} list" if view.state.reading else f"{tab} scrolls this"
            foot = f"{top + 1}-{min(len(lines), top + rows)} of {len(lines)}  {how}"
        return framed(view, box, self.chosen_title(view), content, "", foot)

    @abstractmethod
    def list_lines(self, view: View, box: Box) -> list[Line]:
        """The framed list."""

    @abstractmethod
    def chosen_lines(self, view: View, width: int, height: int) -> list[Line]:
        """The selected row in full; of what does not fit into `height`, the least needed goes."""

    def chosen_title(self, view: View) -> str:
        """Title over the selected row."""
        return view.state.selected(self.pane)
