"""Why a trader enters nothing now: the first closed gate, and its sentence with particulars."""

from __future__ import annotations

import math
from typing import Final

from engine.market.expirations import no_session_to_expire_in
from engine.risk.gates import AT_QUOTES, PASSING, Gate, sentence
from engine.risk.order_budget import SHARES, Spending, allowance, share_spent
from engine.runtime.context import DeskContext
from engine.snapshot import TraderState
from engine.trader.legged_unit import LeggedUnit
from engine.trader.trader import ExpirationTrader

_RUNS_ON: Final = PASSING | {Gate.UNKNOWN_ORDER}
"""Gates that close and open again between two attempts of a trader that runs."""

NEAREST: Final = 3
"""Listed expirations named beside one that is not."""


OVERSOLD: Final = "more was sold on this chain than bought: buy the extra credit back at the broker"
"""Why a chain without a unit that waits for its credit enters nothing, though it has one."""


def oldest_open(trader: ExpirationTrader) -> LeggedUnit | None:
    """The trader's unit that has waited longest for its credit; None where none waits."""
    units = (unit for unit in trader.credits.units.values() if unit.remaining > 0)
    return min(units, key=lambda unit: unit.first_fill_s, default=None)


def closed_gate(context: DeskContext, trader: ExpirationTrader) -> Gate | None:
    """The first gate that is closed to a debit; None where none is.

    A gate that needs no quotes is asked now: it may have opened since the trader's last look.
    """
    code = trader.entry_gate(context.moment)
    if code is None and trader.blocked in AT_QUOTES:
        code = trader.blocked
    return code


def state_of(context: DeskContext, trader: ExpirationTrader) -> TraderState:
    """What a trader is doing, see `state_at`."""
    return state_at(context, trader, closed_gate(context, trader))


def state_at(context: DeskContext, trader: ExpirationTrader, closed: Gate | None) -> TraderState:
    """What a trader is doing; not blocked by a gate that has opened since it looked.

    One that a gate lets enter nothing is blocked before it has looked, not running. An order of its
    own that has just ended is asked after between two attempts as a matter of course.

    Args:
        context, trader: whose.
        closed: its `closed_gate`.
    """
    state = trader.state()
    if state is TraderState.HEDGING and oldest_open(trader) is None:
        return TraderState.BLOCKED
    if state is TraderState.BLOCKED and closed is None:
        return TraderState.RUN
    if state is TraderState.RUN and closed is not None and closed not in _RUNS_ON:
        return TraderState.BLOCKED
    if state is TraderState.RUN and context.gate.desk_gate() is not None:
        return TraderState.BLOCKED
    return state


def gate_text(context: DeskContext, trader: ExpirationTrader, code: Gate | None) -> str:
    """The sentence behind a closed gate; "" where none is closed."""
    if code is None:
        return ""
    if code is Gate.BUYING_POWER and context.gate.power.blocked:  # however much money there is
        return power_text(context)
    if code is Gate.UNHEDGED and trader.credits.units and oldest_open(trader) is None:
        return OVERSOLD
    text = sentence(code)
    more = _particulars(context, trader, code)
    return f"{text}: {more}" if more else text


def _particulars(context: DeskContext, trader: ExpirationTrader, code: Gate) -> str:
    if code is Gate.HELD or code is Gate.REJECTS:
        return trader.context.held_text
    if code is Gate.FAULT:
        return trader.fault
    if code is Gate.PHASE:
        return trader.session.phase.reason
    if code is Gate.BUDGET:
        return budget_spent(context)
    if code is Gate.BUYING_POWER:
        return power_text(context)
    if code is Gate.LINK:
        return context.flags.link_down
    if code is Gate.FEED:
        return f"this one is {context.flags.feed_refused}"
    if code is Gate.WORTH:
        return _promised(context, trader)
    if code is Gate.NOT_LISTED:
        return why_unlisted(context, trader)
    if code is Gate.QUOTES_STALE and trader.last_quotes is not None:
        return trader.last_quotes.reason or _age(context, trader)
    return ""


def power_text(context: DeskContext) -> str:
    """What the next pair takes, and what the account has left for it."""
    power = context.gate.power
    left_c = power.left_c(context.moment.at_ms)
    if power.blocked:
        return f"the broker takes no order: {power.blocked}"
    takes = "" if power.next_c is None else f"the next pair takes {power.next_c / 100:,.0f} $, "
    if left_c is None:
        return f"{takes}the broker does not tell what is left"
    kept_c = power.reserved_c()
    kept = f" beside {kept_c / 100:,.0f} $ kept for what is open" if kept_c else ""
    return f"{takes}{max(0, left_c) / 100:,.0f} $ are left{kept}"


def _promised(context: DeskContext, trader: ExpirationTrader) -> str:
    """What an order must promise now, beside what the trader's pair promises."""
    reservation = context.gate.reservation
    least_c, promised_c = reservation.value_c, reservation.promised_c(trader.key)
    if promised_c is None:
        return ""
    promised = f"this pair {promised_c / 100:,.2f} $"
    lender = context.chances.lender(trader.key)
    if lender:
        promised += f" (thin: its fill rate borrows from {lender})"
    if least_c is None:
        return f"{promised} an order; how much is usual is being learned, and one goes out at times"
    if reservation.preferred_only and not trader.context.optimal_expiry:
        return f"{promised}; chains inside optimal_expiry_range come first"
    return f"{least_c / 100:,.2f} $ an order now, {promised}"


def budget_spent(context: DeskContext) -> str:
    """What is spent of the order budget: orders of today's, or the efficiency ratio."""
    gate, sums = context.gate, context.exposure
    per_day = context.config.limits.order_budget_day
    share = share_spent(sums.orders, per_day, gate.month)
    if share >= SHARES[Spending.STOP - 1]:
        sent, allowed = sums.orders + gate.month.today, allowance(per_day, gate.month)
        return f"{sent} of the {allowed} orders that today may have"
    return f"the order efficiency ratio is {sums.efficiency() or 0.0:.0f}"


def _age(context: DeskContext, trader: ExpirationTrader) -> str:
    quoted_s, limit_s = trader.context.quoted_s, trader.context.quote_age_limit_s
    if quoted_s is None or not math.isfinite(quoted_s):
        return "their feed does not say when it confirmed them"
    age_s = abs(context.moment.epoch_s - quoted_s)
    return f"confirmed {age_s:.1f} s ago, {limit_s:g} s is allowed" if age_s > limit_s else ""


def why_unlisted(context: DeskContext, trader: ExpirationTrader) -> str:
    """Why no option can expire then, or the listed expirations that are nearest, if known."""
    impossible = no_session_to_expire_in(trader.expiration, context.session.calendar)
    if impossible:
        return impossible
    try:
        listed = context.market.expirations(trader.symbol, context.moment.epoch_s)
    except Exception:
        return ""
    near = sorted(listed, key=lambda day: (abs((day - trader.expiration).days), day))[:NEAREST]
    names = ", ".join(day.isoformat() for day in sorted(near))
    return f"nearest listed: {names}" if names else ""
