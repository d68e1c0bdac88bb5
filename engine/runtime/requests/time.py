"""What an operator asks of virtual time: stand still, go on, hurry, take one step."""

from __future__ import annotations

import math
from collections.abc import Callable

from engine.commands import NO_PACE, Ask, Command
from engine.config.bounds import FASTEST, LEAST_SPEED, MOST_SECONDS
from engine.runtime.pace import Pace, VirtualPace
from engine.runtime.requests.errors import RefusedError


class TimeRequests:
    """Carries out requests about virtual time.

    Args:
        pace: how engine time goes.
        allowed: whether an operator may change it.
        step_s: virtual seconds of one step where the request names none.
        warmed_up: ends a warm-up, which runs flat out; whether there was one.
    """

    def __init__(
        self, pace: Pace, allowed: bool, step_s: float, warmed_up: Callable[[], bool]
    ) -> None:
        self._pace = pace
        self._allowed = allowed
        self._step_s = step_s
        self._warmed_up = warmed_up

    def __call__(self, command: Command) -> str:
        """Carry a request out and say what was done; a warm-up ends with it.

        Raises:
            RefusedError: time is real, or the speed out of bounds.
        """
        pace = self._pace
        if not isinstance(pace, VirtualPace) or not self._allowed:
            raise RefusedError(NO_PACE)
        done = self._carry_out(pace, command)
        return f"{done}; the warm-up has ended" if self._warmed_up() else done

    def _carry_out(self, pace: VirtualPace, command: Command) -> str:
        if command.ask is Ask.SET_SPEED:
            speed = _number(command, "speed", 1.0)
            if not LEAST_SPEED <= speed <= FASTEST:
                raise RefusedError(f"speed must be {LEAST_SPEED:g} to {FASTEST:g}")
            pace.set_speed(speed)
            return f"speed {speed:g}x"
        if command.ask is Ask.PAUSE_TIME:
            pace.pause()
            return "time stands still"
        if command.ask is Ask.RESUME_TIME:
            pace.resume()
            return "time goes on"
        step_s = _number(command, "seconds", self._step_s)
        if not 0 < step_s <= MOST_SECONDS:
            raise RefusedError(f"a step must be above 0 s and at most {MOST_SECONDS:,.0f} s")
        pace.pause()
        pace.step_to(pace.clock.now_s() + step_s)
        return f"stepped {step_s:g} s"


def _number(command: Command, name: str, usual: float) -> float:
    """A number of a request; NaN, which no bounds let through, where it is something else."""
    try:
        return float(command.args.get(name, usual))
    except (TypeError, ValueError, OverflowError):
        return math.nan
