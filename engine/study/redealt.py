"""Placebo trials dealt again: what other coins would have made of the same attempts.

A trial of nothing changes nothing, so the attempts of a day are the same whatever its coin says.
The same attempts, dealt by other coins, are therefore further placebo trials, each exactly as the
desk would have had it; their attempts need not be traded again.
"""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Final

from engine.learning.attempt_results import AttemptResult
from engine.orders import events as ev
from engine.runtime.trials.conducting import figures
from engine.runtime.trials.levers import PLACEBO
from engine.state.desk import DeskState
from engine.state.hung_units import hung
from engine.state.trial_record import TrialRecord
from engine.study.trial_rows import TrialFigures, figures_of

COINS: Final = 20
"""Further coins by which each placebo trial of a desk is dealt."""


class RedealtTrials:
    """Follows a desk's placebo trials under other coins; single-threaded.

    Args:
        coins: how many for each trial.

    Attributes:
        records: of the further trials, named after the desk's own: "T1/1", "T1/2", ...
        carried: the names of those that go on from the day before.
    """

    def __init__(self, coins: int = COINS) -> None:
        self._coins = coins
        self.records: list[TrialRecord] = []
        self.carried: set[str] = set()
        self._dealt_from: set[str] = set()
        self._debits: dict[str, int] = {}

    def next_day(self, at_ms: int) -> RedealtTrials:
        """What follows the next day of a chain, with the trials that run; this one is over.

        Args:
            at_ms: epoch milliseconds at which the day ended.
        """
        later = RedealtTrials(self._coins)
        later._dealt_from |= self._dealt_from
        for record in self.running:
            goes_on = TrialRecord(record.started, record.venue)
            goes_on.carried(record.carry(at_ms))
            later.records.append(goes_on)
            later.carried.add(goes_on.name)
        return later

    def figures(self) -> tuple[TrialFigures, ...]:
        """Every further trial as it stands."""
        return tuple(
            figures_of(record, record.name in self.carried, record.name.partition("/")[0])
            for record in self.records
        )

    def watch(self, state: DeskState) -> None:
        """Learn from a desk's state what attempts come to, before it runs."""
        state.observe_attempts(self._counted)

    @property
    def running(self) -> Iterable[TrialRecord]:
        """Those that have not ended."""
        return (record for record in self.records if record.running)

    def observe(self, event: ev.Event) -> None:
        """Take the desk's next event, before its state does."""
        if isinstance(event, ev.TrialStarted):
            # One that goes on from the day before was dealt again on its first.
            if event.lever == PLACEBO and event.trial not in self._dealt_from:
                self._dealt_from.add(event.trial)
                self.records += (self._dealt(event, coin) for coin in range(1, self._coins + 1))
        elif isinstance(event, ev.PairChosen):
            self._debits[event.order] = event.cycle
            for record in self.running:
                if record.concerns(event.trader):
                    record.chosen(event.trader, event.cycle, record.arm(event.trader))
        elif isinstance(event, ev.OrderEnded):
            cycle = self._debits.pop(event.order, None)
            if cycle is not None and event.status in ("rejected", "denied"):
                for record in self.running:
                    record.rejected(event.trader, cycle)
        elif isinstance(event, ev.TrialShut):
            for record in self.running:
                self._shut(record, event)
        elif isinstance(event, ev.CycleEnded):
            for record in self.running:
                record.cycle_ended(event, hung(event))
                self._end(record, event.at_ms)

    def _shut(self, record: TrialRecord, event: ev.TrialShut) -> None:
        """Loss room or budget kept a trader from ordering: the time is its arm's by this coin."""
        place = record.assignment.place(event.trader) if record.concerns(event.trader) else None
        if place is not None:
            record.shut(event._replace(trial=record.name, after=place.after))
            self._end(record, event.at_ms)

    def _counted(self, row: AttemptResult, sign: int) -> None:
        for record in self.running:
            if record.concerns(row.trader):
                record.counted(row, sign)
                self._end(record, row.at_ms)

    @staticmethod
    def _dealt(started: ev.TrialStarted, coin: int) -> TrialRecord:
        seed = Random(f"{started.seed}/{coin}").getrandbits(48)
        return TrialRecord(started._replace(trial=f"{started.trial}/{coin}", seed=seed), "")

    @staticmethod
    def _end(record: TrialRecord, at_ms: int) -> None:
        """End a trial whose end is reached."""
        end = record.course.end
        if end is not None and record.running:
            state = record.course.state()
            told = figures(record, state)
            record.end(ev.TrialEnded(at_ms, record.name, end.value, told, list(state.reasons)), 0)
