"""Which limits an operator has tightened, from the desk's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.config.tightening import is_tighter
from engine.orders import events as ev


@dataclass(frozen=True, slots=True)
class Tightened:
    """A limit that is tighter than it was.

    Args:
        before: what an undo brings back.
        after: what it became.
        at_ms: when.
    """

    before: float
    after: float
    at_ms: int


class TightenedLimits:
    """Follows limits through being tightened and taken back, the last change of each first.

    No value is ever looser than what the settings say: where a process goes on with others, what
    is not tighter than those is dropped, and what is left goes back to them.
    """

    def __init__(self) -> None:
        self._changes: dict[str, list[Tightened]] = {}

    def session_started(self, event: ev.SessionStarted) -> None:
        """A process begins or goes on with a session, with these settings."""
        limits = event.settings.get("limits")
        written: Mapping[str, Any] = limits if isinstance(limits, Mapping) else {}
        for name, changes in list(self._changes.items()):
            if isinstance(written.get(name), int | float):
                self._changes[name] = _rebased(changes, written[name])
            if not self._changes[name]:
                del self._changes[name]

    def changed(self, event: ev.LimitChanged) -> None:
        """A limit was tightened, or the last change of it was taken back."""
        changes = self._changes.setdefault(event.limit, [])
        if not event.undo:
            changes.append(Tightened(event.before, event.after, event.at_ms))
        elif changes:
            changes.pop()
        if not changes:
            del self._changes[event.limit]

    def in_force(self) -> dict[str, float]:
        """The value of every limit that is tightened, by its name."""
        return {name: changes[-1].after for name, changes in self._changes.items()}

    def last(self, name: str) -> Tightened | None:
        """The change of a limit that an undo takes back; None where it is as the settings say."""
        changes = self._changes.get(name)
        return changes[-1] if changes else None

    def told(self) -> str:
        """How many limits are tightened, as a sentence; "" for none."""
        names = ", ".join(sorted(self._changes))
        return f"tightened by the operator: {names}" if names else ""


def _rebased(changes: list[Tightened], written: float) -> list[Tightened]:
    """The changes that are tighter than what the settings say now, each after the one before."""
    kept: list[Tightened] = []
    now = written
    for change in changes:
        if is_tighter(change.after, now):
            kept.append(replace(change, before=now))
            now = change.after
    return kept
