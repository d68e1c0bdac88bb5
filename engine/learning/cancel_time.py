"""How long an order should work: the recommendation that follows from the fill times."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from engine.learning.estimators import FIRST_LOOK, Z95, ArmTally, look_z
from engine.learning.metrics import (
    CANCEL_BUFFER_MS,
    CANCEL_CAP_MS,
    CANCEL_PERCENTILE,
    OptimizationMetrics,
)
from engine.learning.proposals import (
    REVERT_RULE,
    Arm,
    LiveSettings,
    Proposal,
    effect_of,
    rate_arm,
)
from engine.learning.survival import CancelEffect, FillTimes, cancel_effect, percentile_ms
from engine.learning.verdicts import MOST_UNKNOWN, judge_cancel

CANCEL_STEP_MS: Final = 100
CANCEL_NEEDS: Final = 10
CANCEL_CHOICES: Final = (CANCEL_CAP_MS - CANCEL_BUFFER_MS) // CANCEL_STEP_MS + 1


def propose_cancel(
    trader: str, metrics: OptimizationMetrics, live: LiveSettings, now_s: float
) -> Proposal | None:
    """The 95th percentile of fill times + 500 ms, rounded up to 100 ms, where that is a change.

    Args:
        trader: whom it concerns, "*" for all.
        metrics: the statistics.
        live: the present cancel time and the mean delay.
        now_s: epoch seconds.
    """
    times = metrics.fill_times()
    p95_ms = percentile_ms(times.fills, CANCEL_PERCENTILE)
    if p95_ms is None or times.filled < CANCEL_NEEDS:
        return None
    exact_ms = min(p95_ms + CANCEL_BUFFER_MS, CANCEL_CAP_MS)
    after_ms = -(-exact_ms // CANCEL_STEP_MS) * CANCEL_STEP_MS
    if after_ms == live.cancel_ms:
        return None
    total = metrics.total()
    unknown = total.n - times.watched
    unknown += sum(n for ms, n in times.waits.items() if ms < live.cancel_ms)
    effect = None
    if unknown <= MOST_UNKNOWN * total.n:
        effect = cancel_effect(times, live.cancel_ms, after_ms, live.mean_delay_s, Z95)
    then = _effect_at_look(metrics.time_look(), after_ms, live) if effect else None
    judged = judge_cancel(
        p95_ms,
        live.cancel_ms,
        after_ms,
        total.n,
        unknown,
        then.per_hour if then else None,
        effect.per_hour if effect else None,
    )
    if judged.gap is not None and then is not None and judged.gap == then.per_hour:
        effect = then
    evidence = [
        f"{times.filled} fills of {times.watched} timed attempts: 95th percentile {p95_ms} ms, "
        f"+ {CANCEL_BUFFER_MS} ms, at most {CANCEL_CAP_MS} ms."
    ]
    arms: tuple[Arm, ...] = ()
    if effect:
        n, k = effect.attempts, effect.filled_before
        arms = (
            _arm(live.cancel_ms, n, k, effect.hourly_before),
            _arm(after_ms, n, effect.filled_after, effect.hourly_after),
        )
        evidence.append(
            f"Of {n} attempts {k} filled within {live.cancel_ms} ms and {effect.filled_after} "
            f"within {after_ms} ms; {unknown} were cancelled earlier or not timed."
        )
    return Proposal(
        "CANCEL",
        trader,
        "optimal_cancel_ms",
        live.cancel_ms,
        after_ms,
        f"{CANCEL_BUFFER_MS} to {CANCEL_CAP_MS} ms",
        judged.verdict,
        "fills/h a trader",
        *effect_of(judged, effect.per_hour if effect else None),
        arms,
        (*evidence, *judged.sentences),
        REVERT_RULE,
        now_s,
    )


def _arm(cancel_ms: int, n: int, k: int, hourly: float) -> Arm:
    arm = rate_arm(f"{cancel_ms} ms", ArmTally(n, k, k))
    return replace(arm, lots_per_attempt=None, fills_per_hour=hourly)


def _effect_at_look(
    look: tuple[int, FillTimes] | None, after_ms: int, live: LiveSettings
) -> CancelEffect | None:
    """The effect with the interval that the last look may use; None before it."""
    if look is None or look[1].watched < FIRST_LOOK:
        return None
    z = look_z(look[0], CANCEL_CHOICES)
    return cancel_effect(look[1], live.cancel_ms, after_ms, live.mean_delay_s, z)
