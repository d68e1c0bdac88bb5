"""A full screen with one framed text that scrolls; most screens are this with other lines."""

from __future__ import annotations

from abc import abstractmethod
from typing import Final

from tui.pane_numbers import PAGE
from tui.screens.base import DeskScreen
from tui.text.formats import displayed
from tui.text.lines import Line, wrapped
from tui.viewmodel import pages
from tui.viewmodel.frame import Box, framed
from tui.viewmodel.view import View

NO_LINE: Final = "no line has these words: Esc takes the filter back"


class Page(DeskScreen):
    """A title and lines; `content` makes them."""

    pane = PAGE
    title_text = ""
    foot = "Esc back"

    @abstractmethod
    def content(self, view: View, width: int) -> list[Line]:
        """The lines, as many as there are."""

    def filtered(self, view: View, width: int, words: str) -> list[Line]:
        """The lines that have these words, under their headings."""
        return pages.with_words(self.content(view, width), words)

    def heading(self, view: View) -> str:
        """The title in the frame."""
        return self.title_text

    def hint(self, view: View) -> str:
        """What the frame's foot says of keys."""
        return self.foot

    def body(self, name: str, view: View, width: int, height: int) -> list[Line]:
        """The lines in view, in their frame."""
        box = Box(width, height, True, True)
        words, room = view.state.page_words, box.inner_width - 2
        lines = self.filtered(view, room, words) if words else self.content(view, room)
        lines = lines or wrapped(NO_LINE, room, "dim")
        title = f"{self.heading(view)}  filter:{displayed(words, 30)}" if words else ""
        rows = box.inner_height
        top = view.state.scroll(self.pane, len(lines), rows)
        shown: list[Line] = [((" ", "text"), *line) for line in lines[top : top + rows]]
        end = min(len(lines), top + rows)
        where = f"{top + 1}-{end} of {len(lines)}  " if len(lines) > rows else ""
        return framed(
            view, box, title or self.heading(view), shown, "", f"{where}{self.hint(view)}"
        )
