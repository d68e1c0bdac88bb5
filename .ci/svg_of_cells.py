"""Pictures of terminals as small SVG: a row is one text, a style one class.

The app's own SVG places each word by itself and is true to the cell in every viewer; several
screens in one file, or many moments of one, would be far too large that way.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from tests.support.screen_pictures import Picture

CELL, ROW, SIZE = 6.02, 13, 10
"""Width of a cell, height of a row and size of the letters, in the SVG's units."""

FONTS = "DejaVu Sans Mono, Menlo, Consolas, monospace"
GROUND = "#101418"
TEXT = "#c8ccd0"
_STYLE = re.compile(r"(?:(.*?) ?)?(?:on (#[0-9a-f]{6}|\w+))?$")


@dataclass(slots=True)
class Classes:
    """Names of styles, in the order in which they came."""

    names: dict[str, str] = field(default_factory=dict)

    def of(self, rule: str) -> str:
        """The class of a rule."""
        return self.names.setdefault(rule, f"s{len(self.names):x}")

    def css(self) -> str:
        """The rules of all classes."""
        return "".join(f".{name}{{{rule}}}" for rule, name in self.names.items())


def _colours(style: str) -> tuple[str, str, str]:
    """Letters' colour, ground and the rest of a style such as `bold #c8ccd0 on #101418`."""
    found = _STYLE.fullmatch("" if style == "none" else style)
    words = (found[1] or "").split() if found else []
    ground = (found[2] if found else None) or GROUND
    colour = next((word for word in words if word.startswith("#")), TEXT)
    if "reverse" in words:
        colour, ground = ground, colour
    more = "font-weight:700;" if "bold" in words else ""
    more += "text-decoration:underline;" if "underline" in words else ""
    return colour, ground, more


def _placed(piece: str, at: int) -> str:
    """Where each of these characters is: few fonts have dots of plots as wide as letters."""
    has_dots = any("\u2800" <= character <= "\u28ff" for character in piece)
    places = range(at, at + len(piece)) if has_dots else (at,)
    return ' x="' + " ".join(f"{place * CELL:.0f}" for place in places) + '"'


def size_of(picture: Picture) -> tuple[float, float]:
    """Width and height of a picture."""
    columns = sum(number for _, number in picture.styles[0])
    return columns * CELL, len(picture.rows) * ROW


def group(picture: Picture, classes: Classes) -> str:
    """The elements of a picture, whose upper left corner is at 0, 0."""
    width, height = size_of(picture)
    columns = round(width / CELL)
    made = [f'<rect width="{width:.0f}" height="{height}" fill="{GROUND}"/>']
    for y, (row, runs) in enumerate(zip(picture.rows, picture.styles, strict=True)):
        text, at, spans = row.ljust(columns), 0, []
        for style, number in runs:
            colour, ground, more = _colours(style)
            if ground != GROUND:
                made.append(
                    f'<rect x="{at * CELL:.1f}" y="{y * ROW}" width="{number * CELL:.1f}" '
                    f'height="{ROW}" fill="{ground}"/>'
                )
            piece = text[at : at + number]
            words = html.escape(piece, quote=False)
            if words.strip():
                rule = classes.of(f"fill:{colour};{more}")
                spans.append(f'<tspan class="{rule}"{_placed(piece, at)}>{words}</tspan>')
            at += number
        written = "".join(spans)
        if written:
            made.append(f'<text y="{y * ROW + SIZE}">{written}</text>')
    return "".join(made)


def document(width: float, height: float, css: str, body: str, title: str) -> str:
    """The whole file."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'role="img"><title>{html.escape(title)}</title><style>text{{font:{SIZE}px {FONTS};'
        f"white-space:pre}}{css}</style>"
        f'<g xml:space="preserve">{body}</g></svg>\n'
    )


def sheet(named: dict[str, Picture], across: int, title: str) -> str:
    """Several pictures side by side, each with its name over it.

    Args:
        named: pictures of one size.
        across: how many in a row.
        title: of the whole.
    """
    gap, head = 24.0, 26.0
    wide, high = size_of(next(iter(named.values())))
    classes, made = Classes(), []
    for number, (name, picture) in enumerate(named.items()):
        x, y = gap + number % across * (wide + gap), number // across * (high + head + gap)
        made.append(
            f'<text class="n" x="{x:.0f}" y="{y + head:.0f}">{html.escape(name)}</text>'
            f'<g transform="translate({x:.0f} {y + head + 8:.0f})">{group(picture, classes)}</g>'
        )
    down = -(-len(named) // across)
    width, height = gap + across * (wide + gap), gap + down * (high + head + gap)
    named_css = f".n{{font-size:18px;font-weight:700;fill:{TEXT}}}" + classes.css()
    ground = f'<rect width="{width:.0f}" height="{height:.0f}" fill="#2b3138"/>'
    return document(width, height, named_css, ground + "".join(made), title)
