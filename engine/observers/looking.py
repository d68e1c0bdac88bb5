"""What one observer looks at: asked of the desk, and put where screens look for it."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from engine.commands import Ask, Command, Ticket, TicketState
from engine.market.clock import Clock, SystemClock
from engine.observers.frames import LOOKS
from engine.observers.link import DeskLink
from engine.observers.lookers import written
from engine.snapshot import (
    EngineSnapshot,
    Look,
    LookedAt,
    LookKind,
    LookState,
    LookView,
    PositionsView,
)

REFUSED: Final = "this screen only looks: nothing here acts on the desk"

PACE_S: Final = 0.3
"""Real seconds from one line to the next: a cursor that runs through a list asks where it stops."""

LATE: Final = 8
"""Snapshots, a quarter of a second each or more, after which a look is late: twice its time."""

GOES_BY: Final = frozenset({"orders", "alarms", "events"})
"""Whole lists that come without being asked for."""


class Looks:
    """The looks of one observer, as screens ask the engine for them: see SnapshotBuilder.watch."""

    def __init__(self) -> None:
        self._about: tuple[Look, ...] = ()
        self._order: tuple[Look, ...] = ()
        self._lists: tuple[Look, ...] = ()

    @property
    def wanted(self) -> tuple[Look, ...]:
        """All of them."""
        return (*self._about, *self._order, *self._lists)

    def watch(self, target: str) -> None:
        """Look at something else of that kind.

        Args:
            target: as of a request to watch.
        """
        kind, _, name = target.partition(":")
        if kind == "list":
            names = (each for each in name.split(",") if each and each not in GOES_BY)
            self._lists = tuple(Look(LookKind.LIST, each) for each in names)
        elif kind == "order":
            self._order = (Look(LookKind.ORDER, name),) if name else ()
        elif kind == "positions":
            payoff = (Look(LookKind.PAYOFF, name),) if name else ()
            self._about = (Look(LookKind.POSITIONS), *payoff)
        else:
            self._about = (Look(LookKind.TRADER, target),) if target else ()


class Looker:
    """What one observer looks at: it tells the desk, and finds it in the desk's snapshots.

    Args:
        folder: of the run whose desk is observed; None where none is.
        clock: real time.
    """

    def __init__(self, folder: Callable[[], Path | None], clock: Clock | None = None) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._looks = Looks()
        self._wanted: tuple[Look, ...] = ()
        self._seen: tuple[EngineSnapshot, tuple[Look, ...], EngineSnapshot] | None = None
        self._starting = threading.Lock()
        self._wakers: tuple[socket.socket, socket.socket] | None = None
        self._link: DeskLink | None = None
        self._over = False

    def submit(self, command: Command) -> Ticket:
        """Look at what a request to watch names; refuse any other: it has no way to the desk."""
        if command.ask is not Ask.WATCH:
            return Ticket("", command.ask, command.target, TicketState.REFUSED, REFUSED)
        self._watch(command.target)
        return Ticket("", command.ask, command.target, TicketState.REQUESTED)

    def _watch(self, target: str) -> None:
        """Look at something else; the desk is told in a thread of its own."""
        self._looks.watch(target)
        if self._looks.wanted == self._wanted:
            return
        self._wanted = self._looks.wanted
        with self._starting:
            if self._link is None and not self._over:
                self._wakers = socket.socketpair()
                self._wakers[1].setblocking(False)
                self._link = DeskLink(self._tell, "looks")
                self._link.start()
            self._wake()

    def stop(self) -> None:
        """Look at nothing any more."""
        with self._starting:
            self._over = True
            self._wake()
            if self._link is not None:
                self._link.stop()
            for each in self._wakers or ():
                each.close()
            self._wakers = None

    def seen(self, snapshot: EngineSnapshot) -> EngineSnapshot:
        """A snapshot with what this observer looks at where the desk's own screen has its own.

        Args:
            snapshot: as an observer has it.
        """
        wanted, known = self._wanted, self._seen
        if known is None or known[0] is not snapshot or known[1] != wanted:
            known = self._seen = snapshot, wanted, looked_at(snapshot, wanted)
        return known[2]

    def _wake(self) -> None:
        if self._wakers is not None:
            with suppress(BlockingIOError):
                self._wakers[1].send(b"\0")

    # ------------------------------------------------------------------ its thread

    def _tell(self) -> None:
        """Tell the desk what is looked at, whenever that changes, until one of the two ends."""
        folder, link, wakers = self._folder(), self._link, self._wakers
        if folder is None or link is None or wakers is None:
            return
        try:
            self._tell_over(link.connect(folder, LOOKS), wakers[0])
        except OSError:
            return  # the desk is about to start or end; its snapshots say so

    def _tell_over(self, opened: socket.socket, woken: socket.socket) -> None:
        poll = select.poll()
        poll.register(opened, select.POLLIN)
        poll.register(woken, select.POLLIN)
        told: tuple[Look, ...] = ()
        next_s = self._clock.now_s()
        while not self._over:
            wanted, now_s = self._wanted, self._clock.now_s()
            if wanted != told and now_s >= next_s:
                opened.sendall(written(wanted))
                told, next_s = wanted, now_s + PACE_S
            waits_ms = None if wanted == told else max(1.0, 1000 * (next_s - now_s))
            for number, _ in poll.poll(waits_ms):
                if number == opened.fileno():
                    return  # the desk says nothing here: it has closed
                woken.recv(4096)


def looked_at(snapshot: EngineSnapshot, wanted: tuple[Look, ...]) -> EngineSnapshot:
    """A snapshot with these looks in place, and how far the desk is with each.

    What the desk's own screen looks at as well is left where it is: it is formed more often.
    """
    rows = {row.look: row for row in snapshot.looks}
    views = [rows.get(look, LookView(look, LookState.COMING)) for look in wanted]
    of = {view.look.kind: view for view in views}
    detail, story, held = snapshot.detail, snapshot.story, snapshot.positions
    about, order = of.get(LookKind.TRADER), of.get(LookKind.ORDER)
    told = {view.look: _told(view, snapshot) for view in views}
    if about is not None:
        if detail is not None and detail.key == about.look.name:
            told[about.look] = _fresh(about, snapshot)
        else:
            detail = about.detail
    if order is not None:
        if story is not None and story.id == order.look.name:
            told[order.look] = _fresh(order, snapshot)
        else:
            story = order.story
    positions, payoff = of.get(LookKind.POSITIONS), of.get(LookKind.PAYOFF)
    if positions is not None:
        chosen = "" if payoff is None else payoff.look.name
        if held is not None and chosen in ("", held.chosen):
            told[positions.look] = _fresh(positions, snapshot)
            if payoff is not None:
                told[payoff.look] = _fresh(payoff, snapshot)
        else:
            held = _with_payoff(positions.positions or held, payoff)
    assert snapshot.observer is not None
    return replace(
        snapshot,
        detail=detail,
        story=story,
        positions=held,
        pages=snapshot.looked_pages,
        observer=replace(snapshot.observer, looks=tuple(told.values())),
    )


def _told(view: LookView, snapshot: EngineSnapshot) -> LookedAt:
    late = view.state is LookState.SHOWN and snapshot.version - view.version > LATE
    return LookedAt(view.look, view.state, view.at_s, late)


def _fresh(view: LookView, snapshot: EngineSnapshot) -> LookedAt:
    return LookedAt(view.look, LookState.SHOWN, snapshot.now_s)


def _with_payoff(held: PositionsView | None, payoff: LookView | None) -> PositionsView | None:
    """The positions with the payoff of the chosen pair, which may not be among the first."""
    if held is None or payoff is None or held.chosen == payoff.look.name:
        return held
    found = payoff.payoff
    if found is None:
        return replace(held, chosen=payoff.look.name, curve=((), ()), underlying=None)
    pairs = held.pairs
    more = 0
    if all(pair.key != found.pair.key for pair in pairs):
        pairs, more = (*pairs, found.pair), 1
    return replace(
        held,
        pairs=pairs,
        more=held.more - more,
        chosen=found.pair.key,
        curve=found.curve,
        underlying=found.underlying,
    )
