"""The offline checker: holds a run's journal against what the exchange booked and received.

It imports nothing of the engine, so that no error of the engine's can hide in it, and does every
sum again by itself. docs/checking.md has one line for each invariant.
"""

from __future__ import annotations

from engine.checker.checking import INVARIANTS, check
from engine.checker.history import CheckError, executions_of, settlements_of
from engine.checker.violation import Violation

__all__ = ["INVARIANTS", "CheckError", "Violation", "check", "executions_of", "settlements_of"]
