"""Carry a study out: points that are missing are run, each is kept, all are handed back."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import time

from engine.study.executors import Runner
from engine.study.plan import Study
from engine.study.points import Task, points_of
from engine.study.running import DESK, Row
from engine.study.store import Store

Place = tuple[str, str, str]
"""An arm, a day and a fill model, by name."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a study is, in points.

    Args:
        done: those whose figures are kept.
        total: of the study.
        found: those that were kept before it began.
    """

    done: int
    total: int
    found: int


def tasks_of(study: Study) -> dict[Place, list[Task]]:
    """Every run of a study, one day after the other, so that pairs are whole early.

    Args:
        study: the plan.
    """
    text = study.plan.until
    until = None if text is None else time.fromisoformat(text)
    return {
        (arm.name, day.name, text): list(points_of(arm, day, model, until))
        for day in study.days
        for text, model in study.models.items()
        for arm in study.arms
    }


def carry_out(
    study: Study,
    store: Store,
    runner: Runner,
    on_progress: Callable[[Progress], None] = lambda progress: None,
) -> dict[Place, list[list[Row]]]:
    """Run what the store does not have, and return everything.

    Args:
        study: the plan.
        store: keeps each point's figures as soon as they are ready.
        runner: how tasks are run.
        on_progress: told how far it is, first of all and after each point.

    Returns:
        The rows of every run, the desk's first, by arm, day and fill model.

    Raises:
        StoreError, ExecutorError, PointError, ConfigError, SessionFileError: it cannot go on; what
            is done is kept.
    """
    places = tasks_of(study)
    tasks = {task.key: task for each in places.values() for task in each}
    rows: dict[str, list[Row]] = {}
    for key in tasks:
        kept = store.read(key)
        if kept is not None:
            rows[key] = kept
    found = len(rows)
    on_progress(Progress(found, len(tasks), found))
    missing = [task for key, task in tasks.items() if key not in rows]
    with closing(runner(missing)) as results:
        for task, fresh in results:
            store.write(task, fresh)
            rows[task.key] = fresh
            on_progress(Progress(len(rows), len(tasks), found))
    return {
        place: [run for task in each for run in runs_of(rows[task.key])]
        for place, each in places.items()
    }


def runs_of(rows: Sequence[Row]) -> list[list[Row]]:
    """The rows of each day of a point, the desk's first."""
    runs: list[list[Row]] = []
    for row in rows:
        if row.trader == DESK:
            runs.append([])
        runs[-1].append(row)
    return runs
