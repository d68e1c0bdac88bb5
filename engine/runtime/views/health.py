"""How the process that runs a desk fares: its threads, its journal, its broker, its memory."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from engine.journal.threaded import FULL_S
from engine.runtime.context import DeskContext
from engine.runtime.order_router import OrderRouter
from engine.runtime.watch.books import BookComparison
from engine.snapshot import Health

STATM: Final = Path("/proc/self/statm")
CGROUP: Final = Path("/sys/fs/cgroup/memory.max")


class HealthViews:
    """Tells how the process fares.

    Args:
        context: the desk's shared parts.
        orders: how fast the broker answers.
        books: whether the book agrees with the broker's positions.
        guard: says who would cancel the open orders if this process died.
    """

    def __init__(
        self,
        context: DeskContext,
        orders: OrderRouter,
        books: BookComparison,
        guard: Callable[[], str],
    ) -> None:
        self._context = context
        self._sent = orders
        self._books = books
        self._guard = guard
        self._memory: dict[str, Any] = {}

    def now(self, *, look_at_memory: bool) -> Health:
        """The health at this moment.

        Args:
            look_at_memory: whether the system is asked again; else what it last told is given.
        """
        context = self._context
        late = sorted(context.scheduler.lateness_s)
        flushes = context.journal.flush_ms()
        answers = sorted(self._sent.answered_s)
        waits, flags = context.journal.waits(), context.flags
        if look_at_memory:
            self._memory = {
                "resident_bytes": resident_bytes(),
                "memory_bytes": memory_bytes(),
                "memory_s": context.moment.epoch_s,
            }
        return Health(
            **self._memory,
            writer_s=waits[1] if waits else None,
            writer_limit_s=FULL_S,
            waiting=waits[0] if waits else 0,
            clock_skew_s=max(flags.clock_skew_s, flags.broker_clock_s),
            clock_limit_s=context.config.limits.max_clock_skew_s,
            broker_p50_ms=answers[len(answers) // 2] * 1000 if answers else None,
            broker_p99_ms=answers[int(0.99 * (len(answers) - 1))] * 1000 if answers else None,
            journal_seq=context.journal.seq,
            flush_p50_ms=flushes[0] if flushes else None,
            flush_p99_ms=flushes[1] if flushes else None,
            late_p99_ms=late[int(0.99 * (len(late) - 1))] * 1000 if late else None,
            threads=threading.active_count(),
            compared_s=self._books.compared_s,
            compared_chains=len(context.traders),
            difference=self._books.to_settle,
            unsure=self._books.unsure,
            guard=self._guard(),
        )


def resident_bytes(statm: Path = STATM) -> int | None:
    """What of the process is in memory now; None where the system does not tell.

    Args:
        statm: the kernel's page counts of this process.
    """
    try:
        return int(statm.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        return None


def memory_bytes(cgroup: Path = CGROUP) -> int | None:
    """What the process may use: the machine's memory, or less where its group has less.

    Args:
        cgroup: the file of the group's limit.
    """
    limits = []
    with suppress(OSError, ValueError):
        limits.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    with suppress(OSError, ValueError):
        limits.append(int(cgroup.read_text()))  # "max" where it has no limit of its own
    return min(limits, default=None)
