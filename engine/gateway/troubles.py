"""Alarms that stand at a gateway, which its desk is told each second."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Callable
from typing import Final, NamedTuple

from engine.brokers.http.redaction import Redactor
from engine.brokers.remote.facts import LONGEST_TROUBLE, MOST_TROUBLES, Trouble
from engine.market.clock import Clock

STANDS_S: Final = 900.0
"""Seconds for which an alarm stands after it was told last; what lasts is told again and again."""

_STANDS_S: Final = {
    "BOOK_DIFFERS": math.inf,
    "EXECUTION_ODD": math.inf,
    "ACCOUNT_BLOCKED": 30.0,
    "CANCEL_STUCK": 60.0,
    "POSITION_ODD": 120.0,
}
"""The same of kinds that hold until a gateway is started anew, or are told all the time."""

MOST_OF_A_KIND: Final = 8
"""Alarms of a kind that the desk is told, the newest; one more says how many there are."""

MOST_KEPT: Final = 256
"""Alarms that stand; beyond them the oldest is forgotten that would fall by itself."""


class _Standing(NamedTuple):
    """An alarm that stands.

    Attributes:
        number: counts those of its kind from 1; no other ever has it.
        text: its sentence.
        told_s: monotonic second at which it was told last.
    """

    number: int
    text: str
    told_s: float


class Troubles:
    """Alarms that stand, one for each kind and sentence; used from any thread.

    Args:
        clock: real time.
        log: takes each as a line, when it begins to stand.
        redactor: of each; the desk writes down what it is told.
    """

    def __init__(self, clock: Clock, log: Callable[[str], None], redactor: Redactor) -> None:
        self._clock, self._log, self._redactor = clock, log, redactor
        self._lock = threading.Lock()
        self._stand: dict[tuple[str, str], _Standing] = {}
        self._counted: Counter[str] = Counter()

    def tell(self, kind: str, text: str) -> None:
        """An alarm, such as "CANCEL_STUCK", and a sentence; one that stands goes on standing."""
        text = self._redactor.text(text, LONGEST_TROUBLE)
        self._tell(kind, text, text)

    def hold(self, kind: str, text: str) -> None:
        """An alarm that stands for as long as its sentence is not empty; told with every look."""
        if text:
            self._tell(kind, "", self._redactor.text(text, LONGEST_TROUBLE))
        else:
            with self._lock:
                self._stand.pop((kind, ""), None)

    def _tell(self, kind: str, key: str, text: str) -> None:
        with self._lock:
            now_s = self._clock.now_s()
            before = self._stand.get((kind, key))
            stands = before is not None and _stands(kind, before, now_s)
            if before is not None and stands:
                self._stand[kind, key] = before._replace(text=text, told_s=now_s)
            else:
                self._counted[kind] += 1
                self._stand.pop((kind, key), None)
                self._stand[kind, key] = _Standing(self._counted[kind], text, now_s)
                if len(self._stand) > MOST_KEPT:
                    falls = (name for name in self._stand if not _lasts(name[0]))
                    del self._stand[next(falls, next(iter(self._stand)))]
        if not stands:
            self._log(f"{kind} {text}")

    def standing(self) -> tuple[Trouble, ...]:
        """Those that stand, the oldest first; of a kind with many the newest, and how many."""
        now_s = self._clock.now_s()
        with self._lock:
            for name, each in list(self._stand.items()):
                if not _stands(name[0], each, now_s):
                    del self._stand[name]
            rows = [(kind, each) for (kind, _), each in self._stand.items()]
        left = Counter(kind for kind, _ in rows)
        told = []
        for kind, count in left.items():
            if count > MOST_OF_A_KIND:
                text = f"{count} in all, of which the last {MOST_OF_A_KIND} are told here"
                told.append(Trouble(kind, f"{kind} all", text))
        for kind, each in rows:
            if left[kind] <= MOST_OF_A_KIND:
                where = kind if each.number == 1 else f"{kind} {each.number}"
                told.append(Trouble(kind, where, each.text))
            left[kind] -= 1
        beyond = max(0, len(told) - MOST_TROUBLES)
        falls = [each for each in told if not _lasts(each.kind)][:beyond]
        return tuple(each for each in told if each not in falls)[-MOST_TROUBLES:]


def _lasts(kind: str) -> bool:
    return _STANDS_S.get(kind, STANDS_S) == math.inf


def _stands(kind: str, standing: _Standing, now_s: float) -> bool:
    return now_s - standing.told_s < _STANDS_S.get(kind, STANDS_S)
