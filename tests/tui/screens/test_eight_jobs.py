"""Eight jobs of an operator, done with exactly the keys that docs/eight-jobs.md names."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from engine.commands import Ask
from engine.snapshot import EngineSnapshot
from tests.support import sample_snapshots as desks
from tests.support.every_list import everything
from tests.support.screen_text import texts, whole
from tui.app import DeskApp

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "eight-jobs.md"

ARMED_S = 0.5
"""Seconds that pass between keys: what is armed after 0.4 s is armed by then."""


@dataclass(frozen=True, slots=True)
class Done:
    """What a job has led to."""

    app: DeskApp
    asked: list[tuple[Ask, str]]
    folder: Path

    @property
    def status(self) -> str:
        return texts(self.app, "status")[0]


def applied() -> EngineSnapshot:
    """A desk on which an approval is in force."""
    base = desks.normal()
    first, *others = base.recommendations
    return replace(base, recommendations=(replace(first, state="kept"), *others))


def idles(done: Done) -> bool:
    return "fill rate 2 of 22 below 25 %: held 41 s more" in done.status


def sells_one_leg(done: Done) -> bool:
    return (Ask.UNWIND, "SPY 2024-12-20/4410") in done.asked


def has_two_traders_side_by_side(done: Done) -> bool:
    rows = [row for row in texts(done.app, "body") if re.search(r" (SPY|QQQ) 20DEC24 ", row)]
    return len(rows) >= 2 and any("FLOOR$" in row for row in texts(done.app, "body"))


def takes_an_approval_back(done: Done) -> bool:
    return done.asked == [(Ask.UNDO, done.app.view().snapshot.recommendations[0].id)]


def shows_an_execution(done: Done) -> bool:
    return done.app.place == "blotter" and "FILLED 2/2 @1.55" in " ".join(texts(done.app, "chosen"))


def tightens(done: Done) -> bool:
    return (Ask.TIGHTEN, "limits.max_contracts") in done.asked


def hands_over(done: Done) -> bool:
    (file,) = done.folder.glob("traders-*.csv")
    rows = list(csv.reader(file.read_text().splitlines()))
    return len(rows) == 1 + len(done.app.view().snapshot.traders)


def stops(done: Done) -> bool:
    return [ask for ask, _ in done.asked] == [Ask.KILL] and "KILL" in whole(done.app)


JOBS: dict[str, tuple[Callable[[], EngineSnapshot], tuple[str, ...], Callable[[Done], Any]]] = {
    "find why a trader idles": (desks.troubled, ("j", "j"), idles),
    "flatten one hung leg": (desks.troubled, ("h", "3", "y"), sells_one_leg),
    "compare two traders' day": (desks.troubled, ("t",), has_two_traders_side_by_side),
    "undo an approval": (applied, ("u", "u"), takes_an_approval_back),
    "find an order's execution": (
        everything, ("b", "F", *"9f30", "enter"), shows_an_execution,
    ),
    "tighten a limit": (
        desks.normal, ("c", "F", *"ts.max_c", "enter", "enter", "5", "enter", "y"), tightens,
    ),
    "hand a table to a colleague": (desks.troubled, ("Y", "C"), hands_over),
    "stop everything": (desks.troubled, ("ctrl+k",), stops),
}  # fmt: skip


@pytest.mark.parametrize("job", JOBS)
async def test_a_job_is_done_with_the_keys_that_are_documented(open_app, clock, tmp_path, job):
    make, keys, reached = JOBS[job]
    app, desk = open_app(make())
    async with app.run_test(size=(120, 40)) as pilot:
        for key in keys:
            await pilot.press(key)
            clock.pass_by(ARMED_S)
            app.look()
        asked = [(each.ask, each.target) for each in desk.asked if each.ask is not Ask.WATCH]
        assert reached(Done(app, asked, tmp_path)), whole(app)


def test_the_document_counts_the_keys_of_every_job() -> None:
    told = dict(re.findall(r"^\| ([a-z' ]+) \| .*? \| (\d+) \|", DOCUMENT.read_text(), re.M))
    assert {job: str(len(keys)) for job, (_, keys, _) in JOBS.items()} == told
