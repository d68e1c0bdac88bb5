"""The points of a study: an arm on a day under a fill model, and the key of its figures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

import engine
from engine.brokers.recorded.columns import QUOTES_FILE
from engine.brokers.recorded.errors import SessionFileError
from engine.brokers.recorded.facts import SESSION_FILE
from engine.config import ConfigError, DeskConfig
from engine.config.regular_files import BLOCK_BYTES, require_regular
from engine.exchange.seeding import named_seed
from engine.exchange.session import simulated_hours
from engine.market.calendar import xnys
from engine.study.models import StudiedModel

FORMAT: Final = 3
"""Of the rows; another format has other keys."""

_MAKES_FIGURES: Final = (
    "chosen_pairs.py",
    "points.py",
    "policies.py",
    "redealt.py",
    "running.py",
    "trial_rows.py",
    "waiting_times.py",
)
"""What of this folder decides a point's figures; the rest compares and shows them."""

_ONLY_SHOWS: Final = "report"
"""A folder of which nothing decides a figure: it lays out what the state says."""

SIMULATED: Final = "simulated"
RECORDED: Final = "recorded"
KINDS: Final = (SIMULATED, RECORDED)
"""Where the quotes of a day come from."""

Policy = Literal["watch", "approve", "approve-and-try", "placebo-trials", "explore-trials"]
POLICIES: Final[tuple[Policy, ...]] = (
    "watch",
    "approve",
    "approve-and-try",
    "placebo-trials",
    "explore-trials",
)
"""What the operator does all day: nothing; start the trial of every PROMISING change; beside that
try by name the CENSORED ones; one trial after the other of no change at all; or of changes drawn at
random, whatever speaks for them."""

APPROVING: Final[frozenset[Policy]] = frozenset({"approve", "approve-and-try"})
"""Policies that follow the desk's advice."""


@dataclass(frozen=True, slots=True)
class Arm:
    """One set of settings.

    Args:
        name: in the plan.
        config: the desk's settings, whole.
        policy: what the operator does.
        own_draws: whether the desk draws its delays from a stream of its own, on the same quotes
            and the same odds of fills: a placebo.
    """

    name: str
    config: DeskConfig
    policy: Policy = "watch"
    own_draws: bool = False


@dataclass(frozen=True, slots=True)
class Day:
    """One day, on which every arm is run.

    Args:
        name: of the seed or the recorded session.
        seeds: each is a run of the day; its figures are their means.
        held_out: whether it only confirms.
        session: folder of a recorded session; None for a simulated day.
        digest: of the session's two files; "" for a simulated day.
        expirations: at most so many of a recorded session's.
        chained: whether the seeds are days that follow one another, each desk taking over from
            the one before.
    """

    name: str
    seeds: tuple[int, ...]
    held_out: bool = False
    session: Path | None = None
    digest: str = ""
    expirations: int | None = None
    chained: bool = False

    @property
    def kind(self) -> str:
        """SIMULATED or RECORDED: figures of the two never meet."""
        return SIMULATED if self.session is None else RECORDED


@dataclass(frozen=True, slots=True)
class Point:
    """One run, without the settings: which day, and how far.

    Args:
        seed: of the simulated day, or of the fills on a recorded one.
        until: exchange time at which it ends; None for the close.
        session, digest, expirations: as for `Day`.
        own_draws: as for `Arm`.
        following: seeds of the days that follow on it, each desk taking over from the one before.
    """

    seed: int
    until: time | None = None
    session: Path | None = None
    digest: str = ""
    expirations: int | None = None
    own_draws: bool = False
    following: tuple[int, ...] = ()

    @property
    def seeds(self) -> tuple[int, ...]:
        """Of all its days."""
        return self.seed, *self.following

    def desk_seed(self, seed: int) -> int | None:
        """Seed of the desk's own draws on the day of a seed; None for the day's."""
        return named_seed(seed, "study", "placebo") >> 1 if self.own_draws else None

    def settings(self, config: DeskConfig) -> DeskConfig:
        """An arm's settings with this point's seed."""
        return config.changed(simulation=config.simulation.changed(seed=self.seed))

    def days(self, config: DeskConfig) -> Iterator[tuple[int, DeskConfig]]:
        """Each day's seed, and an arm's settings on it: those that follow are later sessions.

        Raises:
            ConfigError: the calendar has no such session.
        """
        day: date | None = None
        for seed in self.seeds:
            changes: dict[str, Any] = {"seed": seed}
            if self.following:
                day = simulated_hours(config.simulation).date if day is None else _after(day)
                changes["session_date"] = day.isoformat()
            yield seed, config.changed(simulation=config.simulation.changed(**changes))


def _after(day: date) -> date:
    following = xnys().next_session(day)
    if following is None:
        raise ConfigError(
            f"the calendar ends at {day}; begin chains earlier (simulation.session_date)"
        )
    return following


@dataclass(frozen=True, slots=True)
class Task:
    """A point with everything that another process needs to run it.

    Args:
        key: of its figures, 32 hexadecimal digits.
        config: the arm's settings, as JSON values.
        point: what is run.
        policy: what the operator does.
        code: the version that is to run it.
    """

    key: str
    config: dict[str, Any]
    point: Point
    policy: Policy
    code: str


def task_of(config: DeskConfig, point: Point, policy: Policy) -> Task:
    """The task of a point, with its key.

    The key is a hash of everything that decides the figures: settings, point, the content of the
    recorded session (not its place) and the code's version. The names of arms and days are no part
    of it, so that plans share the figures they have in common.
    """
    code = code_version()
    settings = config.model_dump(mode="json")
    decides = {
        "format": FORMAT,
        "config": point.settings(config).for_the_journal(),
        "policy": policy,
        "until": None if point.until is None else point.until.isoformat(),
        "session": point.digest,
        "expirations": point.expirations,
        "own_draws": point.own_draws,
        "following": point.following,
        "code": code,
    }
    text = json.dumps(decides, sort_keys=True, separators=(",", ":"))
    return Task(hashlib.sha256(text.encode()).hexdigest()[:32], settings, point, policy, code)


def points_of(arm: Arm, day: Day, model: StudiedModel, until: time | None) -> Iterator[Task]:
    """The tasks of an arm on a day under a fill model: one for each seed, or one for a chain."""
    if day.chained:
        first, *others = day.seeds
        point = Point(first, until, own_draws=arm.own_draws, following=tuple(others))
        yield task_of(model.on(arm.config), point, arm.policy)
        return
    for seed in day.seeds:
        point = Point(seed, until, day.session, day.digest, day.expirations, arm.own_draws)
        yield task_of(model.on(arm.config), point, arm.policy)


@cache
def code_version() -> str:
    """The version of the program, a digest of the source that makes figures, NumPy's version."""
    root = Path(engine.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*.py")):
        if path.parent == root / "study" and path.name not in _MAKES_FIGURES:
            continue
        if root / _ONLY_SHOWS in path.parents:
            continue
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(path.read_bytes())
    return f"{engine.__version__}+{digest.hexdigest()[:12]} numpy {np.__version__}"


def digest_of(session: Path) -> str:
    """A digest of a recorded session's two files.

    Raises:
        SessionFileError: one of them cannot be read.
    """
    digest = hashlib.sha256()
    for name in (SESSION_FILE, QUOTES_FILE):
        path = session / name
        try:
            digest.update(f"{name} {require_regular(path)}\n".encode())
            with path.open("rb") as file:
                while block := file.read(BLOCK_BYTES):
                    digest.update(block)
        except OSError as error:
            raise SessionFileError(
                path, f"cannot be read: {error.strerror or error}", "name a recorded session"
            ) from None
    return digest.hexdigest()
