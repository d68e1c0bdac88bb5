"""What the operator sees and did: alarms, recommendations, settings, actions, the event lines."""

from __future__ import annotations

from collections import deque
from typing import Final

from engine.config.names import number_text
from engine.orders import events as ev
from engine.state.alarm_record import AlarmRecord
from engine.state.last_lines import LastLines

LINES: Final = 10_000
"""Event lines kept."""

_DRAIN: Final = "drain"
KEPT: Final = 200
"""Cleared alarms, recommendations, actions and tickets kept, of each."""

_REPORTED_STAGES: Final = frozenset({"H4", "H5", "H6", "H7"})


class RecommendationRecord:
    """A recommendation and its state: ready, or how it was resolved."""

    __slots__ = ("made", "reason", "state")

    def __init__(self, made: ev.Recommended) -> None:
        self.made = made
        self.state = "ready"
        self.reason = ""

    def resolved(self, outcome: str, reason: str) -> None:
        """It was applied, rejected, snoozed, undone, reverted, or expired."""
        self.state = outcome
        self.reason = reason


class Notices:
    """The state that the desk's rarer events make up.

    Attributes:
        alarms, cleared: active alarms by name; the last cleared ones, oldest first.
        recommendations: the last ones by id.
        lines, actions: event lines and operator actions, oldest first.
        settings: the last change of each (trader, setting).
        phase, compared: the exchange's phase; the last comparison of the books.
        raised, raised_ms, acked_after_ms: this session's alarms by priority, when they were raised
            and how long each waited for its acknowledgement.
        raised_codes: the same alarms by priority and code.
        looks: how often each gate was the first closed this session; OPEN where none was.
        operator: this session's operator actions: how many of each outcome.
        ended_by: who first asked for the session's end, and why; "" where nobody did.
    """

    def __init__(self) -> None:
        self.alarms: dict[str, AlarmRecord] = {}
        self.cleared: deque[AlarmRecord] = deque(maxlen=KEPT)
        self.recommendations: dict[str, RecommendationRecord] = {}
        self.lines = LastLines(LINES)
        self.actions: deque[ev.OperatorActed] = deque(maxlen=KEPT)
        self.settings: dict[tuple[str, str], ev.SettingChanged] = {}
        self.phase = ""
        self.compared: ev.BooksCompared | None = None
        self.new_session()
        self.session_started()

    def new_session(self) -> None:
        """Begin to count afresh; active alarms and recommendations stay."""
        self.raised: dict[int, int] = {1: 0, 2: 0, 3: 0}
        self.raised_codes: dict[tuple[int, str], int] = {}
        self.looks: dict[str, int] = {}
        self.raised_ms: deque[int] = deque(maxlen=1000)
        self.acked_after_ms: deque[int] = deque(maxlen=1000)
        self.operator: dict[str, dict[str, int]] = {}
        self._tickets: dict[tuple[str, str], str] = {}

    def session_started(self) -> None:
        """A desk began or went on with a session: nobody has asked for its end yet."""
        self.ended_by = ""

    def line(self, at_ms: int, text: str, source: str = "eng") -> None:
        """Add an event line."""
        self.lines.tell(at_ms / 1000, source, text)

    def wants_answer(self, event: ev.Event) -> bool:
        """Whether an alarm wants an answer by an event that is about to be applied."""
        if isinstance(event, ev.AlarmRaised):
            return event.alarm not in self.alarms
        if not isinstance(event, ev.AlarmJoined):
            return False
        record = self._known(event.alarm)
        return record is not None and record.wants_answer(event.where)

    def alarm_raised(self, event: ev.AlarmRaised) -> ev.AlarmRaised | None:
        """An alarm is raised, and returned; one that is active already changes nothing."""
        if event.alarm in self.alarms:
            return None
        self.alarms[event.alarm] = AlarmRecord(event)
        self._demanded(event, event.at_ms)
        return event

    def alarm_joined(self, event: ev.AlarmJoined) -> ev.AlarmRaised | None:
        """An alarm holds in another place; one that was cleared a moment ago stands again.

        Returns:
            The alarm as if raised there, where it wants a new answer; else None.
        """
        record = self._known(event.alarm)
        if record is None:
            return None
        if event.alarm not in self.alarms:
            self.cleared.remove(record)
            self.alarms[event.alarm] = record
        if not record.joined(event):
            return None
        self._demanded(record.raised, event.at_ms)
        return record.raised._replace(at_ms=event.at_ms, where=event.where, what=event.what)

    def _known(self, alarm: str) -> AlarmRecord | None:
        """An active alarm, or one of the last that were cleared."""
        record = self.alarms.get(alarm)
        if record is None:
            return next((r for r in self.cleared if r.raised.alarm == alarm), None)
        return record

    def alarm_left(self, event: ev.AlarmLeft) -> None:
        """One of an alarm's places is in order again."""
        if event.alarm in self.alarms:
            self.alarms[event.alarm].left(event.where)

    def alarm_restated(self, event: ev.AlarmRestated) -> None:
        """An alarm says something else now, in a journal of an earlier version."""
        if event.alarm in self.alarms:
            self.alarms[event.alarm].restated(event)

    def _demanded(self, alarm: ev.AlarmRaised, at_ms: int) -> None:
        """An alarm wants an answer: a new one, or one that was answered and is worse."""
        priority, code = alarm.priority, (alarm.priority, alarm.code)
        self.raised[priority] = self.raised.get(priority, 0) + 1
        self.raised_codes[code] = self.raised_codes.get(code, 0) + 1
        self.raised_ms.append(at_ms)

    def alarm_cleared(self, event: ev.AlarmCleared) -> None:
        """An alarm's condition is gone."""
        record = self.alarms.pop(event.alarm, None)
        if record is not None:
            record.cleared()
            self.cleared.append(record)

    def alarm_acknowledged(self, event: ev.AlarmAcknowledged) -> None:
        """An operator acknowledged an alarm."""
        record = self.alarms.get(event.alarm)
        if record is not None and record.state in ("unacked", "shelved"):
            self.acked_after_ms.append(record.acknowledged(event.at_ms))

    def recommended(self, event: ev.Recommended) -> None:
        """A recommendation is ready; beyond KEPT the oldest resolved one is dropped."""
        self.recommendations[event.recommendation] = RecommendationRecord(event)
        if len(self.recommendations) > KEPT:
            resolved = (key for key, each in self.recommendations.items() if each.state != "ready")
            del self.recommendations[next(resolved, next(iter(self.recommendations)))]
        self.line(
            event.at_ms,
            f"{event.recommendation} {event.kind} {_whose(event.trader)} "
            f"{_value(event.before)} -> {_value(event.after)} {event.verdict}",
        )

    def resolved(self, event: ev.RecommendationSettled) -> None:
        """A recommendation was applied, rejected, snoozed, undone, reverted or expired."""
        record = self.recommendations.get(event.recommendation)
        if record is not None:
            record.resolved(event.outcome, event.reason)
        self.line(event.at_ms, f"{event.recommendation} {event.outcome}{_remark(event.reason)}")

    def trial_started(self, event: ev.TrialStarted) -> None:
        """A line for a change that is tried by turns."""
        change = f"{_value(next(iter(event.before.values()), None))} -> {_value(event.after)}"
        what = event.lever if event.after is None else f"{event.lever} {change}"
        self.line(event.at_ms, f"{event.trial} tries {what} on {_whose(event.trader)}")

    def trial_ended(self, event: ev.TrialEnded) -> None:
        """A line for the end of a trial."""
        self.line(event.at_ms, f"{event.trial} {event.end}{_remark(' '.join(event.reasons))}")

    def operator_acted(self, event: ev.OperatorActed) -> None:
        """An operator acted; a later outcome of the same ticket replaces the former."""
        if event.action == _DRAIN and event.outcome == "confirmed" and not self.ended_by:
            key = f" {event.key}" if event.key else ""
            self.ended_by = f"{event.who}{key} ({event.reason})"
        ticket = event.ticket, event.action
        counts = self.operator.setdefault(event.action, {})
        before = self._tickets.get(ticket) if event.ticket else None
        if before is not None:
            counts[before] -= 1
            if not counts[before]:
                del counts[before]
        counts[event.outcome] = counts.get(event.outcome, 0) + 1
        if event.ticket:
            self._tickets[ticket] = event.outcome
            if len(self._tickets) > KEPT:
                del self._tickets[next(iter(self._tickets))]
        if event.action == "shelve" and event.outcome in ("accepted", "confirmed"):
            record = self.alarms.get(event.target)
            if record is not None:
                record.shelved()
        self.actions.append(event)
        target = "" if event.target == "*" else f"{asked_of(event.target)} "
        self.line(
            event.at_ms,
            f"{event.action} {target}{event.outcome}{_remark(event.reason)}",
            "op",
        )

    def setting_changed(self, event: ev.SettingChanged) -> None:
        """A parameter was changed, by approval or by undoing one."""
        self.settings[event.trader, event.setting] = event
        self.line(
            event.at_ms,
            f"{_whose(event.trader)} {event.setting} {_value(event.before)} -> "
            f"{_value(event.after)}"
            f"{_remark(event.why)}",
        )

    def limit_changed(self, event: ev.LimitChanged) -> None:
        """A limit was tightened, or a change of it taken back."""
        word = "back" if event.undo else "tightened"
        self.line(
            event.at_ms,
            f"limits.{event.limit} {word}: {number_text(event.limit, event.before)} -> "
            f"{number_text(event.limit, event.after)}{_remark(event.why)}",
        )

    def phase_changed(self, event: ev.PhaseChanged) -> None:
        """The exchange's phase changed."""
        self.phase = event.phase
        self.line(event.at_ms, f"phase {event.phase}{_remark(event.reason)}")

    def gates_looked_at(self, event: ev.GatesLookedAt) -> None:
        """What kept the traders from debits since the last such event."""
        for gate, count in event.looks.items():
            self.looks[gate] = self.looks.get(gate, 0) + count

    def books_compared(self, event: ev.BooksCompared) -> None:
        """The book was compared with the broker's; a line only where the result changed."""
        before, self.compared = self.compared, event
        if before is None or before.difference != event.difference:
            result = f"DIFFERENT: {event.difference}" if event.difference else "match"
            self.line(event.at_ms, f"books {result}, {event.chains} chains")

    def cycle_ended(self, event: ev.CycleEnded, hung: bool) -> None:
        """A line for a cycle that hung or did not complete."""
        if hung:
            self.line(
                event.at_ms,
                f"{event.trader} cycle {event.cycle} {event.outcome} after "
                f"{event.hedge_s:.1f} s, floor {event.floor_c / 100:+.2f}"
                f"{' ' + event.label if event.label else ''}, cash {event.net_c / 100:+.2f}",
            )

    def ladder_moved(self, event: ev.LadderMoved) -> None:
        """A line for each stage at which money may be given up."""
        if event.stage in _REPORTED_STAGES:
            self.line(event.at_ms, f"{event.trader} cycle {event.cycle} ladder {event.stage}")

    def held(self, event: ev.TraderHeld) -> None:
        """A line for an automatic hold."""
        self.line(event.at_ms, f"hold {event.trader} {event.code}: {event.text}")

    def released(self, event: ev.TraderReleased) -> None:
        """A line for the end of an automatic hold."""
        self.line(event.at_ms, f"release {event.trader} {event.code}")

    def faulted(self, event: ev.TraderFaulted) -> None:
        """A line for a trader's fault."""
        self.line(event.at_ms, f"fault {event.trader}: {event.text}")

    def resized(self, event: ev.SizeChanged) -> None:
        """A line for a change of order size."""
        self.line(
            event.at_ms, f"size {event.trader} {event.before} -> {event.after}{_remark(event.why)}"
        )


def asked_of(target: str) -> str:
    """The target of a request in words: every trader of a symbol is "all SPY"."""
    return target.replace("symbol:", "all ", 1) if target.startswith("symbol:") else target


def _whose(trader: str) -> str:
    return "all traders" if trader == "*" else trader


def _remark(reason: str) -> str:
    return f" ({reason})" if reason else ""


def _value(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(each) for each in value)
    return "-" if value is None else str(value)
