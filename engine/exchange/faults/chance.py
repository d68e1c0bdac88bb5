"""When a fault strikes: by its probability while faults are on, and whenever one was asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from engine.exchange.faults.kinds import Fault
from engine.exchange.seeding import Draws


class Faults:
    """Decides about every opportunity of every kind, from a seed.

    Each kind has its own stream of chance, so that one kind's draws never move another's.

    Args:
        seed: of the run.
        rates: probability by kind, for each opportunity; kinds not named only strike on demand.

    Attributes:
        on: whether chance may strike; what was asked for strikes regardless.
        counts: how often each kind has struck.
    """

    def __init__(self, seed: int, rates: Mapping[Fault, float]) -> None:
        self.on = True
        self.counts: Counter[Fault] = Counter()
        self._seed = seed
        self._rates = dict(rates)
        self._asked: Counter[Fault] = Counter()
        self._streams: dict[str, Draws] = {}

    def ask(self, fault: Fault, times: int = 1) -> None:
        """Let a fault strike at its next `times` opportunities."""
        self._asked[fault] += times

    def strikes(self, fault: Fault) -> bool:
        """Whether the fault strikes at this opportunity; counted where it does."""
        if self._asked[fault] > 0:
            self._asked[fault] -= 1
        else:
            rate = self._rates.get(fault, 0.0)
            if not (self.on and rate and self.between(f"strike/{fault.name}", 0.0, 1.0) < rate):
                return False
        self.counts[fault] += 1
        return True

    def between(self, name: str, low: float, high: float) -> float:
        """A number from the named stream, at least `low` and below `high`."""
        stream = self._streams.get(name)
        if stream is None:
            stream = self._streams[name] = Draws(self._seed, f"faults/{name}")
        return low + (high - low) * stream.uniform()

    def index(self, name: str, count: int) -> int:
        """A whole number below `count` from the named stream."""
        return int(self.between(name, 0.0, count))
