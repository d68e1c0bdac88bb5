"""How long an order should work: the recommendation that follows from the fill times.

An earlier cancel is judged by the same attempts; what a later one brings at least, by ghosts.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.learning.estimators import FIRST_LOOK, Z95, Difference, look_z
from engine.learning.evidence.arms import ArmSums
from engine.learning.evidence.contrasts import BlockContrast
from engine.learning.evidence.promising import FIRST_PAIRS, Finding
from engine.learning.ghosts import GhostTimes, longer_cancel
from engine.learning.metrics import (
    CANCEL_BUFFER_MS,
    CANCEL_CAP_MS,
    CANCEL_PERCENTILE,
    OptimizationMetrics,
)
from engine.learning.proposals import Proposal
from engine.learning.proposing.advised import Change, advised
from engine.learning.proposing.levers import BY_FIELD, LiveSettings, bounds, shown
from engine.learning.survival import (
    CancelEffect,
    FillTimes,
    cancel_effect,
    mean_wait_s,
    percentile_ms,
)

CANCEL_STEP_MS: Final = 100
CANCEL_NEEDS: Final = 10
CANCEL_CHOICES: Final = (CANCEL_CAP_MS - CANCEL_BUFFER_MS) // CANCEL_STEP_MS + 1

NEAR_LIMIT: Final = 0.9
"""A 95th percentile at this fraction of the cancel time or beyond sits at the limit."""

WIDER: Final = 2
"""Times the cancel time that is proposed where a later one takes a try."""

MOST_UNKNOWN: Final = 0.1
"""Share of attempts whose outcome at the present cancel time may be hidden."""


def propose_cancel(
    trader: str,
    metrics: OptimizationMetrics,
    live: LiveSettings,
    made: ArmSums,
    smallest: float | None,
    now_s: float,
    ghosts: GhostTimes | None = None,
) -> Proposal | None:
    """The 95th percentile of fill times + 500 ms, rounded up to 100 ms, where that is a gain.

    Where that is later than the present limit, times of fills tell nothing of it and it takes a
    try: then twice the limit is proposed, which a trial can tell from the present one.

    Args:
        trader: whom it concerns, "*" for all.
        metrics: the fill times.
        live: the present settings.
        made: what its attempts came to: fills are counted in dollars.
        smallest: the smallest gain worth having, dollars a trader-hour; None before it is set,
            and nothing is promising then.
        now_s: epoch seconds.
        ghosts: what the market did after the cancels of the present time; a later one is bounded
            by them from below, and judged by nobody.

    Returns:
        None where there are too few fills, where it would change nothing, and where an earlier
        cancel would lose dollars.
    """
    times, before_ms = metrics.fill_times(), live.settings.cancel_ms
    p95_ms = percentile_ms(times.fills, CANCEL_PERCENTILE)
    if p95_ms is None or times.filled < CANCEL_NEEDS or not made.fills:
        return None
    exact_ms = wanted_ms = min(p95_ms + CANCEL_BUFFER_MS, CANCEL_CAP_MS)
    if wanted_ms > before_ms:
        exact_ms = min(max(wanted_ms, WIDER * before_ms), CANCEL_CAP_MS)
    after_ms = -(-exact_ms // CANCEL_STEP_MS) * CANCEL_STEP_MS
    if after_ms == before_ms:
        return None
    ended = metrics.total()
    attempts = ended.n
    unknown = attempts - times.watched
    unknown += sum(n for ms, n in times.waits.items() if ms < before_ms)
    sentences = [
        f"{times.filled:,} fills of {times.watched:,} timed attempts: 95th percentile {p95_ms:,} "
        f"ms, + {CANCEL_BUFFER_MS} ms, at most {CANCEL_CAP_MS:,} ms."
    ]
    if late := ended.k - times.filled:
        sentences[0] += f" {late:,} more filled at a time that is not known."
    if exact_ms > wanted_ms:
        sentences.append(
            f"No order works so long, so it takes a try, and {WIDER} times {before_ms:,} ms are "
            "far enough off for a trial to tell."
        )
    hidden = _hidden(p95_ms, before_ms, after_ms, attempts, unknown)
    as_set_s = (live.settings.delay_low_s + live.settings.delay_high_s) / 2
    mean_delay_s = mean_wait_s(times, made.attempts, made.seconds, as_set_s)
    finding = None
    if hidden and after_ms > before_ms:
        told = longer_cancel(times, ghosts, before_ms, after_ms, mean_delay_s, Z95)
        sentences.append(told.sentence)
        if told.per_hour is not None:
            gap = _in_dollars(told.per_hour, made.dollars / made.fills)
            finding = Finding(False, _contrast(gap, 0, attempts), ())
    if not hidden:
        effect = _effect(times, live, after_ms, mean_delay_s, Z95)
        if effect is None or effect.per_hour.effect <= 0:
            return None
        dollars = made.dollars / made.fills
        sentences.append(
            f"Of {effect.attempts:,} attempts {effect.filled_before:,} filled within {before_ms:,} "
            f"ms and {effect.filled_after:,} within {after_ms:,} ms; a fill made {dollars:+,.2f} $."
        )
        finding = _finding(metrics, live, after_ms, mean_delay_s, dollars, smallest)
        if finding is not None and finding.promising and dollars <= 0:
            return None
    lever = BY_FIELD["cancel_ms"]
    change = Change(lever.kind, trader, lever.setting, before_ms, after_ms, bounds(lever, live))
    missing = f"{attempts} of {FIRST_LOOK} attempts"
    # What attempts came to is known of those alone whose cycle has ended; filled they have before.
    counted = replace(made, attempts=ended.n, fills=ended.k, lots=ended.lots)
    arms = [(shown(lever, before_ms), counted)]
    return advised(change, finding, missing, arms, sentences, now_s, hidden)


def _hidden(
    p95_ms: int, before_ms: int, after_ms: int, attempts: int, unknown: int
) -> tuple[str, ...]:
    """Why the effect of a cancel time cannot be known, as sentences; empty where it can.

    Args:
        p95_ms: 95th percentile of fill times.
        before_ms, after_ms: the present and the recommended cancel time.
        attempts, unknown: all attempts, and those that were not timed or were cancelled before the
            present limit.
    """
    if attempts < FIRST_LOOK:
        return ()
    if after_ms > before_ms:
        return (
            f"No order was watched beyond {before_ms:,} ms, so what waiting longer brings is not "
            "known.",
        )
    if p95_ms >= NEAR_LIMIT * before_ms:
        return (
            f"The 95th percentile, {p95_ms:,} ms, sits at the cancel time {before_ms:,} ms: later "
            "fills were cut off, not absent.",
        )
    if unknown > MOST_UNKNOWN * attempts:
        return (
            f"{unknown:,} of {attempts:,} attempts were cancelled before {before_ms:,} ms or were "
            "not timed.",
        )
    return ()


def _effect(
    times: FillTimes, live: LiveSettings, after_ms: int, mean_delay_s: float, z: float
) -> CancelEffect | None:
    return cancel_effect(times, live.settings.cancel_ms, after_ms, mean_delay_s, z)


def _in_dollars(per_hour: Difference, dollars: float) -> Difference:
    """Fills an hour as dollars; where a fill loses, the ends change places."""
    low, high = sorted((per_hour.low * dollars, per_hour.high * dollars))
    return Difference(per_hour.effect * dollars, low, high)


def _contrast(gap: Difference, look: int, attempts: int) -> BlockContrast:
    return BlockContrast(gap, "trader-hour", look, (attempts, attempts), 1.0, float(attempts))


def _finding(
    metrics: OptimizationMetrics,
    live: LiveSettings,
    after_ms: int,
    mean_delay_s: float,
    dollars: float,
    smallest: float | None,
) -> Finding | None:
    """What the last look of all attempts says in dollars; None before it."""
    look = metrics.time_look()
    if look is None or look[1].watched < FIRST_LOOK:
        return None
    z = look_z(look[0], CANCEL_CHOICES)
    then = _effect(look[1], live, after_ms, mean_delay_s, z)
    if then is None:
        return None
    gap = _in_dollars(then.per_hour, dollars)
    contrast = _contrast(gap, look[0], then.attempts)
    against = []
    if gap.low <= 0:
        against.append(
            f"At the last look: {gap.low:+,.2f} to {gap.high:+,.2f} $ a trader-hour: no gain is "
            "shown yet."
        )
    if smallest is None:
        against.append(
            f"What gain is worth having is not set yet: that takes {FIRST_PAIRS} quarter hours."
        )
    elif gap.effect < smallest:
        against.append(
            f"The gain is {gap.effect:+,.2f} $ a trader-hour; the smallest worth having is "
            f"{smallest:,.2f}."
        )
    return Finding(not against, contrast, tuple(against), z)
