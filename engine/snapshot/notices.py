"""What the operator is shown: alarms, events, recommendations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.snapshot.rates import RateView
from engine.snapshot.trials import TrialNeeds


@dataclass(frozen=True, slots=True)
class AlarmView:
    """An alarm: what, where, consequence, response.

    state is unacked, acked, shelved or cleared; places are where it holds, with what is the matter
    there, `where` and `what` those of the first; told is how often a place was told so far,
    raised_s since when it wants an answer or wanted the one that it got, and stands_s since when it
    holds in the longest of its places: later, where places come and go unanswered.
    """

    id: str
    priority: int
    code: str
    where: str
    what: str
    consequence: str
    response: str
    state: str
    raised_s: float
    places: tuple[tuple[str, str], ...]
    told: int = 1
    stands_s: float | None = None

    @property
    def since_s(self) -> float:
        """Since when it holds where it holds now."""
        return self.raised_s if self.stands_s is None else self.stands_s


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event line; source is "op" (operator) or "eng" (engine), number its place in the run."""

    at_s: float
    source: str
    text: str
    number: int = 0


@dataclass(frozen=True, slots=True)
class RecommendationView:
    """A recommendation with its evidence.

    kind is SIZE, CANCEL, BUY, SELL, FLOOR, CHOICE, DELAY, HOURS or PAUSE; verdict PROMISING, NOT
    SEPARATED, THIN, CENSORED, CONFOUNDED, UNPROVEN or, once a trial kept it, SEPARATED,
    or UNPROVEN for what a program applied without a trial; arms the compared groups; effect and
    its interval in `unit`; state ready, trial, kept, not kept, applied, rejected, snoozed,
    undone or expired. needs says what a trial of it would take, None where it waits for no answer.
    """

    id: str
    kind: str
    trader: str
    setting: str
    before: Any
    after: Any
    bounds: str
    verdict: str
    unit: str
    effect: float | None
    effect_low: float | None
    effect_high: float | None
    arms: tuple[RateView, ...]
    evidence: tuple[str, ...]
    revert_rule: str
    state: str
    made_s: float
    expires_s: float | None
    outcome: str
    needs: TrialNeeds | None = None
