"""The simulated session: its hours, its quotes, and times of day on its date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Final

from engine.config import ConfigError, SimulationSettings
from engine.exchange.quotes.market import SimulatedMarket
from engine.market.calendar import EXCHANGE_ZONE, SessionHours, xnys

DEFAULT_SESSION: Final = date(2026, 11, 20)
"""The simulated day where none is configured: the same every time, so a seed is a run."""


def simulated_hours(settings: SimulationSettings) -> SessionHours:
    """The hours of the day that is simulated.

    Raises:
        ConfigError: no date, or no session on that day.
    """
    day, calendar = DEFAULT_SESSION, xnys()
    if settings.session_date is not None:
        try:
            day = date.fromisoformat(settings.session_date)
        except ValueError:
            raise ConfigError(
                f"simulation.session_date: {settings.session_date!r} is not a date; "
                "write YYYY-MM-DD"
            ) from None
    hours = calendar.session(day)
    if hours is None:
        raise ConfigError(
            f"simulation.session_date: {day} is not a session ({calendar.closure_reason(day)}); "
            f"the next is {calendar.next_session(day)}"
        )
    return hours


def simulated_market(
    settings: SimulationSettings,
    hours: SessionHours,
    held: Mapping[tuple[str, date], frozenset[float]] | None = None,
) -> SimulatedMarket:
    """The quotes of that day.

    Args:
        settings: seed, roots, expirations of each.
        hours: of the day.
        held: strikes by chain that an earlier session holds; they stay listed.
    """
    return SimulatedMarket(
        settings.seed,
        hours.date,
        hours.opens.timestamp(),
        hours.closes.timestamp(),
        symbols=settings.symbols,
        expirations_per_symbol=settings.expirations_per_symbol,
        calendar=xnys(),
        held=held,
    )


def on_day(day: date, at: time) -> float:
    """Epoch seconds of a time of day at the exchange."""
    return datetime.combine(day, at, EXCHANGE_ZONE).timestamp()
