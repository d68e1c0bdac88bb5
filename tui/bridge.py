"""The only module that calls the engine: pull its snapshots, hand it the operator's requests."""

from __future__ import annotations

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Protocol

from engine.commands import Ask, Command, Ticket, TicketState
from engine.snapshot import EngineSnapshot, EventLine

KEPT_TICKETS = 64

OVERTAKEN = frozenset({
    Ask.RESUME, Ask.RESUME_AFTER_KILL, Ask.APPROVE, Ask.UNDO, Ask.TRIAL, Ask.EXPLORE, Ask.LADDER,
    Ask.CONCEDE, Ask.UNWIND, Ask.ACCEPT_POSITIONS, Ask.TAKE_EXTERNAL, Ask.CLOSE_SHARES,
})  # fmt: skip
"""What may open entries, trade or lift a latch: never sent behind a kill that was pressed later."""

TOO_LATE = "kill was pressed after it"

SHOWN_FOR_S = 12.0
"""Real seconds for which the last request is shown on the status line."""


def told_as_one(tickets: Sequence[Ticket]) -> Ticket:
    """Tickets of requests that one key has made, as one: it waits while any of them does."""
    first = tickets[0]
    if len(tickets) == 1:
        return first
    by_state = {state: [t for t in tickets if t.state is state] for state in TicketState}
    state = next(state for state in TicketState if by_state[state])
    number = f"{len(tickets):,}"
    confirmed = len(by_state[TicketState.CONFIRMED])
    if state is TicketState.REQUESTED:
        text = f"{len(tickets) - len(by_state[state]):,} of {number} answered"
    else:
        text = f"{len(by_state[state]):,} of {number}, {_answers(by_state[state])}"
        if state is TicketState.REFUSED and confirmed:
            text += f"; {confirmed:,} confirmed"
    target = f"{number} {_OF_MANY.get(first.ask, 'requests')}"
    return replace(first, target=target, state=state, text=text)


def _answers(tickets: Sequence[Ticket]) -> str:
    """What several requests were answered with; where that differs, each with how often."""
    counted = Counter(ticket.text for ticket in tickets).most_common()
    if len(counted) == 1:
        return counted[0][0]
    return "; ".join(f"{times:,} {text}" for text, times in counted)


_OF_MANY: Final = {
    Ask.PAUSE: "traders",
    Ask.RESUME: "traders",
    Ask.CANCEL_ORDER: "orders",
    Ask.ACKNOWLEDGE: "alarms",
    Ask.SHELVE: "alarms",
}
"""What requests that one key makes several of are about."""


class DeskPort(Protocol):
    """What a desk must offer to be shown. Nothing here may wait for the network or a disk."""

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot; never blocks."""
        ...

    def submit(self, command: Command) -> Ticket:
        """Take a request; returns at once with a ticket in state requested or refused."""
        ...

    def drain_events(self) -> Sequence[EventLine]:
        """Event lines since the last call, the oldest first; bounded."""
        ...

    def stop(self, drain: bool = True) -> str:
        """End trading in order; may take many seconds; idempotent.

        Args:
            drain: let completing orders work for their time; False cancels and verifies now.

        Returns:
            One sentence for the operator: how book and broker compare.
        """
        ...


class Bridge:
    """A desk as the screen sees it.

    Args:
        desk: the engine's side.
        monotonic: seconds that never go back, for the silence of the engine only.
    """

    def __init__(self, desk: DeskPort, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._desk = desk
        self._monotonic = monotonic
        self._version = -1
        self._kill_ahead: Callable[[], bool] = lambda: False
        self._heard = self._asked = monotonic()
        self._stopping: threading.Thread | None = None
        self.sent: deque[Ticket] = deque(maxlen=KEPT_TICKETS)
        self._together: list[Ticket] = []
        self.last_words = ""

    def snapshot(self) -> EngineSnapshot:
        """The latest snapshot of the desk."""
        snapshot = self._desk.snapshot()
        if snapshot.version != self._version:
            self._version = snapshot.version
            self._heard = self._monotonic()
        return snapshot

    def silent_s(self) -> float:
        """Real seconds since the engine last made a new snapshot."""
        return max(0.0, self._monotonic() - self._heard)

    def drain_events(self) -> Sequence[EventLine]:
        """Event lines since the last call."""
        return self._desk.drain_events()

    def submit(self, command: Command) -> Ticket:
        """Hand over a request and keep its ticket; what the screen watches or tells is not one."""
        if command.ask in OVERTAKEN and self._kill_ahead():
            ticket = Ticket("", command.ask, command.target, TicketState.REFUSED, TOO_LATE)
        else:
            ticket = self._desk.submit(command)
        if command.ask not in (Ask.WATCH, Ask.SETTING):
            self.sent.append(ticket)
            self._together = [ticket]
            self._asked = self._monotonic()
        return ticket

    def heed(self, kill_ahead: Callable[[], bool]) -> None:
        """Send nothing that adds risk behind a kill that was pressed later.

        Args:
            kill_ahead: whether a kill key was read, and handed over, that the screen has yet to do:
                what the screen asks for in the meantime was meant before it.
        """
        self._kill_ahead = kill_ahead

    def submit_all(self, commands: Sequence[Command]) -> None:
        """Hand over requests that one key has made: they are told as one."""
        tickets = [self.submit(command) for command in commands]
        self._together = tickets or self._together

    def newest(self, snapshot: EngineSnapshot) -> Ticket | None:
        """The last request made here, in its newest state; None some seconds after.

        Of several that one key has made: how many of them are answered, and how.
        """
        if not self.sent or self._monotonic() - self._asked > SHOWN_FOR_S:
            return None
        answered = {ticket.id: ticket for ticket in snapshot.tickets}
        self._together = [answered.get(ticket.id, ticket) for ticket in self._together]
        return told_as_one(self._together)

    def stop(self, drain: bool, who: str = "operator", key: str = "", reason: str = "") -> None:
        """Begin to end the desk, on a thread of its own; only "cancel now" overtakes a drain.

        Args:
            drain: as for the desk.
            who, key, reason: who asked, for the journal's row; see Command.
        """
        if self._stopping is not None and (drain or not self._stopping.is_alive()):
            return

        def end() -> None:
            args = {} if drain else {"within_s": 0.0}
            self._desk.submit(Command(Ask.DRAIN, who=who, key=key, reason=reason, args=args))
            self.last_words = self._desk.stop(drain)

        # Started before it is known: a signal in between must find no thread that is not alive yet.
        thread = threading.Thread(target=end, name="end-desk", daemon=False)
        thread.start()
        self._stopping = thread

    @property
    def stopping(self) -> bool:
        """Whether the desk has been asked to end."""
        return self._stopping is not None

    @property
    def has_ended(self) -> bool:
        """Whether the desk has been asked to end and has."""
        return self._stopping is not None and not self._stopping.is_alive()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until the desk has ended; whether it has. Only for use off the screen."""
        if self._stopping is not None:
            self._stopping.join(timeout_s)
        return self._stopping is None or not self._stopping.is_alive()
