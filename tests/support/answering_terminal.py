"""The other end of a pseudo-terminal: a terminal that answers what it is asked, as a test wants."""

from __future__ import annotations

import os
import pty
import re
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from unicodedata import east_asian_width

KIND = b"\x1b[?65;1;9;52c"
"""What it is: among its attributes 52, the clipboard."""

_ASKED = re.compile(
    rb"\x1b\[c|\x1b\[>0q|\x1bP\$qm\x1b\\|\x1b\[\?(\d+)\$p|\x1bP\+q4d73\x1b\\|\x1b\[18t"
    rb"|\r([^\x1b\r]*)\x1b\[6n"
)


def answers_to(asked: bytes, *, wide: bool = False, size: tuple[int, int] = (80, 24)) -> bytes:
    """What a good terminal of today answers.

    Args:
        asked: what was written to it.
        wide: whether characters of ambiguous width take two cells.
        size: columns and rows.
    """
    result = b""
    for found in _ASKED.finditer(asked):
        question, mode, text = found[0], found[1], found[2]
        if text is not None:
            ambiguous = sum(wide and east_asian_width(c) == "A" for c in text.decode())
            result += b"\x1b[7;%dR" % (1 + len(text.decode()) + ambiguous)
        elif mode is not None:
            result += b"\x1b[?%s;2$y" % mode
        elif question == b"\x1b[c":
            result += KIND
        elif question == b"\x1b[>0q":
            result += b"\x1bP>|Good Terminal 1.2\x1b\\"
        elif question.startswith(b"\x1bP$"):
            result += b"\x1bP1$r0;38:2::1:2:3m\x1b\\"
        elif question == b"\x1b[18t":
            result += b"\x1b[8;%d;%dt" % (size[1], size[0])
        else:
            result += b"\x1bP1+r4d73=1B\x1b\\"
    return result


@contextmanager
def terminal(answer: Callable[[int, bytes], None]) -> Iterator[tuple[int, int]]:
    """A pseudo-terminal whose other end answers.

    Args:
        answer: told the descriptor to answer on and all that was written so far, whenever more was.

    Yields:
        The terminal's descriptor, and that of its other end.
    """
    master, slave = pty.openpty()
    stopped, stops = os.pipe()

    def play() -> None:
        asked = b""
        with suppress(OSError):
            while True:
                ready = select.select([master, stopped], [], [])[0]
                if stopped in ready:
                    return
                asked += os.read(master, 4096)
                answer(master, asked)

    player = threading.Thread(target=play)
    player.start()
    try:
        yield slave, master
    finally:
        os.write(stops, b"!")
        player.join()
        for each in (slave, master, stopped, stops):
            with suppress(OSError):
                os.close(each)
