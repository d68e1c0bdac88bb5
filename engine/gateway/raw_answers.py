"""Keeps what a broker says, without secrets, for replays; nobody ever waits for it."""

from __future__ import annotations

import math
import threading
from typing import Final, Protocol

from engine.brokers.http.raw import Raw, RawAnswer, RawFrame, RawGap, raw_plain
from engine.brokers.http.redaction import Redactor
from engine.brokers.stream.spec import Frame
from engine.gateway.books import Notice
from engine.gateway.raw_files import Kind, RawFiles
from engine.market.clock import WaitingClock

WRITES_EVERY_S: Final = 0.5
MOST_WAITING: Final = 4_000
MOST_WAITING_BYTES: Final = 32 * 2**20
"""Answers and frames, and their bytes, that wait for the disk; more of them are dropped."""

TELLS_EVERY_S: Final = 60.0
_ENDS_WITHIN_S: Final = 2.0
_KIND: Final = "RAW_LOST"


class Listening(Protocol):
    """What takes answers and frames as they come, and returns at once."""

    def answer(self, raw: RawAnswer, kind: Kind) -> None:
        """An answer."""
        ...

    def frame(self, frame: Frame) -> None:
        """A frame of the stream."""
        ...


class RawAnswers:
    """Takes answers and frames from any thread, and writes them in one of its own.

    They are numbered as they come. Where more come than the disk takes they are dropped, counted,
    and told; a gap stands where they would be.

    Args:
        files: where they go.
        redactor: of every text; it must know the account's number already.
        clock: real time.
        notice: told what is not kept.
    """

    def __init__(
        self, files: RawFiles, redactor: Redactor, clock: WaitingClock, notice: Notice
    ) -> None:
        self._files, self._redactor, self._clock, self._notice = files, redactor, clock, notice
        self._changed = threading.Condition()
        self._waiting: list[tuple[int, Kind, Raw]] = []
        self._bytes = self._count = self._dropped = 0
        self._untold, self._told_s = 0, -math.inf
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="gateway-raw", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Write what waits, and end."""
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(_ENDS_WITHIN_S)

    def answer(self, raw: RawAnswer, kind: Kind) -> None:
        """Take an answer."""
        self._take(kind, raw, len(raw.data))

    def frame(self, frame: Frame) -> None:
        """Take a frame of the stream of orders."""
        self._take("orders", RawFrame(frame, self._clock.epoch_s()), len(frame))

    def _take(self, kind: Kind, raw: Raw, size: int) -> None:
        with self._changed:
            self._count += 1
            full = self._bytes + size > MOST_WAITING_BYTES or len(self._waiting) >= MOST_WAITING
            if full or self._ended:
                self._dropped += 1
            else:
                self._bytes += size
                self._waiting.append((self._count, kind, raw))

    # ------------------------------------------------------------------ its thread

    def _run(self) -> None:
        while True:
            with self._changed:
                if not self._ended:
                    self._clock.wait(self._changed, WRITES_EVERY_S)
                ended = self._ended
            self._write()
            if ended:
                return

    def _write(self) -> None:
        with self._changed:
            waiting, self._waiting, self._bytes = self._waiting, [], 0
            dropped, self._dropped = self._dropped, 0
            if dropped:  # all of them after what waited, for then it was full
                waiting.append((self._count, "orders", RawGap(dropped, self._clock.epoch_s())))
        reason = "more came than the disk took"
        kinds: tuple[Kind, ...] = ("orders", "quotes")
        for kind in kinds:
            answers = [(number, raw) for number, which, raw in waiting if which == kind]
            try:
                rows = [{"n": number, **raw_plain(raw, self._redactor)} for number, raw in answers]
                if rows:
                    self._files.add(kind, rows, self._clock.epoch_s())
            except Exception as error:  # whatever one answer is, those after it are kept
                dropped += len(answers)
                said = str(getattr(error, "strerror", None) or error)
                reason = said or type(error).__name__
        self._say(dropped, reason)

    def _say(self, dropped: int, reason: str) -> None:
        """Tell how many were not kept, at most once a minute."""
        self._untold += dropped
        now_s = self._clock.now_s()
        if self._untold and (now_s - self._told_s >= TELLS_EVERY_S or self._ended):
            text = f"{self._untold} answers of the broker were not kept for replays: {reason}"
            self._untold, self._told_s = 0, now_s
            self._notice(_KIND, text)
