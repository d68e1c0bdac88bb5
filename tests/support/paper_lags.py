"""How far a broker's answers lag behind what it has acknowledged, way by way.

A desk waits `BEHIND_S` after an order's end before it takes an answer for the last word about its
executions; nobody at the broker says that this is enough.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Mapping
from typing import Final

from engine.brokers.http.outcome import BEHIND_S
from engine.market.clock import WaitingClock
from tests.support.paper_points import Findings

POINT: Final = "answers behind"


class Lags:
    """Measures, and tells the findings.

    Args:
        clock: real time.
        findings: what was found.
        longest_s: seconds after which an answer that still does not know it is waited for no more.
        every_s: seconds between two rounds of questions.
    """

    def __init__(
        self,
        clock: WaitingClock,
        findings: Findings,
        longest_s: float = 10.0,
        every_s: float = 0.2,
    ) -> None:
        self._clock, self._findings = clock, findings
        self._longest_s, self._every_s = longest_s, every_s
        self._waiting = threading.Condition()

    def after(self, what: str, ways: Mapping[str, Callable[[], bool]]) -> None:
        """Ask in each way until it knows what was just acknowledged, and tell how long that took.

        An answer is of the moment at which it was asked for: what the first that knew took to come
        is not counted.

        Args:
            what: was acknowledged a moment ago.
            ways: each asks once; whether the answer knows it.
        """
        began_s = self._clock.now_s()
        took_s: dict[str, float] = {}
        while len(took_s) < len(ways) and self._clock.now_s() - began_s < self._longest_s:
            for name, knows in ways.items():
                asked_s = self._clock.now_s() - began_s
                if name not in took_s and knows():
                    took_s[name] = asked_s
            if len(took_s) < len(ways):
                with self._waiting:
                    self._clock.wait(self._waiting, self._every_s)
        parts = [
            f"{name} {took_s[name]:.1f} s"
            if name in took_s
            else f"{name} not in {self._longest_s:.0f} s"
            for name in ways
        ]
        good = all(took_s.get(name, math.inf) <= BEHIND_S for name in ways)
        self._findings.saw(POINT, f"after {what}: {', '.join(parts)}", assumed=good)
