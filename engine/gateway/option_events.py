"""Assignments, exercises and expirations of the account: those that are new are told, once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from engine.brokers.dialect import Dialect, DialectError
from engine.brokers.following.option_events import OptionEvent
from engine.brokers.following.replay import EndlessPagesError, Pages
from engine.brokers.http.call import Answer
from engine.config.regular_files import read_text
from engine.gateway.books import Notice, Send
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
        folder: of the account; what was told is kept there.
        dialect: the broker's.
        send: makes a call.
        notice: tells the operator.
    """

    def __init__(self, folder: Path, dialect: Dialect, send: Send, notice: Notice) -> None:
        self._path = folder / FILE
        self._dialect, self._send, self._notice = dialect, send, notice
        self._seen: dict[str, None] | None = None
        self._odd: set[str] = set()
        self._stored()

    def read(self) -> bool:
        """Tell what is new, once; whether the broker said.

        The first time ever the newest page is only noted: what ended before is not the desk's. What
        was told is stored after the notice: a process that dies between them tells twice.
        """
        pages, token = Pages(), None
        rows: list[OptionEvent] = []
        odd: list[str] = []
        while True:
            answer = self._send(self._dialect.option_events(token))
            if not (isinstance(answer, Answer) and 200 <= answer.status < 300):
                return False
            try:
                page = self._dialect.read_option_events(answer.body)
                token = pages.next(page.token)
            except (DialectError, EndlessPagesError) as error:
                self._notice("BROKER_ANSWER", f"option events: {error}")
                return False
            rows += page.rows
            odd += page.odd
            known = self._seen is None or any(row.name in self._seen for row in page.rows)
            if token is None or known:
                break
        self._tell(rows[::-1], odd)
        return True

    def _tell(self, rows: list[OptionEvent], odd: list[str]) -> None:
        """Say what is new of the events, oldest first, and remember all of them."""
        seen = self._seen or {}
        new = {row.name: row for row in rows if row.name not in seen}
        if new and self._seen is not None:
            told = [row.words() for row in new.values()]
            more = f" and {len(told) - _NAMED} more" if len(told) > _NAMED else ""
            self._notice(KIND, ", ".join(told[:_NAMED]) + more)
        for text in odd:
            if text not in self._odd:
                self._odd.add(text)
                self._notice(KIND, text)
        if new or self._seen is None:
            kept = [*seen, *new][-SEEN_KEPT:]
            self._seen = dict.fromkeys(kept)
            self._store()

    def _stored(self) -> None:
        try:
            row = json.loads(read_text(self._path, _MOST_BYTES))
            self._seen = dict.fromkeys(str(name) for name in row["seen"])
        except FileNotFoundError:
            return
        except (OSError, ValueError, KeyError, TypeError) as error:
            self._notice("JOURNAL", f"{self._path} cannot be read ({str(error)[:60]})")

    def _store(self) -> None:
        try:
            write_private(self._path, json.dumps({"seen": list(self._seen or ())}) + "\n")
        except OSError as error:
            self._notice("JOURNAL", f"{self._path} cannot be written: {error.strerror or error}")
