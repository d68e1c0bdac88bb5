"""What an operator asks of virtual time: stand still, go on, hurry, take one step."""

from __future__ import annotations

from typing import Final

from engine.commands import Ask, Command
from engine.runtime.pace import Pace, VirtualPace
from engine.runtime.requests.errors import RefusedError

FASTEST: Final = 500


class TimeRequests:
    """Carries out requests about virtual time.

    Args:
        pace: how engine time goes.
        allowed: whether an operator may change it.
        step_s: virtual seconds of one step where the request names none.
    """

    def __init__(self, pace: Pace, allowed: bool, step_s: float) -> None:
        self._pace = pace
        self._allowed = allowed
        self._step_s = step_s

    def __call__(self, command: Command) -> str:
        """Carry a request out and say what was done.

        Raises:
            RefusedError: time is real, or the speed out of bounds.
        """
        pace = self._pace
        if not isinstance(pace, VirtualPace) or not self._allowed:
            raise RefusedError("real time cannot be paused or hurried")
        if command.ask is Ask.SET_SPEED:
            speed = float(command.args.get("speed", 1.0))
            if not 0 < speed <= FASTEST:
                raise RefusedError(f"speed must be above 0 and at most {FASTEST}")
            pace.set_speed(speed)
            return f"speed {speed:g}x"
        if command.ask is Ask.PAUSE_TIME:
            pace.pause()
            return "time stands still"
        if command.ask is Ask.RESUME_TIME:
            pace.resume()
            return "time goes on"
        pace.pause()
        step_s = float(command.args.get("seconds", self._step_s))
        pace.step_to(pace.clock.now_s() + step_s)
        return f"stepped {step_s:g} s"
