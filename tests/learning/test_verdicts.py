"""A verdict is the weakest that any one figure allows: each limit alone decides."""

from __future__ import annotations

import pytest

from engine.learning.estimators import ArmTally, Difference, Look
from engine.learning.verdicts import Judgement, Verdict, judge_cancel, judge_difference

BETTER = Difference(10.0, 4.0, 16.0)


def cancel(
    p95_ms: int = 400,
    before_ms: int = 5000,
    after_ms: int = 900,
    attempts: int = 800,
    unknown: int = 0,
    gap: Difference | None = BETTER,
    since: Difference | None = BETTER,
) -> Judgement:
    return judge_cancel(p95_ms, before_ms, after_ms, attempts, unknown, gap, since)


def test_a_cancel_time_that_nothing_speaks_against_is_separated():
    assert cancel().verdict is Verdict.SEPARATED
    assert cancel().gap == BETTER


@pytest.mark.parametrize(
    ("attempts", "verdict"), [(49, Verdict.THIN), (50, Verdict.SEPARATED)], ids=["49", "50"]
)
def test_fifty_attempts_are_needed_whatever_the_interval(attempts: int, verdict: Verdict):
    assert cancel(attempts=attempts).verdict is verdict


def test_fills_at_nine_tenths_of_the_present_cancel_time_were_cut_off_by_it():
    assert cancel(p95_ms=5400, before_ms=6000, after_ms=5000).verdict is Verdict.CENSORED
    assert cancel(p95_ms=4600, before_ms=6000, after_ms=5000).verdict is Verdict.SEPARATED


def test_a_tenth_of_the_attempts_may_be_hidden_and_no_more():
    assert cancel(unknown=80).verdict is Verdict.SEPARATED
    assert cancel(unknown=81).verdict is Verdict.CENSORED


def test_a_gain_that_is_gone_since_the_look_carries_no_verdict_in_favour():
    judged = cancel(since=Difference(0.0, -6.0, 6.0))
    assert judged.verdict is Verdict.NOT_SEPARATED
    assert "the gain is gone" in judged.sentences[-1]
    assert judged.gap == Difference(0.0, -6.0, 6.0)


def test_a_loss_is_told_apart_from_a_gain_that_is_not_shown():
    lost = cancel(gap=Difference(-5.0, -9.0, -1.0))
    open_ = cancel(gap=Difference(1.0, -2.0, 4.0))
    assert lost.verdict is open_.verdict is Verdict.NOT_SEPARATED
    assert "lose fills" in lost.sentences[-1]
    assert "No gain is shown" in open_.sentences[-1]


def test_a_gain_within_strata_counts_only_where_its_interval_excludes_zero():
    arms = ArmTally(400, 160, 160), ArmTally(400, 240, 240)
    few, many = (ArmTally(10, 4, 4), ArmTally(10, 6, 6)), arms

    def judged(strata: tuple[ArmTally, ArmTally]) -> Judgement:
        return judge_difference(arms, Look(4, *arms), [strata], 1, "hour by hour")

    assert judged(many).verdict is Verdict.SEPARATED
    assert judged(few).verdict is Verdict.CONFOUNDED
    gap = judged(few).gap
    assert gap is not None
    assert gap.low < 0 < gap.effect
