"""A desk that keeps what it was asked and decides nothing."""

from __future__ import annotations

import threading

from engine.commands import Ask, Command, Ticket, TicketState
from engine.snapshot import (
    EngineSnapshot,
    EventLine,
)
from tests.support.sample_snapshots import normal


class FakeDesk:
    """It shows the snapshot a test gives it, and remembers requests and stops, and apart from them which whole lists were looked at and what it was told of the screen; it stops while `ends` is set."""

    def __init__(self, snapshot: EngineSnapshot | None = None) -> None:
        self.now = snapshot or normal()
        self.asked: list[Command] = []
        self.lists: list[str] = []
        self.told: list[Command] = []
        self.stops: list[bool] = []
        self.ends = threading.Event()
        self.ends.set()

    def snapshot(self) -> EngineSnapshot:
        return self.now

    def submit(self, command: Command) -> Ticket:
        if command.ask is Ask.WATCH and command.target.startswith("list:"):
            self.lists.append(command.target)
        elif command.ask is Ask.SETTING:
            self.told.append(command)
        else:
            self.asked.append(command)
        name = f"T{len(self.asked)}"
        return Ticket(name, command.ask, command.target, TicketState.REQUESTED, "", self.now.now_s)

    def drain_events(self) -> tuple[EventLine, ...]:
        return ()

    def stop(self, drain: bool = True) -> str:
        self.stops.append(drain)
        self.ends.wait()
        return "settled: book == broker, 0 working"

    def asks(self) -> list[Ask]:
        return [command.ask for command in self.asked]
