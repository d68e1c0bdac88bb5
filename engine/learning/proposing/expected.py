"""What a change should bring, from the attempts so far, whether that is a gain or a loss.

Advice shows what speaks for a change; a trial by name may try anything, and is held to this.
"""

from __future__ import annotations

import math
from collections.abc import Hashable
from typing import Any, Final

from engine.learning.estimators import ERROR, Z95, Difference
from engine.learning.evidence.answers import Answers
from engine.learning.evidence.contrasts import over_blocks, scaled, within_blocks
from engine.learning.evidence.realised import realised
from engine.learning.proposing.levers import TRIED, LiveSettings
from engine.learning.survival import FillTimes, cancel_effect, mean_wait_s

LEAST_ATTEMPTS: Final = 200
"""Attempts of an arm below which it tells nothing of an effect."""

ADDED_FILLS: Final = 0.75
"""Share of contracts added to an order that fill and complete where its first one does: orders fill
in parts, of which attempts with the former size tell nothing."""

ADDED_FILLS_DEVIATION: Final = 0.15

LEAST_BLOCKS: Final = 4
"""Quarter hours below which their scatter tells nothing of an interval."""


def expected_effect(
    told: Answers,
    times: FillTimes,
    live: LiveSettings,
    setting: str,
    trader: str | None,
    after: Any,
) -> Difference | None:
    """The effect of a change with a 95 % interval, dollars a trader-hour.

    Attempts with the value itself come first. Without them: contracts that are added make three
    quarters of what the present ones make;
    the other objective is asked of the same quotes, and what it promises more comes to what fills
    so far made of a dollar promised more; of an earlier cancel the times of fills tell.

    Args:
        told: what attempts tell so far.
        times: of their fills.
        live: what is in use.
        setting: as the journal names it.
        trader: whose attempts; None for everyone's.
        after: the value in question.

    Returns:
        None where the attempts do not tell.
    """
    lever = next((each for each in TRIED if each.setting == setting), None)
    if lever is None:
        return None
    before = live.value(lever)
    value: Hashable = tuple(after) if isinstance(after, list) else after
    if value == before:
        return None
    arms = told.arms(lever.field, trader)
    if before not in arms or arms[before].attempts < LEAST_ATTEMPTS:
        return None
    if value in arms and arms[value].attempts >= LEAST_ATTEMPTS:
        cells = told.compared(lever.field, before, value, trader=trader)
        if cells.pairs() >= LEAST_BLOCKS:
            return within_blocks(cells, ERROR).difference
    if lever.field == "contracts":
        dollars, hours = told.by_block(lever.field, before, trader)
        rate = over_blocks(dollars, hours, ERROR).difference
        if rate is None or len(hours) < LEAST_BLOCKS:
            return None
        return _of_size(rate, after / before - 1)
    if lever.field == "objective":
        gains, asked = told.others_gain(str(before), trader)[::-1]
        arm = arms[before]
        if len(asked) < LEAST_BLOCKS or not arm.fills:
            return None
        hourly = arm.fills * 3600 / arm.seconds
        gain = scaled(over_blocks(gains, asked, ERROR, "attempt"), hourly).difference
        if gain is None:
            return None
        return realised(told.promised(str(before), trader)).of(gain)
    if lever.field == "cancel_ms" and after < before and arms[before].fills:
        arm = arms[before]
        as_set_s = (live.settings.delay_low_s + live.settings.delay_high_s) / 2
        mean_delay_s = mean_wait_s(times, arm.attempts, arm.seconds, as_set_s)
        lost = cancel_effect(times, before, after, mean_delay_s, Z95)
        if lost is None:
            return None
        ends = [each * arm.dollars / arm.fills for each in (lost.per_hour.low, lost.per_hour.high)]
        effect = lost.per_hour.effect * arm.dollars / arm.fills
        return Difference(effect, min(ends), max(ends))
    return None


def _of_size(rate: Difference, added: float) -> Difference:
    """What contracts added to an order make, or (below 0) those taken from it no longer do.

    Args:
        rate: dollars a trader-hour of the present size, with a 95 % interval.
        added: contracts added, as a share of the present ones.
    """
    effect = rate.effect * added * ADDED_FILLS
    of_rate = (rate.high - rate.low) / 2 * added * ADDED_FILLS
    half = math.hypot(of_rate, Z95 * rate.effect * added * ADDED_FILLS_DEVIATION)
    return Difference(effect, effect - half, effect + half)
