"""Kill the real process at random moments, again and again, while the exchange runs on.

As a program, for many kills (about one and a half seconds each):

    .venv/bin/python -m tests.support.kill_many --kills 300 --seed 1
"""

from __future__ import annotations

import argparse
import json
import random
import select
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from engine.commands import TicketState
from tests.support.command_line import Home
from tests.support.exchange_processes import (
    DeskProcess,
    ExchangeProcess,
    assert_nothing_lost,
    exchange_for,
    journal_of,
    until,
)

EARLY = 0.25
"""Share of the kills that hit the start: restoring, reconciling, the first moments."""


UNGUARDED = 0.5
"""Share of the kills that take the guard along, so that orders work on while no desk runs."""


@dataclass(frozen=True)
class Survived:
    """What a series of kills came to."""

    kills: int
    orders: int
    executions: int
    events: int
    seconds: float
    caught_up: dict[str, int]

    def __str__(self) -> str:
        return (
            f"{self.kills} kills survived in {self.seconds:.0f} s: {self.orders} orders, each sent "
            f"once; {self.executions} executions, each booked once; {self.events} events; "
            f"book == exchange. Restarts found {self.caught_up['cancelled']} orders working, "
            f"{self.caught_up['booked']} executions not booked, {self.caught_up['never_arrived']} "
            "orders never sent"
        )


def kill_many(home: Home, kills: int, seed: int) -> Survived:
    """Start a desk, kill it at a random moment, go on with its run, and so on.

    Raises:
        AssertionError: something was lost, sent twice, or book and exchange differ.
    """
    chance = random.Random(seed)
    caught_up = {"cancelled": 0, "booked": 0, "never_arrived": 0}
    began_s = time.monotonic()
    with exchange_for(home, "--seed", str(seed), "--speed", "3") as exchange:
        run: str | None = None
        for number in range(kills):
            desk = DeskProcess(home, exchange, run)
            if run is not None and chance.random() < EARLY:
                _pass(chance.uniform(0.0, 1.2))
            else:
                found = desk.ready()
                if run is not None:
                    words = json.loads((found.folder / "reconciled.json").read_text())
                    for key in caught_up:
                        caught_up[key] += words[key]
                run = found.run
                # A limit may have closed the desk, and then the rest would test little; before the
                # exchange's first word on its health nothing is entered either.
                until(partial(_resumes, desk), what=f"it does not resume after kill {number}")
                sent = len(exchange.record(run))
                until(partial(_has_sent, exchange, run, sent), what="it sends nothing")
                _pass(chance.uniform(0.0, 1.0))
            if chance.random() < UNGUARDED:
                desk.kill_guard()
            desk.kill()
        assert run is not None
        last = DeskProcess(home, exchange, run)
        last.ready()
        code, said = last.end()
        assert (code, said.splitlines()[-1]) == (143, "book == broker"), said
        assert exchange.working(run) == []
        assert_nothing_lost(home, exchange, run)
        return Survived(
            kills,
            len(exchange.record(run)),
            len(exchange.ledger(run).executions),
            len(journal_of(home, run)),
            time.monotonic() - began_s,
            caught_up,
        )


def _resumes(desk: DeskProcess) -> bool:
    """Whether nothing keeps traders that were asked to resume from entering."""
    answer = desk.ask("resume")
    return answer.state == TicketState.CONFIRMED and " yet: " not in answer.text


def _has_sent(exchange: ExchangeProcess, run: str, before: int) -> bool:
    return len(exchange.record(run)) > before


def _pass(seconds: float) -> None:
    select.select([], [], [], seconds)


def main() -> None:
    """Run a series and say what it came to."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--kills", type=int, default=300)
    options.add_argument("--seed", type=int, default=1)
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory(prefix="legdesk-kills-") as folder:
        print(kill_many(Home(Path(folder)), chosen.kills, chosen.seed))


if __name__ == "__main__":
    main()
