"""Which changes are in force that an operator approved or a trial kept, from the desk's events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from engine.orders import events as ev

CARRIED: Final = "carried"
"""Outcome of a change that an earlier run had in force, and this one goes on with."""

REFUSED_KEPT: Final = 32
"""Recommendations put aside or rejected that can be taken back, the last ones."""

IN_FORCE: Final = ("applied", "kept", CARRIED)
"""Outcomes after which a recommendation's value is in force."""

_APPLIED: Final = (" approved", " KEPT", f" {CARRIED}", " apply_optimization: UNPROVEN")
"""How the reason ended of a change that put a recommendation in force, before a field named it."""


def put_in_force_by(event: ev.SettingChanged) -> str:
    """The recommendation that came into force by a setting's change; "" for none."""
    if event.recommendation or not event.why.endswith(_APPLIED):
        return event.recommendation
    return event.why.partition(" ")[0]


class Reversible(Protocol):
    """What an undo takes back."""

    @property
    def setting(self) -> str:
        """That changed."""

    @property
    def before(self) -> dict[str, Any]:
        """The former value by trader."""


_Reversible = TypeVar("_Reversible", bound=Reversible)


def unlink(changes: dict[str, _Reversible], name: str) -> dict[str, Any]:
    """Take one out of the changes in force; returns the values to restore, by trader.

    Where a later change of the same setting is in force, that one stays, and goes back, when its
    turn comes, to what this one would have gone back to.

    Args:
        changes: in force, by name, in the order in which they came into force.
        name: of the one to take out; nothing happens where it is not there.
    """
    names = list(changes)
    gone = changes.pop(name, None)
    if gone is None:
        return {}
    restored = dict(gone.before)
    for other in names[names.index(name) + 1 :]:
        later = changes[other]
        if later.setting == gone.setting:
            for key in later.before.keys() & restored.keys():
                later.before[key] = restored.pop(key)
    return restored


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

    @property
    def setting(self) -> str:
        """That changed."""
        return str(self.made.evidence.get("setting", ""))


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
        self._refused: dict[str, None] = {}
        self._settings: Mapping[str, Any] = {}

    @property
    def carried(self) -> list[str]:
        """The names of those that an earlier run had in force."""
        return [name for name, change in self.changes.items() if change.carried]

    def former(self, name: str) -> Mapping[str, Any]:
        """The values by trader that a recommendation replaced so far, also without its row."""
        return self._before.get(name, {})

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
        self._refused.pop(name, None)
        if event.outcome == "trial":
            if made is not None:
                self.in_trial[name] = made
        elif event.outcome in IN_FORCE:
            if made is not None:
                before = self._before.setdefault(name, {})
                carried = event.outcome == CARRIED
                self.changes[name] = Change(made, before, self._settings, event.by_program, carried)
        elif event.outcome in ("snoozed", "rejected"):
            self._refused[name] = None
            if len(self._refused) > REFUSED_KEPT:
                self._made.pop(next(iter(self._refused)), None)
                del self._refused[next(iter(self._refused))]
        elif event.outcome != "ready":
            unlink(self.changes, name)
            self._made.pop(name, None)
            self._before.pop(name, None)
