"""Assignments, exercises and expirations of the account: read, booked, and told where odd."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

from engine.brokers.dialect import Dialect, DialectError
from engine.brokers.following.option_events import OptionEvent
from engine.brokers.following.replay import EndlessPagesError, Pages
from engine.brokers.http.call import Answer
from engine.config.regular_files import read_text
from engine.gateway.books import Notice, Send
from engine.gateway.journal import UNREADABLE
from engine.gateway.settling import Booked, Settling
from engine.run_folder.paths import write_private

FILE: Final = "option_events.json"
SEEN_KEPT: Final = 1_000
"""Names of events in the file: more than a page has, so that the walk meets one that it knows."""

KIND: Final = "OPTION_EVENT"
_MOST_BYTES: Final = 200_000
_NAMED: Final = 4


class OptionEvents:
    """Reads how contracts of the account ended; in one thread at a time.

    Args:
        folder: of the account; what was read is kept there.
        dialect: the broker's.
        send: makes a call.
        settling: books what it reads.
        notice: tells the operator.
    """

    def __init__(
        self, folder: Path, dialect: Dialect, send: Send, settling: Settling, notice: Notice
    ) -> None:
        self._path = folder / FILE
        self._dialect, self._send = dialect, send
        self._settling, self._notice = settling, notice
        self._seen: dict[str, None] | None = None
        self._told: set[str] = set()
        self._stored()

    def read(self) -> bool:
        """Book what is new, and tell what cannot be booked, once; whether the broker said.

        The first time ever what is not of contracts traded from here is not told: it ended before.
        What was read is stored once all of it is booked: what waits for a price is read again, and
        so is what a process that dies meanwhile has read.
        """
        pages, token = Pages(), None
        bodies: list[Any] = []
        while True:
            answer = self._send(self._dialect.option_events(token))
            if not (isinstance(answer, Answer) and 200 <= answer.status < 300):
                return False
            try:
                page = self._dialect.read_option_events(answer.body)
                token = pages.next(page.token)
                bodies.append(answer.body)
                known = self._seen is None or any(row.name in self._seen for row in page.rows)
                if token is None or known:
                    # What an end brought may be on the next page: all of them are read as one.
                    whole = page if len(bodies) == 1 else self._dialect.read_option_events(*bodies)
                    break
            except (DialectError, EndlessPagesError) as error:
                self._notice("BROKER_ANSWER", f"option events: {error}")
                return False
        self._take(whole.rows[::-1], whole.odd)
        return True

    def _take(self, rows: Sequence[OptionEvent], odd: Iterable[str]) -> None:
        """Book the events, oldest first, say what is not as it should be, and remember all."""
        seen = self._seen or {}
        waits, texts = False, []
        for row in rows:
            became = self._settling.book(row, rows)
            waits |= became is Booked.WAITS
            if became in (Booked.NOW, Booked.BEFORE) or (
                became is Booked.NOT_OURS
                and (self._seen is None or row.name in seen or row.taken_back)
            ):
                continue
            news = f"{row.name} {became}"
            if news not in self._told:
                self._told.add(news)
                texts.append(f"{row.words()}: {became}")
        if texts:
            more = f" and {len(texts) - _NAMED} more" if len(texts) > _NAMED else ""
            self._notice(KIND, "; ".join(texts[:_NAMED]) + more)
        for text in odd:
            if text not in self._told:
                self._told.add(text)
                self._notice(KIND, text)
        new = any(row.name not in seen for row in rows)
        if not waits and (new or self._seen is None):
            kept = dict.fromkeys([*seen, *(row.name for row in rows)])
            self._seen = dict.fromkeys([*kept][-SEEN_KEPT:])
            self._store()

    def _stored(self) -> None:
        try:
            row = json.loads(read_text(self._path, _MOST_BYTES))
            self._seen = dict.fromkeys(str(name) for name in row["seen"])
        except FileNotFoundError:
            return
        except (OSError, *UNREADABLE) as error:
            self._notice("JOURNAL", f"{self._path} cannot be read ({str(error)[:60]})")

    def _store(self) -> None:
        try:
            write_private(self._path, json.dumps({"seen": list(self._seen or ())}) + "\n")
        except OSError as error:
            self._notice("JOURNAL", f"{self._path} cannot be written: {error.strerror or error}")
