"""Who has files of a folder open."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import pytest


def holders_of(folder: Path) -> set[int]:
    """Process ids of all that have a file in the folder open, or are in it; a test skips without /proc."""
    if not Path("/proc/self/fd").is_dir():
        pytest.skip("this system does not tell which files a process has open")
    within, found = f"{folder.resolve()}{os.sep}", set[int]()
    for process in Path("/proc").iterdir():
        if not process.name.isdigit():
            continue
        try:
            opened = [os.readlink(each) for each in (process / "fd").iterdir()]
        except OSError:  # it ended, or is another user's
            continue
        if any(name.startswith(within) for name in opened):
            found.add(int(process.name))
    return found


def descriptors_in(folder: Path) -> list[int]:
    """This process's descriptors of files without a name in the folder; a test skips without /proc."""
    own = Path("/proc/self/fd")
    if not own.is_dir():
        pytest.skip("this system does not tell which files a process has open")
    within, found = f"{folder.resolve()}{os.sep}", list[int]()
    for each in own.iterdir():
        with suppress(OSError):  # of the listing itself
            name = os.readlink(each)
            if name.startswith(within) and name.endswith(" (deleted)"):
                found.append(int(each.name))
    return found
