"""A legged unit's moves on the ladder: to the stage of its age or trigger, parked, looked at."""

from __future__ import annotations

import math
from typing import Final

from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.ladder import PARKED_LOOK_S, Stage, next_change_s
from engine.trader.context import TraderContext
from engine.trader.legged_unit import LeggedUnit
from engine.trader.unit_exits import forced_sell_back

SOONEST_S: Final = 0.05
"""Two looks at a unit lie at least so far apart: ages are differences of floats, and a look that
is due now could be due for ever."""


def advance(context: TraderContext, unit: LeggedUnit, moment: Moment) -> None:
    """Move the unit to the stage of its age or of a trigger; raise its alarm in time."""
    ladder = context.config.ladder
    left_s = context.session.to_close_s(moment.epoch_s)
    if left_s <= ladder.force_scratch_before_close_s and context.balancer.force_balance_at_close:
        unit.force_scratch()
    reason = forced_sell_back(context, unit, moment)
    if reason:
        unit.force(Stage.UNWIND, reason)
    stage = unit.stage_now(moment.now_s, ladder)
    if stage is not unit.stage:
        unit.move_to(stage)
        if stage is not Stage.REST:
            _note_move(context, unit, moment)
    if unit.age_s(moment.now_s) >= ladder.alarm_after_s and unit.warn_once():
        context.warn("UNHEDGED", unit.cycle, f"{ladder.alarm_after_s:g} s")
    _follow_decision(context, unit)


def _follow_decision(context: TraderContext, unit: LeggedUnit) -> None:
    """Raise an alarm of its own as the unit becomes the operator's to decide, until he has."""
    ladder = context.config.ladder
    undecided = unit.undecided(ladder)
    if undecided is not unit.asked_for:
        unit.ask_for(undecided)
        if undecided:
            context.warn("UNDECIDED", unit.cycle, f"{ladder.scratch_until_s / 60:g} min")
        else:
            context.clear("UNDECIDED", unit.cycle)


def _note_move(context: TraderContext, unit: LeggedUnit, moment: Moment) -> None:
    context.note(
        ev.LadderMoved(moment.at_ms, context.key, unit.cycle, unit.stage.value, unit.limit_c)
    )


def park(
    context: TraderContext,
    unit: LeggedUnit,
    moment: Moment,
    reason: str,
    *,
    rests: bool = False,
    by: str = "ladder",
) -> None:
    """Leave the unit to the operator: nothing automatic but, where it `rests`, a credit at F1.

    Without `rests` an order that still works is not replaced when it ends.

    Args:
        context, unit, moment: whose, which and when.
        reason: for the alarm.
        rests: whether a credit works at F1.
        by: who parks it, operator or ladder.
    """
    let_rest(context, unit, rests, moment, by)
    if unit.stage is Stage.PARKED:
        return
    unit.park()
    _follow_decision(context, unit)
    if not rests:
        unit.look_at(math.inf)
    elif not unit.confirming:
        unit.look_at(moment.now_s + 1.0)
    elif unit.look_s == math.inf:
        unit.look_at(moment.now_s + context.gate.limits.unknown_after_s)
    _note_move(context, unit, moment)
    context.warn("PARKED", unit.cycle, reason)


def let_rest(
    context: TraderContext, unit: LeggedUnit, rests: bool, moment: Moment, by: str = "ladder"
) -> None:
    """Let a credit rest for a parked unit, or let none; the journal keeps it for a restart."""
    if unit.rests is not rests:
        choice = unit.let_rest(rests)
        context.note(ev.UnitDecided(moment.at_ms, context.key, unit.cycle, choice.value, by))


def leave_parking(context: TraderContext, unit: LeggedUnit, moment: Moment) -> None:
    """The operator decided otherwise about a unit: move it where its age and the choice say."""
    parked = unit.stage is Stage.PARKED
    if parked:
        unit.leave_parking()
        context.clear("PARKED", unit.cycle)
    advance(context, unit, moment)
    if parked and unit.stage is Stage.REST:  # which `advance` leaves out
        _note_move(context, unit, moment)


def plan_look(context: TraderContext, unit: LeggedUnit, moment: Moment) -> None:
    """Look again when the ladder wants to."""
    if unit.stage is Stage.PARKED:
        if unit.rests:
            unit.look_by(moment.now_s + PARKED_LOOK_S)
            if unit.retry_s > moment.now_s:
                unit.look_at(unit.retry_s)
        return
    ladder, now_s = context.config.ladder, moment.now_s
    age_s = unit.age_s(now_s)
    if unit.conceding:
        step_s = min(ladder.walk_step_s, max(0.0, unit.concede_until_s - now_s))
    else:
        step_s = next_change_s(age_s, unit.stage, ladder) - age_s
    at_s = now_s + max(step_s, SOONEST_S)
    if age_s < ladder.alarm_after_s:
        at_s = min(at_s, unit.first_fill_s + ladder.alarm_after_s)
    if unit.retry_s > now_s:
        at_s = min(at_s, unit.retry_s)
    if context.balancer.force_balance_at_close:
        left_s = context.session.to_close_s(moment.epoch_s)
        for before_s in (ladder.force_scratch_before_close_s, ladder.unwind_before_close_s):
            if before_s < left_s < math.inf:
                at_s = min(at_s, now_s + left_s - before_s)
    unit.look_at(max(at_s, now_s + SOONEST_S))
