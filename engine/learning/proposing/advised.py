"""A finding as advice: its verdict, its figures and its sentences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from engine.learning.estimators import Z95, wilson
from engine.learning.evidence.arms import ArmSums
from engine.learning.evidence.promising import LEAST_OVERLAP, Finding
from engine.learning.proposals import DOLLARS, REVERT_RULE, Arm, Proposal
from engine.learning.verdicts import Verdict


class Change(NamedTuple):
    """What is advised.

    Args:
        kind: as the screen names the lever.
        trader: a trader's key, or "*" for all.
        setting: as the journal names it.
        before, after: its values.
        bounds: the values it may have, in words.
    """

    kind: str
    trader: str
    setting: str
    before: Any
    after: Any
    bounds: str


def advised(
    change: Change,
    finding: Finding | None,
    missing: str,
    arms: Iterable[tuple[str, ArmSums]],
    sentences: Sequence[str],
    now_s: float,
    unknown: Sequence[str] = (),
) -> Proposal:
    """A change with its verdict.

    Args:
        change: what is advised.
        finding: of the last look; None before the first.
        missing: what the first look waits for, such as "3 of 8 quarter hours".
        arms: groups compared, by label.
        sentences: what the figures rest on.
        now_s: epoch seconds.
        unknown: why the effect cannot be known, whatever a look found; the verdict is CENSORED.
    """
    effect = low = high = None
    against: Sequence[str] = (f"Thin evidence: {missing}.",)
    verdict = Verdict.THIN
    if finding is not None:
        gap = finding.contrast.difference
        if gap is not None:
            effect, low, high = gap.effect, gap.low, gap.high
        against = finding.against
        verdict = Verdict.NOT_SEPARATED
        if finding.promising:
            verdict = Verdict.PROMISING
            against = ("Promising, not proved: a trial proves it.",)
        elif finding.contrast.overlap < LEAST_OVERLAP:
            verdict = Verdict.CONFOUNDED
    if unknown:
        verdict, against = Verdict.CENSORED, unknown
    return Proposal(
        change.kind,
        change.trader,
        change.setting,
        change.before,
        change.after,
        change.bounds,
        verdict,
        DOLLARS,
        effect,
        low,
        high,
        tuple(_arm(label, sums) for label, sums in arms),
        (*sentences, *against),
        REVERT_RULE,
        now_s,
        Z95 if finding is None else finding.z,
    )


def strength(proposal: Proposal) -> tuple[bool, float]:
    """By which advice is ranked: promising before the rest, then by what is gained at least."""
    promising = proposal.verdict is Verdict.PROMISING
    gained = proposal.effect_low if promising else proposal.effect
    return promising, gained if gained is not None else 0.0


def _arm(label: str, sums: ArmSums) -> Arm:
    low, high = wilson(sums.fills, sums.attempts) if sums.attempts else (None, None)
    lots = sums.lots / sums.attempts if sums.attempts else None
    dollars = sums.per_hour if sums.seconds > 0 else None
    return Arm(label, sums.fills, sums.attempts, low, high, lots, dollars_per_hour=dollars)
