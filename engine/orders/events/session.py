"""How a session began, what its traders waited for, and how it ended."""

from __future__ import annotations

from typing import Any, Final, NamedTuple

DIFFERENCE: Final = "ended with a difference"
"""How the reason of an end begins that left book and broker apart, or an end that is not final."""

UNANSWERED: Final = "without an answer"
"""What such a reason says of orders that may still execute."""


class SessionStarted(NamedTuple):
    """A desk began a trading session (or a restart continued one)."""

    at_ms: int
    mode: str
    account: str
    run: str
    source: str
    fill_model: str
    seed: int
    session_date: str
    settings: dict[str, Any]


class PhaseChanged(NamedTuple):
    """The exchange's phase changed."""

    at_ms: int
    phase: str
    reason: str


class GatesLookedAt(NamedTuple):
    """What kept traders from a debit since the last such row, at looks ten seconds apart.

    looks counts, over all traders that the desk has, how often each gate was the first closed;
    OPEN where none was.
    """

    at_ms: int
    looks: dict[str, int]


class PositionsValued(NamedTuple):
    """What closing everything that is held would bring at natural prices, in cents before fees.

    contracts are those held, long and short; value_c is None where a short one has no ask.
    """

    at_ms: int
    contracts: int
    value_c: int | None


class SessionEnded(NamedTuple):
    """The session is over: "settled", or the reason begins with DIFFERENCE and says which."""

    at_ms: int
    reason: str
