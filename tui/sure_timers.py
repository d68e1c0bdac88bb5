"""Timers of a single call that come however busy the machine is."""

from __future__ import annotations

from functools import partial

from textual.message_pump import MessagePump
from textual.timer import Timer, TimerCallback


class SureTimers(MessagePump):
    """A message pump whose `set_timer` always calls back.

    Textual's timers leave out calls that are late. One of a single call whose delay passes before
    its task first looks at the clock, as on a machine that is taken away for some ms, then never
    calls: a size of the terminal that is heeded 8 ms later is not, nor any later one, as the next
    waits for that timer.
    """

    def set_timer(
        self,
        delay: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        pause: bool = False,
    ) -> Timer:
        """Call a function once.

        Args:
            delay: seconds before the call, at least.
            callback: what is called; None posts a Timer event.
            name: of the timer, for whoever debugs.
            pause: begin paused.
        """
        later = None if callback is None else partial(self.call_next, callback)
        timer = Timer(self, delay, name=name, callback=later, repeat=0, skip=False, pause=pause)
        timer._start()
        self._timers.add(timer)
        return timer
