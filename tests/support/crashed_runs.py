"""Runs whose process was killed in the middle, and desks that go on with them."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import time
from pathlib import Path
from typing import Any

from engine.checker import check, executions_of
from engine.desk.opening import Desk
from engine.journal.reading import export_lines, read_events
from engine.orders import events as ev
from engine.runs.exchange_records import exchange_account, wire_rows
from tests.support.command_server import run_code
from tests.support.desks import settings, simulated

SEED = 7


KILLED = """
import os, sys
from pathlib import Path
from typing import Any
from datetime import time
from tests.support.command_server import run_code
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated

desk = Operated(simulated(settings({seed}), run_dir=Path(sys.argv[1]), until=time(15, 0)))
desk.run(400)
{story}
desk.desk._files.keep()
print(desk.desk.places.run, flush=True)
os._exit(9)
"""


def killed(folder: Path, root: Path, story: str) -> str:
    """Run a desk in a process of its own that ends without a word; returns the run's id."""
    script = KILLED.format(seed=SEED, story=story)
    ended = run_code(script, [str(folder)], root, {"HOME": str(folder)}, 300.0)
    assert ended.returncode == 9, ended.stderr
    return ended.stdout.strip()


def resumed(folder: Path, run: str, **plan: Any) -> Desk:
    """Go on with a run until three in the afternoon, or as planned."""
    plan = {"until": time(15, 0), "run_dir": folder, "resume": run, **plan}
    return simulated(settings(SEED), **plan)


def events_of(folder: Path, run: str) -> list[ev.Event]:
    """What a run wrote, read from its file."""
    return [event for _, event in read_events(folder / "sim" / "runs" / run / "journal.db")]


def open_units(events: list[ev.Event]) -> dict[tuple[str, int], int]:
    """Unhedged contracts by trader and cycle, from the journal alone."""
    intents = {e.order: e for e in events if isinstance(e, ev.OrderIntended)}
    net: dict[tuple[str, int], int] = defaultdict(int)
    for e in events:
        if isinstance(e, ev.Executed):
            intent = intents[e.order]
            net[e.trader, intent.cycle] += e.quantity if intent.part == "D" else -e.quantity
    return {key: contracts for key, contracts in net.items() if contracts}


def events_of_open(desk: Desk) -> list[ev.Event]:
    """What the run of an open desk wrote so far."""
    return [event for _, event in desk.executor.context.journal.read()]


def violations(desk: Desk) -> list[str]:
    """What the offline checker finds in the files of a run that has ended."""
    places = desk.places
    assert places is not None
    rows = [json.loads(line) for line in export_lines(read_events(places.journal))]
    account, wire = exchange_account(places, len(rows)), wire_rows(places, len(rows))
    return [each.text for each in check(rows, executions_of(account), wire, settled=True)]
