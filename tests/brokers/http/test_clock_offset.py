"""How far the broker's clock is from ours, as far as whole seconds tell."""

from email.utils import formatdate

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.http.clock_offset import ClockOffset

NOON = 1_800_000_000.0
calls = st.tuples(st.floats(0, 3), st.floats(0, 0.2), st.floats(0, 0.2))


@settings(max_examples=40)
@given(st.floats(-5, 5), st.lists(calls, min_size=1, max_size=40))
def test_the_truth_is_within_what_is_told(offset_s, made):
    clock, now_s = ClockOffset(), NOON
    for gap_s, there_s, back_s in made:
        now_s += gap_s
        at_s = now_s + there_s
        clock.hear(formatdate(int(at_s + offset_s), usegmt=True), now_s, at_s + back_s)
        now_s = at_s + back_s
    assert clock.offset_s is not None
    assert abs(clock.offset_s - offset_s) <= clock.error_s + 1e-6
    assert clock.error_s <= 0.5 + 0.2


def test_a_clock_that_is_set_is_followed():
    clock = ClockOffset()
    for number in range(10):
        clock.hear(formatdate(NOON + number, usegmt=True), NOON + number, NOON + number)
    for number in range(10, 12):
        clock.hear(formatdate(NOON + number - 60, usegmt=True), NOON + number, NOON + number)
    assert clock.offset_s is not None
    assert abs(clock.offset_s + 60) <= 0.5


def test_a_date_that_cannot_be_read_tells_nothing():
    clock = ClockOffset()
    for date in ("", "yesterday", "Mon, 99 Foo 2026"):
        clock.hear(date, NOON, NOON)
    assert clock.offset_s is None
