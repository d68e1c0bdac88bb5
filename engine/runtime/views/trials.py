"""Trials as a snapshot shows them: where each stands, what advice promised, what a trial takes."""

from __future__ import annotations

import math
from itertools import islice
from typing import Final

from engine.learning.proposals import Proposal
from engine.learning.trials.sequence import confidence_sequence
from engine.report.trials import calibration_sentence
from engine.runtime.advice.advisor import Advice
from engine.runtime.advice.events import plain
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.settings import SettingRefusedError
from engine.runtime.trials.starting import Planner, Prepared
from engine.snapshot import AdviceLedger, TrialNeeds, TrialPoint, TrialView
from engine.state.trial_record import TrialRecord
from engine.state.trials import Trials

SHOWN: Final = 20
"""Ended trials shown, the last ones."""

POINTS: Final = 12
"""Points of a trial's course that are shown."""

LOOK_EVERY_ATTEMPTS: Final = 25
"""What a trial takes is computed anew after so many attempts."""


def ledger_of(trials: Trials) -> AdviceLedger:
    """How good advice was so far."""
    return AdviceLedger(*trials.ended_and_kept(), calibration_sentence(trials))


class TrialViews:
    """Trials as they are shown; what an ended one came to is looked up once.

    Args:
        trials: of the desk.
    """

    def __init__(self, trials: Trials) -> None:
        self._trials = trials
        self._ended: dict[str, tuple[object, TrialView]] = {}
        self._points: dict[str, tuple[object, tuple[TrialPoint, ...]]] = {}

    def all(self) -> tuple[TrialView, ...]:
        """The running ones, then the last ended ones, the newest first."""
        records = self._trials.records.values()
        ended = islice((each for each in reversed(records) if not each.running), SHOWN)
        running = [self._view(record) for record in reversed(self._trials.running())]
        return (*running, *(self._seen(record) for record in ended))

    def _seen(self, record: TrialRecord) -> TrialView:
        basis = record.next_session, len(self._trials.records)
        known = self._ended.get(record.name)
        if known is None or known[0] != basis:
            known = self._ended[record.name] = basis, self._view(record)
        return known[1]

    def _view(self, record: TrialRecord) -> TrialView:
        kept = record.course.points
        basis = len(kept), kept[-1] if kept else None
        known = self._points.get(record.name)
        if known is None or known[0] != basis:
            known = self._points[record.name] = basis, _points(record)
        return _view(self._trials, record, known[1])


def _view(trials: Trials, record: TrialRecord, points: tuple[TrialPoint, ...]) -> TrialView:
    started, ended, course = record.started, record.ended, record.course
    state, told = course.state(), started.predicted
    measured = None if ended is None else trials.measured(record)
    following, assignment = record.next_session, record.assignment
    blocks = assignment.design != "attempt"
    before, after = course.before, course.after
    return TrialView(
        id=record.name,
        recommendation=started.recommendation,
        trader=started.trader,
        setting=started.lever,
        before=_common(record),
        after=started.after,
        design=started.design,
        block=assignment.block + 1 if blocks else 0,
        waiting=record.running and assignment.waiting,
        arms=_arms(record),
        pairs=state.pairs,
        pairs_needed=started.needed.get("pairs", 0),
        most_pairs=record.plan.most_pairs,
        sessions=started.needed.get("sessions", 0),
        smallest=record.plan.smallest,
        effect=state.estimate if state.pairs else None,
        low=None if state.interval is None else state.interval.low,
        high=None if state.interval is None else state.interval.high,
        points=points,
        attempts=(before.conduct.attempts, after.conduct.attempts),
        units=(before.conduct.units, after.conduct.units),
        hung=(before.conduct.hung, after.conduct.hung),
        before_usd_hour=before.hourly,
        after_usd_hour=after.hourly,
        cost_usd=record.cost_usd,
        predicted=told.get("effect"),
        predicted_low=told.get("low"),
        predicted_high=told.get("high"),
        shrunk=None if measured is None else measured[0],
        next_usd_hour=None
        if following is None or following.seconds <= 0
        else following.dollars * 3600 / following.seconds,
        started_s=started.at_ms / 1000,
        ended_s=None if ended is None else ended.at_ms / 1000,
        end="" if ended is None else ended.end,
        reasons=() if ended is None else tuple(ended.reasons),
    )


def _common(record: TrialRecord) -> object:
    """The former value, where all traders whose setting changes had the same; else None."""
    values = [record.started.before[key] for key in record.changed]
    return values[0] if all(value == values[0] for value in values) else None


def _arms(record: TrialRecord) -> tuple[tuple[str, bool], ...]:
    if not record.running or record.assignment.waiting:
        return ()
    return tuple((key, place.after) for key, place in record.assignment.places.items())


def _points(record: TrialRecord) -> tuple[TrialPoint, ...]:
    """The course, at most POINTS times."""
    plan, kept = record.plan, record.course.points
    step = max(1, math.ceil(len(kept) / POINTS))
    points = []
    for pairs in kept[step - 1 :: step]:
        gap = confidence_sequence(pairs, plan.rho, plan.error)
        low, high = (None, None) if gap is None else (gap.low, gap.high)
        points.append(TrialPoint(pairs.n, pairs.mean, low, high))
    return tuple(points)


class Needs:
    """What trials of the recommendations on offer would take.

    A trial is planned now and then; whether it may start is asked each time, since a trial that
    ends, or a rest that is over, is told by no new attempt.

    Args:
        context: the desk.
        advice: its recommendations.
        planner: plans trials.
    """

    def __init__(self, context: DeskContext, advice: Advice, planner: Planner) -> None:
        self._context = context
        self._advice = advice
        self._planner = planner
        self._known: dict[str, tuple[object, Prepared | str]] = {}

    def of(self, name: str) -> TrialNeeds | None:
        """What a trial of a recommendation would take; None where none waits for an answer."""
        proposal = self._advice.ready.get(name)
        if proposal is None:
            self._known.pop(name, None)
            return None
        planned = self._planned(name, proposal)
        if isinstance(planned, str):
            return TrialNeeds(0, 0, 0.0, planned)
        length = planned.length
        refusal = self._advice.answered(proposal) or self._planner.refusal(planned)
        return TrialNeeds(length.attempts, length.sessions, planned.plan.smallest, refusal)

    def _planned(self, name: str, proposal: Proposal) -> Prepared | str:
        """The trial, or why there can be none."""
        trials = self._context.state.trials
        attempts = trials.yardstick(each.key for each in self._advice.targets(proposal)).attempts
        standing = len(trials.records), len(trials.running())
        basis = proposal.after, standing, attempts // LOOK_EVERY_ATTEMPTS
        known = self._known.get(name)
        if known is None or known[0] != basis:
            known = self._known[name] = basis, self._made(proposal)
        return known[1]

    def _made(self, proposal: Proposal) -> Prepared | str:
        try:
            return self._planner.prepare(proposal.setting, proposal.trader, plain(proposal.after))
        except (RefusedError, SettingRefusedError) as refusal:
            return str(refusal)
