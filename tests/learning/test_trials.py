"""Trials: validity by the coin alone, against every order of signs; ends, lengths, calibration."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.learning.estimators import Z95, wilson
from engine.learning.harm import Conduct
from engine.learning.trials.calibration import (
    FinishedTrial,
    calibrate,
    promise,
    shrunk,
    spread_of_effects,
)
from engine.learning.trials.ends import End, TrialBlock, state_of
from engine.learning.trials.plan import (
    TrialPlan,
    pair_deviation,
    pairs_needed,
    planned,
    trial_error,
    trial_length,
)
from engine.learning.trials.sequence import (
    Paired,
    best_rho,
    confidence_sequence,
    excludes,
    log_wealth,
)
from tests.support.drawn_trials import SECONDS, attempt_deviation, drawn_trial

SIZES = st.lists(st.floats(0, 1e4), min_size=1, max_size=9)
PLAN = TrialPlan(
    smallest=5.0,
    rho=400.0,
    error=0.05,
    block_attempts=20,
    most_pairs=60,
    rate=100.0,
    block_seconds=3600.0,
)
DRAWN = replace(PLAN, rate=0.0, block_seconds=20 * SECONDS)
"""A plan for drawn trials with blocks of 20."""


def blocks_of(differences: list[float], **fields: object) -> list[TrialBlock]:
    """Pairs whose arm after makes so many dollars a trader-hour more; it comes first or second."""
    blocks = []
    for pair, difference in enumerate(differences):
        both = [
            TrialBlock(pair, False, 100.0, 3600.0),
            TrialBlock(pair, True, 100.0 + difference, 3600.0, **fields),  # type: ignore[arg-type]
        ]
        blocks += both if pair % 2 else both[::-1]
    return blocks


@settings(max_examples=30)
@given(SIZES, st.floats(0.01, 1e6))
def test_the_wealth_of_all_orders_of_a_coin_is_one_at_most(sizes, rho):
    """What the sequence rests on, by enumeration: its mean over all signs never exceeds 1."""
    mean = 0.0
    for signs in itertools.product((-1, 1), repeat=len(sizes)):
        pairs = Paired.of([sign * size for sign, size in zip(signs, sizes, strict=True)])
        mean += math.exp(log_wealth(pairs, 0.0, rho)) / 2 ** len(sizes)
    assert mean <= 1 + 1e-9


@pytest.mark.parametrize("sizes", [[1.0] * 11, [2.0**k for k in range(11)], [1.0] * 10 + [40.0]])
def test_of_all_orders_of_a_coin_few_ever_cross_and_as_many_up_as_down(sizes):
    error, rho = 0.05, best_rho(sum(size * size for size in sizes), 0.05)
    crossed = {1: 0, -1: 0}
    for signs in itertools.product((-1, 1), repeat=len(sizes)):
        pairs = Paired()
        for sign, size in zip(signs, sizes, strict=True):
            pairs = pairs.and_one(sign * size)
            side = excludes(pairs, 0.0, rho, error)
            if side:
                crossed[side] += 1
                break
    assert crossed[1] == crossed[-1] <= error * 2 ** len(sizes)


@settings(max_examples=40)
@given(
    st.lists(st.floats(-100, 100), min_size=20, max_size=60),
    st.floats(-50, 50),
    st.floats(0.1, 10),
)
def test_the_sequence_ends_where_effects_begin_to_be_excluded_and_moves_with_its_unit(
    differences, shift, factor
):
    rho, error = 5000.0, 0.05
    pairs = Paired.of(differences)
    gap = confidence_sequence(pairs, rho, error)
    if gap is None:
        return
    assert gap.low < gap.effect < gap.high
    width = gap.high - gap.low
    for edge, outward in ((gap.low, -1), (gap.high, 1)):
        assert excludes(pairs, edge + outward * 1e-6 * width, rho, error) == -outward
        assert not excludes(pairs, edge - outward * 1e-6 * width, rho, error)
    moved = confidence_sequence(
        Paired.of([factor * (d + shift) for d in differences]), rho * factor**2, error
    )
    assert moved is not None
    assert moved.low == pytest.approx(factor * (gap.low + shift), abs=1e-4 * factor * width)
    assert moved.high == pytest.approx(factor * (gap.high + shift), abs=1e-4 * factor * width)


def test_few_pairs_exclude_nothing_however_alike_they_are():
    """Five alike differences are one of 16 orders of a coin: no proof at 5 %."""
    for n in range(1, 6):
        pairs = Paired.of([7.0] * n)
        assert excludes(pairs, 0.0, best_rho(49.0 * n, 0.05), 0.05) == 0
    assert confidence_sequence(Paired(), 1.0, 0.05) is None
    assert (Paired().mean, Paired.of([3.0]).standard_error) == (0.0, math.inf)


@pytest.mark.parametrize("pareto", [False, True])
def test_a_placebo_is_kept_in_seven_percent_of_trials_at_the_very_most(pareto):
    """The upper bound of 95 % over 400 trials; benchmarks/bench_trials.py draws more."""
    rng = np.random.default_rng(29)
    plan = planned(5.0, 60.0, 0.05, 20, rate=0.0, block_seconds=20 * SECONDS)
    plan = replace(plan, smallest=0.01, most_pairs=25)
    ends = [state_of(plan, drawn_trial(rng, 25, pareto=pareto), 0.0).end for _ in range(400)]
    assert wilson(ends.count(End.KEPT), len(ends))[1] <= 0.07
    assert ends.count(None) == 0


def test_looking_after_every_block_and_only_at_last_tell_the_same_end():
    rng = np.random.default_rng(4)
    plan = replace(DRAWN, smallest=20.0, rho=1e5, most_pairs=30)
    seen = set()
    for gain in (-0.9, 0.0, 2.0):
        for _ in range(5):
            blocks = drawn_trial(rng, 32, gain, spells=False)
            last = state_of(plan, blocks, 0.0)
            first = next(s for k in range(65) if (s := state_of(plan, blocks[:k], 0.0)).end)
            assert first == last
            seen.add(last.end)
    assert {End.KEPT, End.REVERTED} <= seen


def test_each_end_by_itself():
    steady = [12.0, 9.0, 11.0, 8.0] * 8
    assert state_of(PLAN, blocks_of(steady), 0.0).end is End.KEPT
    assert state_of(PLAN, blocks_of([-60.0 - d for d in steady]), 0.0).end is End.REVERTED
    assert state_of(PLAN, blocks_of([1.0, -1.0, 0.5, -0.5] * 12), 0.0).end is End.NO_DIFFERENCE
    noise = [400.0, -390.0] * 20
    assert state_of(replace(PLAN, most_pairs=12), blocks_of(noise), 0.0).end is End.TIME_UP
    assert state_of(PLAN, blocks_of(noise[:8]), 0.0, stopped=True).end is End.STOPPED
    running = state_of(PLAN, blocks_of(noise[:8]), 0.0)
    assert (running.end, running.pairs, running.reasons) == (None, 8, ())


def test_a_gain_too_small_to_be_worth_having_is_not_kept():
    small = [3.0, 2.9, 3.1, 3.0] * 10
    state = state_of(PLAN, blocks_of(small), 0.0)
    assert state.end is End.NO_DIFFERENCE
    assert state.interval is not None and state.interval.low > 0 < 5 - state.interval.high


def test_harm_comes_before_every_other_end_and_counts_a_pair_that_is_not_complete():
    calm = Conduct(attempts=50, units=20, completed=20)
    hung = Conduct(attempts=20, units=9, completed=9, hung=9)
    steady = blocks_of([12.0] * 30)
    first = [replace(block, conduct=calm) for block in steady[:2]]
    behind = next(block for block in steady[2:4] if block.after)
    worse = [*first, replace(behind, conduct=hung), *steady[4:]]
    assert state_of(PLAN, worse[:3], 0.0).end is End.HARM
    assert state_of(PLAN, worse, 0.0).pairs == 1
    few = replace(hung, hung=3)
    chance = [*first, replace(behind, conduct=few)]
    assert state_of(PLAN, chance, 0.0).end is None
    lost = Conduct(attempts=20, lost=300.0)
    losing = [replace(steady[0], after=True, conduct=lost)]
    assert state_of(PLAN, losing, 1000.0).end is End.HARM
    assert state_of(PLAN, losing, 0.0).end is None


def test_where_loss_room_or_budget_interfered_nothing_is_kept():
    steady = [12.0, 9.0, 11.0, 8.0] * 8
    end = state_of(PLAN, blocks_of(steady, closed_s=100.0), 0.0)
    assert end.end is End.INTERFERENCE and end.pairs == 5
    assert state_of(PLAN, blocks_of(steady, closed_s=60.0), 0.0).end is End.KEPT
    kept = 2 * state_of(PLAN, blocks_of(steady), 0.0).pairs
    late = blocks_of(steady)
    late[kept - 1] = replace(late[kept - 1], closed_s=3000.0)
    assert state_of(PLAN, late, 0.0).end is End.INTERFERENCE


def test_before_the_first_look_nothing_is_decided_and_half_a_pair_is_not_compared():
    blocks = blocks_of([1000.0] * 40)
    plan = replace(PLAN, rho=1.0, first_pairs=12)
    assert state_of(plan, blocks[:22], 0.0).end is None
    ended = state_of(plan, blocks, 0.0)
    assert ended.pairs >= 12
    assert state_of(plan, blocks[:23], 0.0).pairs == 11
    with pytest.raises(ValueError, match="pair 0"):
        state_of(plan, [blocks[0], blocks[0]], 0.0)
    with pytest.raises(ValueError, match="pair 0"):
        state_of(plan, [*blocks[:2], blocks[0]], 0.0)


def test_plans_that_prove_nothing_are_refused():
    for fields in (
        {"block_attempts": 19},
        {"block_attempts": 0},
        {"first_pairs": 4},
        {"smallest": 0.0},
        {"rho": 0.0},
        {"error": 0.5},
        {"block_seconds": 0.0},
        {"rate": math.nan},
    ):
        with pytest.raises(ValueError):
            replace(PLAN, **fields)
    assert replace(PLAN, block_attempts=1).block_attempts == 1
    for call in (
        lambda: pairs_needed(0.0, 1.0, 0.05),
        lambda: best_rho(0.0, 0.05),
        lambda: trial_error(0),
    ):
        with pytest.raises(ValueError):
            call()


def test_the_trials_of_a_week_err_in_five_percent_together():
    assert trial_error(1) > trial_error(2)
    assert sum(map(trial_error, range(1, 3000))) == pytest.approx(0.05, rel=1e-3)


@settings(max_examples=30)
@given(st.floats(0.5, 50), st.floats(20, 500))
def test_a_larger_effect_needs_fewer_pairs_and_a_larger_scatter_more(effect, deviation):
    needed = pairs_needed(effect, deviation, 0.05)
    assert pairs_needed(effect * 1.5, deviation, 0.05) <= needed
    assert pairs_needed(effect, deviation * 1.5, 0.05) >= needed
    assert pairs_needed(effect * 3, deviation * 3, 0.05) == needed


def test_four_of_five_trials_have_their_verdict_by_the_pairs_told_before():
    """Normal differences, as the estimate assumes; a sequence may also cross before."""
    rng = np.random.default_rng(6)
    effect, deviation, error = 10.0, 30.0, 0.05
    needed = pairs_needed(effect, deviation, error)
    rho = best_rho(needed * (deviation**2 + effect**2), error)
    differences = rng.normal(effect, deviation, (600, needed)).tolist()
    found = sum(excludes(Paired.of(each), 0.0, rho, error) == 1 for each in differences)
    assert 0.75 < found / 600 < 0.87


def test_the_card_tells_attempts_and_sessions_and_refuses_what_takes_too_long():
    deviation = pair_deviation(8.0, 20)
    assert deviation == pytest.approx(8.0 * math.sqrt(2 / 20))
    assert pair_deviation(8.0, 20, 3.0) == pytest.approx(math.sqrt(2 * (64 / 20 + 9)))
    length = trial_length(1.0, deviation, 0.05, 20, 200)
    assert length.attempts == 40 * length.pairs
    assert (length.sessions - 1) * 200 < length.attempts <= length.sessions * 200
    assert trial_length(1e-3, deviation, 0.05, 20, 200).too_long
    assert not trial_length(50.0, deviation, 0.05, 20, 200).too_long


def test_kept_effects_read_high_and_shrinking_takes_that_back_on_average():
    """True effects scatter as the prior says; the trials stop where the sequence tells them to."""
    rng = np.random.default_rng(8)
    spread, deviation, error = 20.0, 60.0, 0.05
    plan = planned(25.0, deviation, error, 20, rate=0.0, block_seconds=20 * SECONDS)
    true, measured, taken = [], [], []
    for _ in range(600):
        effect = rng.normal(0, spread)
        pairs = Paired()
        for difference in rng.normal(effect, deviation, 40).tolist():
            pairs = pairs.and_one(difference)
            if pairs.n >= 5 and excludes(pairs, 0.0, plan.rho, error) == 1:
                true.append(effect)
                measured.append(pairs.mean)
                taken.append(shrunk(pairs.mean, deviation / math.sqrt(pairs.n), spread)[0])
                break
    assert len(true) > 50
    assert np.mean(measured) > 1.25 * np.mean(true)
    assert np.mean(taken) == pytest.approx(np.mean(true), rel=0.12)


def test_shrinking_at_its_ends():
    assert shrunk(30.0, math.inf, 5.0) == (0.0, 5.0)
    assert shrunk(30.0, 4.0, 0.0) == (0.0, 0.0)
    assert shrunk(30.0, 0.0, 5.0)[0] == 30.0
    assert shrunk(30.0, 5.0, 5.0, centre=10.0)[0] == pytest.approx(20.0)
    with pytest.raises(ValueError):
        shrunk(1.0, -1.0, 1.0)


FINISHED = st.lists(
    st.builds(
        lambda predicted, half, measured, error: FinishedTrial(
            predicted, predicted - half, predicted + half, measured, error
        ),
        st.floats(-50, 50),
        st.floats(0.1, 40),
        st.floats(-80, 80),
        st.floats(0.5, 20),
    ),
    max_size=12,
)


@settings(max_examples=40)
@given(FINISHED)
def test_calibration_agrees_with_weighted_least_squares(trials):
    found = calibrate(trials)
    assert found.inside == sum(
        abs(t.measured - t.predicted)
        <= Z95 * math.sqrt(((t.high - t.low) / 2 / Z95) ** 2 + t.standard_error**2)
        for t in trials
    )
    assert 0 <= found.factor <= 1
    predicted = np.array([t.predicted / t.standard_error for t in trials])
    if not (predicted**2).sum():
        assert found.slope is None
        return
    measured = np.array([t.measured / t.standard_error for t in trials])
    slope = np.linalg.lstsq(predicted[:, None], measured, rcond=None)[0][0]
    assert found.slope is not None
    assert found.slope == pytest.approx(slope, rel=1e-6, abs=1e-6)
    assert found.slope_low is not None and found.slope_high is not None
    assert found.slope_low < found.slope < found.slope_high


def test_the_slope_is_as_uncertain_as_trials_that_stop_where_they_read_high_are():
    """Errors are those that hold wherever a trial stopped, as in what lies inside."""
    fixed = [FinishedTrial(20.0, 10.0, 30.0, 12.0, 2.0), FinishedTrial(20.0, 10.0, 30.0, 28.0, 2.0)]
    stopped = [
        replace(fixed[0], reach=Z95 * 4.0),
        replace(fixed[1], reach=Z95 * 8.0),
    ]
    before, after = calibrate(fixed), calibrate(stopped)
    assert before.slope == pytest.approx(1.0)
    weights = 1 / 16, 1 / 64
    slope = (12 * weights[0] + 28 * weights[1]) / sum(weights) / 20
    assert after.slope == pytest.approx(slope)
    assert after.slope is not None and after.slope_low is not None
    assert after.slope - after.slope_low == pytest.approx(Z95 / 20 / math.sqrt(sum(weights)))
    same = [replace(each, standard_error=0.1) for each in stopped]
    assert calibrate(same).factor == after.factor


def test_promises_of_thin_estimates_are_kept_on_average_and_their_intervals_hold():
    """True effects scatter as believed; estimates are from few attempts or many, unselected."""
    rng = np.random.default_rng(5)
    spread, n = 100.0, 3000
    true = rng.normal(0, spread, n)
    error = rng.choice([15.0, 60.0, 200.0], n)
    noise = rng.choice([20.0, 50.0], n)
    estimates, read = true + rng.normal(0, error), true + rng.normal(0, noise)
    raw, held = [], []
    for each in zip(estimates, error, read, noise, strict=True):
        effect, deviation, measured, standard_error = (float(value) for value in each)
        ends = effect - Z95 * deviation, effect + Z95 * deviation
        raw.append(FinishedTrial(effect, *ends, measured, standard_error))
        told = promise(effect, *ends, spread, 1.0)
        held.append(FinishedTrial(*told, measured, standard_error))
    before, after = calibrate(raw), calibrate(held)
    assert before.slope is not None and after.slope is not None
    assert before.slope < 0.6
    assert after.slope == pytest.approx(1.0, abs=0.04)
    assert after.inside / n == pytest.approx(0.95, abs=0.012)
    half = promise(40.0, 20.0, 60.0, spread, 0.5)
    assert half == pytest.approx([each / 2 for each in promise(40.0, 20.0, 60.0, spread, 1.0)])


def test_no_trial_leaves_a_prediction_as_it_is_and_advice_that_promised_double_is_halved():
    none = calibrate([])
    assert (none.trials, none.share_low, none.share_high, none.factor) == (0, 0.0, 1.0, 1.0)
    double = [FinishedTrial(20.0, 10.0, 30.0, 10.0, 1.0)] * 6
    assert calibrate(double).factor == pytest.approx(0.5, abs=0.01)
    timid = [replace(each, measured=60.0) for each in double]
    assert calibrate(timid).factor == 1.0
    against = [replace(each, measured=-60.0) for each in double]
    assert calibrate(against).factor == 0.0


def test_the_spread_of_effects_is_what_errors_do_not_explain():
    rng = np.random.default_rng(2)
    measured = rng.normal(0, 5, 4000) + rng.normal(0, 12, 4000)
    trials = [FinishedTrial(0.0, -1.0, 1.0, m, 12.0) for m in measured.tolist()]
    assert spread_of_effects(trials, 9.0, 1.0) == pytest.approx(5.0, abs=1.0)
    assert spread_of_effects([], 9.0, 1.0) == 9.0
    exact = [FinishedTrial(0.0, -1.0, 1.0, 1.0, 3.0)] * 500
    assert spread_of_effects(exact, 9.0, 1.0) == 1.0


def test_few_trials_do_not_say_that_effects_are_small():
    """Five trials whose errors explain all of what they measured, after which a sixth is held."""
    alike = [FinishedTrial(0.0, -1.0, 1.0, 1.0, 3.0)] * 5
    assert spread_of_effects(alike, 50.0, 5.0) == pytest.approx(50 / math.sqrt(2), rel=0.01)
    trials = [FinishedTrial(0.0, -1.0, 1.0, 1.0, 3.0)] * 20
    assert spread_of_effects(trials, 50.0, 5.0) == pytest.approx(50 / math.sqrt(5), rel=0.01)


def test_drawn_trials_have_the_deviation_that_their_length_is_told_by():
    rng = np.random.default_rng(1)
    state = state_of(replace(DRAWN, rho=1e12), drawn_trial(rng, 59, spells=False), 0.0)
    expected = pair_deviation(attempt_deviation(), 20) * 3600 / SECONDS
    assert state.standard_error * math.sqrt(state.pairs) == pytest.approx(expected, rel=0.3)


def test_what_the_evidence_promises_shortens_a_trial_and_keeps_nothing_smaller():
    whole = planned(5.0, 600.0, 0.05, 1, rate=0.0, block_seconds=SECONDS)
    promised = planned(5.0, 600.0, 0.05, 1, rate=0.0, block_seconds=SECONDS, expected=50.0)
    less = planned(5.0, 600.0, 0.05, 1, rate=0.0, block_seconds=SECONDS, expected=2.0)
    assert promised.most_pairs < whole.most_pairs / 20
    assert promised.smallest == whole.smallest == 5.0
    assert less == whole
