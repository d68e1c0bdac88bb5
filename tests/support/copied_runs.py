"""What a process that died has left: its files as they were in that moment."""

from __future__ import annotations

import shutil
from pathlib import Path

from engine.observers.frames import EVENTS, LOOKS, NAME


def copied(folder: Path, to: Path) -> Path:
    """Copy a folder of state that a desk still writes in; sockets cannot be copied."""
    return Path(shutil.copytree(folder, to, ignore=shutil.ignore_patterns(NAME, EVENTS, LOOKS)))
