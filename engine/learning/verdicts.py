"""How far a comparison can be trusted, in one word and one sentence."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.learning.estimators import (
    ERROR,
    FIRST_LOOK,
    ArmTally,
    Difference,
    Look,
    Stratified,
    difference,
    stratified,
)


class Verdict(StrEnum):
    """How strong the evidence is; only SEPARATED may be approved with one key."""

    SEPARATED = "SEPARATED"
    PROMISING = "PROMISING"
    NOT_SEPARATED = "NOT SEPARATED"
    THIN = "THIN"
    CENSORED = "CENSORED"
    CONFOUNDED = "CONFOUNDED"
    UNPROVEN = "UNPROVEN"
    """Applied by a program without a trial; never recommended."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict with the sentences behind it.

    Args:
        verdict: how strong the evidence is.
        sentences: why.
        gap: the difference whose interval decided; None where no interval did.
        arms: the two groups as they were when it was decided; None where it was not at a look.
    """

    verdict: Verdict
    sentences: tuple[str, ...]
    gap: Difference | None = None
    arms: tuple[ArmTally, ArmTally] | None = None


def judge_difference(
    now: tuple[ArmTally, ArmTally],
    look: Look | None,
    strata: Iterable[tuple[ArmTally, ArmTally]],
    comparisons: int,
    strata_word: str,
) -> Judgement:
    """Judge whether `after` gives more than `before`.

    Args:
        now: (before, after) as they are: their counts decide THIN, and a gain that a look showed
            must still be there.
        look: the same as they were at the last look; None before the first.
        strata: (before, after) of every stratum in which either was tried; read only where the
            look separates the arms, since it can only weaken the verdict.
        comparisons: how many differences the recommendation was chosen from.
        strata_word: what the strata are, such as "hour by hour".
    """
    fewest = min(now[0].n, now[1].n)
    if look is None:
        limits = (
            f"the smaller group has {fewest} of {FIRST_LOOK} attempts needed"
            if fewest < FIRST_LOOK
            else "both groups await their first look"
        )
        return Judgement(Verdict.THIN, (f"Thin evidence: {limits}.",))
    gap = look.separation(comparisons)
    sentence = (
        f"Look {look.number} ({look.before.n} and {look.after.n} attempts, {comparisons} "
        f"comparison{'s' if comparisons > 1 else ''}, total error {ERROR:.0%}): "
        f"interval {gap.low:+.2f} to {gap.high:+.2f}."
    )
    arms = look.before, look.after
    if gap.low <= 0:
        return Judgement(Verdict.NOT_SEPARATED, (sentence, "No gain is shown yet."), gap, arms)
    since = difference(*now)
    if since.effect <= 0:
        gone = f"Since then the gain is gone: {since.effect:+.2f} over all attempts."
        return Judgement(Verdict.NOT_SEPARATED, (sentence, gone), since, now)
    within = stratified(strata)
    within_strata = _strata_sentence(within, strata_word)
    inside = within.difference
    if inside is None or inside.low <= 0:
        return Judgement(Verdict.CONFOUNDED, (sentence, within_strata), inside, arms)
    return Judgement(Verdict.SEPARATED, (sentence, within_strata), gap, arms)


def _strata_sentence(within: Stratified, word: str) -> str:
    if within.difference is None:
        return f"Compared {word}: the groups never met, so what differed may be when or where."
    gap = within.difference
    return (
        f"Compared {word}: {gap.effect:+.2f} ({gap.low:+.2f} to {gap.high:+.2f}); "
        f"{within.overlap:.0%} of attempts lie where both were tried."
    )


NEAR_LIMIT: Final = 0.9
"""A 95th percentile at this fraction of the cancel time or beyond sits at the limit."""

MOST_UNKNOWN: Final = 0.1
"""Share of attempts whose outcome at the present cancel time may be hidden."""


def judge_cancel(
    p95_ms: int,
    before_ms: int,
    after_ms: int,
    attempts: int,
    unknown: int,
    gap: Difference | None,
    since: Difference | None,
) -> Judgement:
    """Judge a change of the cancel time.

    Args:
        p95_ms: 95th percentile of fill times.
        before_ms, after_ms: the present and the recommended cancel time.
        attempts, unknown: all attempts, and those that were not timed or were cancelled before the
            present limit.
        gap: fills an hour gained with the interval of the last look; None before the first look or
            where the longer time was never observed.
        since: the same over all attempts so far: a gain that a look showed must still be there.
    """
    if attempts < FIRST_LOOK:
        return Judgement(
            Verdict.THIN, (f"Thin evidence: {attempts} of {FIRST_LOOK} attempts needed.",)
        )
    if after_ms > before_ms:
        return Judgement(
            Verdict.CENSORED,
            (f"No order was watched beyond {before_ms} ms, so what waiting longer brings is "
             "not known.",),
        )  # fmt: skip
    if p95_ms >= NEAR_LIMIT * before_ms:
        return Judgement(
            Verdict.CENSORED,
            (f"The 95th percentile, {p95_ms} ms, sits at the cancel time {before_ms} ms: later "
             "fills were cut off, not absent.",),
        )  # fmt: skip
    if unknown > MOST_UNKNOWN * attempts:
        return Judgement(
            Verdict.CENSORED,
            (f"{unknown} of {attempts} attempts were cancelled before {before_ms} ms or were not "
             "timed.",),
        )  # fmt: skip
    if gap is None:
        return Judgement(Verdict.THIN, ("Thin evidence: no look has been reached.",))
    sentence = (
        f"At the last look: {gap.low:+.1f} to {gap.high:+.1f} fills an hour, "
        f"total error {ERROR:.0%}."
    )
    if gap.low > 0 and since is not None and since.effect <= 0:
        gone = f"Since then the gain is gone: {since.effect:+.1f} fills an hour over all attempts."
        return Judgement(Verdict.NOT_SEPARATED, (sentence, gone), since)
    if gap.low > 0:
        return Judgement(Verdict.SEPARATED, (sentence,), gap)
    if gap.high < 0:
        lost = "The change would lose fills, not gain them."
        return Judgement(Verdict.NOT_SEPARATED, (sentence, lost), gap)
    return Judgement(Verdict.NOT_SEPARATED, (sentence, "No gain is shown yet."), gap)
