"""A study's plan: which days, which arms, which fill models; read from TOML and checked whole."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from engine.config import (
    OF_THE_PERSON,
    ConfigError,
    DeskConfig,
    Section,
    path_of,
    read_toml,
    refusal_of,
)
from engine.config.bounds import MOST_SEED, MOST_TRADERS
from engine.config.names import ShortText, WrittenTime, shown, shown_path
from engine.study.models import NamedModel, StudiedModel, studied_models
from engine.study.points import APPROVING, POLICIES, Arm, Day, Policy, digest_of

MOST_SEEDS: Final = 10_000
"""Days of a study: five trading years are a quarter of it."""

MOST_SESSIONS: Final = 1_000
MOST_ARMS: Final = 50
"""With more, the intervals that hold for all of them at once would decide nothing."""

MOST_CHAINED: Final = 60
"""Sessions of a chain: a quarter of a year."""

MOST_MODELS: Final = 50
"""As many as arms: each is run on every day."""

MOST_POINTS: Final = 100_000
"""Arms x days x fill models: at ten seconds each a fortnight of one core."""

OPENS: Final = time(9, 30)
"""Exchange time at which every simulated day opens."""

PLACEBO: Final = "placebo"
"""The arm that is always added: the control with other draws of the desk's own."""

PLACEBO_TRIALS: Final = "placebo-trials"
"""The arm that is added where an arm approves: the control, with trials of nothing."""

_ADDED: Final = (PLACEBO, PLACEBO_TRIALS)

_RANGE: Final = re.compile(r"(\d{1,19})\.\.(\d{1,19})")
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,38}[A-Za-z0-9])?")

_NOT_OF_AN_ARM: Final = {
    "simulation": "its days are the same in every arm; write sessions, fill_models or config",
    "mode": "a study is always simulated",
    "account": "it does not decide how the desk trades",
    **dict.fromkeys(OF_THE_PERSON, "it does not decide how the desk trades"),
}
_SET_BY_THE_STUDY: Final = {"seed": "sessions.seeds", "fill_model": "fill_models"}


def _seeds(value: Any) -> Any:
    """Seeds from a range, both ends included, or a list."""
    if not isinstance(value, str):
        return value
    match = _RANGE.fullmatch(value.strip())
    if match is None:
        raise ValueError(f"{shown(value)} is not a range of seeds; write '1..20', or a list")
    first, last = int(match[1]), int(match[2])
    if not 0 <= last - first < MOST_SEEDS:
        raise ValueError(f"{shown(value)}: the first comes first, and {MOST_SEEDS:,} are the most")
    return list(range(first, last + 1))


def _each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    twice = next((value for value in values if values.count(value) > 1), None)
    if twice is not None:
        raise ValueError(f"{shown(twice)} is named twice; name it once")
    return values


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError(
            f"{shown(text)} cannot name it; use letters, digits, _ . - and at most 40 of them"
        )
    return text


Name = Annotated[str, AfterValidator(_name)]
Seed = Annotated[int, Field(ge=0, le=MOST_SEED, strict=True)]
Seeds = Annotated[
    tuple[Seed, ...],
    BeforeValidator(_seeds),
    Field(max_length=MOST_SEEDS),
    AfterValidator(lambda seeds: _each_once(seeds) if len(set(seeds)) < len(seeds) else seeds),
]
SessionFolders = Annotated[
    tuple[Annotated[Path, AfterValidator(path_of)], ...],
    Field(max_length=MOST_SESSIONS),
    AfterValidator(_each_once),
]


class Sessions(Section):
    """The days of a study.

    seeds and recorded are the days on which arms are compared, held_out_seeds and held_out_recorded
    those that only confirm. A seed is a simulated day. recorded_seeds are the draws of the fill
    model on recorded days; a day's figures are their means. expirations: at most so many of a
    recorded session's, the nearest first. chained: so many consecutive seeds are one chain of
    sessions, in which each day's desk takes over from the one before; a chain is compared as one.
    """

    seeds: Seeds = ()
    held_out_seeds: Seeds = ()
    recorded: SessionFolders = ()
    held_out_recorded: SessionFolders = ()
    recorded_seeds: Annotated[Seeds, Field(min_length=1)] = (1,)
    expirations: Annotated[int, Field(ge=1, le=MOST_TRADERS)] | None = None
    chained: Annotated[int, Field(ge=1, le=MOST_CHAINED)] = 1

    @model_validator(mode="after")
    def _apart(self) -> Self:
        if not (self.seeds or self.recorded):
            raise ValueError(
                "no day to compare arms on; name seeds or recorded sessions, here or with "
                "--recorded"
            )
        for name, ours, held_out in (
            ("seed", self.seeds, self.held_out_seeds),
            ("session", self.recorded, self.held_out_recorded),
        ):
            both = [day for day in ours if day in set(held_out)]
            if both:
                raise ValueError(
                    f"{name} {shown(both[0])} is held out and compared on; a held-out day must "
                    "be another"
                )
        if self.chained > 1:
            if self.recorded or self.held_out_recorded:
                raise ValueError("chained days are simulated ones; leave recorded sessions out")
            for name, seeds in (("seeds", self.seeds), ("held_out_seeds", self.held_out_seeds)):
                if len(seeds) % self.chained:
                    raise ValueError(
                        f"{name} are {len(seeds)}, which chains of {self.chained} do not divide; "
                        "name a multiple of it"
                    )
        return self


class StudyPlan(Section):
    """What a plan file says.

    name: of the study and its folder of results. question: what it asks. control: the arm that
    the others are compared with. until: exchange time at which each day ends, None for the close.
    fill_models: each day is run under each: a model's name, or a table of `model` and parameters of
    it. config: settings of every arm, on top of the desk's own. arms: settings of each arm on top
    of those, by the keys of the configuration file, and `policy`.
    """

    name: Name
    question: Annotated[str, Field(max_length=300)] = ""
    control: ShortText
    until: WrittenTime | None = None
    fill_models: Annotated[
        tuple[NamedModel, ...], Field(min_length=1, max_length=MOST_MODELS, validate_default=True)
    ] = ("assumed", "assumed-width")  # type: ignore[assignment]  # read as in a file
    sessions: Sessions
    config: dict[str, Any] = Field(default_factory=dict)
    arms: Annotated[dict[Name, dict[str, Any]], Field(min_length=1, max_length=MOST_ARMS)]

    @model_validator(mode="after")
    def _named(self) -> Self:
        for added in _ADDED:
            if added in self.arms:
                raise ValueError(f"arms.{added} is added by the study itself; name yours otherwise")
        if self.control not in self.arms:
            names = ", ".join(self.arms)
            raise ValueError(f"control {shown(self.control)} is not an arm; there are {names}")
        simulated = self.sessions.seeds or self.sessions.held_out_seeds
        if simulated and self.until is not None and time.fromisoformat(self.until) <= OPENS:
            raise ValueError(f"until {self.until} is not after the open; write 09:31 or later")
        return self


class Study:
    """A plan with its arms as whole settings and its days as found on disk.

    Args:
        plan: as read.
        arms: the control first, those that the study added last, the placebo as the last of all.
        days: those compared on, then those held out.
        models: each day is run under each; by their text, as figures name them.
    """

    def __init__(
        self,
        plan: StudyPlan,
        arms: tuple[Arm, ...],
        days: tuple[Day, ...],
        models: Mapping[str, StudiedModel],
    ) -> None:
        self.plan = plan
        self.arms = arms
        self.days = days
        self.models = models

    @property
    def tried(self) -> int:
        """Arms beside the control and those that the study added."""
        return len(self.compared)

    @property
    def compared(self) -> tuple[Arm, ...]:
        """The arms that are judged."""
        return tuple(arm for arm in self.arms[1:] if arm.name not in _ADDED)

    @property
    def points(self) -> int:
        """Runs that the study takes."""
        runs = sum(len(day.seeds) for day in self.days)
        return len(self.arms) * runs * len(self.models)


def read_study(
    path: Path, base: DeskConfig, recorded: Sequence[Path] = (), *, simulated: bool = True
) -> Study:
    """The study of a plan file.

    Args:
        path: of the plan; its recorded sessions are looked for beside it.
        base: the desk's settings, which the plan's own come on top of.
        recorded: sessions to compare arms on beside those of the plan, from the current folder.
        simulated: whether the plan's seeds are run; without them only recorded sessions are.

    Raises:
        ConfigError: the plan cannot be read, or a name or value of it is wrong; says which, and
            what to do.
    """
    values = read_toml(path)
    _choose_days(values, recorded, simulated)
    return study_of(values, base, shown_path(path), path.absolute().parent)


def _choose_days(values: dict[str, Any], recorded: Sequence[Path], simulated: bool) -> None:
    """Add recorded sessions to a plan's values, or leave its seeds out; a wrong table is left."""
    sessions = values.setdefault("sessions", {})
    if not isinstance(sessions, dict):
        return
    if not simulated:
        for name in ("seeds", "held_out_seeds"):
            sessions.pop(name, None)
    named = sessions.get("recorded", [])
    if recorded and isinstance(named, list):
        sessions["recorded"] = [*named, *(path.absolute() for path in recorded)]


def study_of(values: Mapping[str, Any], base: DeskConfig, source: str, folder: Path) -> Study:
    """The study of a plan's values.

    Args:
        values: as in the file.
        base: as for `read_study`.
        source: what a refusal calls the plan.
        folder: from which relative paths of sessions start.

    Raises:
        ConfigError: as for `read_study`.
    """
    try:
        plan = StudyPlan.model_validate(values)
    except ValidationError as error:
        raise refusal_of(error, source, StudyPlan) from None
    common = _settings(base.changed(mode="SIM"), plan.config, f"{source}: config", "simulation")
    models = studied_models(plan.fill_models, common, source, folder)
    arms = tuple(_arms(plan, common, source))
    _require_differences(arms, source)
    days = tuple(_days(plan.sessions, folder))
    _require_other_quotes(days, source)
    control = next(arm for arm in arms if arm.name == plan.control)
    others = [arm for arm in arms if arm is not control]
    placebo = Arm(PLACEBO, control.config, control.policy, own_draws=True)
    added = [placebo]
    if any(arm.policy in APPROVING for arm in arms):
        added.insert(0, Arm(PLACEBO_TRIALS, control.config, "placebo-trials"))
    study = Study(plan, (control, *others, *added), days, models)
    if study.points > MOST_POINTS:
        raise ConfigError(
            f"{source}: {len(study.arms)} arms x {len(days):,} days x {len(models)} fill models "
            f" are {study.points:,} points, and {MOST_POINTS:,} are the most; name fewer"
        )
    return study


def _arms(plan: StudyPlan, common: DeskConfig, source: str) -> Iterator[Arm]:
    for name, values in plan.arms.items():
        place = f"{source}: arms.{name}"
        settings = {key: value for key, value in values.items() if key != "policy"}
        yield Arm(name, _settings(common, settings, place), _policy(values, place))


def _policy(values: Mapping[str, Any], place: str) -> Policy:
    given = values.get("policy", POLICIES[0])
    policy = next((each for each in POLICIES if each == given), None)
    if policy is None:
        raise ConfigError(f"{place}: policy: {shown(given)} is none; write {' or '.join(POLICIES)}")
    return policy


def _settings(
    base: DeskConfig, values: Mapping[str, Any], place: str, allowed: str = ""
) -> DeskConfig:
    """Settings with others on top, validated as the configuration file is."""
    for key in values:
        if key in _NOT_OF_AN_ARM and key != allowed:
            raise ConfigError(f"{place}: {key}: {_NOT_OF_AN_ARM[key]}")
    simulation = values.get("simulation", {})
    for key in simulation if isinstance(simulation, dict) else ():
        if key in _SET_BY_THE_STUDY:
            raise ConfigError(f"{place}: simulation.{key}: write {_SET_BY_THE_STUDY[key]} instead")
    try:
        return DeskConfig.model_validate(_merged(base.model_dump(), values))
    except ValidationError as error:
        raise refusal_of(error, place) from None


def _merged(base: Mapping[str, Any], values: Mapping[str, Any]) -> dict[str, Any]:
    """A table with another on top, table by table."""
    result = dict(base)
    for key, value in values.items():
        before = result.get(key)
        tables = isinstance(before, dict) and isinstance(value, dict)
        result[key] = _merged(before or {}, value) if tables else value
    return result


def _require_differences(arms: tuple[Arm, ...], source: str) -> None:
    """Two arms of the same settings would have equal figures, and say nothing."""
    for index, arm in enumerate(arms):
        for other in arms[:index]:
            if (arm.config, arm.policy) == (other.config, other.policy):
                raise ConfigError(
                    f"{source}: arms.{arm.name} has the same settings as arms.{other.name}; change "
                    "one of them or leave it out"
                )


def _days(sessions: Sessions, folder: Path) -> Iterator[Day]:
    parts = (
        (sessions.seeds, sessions.recorded, False),
        (sessions.held_out_seeds, sessions.held_out_recorded, True),
    )
    for seeds, recorded, held_out in parts:
        for first in range(0, len(seeds), sessions.chained):
            chain = seeds[first : first + sessions.chained]
            if sessions.chained == 1:
                yield Day(f"seed {chain[0]}", chain, held_out)
            else:
                name = f"seeds {chain[0]} to {chain[-1]}"
                yield Day(name, chain, held_out, chained=True)
        for path in recorded:
            session = path if path.is_absolute() else folder / path
            yield Day(
                session.resolve().name,
                sessions.recorded_seeds,
                held_out,
                session,
                digest_of(session),
                sessions.expirations,
            )


def _require_other_quotes(days: tuple[Day, ...], source: str) -> None:
    """A recorded session under two names would count as two days."""
    names: dict[str, str] = {}
    for day in days:
        if day.session is None:
            continue
        if day.name in names.values() or day.digest in names:
            raise ConfigError(
                f"{source}: sessions: {day.name} and {names.get(day.digest, day.name)} are the "
                "same day, or have the same name; name each once"
            )
        names[day.digest] = day.name
