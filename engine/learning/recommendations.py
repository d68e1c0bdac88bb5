"""Changes that the attempts suggest, each with the evidence for and against it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Final

from engine.learning.cancel_time import propose_cancel
from engine.learning.estimators import (
    ArmTally,
    difference,
)
from engine.learning.metrics import HOUR_NEEDS, SIZE_NEEDS, OptimizationMetrics
from engine.learning.proposals import (
    DESK,
    REVERT_RULE,
    DeskSettings,
    LiveSettings,
    Proposal,
    effect_of,
    rate_arm,
    rate_sentence,
)
from engine.learning.verdicts import Judgement, Verdict, judge_difference

SESSION_HOURS: Final = 7
THIN_SHOWN: Final = 2

Strata = Iterable[tuple[ArmTally, ArmTally]]


class Recommender:
    """Derives recommendations from the statistics.

    Verdicts change only at looks, so the expensive parts (a trader's own proposals, the desk's
    strata of every trader's hours) are recomputed only after a look or a changed setting.

    Args:
        desk: statistics of the whole desk.
        traders: each trader's own, by key; the mapping is read at every call.
        most: proposals returned at a time, the desk's first, then by strength of evidence.
    """

    def __init__(
        self,
        desk: OptimizationMetrics,
        traders: Mapping[str, OptimizationMetrics] | None = None,
        most: int = 12,
    ) -> None:
        self._desk = desk
        self._traders = {} if traders is None else traders
        self._most = most
        self._own: dict[str, tuple[int, LiveSettings, list[Proposal]]] = {}
        self._strata: dict[tuple[int, int], tuple[int, list[tuple[ArmTally, ArmTally]]]] = {}

    def consider(self, now_s: float, settings: DeskSettings) -> list[Proposal]:
        """Every change worth showing, in an order that depends on the statistics alone.

        Of the thin proposals for single traders only the two nearest to enough attempts are
        shown: a desk of many traders would otherwise fill its screen with thin evidence.

        Args:
            now_s: epoch seconds.
            settings: what is in use now.
        """
        desk = settings.desk
        proposals = (
            propose_size(DESK, self._desk, desk, now_s, self._desk_strata),
            propose_hours(self._desk, desk, now_s),
            propose_cancel(DESK, self._desk, desk, now_s),
        )
        shown = [proposal for proposal in proposals if proposal is not None]
        own: list[Proposal] = []
        if len(self._traders) > 1:
            for trader, metrics in self._traders.items():
                own += self._of_trader(trader, metrics, settings.traders.get(trader, desk), now_s)
        thin = [p for p in own if p.verdict is Verdict.THIN]
        own = [p for p in own if p.verdict is not Verdict.THIN]
        own.sort(key=lambda p: (p.verdict is not Verdict.SEPARATED, -_strength(p), p.key))
        thin.sort(key=lambda p: (-min((arm.n for arm in p.arms), default=0), p.key))
        room = max(0, self._most - len(shown) - len(thin[:THIN_SHOWN]))
        return (shown + own[:room] + thin[:THIN_SHOWN])[: self._most]

    def _of_trader(
        self, trader: str, metrics: OptimizationMetrics, live: LiveSettings, now_s: float
    ) -> list[Proposal]:
        looks = metrics.looks
        known = self._own.get(trader)
        if known is not None and known[0] == looks and known[1] == live:
            return [replace(proposal, made_s=now_s) for proposal in known[2]]
        proposals = (
            propose_size(trader, metrics, live, now_s),
            propose_cancel(trader, metrics, live, now_s),
        )
        own = [p for p in proposals if p is not None]
        self._own[trader] = (looks, live, own)
        return own

    def _desk_strata(self, before: int, after: int) -> Strata:
        """Both sizes within each trader's hour, so that neither chain nor hour passes for size."""
        looks = self._desk.looks
        known = self._strata.get((before, after))
        if known is None or known[0] != looks:
            every = self._traders.values() if self._traders else (self._desk,)
            strata = [pair for m in every for pair in hour_strata(m, before, after)]
            known = self._strata[before, after] = (looks, strata)
        return known[1]


def propose_size(
    trader: str,
    metrics: OptimizationMetrics,
    live: LiveSettings,
    now_s: float,
    strata: Callable[[int, int], Strata] | None = None,
) -> Proposal | None:
    """The size with the most lots an attempt, where it is not the present one.

    Sizes need 10 attempts to be compared at all (specification); ties keep the smaller.

    Args:
        trader: whom it concerns, "*" for all.
        metrics: the statistics.
        live: the present size and its bounds.
        now_s: epoch seconds.
        strata: (before, after) to the strata of two sizes; by default their hours.
    """
    sizes = {
        size: tally
        for size, tally in metrics.by_size().items()
        if tally.n >= SIZE_NEEDS and live.min_contracts <= size <= live.max_contracts
    }
    if live.contracts not in sizes:
        return None
    best = min(sizes, key=lambda size: (-sizes[size].lots_per_attempt, size))
    if best == live.contracts:
        return None
    before, after = sizes[live.contracts], sizes[best]
    covered = before.n + after.n
    judged = judge_difference(
        (before, after),
        metrics.size_look(live.contracts, best),
        _lazily(strata or (lambda a, b: hour_strata(metrics, a, b)), live.contracts, best),
        comparisons=len(sizes) * (len(sizes) - 1) // 2,
        strata_word="hour by hour" if strata is None else "trader by trader and hour by hour",
    )
    if judged.arms is not None:
        sizes[live.contracts], sizes[best] = judged.arms
    evidence = [rate_sentence(f"Size {size}", sizes[size]) for size in (live.contracts, best)]
    profits = metrics.profit_by_size()
    if live.contracts in profits and best in profits:
        premiums = ", ".join(
            f"size {size} {profits[size].mean:+.2f} $ a cycle (n={profits[size].cycles})"
            for size in (live.contracts, best)
        )
        evidence.append(
            f"Premium of completed cycles after fees: {premiums}. More lots are not more dollars."
        )
    evidence.append(f"Covers {covered} of {metrics.total().n} attempts.")
    return Proposal(
        "SIZE",
        trader,
        "optimal_contracts",
        live.contracts,
        best,
        f"{live.min_contracts} to {live.max_contracts} contracts",
        judged.verdict,
        "lots/attempt",
        *effect_of(judged, difference(before, after)),
        tuple(rate_arm(f"size {size}", tally) for size, tally in sizes.items()),
        (*evidence, *judged.sentences),
        REVERT_RULE,
        now_s,
    )


def propose_hours(
    metrics: OptimizationMetrics, live: LiveSettings, now_s: float
) -> Proposal | None:
    """Drop the allowed hours whose fill rate is below the floor.

    Only tried hours (5 attempts or more) are dropped: an untried hour stays allowed. Each
    dropped hour is compared with all others together, so that choosing the worst hours does not
    make the difference by itself.

    Args:
        metrics: the desk's statistics.
        live: the hours allowed now and the floor.
        now_s: epoch seconds.
    """
    hours = {hour: tally.fills_only() for hour, tally in metrics.by_hour().items()}
    dropped = [
        hour
        for hour in live.hours
        if hour in hours and hours[hour].n >= HOUR_NEEDS and hours[hour].rate < live.min_fill_rate
    ]
    after = tuple(hour for hour in live.hours if hour not in dropped)
    if not dropped or not after:
        return None
    out = sum((hours[hour] for hour in dropped), ArmTally())
    kept = sum((hours[hour] for hour in after if hour in hours), ArmTally())
    comparisons = max(SESSION_HOURS, len(hours))
    by_size_hour = metrics.by_size_hour()
    judged = [
        judge_difference(
            (hours[hour], kept),
            metrics.hour_look(hour),
            _size_strata(by_size_hour, hour),
            comparisons,
            "size by size",
        )
        for hour in dropped
    ]
    worst = _weakest(judged)
    weakest = dropped[judged.index(worst)]
    listed = ", ".join(f"{hour}:00" for hour in dropped)
    return Proposal(
        "HOURS",
        DESK,
        "optimal_hours",
        live.hours,
        after,
        f"exchange hours {live.hours[0]} to {live.hours[-1]}; completing is never gated",
        worst.verdict,
        "fill rate, kept - dropped",
        *effect_of(worst, difference(out, kept) if kept.n else None),
        tuple(rate_arm(f"{hour}:00", tally) for hour, tally in hours.items()),
        (
            f"Drops {listed}: below {live.min_fill_rate:.0%}.",
            rate_sentence("Dropped", out),
            rate_sentence("Kept", kept),
            *([f"Judged by {weakest}:00, the weakest of them."] if len(dropped) > 1 else []),
            *worst.sentences,
        ),
        REVERT_RULE,
        now_s,
    )


def hour_strata(metrics: OptimizationMetrics, before: int, after: int) -> Strata:
    """Both sizes within each hour in which either was tried."""
    cells = metrics.by_size_hour()
    none = ArmTally()
    for hour in sorted({hour for size, hour in cells if size in (before, after)}):
        yield cells.get((before, hour), none), cells.get((after, hour), none)


def _lazily(strata: Callable[[int, int], Strata], before: int, after: int) -> Strata:
    """Strata that are computed only when they are read."""
    yield from strata(before, after)


def _size_strata(cells: Mapping[tuple[int, int], ArmTally], hour: int) -> Strata:
    """The hour and all other hours within each size."""
    for size in sorted({size for size, _ in cells}):
        others = ArmTally()
        for (of_size, of_hour), tally in cells.items():
            if of_size == size and of_hour != hour:
                others += tally
        here = cells.get((size, hour), ArmTally())
        yield here.fills_only(), others.fills_only()


_WEAKEST_FIRST: Final = (
    Verdict.THIN,
    Verdict.NOT_SEPARATED,
    Verdict.CONFOUNDED,
    Verdict.CENSORED,
    Verdict.SEPARATED,
)


def _weakest(judged: list[Judgement]) -> Judgement:
    return min(judged, key=lambda judgement: _WEAKEST_FIRST.index(judgement.verdict))


def _strength(proposal: Proposal) -> float:
    """Effect in widths of its interval, by which traders' own proposals are ranked."""
    if proposal.effect is None or proposal.effect_low is None or proposal.effect_high is None:
        return 0.0
    width = proposal.effect_high - proposal.effect_low
    return abs(proposal.effect) / width if width > 0 else 0.0
