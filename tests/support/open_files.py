"""Which processes have files of a folder open."""

from __future__ import annotations

import os
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
