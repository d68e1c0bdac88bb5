"""Cancel a run's open orders over a separate connection, and confirm that none works."""

from __future__ import annotations

import math
import subprocess
from collections.abc import Callable, Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from engine.brokers.remote.books import rows_of
from engine.brokers.remote.frames import WireError
from engine.brokers.remote.link import Link, LinkError, NobodyThereError, RefusedByExchangeError
from engine.guard.place import BrokerPlace
from engine.market.clock import Clock
from engine.orders.ids import share_prefix_of
from engine.run_folder.ending import end_hung
from engine.run_folder.open_orders import recorded_open
from engine.run_folder.process_log import log_or_nowhere
from engine.run_folder.share_file import recorded_shares

FIRST_LOOK_S: Final = 0.05
LOOK_EVERY_S: Final = 0.5
"""Real seconds between two looks: from the first one, doubled, to the second. A broker counts."""

AGAIN_EVERY_S: Final = 2.0
"""Real seconds after which an order that still works is cancelled once more."""

SLOWLY_FROM_S: Final = 10.0
SLOWER: Final = 4
"""A broker that has not cancelled for so long is asked so many times less often: cancels that do
nothing must not use up the calls of those that might."""

START_EVERY_S: Final = 5.0
"""Real seconds between two starts of a gateway that cancels."""

HUNG_S: Final = 8.0
"""Real seconds without a word, not even a hello's, from which a gateway hangs: it is ended."""

ASKED_WITHIN_S: Final = 6.0
"""Real seconds for an answer: a gateway asks its broker, which may be slow."""

QUIET_S: Final = 1.0
"""Nothing has worked for so long that what the dead desk sent last has arrived, too."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """What became of a run's orders.

    Args:
        targets: orders that were cancelled or found ended.
        survivors: orders that still work; None where the exchange could not be asked.
        zero_s: real seconds until nothing worked; None where something does.
        why: why it is not known what works; "" where it is.
        asked: whether anybody was reached who cancels.
    """

    targets: tuple[str, ...]
    survivors: tuple[str, ...] | None
    zero_s: float | None
    why: str = ""
    asked: bool = True


def cancel_all(
    run_folder: Path,
    place: BrokerPlace,
    clock: Clock,
    pause: Callable[[float], None],
    within_s: float,
    wanted: Callable[[], bool] = lambda: True,
    hung_s: float = HUNG_S,
    *,
    with_shares: bool = False,
) -> Cancelled:
    """Cancel every order of the run that works at its exchange, until none does.

    An order is the run's where its id begins with the run's prefix or the file of open orders names
    it; others of the account are never touched. One that trades shares away goes on unless a person
    kills (docs/decisions/share-orders.md). The orders of that file are cancelled by their
    names before anybody is asked what works, and on where nobody tells: a list may hang while
    cancels work. Nothing counts as ended then. A gateway that hangs with orders
    out is ended; where none answers one is started that only cancels.

    Args:
        run_folder: with the file of open orders.
        place: where the exchange is.
        clock: real time.
        pause: waits so many real seconds.
        within_s: real seconds before giving up.
        wanted: whether to go on; a desk that took over looks after its orders itself.
        hung_s: real seconds without a word from which a gateway is ended.
        with_shares: whether orders that trade shares away are cancelled, too.
    """
    began_s = heard_s = clock.now_s()
    gateway = _CancellingGateway(place)
    targets: set[str] = set()
    sent_s: dict[str, float] = {}
    zero_s: float | None = None
    survivors: tuple[str, ...] | None = None
    link: Link | None = None
    why, asked, pause_s, slower = "there was no time to ask", False, FIRST_LOOK_S, 1
    prefixes = (place.prefix, share_prefix_of(place.prefix)) if with_shares else (place.prefix,)
    blind = True  # nobody has told what works, or does so no more

    def cancel(link: Link, names: Iterable[str]) -> None:
        for name in sorted(names):
            now_s = clock.now_s()
            if now_s - sent_s.get(name, -math.inf) >= AGAIN_EVERY_S * slower:
                sent_s[name] = now_s
                _cancel(link, name)

    try:
        while wanted() and clock.now_s() - began_s < within_s:
            recorded = recorded_open(run_folder)
            if with_shares and (shares := recorded_shares(place.socket.parent)):
                recorded = (*(recorded or ()), *shares)
            mirrored = recorded or ()
            try:
                if link is None:
                    link = _connected(place)
                    asked, heard_s = True, clock.now_s()
                slower = SLOWER if clock.now_s() - began_s >= SLOWLY_FROM_S else 1
                if blind:
                    targets.update(mirrored)
                    cancel(link, mirrored)
                listed, why = _ours(link, prefixes, mirrored)
                blind, ours = listed is None, set(mirrored) if listed is None else listed
                now_s = heard_s = clock.now_s()
                cancel(link, ours)
            except (LinkError, WireError) as error:
                survivors, zero_s, why, blind = None, None, str(error), True
                if isinstance(error, NobodyThereError):
                    gateway.start(clock.now_s())
                if isinstance(error, NobodyThereError | RefusedByExchangeError):
                    heard_s = clock.now_s()
                elif clock.now_s() - heard_s >= hung_s and recorded != ():
                    gateway.end_hung(pause)
                if link is not None:
                    link.close()
                    link, pause_s = None, FIRST_LOOK_S
                pause(FIRST_LOOK_S)
                continue
            targets |= ours
            survivors = None if listed is None else tuple(sorted(ours))
            if ours or listed is None:
                zero_s = None
            elif zero_s is None:
                zero_s = now_s
            elif now_s - zero_s >= QUIET_S:
                break
            pause(pause_s)
            pause_s = min(LOOK_EVERY_S * slower, 2 * pause_s)
    finally:
        if link is not None:
            link.close()
    took_s = None if zero_s is None else zero_s - began_s
    why = why if survivors is None else ""
    return Cancelled(tuple(sorted(targets)), survivors, took_s, why, asked)


def _connected(place: BrokerPlace) -> Link:
    link = Link(place.socket, "guard", place.account)
    link.open()
    return link


class _CancellingGateway:
    """The account's gateway, started to cancel and nothing else; it ends by itself.

    One that has ended is started again: what kept it from starting, a network that is down, say,
    may be what its predecessor died of. What it says goes to the account's log.
    """

    def __init__(self, place: BrokerPlace) -> None:
        self._command, self._folder = place.gateway, place.socket.parent
        self._process: subprocess.Popen[bytes] | None = None
        self._next_s = -math.inf

    def start(self, now_s: float) -> None:
        """Start it, where the run has one and none of here runs."""
        runs = self._process is not None and self._process.poll() is None
        if not self._command or runs or now_s < self._next_s:
            return
        self._next_s = now_s + START_EVERY_S
        # A full disk keeps no order from being cancelled; a start that fails is tried again.
        with suppress(OSError), log_or_nowhere(self._folder) as log:
            self._process = subprocess.Popen(
                [*self._command, "--cancel-only"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def end_hung(self, pause: Callable[[float], None]) -> None:
        """End the account's gateway, which holds the account and says nothing."""
        if self._command:
            end_hung(self._folder, pause)


def _ours(
    link: Link, prefixes: tuple[str, ...], mirrored: Collection[str]
) -> tuple[set[str] | None, str]:
    """Orders of the run that work; None, and why, where the other side cannot tell what does."""
    try:
        rows = rows_of(link.ask("open_orders", ASKED_WITHIN_S))[1]
    except RefusedByExchangeError as error:
        return None, str(error)
    working = {str(row[0]) for row in rows}
    ours = {name for name in working if name.startswith(prefixes) or name in mirrored}
    return ours, ""


def _cancel(link: Link, name: str) -> None:
    """Ask for a cancellation, whatever is said: the list tells whether the order works on.

    Raises:
        LinkError: there is no answer.
    """
    with suppress(RefusedByExchangeError):  # those of the other orders are asked for
        link.ask("cancel", ASKED_WITHIN_S, order=name)
