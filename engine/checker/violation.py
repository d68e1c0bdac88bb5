"""A broken invariant, as the checker reports it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Violation:
    """One case in which an invariant does not hold.

    Args:
        number: of the invariant, see docs/checking.md.
        name: the invariant in two or three words.
        at_ms: epoch milliseconds of the row that shows it; 0 where no single row does.
        subject: the order, else the trader, trader/cycle or "desk".
        text: what is wrong, one sentence.
    """

    number: int
    name: str
    at_ms: int
    subject: str
    text: str
