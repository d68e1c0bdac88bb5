"""What a program's author should know beforehand: when trading opens, and what will end entries."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import datetime
from typing import Final

from engine.market.calendar import EXCHANGE_ZONE
from engine.market.phases import PhaseNow, delay_multiplier, phase_at
from engine.risk.budget_forecast import Pace, Stretch, orders_wanted, ratio_ends_s
from engine.risk.gates import Gate, sentence
from engine.risk.order_budget import allowance, chance_to_fill
from engine.runtime.callback_answers import missing_answers
from engine.runtime.context import DeskContext
from engine.runtime.views.gates import budget_spent

OF_THE_DESK: Final = frozenset(
    {Gate.DAY_LOSS, Gate.UNWINDS, Gate.BUDGET, Gate.EXIT_ONLY, Gate.HALTED, Gate.KILLED}
)
"""Gates that end entries for the day, or until somebody lifts them."""


def phase_now(context: DeskContext) -> PhaseNow:
    """The phase of this moment, also before the session begins and after it has ended."""
    if context.running:
        return context.session.phase
    return phase_at(context.moment.epoch_s, context.session.calendar)


def next_open(phase: PhaseNow) -> str | None:
    """When trading opens next, as ISO text in exchange time; None while it is open, or unknown."""
    if phase.is_open or phase.next_open_s is None:
        return None
    return datetime.fromtimestamp(phase.next_open_s, EXCHANGE_ZONE).isoformat()


def notes_of(context: DeskContext) -> list[str]:
    """Sentences about what keeps, or will keep, debits from going out; empty where nothing does."""
    context.now()
    notes = (
        missing_answers(context),
        context.state.other_venue,
        _time(context),
        _opening(context),
        _entries_end(context),
        _size(context),
    )
    return [note for note in notes if note]


def _time(context: DeskContext) -> str:
    """Why nobody can be sure what time it is; "" where it is certain."""
    doubt = context.alarms.said("CLOCK", "desk")
    return f"{doubt}; no new debits meanwhile" if doubt else ""


def _opening(context: DeskContext) -> str:
    """Why it is closed and when it opens; "" while it is open."""
    phase, calendar = phase_now(context), context.session.calendar
    if phase.is_open:
        return ""
    if phase.next_open_s is None:
        return f"closed ({phase.reason}), and no later session is known: update legdesk"
    opens = datetime.fromtimestamp(phase.next_open_s, EXCHANGE_ZONE)
    hours = calendar.regular_hours(opens.date())
    early = f", early close at {hours.closes:%H:%M}" if hours is not None and hours.early else ""
    return f"closed ({phase.reason}): opens {opens:%a %Y-%m-%d %H:%M} New York{early}"


def _entries_end(context: DeskContext) -> str:
    """Which limit has ended entries, or will today and about when; "" where none does."""
    closed = context.gate.desk_gate()
    if closed in OF_THE_DESK:
        text = sentence(closed)
        spent = f": {budget_spent(context)}" if closed is Gate.BUDGET else ""
        return f"entries have ended: {text}{spent}"
    limits, gate, sums = context.config.limits, context.gate, context.exposure
    if not limits.enforces_order_budget:
        return ""
    fills = sum(trader.debits.fills for trader in context.traders.values())
    attempts = sum(trader.debits.attempts for trader in context.traders.values())
    timing, nearest = context.config.timing, context.config.spreads.min_days_to_expiry
    today = phase_now(context).session_date
    staying = (t for t in context.traders.values() if not t.leaving)
    entering = sum((t.expiration - today).days >= nearest for t in staying)
    chance, most = chance_to_fill(fills, attempts), limits.orders_per_minute / 60
    day, pace = _day(context), Pace(entering, timing.cancel_after_seconds, chance, most)
    wanted, left = orders_wanted(day, pace), max(0.0, gate.orders_left())
    scarce = wanted > left
    if scarce:
        seconds = sum(stretch.ends_s - stretch.starts_s for stretch in day)
        pace = replace(pace, most_a_second=min(most, left / seconds))
    ends_s = ratio_ends_s(day, pace, sums.orders)
    filling = f"where {chance:.0%} of attempts fill"
    if ends_s is not None:
        at = datetime.fromtimestamp(ends_s, EXCHANGE_ZONE)
        return (
            f"the order efficiency ratio will end entries at about {at:%H:%M} New York: more than "
            f"20 orders and cancels for each that executes, {filling}; to trade longer take prices "
            "that fill more often"
        )
    if not scarce:
        return ""
    sent, allowed = sums.orders + gate.month.today, allowance(limits.order_budget_day, gate.month)
    return (
        f"orders are scarce: {_traders(entering)} would send about {wanted:,.0f} by the close "
        f"{filling}, and of the {allowed} that today may have {sent} are sent; the rest goes out "
        "over the session where it promises the most guaranteed dollars an order. For more take "
        "a higher limits.order_budget_day"
    )


def _traders(count: int) -> str:
    return "1 trader" if count == 1 else f"{count} traders"


def _day(context: DeskContext) -> list[Stretch]:
    """What is left of this session, or the whole next one, by the delay between attempts."""
    timing, session = context.config.timing, context.session
    mean_s = (timing.min_delay_between_attempts + timing.max_delay_between_attempts) / 2
    phase = phase_now(context)
    at_s: float | None = context.moment.epoch_s if phase.is_open else phase.next_open_s
    left: list[Stretch] = []
    while at_s is not None and math.isfinite(at_s):
        phase = phase_at(at_s, session.calendar)
        factor = delay_multiplier(
            phase.phase, timing.open_auction_delay_multiplier, timing.close_auction_delay_multiplier
        )
        if factor is None or phase.closes_s is None:
            break
        last_s = phase.closes_s - context.config.limits.last_debit_before_close_s
        left.append(Stretch(at_s, min(phase.ends_s, last_s), mean_s * factor))
        at_s = phase.ends_s
    return left


def _size(context: DeskContext) -> str:
    """Which limit keeps orders below sizing's largest; "" where none does."""
    name, most = context.config.limits.largest_order()
    wanted = context.config.sizing.max_contracts
    if wanted <= most:
        return ""
    return (
        f"sizing.max_contracts is {wanted}, but limits.{name} lets no order have more than {most}"
    )
