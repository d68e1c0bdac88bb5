"""Ask a running desk from another process, and stop one that no longer answers.

Nothing here waits for the desk's screen, its virtual time or its journal.
"""

from __future__ import annotations

import os
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from engine.guard.cancelling import Cancelled, cancel_all
from engine.guard.place import BrokerPlace, read_place
from engine.market.clock import Clock, SystemClock
from engine.run_folder.kill_latch import KillLatch
from engine.run_folder.lock import holder
from engine.run_folder.mailbox import Mailbox
from engine.run_folder.open_orders import recorded_open
from engine.run_folder.paths import latest_run, run_ids
from engine.run_folder.share_file import recorded_shares

SILENT_S: Final = 2.0
"""Real seconds without a word after which an engine counts as hung."""

CONFIRMED_WITHIN_S: Final = 8.0
"""Real seconds for the second stage's confirmation, which gives up by itself after five."""

CANCELLED_WITHIN_S: Final = 8.0
HUNG_S: Final = 3.0
"""Real seconds without a word from which a kill ends a gateway: sooner than a guard does."""

STARTED_WITHIN_S: Final = 8.0
"""Real seconds more in which another gateway has started, which cancels."""

_LOOK_S: Final = 0.02


@dataclass(frozen=True, slots=True)
class RunningDesk:
    """A desk that holds its run's lock.

    Args:
        run: its id.
        folder: its files.
        pid: its process.
    """

    run: str
    folder: Path
    pid: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What the desk answered: confirmed, refused, or requested where it has not finished.

    Args:
        state: the ticket's.
        text: one sentence.
    """

    state: str
    text: str


def running_desks(root: Path) -> tuple[RunningDesk, ...]:
    """The desks that run in a mode's folder, by the id of their run."""
    desks = []
    for run in run_ids(root):
        folder = root / "runs" / run
        pid = holder(folder)
        if pid is not None:
            desks.append(RunningDesk(run, folder, pid))
    return tuple(desks)


def ask(
    desk: RunningDesk,
    request: dict[str, Any],
    *,
    within_s: float = SILENT_S,
    finally_within_s: float = CONFIRMED_WITHIN_S,
    withdraw: bool = True,
    clock: Clock | None = None,
) -> Answer | None:
    """Ask a desk and wait for its answer.

    Args:
        desk: the one asked.
        request: ask, target, stage, word, reason, key; see engine.commands.
        within_s: real seconds for the first answer.
        finally_within_s: real seconds more where the first answer says that it is being confirmed.
        withdraw: take a request back that the desk has not taken; a kill stays.
        clock: real time.

    Returns:
        The answer; None where there is none in time.

    Raises:
        OSError: the disk's own.
    """
    clock = clock or SystemClock()
    mailbox = Mailbox(desk.folder)
    name = f"{round(clock.epoch_s() * 1e6):020d}-{os.getpid()}"
    if not mailbox.is_there:
        return None
    mailbox.post(name, request)
    answer: dict[str, Any] | None = None
    until_s = clock.now_s() + within_s
    while clock.now_s() < until_s:
        latest = mailbox.read_answer(name)
        if latest is not None:
            if answer is None:
                until_s = clock.now_s() + finally_within_s
            answer = latest
            if latest.get("final", True):
                break
        _pause(_LOOK_S)
    if answer is None:
        if withdraw:
            mailbox.withdraw(name)
        return None
    mailbox.forget(name)
    return Answer(str(answer.get("state")), str(answer.get("text"))[:500])


@dataclass(frozen=True, slots=True)
class Taken:
    """What a kill without the engine did.

    Args:
        latched: whether the latch is on the disk.
        place: the broker that was asked; None where it lives in the desk's own process.
        mirrored: orders that the run's file calls open.
        cancelled: what became of them; None where no broker could be asked.
    """

    latched: bool
    place: BrokerPlace | None
    mirrored: tuple[str, ...]
    cancelled: Cancelled | None


def kill_without_engine(folder: Path, stage: int, clock: Clock | None = None) -> Taken:
    """Latch a run whose engine is silent or dead, and cancel what another connection can.

    A latch that cannot be written is reported, and stops no cancellation.

    Args:
        folder: the run's.
        stage: 1 or 2, for the latch; all is cancelled, for a silent engine completes nothing.
        clock: real time.
    """
    clock = clock or SystemClock()
    latched = _latched(KillLatch(folder), stage, clock)
    place = read_place(folder)
    mirrored = recorded_open(folder) or ()
    cancelled = None
    if place is not None:
        mirrored += recorded_shares(place.socket.parent)
        within_s = CANCELLED_WITHIN_S + (STARTED_WITHIN_S if place.gateway else 0.0)
        cancelled = cancel_all(
            folder, place, clock, _pause, within_s, hung_s=HUNG_S, with_shares=True
        )
    return Taken(latched, place, mirrored, cancelled)


def _latched(latch: KillLatch, stage: int, clock: Clock) -> bool:
    """Whether the latch is on the disk; one that cannot be written keeps no order from ending."""
    try:
        latched = latch.read()
        if latched is None or latched.stage < stage:
            latch.close(stage, clock.epoch_s())
    except OSError:
        return False
    return True


def orphaned_runs(root: Path) -> tuple[Path, ...]:
    """Folders of runs without a desk whose exchange may still work their orders.

    The latest run is among them whether its exchange answers or not, others where it is there, or
    where a gateway can be started that cancels.
    """
    latest = latest_run(root)
    orphaned = []
    for run in run_ids(root):
        folder = root / "runs" / run
        place = read_place(folder)
        if place is None or holder(folder) is not None:
            continue
        if recorded_open(folder) == () and not recorded_shares(place.socket.parent):
            continue
        reached = place.socket.exists() or bool(place.gateway)
        if reached or (latest is not None and folder == latest.folder):
            orphaned.append(folder)
    return tuple(orphaned)


def _pause(seconds: float) -> None:
    threading.Event().wait(seconds)
