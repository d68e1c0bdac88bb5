"""What the desk's next run goes on with: trials, changes in force, quiet times, the ledger."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.learning.attempt_results import venue_of
from engine.orders import events as ev
from engine.state.desk import DeskState
from engine.state.in_force import Change
from engine.state.trials import QUIET_S, week_of

FINISHED_KEPT: Final = 500
"""Finished trials that the ledger remembers, the last ones."""


@dataclass(frozen=True, slots=True)
class CarriedTrial:
    """A trial that runs.

    Args:
        made: the row of its recommendation; None where it is not known any more.
        started, carried: the rows with which another run goes on with it.
        settings: of the session in which it began.
    """

    made: ev.Recommended | None
    started: ev.TrialStarted
    carried: ev.TrialCarried
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Carried:
    """What a run leaves to the next one of its kind; plain values, which any process may take.

    Args:
        kind: mode, account, venue and fill model: a run of another kind does not go on with it.
        changes: in force, by name, in the order in which they came into force.
        trials: that run.
        ledger: the row that the next run begins with.
    """

    kind: tuple[str, ...]
    changes: Mapping[str, Change]
    trials: tuple[CarriedTrial, ...]
    ledger: ev.TookOver

    @property
    def session_date(self) -> str:
        """The exchange date that the run traded last."""
        return self.ledger.session_date

    @property
    def is_empty(self) -> bool:
        """Whether it never tried anything."""
        return not (self.changes or self.ledger.trials)


def kind_of(session: ev.SessionStarted) -> tuple[str, ...]:
    """Which runs may go on with each other's trials."""
    return session.mode, session.account, venue_of(session)


def carried_from(state: DeskState) -> Carried | None:
    """What a run that is over leaves to the next; None where it never began a session.

    Pairs that have begun are given up, in `state` too: nothing else may be done with its trials.
    Changes that a program applied are left out: it applies them again, or not.

    Args:
        state: of the run's whole journal.
    """
    session, trials = state.session, state.trials
    if session is None:
        return None
    running = tuple(
        CarriedTrial(
            state.in_force.in_trial.get(record.started.recommendation),
            record.started,
            record.carry(state.at_ms),
            record.settings,
        )
        for record in trials.running()
    )
    quiet: list[list[Any]] = [] if trials.took_over is None else list(trials.took_over.quiet)
    for record in trials.records.values():
        if record.ended is not None:
            until_ms = round(record.ended.at_ms + QUIET_S * 1000)
            quiet += [[key, record.started.lever, until_ms] for key in record.started.before]
    week = week_of(session.session_date)
    told_again = sum(each.started.week == week for each in running)
    ended, kept = trials.ended_and_kept()
    finished = trials.finished()[-FINISHED_KEPT:]
    ledger = ev.TookOver(
        state.at_ms,
        session.run,
        session.session_date,
        trials.named,
        ended,
        kept,
        {week: trials.in_week(week) - told_again},
        [each for each in quiet if each[2] > state.at_ms],
        [
            [t.predicted, t.low, t.high, t.measured, t.standard_error, t.reach or 0.0]
            for t in finished
        ],
    )
    changes = {
        name: change for name, change in state.in_force.changes.items() if not change.by_program
    }
    return Carried(kind_of(session), changes, running, ledger)
