"""What an operator decides about a legged unit: may it be chosen now, and what then happens.

H5 of the ladder is the operator's; a parked unit (H7) is nobody else's. Selling back and holding
reduce risk and are open at every stage; less than the debit cost is accepted from H5 on alone.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.ladder import Choice, Stage, stage_at
from engine.trader.legged_unit import LeggedUnit
from engine.trader.unit_exits import forced_sell_back

if TYPE_CHECKING:
    from engine.trader.trader import ExpirationTrader

CHOICES = (Choice.LADDER, Choice.CONCEDE, Choice.UNWIND, Choice.HOLD)
"""What can be chosen, in the order of the keys 1 to 4."""


def refusal(trader: ExpirationTrader, unit: LeggedUnit, choice: Choice, moment: Moment) -> str:
    """Why a choice cannot be made now, as a sentence with what to do; "" where it can."""
    if unit.remaining <= 0:
        return "nothing of the unit is open any more"
    if choice is Choice.PARK:
        return "park is the desk's own; choose hold"
    if trader.gate.desk.frozen:
        return "kill: nothing may work; lift it first"
    if trader.session.multiplier is None:
        return "the exchange is closed; choose when it trades again"
    if choice in (Choice.HOLD, Choice.UNWIND):
        return ""
    quotes = trader.last_quotes
    underlying = math.nan if quotes is None else quotes.underlying
    latched = "" if unit.stage is Stage.PARKED else unit.forced_why
    why = forced_sell_back(trader, unit, moment, underlying) or latched
    if why:
        return f"it must be sold back: {why}; unwind, or hold it"
    ladder, age_s = trader.config.ladder, unit.age_s(moment.now_s)
    by_age = stage_at(age_s, ladder)
    if choice is Choice.LADDER and by_age is Stage.UNWIND:
        return "the ladder would sell it back at its age; choose unwind, concede or hold"
    if choice is Choice.CONCEDE and by_age.value < Stage.OPERATOR.value:
        wait_s = ladder.scratch_until_s - age_s
        return f"less than it cost is accepted from H5 on, in {max(1, round(wait_s))} s"
    return ""


def decide(trader: ExpirationTrader, unit: LeggedUnit, choice: Choice, moment: Moment) -> bool:
    """Carry out a choice that `refusal` lets pass; False where the unit is so already."""
    if _so_already(unit, choice):
        return False
    if choice is Choice.HOLD:
        trader.completer.park(unit, moment, "held by the operator", rests=True, by="operator")
        _soon(trader, unit, moment)
        return True
    trader.note(ev.UnitDecided(moment.at_ms, trader.key, unit.cycle, choice.value, "operator"))
    unit.decide(choice, moment.now_s, trader.config.ladder)
    trader.completer.left_parking(unit, moment)
    _soon(trader, unit, moment)
    return True


def _soon(trader: ExpirationTrader, unit: LeggedUnit, moment: Moment) -> None:
    """Look at the unit now, or when the broker must have told all about an order that ended."""
    if not unit.confirming:
        unit.look_s = moment.now_s
    elif unit.look_s == math.inf:
        unit.look_s = moment.now_s + trader.gate.limits.unknown_after_s


def _so_already(unit: LeggedUnit, choice: Choice) -> bool:
    if choice is Choice.UNWIND:
        return unit.stage is Stage.UNWIND
    if choice is Choice.HOLD:
        return unit.stage is Stage.PARKED and unit.rests
    if choice is Choice.CONCEDE:
        return unit.stage is Stage.OPERATOR and unit.choice is Choice.CONCEDE
    return unit.choice in (None, Choice.LADDER) and unit.stage not in (Stage.PARKED, Stage.UNWIND)
