"""The glyphs the screen may draw, with an ASCII twin for each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Frame:
    """The eight pieces of a box: horizontal, vertical, four corners, and the title's brackets."""

    line: str
    side: str
    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str


@dataclass(frozen=True, slots=True)
class Glyphs:
    """A set of glyphs, one cell wide each; `spark` is a ramp, `becomes` two cells in ASCII."""

    frame: Frame
    heavy: Frame
    cursor: str
    mark: str
    axis: str
    rule: str
    bar: str
    track: str
    tick: str
    here: str
    arrow: str
    becomes: str
    more: str
    dot: str
    spark: str
    asc: str
    desc: str


UNICODE = Glyphs(
    frame=Frame("─", "│", "╭", "╮", "╰", "╯"),
    heavy=Frame("━", "┃", "┏", "┓", "┗", "┛"),
    cursor="▸",
    mark="•",
    axis="│",
    rule="─",
    bar="━",
    track="─",
    tick="┴",
    here="●",
    arrow="→",
    becomes="→",
    more="…",
    dot="·",
    spark=" ▁▂▃▄▅▆▇█",
    asc="↑",
    desc="↓",
)

ASCII = Glyphs(
    frame=Frame("-", "|", "+", "+", "+", "+"),
    heavy=Frame("=", "|", "+", "+", "+", "+"),
    cursor=">",
    mark="*",
    axis="|",
    rule="-",
    bar="=",
    track="-",
    tick="+",
    here="#",
    arrow=">",
    becomes="->",
    more="~",
    dot=".",
    spark=" .:-=+*#@",
    asc="^",
    desc="v",
)


def choose_glyphs(environment: Mapping[str, str], ascii_only: bool = False) -> Glyphs:
    """The glyph set for this terminal.

    Args:
        environment: LEGDESK_ASCII=1 asks for ASCII; so does a locale that is not UTF-8, or TERM
            being "linux" or "dumb".
        ascii_only: the option of the command line.
    """
    if ascii_only or environment.get("LEGDESK_ASCII", "") not in ("", "0"):
        return ASCII
    if environment.get("TERM", "") in ("dumb", "linux"):
        return ASCII
    named = next((v for k in ("LC_ALL", "LC_CTYPE", "LANG") if (v := environment.get(k))), "UTF-8")
    utf8 = "utf-8" in named.lower() or "utf8" in named.lower()
    return UNICODE if utf8 else ASCII


def allowed(glyphs: Glyphs) -> frozenset[str]:
    """Every non-ASCII character the screen may show with this set."""
    frames = (glyphs.frame, glyphs.heavy)
    pieces = [getattr(frame, name) for frame in frames for name in Frame.__slots__]
    single = [
        str(getattr(glyphs, name)) for name in Glyphs.__slots__ if name not in ("frame", "heavy")
    ]
    plain = "".join(pieces) + "".join(single) + ("×±≥≤·" if glyphs is UNICODE else "")
    return frozenset(plain) - frozenset(map(chr, range(128)))
