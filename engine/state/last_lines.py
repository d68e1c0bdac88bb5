"""The last event lines of a desk: the newest as they were told, those before them packed.

A desk of 100 traders tells thousands an hour, and a screen shows the newest hundred. Older ones are
asked for where somebody looks through the whole list, or for what was told of one trader. What the
operator did is kept when the engine's lines have pushed it out: a thousand traders tell so many in
four minutes.
"""

from __future__ import annotations

import pickle
import zlib
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import accumulate, count, islice, pairwise
from typing import Final, overload

from engine.snapshot import EventLine

UNPACKED: Final = 512
"""At least so many of the newest stay as they are: more than a snapshot or a page has."""

LINES_A_BLOCK: Final = 256
"""So many are packed at a time, in about a fifth of a millisecond."""

OF_OPERATOR: Final = 1_000
"""The operator's last lines, kept however many the engine tells after them."""

_LEVEL: Final = 4
_SURROGATES: Final = "surrogatepass"


class _Block:
    """Lines that were packed together; texts apart, as they alone are searched.

    Args:
        lines: numbered one after the other.

    Attributes:
        after: the number before that of its first line.
    """

    __slots__ = ("_found", "_rest", "_sought", "_texts", "after")

    def __init__(self, lines: Sequence[EventLine]) -> None:
        texts = [line.text for line in lines]
        rest = [*map(len, texts)], [line.at_s for line in lines], [line.source for line in lines]
        self.after = lines[0].number - 1
        self._texts = zlib.compress("".join(texts).encode(errors=_SURROGATES), _LEVEL)
        self._rest = zlib.compress(pickle.dumps(rest, pickle.HIGHEST_PROTOCOL), _LEVEL)
        self._sought: str | None = None
        self._found: tuple[EventLine, ...] = ()

    def lines(self, start: int = 0, stop: int | None = None) -> list[EventLine]:
        """The lines from one place to before another, oldest first."""
        return [EventLine(*row) for row in islice(self._rows(self._text()), start, stop)]

    def holding(self, key: str) -> tuple[EventLine, ...]:
        """The lines whose text holds a key, newest first; remembered until another is sought."""
        if key != self._sought:
            text = self._text()
            rows = self._rows(text) if key in text else iter(())
            found = [EventLine(*row) for row in rows if key in row[2]]
            self._sought, self._found = key, tuple(reversed(found))
        return self._found

    def _text(self) -> str:
        """The texts of all lines in one; a key in it may begin in one line and end in the next."""
        return zlib.decompress(self._texts).decode(errors=_SURROGATES)

    def _rows(self, text: str) -> Iterator[tuple[float, str, str, int]]:
        """What each line is made of; bytes that this process packed itself."""
        lengths, times, sources = pickle.loads(zlib.decompress(self._rest))
        texts = (text[start:stop] for start, stop in pairwise(accumulate(lengths, initial=0)))
        return zip(times, sources, texts, count(self.after + 1), strict=False)


class LastLines(Sequence[EventLine]):
    """Event lines, oldest first, each numbered as it is told; the oldest go.

    Of the operator's last OF_OPERATOR those that went before are at its beginning: where a number
    is not that of the line before and one, lines between are gone.

    Args:
        most: lines kept; more than UNPACKED and a block.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._told = 0
        self._early: deque[EventLine] = deque()
        self._own: deque[EventLine] = deque()
        self._blocks: deque[_Block] = deque()
        self._newest: list[EventLine] = []

    def tell(self, at_s: float, source: str, text: str) -> None:
        """Add a line.

        Args:
            at_s: epoch seconds.
            source: "op" or "eng", as of an EventLine.
        """
        self._told += 1
        newest, line = self._newest, EventLine(at_s, source, text, self._told)
        newest.append(line)
        self._keep_own(line)
        if len(newest) >= UNPACKED + LINES_A_BLOCK:
            self._blocks.append(_Block(newest[:LINES_A_BLOCK]))
            del newest[:LINES_A_BLOCK]
            if self._blocks[0].after + LINES_A_BLOCK <= self._gone:
                self._blocks.popleft()

    def _keep_own(self, line: EventLine) -> None:
        """Keep a line that is the operator's, and those of theirs that go with this one."""
        early, own = self._early, self._own
        if line.source == "op":
            own.append(line)
        while own and own[0].number <= self._gone:
            early.append(own.popleft())
        while len(early) + len(own) > OF_OPERATOR:
            (early or own).popleft()

    def holding(self, key: str, most: int) -> tuple[EventLine, ...]:
        """The newest lines whose text holds a key, newest first; so many at most."""
        found = [line for line in reversed(self._newest) if key in line.text]
        for block in reversed(self._blocks):
            if len(found) >= most:
                break
            found += block.holding(key)
        gone = self._gone
        found = [line for line in found[:most] if line.number > gone]
        found += [line for line in reversed(self._early) if key in line.text]
        return tuple(found[:most])

    @property
    def _gone(self) -> int:
        """The last number that is not kept any more; its block may be there for others' sake."""
        return max(0, self._told - self._most)

    def __len__(self) -> int:
        return len(self._early) + min(self._told, self._most)

    def __iter__(self) -> Iterator[EventLine]:
        return iter(self._between(0, len(self)))

    def __reversed__(self) -> Iterator[EventLine]:
        yield from reversed(self._newest)
        for block in reversed(self._blocks):
            yield from reversed(block.lines(max(0, self._gone - block.after)))
        yield from reversed(self._early)

    @overload
    def __getitem__(self, at: int) -> EventLine: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[EventLine, ...]: ...
    def __getitem__(self, at: int | slice) -> EventLine | tuple[EventLine, ...]:
        which = range(len(self))[at]
        if isinstance(which, int):
            return self._between(which, which + 1)[0]
        if which.step == 1:
            return self._between(which.start, which.stop)
        return tuple(self)[at]

    def _between(self, start: int, stop: int) -> tuple[EventLine, ...]:
        """Those from place `start` to before `stop`; blocks beside them stay packed."""
        early = len(self._early)
        found = list(islice(self._early, start, min(stop, early))) if start < early else []
        start, stop = max(0, start - early), max(0, stop - early)
        after, last = self._gone + start, self._gone + stop
        for block in self._blocks:
            if block.after < last and after < block.after + LINES_A_BLOCK:
                found += block.lines(max(0, after - block.after), last - block.after)
        packed = self._told - len(self._newest)
        found += self._newest[max(0, after - packed) : max(0, last - packed)]
        return tuple(found)
