"""What changes sizes and settings: fills, operators, recommendations, and trials that decide."""

from __future__ import annotations

from engine.orders import events as ev
from engine.state.parts import Handlers, Parts


class Advice:
    """Takes changes of sizes and settings, recommendations and trials in.

    Args:
        parts: the desk's, which change by them.
    """

    def __init__(self, parts: Parts) -> None:
        self._traders = parts.traders
        self._notices = parts.notices
        self._trials = parts.trials
        self._explored = parts.explored
        self._in_force = parts.in_force
        self._day = parts.day

    def handlers(self) -> Handlers:
        """Who takes which kind of event in."""
        return {
            ev.SizeChanged: self._resized,
            ev.SettingChanged: self._setting_changed,
            ev.Recommended: self._recommended,
            ev.RecommendationSettled: self._resolved,
            ev.TrialStarted: self._trial_started,
            ev.TrialBlockEnded: self._trials.block_ended,
            ev.TrialShut: self._trials.shut,
            ev.TrialEnded: self._trial_ended,
            ev.TookOver: self._took_over,
            ev.TrialCarried: self._trials.goes_on,
        }

    def told_of_before(self) -> str:
        """What earlier runs left in force and in trial; "" where nothing is left of it."""
        before = self._trials.took_over
        changes = len(self._in_force.carried)
        going = sum(self._trials.records[name].running for name in self._trials.carried)
        if before is None or not (changes or going):
            return ""
        many = f"{changes} change{'s' * (changes != 1)} of earlier sessions in force"
        trials = f"{going} trial{'s' * (going != 1)} go{'es' * (going == 1)} on"
        return f"{many}, {trials}, from {before.run}; u takes a change back, --fresh begins without"

    def _resized(self, event: ev.SizeChanged) -> None:
        self._traders[event.trader].resized(event.after)
        self._notices.resized(event)

    def _setting_changed(self, event: ev.SettingChanged) -> None:
        self._notices.setting_changed(event)
        self._in_force.setting_changed(event)
        self._explored.setting_changed(event)

    def _recommended(self, event: ev.Recommended) -> None:
        self._in_force.recommended(event)
        self._notices.recommended(event)

    def _resolved(self, event: ev.RecommendationSettled) -> None:
        self._in_force.resolved(event)
        self._trials.resolved(event)
        self._notices.resolved(event)
        record = self._notices.recommendations.get(event.recommendation)
        self._day.resolved(event, "" if record is None else record.made.trader)

    def _took_over(self, event: ev.TookOver) -> None:
        self._trials.taken_over(event)
        self._notices.line(event.at_ms, f"goes on with what {event.run} had learned by trials")

    def _trial_started(self, event: ev.TrialStarted) -> None:
        self._trials.started(event)
        self._notices.trial_started(event)
        self._day.trial(event.at_ms, f"{event.trial} tries {event.lever}", event.trader)

    def _trial_ended(self, event: ev.TrialEnded) -> None:
        self._trials.ended(event)
        self._notices.trial_ended(event)
        record = self._trials.records.get(event.trial)
        trader = "" if record is None else record.started.trader
        self._day.trial(event.at_ms, f"{event.trial} {event.end}", trader)
