"""How far the broker's clock is from ours, as far as whole seconds tell."""

from __future__ import annotations

from email.utils import formatdate

from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.http.clock_offset import ClockOffset
from engine.market.clock import Clock, SessionClock

NOON = 1_800_000_000.0


class Host:
    """A host whose wall clock a test sets; its timers go on."""

    def __init__(self, ahead_s: float = 0.0) -> None:
        self.mono_s, self.ahead_s = NOON, ahead_s

    def now_s(self) -> float:
        return self.mono_s

    def epoch_s(self) -> float:
        return self.mono_s + self.ahead_s


calls = st.tuples(st.floats(0, 3), st.floats(0, 0.2), st.floats(0, 0.2))


@settings(max_examples=40)
@given(st.floats(-5, 5), st.lists(calls, min_size=1, max_size=40))
def test_the_truth_is_within_what_is_told(offset_s, made):
    host = Host()
    clock, now_s = ClockOffset(host), NOON
    for gap_s, there_s, back_s in made:
        now_s += gap_s
        at_s = now_s + there_s
        clock.hear(formatdate(int(at_s + offset_s), usegmt=True), now_s, at_s + back_s)
        now_s = at_s + back_s
        host.mono_s = now_s
    ahead_s = clock.ahead_of_s(host)
    assert ahead_s is not None and abs(ahead_s - offset_s) <= clock.error_s + 1e-6
    assert clock.error_s <= 0.5 + 0.2


def test_a_clock_that_is_set_is_followed():
    clock = ClockOffset(host := Host())
    for number in range(10):
        clock.hear(formatdate(NOON + number, usegmt=True), NOON + number, NOON + number)
    for number in range(10, 12):
        clock.hear(formatdate(NOON + number - 60, usegmt=True), NOON + number, NOON + number)
    ahead_s = clock.ahead_of_s(host)
    assert ahead_s is not None and abs(ahead_s + 60) <= 0.5


def test_a_date_that_cannot_be_read_tells_nothing():
    clock = ClockOffset(host := Host())
    for date in ("", "yesterday", "Mon, 99 Foo 2026"):
        clock.hear(date, NOON, NOON)
    assert clock.ahead_of_s(host) is None


def test_a_host_whose_clock_is_set_leaves_what_is_known_of_a_session_true():
    """The session goes on by the time of its start, 90 s fast; the host is right from then on."""
    host = Host(ahead_s=90.0)
    session, clock = SessionClock(host.now_s(), host.epoch_s(), 1.0, host), ClockOffset(host)

    def ahead_s(of: Clock) -> float:
        told_s = clock.ahead_of_s(of)
        assert told_s is not None
        return told_s

    for set_to_s in (90.0, 0.0):
        host.ahead_s = set_to_s
        for _ in range(40):
            clock.hear(formatdate(host.mono_s, usegmt=True), host.mono_s, host.mono_s + 0.05)
            host.mono_s += 1.0
            assert abs(ahead_s(session) + 90.0) <= 0.6
            assert abs(ahead_s(host) + set_to_s) <= 0.6
