"""A study: its plan with the arms as whole settings and the days as found; checked whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from engine.config import OF_THE_PERSON, ConfigError, DeskConfig, read_toml, refusal_of
from engine.config.names import shown, shown_path
from engine.study.models import StudiedModel, studied_models
from engine.study.plan_file import ADDED, PLACEBO, PLACEBO_TRIALS, Sessions, StudyPlan
from engine.study.points import APPROVING, POLICIES, Arm, Day, Policy, digest_of

MOST_POINTS: Final = 100_000
"""Arms x days x fill models: at ten seconds each a fortnight of one core."""

_NOT_OF_AN_ARM: Final = {
    "simulation": "its days are the same in every arm; write sessions, fill_models or config",
    "mode": "a study is always simulated",
    "account": "it does not decide how the desk trades",
    **dict.fromkeys(OF_THE_PERSON, "it does not decide how the desk trades"),
}
_SET_BY_THE_STUDY: Final = {"seed": "sessions.seeds", "fill_model": "fill_models"}


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
        return tuple(arm for arm in self.arms[1:] if arm.name not in ADDED)

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
