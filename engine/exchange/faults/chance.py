"""When a fault strikes: the profiles' probabilities, drawn for each run, and faults on demand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from enum import StrEnum
from typing import Final, Generic, TypeVar

from engine.exchange.faults.kinds import EVERY_5_S, QUOTE_FAULTS, Fault
from engine.exchange.seeding import Draws

Kind = TypeVar("Kind", bound=StrEnum)
Range = tuple[float, float]

_ACKS: Final[dict[Fault, Range]] = {
    Fault.SUBMIT_LOST: (0.005, 0.03),
    Fault.SUBMIT_UNANSWERED: (0.01, 0.05),
    Fault.DUPLICATE_ACK: (0.05, 0.30),
    Fault.FILL_BEFORE_ACK: (0.05, 0.40),
    Fault.ORDER_NOT_FOUND: (0.05, 0.40),
}
_FILLS: Final[dict[Fault, Range]] = {
    Fault.DUPLICATE_FILL: (0.05, 0.40),
    Fault.LEGS_BEFORE_COMBO: (0.02, 0.15),
    Fault.LEGS_INSTEAD: (0.02, 0.15),
    Fault.ONE_LEG: (0.002, 0.02),
    Fault.LATE_FILL: (0.01, 0.10),
    Fault.PARTIAL_CANCEL: (0.10, 0.50),
    Fault.PARTIAL_REJECT: (0.10, 0.50),
    Fault.CREDIT_REJECTED: (0.02, 0.20),
    Fault.TRUNCATED: (0.01, 0.08),
    Fault.BUST: (0.002, 0.015),
    Fault.PRICE_CORRECTION: (0.005, 0.03),
}
_CANCELS: Final[dict[Fault, Range]] = {
    Fault.CANCEL_REJECTED: (0.05, 0.40),
    Fault.CANCEL_ACK_LOST: (0.05, 0.40),
    Fault.LATE_FILL: (0.02, 0.15),
    Fault.ORDER_NOT_FOUND: (0.05, 0.30),
    Fault.PARTIAL_CANCEL: (0.10, 0.50),
}
_CONNECTION: Final[dict[Fault, Range]] = {
    Fault.DISCONNECT: (0.005, 0.03),
    Fault.HALF_OPEN: (0.002, 0.02),
    Fault.UNAUTHORIZED: (0.002, 0.02),
    Fault.REPLAY: (0.20, 0.80),
    Fault.RATE_REFUSED: (0.005, 0.03),
    Fault.POSITIONS_FAILED: (0.05, 0.40),
    Fault.SUSPENDED: (0.001, 0.008),
}
_FEED: Final[dict[Fault, Range]] = {
    **dict.fromkeys(QUOTE_FAULTS, (0.002, 0.02)),
    Fault.FEED_ERROR: (0.005, 0.03),
}
_STORM: Final[dict[Fault, Range]] = {
    Fault.REJECT_STORM: (0.002, 0.01),
    Fault.CREDIT_REJECTED: (0.02, 0.20),
    Fault.HALT: (0.002, 0.01),
    Fault.GARBAGE: (0.10, 0.60),
    Fault.TRUNCATED: (0.01, 0.08),
    Fault.MANUAL_TRADE: (0.001, 0.006),
    Fault.RATE_REFUSED: (0.01, 0.08),
    Fault.ASSIGNMENT: (0.0005, 0.004),
    Fault.ADJUSTED: (0.0005, 0.004),
}


def _everything() -> dict[Fault, Range]:
    """All faults at once, each less often than in a profile of its own."""
    everything: dict[Fault, Range] = {}
    for ranges in (_ACKS, _FILLS, _CANCELS, _CONNECTION, _FEED, _STORM):
        for fault, (low, high) in ranges.items():
            share = 0.5 if fault in EVERY_5_S else 0.3
            everything[fault] = (low * share, high * share)
    return everything


PROFILES: Final[Mapping[str, Mapping[Fault, Range]]] = {
    "none": {},
    "acks": _ACKS,
    "fills": _FILLS,
    "cancels": _CANCELS,
    "feed": _FEED,
    "connection": _CONNECTION,
    "storm": _STORM,
    "everything": _everything(),
}
"""By profile, the range from which a run's probability of each fault is drawn."""


def drawn_rates(profile: str, seed: int) -> dict[Fault, float]:
    """The probabilities of one run.

    Args:
        profile: one of PROFILES.
        seed: of the run.

    Raises:
        ValueError: there is no such profile.
    """
    return rates_of(PROFILES, profile, seed)


def rates_of(
    profiles: Mapping[str, Mapping[Kind, Range]], profile: str, seed: int
) -> dict[Kind, float]:
    """The probabilities of one run; the arguments are those of `drawn_rates`.

    Raises:
        ValueError: there is no such profile.
    """
    ranges = profiles.get(profile)
    if ranges is None:
        raise ValueError(f"{profile!r} is not a fault profile; there are {', '.join(profiles)}")
    rates = {}
    for fault, (low, high) in ranges.items():
        rates[fault] = low + (high - low) * Draws(seed, f"faults/rate/{fault.name}").uniform()
    return rates


class FaultDraws(Generic[Kind]):
    """Decides from a seed whether a fault strikes at an opportunity for it.

    Each fault draws from a stream of its own, so one fault's draws never move another's.

    Args:
        seed: of the run.
        rates: probability by fault, for each opportunity; the others strike only on demand.

    Attributes:
        on: whether faults strike by chance; those asked for strike regardless.
        counts: how often each fault has struck.
    """

    def __init__(self, seed: int, rates: Mapping[Kind, float]) -> None:
        self.on = True
        self.counts: Counter[Kind] = Counter()
        self._seed = seed
        self._rates = dict(rates)
        self._asked: Counter[Kind] = Counter()
        self._streams: dict[str, Draws] = {}

    def stop(self) -> None:
        """Let no fault strike by chance any more."""
        self.on = False

    def ask(self, fault: Kind, times: int = 1) -> None:
        """Let a fault strike at its next `times` opportunities."""
        self._asked[fault] += times

    def count(self, fault: Kind) -> None:
        """Count a fault that strikes."""
        self.counts[fault] += 1

    def strikes(self, fault: Kind) -> bool:
        """Whether the fault strikes at this opportunity; counted where it does."""
        if self._asked[fault] > 0:
            self._asked[fault] -= 1
        else:
            rate = self._rates.get(fault, 0.0)
            if not (self.on and rate and self.between(f"strike/{fault.name}", 0.0, 1.0) < rate):
                return False
        self.count(fault)
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


class Faults(FaultDraws[Fault]):
    """Decides when a fault of the exchange or of its feed strikes."""
