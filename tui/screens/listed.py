"""A full screen with a list and, under or beside it, the selected row in full."""

from __future__ import annotations

from abc import abstractmethod

from tui.lines import Line
from tui.plan import TWO_COLUMNS, Plan, Rect
from tui.screens.desk_screen import DeskScreen
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.view import View


class ListedScreen(DeskScreen):
    """Widgets `list` and `chosen`; a subclass draws both."""

    least_rows = 6
    side_by_side = TWO_COLUMNS
    """Columns of the terminal from which the list is beside the chosen row."""

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
            upper = max(self.least_rows, place.height // 3)
            whole.places["list"] = place._replace(height=upper)
            whole.places["chosen"] = Rect(0, place.y + upper, width, place.height - upper)
        return whole

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """One of the two."""
        box = Box(width, height, True, name == "list")
        if name == "list":
            return self.list_lines(view, box)
        lines = self.chosen_lines(view, box.inner_width - 2, box.inner_height)
        content: list[Line] = [((" ", "text"), *line) for line in lines]
        return framed(view, box, self.chosen_title(view), content)

    @abstractmethod
    def list_lines(self, view: View, box: Box) -> list[Line]:
        """The framed list."""

    @abstractmethod
    def chosen_lines(self, view: View, width: int, height: int) -> list[Line]:
        """The selected row in full; of what does not fit into `height`, the least needed goes."""

    def chosen_title(self, view: View) -> str:
        """Title over the selected row."""
        return view.state.selected(self.pane)
