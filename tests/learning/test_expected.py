"""What a change asked for by name should bring, from the attempts so far."""

from __future__ import annotations

import pytest

from engine.learning.evidence.answers import Answers
from engine.learning.evidence.gathering import Evidence
from engine.learning.proposing.expected import ADDED_FILLS, LEAST_ATTEMPTS, expected_effect
from engine.learning.proposing.levers import LiveSettings
from engine.learning.survival import FillTimes
from tests.support.attempt_rows import SETTINGS, AttemptRow, answers_of, result

LIVE = LiveSettings(SETTINGS)
TIMES = FillTimes({900: 60, 1900: 40}, {2500: 300})
"""A hundred fills, forty of them after a second and a half, of four hundred attempts."""


def rows(size: int = 1, more: float = 0.0, quarters: int = 6) -> list[AttemptRow]:
    """Sixty attempts a quarter hour, a quarter of them filled; `more` dollars a fill."""
    return [
        AttemptRow(1, 600 + 15 * quarter, "AAPL", "MORNING", 10.0, size,
                   10.0 + quarter % 2 + more if number % 4 == 0 else 0.0, 12.0)
        for quarter in range(quarters)
        for number in range(60)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def evidence() -> Answers:
    return answers_of(rows())


def test_added_contracts_make_three_quarters_of_what_the_present_ones_do(
    evidence: Answers,
) -> None:
    rate = evidence.total().per_hour
    told = expected_effect(evidence, TIMES, LIVE, "optimal_contracts", None, 2)
    assert told is not None
    assert told.effect == pytest.approx(ADDED_FILLS * rate)
    assert told.low < told.effect < told.high
    more = expected_effect(evidence, TIMES, LIVE, "optimal_contracts", None, 3)
    assert more is not None
    assert more.effect == pytest.approx(2 * told.effect)


def test_attempts_with_the_value_itself_come_first() -> None:
    both = answers_of([*rows(), *rows(2, more=-4.0)])
    told = expected_effect(both, TIMES, LIVE, "optimal_contracts", None, 2)
    assert told is not None
    assert told.effect == pytest.approx(-4.0 * 0.25 * 3600 / 12.0, rel=0.05)


def test_an_earlier_cancel_loses_the_fills_that_came_later(evidence: Answers) -> None:
    told = expected_effect(evidence, TIMES, LIVE, "optimal_cancel_ms", None, 1000)
    assert told is not None
    assert told.high < 0
    assert expected_effect(evidence, TIMES, LIVE, "optimal_cancel_ms", None, 4000) is None


def test_the_other_objective_is_asked_of_the_same_quotes() -> None:
    asked = Evidence()
    for number, row in enumerate(rows()):
        other = 0.12 + 0.02 * (number % 3) - 0.05
        asked.observe(result(row, other_floor=other), 1)
    told = expected_effect(asked.answers(), TIMES, LIVE, "objective", None, "floor")
    assert told is not None
    assert told.effect == pytest.approx(-3.0 * 0.25 * 3600 / 12.0, rel=0.05)


def test_what_the_other_objective_promises_more_comes_to_what_fills_make_of_promises() -> None:
    """Fills here make 0.60 $ of each dollar that one pair promises more than another."""
    asked = Evidence()
    for number, row in enumerate(rows()):
        floor = 0.05 + 0.02 * (number // 4 % 5)
        made = row._replace(dollars=60 * floor + 9.0 if row.dollars else 0.0)
        asked.observe(result(made, floor=floor, other_floor=floor + 0.03), 1)
    told = expected_effect(asked.answers(), TIMES, LIVE, "objective", None, "floor")
    assert told is not None
    assert told.effect == pytest.approx(0.6 * 3.0 * 0.25 * 3600 / 12.0, rel=0.01)


@pytest.mark.parametrize(
    ("setting", "after"),
    [
        ("optimal_contracts", 1),
        ("optimal_hours", [10]),
        ("rests", True),
        ("buy_location", 0.4),
        ("objective", "floor"),
        ("delay_s", [3.0, 12.0]),
    ],
    ids=["in force", "hours", "pause", "never tried", "never asked", "delay"],
)
def test_of_what_attempts_do_not_tell_nothing_is_expected(
    evidence: Answers, setting: str, after: object
) -> None:
    assert expected_effect(evidence, TIMES, LIVE, setting, None, after) is None


def test_few_attempts_tell_nothing() -> None:
    few = answers_of(rows()[: LEAST_ATTEMPTS - 1])
    assert expected_effect(few, TIMES, LIVE, "optimal_contracts", None, 2) is None
