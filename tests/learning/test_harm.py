"""Signs of harm: where they begin, what chance would deal, and large counts."""

import math
import random
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.harm import Conduct, beyond_chance, harm_shown, log_evidence, signs_of_harm


def test_signs_of_harm_begin_exactly_where_they_are_said_to():
    before = Conduct(attempts=100, units=80, completed=80, hung=2, lost=0.0)
    after = Conduct(attempts=50, units=40, completed=40, hung=2, lost=250.0)
    assert signs_of_harm(before, after, 1000.0) == ()
    assert "hung" in signs_of_harm(before, replace(after, hung=3), 1000.0)[0]
    assert signs_of_harm(before, replace(after, units=60, completed=60, hung=3), 1000.0) == ()
    assert "completed" in signs_of_harm(before, replace(after, completed=38), 1000.0)[0]
    few = Conduct(attempts=50, units=29, completed=20)
    assert signs_of_harm(before, few, 1000.0) == ()
    assert "loss room" in signs_of_harm(before, replace(after, lost=250.01), 1000.0)[0]
    loses = replace(before, lost=100.0)
    assert signs_of_harm(loses, replace(after, lost=300.0), 1000.0) == ()
    assert "loss room" in signs_of_harm(loses, replace(after, lost=300.01), 1000.0)[0]
    assert signs_of_harm(before, replace(after, lost=9e9), 0.0) == ()
    with pytest.raises(ValueError, match="more than the units"):
        Conduct(units=1, completed=2)
    assert before + after == Conduct(150, 120, 120, 4, 250.0)


@pytest.mark.parametrize(
    ("share", "hung", "fewest", "most"),
    [(0.5, 0.03, 0, 4), (0.7, 0.03, 0, 4), (0.3, 0.03, 0, 4), (0.7, 0.15, 75, 100)],
)
def test_an_arm_that_fills_more_often_is_no_harm_and_one_that_hangs_is(
    share: float, hung: float, fewest: int, most: int
):
    """Percent of trials ended for hung units; three units of a hundred hang by the value before."""
    draw = random.Random(f"{share} {hung}")
    ended = 0
    for _ in range(100):
        arms = [Conduct(), Conduct()]
        for _ in range(300):
            arm = int(draw.random() < share)
            one = Conduct(1, 1, 1, int(draw.random() < (hung if arm else 0.03)))
            arms[arm] += one
            if one.hung and harm_shown(arms[0], arms[1], 0.0):
                ended += 1
                break
    assert fewest <= ended <= most


def exact_evidence(after: int, before: int, units_after: int, units_before: int) -> Fraction:
    """The mixed likelihood over the even one, as a sum of fractions."""
    share = Fraction(units_after, units_after + units_before)
    n = after + before
    beta = Fraction(math.factorial(after) * math.factorial(before), math.factorial(n + 1))
    tail = sum(
        math.comb(n + 1, k) * share**k * (1 - share) ** (n + 1 - k) for k in range(after + 1)
    )
    return beta * tail / (1 - share) / (share**after * (1 - share) ** before)


@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 60), st.integers(1, 60))
def test_the_evidence_of_few_bad_units_is_the_exact_sum(
    after: int, before: int, more_after: int, more_before: int
):
    units = after + more_after, before + more_before
    if after * units[1] <= before * units[0]:
        assert not beyond_chance(after, before, *units)
        return
    exact = exact_evidence(after, before, *units)
    told = log_evidence(after, before, *units)
    assert told == pytest.approx(math.log(exact), rel=1e-9, abs=1e-9)
    if not math.isclose(exact, 20):
        assert beyond_chance(after, before, *units) is (exact > 20)


@pytest.mark.parametrize("units", [300, 1030, 30_000, 3_000_000])
def test_any_number_of_bad_units_can_be_judged(units: int):
    whole = Conduct(units, units, units, 0)
    assert not beyond_chance(units, units, units, units)
    assert harm_shown(replace(whole, hung=units // 3), replace(whole, hung=units), 0.0)
    assert beyond_chance(units, units // 2, units, units)
    assert beyond_chance(units, 0, units, units)
    assert beyond_chance(units, 0, 1, 10**9)


def test_a_loss_says_how_much_more_it_is():
    before, after = Conduct(100, 80, 80, 0, 100.0), Conduct(50, 40, 40, 0, 1300.5)
    assert signs_of_harm(before, after, 5000.0) == (
        "1,300.50 $ were lost, 1,250.50 $ more than the value before loses on as many units: "
        "over 25% of the loss room of 5,000.00 $.",
    )
