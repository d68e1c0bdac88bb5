"""A filled debit on its way to completion: its place on the ladder, and its order."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Final

from engine.config import LadderParameters
from engine.orders.ladder import Choice, Stage, stage_at
from engine.orders.order import Order
from engine.orders.types import Part
from engine.trader.unit_contracts import UnitContracts

LONGEST_BACK_OFF_S: Final = 30.0
"""The longest wait after a completing order was rejected."""

HELD_BACK_S: Final = 1.0
"""The first wait after one was held back, such as for calls that came too fast."""


@dataclass(frozen=True, slots=True)
class Target:
    """What the unit wants to have working: a credit or an unwind of `quantity` at `limit_c`."""

    part: Part
    buy_strike: float
    sell_strike: float
    quantity: int
    limit_c: int


@dataclass(slots=True, eq=False)
class LeggedUnit(UnitContracts):
    """Debit contracts that filled and are not all completed yet.

    Attributes:
        order, orders: the latest completing order while it may execute, and how many were sent.
        stage, limit_c: where the unit is on the ladder, and the limit of its latest order.
        forced, forced_reason: the stage that a trigger moved the unit to at least, and the trigger.
        choice, decided_s, concede_until_s: what the operator decided, when, and until when a
            concession keeps the unit from being sold back for its age alone.
        unwind_step, unwind_s: the step of selling back, and engine seconds of the next one.
        rests: whether a parked unit keeps a credit working at F1.
        held_back: completing orders in a row that were never sent.
        rejects, retry_s: completing orders rejected in a row, and engine seconds before which
            none is sent.
        look_s: engine seconds at which the unit is looked at next.
        warned: whether the alarm of its age was raised.
        asked_for: whether the alarm stands that asks the operator to decide; None where only an
            earlier process knows.
        withdrawn: whether its order is to work no more, and none follows.
        next_target: what follows the order that is being cancelled.
        leg_reported: orders that one leg's executions were reported of.
        confirming, asked, answers_due, not_found: the ended order whose executions are not all
            known, queries about it, answers waited for, and answers "no such order".
    """

    order: Order | None = None
    orders: int = 0
    stage: Stage = Stage.LEAN
    forced: Stage | None = None
    forced_reason: str = ""
    choice: Choice | None = None
    decided_s: float = 0.0
    concede_until_s: float = -math.inf
    limit_c: int = 0
    unwind_step: int = 0
    unwind_s: float = math.inf
    rests: bool = False
    rejects: int = 0
    held_back: int = 0
    retry_s: float = 0.0
    look_s: float = 0.0
    warned: bool = False
    asked_for: bool | None = False
    withdrawn: bool = False
    next_target: Target | None = None
    leg_reported: list[Order] = field(default_factory=list)
    confirming: str = ""
    answers_due: int = 0
    asked: int = 0
    not_found: int = 0

    @property
    def planned(self) -> bool:
        """Whether a credit was ever chosen; after a crash the debit may be all that is known."""
        return (self.credit_short, self.credit_long) != (self.short_strike, self.long_strike)

    @property
    def uncovered(self) -> int:
        """Remaining contracts that none of our orders could still match, or may have matched."""
        live = self.order.leaves if self.order is not None and self.order.live else 0
        return self.remaining - live - self.leg_unconfirmed

    @property
    def leg_unconfirmed(self) -> int:
        """Contracts of ended orders that one leg has executed and the other has not reported.

        They count as sold: selling them again might sell them twice.
        """
        return sum(order.incomplete_legs for order in self.leg_reported if not order.live)

    @property
    def conceding(self) -> bool:
        """Whether the operator chose to accept less than the debit cost."""
        return self.choice is Choice.CONCEDE and self.stage is Stage.OPERATOR

    @property
    def left_alone(self) -> bool:
        """Whether it is parked without a credit: nothing is sent for it."""
        return self.stage is Stage.PARKED and not self.rests

    def age_s(self, now_s: float) -> float:
        """Seconds since the first execution."""
        return now_s - self.first_fill_s

    def stage_now(self, now_s: float, parameters: LadderParameters) -> Stage:
        """The stage by age, or the later one that a trigger forced; PARKED is never left so."""
        if self.stage is Stage.PARKED:
            return Stage.PARKED
        by_age = stage_at(self.age_s(now_s), parameters)
        if self.choice is Choice.CONCEDE and now_s < self.concede_until_s:
            by_age = Stage.OPERATOR
        if self.forced is not None and self.forced > by_age:
            return self.forced
        return by_age

    # ------------------------------------------------------------------ the ladder

    def restore(
        self,
        stage: Stage,
        forced: Stage | None,
        choice: Choice | None,
        decided_s: float,
        parameters: LadderParameters,
    ) -> None:
        """Continue the ladder where an earlier process left it; what was decided still holds.

        Args:
            stage: where the unit was.
            forced: the stage that it is at least at, None where its age alone counts.
            choice, decided_s: what was decided and when, in engine seconds; None where nothing.
            parameters: the ladder's.
        """
        self.stage, self.forced, self.asked_for = stage, forced, None
        if choice is None:
            return
        if stage is not Stage.PARKED:
            self.decide(choice, decided_s, parameters)
            if choice is not Choice.UNWIND:
                self.forced = forced
        self.choice, self.decided_s = choice, decided_s
        self.rests = stage is Stage.PARKED and choice is Choice.HOLD

    def restart(self, now_s: float, parameters: LadderParameters) -> None:
        """Contracts without their credit again: the ladder begins anew."""
        self.first_fill_s = now_s
        self.look_s = now_s + parameters.settle_s
        self.stage = Stage.LEAN
        self.forced, self.forced_reason = None, ""
        self.choice = None
        self.limit_c = 0
        self.rests = self.warned = self.asked_for = self.withdrawn = False
        self.confirming = ""
        self._begin_orders_anew()

    def _begin_orders_anew(self) -> None:
        """Neither steps, rejects nor a target of before count for the next order."""
        self.next_target = None
        self.unwind_step, self.unwind_s = 0, math.inf
        self.rejects, self.retry_s = 0, 0.0

    def force(self, stage: Stage, reason: str) -> None:
        """A trigger moves the unit to `stage` at least, and `reason` refuses a way back.

        A unit that must be sold back stays so.
        """
        if self.forced is not Stage.UNWIND or not self.forced_reason:
            self.forced, self.forced_reason = stage, reason

    def force_scratch(self) -> None:
        """The close draws near: accept the debit's cost from now on."""
        if self.forced is None or self.forced < Stage.SCRATCH:
            self.forced = Stage.SCRATCH

    def move_to(self, stage: Stage) -> None:
        """Reach a stage; selling back needs no credit any more."""
        self.stage = stage
        if stage is Stage.UNWIND:
            self.next_target = None

    def decide(self, choice: Choice, now_s: float, parameters: LadderParameters) -> None:
        """Take the operator's choice over; a concession has the operator's stage anew."""
        self.choice, self.decided_s = choice, now_s
        self._begin_orders_anew()
        if choice is Choice.UNWIND:
            self.forced, self.forced_reason = Stage.UNWIND, ""
        elif self.forced is Stage.UNWIND:
            self.forced, self.forced_reason = None, ""
        if choice is Choice.CONCEDE:
            window_s = parameters.operator_until_s - parameters.scratch_until_s
            self.concede_until_s = max(
                self.first_fill_s + parameters.operator_until_s, now_s + window_s
            )

    def step_down(self, now_s: float, parameters: LadderParameters) -> None:
        """Sell back a step nearer to the bid where the present step's time is over."""
        if self.unwind_s == math.inf:
            self.unwind_s = now_s + parameters.unwind_step_s
        elif now_s >= self.unwind_s - 1e-6:
            self.unwind_step += 1
            self.unwind_s = now_s + parameters.unwind_step_s

    def park(self) -> None:
        """Leave the ladder."""
        self.stage = Stage.PARKED
        self.next_target = None
        self.limit_c = 0

    def leave_parking(self) -> None:
        """Return to the ladder; its age and the choices say where."""
        self.stage, self.rests = Stage.REST, False
        self.withdrawn = False

    def let_rest(self, rests: bool) -> Choice:
        """Keep a credit working while parked, or none; returns the choice that says so."""
        self.rests = rests
        self.withdrawn &= not rests
        self.choice = Choice.HOLD if rests else Choice.PARK
        return self.choice

    def warn_once(self) -> bool:
        """Whether the alarm of its age has not been raised yet; it counts as raised afterwards."""
        first, self.warned = not self.warned, True
        return first

    def undecided(self, parameters: LadderParameters) -> bool:
        """Whether it is the operator's to decide, and he has not since it became so."""
        if self.stage is not Stage.OPERATOR:
            return False
        since_s = self.first_fill_s + parameters.scratch_until_s
        return self.choice is None or self.decided_s < since_s

    def ask_for(self, asked: bool) -> None:
        """The operator is asked to decide, or is not any more."""
        self.asked_for = asked

    # ------------------------------------------------------------------ when to look

    def look_at(self, at_s: float) -> None:
        """Look at the unit at engine second `at_s`, no sooner; infinite for not at all."""
        self.look_s = at_s

    def look_by(self, at_s: float) -> None:
        """Look at the unit at engine second `at_s` at the latest."""
        self.look_s = min(self.look_s, at_s)

    # ------------------------------------------------------------------ its orders

    def next_order(self, target: Target) -> int:
        """An order for `target` is about to be sent; returns its number."""
        self.orders += 1
        self.next_target = None
        self.limit_c = target.limit_c
        if target.part is Part.CREDIT:
            self.credit_long, self.credit_short = target.buy_strike, target.sell_strike
        return self.orders

    def follow(self, order: Order) -> None:
        """An order of the unit may execute from now on."""
        self.order = order
        self.withdrawn = False

    def withdraw(self) -> None:
        """Its order is to work no more."""
        self.withdrawn = True

    def then_send(self, target: Target | None) -> None:
        """Send this once the present order is surely dead; None for nothing."""
        self.next_target = target

    def leg_executed(self, order: Order) -> None:
        """One leg of an order executed."""
        if order not in self.leg_reported:
            self.leg_reported.append(order)

    def order_ended(self, order: Order, *, rejected: bool) -> None:
        """An order that was sent can execute no more, as far as its status says."""
        if self.order is order:
            self.order = None
        self.rejects = self.rejects + 1 if rejected else 0
        self.held_back = 0

    def order_held_back(self, order: Order, now_s: float) -> None:
        """An order was not sent: send nothing for a moment, twice as long each time in a row."""
        if self.order is order:
            self.order = None
        self.retry_s = now_s + min(LONGEST_BACK_OFF_S, HELD_BACK_S * 2.0**self.held_back)
        self.held_back = min(self.held_back + 1, 8)
        self.look_by(self.retry_s)

    def back_off(self, now_s: float) -> None:
        """Send nothing for a while, twice as long after each reject."""
        self.retry_s = now_s + min(LONGEST_BACK_OFF_S, 2.0 ** (self.rejects - 1))
        self.look_by(self.retry_s)

    # ------------------------------------------------------------------ is it surely dead?

    def confirm(self, name: str, again_s: float) -> None:
        """Send nothing before all executions of the ended order are known; ask again then."""
        self.confirming, self.asked, self.not_found, self.answers_due = name, 1, 0, 1
        self.look_s = again_s

    def ask_again(self, wait_s: float, now_s: float) -> None:
        """The ended order is asked about once more; waits double, up to eight times `wait_s`."""
        self.look_s = now_s + wait_s * min(8.0, 2.0**self.asked)
        self.asked += 1
        self.answers_due = 1

    def expect_answer(self) -> None:
        """A report that was lost may have been about it: one more answer is waited for."""
        self.answers_due += 1

    def answered(self) -> bool:
        """The broker's final word came once more; whether it was the last that is waited for."""
        self.answers_due -= 1
        return self.answers_due <= 0

    def count_not_found(self, answers: int) -> None:
        """The broker said `answers` times that it does not know the order."""
        self.not_found = answers

    def confirmed(self) -> None:
        """All executions of the ended order are known."""
        self.confirming = ""
