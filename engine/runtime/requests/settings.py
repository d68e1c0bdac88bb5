"""The settings an operator may change while the desk runs: bounded, journaled, undoable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypedDict

from engine.orders import events as ev
from engine.runtime.context import DeskContext
from engine.trader.trader import ExpirationTrader

CANCEL_MS_BOUNDS: Final = (500, 5000)
SETTINGS: Final = ("optimal_contracts", "optimal_hours", "optimal_cancel_ms")
IN_FORCE: Final = ("optimal_contracts", "optimal_cancel_ms", "optimal_hours")
SESSION_HOURS: Final = range(9, 16)
"""Exchange hours in which a session has minutes."""


class SettingRefusedError(ValueError):
    """A value outside its bounds, or a setting that does not exist; says which are."""


def read(trader: ExpirationTrader, setting: str) -> Any:
    """The live value of a setting, as the journal writes it."""
    if setting == "optimal_contracts":
        return trader.sizing.current_contracts
    if setting == "optimal_cancel_ms":
        exact_ms = trader.timing.cancel_after_seconds * 1000
        whole_ms = round(exact_ms)
        return whole_ms if abs(exact_ms - whole_ms) < 1e-6 else exact_ms
    return sorted(trader.hours) if trader.hours is not None else []


def check(trader: ExpirationTrader, setting: str, value: Any) -> Any:
    """The value as it would be applied.

    Raises:
        SettingRefusedError: it may not be.
    """
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
    raise _unknown(setting)


def write(
    context: DeskContext,
    trader: ExpirationTrader,
    setting: str,
    value: Any,
    reason: str,
    *,
    undo: bool = False,
) -> Any:
    """Apply a checked value from the trader's next attempt on; returns the value before.

    Args:
        context: the desk.
        trader: whose setting it is.
        setting, value: one of SETTINGS and what it becomes.
        reason: for the journal.
        undo: the value was in force before, and comes back exactly, whatever its bounds say.

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
    else:
        trader.set_hours(frozenset(value) if value else None)
    context.emit(ev.SettingChanged(at_ms, trader.key, setting, before, value, reason))
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
            raise _unknown(setting)
        for trader in context.traders.values():
            if value != read(trader, setting):
                check(trader, setting, value)
    return values


def _unknown(setting: object) -> SettingRefusedError:
    return SettingRefusedError(f"{setting!r} is not a setting; there are {', '.join(SETTINGS)}")
