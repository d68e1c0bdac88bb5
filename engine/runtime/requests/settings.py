"""The settings an operator may change while the desk runs: bounded, journaled, undoable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.trader.trader import ExpirationTrader

CANCEL_MS_BOUNDS: Final = (500, 5000)
DELAY_S_BOUNDS: Final = (1.0, 600.0)
SETTINGS: Final = ("optimal_contracts", "optimal_hours", "optimal_cancel_ms")
"""What `optimize_parameters` speaks of."""
IN_FORCE: Final = ("optimal_contracts", "optimal_cancel_ms", "optimal_hours")
SESSION_HOURS: Final = range(9, 16)
"""Exchange hours in which a session has minutes."""

LEVERS: Final = (
    *SETTINGS, "delay_s", "buy_location", "sell_location", "minimum_floor", "objective", "rests"
)  # fmt: skip
"""Every setting of a trader that a trial may change."""


class SettingRefusedError(ValueError):
    """A value outside its bounds, or a setting that does not exist; says which are."""


def read(trader: ExpirationTrader, setting: str) -> Any:
    """The live value of a setting, as the journal writes it."""
    rules = trader.chain.rules
    match setting:
        case "optimal_contracts":
            return trader.sizing.current_contracts
        case "optimal_cancel_ms":
            exact_ms = trader.timing.cancel_after_seconds * 1000
            whole_ms = round(exact_ms)
            return whole_ms if abs(exact_ms - whole_ms) < 1e-6 else exact_ms
        case "delay_s":
            timing = trader.timing
            return [timing.min_delay_between_attempts, timing.max_delay_between_attempts]
        case "buy_location":
            return rules.buy_at
        case "sell_location":
            return rules.sell_at
        case "minimum_floor":
            return rules.min_payoff_floor
        case "objective":
            return rules.objective
        case "rests":
            return trader.context.rests
    return sorted(trader.hours) if trader.hours is not None else []


def check(trader: ExpirationTrader, setting: str, value: Any) -> Any:
    """The value as it would be applied.

    Raises:
        SettingRefusedError: it may not be.
    """
    if setting not in LEVERS:
        raise _unknown(setting)
    if setting == "optimal_contracts":
        low, high = trader.sizing.min_contracts, trader.sizing.max_contracts
        high = min(high, trader.gate.limits.max_contracts)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise SettingRefusedError(f"size {value!r} is outside {low} to {high} contracts")
        return value
    if setting == "optimal_cancel_ms":
        low, high = CANCEL_MS_BOUNDS
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise SettingRefusedError(f"cancel time {value!r} ms is outside {low} to {high} ms")
        return value
    if setting == "optimal_hours":
        if not isinstance(value, Sequence) or any(
            not isinstance(hour, int) or isinstance(hour, bool) or not 0 <= hour <= 23
            for hour in value
        ):
            raise SettingRefusedError(f"hours {value!r} must be a list of exchange hours 0 to 23")
        return sorted(set(value))
    if setting == "delay_s":
        return _checked_delay(value)
    if setting == "objective":
        if value not in ("credit", "floor"):
            raise SettingRefusedError(f"objective {value!r} is neither credit nor floor")
        return value
    if setting == "rests":
        if not isinstance(value, bool):
            raise SettingRefusedError(f"rests {value!r} is neither true nor false")
        return value
    low_at, high_at = (-10.0, 10.0) if setting == "minimum_floor" else (0.0, 1.0)
    if setting == "minimum_floor" and trader.chain.rules.rule != "safe":
        raise SettingRefusedError("a minimum floor holds under the rule safe alone")
    if not _is_number(value) or not low_at <= value <= high_at:
        raise SettingRefusedError(f"{setting} {value!r} is outside {low_at:g} to {high_at:g}")
    return float(value)


def _checked_delay(value: Any) -> list[float]:
    low, high = DELAY_S_BOUNDS
    pair = isinstance(value, Sequence) and len(value) == 2 and all(map(_is_number, value))
    if not pair or not low <= value[0] <= value[1] <= high:
        raise SettingRefusedError(
            f"delay {value!r} must be two numbers of seconds, the smaller first, {low:g} to "
            f"{high:g}"
        )
    return [float(value[0]), float(value[1])]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def write(
    context: DeskContext,
    trader: ExpirationTrader,
    setting: str,
    value: Any,
    reason: str,
    *,
    undo: bool = False,
    recommendation: str = "",
) -> Any:
    """Apply a checked value from the trader's next attempt on; returns the value before.

    Args:
        context: the desk.
        trader: whose setting it is.
        setting, value: one of LEVERS and what it becomes.
        reason: for the journal.
        undo: the value was in force before, and comes back exactly, whatever its bounds say.
        recommendation: that comes into force; empty for none.

    Raises:
        SettingRefusedError: see `check`.
    """
    if not undo:
        value = check(trader, setting, value)
    before = read(trader, setting)
    if before == value:
        return before
    at_ms = context.moment.at_ms
    if setting == "optimal_contracts":
        trader.set_size(value, only_downward=not undo)
        context.emit(ev.SizeChanged(at_ms, trader.key, before, value, reason))
    elif setting == "optimal_cancel_ms":
        trader.set_cancel_after(value / 1000)
    elif setting == "optimal_hours":
        trader.set_hours(frozenset(value) if value else None)
    elif setting == "delay_s":
        trader.set_delays(*value)
    elif setting == "rests":
        trader.set_rest(value)
    else:
        trader.chain.choose_by(setting, value)
    context.emit(
        ev.SettingChanged(at_ms, trader.key, setting, before, value, reason, recommendation)
    )
    return before


class OptimizedSettings(TypedDict):
    """What `optimize_parameters` returns: contracts, exchange hours, milliseconds."""

    optimal_contracts: int
    optimal_hours: list[int]
    optimal_cancel_ms: float


def check_all(context: DeskContext, values: Any) -> Mapping[str, Any]:
    """Settings that may be applied to every trader; where a trader has the value already, it may.

    Raises:
        SettingRefusedError: they are not a mapping, or see `check`.
    """
    if not isinstance(values, Mapping):
        raise SettingRefusedError(
            f"{type(values).__name__} is not a mapping of settings; pass what "
            "optimize_parameters() returns"
        )
    for setting, value in values.items():
        if setting not in SETTINGS:
            raise _unknown(setting, SETTINGS)
        for trader in context.traders.values():
            if value != read(trader, setting):
                check(trader, setting, value)
    return values


def _unknown(setting: object, known: Sequence[str] = LEVERS) -> SettingRefusedError:
    return SettingRefusedError(f"{setting!r} is not a setting; there are {', '.join(known)}")
