"""`python -m engine.guard RUN_FOLDER DESK_PROCESS`, started by a desk; reads its standard input."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.guard.watch import Guard

if __name__ == "__main__":
    Guard(Path(sys.argv[1]), 0, int(sys.argv[2])).watch()
