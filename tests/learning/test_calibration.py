"""A fit gives back the model that made the attempts, says how sure it is, and refuses to guess."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.config import Calibration, ConfigError, read_calibration
from engine.learning.calibration.fitting import TooFewAttemptsError, calibrate
from engine.learning.calibration.orders import CalibrationError, WorkedOrders
from engine.learning.calibration.rates import CalibratedRates
from engine.learning.calibration.text import calibration_text, holds_out, missed
from engine.orders import events as ev
from tests.support.hand_written_runs import Story
from tests.support.worked_orders import KNOWN, drawn_orders

TRUTH = CalibratedRates(KNOWN)


def places(fit: Calibration) -> Iterator[tuple[float, float, float]]:
    """Location, logarithm of fitted by true rate, and its standard error."""
    reference_c = next(width_c for width_c, factor in fit.by_width if factor == 1.0)
    reference = next(phase for phase, factor in fit.by_phase.items() if factor == 1.0)
    piece = next(until_s for until_s, factor in fit.by_wait if factor == 1.0)
    factor, _ = TRUTH.of_wait(piece - 0.01)
    for place, rate in fit.by_location:
        true = factor * TRUTH.at(place, reference_c, 1, reference, completes=False)
        yield place, math.log(rate / true), fit.errors[f"location {place:g}"]


@pytest.mark.parametrize("seed", range(3))
def test_attempts_of_a_known_model_give_that_model_back(seed: int) -> None:
    fit = calibrate(drawn_orders(seed, 6_000))
    assert fit.attempts == 5_000 and fit.credits == 1_000
    for _, apart, error in places(fit):
        assert error < 0.15
        assert abs(apart) < 3.5 * error + 0.03  # and what lines between knots cut off
    assert fit.size_power == pytest.approx(KNOWN.size_power, abs=3.5 * fit.errors["size"])
    credit = math.log(fit.credit_factor / KNOWN.credit_factor)
    assert abs(credit) < 3.5 * fit.errors["credit"]
    (phase,) = set(fit.by_phase) & set(fit.errors)
    true = {"MIDDAY": 0.6, "MORNING": 1 / 0.6}[phase]
    assert abs(math.log(fit.by_phase[phase] / true)) < 3.5 * fit.errors[phase]
    low, high = fit.by_width[0], fit.by_width[-1]
    assert low[1] > 1.0 > high[1] > 0.2
    assert fit.partial == pytest.approx(KNOWN.partial, abs=0.06)
    assert fit.by_wait[0] == (0.25, 0.0)
    assert holds_out(fit)


def test_chances_to_fill_are_those_of_the_model_that_made_the_attempts() -> None:
    rates = CalibratedRates(calibrate(drawn_orders(11, 12_000)))
    for location in (0.25, 0.35, 0.45):
        for width_c in (12.0, 30.0, 70.0):
            for quantity in (1, 3):
                made, true = (
                    each.within(
                        each.at(location, width_c, quantity, "MIDDAY", completes=False), 2.5
                    )
                    for each in (rates, TRUTH)
                )
                assert made == pytest.approx(true, abs=0.06)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    told = [each for seed in range(20) for each in places(calibrate(drawn_orders(100 + seed, 700)))]
    held = sum(abs(apart) <= 1.96 * error for _, apart, error in told)
    assert 0.88 <= held / len(told) <= 1.0


def test_fills_in_spells_tell_less_than_as_many_that_are_independent() -> None:
    alone, spells = (
        calibrate(drawn_orders(5, 6_000, credits=False, spells=each, every_s=3))
        for each in ((1.0, 1.0), (0.3, 1.7))
    )
    assert spells.block_s == 900 and spells.blocks == alone.blocks
    errors = [[error for _, _, error in places(fit)] for fit in (alone, spells)]
    assert sum(errors[1]) > 1.3 * sum(errors[0])


def test_attempts_that_fill_otherwise_than_those_fitted_to_are_told() -> None:
    fit = calibrate(drawn_orders(3, 6_000, credits=False, held_out=3.0))
    assert missed(fit) > 5
    assert not holds_out(fit)
    text = calibration_text(fit, {})
    assert "NOT as predicted: do not rely on this model" in text
    assert text.count("  missed") == missed(fit)


def test_a_fit_to_a_few_minutes_is_not_checked_and_says_so() -> None:
    orders = drawn_orders(3, 800, credits=False)
    orders.rows = [row._replace(second=row.second % 180) for row in orders.rows]
    fit = calibrate(orders)
    assert fit.held_out == () and not holds_out(fit)
    assert "NOT CHECKED: all attempts lie within a few minutes" in calibration_text(fit, {})


def test_below_the_lowest_location_that_was_tried_nothing_fills_and_above_the_last_no_more() -> (
    None
):
    rates = CalibratedRates(KNOWN)

    def at(location: float) -> float:
        return rates.at(location, 30.0, 1, "MORNING", completes=False)

    assert at(0.199) == 0.0
    assert (at(0.2), at(0.35), at(0.5), at(0.99)) == (0.1, 0.25, 0.5, 0.5)
    assert at(0.425) == pytest.approx(math.sqrt(0.25 * 0.5))
    assert rates.at(0.35, 1.0, 1, "MORNING", completes=False) == pytest.approx(0.25 * 1.4)
    assert rates.at(0.35, 900.0, 1, "MORNING", completes=False) == pytest.approx(0.25 * 0.4)


def test_a_location_nearer_the_other_side_is_never_fitted_to_fill_less_often() -> None:
    flat = KNOWN.changed(by_location=((0.2, 0.3), (0.5, 0.3)))
    for seed in range(5):
        rates = [rate for _, rate in calibrate(drawn_orders(seed, 1_200, flat)).by_location]
        assert rates == sorted(rates)


# ---------------------------------------------------------------- refusals


def test_fewer_than_500_attempts_are_refused_however_many_credits_there_are() -> None:
    orders = drawn_orders(1, 598)
    assert orders.attempts == 499
    with pytest.raises(TooFewAttemptsError, match="499 attempts tell too little: 500 are needed"):
        calibrate(orders)
    assert calibrate(drawn_orders(1, 600)).attempts == 500


def test_attempts_of_which_nearly_none_filled_are_refused() -> None:
    never = KNOWN.changed(by_location=((0.2, 0.001), (0.5, 0.001)))
    with pytest.raises(TooFewAttemptsError, match=r"\d+ of 2,000 attempts filled: 30 with and 30"):
        calibrate(drawn_orders(1, 2_000, never, credits=False))


def session(model: str, source: str = "a feed", mode: str = "LIVE") -> ev.SessionStarted:
    return ev.SessionStarted(0, mode, "A", "r", source, model, 1, "2024-11-22", {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (session(""), session("", "another feed")),
        (session(""), session("", mode="PAPER")),
        (session("assumed"), session("assumed-width")),
        (session("assumed"), session("assumed (credit_ease 0.5)")),
        (
            session("assumed", "simulated exchange, seed 1"),
            session("assumed", "recorded session x"),
        ),
    ],
)
def test_attempts_of_two_venues_or_models_never_meet(
    one: ev.SessionStarted, other: ev.SessionStarted
) -> None:
    orders = WorkedOrders()
    orders.add([one], "first")
    with pytest.raises(CalibrationError, match="; name runs of one"):
        orders.add([other], "second")


def test_seeds_of_one_simulated_model_are_one_venue_which_says_that_it_is_simulated() -> None:
    orders = WorkedOrders()
    for seed in (1, 2):
        orders.add([session("assumed", f"simulated exchange, seed {seed}", "SIM")], "r")
    assert orders.venue == "SIMULATED fills of assumed on simulated quotes"
    assert orders.simulated
    live = WorkedOrders()
    live.add([session("")], "r")
    assert (live.venue, live.simulated) == ("LIVE a feed", False)


# ---------------------------------------------------------------- from a journal


def told(*outcomes: str, quantity: int = 2) -> WorkedOrders:
    story = Story(traders=1)
    for outcome in outcomes:
        story.play(story.keys[0], outcome, quantity, 148, 170)
    orders = WorkedOrders()
    orders.add(story.events, "r")
    return orders


def test_an_order_lies_where_its_market_was_and_worked_until_its_first_fill_or_its_end() -> None:
    orders = told("timeout", "complete", "partial", "late")
    debits = [row for row in orders.rows if not row.completes]
    assert [(row.filled, row.worked_s) for row in debits] == [
        (0, 2.505), (2, 0.3), (1, 0.3), (2, 2.505),
    ]  # fmt: skip
    assert {round(row.location, 6) for row in debits} == {round(0.08 / 0.23, 6)}
    assert {round(row.width_c, 6) for row in orders.rows} == {23.0}
    assert {row.phase for row in orders.rows} == {"OPEN_AUCTION"}
    assert orders.dates == {"2024-11-22"}


def test_rejected_attempts_and_those_without_known_quotes_teach_nothing_and_are_counted() -> None:
    story = Story(traders=1)
    story.play(story.keys[0], "rejected", 1, 148, 170)
    story.play(story.keys[0], "timeout", 1, 148, 170)
    story.play(story.keys[0], "timeout", 1, 163, 170)
    blind = [
        event._replace(bid=None) if isinstance(event, ev.OrderIntended) else event
        for event in told_events("timeout")
    ]
    orders = WorkedOrders()
    orders.add(story.events, "one")
    orders.add(blind, "two")
    assert orders.attempts == 1
    assert orders.left_out == {
        "rejected": 1, "without known quotes": 1, "at or beyond the natural price": 1,
    }  # fmt: skip


def told_events(outcome: str) -> list[ev.Event]:
    story = Story(traders=1)
    story.play(story.keys[0], outcome, 1, 148, 170)
    return story.events


# ---------------------------------------------------------------- the file


def test_a_fit_is_read_from_its_file_as_it_was_written(tmp_path: Path) -> None:
    fit = calibrate(drawn_orders(2, 900)).changed(venue='LIVE "a\\b" é')
    path = tmp_path / "fit.toml"
    path.write_text(fit.to_toml(), encoding="utf-8")
    assert read_calibration(path) == fit
    assert read_calibration(path).told == fit.told
    assert fit.told.startswith("n=750, from LIVE ")
    assert KNOWN.changed(partial=0.31).told != KNOWN.told


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("attempts = 5000", "attempts = 499", "attempts: Input should be greater than"),
        ("simulated = false", "", "simulated: Field required"),
        ("[[0.2, 0.1], ", "[[0.2, 0.9], ", "cannot fill less often: by_location"),
        ("[[10.0, 1.4], ", "[[95.0, 1.4], ", "by_width: each pair must begin with a greater"),
    ],
)
def test_a_file_that_no_fit_wrote_is_refused(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "fit.toml"
    text = KNOWN.to_toml()
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=re.escape(said)):
        read_calibration(path)


def test_the_text_says_that_fills_were_simulated_and_that_minutes_are_thin() -> None:
    orders = drawn_orders(2, 900)
    orders.simulated, orders.venue = True, "SIMULATED fills of assumed on simulated quotes"
    text = calibration_text(calibrate(orders), {"rejected": 3})
    assert "SIMULATED: a model made these fills." in text
    assert "left out: 3 attempts rejected" in text
    assert "(quarter hours)" in text
    short = drawn_orders(2, 900)
    short.rows = [row._replace(second=row.second // 20) for row in short.rows]
    assert "minutes: too few quarter hours, thin" in calibration_text(calibrate(short), {})
