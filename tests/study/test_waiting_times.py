"""Waits in so few counts that a point keeps them: no wait is lost, none counts as a longer one."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from engine.orders import events as ev
from engine.study.waiting_times import STEPS_MS, WaitingTimes, step_ms


@given(st.integers(-10, 5_000_000), st.integers(-10, 5_000_000))
def test_steps_keep_the_order_of_waits_and_begin_at_or_before_them(one: int, two: int) -> None:
    assert step_ms(one) <= max(0, one)
    if one <= two:
        assert step_ms(one) <= step_ms(two)
    assert step_ms(step_ms(one)) == step_ms(one)


def test_a_day_of_any_length_is_a_few_hundred_counts() -> None:
    starts = {step_ms(waited) for waited in range(0, 4_000_000, 25)}
    assert len(starts) == 200 + 50 + 59 + 1
    assert max(starts) == STEPS_MS[-1][0]


def ended(**given: Any) -> ev.AttemptEnded:
    values = dict.fromkeys(ev.AttemptEnded._fields, 0)
    return ev.AttemptEnded(**{"result": "TIMEOUT", "fill_time_ms": None, **values, **given})


def test_a_cancelled_debit_waited_until_its_cancel_and_one_of_no_known_time_says_nothing() -> None:
    times = WaitingTimes()
    times.ended(ended(filled=1, result="FILLED", fill_time_ms=730))
    times.ended(ended(filled=1, result="FILLED", fill_time_ms=None))
    times.ended(ended(filled=0, result="TIMEOUT", worked_ms=2_510, fill_time_ms=None))
    times.ended(ended(filled=0, result="TIMEOUT", worked_ms=None, fill_time_ms=None))
    times.ended(ended(filled=0, result="REJECTED", worked_ms=0, fill_time_ms=None))
    times.unit_ended(True, 12_345)
    times.unit_ended(False, 0)
    assert times.plain() == {
        "fill_times": {700: 1},
        "waits": {2_500: 1},
        "hedges": {12_000: 1},
        "unhedged": {0: 1},
    }
