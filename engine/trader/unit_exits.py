"""How a legged unit leaves the ladder: forced sell-backs, an operator's choice, the cycle's row.

docs/operator.md lists what forces a sell-back; docs/decisions/sell-back.md says how far the bid
must fall.
"""

from __future__ import annotations

import math
from datetime import date
from typing import Final

from engine.market.session import Moment, SessionView
from engine.orders import events as ev
from engine.orders.ladder import Choice, Stage, stage_at
from engine.trader.context import TraderContext
from engine.trader.legged_unit import LeggedUnit

CLOSE: Final = "the close is near"
DAY_LOSS: Final = "the day's loss halted the desk"
BID: Final = "its bid has fallen too far"
EX_DATE: Final = "a short leg is in the money and goes ex-dividend tomorrow"

CHOICES: Final = (Choice.LADDER, Choice.CONCEDE, Choice.UNWIND, Choice.HOLD)
"""What can be chosen, in the order of the keys 1 to 4."""


# ---------------------------------------------------------------------- forced sell-backs


def forced_sell_back(
    context: TraderContext, unit: LeggedUnit, moment: Moment, underlying: float = math.nan
) -> str:
    """Why the unit must be sold back (H6) at any age, "" where nothing forces it; the bid apart.

    Args:
        context, unit: whose it is.
        moment: the present.
        underlying: dollars a share, NaN where unknown.
    """
    ladder = context.config.ladder
    if (
        context.balancer.force_balance_at_close
        and context.session.to_close_s(moment.epoch_s) <= ladder.unwind_before_close_s
    ):
        return CLOSE
    if context.gate.day_halted():
        return DAY_LOSS
    if context.config.ex_dividends and _assigned_tomorrow(context, unit, underlying):
        return EX_DATE
    return ""


def _assigned_tomorrow(context: TraderContext, unit: LeggedUnit, underlying: float) -> bool:
    """Whether the short leg may be exercised against us before an ex-date tomorrow."""
    if context.chain.terms.style != "american" or not ex_tomorrow(context):
        return False
    if unit.right == "call":
        return underlying > unit.short_strike
    return underlying < unit.short_strike


def ex_tomorrow(context: TraderContext) -> bool:
    """Whether the chain's underlying goes ex-dividend on the next session's date."""
    dates = context.config.ex_dividends.get(context.chain.symbol, ())
    return bool(dates) and _next_day(context.session) in dates


def _next_day(session: SessionView) -> str:
    following: date | None = session.calendar.next_session(session.phase.session_date)
    return following.isoformat() if following else ""


# ---------------------------------------------------------------------- the operator's choice


def refusal(context: TraderContext, unit: LeggedUnit, choice: Choice, moment: Moment) -> str:
    """Why a choice cannot be made now, as a sentence with what to do; "" where it can.

    Selling back and holding reduce risk and are open at every stage; less than the debit cost is
    accepted from H5 on alone. Only an operator moves a parked unit (H7).
    """
    if unit.remaining <= 0:
        return "nothing of the unit is open any more"
    if choice is Choice.PARK:
        return "park is the desk's own; choose hold"
    if context.gate.desk.frozen:
        return "kill: nothing may work; lift it first"
    if context.session.multiplier is None:
        return "the exchange is closed; choose when it trades again"
    if choice in (Choice.HOLD, Choice.UNWIND):
        return ""
    quotes = context.last_quotes
    underlying = math.nan if quotes is None else quotes.underlying
    latched = "" if unit.stage is Stage.PARKED else unit.forced_reason
    reason = forced_sell_back(context, unit, moment, underlying) or latched
    if reason:
        return f"it must be sold back: {reason}; unwind, or hold it"
    ladder, age_s = context.config.ladder, unit.age_s(moment.now_s)
    by_age = stage_at(age_s, ladder)
    if choice is Choice.LADDER and by_age is Stage.UNWIND:
        return "the ladder would sell it back at its age; choose unwind, concede or hold"
    if choice is Choice.CONCEDE and by_age.value < Stage.OPERATOR.value:
        wait_s = ladder.scratch_until_s - age_s
        return f"less than it cost is accepted from H5 on, in {max(1, round(wait_s))} s"
    return ""


def so_already(unit: LeggedUnit, choice: Choice) -> bool:
    """Whether a choice would change nothing."""
    if choice is Choice.UNWIND:
        return unit.stage is Stage.UNWIND
    if choice is Choice.HOLD:
        return unit.stage is Stage.PARKED and unit.rests
    if choice is Choice.CONCEDE:
        return unit.stage is Stage.OPERATOR and unit.choice is Choice.CONCEDE
    if unit.asked_for or unit.stage in (Stage.PARKED, Stage.UNWIND):
        return False
    return unit.choice in (None, Choice.LADDER)


# ---------------------------------------------------------------------- the cycle's row


def cycle_ended(
    context: TraderContext, unit: LeggedUnit, outcome: str, moment: Moment
) -> ev.CycleEnded:
    """What a unit came to at filled prices, as it is over or left open.

    Args:
        context: whose unit it is.
        unit: completed, sold back or left open.
        outcome: COMPLETE, SCRATCHED, BUSTED or PARKED.
        moment: the present.
    """
    multiplier = context.exposure.multiplier
    floor_c = unit.floor_c(multiplier)
    end_s = moment.now_s if outcome == "PARKED" else unit.last_fill_s
    return ev.CycleEnded(
        moment.at_ms,
        context.key,
        unit.cycle,
        outcome,
        unit.filled,
        unit.money_c(multiplier),
        unit.fees_c,
        floor_c,
        "" if outcome == "BUSTED" else _label(context, floor_c),
        unit.kind(),
        round(max(0.0, end_s - unit.first_fill_s), 3),
        round(context.unit_over(moment.now_s), 3),
    )


def _label(context: TraderContext, floor_c: int) -> str:
    if floor_c < 0:
        return "RISK"
    terms = context.chain.terms
    return "ARB" if (terms.style, terms.settlement) == ("european", "cash") else "LOCK*"
