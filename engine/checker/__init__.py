"""The offline checker: compares a run's journal with what the exchange booked and received.

It imports nothing of the engine, so that an error of the engine cannot hide in it, and works out
every sum by itself. docs/checking.md has a row for each invariant.
"""

from __future__ import annotations

from engine.checker.checking import INVARIANTS, check
from engine.checker.gateway import check_gateway
from engine.checker.history import CheckError, executions_of, settlements_of
from engine.checker.violation import Violation

__all__ = [
    "INVARIANTS",
    "CheckError",
    "Violation",
    "check",
    "check_gateway",
    "executions_of",
    "settlements_of",
]
