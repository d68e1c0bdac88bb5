"""The bounds of numbers in a desk's settings, each with its reason.

They lie far above what a desk needs, and below what a timer, the memory or exact arithmetic holds.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field

from engine.config.names import by_root, shown

MOST_SECONDS: Final = 86_400.0
"""A day: a session is shorter, so a longer time would never pass."""

LEAST_PERIOD_S: Final = 0.01
"""What repeats faster would keep the scheduler's one thread busy with itself."""

MOST_USD: Final = 1e9
"""Above any account this desk trades; sums of thousands of chains stay exact to the cent."""

MOST_CONTRACTS: Final = 1_000
"""Contracts of one order: the exchanges' largest order for most roots."""

MOST_HELD: Final = 100_000
"""Contracts of a chain or a desk: a hundred of the largest orders."""

MOST_A_SHARE: Final = 1_000.0
"""Dollars a share, or points between strikes: no vertical is wider or dearer."""

MOST_DAYS: Final = 3_660
"""Ten years to expiration; the longest listed options have three."""

MOST_COUNTED: Final = 1_000_000
"""Orders, rejects and attempts: more than the busiest simulated day has."""

MOST_STEPS: Final = 1_000
"""Steps of a ladder: at the shortest period it would walk for a minute."""

MOST_VOLUME: Final = 1_000_000_000
"""Contracts traded or open: more than any series has."""

MOST_SEED: Final = 2**63 - 1
"""What a journal, a file of settings and another process's JSON all hold."""

LEAST_SPEED: Final = 0.01
"""Market seconds a real second: slower than this a day would last a month."""

FASTEST: Final = 500.0
"""Market seconds a real second beside a screen; flat out would starve it."""

MOST_TRADERS: Final = 5_000
"""Chains of one desk: more would not get a turn within their delays."""

MOST_EXPIRATIONS: Final = 60
"""Expirations of a simulated root; the calendar of weeklies, months and years lists fewer."""

DEFAULT_EXPIRATIONS: Final = 3
"""Expirations of each root where nobody says how many."""

MOST_MULTIPLIER: Final = 100_000
"""Dollars a contract per point; the largest listed future has 1,000."""

MOST_THREADS: Final = 64
"""Threads of one lane; more calls at once would only wait for each other."""

Seconds = Annotated[float, Field(ge=0, le=MOST_SECONDS, allow_inf_nan=False)]
Period = Annotated[float, Field(ge=LEAST_PERIOD_S, le=MOST_SECONDS, allow_inf_nan=False)]
Multiplier = Annotated[float, Field(ge=1, le=100, allow_inf_nan=False)]
Rate = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
RateByRoot = Annotated[dict[str, Rate], BeforeValidator(by_root), Field(max_length=MOST_TRADERS)]
Dollars = Annotated[float, Field(ge=0, le=MOST_USD, allow_inf_nan=False)]
DollarsAShare = Annotated[float, Field(ge=0, le=MOST_A_SHARE, allow_inf_nan=False)]
Contracts = Annotated[int, Field(ge=1, le=MOST_CONTRACTS)]
Held = Annotated[int, Field(ge=1, le=MOST_HELD)]
Counted = Annotated[int, Field(ge=1, le=MOST_COUNTED)]
Steps = Annotated[int, Field(ge=1, le=MOST_STEPS)]
Days = Annotated[int, Field(ge=0, le=MOST_DAYS)]
Volume = Annotated[int, Field(ge=0, le=MOST_VOLUME)]


def whole_number(name: str, value: Any, least: int, most: int) -> int:
    """An argument that must be a whole number within bounds.

    Raises:
        ValueError: it is something else; names it and the bounds.
    """
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
        raise ValueError(
            f"{name} is {shown(value)}; it must be a whole number, {least:,} to {most:,}"
        )
    return value


def refuse_too_many(symbols: Sized, expirations: int) -> None:
    """Refuse more chains than one desk can have.

    Args:
        symbols: whose chains.
        expirations: of each symbol.

    Raises:
        ValueError: with the remedy.
    """
    chains = len(symbols) * expirations
    if chains > MOST_TRADERS:
        raise ValueError(
            f"{len(symbols):,} symbols x {expirations} expirations are {chains:,} chains, and "
            f"{MOST_TRADERS:,} are the most; name fewer"
        )
