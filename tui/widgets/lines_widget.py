"""A widget drawn line by line: it repaints the rows that changed and no others."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.output import in_ascii
from tui.text.formats import clean
from tui.text.lines import CURSOR, Line, width_of
from tui.theme.theme import DeskTheme

MOVED_FROM = 4
"""Rows that changed at once from which lines of the frame before are looked for among them."""


class RowStrip(Strip):
    """A strip that is freed as soon as its row is drawn anew.

    Textual keeps with each strip what it was cut into, and a row that nothing covers is cut into
    itself: twenty rows a second would wait for a full round of the garbage collector.
    """

    __slots__ = ()

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """The strip in pieces that end at these cells."""
        inside = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if inside == [self.cell_length] else super().divide(inside)

    def crop(self, start: int, end: int | None = None) -> Strip:
        """The part of the strip between two cells."""
        part = super().crop(start, end)
        return part if part is self else RowStrip([*part], part.cell_length)


class LinesWidget(Widget):
    """Shows lines of styled text; `show` compares them with what is on the screen.

    It has neither border nor padding nor tint: its strips are what the compositor takes, and what
    Textual would do to each of them for styles that are not there is left out.

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
        self._strips: list[Strip | None] = []
        self._ahead: dict[Line, Strip] = {}
        self._styles: dict[str, Style] = {}
        self._filters: Sequence[LineFilter] = ()
        self._width = 0
        self._drawn_theme: DeskTheme | None = None

    def show(self, lines: list[Line]) -> int:
        """Draw these lines; returns how many rows of the screen changed."""
        before, self._lines = self._lines, lines
        if before is lines and self._drawn_theme is self._theme_of():
            return 0
        ahead, self._ahead = self._ahead, {}
        if self._drawn_theme is not self._theme_of():
            self.forget()
            return len(lines)
        if len(before) != len(lines):
            self._strips = [None] * len(lines)
            self.refresh()
            return len(lines)
        width = self.size.width
        changed = [y for y, line in enumerate(lines) if line != before[y]]
        if changed:
            self._redraw(before, changed, ahead)
            self.refresh(*(Region(0, y, width, 1) for y in changed))
        return len(changed)

    def ahead(self, lines: list[Line]) -> None:
        """Make the strips of lines that will be shown soon."""
        if self._drawn_theme is not self._theme_of() or len(lines) != len(self._lines):
            return
        both = zip(lines, self._lines, strict=True)
        self._ahead = {line: self._strip(line) for line, shown in both if line != shown}

    def _redraw(self, before: list[Line], changed: list[int], ahead: dict[Line, Strip]) -> None:
        """Have rows drawn anew; a line that only went to another row keeps its strip."""
        strips = self._strips
        moved = dict(zip(before, strips, strict=True)) if len(changed) >= MOVED_FROM else {}
        for y in changed:
            line = self._lines[y]
            strips[y] = ahead.get(line) or moved.get(line)

    def forget(self) -> None:
        """Throw strips away: the theme is another one."""
        self._strips = [None] * len(self._lines)
        self._styles.clear()
        self._drawn_theme = self._theme_of()
        self.refresh()

    def notify_style_update(self) -> None:
        """The ground under a line that is shorter than its row may be another one."""
        super().notify_style_update()
        self._strips = [None] * len(self._lines)
        self._ahead.clear()

    @property
    def lines(self) -> list[Line]:
        """What is on the screen."""
        return self._lines

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of some rows, as the compositor asks for them."""
        filters = self.app.get_line_filters()
        if filters != self._filters or self.size.width != self._width:
            self._filters, self._width = filters, self.size.width
            self._styles.clear()
            self._strips = [None] * len(self._lines)
            self._ahead.clear()
        strips = [self.render_line(y) for y in crop.line_range]
        if crop.column_span != (0, self._width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """The strip of one row, the one of before where its line was drawn already."""
        if y >= len(self._lines):
            return Strip.blank(self.size.width, self._style("text"))
        strip = self._strips[y]
        if strip is None:
            strip = self._strips[y] = self._strip(self._lines[y])
        return strip

    def _strip(self, line: Line) -> Strip:
        segments = []
        for text, name in line:
            plain = text.isascii() and text.isprintable()
            printable = text if plain else clean(text, len(text))
            shown = in_ascii(printable) if self._ascii_only else printable
            segments.append(Segment(shown, self._styles.get(name) or self._style(name)))
        strip = RowStrip(segments, width_of(line))
        if strip.cell_length == self._width or not self._width:
            return strip
        ground = Style(bgcolor=self.background_colors[1].rich_color)
        whole = strip.adjust_cell_length(self._width, self._filtered(ground))
        return RowStrip([*whole], self._width)

    def _style(self, name: str) -> Style:
        style = self._styles[name] = self._filtered(_in_theme(self._theme_of(), name))
        return style

    def _filtered(self, style: Style) -> Style:
        """The style as the app's filters leave it; they change texts to ASCII at most."""
        blank = [Segment(" ", style)]
        for each in self._filters:
            blank = each.apply(blank, Color.parse(self._theme_of().colours["ground"]))
        return blank[0].style or Style.null()


def _in_theme(theme: DeskTheme, name: str) -> Style:
    if name.endswith(CURSOR):
        return theme.style(name[: -len(CURSOR)], cursor=True)
    style = theme.style(name)
    if theme.colourless or style.bgcolor is not None:
        return style
    return Style(bgcolor=theme.colours["ground"]) + style
