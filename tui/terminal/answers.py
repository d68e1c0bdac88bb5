"""What is asked of a terminal, and what its answers say; no terminal is touched here."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

ATTRIBUTES: Final = b"\x1b[c"
"""Asks what kind of terminal it is. Every one answers, in the order of what it was asked: an
answer to this after other questions says that nothing more will come for those."""

MOUSE, PASTE = 1006, 2004
"""Modes: places of the mouse in SGR form; a paste between two marks."""

CLIPBOARD: Final = 52
"""Among the attributes: the terminal takes OSC 52."""

SAMPLES: Final = {
    "frames": "╭─╮│╰╯┏━┓┃┗┛┴",
    "blocks": "▁▂▃▄▅▆▇█",
    "braille": "⠁⠒⡇⣀⣿",
    "signs": "▸•●→↑↓…·×±≥≤",
}
"""Characters that the screens draw; each is meant to be one cell wide."""

_QUESTIONS: Final = (
    b"\x1b[>0q"  # its name
    b"\x1b[38;2;1;2;3m\x1bP$qm\x1b\\\x1b[0m"  # what is left of a colour of 16 million
    b"\x1b[?1006$p\x1b[?2004$p"
    b"\x1bP+q4d73\x1b\\"  # whether its own description has a clipboard
    b"\x1b[18t"  # its size
)

_NUMBER: Final = r"\d{1,5}"
_KIND: Final = re.compile(rf"\x1b\[\?({_NUMBER}(?:;{_NUMBER}){{0,40}})c")
_MODE: Final = re.compile(rf"\x1b\[\?({_NUMBER});(\d)\$y")
_PLACE: Final = re.compile(rf"\x1b\[{_NUMBER};({_NUMBER})R")
_SIZE: Final = re.compile(rf"\x1b\[8;({_NUMBER});({_NUMBER})t")
_WORDS: Final = re.compile(r"\x1bP([^\x1b\x07]{0,400})(?:\x1b\\|\x07)")
_EXACT: Final = re.compile(r"38[:;]2[:;](?:\d*:)?1[:;]2[:;]3(?!\d)")
_NEAREST: Final = re.compile(r"38[:;]5[:;]\d")
_UNFINISHED: Final = re.compile(r"\x1b(\[[0-?]*[ -/]*|[P\]][^\x07\x1b]*\x1b?)?$")

MOST_WORDS: Final = 40
"""Characters kept of what a terminal calls itself."""


def questions() -> bytes:
    """Everything that is asked of a terminal known to answer, `ATTRIBUTES` last.

    It prints `SAMPLES` over one another in the cursor's row and asks where each has ended.
    """
    places = b"".join(b"\r" + text.encode() + b"\x1b[6n" for text in SAMPLES.values())
    return places + b"\r\x1b[K" + _QUESTIONS + ATTRIBUTES


@dataclass(frozen=True, slots=True)
class Answers:
    """What a terminal said; what it did not say is None or left out.

    Args:
        problem: why it was not asked or not heard, "" where it was.
        name: what it calls itself.
        attributes: numbers of what it can do; None where it was silent.
        modes: by number, whether the terminal knows them.
        widths: cells that each of `SAMPLES` took, by name.
        exact_colour: whether a colour of 16 million was kept as it was asked for.
        described_clipboard: whether its own description names a clipboard.
        size: columns and rows, as it sees them.
        took_s: seconds to its first answer.
        apart_s: most seconds between two pieces of one answer.
    """

    problem: str = ""
    name: str = ""
    attributes: tuple[int, ...] | None = None
    modes: dict[int, bool] = field(default_factory=dict)
    widths: dict[str, int] = field(default_factory=dict)
    exact_colour: bool | None = None
    described_clipboard: bool | None = None
    size: tuple[int, int] | None = None
    took_s: float | None = None
    apart_s: float = 0.0

    @property
    def clipboard(self) -> bool | None:
        """Whether it takes OSC 52; None where it does not say."""
        if self.attributes is not None and CLIPBOARD in self.attributes:
            return True
        return self.described_clipboard


def has_answered(heard: bytes) -> bool:
    """Whether the answer to `ATTRIBUTES` is among what was heard."""
    return _KIND.search(heard.decode("latin-1")) is not None


def apart_s(pieces: Sequence[tuple[float, bytes]]) -> float:
    """Most seconds between two pieces of one answer; those of a key may be as far apart.

    Args:
        pieces: when each came, in seconds, and what.
    """
    longest, before, text = 0.0, 0.0, ""
    for at_s, piece in pieces:
        if _UNFINISHED.search(text[-500:]):
            longest = max(longest, at_s - before)
        before, text = at_s, text + piece.decode("latin-1")
    return longest


def understood(heard: bytes) -> Answers:
    """What the answers say; whatever else came is left out.

    Args:
        heard: everything that came from the terminal.
    """
    text = heard.decode("latin-1")
    kinds = _KIND.findall(text)
    places = [int(column) for column in _PLACE.findall(text)]
    words = _WORDS.findall(text)
    sizes = _SIZE.findall(text)
    return Answers(
        name=_name(words),
        attributes=tuple(map(int, kinds[-1].split(";"))) if kinds else None,
        modes={int(mode): state in "123" for mode, state in _MODE.findall(text)},
        widths=_widths(places),
        exact_colour=_exact(words),
        described_clipboard=_described(words),
        size=(int(sizes[-1][1]), int(sizes[-1][0])) if sizes else None,
    )


def _name(words: list[str]) -> str:
    named = next((each[2:] for each in words if each.startswith(">|")), "")
    return "".join(c for c in named if c.isascii() and c.isprintable())[:MOST_WORDS].strip()


def _widths(places: list[int]) -> dict[str, int]:
    """By the order in which they were asked; one that is missing or too many leaves all open."""
    if len(places) != len(SAMPLES):
        return {}
    return {name: column - 1 for name, column in zip(SAMPLES, places, strict=True)}


def _exact(words: list[str]) -> bool | None:
    told = next((each for each in words if each.startswith("1$r") and each.endswith("m")), "")
    if _EXACT.search(told):
        return True
    return False if _NEAREST.search(told) else None


def _described(words: list[str]) -> bool | None:
    for each in words:
        if each.lower().startswith("1+r4d73"):
            return True
        if each.startswith("0+r"):
            return False
    return None
