"""How a screen leaves the app: in ASCII alone, as text, or as a picture that keeps its columns."""

from __future__ import annotations

import io
import re
from typing import Final

from rich.console import Console, RenderableType
from rich.segment import Segment
from textual.app import App
from textual.color import Color
from textual.filter import LineFilter

_TWINS = {
    ">": "→▸▶",
    "~": "…±",
    ".": "·",
    "x": "×",
    "-": "–—─━╌▁▔▄▀▂▃╴╶",
    "|": "│┃▊▎▌▐▏▕╎",
    "+": "┌┐└┘├┤┬┴┼╭╮╰╯┏┓┗┛",
    "#": "█▇▆▅▉▋▍",
    "*": "●•⭘",
    "u": "µ",
    "'": "’‘",
    "<": "≤",
}

TO_ASCII = {ord(each): twin for twin, many in _TWINS.items() for each in many} | {ord("≥"): ">"}
"""One character for one, so that columns stay in line."""


def in_ascii(text: str) -> str:
    """The text with nothing but ASCII, as long as before."""
    if text.isascii():
        return text
    return text.translate(TO_ASCII).encode("ascii", "replace").decode("ascii")


def as_text(drawn: RenderableType | None, width: int, height: int) -> str:
    """What is drawn as text, a line a row, without blanks at its end.

    Args:
        width, height: of the screen, in cells.
    """
    console = Console(
        width=width,
        height=height,
        file=io.StringIO(),
        force_terminal=True,
        color_system="truecolor",
        record=True,
        legacy_windows=False,
        safe_box=False,
    )
    console.print(drawn or "")
    rows = console.export_text(styles=False).splitlines()
    return "\n".join(row.rstrip() for row in rows) + "\n"


CELL: Final = 12.2
"""Width of a cell in the SVG, in its units."""

ADVANCE: Final = 1233 / 2048
"""Width of a character of DejaVu Sans Mono, and of Menlo, in font sizes."""

FONTS: Final = "DejaVu Sans Mono, Menlo, Fira Code, Consolas, monospace"
_WEB_FONTS: Final = re.compile(r"\s*@font-face \{.*?\}", re.S)
_TEXT: Final = re.compile(
    r'(<text [^>]*?)x="([0-9.]+)"( y="[^"]*") textLength="[0-9.]+"([^>]*>)([^<]*)</text>'
)
_BLANKS: Final = re.compile(r"((?:&#160;|\s)+|(?=[\u2800-\u28ff])|(?<=[\u2800-\u28ff]))")
"""Between words; dots of plots are each a word, as few fonts have them as wide as letters."""

_ENTITY: Final = re.compile(r"&[#\w]+;")


def without_web_fonts(svg: str) -> str:
    """A saved screen with fonts of the reader's own machine instead of some from a web site."""
    return _WEB_FONTS.sub("", svg).replace("Fira Code, monospace", FONTS)


def in_columns(svg: str) -> str:
    """The screen with every word where its first cell is, whatever the font's characters measure.

    A run of text drifts by what a character differs from a cell: 0.2 of 12.2 units with most
    fonts, two cells in a row of 120. Viewers that know `textLength` close the gap, others do not.
    """
    sized = without_web_fonts(svg).replace("font-size: 20px", f"font-size: {CELL / ADVANCE:.2f}px")
    return _TEXT.sub(_words, sized)


def _words(found: re.Match[str]) -> str:
    start, x, y, rest, text = found.groups()
    words, cells = [], 0
    for index, piece in enumerate(_BLANKS.split(text)):
        width = _cells(piece)
        if piece and not index % 2:
            words.append(
                f'{start}x="{float(x) + CELL * cells:g}"{y} textLength="{CELL * width:g}" '
                f'lengthAdjust="spacingAndGlyphs"{rest}{piece}</text>'
            )
        cells += width
    return "".join(words)


def _cells(text: str) -> int:
    return len(_ENTITY.sub("x", text))


class AsciiFilter(LineFilter):
    """Draws frames of dialogs, scroll bars and the palette with ASCII, as the desk's own lines."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same cells with ASCII characters.

        Args:
            segments: of one line of a widget, its border included.
            background: not looked at.
        """
        return [Segment(in_ascii(text), style, control) for text, style, control in segments]


NO_CLIPBOARD: Final = frozenset({"linux", "dumb"})
"""Terminals, as TERM names them, that are known to have no clipboard."""


class Copied(App[str], inherit_bindings=False):
    """An app whose screen can be taken away: as a picture, as text, into the clipboard.

    Attributes:
        terminal: its kind, as TERM names it; "" where nobody says.
    """

    terminal: str = ""

    def export_screenshot(self, *, title: str | None = None, simplify: bool = False) -> str:
        """The screen as SVG that asks nothing from the network when it is opened.

        Args:
            title: over the screen.
            simplify: for comparisons of one picture with another: runs of one style are one text,
                whose columns only some viewers keep.
        """
        svg = super().export_screenshot(title=title, simplify=simplify)
        return without_web_fonts(svg) if simplify else in_columns(svg)

    def screen_text(self) -> str:
        """The screen in front as text, a line a row."""
        stack = self._background_screens
        drawn = self.screen._compositor.render_update(full=True, screen_stack=stack)
        return as_text(drawn, *self.size)

    def copy(self, text: str) -> bool:
        """Hand a text to the terminal's clipboard, in an OSC 52 sequence.

        Args:
            text: printable; in base64 no character of it can end the sequence.
        """
        if self.terminal in NO_CLIPBOARD:
            return False
        self.copy_to_clipboard(text)
        return True
