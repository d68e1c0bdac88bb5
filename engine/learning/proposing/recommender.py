"""Which changes are worth showing, in which order."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from engine.learning.evidence.answers import Answers
from engine.learning.evidence.gathering import Evidence
from engine.learning.evidence.looks import Looks
from engine.learning.evidence.promising import FIRST_PAIRS, smallest_effect
from engine.learning.metrics import OptimizationMetrics
from engine.learning.proposals import Proposal
from engine.learning.proposing.advised import strength
from engine.learning.proposing.earlier_cancel import propose_cancel
from engine.learning.proposing.levers import BY_FIELD, DESK, DeskNow
from engine.learning.proposing.tried import tried_values
from engine.learning.proposing.untried import Untried
from engine.learning.verdicts import Verdict

THIN_SHOWN: Final = 2
"""Thin advice that is shown at a time: a desk of many traders would fill its screen with it."""


class Recommender:
    """Derives advice from the dollars of attempts, and of fill times.

    Args:
        evidence: attempts so far.
        desk: fill times of the whole desk.
        traders: each trader's own, by key; the mapping is read at every call.
        most: proposals returned at a time.
    """

    def __init__(
        self,
        evidence: Evidence,
        desk: OptimizationMetrics,
        traders: Mapping[str, OptimizationMetrics],
        most: int = 12,
    ) -> None:
        self._evidence = evidence
        self._desk = desk
        self._traders = traders
        self._most = most
        self._looks = Looks()
        self._smallest: tuple[int, float] | None = None

    def smallest(self, now: DeskNow) -> float | None:
        """The smallest gain worth having, dollars a trader-hour; frozen for a session.

        A rate of ten attempts would set it for the day: it is set by as many quarter hours as the
        first look needs, so every look finds it set. None before.
        """
        if self._smallest is None or self._smallest[0] != now.session:
            if self._evidence.blocks < FIRST_PAIRS:
                return None
            rate = self._evidence.answers().total().per_hour
            self._smallest = now.session, smallest_effect(rate)
        return self._smallest[1]

    def consider(self, now: DeskNow) -> list[Proposal]:
        """Every change worth showing: promising first, then by what it gains.

        Args:
            now: what is in use.
        """
        if not self._evidence.attempts:
            return []
        smallest = self.smallest(now)
        told = self._evidence.answers()
        found = [
            *tried_values(told, now, self._looks, smallest),
            *Untried(told, now, self._looks, smallest).everything(),
            *self._cancels(told, now, smallest),
        ]
        best: dict[tuple[str, str], Proposal] = {}
        for each in sorted(sorted(found, key=lambda p: p.key), key=strength, reverse=True):
            best.setdefault((each.kind, each.trader), each)
        shown = [each for each in best.values() if each.verdict is not Verdict.THIN]
        thin = [each for each in best.values() if each.verdict is Verdict.THIN]
        thin.sort(key=lambda p: (-min((arm.n for arm in p.arms), default=0), p.key))
        room = max(0, self._most - len(thin[:THIN_SHOWN]))
        return (shown[:room] + thin[:THIN_SHOWN])[: self._most]

    def _cancels(self, told: Answers, now: DeskNow, smallest: float | None) -> Iterable[Proposal]:
        """Earlier cancels, from the times of fills: the same attempts tell what they would lose."""
        lever = BY_FIELD["cancel_ms"]
        if now.common(lever) is not None and not any(t.busy for t in now.traders.values()):
            live = next(iter(now.traders.values()))
            cancel_ms = live.settings.cancel_ms
            ghosts = None if now.ghosts is None else now.ghosts.of_desk(cancel_ms)
            found = propose_cancel(
                DESK, self._desk, live, told.total(), smallest, now.now_s, ghosts
            )
            if found is not None:
                yield found
        if len(now.traders) > 1:
            for key, live in now.traders.items():
                metrics = self._traders.get(key)
                if metrics is None or live.busy:
                    continue
                arm = told.total(key)
                cancel_ms = live.settings.cancel_ms
                ghosts = None if now.ghosts is None else now.ghosts.of(key, cancel_ms)
                found = propose_cancel(key, metrics, live, arm, smallest, now.now_s, ghosts)
                if found is not None:
                    yield found
