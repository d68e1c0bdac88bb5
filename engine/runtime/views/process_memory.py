"""The memory of this process, and how much it may use."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

STATM: Final = Path("/proc/self/statm")
CGROUP: Final = Path("/sys/fs/cgroup/memory.max")


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
