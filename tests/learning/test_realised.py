"""What a dollar promised more comes to, from what fills made of their promises."""

from __future__ import annotations

import random

import pytest

from engine.learning.estimators import Difference
from engine.learning.evidence.answers import Answers
from engine.learning.evidence.gathering import Evidence
from engine.learning.evidence.realised import (
    BELIEVED,
    BELIEVED_DEVIATION,
    LEAST_BLOCKS,
    Realised,
    realised,
)
from tests.support.attempt_rows import AttemptRow, result


def fills(share: float, quarters: int = 12, scatter: float = 0.5) -> Answers:
    """Fills that make a share of what they promise, and more by trader and quarter hour."""
    chance, evidence = random.Random(3), Evidence()
    for quarter in range(quarters):
        for trader, more in (("AAPL", 0.0), ("MSFT", 7.0)):
            for _ in range(20):
                floor = chance.uniform(0.0, 0.10) + 0.01 * more
                made = share * floor * 100 + 3 * more + quarter + chance.gauss(0.0, scatter)
                row = AttemptRow(1, 570 + 15 * quarter, trader, "MORNING", 10.0, 1, made, 12.0)
                evidence.observe(result(row, floor=floor), 1)
                missed = row._replace(dollars=0.0)
                evidence.observe(result(missed, floor=floor + 0.3), 1)
    return evidence.answers()


@pytest.mark.parametrize("share", [1.0, 0.7, 0.3])
def test_a_dollar_promised_more_comes_to_what_fills_made_of_one(share: float) -> None:
    """Better traders, better quarter hours and attempts that did not fill say nothing."""
    found = realised(fills(share).promised("credit"))
    assert found.share == pytest.approx(share, abs=3 * found.deviation)
    assert found.deviation < 0.05


def test_what_little_tells_is_drawn_towards_the_whole_dollar() -> None:
    noisy = realised(fills(0.2, quarters=5, scatter=12.0).promised("credit"))
    exact = realised(fills(0.2, quarters=5, scatter=0.1).promised("credit"))
    assert exact.share == pytest.approx(0.2, abs=0.05)
    assert exact.share < noisy.share
    assert noisy.deviation > exact.deviation
    few = realised(fills(0.2, quarters=LEAST_BLOCKS - 1).promised("credit"))
    nothing = fills(0.2).promised("floor")
    assert few == realised(nothing) == Realised(BELIEVED, BELIEVED_DEVIATION)
    assert not len(nothing.fills)


def test_a_gain_is_as_uncertain_as_both_the_promise_and_what_comes_of_it() -> None:
    gain = Difference(10.0, 4.0, 16.0)
    assert Realised(0.5, 0.0).of(gain) == Difference(5.0, 2.0, 8.0)
    told = Realised(0.5, 0.2).of(gain, z=2.0)
    assert told.effect == 5.0
    assert told.high - told.effect == pytest.approx((3.0**2 + 4.0**2) ** 0.5)
    loss = Realised(0.5, 0.2).of(Difference(-10.0, -16.0, -4.0), z=2.0)
    assert loss.effect == -5.0
    assert loss.high == pytest.approx(0.0)
