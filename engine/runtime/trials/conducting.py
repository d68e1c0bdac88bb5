"""Conducts trials: gives each attempt its arm, sees when a trial is over, and closes its blocks."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final

from engine.learning.trials.assignment import Design
from engine.learning.trials.ends import End, TrialState
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.trials.levers import drawn
from engine.state.trial_record import TrialRecord
from engine.state.trials import QUIET_S
from engine.trader.arms import OWN, AttemptValues

_SHUT: Final = frozenset({Gate.LOSS_ROOM, Gate.BUDGET})
"""Gates whose closing makes the arms' dollars incomparable."""

_MAY_END: Final = (ev.AttemptEnded, ev.CycleEnded, ev.Executed)
"""Events after which the dollars of an attempt may be known."""


class Trials:
    """The trials of one desk; runs in the scheduler's thread.

    Nothing of a trader's own settings changes while a trial runs: each attempt is given the values
    of its arm, and every trader has its former values the moment a trial ends, however it ends.

    Args:
        context: the desk.
    """

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._values: dict[str, AttemptValues] = {}
        self._shut: dict[str, tuple[Gate, float]] = {}
        self._on_end: list[Callable[[TrialRecord], None]] = []
        context.use_arms(self)
        context.subscribe(ev.PairChosen, self._sent)
        for kind in _MAY_END:
            context.subscribe(kind, self._look)

    def at_end(self, call: Callable[[TrialRecord], None]) -> None:
        """Call something with each trial that has ended."""
        self._on_end.append(call)

    # ------------------------------------------------------------------ what traders ask

    def values(self, trader: str) -> AttemptValues:
        """The settings of the trader's next attempt."""
        return self._values.get(trader, OWN)

    def stands_still(self, trader: str) -> bool:
        """Whether a trial concerns the trader, or did a while ago: its size stays as it is."""
        return trader in self._values or self.quiet_until_s(trader) > self._context.moment.epoch_s

    def met(self, trader: str, gate: Gate | None, now_s: float) -> None:
        """Count how long loss room or budget keeps a trader in a trial from ordering."""
        since = self._shut.get(trader)
        if gate in _SHUT and gate is not None:
            if since is None and trader in self._values:
                self._shut[trader] = gate, now_s
        elif since is not None:
            self._opened(trader, now_s)

    def _opened(self, trader: str, now_s: float) -> None:
        gate, since_s = self._shut.pop(trader)
        record = self._context.state.trials.of(trader)
        place = None if record is None else record.assignment.place(trader)
        if record is not None and place is not None and now_s > since_s:
            at_ms = self._context.moment.at_ms
            shut_s = round(now_s - since_s, 3)
            self._context.emit(
                ev.TrialShut(at_ms, record.name, trader, place.after, shut_s, gate.value)
            )
            self._look(None)

    # ------------------------------------------------------------------ what others ask

    def quiet_until_s(self, trader: str, setting: str = "") -> float:
        """Epoch second until which a trader rests from trials (of a setting); -inf for never."""
        trials = self._context.state.trials
        ended = (
            record.ended.at_ms / 1000 + QUIET_S
            for record in trials.records.values()
            if record.ended is not None
            and record.concerns(trader)
            and setting in ("", record.started.lever)
        )
        before = () if trials.took_over is None else trials.took_over.quiet
        earlier = (
            until_ms / 1000
            for key, lever, until_ms in before
            if key == trader and setting in ("", lever)
        )
        return max((*ended, *earlier), default=-math.inf)

    def tries(self, trader: str, setting: str) -> TrialRecord | None:
        """The running trial of a setting that concerns a trader; None where none does."""
        record = self._context.state.trials.of(trader)
        return record if record is not None and record.started.lever == setting else None

    def begin(self, started: ev.TrialStarted) -> None:
        """Start a trial whose plan is made."""
        self._context.emit(started)
        self._refresh()

    def go_on_with(self, started: ev.TrialStarted, carried: ev.TrialCarried) -> TrialRecord:
        """Go on with a trial of an earlier run; returns its record."""
        self._context.emit(started)
        self._context.emit(carried)
        self._refresh()
        return self._context.state.trials.records[started.trial]

    def stop(self, record: TrialRecord, reason: str) -> None:
        """End a trial before its verdict; the former values return."""
        self._end(record, record.course.state(stopped=True), reason)

    # ------------------------------------------------------------------ sessions

    def go_on(self, *, new_day: bool) -> None:
        """After a restart: go on with the trials that the journal holds.

        Inside a session every attempt gets the arm that it would have got. A block that another
        day interrupted is given up with its pair, and so is an end that nobody wrote down.
        """
        trials = self._context.state.trials
        for record in trials.running():
            if record.course.end is not None:
                self._end(record, record.course.state(), "")
            elif record.venue != trials.venue:
                self.stop(record, f"It began at {record.venue}; this is {trials.venue}.")
            elif new_day or record.interrupted:
                self._give_up(record, "the session ended without closing its block")
        self._refresh()

    def close_session(self) -> None:
        """The desk ends: close the blocks; one that is a session is whole at the close alone."""
        context = self._context
        over = context.moment.epoch_s >= context.session.last_debit_s
        for trader in list(self._shut):
            self._opened(trader, context.moment.now_s)
        for record in context.state.trials.running():
            if not record.by_session:
                self._give_up(record, "the session ended")
            elif over and record.assignment.open:
                there, at_ms = context.state.open_time, context.moment.at_ms
                hours = sum(there.hours_of(key, at_ms) for key in record.started.before)
                self._block(record, True, round(hours * 3600, 3), "")
        self._look(None)
        self._refresh()

    def _give_up(self, record: TrialRecord, why: str) -> None:
        inside = bool(record.assignment.inside) and not record.by_session
        if inside or record.interrupted:
            self._block(record, False, 0.0, why)

    def _block(self, record: TrialRecord, whole: bool, seconds: float, why: str) -> None:
        at_ms, block = self._context.moment.at_ms, record.assignment.block
        self._context.emit(ev.TrialBlockEnded(at_ms, record.name, block, whole, seconds, why))

    # ------------------------------------------------------------------ what happens

    def _sent(self, event: ev.PairChosen) -> None:
        """An attempt went out: the next one's arm is known, and a block may be over."""
        record = self._context.state.trials.of(event.trader)
        if record is None:
            return
        assignment = record.assignment
        if assignment.design is not Design.BLOCK:
            self._refresh((event.trader,))
        elif assignment.block - 1 > record.told:
            block = ev.TrialBlockEnded(
                event.at_ms, record.name, assignment.block - 1, True, 0.0, ""
            )
            self._context.emit(block)
            self._refresh()

    def _look(self, event: object) -> None:
        """End what is over; called after every attempt, nearly always without a trial."""
        if not self._context.state.trials.records:
            return
        for record in self._context.state.trials.running():
            if record.course.end is not None:
                self._end(record, record.course.state(), "")

    def _end(self, record: TrialRecord, state: TrialState, reason: str) -> None:
        at_ms = self._context.moment.at_ms
        end = End.STOPPED if state.end is None else state.end
        reasons = [reason] if reason else list(state.reasons)
        self._context.emit(
            ev.TrialEnded(at_ms, record.name, end.value, figures(record, state), reasons)
        )
        self._refresh()
        for call in self._on_end:
            call(record)

    def _refresh(self, traders: Iterable[str] | None = None) -> None:
        """Bring the values of the next attempts up to date."""
        trials = self._context.state.trials
        if traders is None:
            self._values.clear()
            traders = [key for record in trials.running() for key in record.started.before]
        for trader in traders:
            record = trials.of(trader)
            place = None if record is None else record.assignment.place(trader)
            if record is None or place is None or place.pair < 0:
                self._values.pop(trader, None)
            else:
                lever = record.started.lever
                self._values[trader] = drawn(lever, record.value(trader), record.arm(trader))
            self._context.touch(trader)


def figures(record: TrialRecord, state: TrialState) -> dict[str, Any]:
    """What a trial came to, for its last row and for screens; None where it is not known."""
    before, after = record.course.before, record.course.after
    gap, error = state.interval, state.standard_error
    return {
        "pairs": state.pairs,
        "effect": round(state.estimate, 4) if state.pairs else None,
        "standard_error": round(error, 4) if math.isfinite(error) else None,
        "low": None if gap is None else round(gap.low, 4),
        "high": None if gap is None else round(gap.high, 4),
        "cost_usd": round(record.cost_usd, 2),
        "before_usd_hour": round(before.hourly, 4),
        "after_usd_hour": round(after.hourly, 4),
        "attempts": [before.conduct.attempts, after.conduct.attempts],
        "units": [before.conduct.units, after.conduct.units],
        "hung": [before.conduct.hung, after.conduct.hung],
    }
