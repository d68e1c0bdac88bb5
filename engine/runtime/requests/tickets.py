"""Commands from any thread, each answered with a ticket."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

from engine.commands import Command, Ticket, TicketState
from engine.runtime.requests.operator import Operator
from engine.runtime.scheduler import Scheduler
from engine.runtime.thread import EngineThread


class Tickets:
    """Numbers commands and has them carried out in the scheduler's thread.

    Args:
        scheduler, thread: where commands are carried out.
        operator: carries them out.
        ask_first: has the broker's books at hand while a call runs, asked for beside the thread.
        on_answer: called after each, in the scheduler's thread.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        thread: EngineThread,
        operator: Operator,
        ask_first: Callable[[Callable[[], Any]], None],
        on_answer: Callable[[], None],
    ) -> None:
        self._scheduler = scheduler
        self._thread = thread
        self._operator = operator
        self._ask_first = ask_first
        self._on_answer = on_answer
        self._count = 0
        self._lock = threading.Lock()

    def submit(self, command: Command, then: Callable[[Ticket], None] | None = None) -> Ticket:
        """Hand a command over and return at once; its ticket appears in the next snapshots.

        Args:
            command: the request.
            then: called with the answer, in the scheduler's thread.
        """
        name = self._next()
        handle = partial(self._handle, command, name, then)
        self._scheduler.post(partial(self._begin, command, handle))
        return Ticket(name, command.ask, command.target, TicketState.REQUESTED)

    def _begin(self, command: Command, handle: Callable[[], Any]) -> None:
        """Carry a command out: at once, or with the broker's books where it compares them."""
        if self._operator.needs_books(command):
            self._ask_first(handle)
        else:
            handle()

    def ask(self, command: Command) -> Ticket:
        """Carry a command out and wait for its answer."""
        name = self._next()
        return self._thread.call(partial(self._handle, command, name))

    def _handle(
        self, command: Command, name: str, then: Callable[[Ticket], None] | None = None
    ) -> Ticket:
        def told(ticket: Ticket) -> None:
            self._on_answer()
            if then is not None:
                then(ticket)

        try:
            ticket = self._operator.handle(command, name, told)
        except Exception as error:  # a nonsensical argument ends the request, not the engine
            text = f"{type(error).__name__}: {error}"
            ticket = Ticket(name, command.ask, command.target, TicketState.REFUSED, text)
            self._operator.tickets.append(ticket)
        if ticket.state is not TicketState.REQUESTED:
            told(ticket)
        return ticket

    def _next(self) -> str:
        with self._lock:
            self._count += 1
            return f"T{self._count}"
