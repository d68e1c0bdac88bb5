"""What can be tried: how a lever is typed, which setting it is, and what its coin assigns."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Final

from engine.learning.trials.assignment import Design
from engine.runtime.requests.errors import RefusedError
from engine.state.trial_record import EVERY
from engine.trader.arms import AttemptValues

PLACEBO: Final = "placebo"


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing that a trial may change.

    Args:
        word: as it is typed.
        setting: the trader's, see engine.runtime.requests.settings; "placebo" for none.
        design: what the coin assigns while neither budget nor loss room binds.
        values: how its value is typed, for the sentence that refuses another.
    """

    word: str
    setting: str
    design: Design
    values: str


LEVERS: Final = (
    Lever("size", "optimal_contracts", Design.ATTEMPT, "contracts"),
    Lever("cancel_ms", "optimal_cancel_ms", Design.ATTEMPT, "milliseconds"),
    Lever("buy_location", "buy_location", Design.ATTEMPT, "0 to 1"),
    Lever("sell_location", "sell_location", Design.ATTEMPT, "0 to 1"),
    Lever("minimum_floor", "minimum_floor", Design.ATTEMPT, "dollars a share"),
    Lever("objective", "objective", Design.ATTEMPT, "floor or credit"),
    Lever("delay", "delay_s", Design.BLOCK, "seconds, such as 3-12"),
    Lever("hours", "optimal_hours", Design.SESSION, "exchange hours, such as 10,11,12"),
    Lever("pause", "rests", Design.SESSION, ""),
    Lever(PLACEBO, PLACEBO, Design.ATTEMPT, ""),
)
_GAIN: Final = re.compile(r"\s\+(\d{1,3})%\s*$")

BY_WORD: Final = {lever.word: lever for lever in LEVERS}
BY_SETTING: Final = {lever.setting: lever for lever in LEVERS}


@dataclass(frozen=True, slots=True)
class TypedTrial:
    """What an operator wants tried.

    Args:
        lever, value: what is tried.
        trader: a trader's key, or "*" for all.
        gain: the gain that the trial shall be long enough to find, as a share of the dollars a
            trader-hour; 0 where none was typed.
    """

    lever: Lever
    value: Any
    trader: str
    gain: float = 0.0


def typed_trial(text: str) -> TypedTrial:
    """Read "cancel_ms 3000 SPY 2026-12-04 +50%": lever, value, trader ("*" without one), gain.

    Raises:
        RefusedError: it is none, with what could be typed.
    """
    gained = _GAIN.search(text)
    gain = 0.0 if gained is None else int(gained[1]) / 100
    text = text if gained is None else text[: gained.start()]
    word, _, rest = text.strip().partition(" ")
    lever = BY_WORD.get(word)
    if lever is None:
        raise RefusedError(f"{word!r} is nothing to try; there are {', '.join(BY_WORD)}")
    rest = rest.strip()
    if not lever.values:
        return TypedTrial(lever, True if lever.setting == "rests" else None, rest or EVERY, gain)
    given, _, trader = rest.partition(" ")
    try:
        value = _value(lever, given)
    except ValueError:
        raise RefusedError(
            f"{given!r} is no value of {word}: type {word}, {lever.values}, then a trader or *"
        ) from None
    return TypedTrial(lever, value, trader.strip() or EVERY, gain)


def _value(lever: Lever, given: str) -> Any:
    match lever.word:
        case "size" | "cancel_ms":
            return int(given)
        case "hours":
            return [int(hour) for hour in given.split(",")]
        case "delay":
            low, _, high = given.partition("-")
            return [_number(low), _number(high)]
        case "objective":
            return given
    return _number(given)


def _number(given: str) -> float:
    value = float(given)
    if not math.isfinite(value):
        raise ValueError(given)
    return value


def drawn(setting: str, value: Any, arm: str) -> AttemptValues:
    """What an attempt uses in an arm.

    Args:
        setting: of the lever.
        value: as the journal has it.
        arm: what it is journaled under.
    """
    match setting:
        case "optimal_contracts":
            return AttemptValues(arm, contracts=value)
        case "optimal_cancel_ms":
            return AttemptValues(arm, cancel_ms=value)
        case "buy_location":
            return AttemptValues(arm, buy_at=value)
        case "sell_location":
            return AttemptValues(arm, sell_at=value)
        case "minimum_floor":
            return AttemptValues(arm, minimum_floor=value)
        case "objective":
            return AttemptValues(arm, objective=value)
        case "delay_s":
            return AttemptValues(arm, delay_s=(value[0], value[1]))
        case "optimal_hours":
            return AttemptValues(arm, hours=frozenset(value or range(24)))
        case "rests":
            return AttemptValues(arm, rests=value)
    return AttemptValues(arm)
