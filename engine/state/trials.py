"""Every trial the desk's journal holds, what its attempts teach the next one, and the ledger."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, Final

from engine.learning.attempt_results import AttemptResult, explores, venue_of
from engine.learning.evidence.promising import smallest_effect
from engine.learning.trials.calibration import (
    SPREAD_SHARE,
    Calibration,
    FinishedTrial,
    calibrate,
    promise,
    shrunk,
    spread_of_effects,
)
from engine.learning.trials.past import PastAttempts, Yardstick, yardstick
from engine.orders import events as ev
from engine.state.trial_record import AFTER, TrialRecord

KEPT: Final = "KEPT"
UNDONE: Final = "undone"

_ARM_AFTER: Final = f" {AFTER}"

QUIET_S: Final = 3600.0
"""Seconds after a trial's end in which its lever is not tried again and the size stands still."""


def week_of(session_date: str) -> str:
    """The ISO week of an exchange date, in ISO text: within it trials share their error."""
    year, week, _ = date.fromisoformat(session_date).isocalendar()
    return f"{year}-W{week:02d}"


class Trials:
    """The desk's trials, the running and the ended ones.

    Attributes:
        records: by name, in the order in which they were started.
        past: by trader, what attempts under the values in force came to.
        venue: where attempts are made now, and what fills them.
        took_over: what the run before had learned; None where this one began by itself. Its
            figures are of the venue at which it was taken over.
        carried: trials of the run before that went on here.
    """

    def __init__(self) -> None:
        self.records: dict[str, TrialRecord] = {}
        self.past: dict[str, PastAttempts] = {}
        self.venue = ""
        self.took_over: ev.TookOver | None = None
        self.carried: set[str] = set()
        self._session = 0
        self._taken_back: dict[str, None] = {}
        self._took_over_at = ""
        self._settings: Mapping[str, Any] = {}

    # ------------------------------------------------------------------ reading

    def running(self) -> list[TrialRecord]:
        """Those that have not ended."""
        return [record for record in self.records.values() if record.running]

    def of(self, trader: str) -> TrialRecord | None:
        """The running trial that concerns a trader; None where none does."""
        return next((each for each in self.running() if each.concerns(trader)), None)

    def in_week(self, week: str) -> int:
        """How many were started in an ISO week."""
        earlier = 0 if self.took_over is None else self.took_over.weeks.get(week, 0)
        return earlier + sum(record.started.week == week for record in self.records.values())

    @property
    def named(self) -> int:
        """The number of the last trial that was named, in this run or one before."""
        earlier = 0 if self.took_over is None else self.took_over.trials
        return max([earlier, *(int(name.lstrip("T") or 0) for name in self.records)])

    def ended_and_kept(self) -> tuple[int, int]:
        """How many trials have ended here, and how many were kept, runs before included."""
        ended = [each.end for _, each in self._ended_here()]
        before = self._learned
        earlier = (0, 0) if before is None else (before.ended, before.kept)
        return len(ended) + earlier[0], sum(end == KEPT for end in ended) + earlier[1]

    def yardstick(self, traders: Iterable[str]) -> Yardstick:
        """What attempts of these traders tell of a trial's length."""
        return yardstick(self.past[key] for key in traders if key in self.past)

    def finished(self) -> list[FinishedTrial]:
        """The trials that ended here and had a prediction, beside what they measured.

        One that ended after so few pairs that nothing is excluded measured nothing.
        """
        earlier = [] if self._learned is None else self._learned.finished
        finished = [FinishedTrial(*each) for each in earlier]
        for record, _ in self._ended_here():
            told, reach = record.started.predicted, record.course.reach
            if reach is None or "effect" not in told:
                continue
            pairs = record.course.pairs
            held = told["effect"], told["low"], told["high"]
            finished.append(FinishedTrial(*held, pairs.mean, pairs.standard_error, reach))
        return finished

    def calibration(self) -> Calibration:
        """How predictions did so far; its factor shrinks the next one."""
        return calibrate(self.finished())

    def promised(
        self, effect: float, low: float, high: float, rate: float
    ) -> tuple[float, float, float]:
        """What a trial is held to, from an estimate of its effect with a 95 % interval.

        Args:
            effect, low, high: dollars a trader-hour.
            rate: dollars a trader-hour under the values in force.
        """
        return promise(effect, low, high, self._spread(rate), self.calibration().factor)

    def measured(self, record: TrialRecord) -> tuple[float, float] | None:
        """A trial's effect and its deviation, shrunk for having stopped; None where it has none."""
        pairs = record.course.pairs
        if pairs.n < 2 or not math.isfinite(pairs.standard_error):
            return None
        return shrunk(pairs.mean, pairs.standard_error, self._spread(record.plan.rate))

    def _spread(self, rate: float) -> float:
        """How far the effects of changes lie from 0, at these dollars a trader-hour."""
        assumed = abs(rate) * SPREAD_SHARE
        return spread_of_effects(self.finished(), assumed, smallest_effect(rate))

    @property
    def _learned(self) -> ev.TookOver | None:
        """What earlier runs learned at the present venue."""
        return self.took_over if self._took_over_at == self.venue else None

    def _ended_here(self) -> Iterator[tuple[TrialRecord, ev.TrialEnded]]:
        """The ended trials of the present venue: those of another are in no figure of it."""
        for record in self.records.values():
            if record.ended is not None and record.venue == self.venue:
                yield record, record.ended

    # ------------------------------------------------------------------ events

    def session_started(self, event: ev.SessionStarted, resumed: bool) -> None:
        """A session began or went on; what another venue or fill model taught counts no more."""
        venue = venue_of(event)
        if venue != self.venue:
            self.past.clear()
        self.venue, self._settings = venue, event.settings
        self._session = date.fromisoformat(event.session_date).toordinal()
        if not resumed:
            for record in self.running():
                record.session_began()

    def started(self, event: ev.TrialStarted) -> None:
        """A trial begins."""
        self.records[event.trial] = TrialRecord(event, self.venue, self._settings)

    def taken_over(self, event: ev.TookOver) -> None:
        """The run goes on with what the one before had learned."""
        self.took_over, self._took_over_at = event, self.venue

    def goes_on(self, event: ev.TrialCarried) -> None:
        """A trial of the run before, started anew a moment ago, goes on from where it was."""
        record = self.records.get(event.trial)
        if record is not None:
            self.carried.add(event.trial)
            record.carried(event)

    def block_ended(self, event: ev.TrialBlockEnded) -> None:
        """A block is over."""
        record = self.records.get(event.trial)
        if record is not None:
            record.block_ended(event)

    def shut(self, event: ev.TrialShut) -> None:
        """An arm was kept from ordering for a while."""
        record = self.records.get(event.trial)
        if record is not None:
            record.shut(event)

    def ended(self, event: ev.TrialEnded) -> None:
        """A trial is over."""
        record = self.records.get(event.trial)
        if record is not None:
            record.end(event, self._session)

    def resolved(self, event: ev.RecommendationSettled) -> None:
        """A recommendation was settled; of one that was taken back no attempt tells any more."""
        if event.outcome == UNDONE:
            self._taken_back[event.recommendation] = None

    def chosen(self, trader: str, cycle: int, arm: str) -> None:
        """A debit goes out; `arm` says how its attempt was drawn."""
        record = self.records.get(arm.partition(" ")[0]) if arm else None
        if record is not None:
            record.chosen(trader, cycle, arm)

    def rejected(self, trader: str, cycle: int) -> None:
        """A debit never worked at the broker."""
        for record in self.running():
            if record.concerns(trader):
                record.rejected(trader, cycle)

    def counted(self, row: AttemptResult, sign: int) -> None:
        """The dollars of an attempt are known, or a row is taken back before a revised one."""
        if row.venue != self.venue:
            return
        if not row.arm or not (row.arm.endswith(_ARM_AFTER) or explores(row.arm)):
            past = self.past.get(row.trader)
            if past is None:
                past = self.past[row.trader] = PastAttempts()
            past.add(row.dollars, row.seconds, row.filled > 0, sign)
        for record in self.records.values():
            gone = record.started.recommendation in self._taken_back
            if record.venue == row.venue and record.concerns(row.trader) and not gone:
                record.counted(row, sign)

    def cycle_ended(self, event: ev.CycleEnded, hung: bool) -> None:
        """A cycle with a filled debit is over."""
        for record in self.running():
            if record.concerns(event.trader):
                record.cycle_ended(event, hung)
