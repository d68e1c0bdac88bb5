"""A run's past as a desk on the screen: its time goes on, back and to a moment; nothing trades."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from datetime import date, datetime, time
from typing import Final

from engine.commands import MOMENT_HOW, Ask, Command, Ticket, TicketState, moment_typed
from engine.config import OF_THE_PERSON, DeskConfig
from engine.config.bounds import FASTEST, LEAST_SPEED
from engine.market.calendar import EXCHANGE_ZONE
from engine.market.clock import Clock, SystemClock
from engine.run_folder.errors import JournalError
from engine.run_folder.paths import RunPlaces
from engine.runs.past.moments import ALARM, FILL, Moments
from engine.runs.past.picture import PastPicture
from engine.snapshot import EngineSnapshot, EventLine

STEP_S: Final = 60.0
"""Market seconds of a step, forward or back."""

BEAT_S: Final = 0.25
"""Real seconds between two snapshots while time goes on."""

READING: Final = "reading the journal on the way to that moment"

BEGINS, ENDS = "the journal begins here", "the journal ends here"
"""Said where a moment that was asked for lies before the first event, or behind the last one."""

REFUSED: Final = "this is the past of a run, read-only: nothing here trades"


class PastDesk:
    """What a screen asks of a desk, answered from a journal; see tui.bridge.DeskPort.

    Args:
        places: the run's files.
        moments: its state; the desk's thread moves it from here on.
        missing: which events the journal lost, as a sentence.
        speed: market seconds a real second at the beginning.
        at: exchange time to begin at; None for the journal's begin.
        on: the date of that time; None for the journal's first.
        clock: real seconds.
    """

    def __init__(
        self,
        places: RunPlaces,
        moments: Moments,
        *,
        missing: str = "",
        speed: float = 60.0,
        at: time | None = None,
        on: date | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._moments = moments
        self._picture = PastPicture(places, moments, missing)
        self._clock = clock or SystemClock()
        self._run = places.run
        self._speed = speed
        self._paused = at is not None
        self._target_ms = float(moments.first_ms if at is None else self._time_of(at, on))
        self._next_kind = ""
        self._after_ms = moments.first_ms
        self._going = ""
        self._reading = "" if at is None else READING
        self._asked: deque[tuple[Command, str]] = deque()
        self._tickets: deque[Ticket] = deque(maxlen=20)
        self._count = 0
        self._wake = threading.Condition()
        self._stopping = False
        self._thread: threading.Thread | None = None
        self._latest = self._built()

    def settings(self, own: DeskConfig) -> DeskConfig:
        """The settings that the run began with, with theme, keys and folder of the reader.

        Args:
            own: the reader's; all of them where another version wrote the run's.
        """
        try:
            return DeskConfig.model_validate(
                {
                    **self._moments.start.settings,
                    **{name: getattr(own, name) for name in OF_THE_PERSON},
                }
            )
        except ValueError:
            return own

    # ------------------------------------------------------------------ the desk's port

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot; never blocks."""
        return self._latest

    def submit(self, command: Command) -> Ticket:
        """Take a request about time or what is watched; refuse any other."""
        with self._wake:
            self._count += 1
            name = f"T{self._count}"
            self._asked.append((command, name))
            self._wake.notify()
        return Ticket(name, command.ask, command.target, TicketState.REQUESTED)

    def drain_events(self) -> tuple[EventLine, ...]:
        """Nothing happens in a past that its snapshots do not show."""
        return ()

    def stop(self, drain: bool = True) -> str:
        """Let go of the journal."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        if self._thread is not None:
            self._thread.join()
        return f"the replay of {self._run} is over; the run is as it was"

    def start(self) -> None:
        """Let time go on, in a thread of its own."""
        self._thread = threading.Thread(target=self._go_on, name="past", daemon=True)
        self._thread.start()

    # ------------------------------------------------------------------ its thread

    def _go_on(self) -> None:
        last_s = self._clock.now_s()
        while True:
            with self._wake:
                if not (self._asked or self._stopping or self._busy):
                    self._wake.wait(BEAT_S)
                if self._stopping:
                    break
            now_s = self._clock.now_s()
            self.beat(now_s - last_s)
            last_s = now_s
        self._moments.close()

    @property
    def _busy(self) -> bool:
        """Whether a moment that was asked for is not reached yet."""
        return bool(self._next_kind or self._reading)

    @property
    def _bound_ms(self) -> float:
        """The moment on the way to which the desk is, or its own, epoch milliseconds."""
        on_its_way = self._reading and not self._next_kind
        return self._target_ms if on_its_way else self._moments.at_ms

    def beat(self, passed_s: float) -> None:
        """Answer what was asked, let market time pass and show where it stands.

        Args:
            passed_s: real seconds since the last beat.
        """
        while self._asked:
            command, name = self._asked.popleft()
            state, text = self._answer(command)
            if command.ask is not Ask.WATCH:
                now_s = self._moments.at_ms / 1000
                answer = Ticket(name, command.ask, command.target, state, text, now_s)
                self._tickets.appendleft(answer)
        if not (self._paused or self._busy):
            self._target_ms = self._moments.at_ms + 1000 * self._speed * passed_s
        self._move()
        self._latest = self._built()

    def _move(self) -> None:
        if self._next_kind:
            try:
                if self._moments.go_to_next(self._next_kind, self._after_ms):
                    self._arrived()
            except LookupError as none:
                self._arrived(str(none))
        elif self._moments.go(round(self._target_ms)):
            self._arrived()
        else:
            self._reading = READING

    def _arrived(self, text: str = "") -> None:
        short = not self._next_kind and self._moments.at_ms < round(self._target_ms)
        going = ENDS if short else self._going
        self._next_kind = self._reading = ""
        self._target_ms = float(self._moments.at_ms)
        state = TicketState.REFUSED if text else TicketState.CONFIRMED
        for number, ticket in enumerate(self._tickets):
            if ticket.state is TicketState.REQUESTED:
                self._tickets[number] = replace(ticket, state=state, text=text or going)
        if self._moments.ended:
            self._paused = True

    def _answer(self, command: Command) -> tuple[TicketState, str]:
        match command.ask:
            case Ask.WATCH:
                self._picture.watch(command.target)
                return TicketState.CONFIRMED, ""
            case Ask.SET_SPEED:
                speed = command.args.get("speed", 1.0)
                if not isinstance(speed, int | float) or not LEAST_SPEED <= speed <= FASTEST:
                    return TicketState.REFUSED, f"speed must be {LEAST_SPEED:g} to {FASTEST:g}"
                self._speed = float(speed)
                return TicketState.CONFIRMED, f"speed {speed:g}x"
            case Ask.PAUSE_TIME:
                self._paused = True
                return TicketState.CONFIRMED, "time stands still"
            case Ask.RESUME_TIME:
                if self._moments.ended:
                    return TicketState.REFUSED, "the journal ends here; go back first"
                self._paused = False
                return TicketState.CONFIRMED, "time goes on"
            case Ask.STEP:
                return self._jump(self._bound_ms + STEP_S * 1000, "a minute on")
            case Ask.GO:
                return self._go(command.target)
        return TicketState.REFUSED, REFUSED

    def _go(self, target: str) -> tuple[TicketState, str]:
        """Go to a time ("10:42"), a minute back ("back"), or an alarm or a fill ("next alarm")."""
        where, _, kind = target.partition(" ")
        if target == "back":
            return self._jump(self._bound_ms - STEP_S * 1000, "a minute back")
        if where == "next" and kind in (ALARM, FILL):
            self._after_ms, self._going = round(self._bound_ms), f"at the next {kind}"
            if self._after_ms < self._moments.at_ms:
                self._moments.go(self._after_ms)
            self._paused, self._next_kind = True, kind
            return TicketState.REQUESTED, READING
        if where == "last" and kind in (ALARM, FILL):
            at_ms = self._moments.time_before(kind)
            if at_ms is None:
                return TicketState.REFUSED, f"no {kind} before this moment"
            return self._jump(at_ms, f"at the last {kind}")
        try:
            day, wanted = moment_typed(target)
        except ValueError:
            return TicketState.REFUSED, f"{target!r} is not a time of day; {MOMENT_HOW}"
        return self._jump(self._time_of(wanted, day), f"at {target}")

    def _jump(self, at_ms: float, text: str) -> tuple[TicketState, str]:
        self._paused, self._next_kind = True, ""
        first_ms = self._moments.first_ms
        self._target_ms = float(max(first_ms, at_ms))
        self._reading, self._going = READING, text if at_ms >= first_ms else BEGINS
        return TicketState.REQUESTED, READING

    def _time_of(self, wanted: time, day: date | None = None) -> float:
        """That time of a day, or of the one that is shown, epoch milliseconds."""
        now = datetime.fromtimestamp(self._moments.at_ms / 1000, EXCHANGE_ZONE)
        there = datetime.combine(day or now.date(), wanted, EXCHANGE_ZONE)
        return round(there.timestamp() * 1000)

    def _built(self) -> EngineSnapshot:
        made = self._picture.build(speed=self._speed, paused=self._paused, reading=self._reading)
        return replace(made, tickets=tuple(self._tickets))


def open_past(
    places: RunPlaces, *, speed: float = 60.0, at: time | None = None, on: date | None = None
) -> PastDesk:
    """A run's past, not started; see PastDesk.

    Raises:
        JournalError: the journal is missing, empty, held by a desk or damaged before its first
            session.
    """
    from engine.journal.missing import missing_events

    missing = missing_events(places)
    moments = Moments(places.journal)
    return PastDesk(
        places, moments, missing="" if missing is None else str(missing), speed=speed, at=at, on=on
    )


__all__ = ["JournalError", "PastDesk", "open_past"]
