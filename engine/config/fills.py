"""The parameters of the fill models, with their documented defaults, units and bounds.

What each does, and where its default comes from: docs/simulated-exchange.md.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, Self, get_args

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from engine.config.bounds import MOST_SECONDS, Period, Rate, Seconds
from engine.config.section import Section

ModelName = Literal["assumed", "assumed-width", "calibrated", "crossing"]
MODELS: Final[tuple[ModelName, ...]] = get_args(ModelName)

PhaseName = Literal["OPEN_AUCTION", "MORNING", "MIDDAY", "AFTERNOON", "CLOSE_AUCTION"]
"""The phases of a session in which orders fill."""

MOST_PLACES: Final = 20
"""Locations or sizes with a figure of their own; a curve of twenty is smooth."""

LONGEST_VALUE: Final = 40
"""Characters of a parameter's value in a model's name; a longer one is told by its digest."""

_PHASE_FACTORS: Final[Mapping[PhaseName, float]] = {
    "OPEN_AUCTION": 0.70,
    "MORNING": 1.00,
    "MIDDAY": 0.92,
    "AFTERNOON": 1.00,
    "CLOSE_AUCTION": 0.85,
}


def _every_phase(value: Any) -> Any:
    """Factors of some phases with the documented ones of the others."""
    return {**_PHASE_FACTORS, **value} if isinstance(value, Mapping) else value


def _low_to_high(pair: tuple[float, float]) -> tuple[float, float]:
    if pair[0] > pair[1]:
        raise ValueError(f"{pair[0]:g} to {pair[1]:g} must be two numbers, the smaller first")
    return pair


def _rising(places: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    for (low, chance), (high, above) in pairwise(places):
        if low >= high:
            raise ValueError(f"locations must rise, and {high:g} follows {low:g}")
        if chance > above:
            raise ValueError(
                f"a limit nearer the other side cannot fill less often: {above:g} at {high:g} "
                f"follows {chance:g} at {low:g}"
            )
    return places


Factor = Annotated[float, Field(ge=0, le=10, allow_inf_nan=False)]
Location = Annotated[float, Field(ge=-1, le=1, allow_inf_nan=False)]
Chance = Annotated[float, Field(ge=0, lt=1, allow_inf_nan=False)]
Delay = Annotated[float, Field(ge=0, le=60, allow_inf_nan=False)]
WidthC = Annotated[float, Field(gt=0, le=100_000, allow_inf_nan=False)]
Factors = Annotated[tuple[Factor, Factor], AfterValidator(_low_to_high)]
Delays = Annotated[tuple[Delay, Delay], AfterValidator(_low_to_high)]


class FillModelParameters(Section):
    """What the fill models assume, and how the exchange behaves under each of them.

    A location is how far a limit lies through the natural market from our own side: 0 joins it,
    1 crosses it. A debit at bid + 0.35 of the width and a credit at bid + 0.65 are both at 0.35.

    Args:
        by_location: (location, probability) pairs, ascending: that one combination fills within
            `reference_s` of WORKING on an ordinary chain in MORNING; linear between them, nothing
            below the first.
        by_size: the factor on it for 1, 2, 3, ... combinations; the last holds for all larger.
        by_phase: the factor on it by trading phase.
        poor_share, good_share: shares of the chains that fill poorly and well.
        poor_factor, ordinary_factor, good_factor: bounds of a chain's factor in each group.
        highest: bound of every probability.
        reference_s: seconds of working to which the probabilities apply.
        dead_s: seconds after WORKING in which nothing fills.
        review_s: seconds after which a resting order is judged by the market again.
        partial: probability that an execution of an order for several fills only some of them.
        credit_ease: factor on the rate at which completing orders fill.
        credit_chain_power: power of the chain's factor that applies to completing orders; with 1,
            a chain that fills debits poorly would leave nearly every unit unhedged.
        thin_share, thin_ease: share of the credit verticals with few buyers for a while, and the
            factor on their rate.
        nobody_share: share of the credit verticals without buyers for a while.
        interest_lasts_s: how long that while is, seconds.
        reference_width_c: up to which quoted width of its vertical an order fills as under
            `assumed`, cents a share; None for the median of the symbol's verticals near the money
            that morning.
        drift_bp: how far the underlying moves against us after a debit fill, in hundredths of a
            percent of the strike, where quotes can be moved.
        drift_location: how far the market counts as moved against us where quotes cannot be
            moved, as a fraction of each vertical's natural width.
        drift_decays_s: time constant of that, seconds.
        acknowledge_s, cancel_s: medians of the two log-normal delays, seconds.
        delay_spread: standard deviation of their logarithms.
        query_s: delay of the answer to a query, seconds.
        reject: probability that a proper order is rejected.
        late_fill: probability that a cancellation crosses with an execution reported later.
        late_by_s: bounds of how much later, seconds.
        duplicate: probability that an acknowledgement or execution is reported twice.
        duplicate_after_s: seconds between the two.
    """

    by_location: Annotated[
        tuple[tuple[Location, Chance], ...],
        Field(min_length=1, max_length=MOST_PLACES),
        AfterValidator(_rising),
    ] = (
        (-0.25, 0.0),
        (0.0, 0.06),
        (0.20, 0.22),
        (0.35, 0.45),
        (0.50, 0.64),
        (0.75, 0.85),
        (1.0, 0.97),
    )
    by_size: Annotated[tuple[Factor, ...], Field(min_length=1, max_length=MOST_PLACES)] = (
        1.0, 0.845, 0.49, 0.36, 0.28, 0.22, 0.18, 0.15, 0.12, 0.10,
    )  # fmt: skip
    by_phase: Annotated[dict[PhaseName, Factor], BeforeValidator(_every_phase)] = Field(
        default_factory=lambda: dict(_PHASE_FACTORS)
    )
    poor_share: Rate = 0.08
    good_share: Rate = 0.17
    poor_factor: Factors = (0.22, 0.33)
    ordinary_factor: Factors = (0.85, 1.15)
    good_factor: Factors = (1.20, 1.25)
    highest: Chance = 0.97
    reference_s: Period = 2.5
    dead_s: Seconds = 0.25
    review_s: Period = 3.0
    partial: Rate = 0.30
    credit_ease: Factor = 0.90
    credit_chain_power: Factor = 0.5
    thin_share: Rate = 0.0015
    thin_ease: Factor = 0.02
    nobody_share: Rate = 0.0005
    interest_lasts_s: Annotated[float, Field(ge=1, le=MOST_SECONDS, allow_inf_nan=False)] = 240.0
    reference_width_c: WidthC | None = None
    drift_bp: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)] = 1.0
    drift_location: Rate = 0.05
    drift_decays_s: Period = 90.0
    acknowledge_s: Delay = 0.040
    cancel_s: Delay = 0.045
    delay_spread: Annotated[float, Field(ge=0, le=3, allow_inf_nan=False)] = 0.45
    query_s: Delay = 0.050
    reject: Rate = 0.0003
    late_fill: Rate = 0.002
    late_by_s: Delays = (0.05, 1.50)
    duplicate: Rate = 0.0005
    duplicate_after_s: Delay = 0.050

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.dead_s >= self.reference_s:
            raise ValueError(
                f"dead_s {self.dead_s:g} leaves no time to fill in reference_s "
                f"{self.reference_s:g}; set it below"
            )
        for one, other in (("poor_share", "good_share"), ("thin_share", "nobody_share")):
            if getattr(self, one) + getattr(self, other) > 1:
                raise ValueError(f"{one} and {other} are more than all; lower one of them")
        return self

    def changes(self, model: ModelName) -> dict[str, Any]:
        """The parameters that `model` uses and whose values are not the documented ones."""
        result: dict[str, Any] = {}
        for name, field in type(self).model_fields.items():
            value, default = getattr(self, name), field.get_default(call_default_factory=True)
            if name in _UNUSED[model] or value == default:
                continue
            if isinstance(value, Mapping):
                value = {key: each for key, each in value.items() if each != default[key]}
            result[name] = value
        return result

    def told(self, model: ModelName, fitted: str = "") -> str:
        """A model with its parameters: `assumed`, or `assumed (credit_ease 0.5)`.

        Two texts are equal only where everything is that decides how orders fill.

        Args:
            model: its name.
            fitted: of a calibrated model: to whose attempts.
        """
        changed = [f"{name} {_value_text(value)}" for name, value in self.changes(model).items()]
        said = ", ".join([fitted, *changed] if fitted else changed)
        return f"{model} ({said})" if said else model


def _value_text(value: Any) -> str:
    """A value on one line, exactly; a long one by the first digits of its SHA-256."""
    text = _plain(value)
    if len(text) <= LONGEST_VALUE:
        return text
    return f"#{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{name}:{_plain(each)}" for name, each in value.items())
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return " ".join(":".join(map(_plain, each)) for each in value)
    if isinstance(value, tuple):
        return "/".join(map(_plain, value))
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)


_ODDS: Final = frozenset(
    {
        "by_location", "by_size", "by_phase", "poor_share", "good_share", "poor_factor",
        "ordinary_factor", "good_factor", "highest", "reference_s", "dead_s", "review_s", "partial",
        "credit_ease", "credit_chain_power", "thin_share", "thin_ease", "nobody_share",
        "interest_lasts_s",
    }
)  # fmt: skip
"""What decides when an order inside the market fills, where odds are assumed."""

_WIDTH: Final = frozenset({"reference_width_c"})

_UNUSED: Final[Mapping[ModelName, frozenset[str]]] = {
    "assumed": _WIDTH,
    "assumed-width": frozenset(),
    "calibrated": (_ODDS | _WIDTH) - {"review_s"},
    "crossing": _ODDS | _WIDTH,
}
