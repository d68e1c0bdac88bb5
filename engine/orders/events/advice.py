"""Recommendations, and the trials that decide about them."""

from __future__ import annotations

from typing import Any, NamedTuple


class Recommended(NamedTuple):
    """The engine recommends a change; `evidence` holds the figures it rests on."""

    at_ms: int
    recommendation: str
    trader: str
    kind: str
    before: Any
    after: Any
    verdict: str
    evidence: dict[str, Any]


class RecommendationSettled(NamedTuple):
    """A recommendation was applied, rejected, snoozed, undone, reverted, superseded or expired.

    by_program: a program applied it, and would do so again.
    """

    at_ms: int
    recommendation: str
    outcome: str
    reason: str
    by_program: bool = False


class TrialStarted(NamedTuple):
    """A change is tried: by turns it is in force and is not, as a coin says (docs/learning.md).

    trader is "*" for the desk; lever the setting that changes; before its former value by trader,
    for every trader concerned; after the value that is tried. design is "attempt", "block" or
    "session": what the coin assigns; seed the coin's. plan holds the figures of a TrialPlan and
    never changes; loss_room dollars; week the ISO week, number how many trials of it this makes.
    needed says how long it may take (pairs, attempts, sessions), predicted what the
    recommendation promised (effect, low, high: dollars a trader-hour), empty where nothing.
    """

    at_ms: int
    trial: str
    recommendation: str
    trader: str
    lever: str
    before: dict[str, Any]
    after: Any
    design: str
    seed: int
    plan: dict[str, Any]
    loss_room: float
    week: str
    number: int
    needed: dict[str, Any]
    predicted: dict[str, Any]


class TrialBlockEnded(NamedTuple):
    """A block of a trial is over: whole, or given up with the pair it belongs to (`why`).

    Trials by attempt have pairs in place of blocks: only their giving up is an event. seconds is
    the time of the trial's traders in a block that is a session, summed.
    """

    at_ms: int
    trial: str
    block: int
    whole: bool
    seconds: float
    why: str


class TrialShut(NamedTuple):
    """For so many seconds a gate kept a trader in an arm of a trial from ordering."""

    at_ms: int
    trial: str
    trader: str
    after: bool
    seconds: float
    gate: str


class TrialEnded(NamedTuple):
    """A trial is over: `end` is an End; figures are what it came to, reasons sentences."""

    at_ms: int
    trial: str
    end: str
    figures: dict[str, Any]
    reasons: list[str]


class TookOver(NamedTuple):
    """A new run goes on with what the desk's run before it had learned by trials.

    run and session_date say which run, and what it last traded. trials counts those that were ever
    named, ended and kept those that ended, and those that were kept; weeks has those started in an
    ISO week and not told in rows of their own. quiet rests a trader's lever: trader, setting, epoch
    milliseconds until. finished are predictions beside their measurements, dollars a trader-hour:
    predicted, its low and high, measured, standard error, half of the interval of the measurement.
    """

    at_ms: int
    run: str
    session_date: str
    trials: int
    ended: int
    kept: int
    weeks: dict[str, int]
    quiet: list[list[Any]]
    finished: list[list[float]]


class TrialCarried(NamedTuple):
    """How far a trial was when the run before ended; its own TrialStarted comes just before.

    block is the next one, used the attempts by trader, both without the pairs that were given up;
    given_up counts those, open_pairs the ones that were over but had dollars still open when a run
    ended, which are left out, too. course has the sums of the complete pairs (Course.values). half
    is the first block of a pair of sessions, empty where there is none: whether the arm after was
    in force (1 or 0), attempts, dollars, seconds.
    """

    at_ms: int
    trial: str
    block: int
    used: dict[str, int]
    given_up: int
    course: dict[str, Any]
    half: list[float]
    open_pairs: int = 0
