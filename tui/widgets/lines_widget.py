"""A widget drawn line by line: it repaints the rows that changed and no others."""

from __future__ import annotations

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.output import in_ascii
from tui.text.formats import clean
from tui.text.lines import CURSOR, Line, width_of
from tui.theme.theme import DeskTheme

CACHED_STRIPS = 2048
"""Most lines whose strips are kept; the cache starts anew beyond."""


class LinesWidget(Widget):
    """Shows lines of styled text; `show` compares them with what is on the screen.

    Args:
        style_of: the theme in force, asked at each change of theme.
        ascii_only: whether everything else becomes ASCII.
    """

    DEFAULT_CSS = ""
    can_focus = False

    def __init__(
        self, theme_of: Callable[[], DeskTheme], *, ascii_only: bool = False, id: str | None = None
    ) -> None:
        super().__init__(id=id)
        self._theme_of = theme_of
        self._ascii_only = ascii_only
        self._lines: list[Line] = []
        self._strips: dict[Line, Strip] = {}
        self._drawn_theme: DeskTheme | None = None

    def show(self, lines: list[Line]) -> int:
        """Draw these lines; returns how many rows of the screen changed."""
        before, self._lines = self._lines, lines
        if before is lines and self._drawn_theme is self._theme_of():
            return 0
        if self._drawn_theme is not self._theme_of():
            self.forget()
            return len(lines)
        if len(before) != len(lines):
            self.refresh()
            return len(lines)
        width = self.size.width
        changed = [y for y, line in enumerate(lines) if line != before[y]]
        if changed:
            self.refresh(*(Region(0, y, width, 1) for y in changed))
        return len(changed)

    def forget(self) -> None:
        """Throw strips away: the theme is another one."""
        self._strips.clear()
        self._drawn_theme = self._theme_of()
        self.refresh()

    @property
    def lines(self) -> list[Line]:
        """What is on the screen."""
        return self._lines

    def render_line(self, y: int) -> Strip:
        """The strip of one row, from the cache where the line was drawn before."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, _style(self._theme_of(), "text"))
        line = self._lines[y]
        strip = self._strips.get(line)
        if strip is None:
            if len(self._strips) >= CACHED_STRIPS:
                self._strips.clear()
            strip = self._strips[line] = self._strip(line)
        return strip

    def _strip(self, line: Line) -> Strip:
        theme = self._theme_of()
        segments = []
        for text, name in line:
            plain = text.isascii() and text.isprintable()
            printable = text if plain else clean(text, len(text))
            shown = in_ascii(printable) if self._ascii_only else printable
            segments.append(Segment(shown, _style(theme, name)))
        return Strip(segments, width_of(line))


def _style(theme: DeskTheme, name: str) -> Style:
    if name.endswith(CURSOR):
        return theme.style(name[: -len(CURSOR)], cursor=True)
    style = theme.style(name)
    if theme.colourless or style.bgcolor is not None:
        return style
    return Style(bgcolor=theme.colours["ground"]) + style
