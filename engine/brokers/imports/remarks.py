"""What is to be known of a session that was imported, before it is replayed."""

from __future__ import annotations

from typing import Final

from engine.brokers.imports.session_files import Written, style_of
from engine.brokers.recorded.remarks import BarsInHours, bars_in_hours
from engine.market.calendar import globex_equity, xnys

_FAR_ABOVE: Final = 20.0
_FAR_BELOW: Final = 0.05


def session_remarks(session: Written) -> tuple[str, ...]:
    """Sentences on a session's hours, its underlying's price and its strikes.

    Args:
        session: as it was written.
    """
    hours = _hours(session)
    remarks = [hours.text]
    if not hours.tradable:
        problem, remedy = hours.refusal
        remarks.append(f"replay refuses it: {problem}; {remedy}")
    if not session.has_underlying:
        remarks.append(
            "no price of the underlying: give --underlying FILE here, or replay with "
            "--implied-underlying, which takes the forward of put-call parity"
        )
    ratio = session.typical_strike
    if ratio is not None and not _FAR_BELOW < ratio < _FAR_ABOVE:
        remarks.append(
            f"the strikes are about {_times(ratio)} times the underlying's price: are they in "
            "another unit?"
        )
    return tuple(remarks)


def is_tradable(session: Written) -> bool:
    """Whether a replay of the session can trade."""
    return _hours(session).tradable > 0


def _hours(session: Written) -> BarsInHours:
    futures = any("futures" in style_of(symbol)[0] for symbol in session.symbols)
    return bars_in_hours(session.moments, globex_equity() if futures else xnys())


def _times(ratio: float) -> str:
    """A ratio to three digits, never as a power of ten."""
    return f"{float(f'{ratio:.3g}'):,.0f}" if ratio >= 1 else f"{ratio:.3g}"
