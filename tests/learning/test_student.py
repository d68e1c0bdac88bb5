"""Student's t against closed forms, brute-force integration and printed tables."""

import math
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.learning.student import regularized_beta, t_quantile

PROBABILITIES = st.floats(0.5001, 0.9999)


@given(PROBABILITIES)
def test_one_and_two_degrees_of_freedom_have_closed_forms(p):
    assert t_quantile(p, 1) == pytest.approx(math.tan(math.pi * (p - 0.5)), rel=1e-9)
    assert t_quantile(p, 2) == pytest.approx(
        (2 * p - 1) * math.sqrt(2 / (4 * p * (1 - p))), rel=1e-9
    )


@given(PROBABILITIES, st.floats(0.5, 300))
def test_the_quantile_turns_round_at_one_half_and_falls_with_the_degrees_of_freedom(p, freedom):
    value = t_quantile(p, freedom)
    assert t_quantile(1 - p, freedom) == pytest.approx(-value, rel=1e-9, abs=1e-9)
    assert value > t_quantile(p, freedom * 1.5) * (1 - 1e-12) > 0


def test_printed_tables():
    table = {(0.975, 5): 2.570582, (0.9, 7): 1.414924, (0.99, 30): 2.457262, (0.95, 120): 1.657651}
    for (p, freedom), value in table.items():
        assert t_quantile(p, freedom) == pytest.approx(value, abs=1e-6)
    assert t_quantile(0.975, 1e9) == pytest.approx(NormalDist().inv_cdf(0.975))


@pytest.mark.parametrize("freedom", [2.5, 6.7, 19.3])
def test_degrees_of_freedom_that_are_not_whole_agree_with_the_summed_density(freedom):
    value = t_quantile(0.93, freedom)
    steps = np.linspace(0, value, 20_001)
    density = (1 + steps**2 / freedom) ** (-(freedom + 1) / 2)
    scale = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2))
    area = np.trapezoid(density, steps) * scale / math.sqrt(freedom * math.pi)
    assert area == pytest.approx(0.43, abs=1e-8)


@given(st.integers(1, 40), st.integers(0, 40), st.floats(0.01, 0.99))
def test_the_beta_function_of_whole_numbers_is_a_binomial_sum(n, k, x):
    k = min(k, n - 1)
    at_least = sum(math.comb(n, j) * x**j * (1 - x) ** (n - j) for j in range(k + 1, n + 1))
    assert regularized_beta(x, k + 1, n - k) == pytest.approx(at_least, rel=1e-9, abs=1e-12)


def test_nonsense_is_refused_with_its_figures():
    for p, freedom in ((0, 3), (1, 3), (0.5, 0), (0.5, math.nan)):
        with pytest.raises(ValueError, match="must"):
            t_quantile(p, freedom)
    with pytest.raises(ValueError, match="must be 0 to 1"):
        regularized_beta(1.5, 1, 1)
