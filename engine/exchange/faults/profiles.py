"""Named sets of faults: for each the range that a run's probability is drawn from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from engine.exchange.faults.kinds import EVERY_5_S, QUOTE_FAULTS, Fault
from engine.exchange.seeding import Draws

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
    """All of it at once, each less often than where it stands alone."""
    found: dict[Fault, Range] = {}
    for ranges in (_ACKS, _FILLS, _CANCELS, _CONNECTION, _FEED, _STORM):
        for fault, (low, high) in ranges.items():
            share = 0.5 if fault in EVERY_5_S else 0.3
            found[fault] = (low * share, high * share)
    return found


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
"""Ranges by profile; `none` injects nothing by itself, and faults can still be asked for."""


def drawn_rates(profile: str, seed: int) -> dict[Fault, float]:
    """The probabilities of one run.

    Args:
        profile: one of PROFILES.
        seed: the run's.

    Raises:
        ValueError: no such profile.
    """
    ranges = PROFILES.get(profile)
    if ranges is None:
        raise ValueError(f"{profile!r} is no fault profile; there are {', '.join(PROFILES)}")
    rates = {}
    for fault, (low, high) in ranges.items():
        rates[fault] = low + (high - low) * Draws(seed, f"faults/rate/{fault.name}").uniform()
    return rates
