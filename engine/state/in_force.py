"""Which changes are in force that an operator approved or a trial kept, from the desk's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.orders import events as ev

CARRIED: Final = "carried"
"""Outcome of a change that an earlier run had in force, and this one goes on with."""

IN_FORCE: Final = ("applied", "kept", CARRIED)
"""Outcomes after which a recommendation's value is in force."""

_APPLIED: Final = (" approved", " KEPT", f" {CARRIED}", " apply_optimization: UNPROVEN")
"""How the reason ended of a change that put a recommendation in force, before a field named it."""


def put_in_force_by(event: ev.SettingChanged) -> str:
    """The recommendation that came into force by a setting's change; "" for none."""
    if event.recommendation or not event.why.endswith(_APPLIED):
        return event.recommendation
    return event.why.partition(" ")[0]


@dataclass(slots=True)
class Change:
    """A recommendation whose value is in force.

    Attributes:
        made: its row.
        before: the former value by trader, which an undo brings back.
        settings: of the session in which it came into force, whose values it took over from.
        by_program: whether a program applied it, which would do so again.
        carried: whether an earlier run had it in force.
    """

    made: ev.Recommended
    before: dict[str, Any]
    settings: Mapping[str, Any]
    by_program: bool = False
    carried: bool = False


class InForce:
    """Follows recommendations to what of them is in force.

    Attributes:
        changes: in force, by name, in the order in which they came into force.
        in_trial: the rows of recommendations that are tried, by name.
    """

    def __init__(self) -> None:
        self.changes: dict[str, Change] = {}
        self.in_trial: dict[str, ev.Recommended] = {}
        self._made: dict[str, ev.Recommended] = {}
        self._before: dict[str, dict[str, Any]] = {}
        self._settings: Mapping[str, Any] = {}

    @property
    def carried(self) -> list[str]:
        """The names of those that an earlier run had in force."""
        return [name for name, change in self.changes.items() if change.carried]

    def session_started(self, event: ev.SessionStarted) -> None:
        """A session began or went on, with these settings."""
        self._settings = event.settings

    def recommended(self, event: ev.Recommended) -> None:
        """A recommendation is made, or says something else now."""
        self._made[event.recommendation] = event

    def setting_changed(self, event: ev.SettingChanged) -> None:
        """A setting changed, perhaps because a recommendation came into force."""
        name = put_in_force_by(event)
        if name:
            # A restart writes the value again, over the settings file: not the former.
            self._before.setdefault(name, {}).setdefault(event.trader, event.before)

    def resolved(self, event: ev.RecommendationSettled) -> None:
        """A recommendation is tried, in force, taken back, or of no use any more."""
        name = event.recommendation
        made = self._made.get(name)
        self.in_trial.pop(name, None)
        if event.outcome == "trial":
            if made is not None:
                self.in_trial[name] = made
        elif event.outcome in IN_FORCE:
            if made is not None:
                before = self._before.setdefault(name, {})
                carried = event.outcome == CARRIED
                self.changes[name] = Change(made, before, self._settings, event.by_program, carried)
        elif event.outcome in ("ready", "snoozed", "rejected"):
            return
        else:
            self._unlink(name)
            self._made.pop(name, None)

    def _unlink(self, name: str) -> None:
        """What later changes of the same setting go back to is what this one went back to."""
        names = list(self.changes)
        gone = self.changes.pop(name, None)
        if gone is None:
            return
        left = dict(gone.before)
        for other in names[names.index(name) + 1 :]:
            later = self.changes[other]
            if later.made.evidence.get("setting") == gone.made.evidence.get("setting"):
                for key in later.before.keys() & left.keys():
                    later.before[key] = left.pop(key)
