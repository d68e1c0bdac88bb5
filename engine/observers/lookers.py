"""The desk's side of looks: what observers may ask to be shown, and the only thing it reads.

A connection says which looks it wants, each time all of them, in a line of JSON. Whoever says
anything else, too much or too often is closed, and nothing else comes of it: a look is a kind out
of a closed list with a name, and all that is done with it is to be listed in `wanted`.
"""

from __future__ import annotations

import re
import select
import socket
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from engine.market.clock import Clock
from engine.observers.door import Door
from engine.observers.frames import LOOKS
from engine.observers.parts import Json
from engine.snapshot import SEARCH, Look, LookKind, searched

MOST: Final = 64
"""Connections at a time; one more is closed."""

LONGEST: Final = 256
"""Bytes of a line, its end included."""

MOST_LOOKS: Final = 5
"""Looks of one connection: the positions with a payoff, an order, and two lists."""

A_SECOND: Final = 4.0
"""Lines of a connection a second, over a while."""

AT_ONCE: Final = 8.0
"""Lines that may come at once after a pause."""

ACCEPTED_A_SECOND: Final = 32.0
"""Connections accepted a second; others wait, that whoever connects for ever takes no time."""

_NAME: Final = re.compile(r"[A-Za-z0-9 ./^$_@:*+#-]{1,64}")
_LIST: Final = re.compile(rf"pairs|contracts|orders@(open|changed|[^{SEARCH}].*/[0-9]+)")
_SEARCH: Final = re.compile(rf"(?:pairs|contracts|orders)@{SEARCH}(.+)")

_LINES: Final[Json[tuple[Look, ...]]] = Json(tuple[Look, ...])


class NotALookError(ValueError):
    """A line that asks for something else than looks."""


def written(looks: tuple[Look, ...]) -> bytes:
    """Looks as a line; those that it has no room for are left out, the last ones first.

    What the desk would close the connection for is left out, too.
    """
    looks = tuple(look for look in looks if _is_sound(look))[:MOST_LOOKS]
    line = _LINES.line(looks) + b"\n"
    return line if len(line) <= LONGEST else written(looks[:-1])


def read(line: bytes) -> tuple[Look, ...]:
    """The looks of a line without its end.

    Raises:
        NotALookError: it is anything else.
    """
    try:
        looks = _LINES.value(line)
    except ValueError:
        raise NotALookError("a line that has no looks") from None
    if len(looks) > MOST_LOOKS or not all(_is_sound(look) for look in looks):
        raise NotALookError("looks that no screen asks for")
    return looks


def _is_sound(look: Look) -> bool:
    """Whether a look's name may be one of its kind."""
    if look.kind is LookKind.POSITIONS:
        return not look.name
    if _NAME.fullmatch(look.name) is None:
        return False
    if look.kind is not LookKind.LIST or _LIST.fullmatch(look.name) is not None:
        return True
    words = _SEARCH.fullmatch(look.name)
    return words is not None and searched(words[1]) == words[1]


@dataclass(slots=True)
class Allowance:
    """So many a second over a while, and some at once after a pause.

    Args:
        a_second: how many.
        at_once: most at once.
        since_s: second as of which `left` holds.
        left: how many may still come.
    """

    a_second: float
    at_once: float
    since_s: float
    left: float

    def refill(self, now_s: float) -> bool:
        """Count the time that has passed; whether one more may come."""
        passed_s = max(0.0, now_s - self.since_s)
        self.left = min(self.at_once, self.left + passed_s * self.a_second)
        self.since_s = now_s
        return self.left >= 1.0

    def take(self, now_s: float) -> bool:
        """Let one come; False where it is one too many."""
        allowed = self.refill(now_s)
        self.left -= allowed
        return allowed


@dataclass(eq=False, slots=True)
class _Looker:
    """One connection, the beginning of its next line, and since when it looks at what."""

    socket: socket.socket
    allowance: Allowance
    begun: bytes = b""
    looks: dict[Look, int] = field(default_factory=dict)


class Lookers(Door[_Looker]):
    """Who says what it looks at, on an owner-only socket in a run's folder.

    Args:
        run_folder: the run's owner-only folder.
        poll: tells which sockets are ready; its owner hands the events to `handles`.
        clock: real time.

    Attributes:
        wanted: every look that a connection wants, each once, the oldest first; another tuple
            where it changes, so that any thread may read it.

    Raises:
        OSError: there can be no such socket in that folder.
    """

    def __init__(self, run_folder: Path, poll: select.poll, clock: Clock) -> None:
        self.wanted: tuple[Look, ...] = ()
        super().__init__(run_folder, LOOKS, poll, MOST, asks=select.POLLIN)
        self._clock = clock
        self._asked = 0
        at_once = float(MOST)
        self._accepts = Allowance(ACCEPTED_A_SECOND, at_once, clock.now_s(), at_once)
        self.resting = False

    def go_on(self) -> None:
        """Accept again where that rests and its time has come."""
        if self.resting and self._accepts.refill(self._clock.now_s()):
            self.resting = False
            self._poll.modify(self._listening, select.POLLIN)

    def _accept(self) -> _Looker | None:
        if not self._accepts.take(self._clock.now_s()):
            self.resting = True
            self._poll.modify(self._listening, 0)
            return None
        return super()._accept()

    def _welcome(self, accepted: socket.socket) -> _Looker | None:
        if len(self) >= MOST:
            return None
        return _Looker(accepted, Allowance(A_SECOND, AT_ONCE, self._clock.now_s(), AT_ONCE))

    def _ready(self, one: _Looker, event: int) -> None:
        self._read(one)

    def _read(self, looker: _Looker) -> None:
        """Take what has come, at most a line's length at a time; the rest waits for its turn."""
        try:
            piece = looker.socket.recv(LONGEST)
        except BlockingIOError:
            return
        except OSError:
            piece = b""
        *lines, looker.begun = (looker.begun + piece).split(b"\n")
        now_s = self._clock.now_s()
        sound = bool(piece) and len(looker.begun) < LONGEST
        for line in lines:
            sound = sound and len(line) < LONGEST and looker.allowance.take(now_s)
            if sound:
                try:
                    self._take(looker, read(line))
                except NotALookError:
                    sound = False
        if not sound:
            self._drop(looker)

    def _take(self, looker: _Looker, looks: tuple[Look, ...]) -> None:
        """Look at these from now on; what it looked at before keeps its place."""
        self._asked += 1
        looker.looks = {look: looker.looks.get(look, self._asked) for look in looks}
        self._list()

    def _list(self) -> None:
        since: dict[Look, int] = {}
        for looker in self:
            for look, asked in looker.looks.items():
                since[look] = min(asked, since.get(look, asked))
        self.wanted = tuple(sorted(since, key=lambda look: since[look]))

    def _drop(self, one: _Looker) -> None:
        super()._drop(one)
        if one.looks:
            self._list()
