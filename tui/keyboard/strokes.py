"""What was typed, what was pasted, and what is a broken escape sequence that nobody typed.

Terminals send a key such as Up as several characters that begin with Esc. On a slow line they
arrive apart, and the rest looks like keys that act on trading: `A` acknowledges, `H` halts, `P`
pauses. So a sequence is handed on whole or not at all. A paste is text between two sequences, and
the second one may be lost: silence ends it too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

ESC = "\x1b"

ESCAPE_S = 0.1
"""Seconds without a character after which Esc was pressed by itself."""

SSH_ESCAPE_S = 0.5
"""The same over ssh, where the rest of a sequence may come in another packet."""

BROKEN_S = 1.0
"""Seconds for which what follows a broken sequence still belongs to it."""

PASTE_S = 0.5
"""Seconds without a character after which a paste has ended, its end mark or not."""

PASTE_MOST = 1 << 16
"""Characters kept of a paste; a text field takes 200."""

SEQUENCE_MOST = 64
"""Characters kept of a sequence; a longer one is no key."""

_REPORT = re.compile(r"\x1b\[(<[\d;-]+[mM]|M...|[IO])", re.S)
"""Mouse and focus: what a terminal sends by itself, in the midst of a paste too."""

_SHIFTED = re.compile(r"\x1b\[\d+\$")
"""Keys of rxvt, which end where the grammar of others goes on."""

_KEY = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1a]|\x1b(O[A-Z]|\[(?!20[01]~)[\d;]*[A-HP-SZ~])")
"""A control character or a key of several, read by itself; nothing that a text is made of."""

_PASTE_BEGINS = "\x1b[200~"
_PASTE_ENDS = "\x1b[201~"
_STRINGS = "P]^_X"
"""What begins a terminal's answer in words, up to BEL or Esc and a backslash."""


class Kind(Enum):
    """What a stroke is."""

    CHARACTER = auto()
    ESCAPE = auto()
    SEQUENCE = auto()
    PASTE = auto()


@dataclass(frozen=True, slots=True)
class Stroke:
    """Something that a terminal sent and somebody meant.

    Args:
        kind: what it is.
        text: the character, the whole sequence, or what was pasted.
    """

    kind: Kind
    text: str


def escape_delay(environment: Mapping[str, str]) -> float:
    """Seconds after which Esc stands for itself: ESCDELAY in milliseconds, else by the line.

    Args:
        environment: of the process.
    """
    wanted = environment.get("ESCDELAY", "")
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted[:6]) <= 5_000:
        return int(wanted) / 1000
    return SSH_ESCAPE_S if environment.get("SSH_CONNECTION") else ESCAPE_S


class Strokes:
    """Divides what a terminal sends into strokes.

    Args:
        escape_s: seconds without a character after which Esc was pressed by itself.
    """

    def __init__(self, escape_s: float = ESCAPE_S) -> None:
        self._escape_s = escape_s
        self._sequence = ""
        self._broken = False
        self._at = -math.inf
        self._escaped_at = -math.inf
        self._pasting = False
        self._pasted: list[str] = []
        self._pasted_at = -math.inf
        self._unended = False
        self._pressed = ""

    def feed(self, text: str, now: float) -> list[Stroke]:
        """Take what was read at once.

        A reader that was kept waiting finds late what came in time: a sequence is not broken by
        that, and a paste not ended. A single character after silence is a key all the same.
        """
        result: list[Stroke] = []
        if self._pasting and self._pressed_again(text):
            self._end_paste(result, now)
        silent = now - self._pasted_at >= PASTE_S
        if self._pasting and silent and (len(text) == 1 or text.startswith(ESC)):
            self._end_paste(result, now)
        if self._sequence != ESC or text[:1] not in ("[", "O") or now - self._at >= BROKEN_S:
            self._settle(result, now)
        if self._unended and not self._pasting:
            # The rest of a paste comes in pieces, a key by itself.
            if len(text) > 1 and text[0].isprintable() and not self._sequence:
                self._begin_paste(now)
            elif len(text) == 1:
                self._unended = False
        for character in text:
            self._take(character, result, now)
        self._at = now
        if self._pasting and now - self._pasted_at >= PASTE_S:
            self._end_paste(result, now)
        return result

    def tick(self, now: float) -> list[Stroke]:
        """Nothing more has come until `now`."""
        result: list[Stroke] = []
        if self._pasting:
            if now - max(self._pasted_at, self._at) >= PASTE_S:
                self._end_paste(result, now)
        elif self._sequence:
            self._settle(result, now)
        return result

    def waits_s(self, now: float) -> float:
        """Seconds after which silence would mean something, infinite where it would not."""
        if self._pasting:
            return max(0.0, max(self._pasted_at, self._at) + PASTE_S - now)
        if self._sequence:
            patience = self._escape_s if self._sequence == ESC else BROKEN_S
            return max(0.0, self._at + patience - now)
        return math.inf

    def _settle(self, result: list[Stroke], now: float) -> None:
        """Judge an unfinished sequence by how long nothing has followed."""
        quiet = now - self._at
        if self._pasting:
            return
        if self._sequence == ESC:
            if quiet >= self._escape_s:
                self._sequence = ""
                self._escaped_at = now
                result.append(Stroke(Kind.ESCAPE, ESC))
        elif quiet >= BROKEN_S:
            self._sequence = ""

    def _take(self, character: str, result: list[Stroke], now: float) -> None:
        if self._sequence:
            self._go_on(character, result, now)
        elif character == ESC:
            self._sequence, self._broken = ESC, False
            if not self._pasting:
                self._escaped_at = -math.inf
        elif self._pasting:
            self._paste(character, now)
        elif character in ("[", "O") and now - self._escaped_at < BROKEN_S:
            self._sequence, self._broken = ESC + character, True
        else:
            self._escaped_at = -math.inf
            result.append(Stroke(Kind.CHARACTER, character))

    def _go_on(self, character: str, result: list[Stroke], now: float) -> None:
        """One more character of a sequence."""
        before = self._sequence
        if character == ESC and before == ESC:
            if not self._pasting:
                result.append(Stroke(Kind.ESCAPE, ESC))
            return
        string = before[1:2] in _STRINGS and before != ESC
        if character == ESC or (character < " " and not (string and character == "\a")):
            self._sequence = ""
            if before == ESC and not self._pasting:
                result.append(Stroke(Kind.ESCAPE, ESC))
            self._take(character, result, now)
            return
        if before == ESC and self._pasting and character != "[":
            self._sequence = ""
            self._paste(character, now)
            return
        if len(before) < SEQUENCE_MOST:
            self._sequence += character
        else:
            self._broken = True
        if _is_whole(self._sequence, character):
            whole, self._sequence = self._sequence, ""
            self._whole(whole, result, now)

    def _whole(self, sequence: str, result: list[Stroke], now: float) -> None:
        if sequence == _PASTE_BEGINS:
            if not self._pasting:
                self._begin_paste(now)
        elif sequence == _PASTE_ENDS:
            self._unended = False
            if self._pasting:
                self._end_paste(result, now)
                self._unended = False
        elif self._pasting:
            if not _REPORT.fullmatch(sequence):
                self._pasted_at = now
        elif not self._broken and sequence[1] not in _STRINGS:
            result.append(Stroke(Kind.SEQUENCE, sequence))

    def _pressed_again(self, text: str) -> bool:
        """Whether a key that no text holds came by itself, twice running: somebody presses it.

        What came the first time is part of no text either, and leaves the paste.
        """
        before, self._pressed = self._pressed, text if _KEY.fullmatch(text) else ""
        again = bool(before) and text == before
        if again and self._pasted and self._pasted[-1] == text:
            self._pasted.pop()
        return again

    def _begin_paste(self, now: float) -> None:
        self._pasting, self._pasted_at, self._pressed = True, now, ""

    def _paste(self, character: str, now: float) -> None:
        self._pasted_at = now
        if len(self._pasted) < PASTE_MOST:
            self._pasted.append(character)

    def _end_paste(self, result: list[Stroke], now: float) -> None:
        """A paste ends; what is left of its end mark belongs to nobody."""
        if self._pasted:
            result.append(Stroke(Kind.PASTE, "".join(self._pasted)))
        self._pasted.clear()
        self._pasting, self._unended = False, True
        if self._sequence == ESC:
            self._sequence, self._escaped_at = "", now
        elif self._sequence:
            self._broken, self._at = True, now


def _is_whole(sequence: str, last: str) -> bool:
    """Whether a sequence ends with this character, which may no longer be in `sequence`."""
    match sequence[1]:
        case "[":
            if sequence.startswith("\x1b[M"):
                return len(sequence) == 6
            if sequence.startswith("\x1b[["):
                return len(sequence) == 4
            if _SHIFTED.fullmatch(sequence):
                return True
            return len(sequence) > 2 and not " " <= last <= "?"
        case "O":
            return len(sequence) > 2 and last not in "0123456789;"
        case introducer if introducer in _STRINGS:
            return last == "\a"
        case _:
            return True
