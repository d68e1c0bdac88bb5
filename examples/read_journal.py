"""Read a run's journal: count its events, list its cycles, compute the session report anew.

A journal is a list of facts, and the desk's figures are computed from them alone, so a program can
compute others. Give the `journal.db` of a run that has ended; `legdesk runs` lists them. Without
one, the example first runs a quarter of an hour on the simulated exchange, in a temporary folder.

    python examples/read_journal.py [JOURNAL]
"""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from datetime import datetime, time
from pathlib import Path
from zoneinfo import ZoneInfo

from engine.config import DeskConfig
from engine.desk.opening import DeskPlan, open_desk
from engine.journal.reading import read_events
from engine.orders.events import CycleEnded
from engine.report.session import report_of
from engine.report.text import report_text

NEW_YORK = ZoneInfo("America/New_York")


def make_run(folder: Path) -> Path:
    """Trade from 09:30 to 09:45 on the simulated exchange and return the run's journal."""
    config = DeskConfig.model_validate(
        {"simulation": {"seed": 7, "symbols": ["SPY"], "session_date": "2026-03-10"}}
    )
    desk = open_desk(config, DeskPlan(run_dir=folder, until=time(9, 45)))
    desk.run_to_end()
    assert desk.places is not None
    return desk.places.journal


def show(journal: Path) -> None:
    """Print what the journal holds."""
    kinds: Counter[str] = Counter()
    cycles = []
    for _, event in read_events(journal):
        kinds[type(event).__name__] += 1
        if isinstance(event, CycleEnded):
            cycles.append(event)
    for kind, count in kinds.most_common():
        print(f"{count:6} {kind}")
    print()
    for cycle in cycles:
        at = datetime.fromtimestamp(cycle.at_ms / 1000, NEW_YORK)
        print(
            f"{at:%H:%M:%S} {cycle.trader} {cycle.outcome.lower()} after {cycle.hedge_s:.1f} s: "
            f"premium {cycle.net_c / 100:+.2f}, floor {cycle.floor_c / 100:+.2f}"
        )
    print()
    print(report_text(report_of(journal)))


def main() -> None:
    """Show the given journal, or that of a run made for it."""
    if len(sys.argv) > 1:
        show(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as temporary:
            show(make_run(Path(temporary)))


if __name__ == "__main__":
    main()
