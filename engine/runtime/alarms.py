"""The alarms of a desk: one for each cause, with every place where it holds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from engine.orders import events as ev
from engine.orders.soundness import cleaned
from engine.runtime.alarm_kinds import KINDS

LONGEST_DETAIL: Final = 400
"""Characters kept of a text from outside that had to be cleaned."""

OVER_AFTER_MS: Final = 600_000
"""A cause that comes back sooner after it had gone is the same alarm still, not another one."""

_LATER: Final = (ev.AlarmJoined, ev.AlarmLeft, ev.AlarmRestated, ev.AlarmCleared)


class Alarms:
    """The alarms that are raised now: a code is a cause, and has one alarm wherever it holds.

    Args:
        emit: writes an event to the journal.
    """

    def __init__(self, emit: Callable[[ev.Event], None]) -> None:
        self._emit = emit
        self._count = 0
        self._raised: dict[tuple[str, str], tuple[str, str]] = {}  # alarm and text by its place
        self._standing: dict[str, dict[str, None]] = {}  # places by alarm, the oldest first
        self._of_cause: dict[str, tuple[str, int]] = {}  # the newest alarm and priority by code
        self._gone: dict[str, int] = {}  # when an alarm's last place was left

    def remember(self, events: Iterable[ev.Event]) -> None:
        """After a restart: know what the journal raised, so that it can be cleared, and only once.

        Args:
            events: the whole journal, oldest first.
        """
        codes: dict[str, str] = {}
        for event in events:
            if isinstance(event, ev.AlarmRaised):
                self._count += 1
                codes[event.alarm] = event.code
                self._of_cause[event.code] = event.alarm, event.priority
                self._stand(event.code, event.where, event.alarm, event.what)
            elif not isinstance(event, _LATER) or event.alarm not in codes:
                continue
            elif isinstance(event, ev.AlarmJoined):
                self._stand(codes[event.alarm], event.where, event.alarm, event.what)
            elif isinstance(event, ev.AlarmLeft):
                self._leave(codes[event.alarm], event.where)
            elif isinstance(event, ev.AlarmRestated):
                for where in list(self._standing.get(event.alarm, ())):
                    self._leave(codes[event.alarm], where)
                self._stand(codes[event.alarm], event.where, event.alarm, event.what)
            else:
                for where in list(self._standing.get(event.alarm, ())):
                    self._leave(codes[event.alarm], where)
                self._gone[event.alarm] = event.at_ms

    def is_raised(self, code: str, where: str) -> bool:
        """Whether this alarm is raised."""
        return (code, where) in self._raised

    def places(self, code: str) -> tuple[str, ...]:
        """Where alarms of this code are raised."""
        return tuple(where for each, where in self._raised if each == code)

    def said(self, code: str, where: str) -> str:
        """What an alarm says of a place; "" where it is not raised there."""
        return self._raised.get((code, where), ("", ""))[1]

    def raise_(
        self, at_ms: int, code: str, where: str, detail: str = "", priority: int | None = None
    ) -> None:
        """Raise `code` at `where` once; one that is raised there is left as it is.

        Args:
            at_ms: the present.
            code: the cause.
            where: its place.
            detail: for the text.
            priority: now, where it is not that of the kind; one that has become graver is raised
                as a new alarm, and one that has become less grave stays as grave as it was.
        """
        name, _ = self._raised.get((code, where), ("", ""))
        newest, was = self._of_cause.get(code, ("", 0))
        if name and (priority is None or name != newest or priority >= was):
            return
        self.clear(at_ms, code, where)
        self.say(at_ms, code, where, detail, priority)

    def say(
        self, at_ms: int, code: str, where: str, detail: str = "", priority: int | None = None
    ) -> None:
        """Raise `code` at `where`; one that is raised there with other particulars is told anew.

        A place joins the alarm of its cause where that stands or has only just gone, if it is as
        grave. The arguments are those of `raise_`.
        """
        kind = KINDS[code]
        priority = kind.priority if priority is None else priority
        what = _what(code, detail)
        if self._raised.get((code, where), ("", ""))[1] == what:
            return
        name, was = self._of_cause.get(code, ("", priority))
        just_now = at_ms - self._gone.get(name, at_ms) < OVER_AFTER_MS
        if name and was == priority and just_now:
            self._stand(code, where, name, what)
            self._emit(ev.AlarmJoined(at_ms, name, where, what))
            return
        self._count += 1
        name = f"A{self._count:02d}"
        self._of_cause[code] = name, priority
        self._stand(code, where, name, what)
        self._emit(
            ev.AlarmRaised(
                at_ms,
                name,
                priority,
                code,
                where,
                what,
                kind.consequence,
                kind.response,
                kind.recurs,
            )
        )

    def insist(self, at_ms: int, code: str, where: str, detail: str = "") -> None:
        """As `say`; the place wants an answer of its own, whatever was answered of others.

        What is told again of a place is covered by no answer, so a place that joins is told twice.
        """
        new, (newest, _) = (code, where) not in self._raised, self._of_cause.get(code, ("", 0))
        self.say(at_ms, code, where, detail)
        name, what = self._raised[code, where]
        if new and name == newest:
            self._emit(ev.AlarmJoined(at_ms, name, where, what))

    def follow(self, at_ms: int, code: str, details: Mapping[str, str]) -> None:
        """Let `code` stand in exactly these places: new ones join, those in order again leave.

        Args:
            at_ms: the present.
            code: the cause.
            details: the detail by place; it counts as the place joins.
        """
        for where, detail in details.items():
            self.raise_(at_ms, code, where, detail)
        if not self._raised:
            return
        for where in self.places(code):
            if where not in details:
                self.clear(at_ms, code, where)

    def clear(self, at_ms: int, code: str, where: str) -> None:
        """The condition is gone from that place; nothing happens where it was not raised."""
        if (code, where) not in self._raised:
            return
        name = self._leave(code, where)
        if name in self._standing:
            self._emit(ev.AlarmLeft(at_ms, name, where))
        else:
            self._gone[name] = at_ms
            self._emit(ev.AlarmCleared(at_ms, name))

    def _stand(self, code: str, where: str, name: str, what: str) -> None:
        if (code, where) in self._raised and self._raised[code, where][0] != name:
            self._leave(code, where)
        self._raised[code, where] = name, what
        self._standing.setdefault(name, {})[where] = None
        self._gone.pop(name, None)

    def _leave(self, code: str, where: str) -> str:
        """Take a place out; returns the alarm that it had."""
        name, _ = self._raised.pop((code, where), ("", ""))
        places = self._standing.get(name, {})
        places.pop(where, None)
        if not places:
            self._standing.pop(name, None)
        return name


def _what(code: str, detail: str) -> str:
    """What an alarm says, with its detail in place."""
    text = detail if detail.isprintable() else cleaned(detail, LONGEST_DETAIL)
    return KINDS[code].what.replace("{}", text)
