"""What a study's plan file says: its days, its fill models, its arms."""

from __future__ import annotations

import re
from datetime import time
from pathlib import Path
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.config import Section, path_of
from engine.config.bounds import MOST_SEED, MOST_TRADERS
from engine.config.names import ShortText, WrittenTime, shown
from engine.study.models import NamedModel

MOST_SEEDS: Final = 10_000
"""Days of a study: five trading years are a quarter of it."""

MOST_SESSIONS: Final = 1_000
MOST_ARMS: Final = 50
"""With more, the intervals that hold for all of them at once would decide nothing."""

MOST_CHAINED: Final = 60
"""Sessions of a chain: a quarter of a year."""

MOST_MODELS: Final = 50
"""As many as arms: each is run on every day."""

OPENS: Final = time(9, 30)
"""Exchange time at which every simulated day opens."""

PLACEBO: Final = "placebo"
"""The arm that is always added: the control with other draws of the desk's own."""

PLACEBO_TRIALS: Final = "placebo-trials"
"""The arm that is added where an arm approves: the control, with trials of nothing."""

ADDED: Final = (PLACEBO, PLACEBO_TRIALS)
"""Arms that a study adds itself."""

_RANGE: Final = re.compile(r"(\d{1,19})\.\.(\d{1,19})")
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9_.-]{0,38}[A-Za-z0-9])?")


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
        for added in ADDED:
            if added in self.arms:
                raise ValueError(f"arms.{added} is added by the study itself; name yours otherwise")
        if self.control not in self.arms:
            names = ", ".join(self.arms)
            raise ValueError(f"control {shown(self.control)} is not an arm; there are {names}")
        simulated = self.sessions.seeds or self.sessions.held_out_seeds
        if simulated and self.until is not None and time.fromisoformat(self.until) <= OPENS:
            raise ValueError(f"until {self.until} is not after the open; write 09:31 or later")
        return self
