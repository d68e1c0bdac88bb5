"""A phase of the trading day as a snapshot shows it."""

from __future__ import annotations

from engine.market.calendar import TradingCalendar
from engine.market.phases import PhaseNow
from engine.snapshot import PhaseView


def phase_view(phase: PhaseNow, calendar: TradingCalendar) -> PhaseView:
    """What the calendar says of a phase; nothing of what a desk may do in it.

    Args:
        phase: at the moment that is shown.
        calendar: that says so.
    """
    return PhaseView(
        name=phase.phase.value,
        reason=phase.reason,
        starts_s=phase.starts_s,
        ends_s=phase.ends_s,
        next_name=phase.next_phase.value if phase.next_phase else "",
        opens_s=phase.opens_s,
        closes_s=phase.closes_s,
        early=phase.early,
        multiplier=None,
        entries_open=False,
        last_debit_s=None,
        calendar=calendar.name,
        calendar_days_left=calendar.days_left(phase.session_date),
    )
