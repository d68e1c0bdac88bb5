"""Ask the terminal what it can do, in bounded time; whatever happens it is left as it was."""

from __future__ import annotations

import os
import select
import signal
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import FrameType
from typing import Final

from tui.terminal.answers import (
    ATTRIBUTES,
    Answers,
    apart_s,
    has_answered,
    questions,
    understood,
)

PATIENCE_S: Final = 2.0
"""Seconds that a terminal has for its first answer."""

PATIENCE_FOR_THE_REST: Final = 4.0
"""How many times as long as the first answer the others may take, if that is more."""

QUIET_S: Final = 0.2
"""Seconds of silence after which no late answer is waited for any more."""

MOST_BYTES: Final = 1 << 16
"""Bytes that are listened to."""

ENDINGS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

SILENT: Final = "it answers no questions"
GONE: Final = "it is gone"
STOPPED: Final = "it takes no output: press Ctrl+Q"
BEHIND: Final = "not asked from the background"

_ERASE: Final = b"\x1b[0m\r\x1b[K"


def ask(
    reads: int,
    writes: int,
    *,
    patience_s: float = PATIENCE_S,
    quiet_s: float = QUIET_S,
    monotonic: Callable[[], float] = time.monotonic,
) -> Answers:
    """Put all questions; what is typed meanwhile is lost.

    A terminal that does not say what kind it is hears no other question: what it would answer
    later, a shell would take for commands. A signal that ends the process does so once the
    terminal is as it was.

    Args:
        reads: descriptor of the terminal, to read from.
        writes: descriptor of the same terminal, to write to.
        patience_s: seconds for the first answer.
        quiet_s: seconds of silence after which no late answer is waited for any more.
        monotonic: seconds that never go back.
    """
    if _is_behind(reads):
        return Answers(problem=BEHIND)
    try:
        with _signals_wait() as woken, _quiet(reads):
            talk = _Talk(reads, writes, woken, monotonic)
            try:
                return _questioned(talk, patience_s)
            finally:
                talk.put_away(quiet_s)
    except (OSError, termios.error):
        return Answers(problem=GONE)


def _is_behind(terminal: int) -> bool:
    """Whether another process has the terminal: setting it up would stop this one."""
    try:
        return os.tcgetpgrp(terminal) != os.getpgrp()
    except OSError:
        return False  # it controls nobody


def _questioned(talk: _Talk, patience_s: float) -> Answers:
    if not talk.say(ATTRIBUTES, patience_s):
        return Answers(problem=STOPPED)
    took_s = talk.hear(patience_s)
    if took_s is None:
        return Answers(problem=SILENT)
    if not talk.say(questions(), patience_s):
        return Answers(problem=STOPPED)
    talk.hear(max(patience_s, PATIENCE_FOR_THE_REST * took_s))
    heard = b"".join(piece for _, piece in talk.pieces)
    return replace(understood(heard), took_s=took_s, apart_s=apart_s(talk.pieces))


class _Talk:
    """Questions and answers; `pieces` is what came, and when.

    Args:
        reads, writes: descriptors of the terminal.
        woken: a descriptor that can be read once there is nothing to wait for any more.
        monotonic: seconds that never go back.
    """

    def __init__(self, reads: int, writes: int, woken: int, monotonic: Callable[[], float]) -> None:
        self._reads, self._writes, self._woken = reads, writes, woken
        self._monotonic = monotonic
        self._answered = True
        self.pieces: list[tuple[float, bytes]] = []

    def say(self, text: bytes, within_s: float) -> bool:
        """Write without waiting for longer; False where the terminal does not take it."""
        end = self._monotonic() + within_s
        while text:
            left_s = max(0.0, end - self._monotonic())
            woken, ready, _ = select.select([self._woken], [self._writes], [], left_s)
            if woken or not ready:
                return False
            text = text[os.write(self._writes, text[:256]) :]
            self._answered = False
        return True

    def hear(self, within_s: float) -> float | None:
        """Listen until the last question is answered; seconds it took, None where it was not."""
        began = self._monotonic()
        heard = b""
        while len(heard) < MOST_BYTES:
            piece = self._next(max(0.0, began + within_s - self._monotonic()))
            if not piece:
                return None
            heard += piece
            self.pieces.append((self._monotonic(), piece))
            if has_answered(heard):
                self._answered = True
                return self._monotonic() - began
        return None

    def put_away(self, quiet_s: float) -> None:
        """Erase what was printed, and take in the answer that is still due."""
        if select.select([], [self._writes], [], 0)[1]:
            os.write(self._writes, _ERASE)
        late = b""
        while not self._answered and len(late) < MOST_BYTES and (piece := self._next(quiet_s)):
            late += piece
            self._answered = has_answered(late)

    def _next(self, within_s: float) -> bytes:
        """What comes next, b"" where nothing comes in time."""
        ready = select.select([self._reads, self._woken], [], [], within_s)[0]
        if self._reads not in ready or self._woken in ready:
            return b""
        piece = os.read(self._reads, 4096)
        if not piece:
            raise OSError("the terminal is gone")
        return piece


@contextmanager
def _signals_wait() -> Iterator[int]:
    """Signals that end the process do so afterwards.

    Yields:
        A descriptor that can be read once one has come.
    """
    woken, wakes = os.pipe()
    came: list[int] = []
    before = {}

    def end(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if len(came) == 1:
            os.write(wakes, b"!")

    if threading.current_thread() is threading.main_thread():
        for number in ENDINGS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, end)
    try:
        yield woken
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        os.close(woken)
        os.close(wakes)
        if came:
            os.kill(os.getpid(), came[0])


@contextmanager
def _quiet(terminal: int) -> Iterator[None]:
    """No echo and no waiting for a whole line; afterwards as it was.

    Nothing here waits until output was taken: a terminal may take none.
    """
    before = termios.tcgetattr(terminal)
    quiet = [*before[:6], list(before[6])]
    quiet[3] &= ~(termios.ECHO | termios.ICANON)
    quiet[6][termios.VSUSP] = b"\x00"  # nobody is to suspend it now
    try:
        termios.tcsetattr(terminal, termios.TCSANOW, quiet)
        yield
    finally:
        with suppress(termios.error):  # it is gone
            termios.tcflush(terminal, termios.TCIFLUSH)
            termios.tcsetattr(terminal, termios.TCSANOW, before)
