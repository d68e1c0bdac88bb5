"""The fill model `calibrated`: what it was fitted to and what came out, as its file keeps it."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Final, Self

from pydantic import AfterValidator, Field, model_validator

from engine.config.bounds import MOST_COUNTED
from engine.config.fills import PhaseName
from engine.config.names import WrittenDate
from engine.config.section import Section

LEAST_ATTEMPTS: Final = 500
"""Fewer tell a fill rate of a quarter to within four points, and no difference by location."""

MOST_STEPS: Final = 20
LONGEST_VENUE: Final = 200

Count = Annotated[int, Field(ge=0, le=MOST_COUNTED)]
AFactor = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
AnExponent = Annotated[float, Field(ge=-20, le=20, allow_inf_nan=False)]
ALocation = Annotated[float, Field(ge=-10, le=10, allow_inf_nan=False)]
ARate = Annotated[float, Field(ge=0, le=1e6, allow_inf_nan=False)]
AWidthC = Annotated[float, Field(gt=0, le=1e6, allow_inf_nan=False)]
ATimeS = Annotated[float, Field(gt=0, le=3_600, allow_inf_nan=False)]
AShare = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]


def _rising(steps: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    if list(steps) != sorted(steps) or len({first for first, _ in steps}) < len(steps):
        raise ValueError("each pair must begin with a greater number than the one before")
    return steps


class Calibration(Section):
    """A fill model fitted to attempts: fills per second, as a product of what each thing comes to.

    venue: where the attempts were made, and by which model they were filled if they were
    simulated; simulated says so. first_date, last_date: of the sessions. attempts, credits: debits
    and completing orders fitted to; fills: those of them that filled.
    by_location: (location, fills per second) of a single, in the reference phase and piece of
    waiting, at the width of factor 1; the logarithm is linear between them. Below the first
    nothing fills, for nobody tried; above the last all fill as there.
    by_width: (quoted width in cents a share, factor), linear in logarithms between them, and as at
    the ends beyond, for nobody tried. by_phase: factors. by_wait: (seconds from WORKING, factor)
    until then, the last from then on too. size_power: x contracts ^ power. credit_factor: of
    completing orders. partial: share of the executions of orders for several that fill only some.
    errors: standard errors of the logarithms, by block of time, within which fills come in spells.
    blocks: how many of these; block_s: seconds of each.
    held_out: on every fifth block, fitted without them, by tenths of what was predicted: attempts,
    mean predicted and share observed to fill within held_out_s.
    """

    venue: Annotated[str, Field(min_length=1, max_length=LONGEST_VENUE)]
    simulated: bool
    first_date: WrittenDate
    last_date: WrittenDate
    attempts: Annotated[int, Field(ge=LEAST_ATTEMPTS, le=MOST_COUNTED)]
    credits: Count
    fills: Count
    by_location: Annotated[
        tuple[tuple[ALocation, ARate], ...],
        Field(min_length=1, max_length=MOST_STEPS),
        AfterValidator(_rising),
    ]
    by_width: Annotated[
        tuple[tuple[AWidthC, AFactor], ...],
        Field(min_length=1, max_length=MOST_STEPS),
        AfterValidator(_rising),
    ]
    by_phase: dict[PhaseName, AFactor]
    by_wait: Annotated[
        tuple[tuple[ATimeS, AFactor], ...],
        Field(min_length=1, max_length=MOST_STEPS),
        AfterValidator(_rising),
    ]
    size_power: AnExponent
    credit_factor: AFactor
    partial: AShare
    errors: Annotated[dict[str, AFactor], Field(max_length=100)]
    blocks: Count
    block_s: Count
    held_out_s: ATimeS
    held_out: Annotated[tuple[tuple[Count, AShare, AShare], ...], Field(max_length=10)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.first_date > self.last_date:
            raise ValueError(f"first_date {self.first_date} is after last_date {self.last_date}")
        rates = [rate for _, rate in self.by_location]
        if rates != sorted(rates):
            raise ValueError("a limit nearer the other side cannot fill less often: by_location")
        return self

    @property
    def told(self) -> str:
        """Whose attempts, in brackets after the model's name; two fits never share a text."""
        dates = self.first_date
        if self.last_date != self.first_date:
            dates += f" to {self.last_date}"
        text = repr(sorted(self.model_dump(mode="json").items()))
        digest = hashlib.sha256(text.encode()).hexdigest()[:8]
        return f"n={self.attempts:,}, from {self.venue}, {dates}, #{digest}"

    def to_toml(self) -> str:
        """The file that `legdesk calibrate` writes."""
        values: dict[str, Any] = self.model_dump(mode="json")
        tables = {name: value for name, value in values.items() if isinstance(value, dict)}
        lines = [f"{name} = {_toml(value)}" for name, value in values.items() if name not in tables]
        for name, table in tables.items():
            lines += ["", f"[{name}]", *(f'"{key}" = {_toml(v)}' for key, v in table.items())]
        return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'
    return repr(value)
