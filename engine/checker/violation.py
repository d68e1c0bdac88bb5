"""What the checker says when an invariant does not hold."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that should never have happened.

    Args:
        number: of the invariant, see docs/checking.md.
        name: the invariant in two or three words.
        at_ms: epoch milliseconds of what shows it; 0 where nothing in particular does.
        subject: the order, else the trader, trader/cycle or "desk".
        text: what is wrong, one sentence.
    """

    number: int
    name: str
    at_ms: int
    subject: str
    text: str
