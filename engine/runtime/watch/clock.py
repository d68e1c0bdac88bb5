"""Watches the time: a clock that was set, a broker whose clock differs, a desk that stood still."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

from engine.market.calendar import exchange_date
from engine.runtime.context import DeskContext
from engine.runtime.steady_clock import STEP_S, SteadyClock

FOLLOW_AFTER_S: Final = 30.0
"""Engine seconds that a wall clock must stay where it was set before the desk goes by it."""

STOOD_STILL_S: Final = 15.0
"""Real seconds between two looks from which the desk says that it stood still."""


class ClockWatch:
    """Decides when a step of the wall clock is believed; debits stop while the time is in doubt.

    A broker that tells its time (`clock_s`) decides at once: the desk goes by whichever of the two
    it confirms, the time that went on evenly or the wall clock as it was set. Without one a step
    that lasts is believed. One to another date that nobody confirmed halts entries: limits of the
    day would begin anew.

    Args:
        context: the desk's shared parts; its clock may be set, its flags are kept here.
        time_was_set: called once the desk goes by another time.

    Attributes:
        doubtful: whether nobody knows what time it is.
    """

    def __init__(self, context: DeskContext, time_was_set: Callable[[], None]) -> None:
        self._context = context
        self._time_was_set = time_was_set
        self._seen_s = 0.0
        self._since_s = 0.0
        self._looked_s = math.inf
        self.doubtful = False

    def stepped(self) -> bool:
        """Whether the wall clock is elsewhere than at the last look."""
        clock = self._context.clock
        return isinstance(clock, SteadyClock) and abs(clock.step_s - self._seen_s) > STEP_S

    def look(self) -> None:
        """Compare our clock with itself and with the broker's, and say what does not agree."""
        context = self._context
        moment, clock, most_s = context.now(), context.clock, context.config.limits.max_clock_skew_s
        step_s = clock.step_s if isinstance(clock, SteadyClock) else 0.0
        self._look_behind(moment.at_ms)
        broker_s = self._broker_s()
        if abs(step_s - self._seen_s) > STEP_S:
            self._seen_s, self._since_s = step_s, moment.now_s
        ours = broker_s is not None and abs(moment.epoch_s - broker_s) <= most_s
        walls = broker_s is not None and abs(moment.epoch_s + step_s - broker_s) <= most_s
        waited = moment.now_s - self._since_s >= FOLLOW_AFTER_S
        if isinstance(clock, SteadyClock) and step_s and not ours and (walls or waited):
            self._follow(clock, walls)
            step_s = 0.0
        self.doubtful = bool(step_s) and not ours
        skew_s = 0.0 if broker_s is None else abs(moment.epoch_s - broker_s)
        context.flags.set_clock_skew(max(skew_s, abs(step_s)))
        if abs(step_s) > most_s:
            until = "the broker's time says so" if ours else "followed if it stays 30 s"
            text = f"the machine's clock was set by {_signed(self._seen_s)}, {until}"
            context.alarms.say(moment.at_ms, "CLOCK", "desk", text)
        elif skew_s > most_s:
            text = f"our clock and the broker's differ by {skew_s:.1f} s"
            context.alarms.raise_(moment.at_ms, "CLOCK", "desk", text)
        else:
            context.alarms.clear(moment.at_ms, "CLOCK", "desk")

    def _look_behind(self, at_ms: int) -> None:
        """Say so where nothing was done for a while: the process was stopped, or the host slept."""
        pace = self._context.scheduler.pace
        if pace.virtual:  # its time stands still meanwhile
            return
        before_s, self._looked_s = self._looked_s, pace.real_s()
        still_s = self._looked_s - before_s
        if still_s >= STOOD_STILL_S:
            self._context.alarms.say(at_ms, "STOOD_STILL", "desk", _clock_text(still_s))

    def _broker_s(self) -> float | None:
        """What time the broker says it is; None where it tells none."""
        clock = getattr(self._context.broker, "clock_s", None)
        return float(clock()) if callable(clock) else None

    def _follow(self, clock: SteadyClock, confirmed: bool) -> None:
        """Go by the wall clock as it was set."""
        context, step_s = self._context, self._seen_s
        before = exchange_date(context.moment.epoch_s)
        clock.follow()
        moment = context.now()
        self._seen_s, self.doubtful = 0.0, False
        context.flags.set_clock_skew(0.0)
        what = "and is followed now"
        if not confirmed and exchange_date(moment.epoch_s) != before:
            context.flags.halt()
            what = "to another day: entries are halted"
        self._time_was_set()
        text = f"the machine's clock was set by {_signed(step_s)} {what}"
        context.alarms.say(moment.at_ms, "CLOCK_SET", "desk", text)


def _signed(seconds: float) -> str:
    """A step with its sign."""
    return ("-" if seconds < 0 else "+") + _clock_text(abs(seconds))


def _clock_text(seconds: float) -> str:
    """A duration as a clock shows it: "1:30:00", with days before the hours where it has some."""
    days, left = divmod(round(seconds), 86_400)
    hours, left = divmod(left, 3600)
    text = f"{hours}:{left // 60:02d}:{left % 60:02d}"
    return f"{days} d {text}" if days else text
