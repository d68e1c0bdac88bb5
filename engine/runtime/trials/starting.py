"""Plans a trial before it starts: what it compares, how long it takes, and why it may not start."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from engine.learning.trials.assignment import Design
from engine.learning.trials.past import Yardstick
from engine.learning.trials.plan import (
    MOST_SESSIONS,
    SHORTEST_BLOCK,
    TrialLength,
    TrialPlan,
    planned,
    trial_error,
    trial_length,
)
from engine.orders import events as ev
from engine.risk.gates import Gate
from engine.runtime.context import DeskContext
from engine.runtime.requests.errors import RefusedError
from engine.runtime.requests.settings import check, read
from engine.runtime.trials.conducting import Trials
from engine.runtime.trials.levers import BY_SETTING, PLACEBO
from engine.state.trial_record import EVERY
from engine.state.trials import week_of
from engine.trader.trader import ExpirationTrader

MOST_AT_ONCE: Final = 2
SESSION_S: Final = 6.5 * 3600
"""Seconds of a regular session."""

BLOCK_ATTEMPTS_A_TRADER: Final = 10
"""Attempts of each trader in a block of the whole desk: the one whose wait crosses it is lost."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A trial that could start now.

    Args:
        setting, trader, before, after: what changes, for whom ("*": all), from what, to what.
        design: what the coin assigns.
        plan: fixed for its whole length.
        length: until four of five such trials have a verdict, were the gain the smallest.
        week, number: ISO week, and how many trials of it this makes.
        loss_room: dollars.
    """

    setting: str
    trader: str
    before: Mapping[str, Any]
    after: Any
    design: Design
    plan: TrialPlan
    length: TrialLength
    week: str
    number: int
    loss_room: float

    @property
    def of_desk(self) -> bool:
        """Whether it concerns the whole desk, and runs alone."""
        return self.trader == EVERY or self.design is Design.SESSION


class Planner:
    """Plans trials of one desk.

    Args:
        context: the desk.
        trials: those that run.
    """

    def __init__(self, context: DeskContext, trials: Trials) -> None:
        self._context = context
        self._trials = trials

    def prepare(
        self, setting: str, trader: str, after: Any, expected: float = 0.0, gain: float = 0.0
    ) -> Prepared:
        """Plan a trial, whatever runs and however long it takes.

        Args:
            setting: see engine.runtime.trials.levers.
            trader: a trader's key, or "*" for all.
            after: the value to be tried; None for a placebo.
            expected: the gain that the evidence promises at least, dollars a trader-hour; 0 where
                nothing does.
            gain: the gain to be found, as a share of what these traders make; the larger of both
                decides how long the trial runs.

        Raises:
            RefusedError: there is no such trader, the value is in force already, or the attempts
                so far say too little of how long a trial would take.
            SettingRefusedError: a value outside its bounds.
        """
        context = self._context
        traders = self._traders(trader)
        before = {each.key: None for each in traders}
        if setting != PLACEBO:
            checked = [check(each, setting, after) for each in traders]
            after = checked[0]
            before = {each.key: read(each, setting) for each in traders}
            if all(value == after for value in before.values()):
                raise RefusedError(f"{setting} is {after} already; there is nothing to try")
        design = self._design(setting, trader)
        if setting == "rests":
            # One chain rests, and all tell what its orders are worth elsewhere.
            traders = self._traders(EVERY)
            before = {each.key: read(each, setting) for each in traders}
        measure = context.state.trials.yardstick(before)
        if not measure.suffices:
            raise RefusedError(
                f"{measure.attempts} attempts with {measure.filled} fills do not tell how long a "
                "trial takes; wait for 50 attempts with a fill"
            )
        a_session = self._a_session(measure, len(traders))
        block = self._block_attempts(design, len(traders), a_session)
        week, number = self._of_the_week()
        deviation, error = measure.deviation(block), trial_error(number)
        expected = max(expected, gain * measure.rate)
        effect = max(measure.smallest, expected)
        length = trial_length(effect, deviation, error, block, a_session)
        if design is Design.SESSION:
            length = TrialLength(length.pairs, length.attempts, 2 * length.pairs)
        plan = planned(
            measure.smallest,
            deviation,
            error,
            block,
            rate=measure.rate,
            block_seconds=block * measure.attempt_seconds,
            expected=expected,
        )
        loss_room = context.config.limits.day_loss_exit_only_usd / 2
        return Prepared(
            setting, trader, before, after, design, plan, length, week, number, loss_room
        )

    def refusal(self, prepared: Prepared, *, typed: bool = False) -> str:
        """Why a trial may not start now; "" where it may.

        Args:
            prepared: the trial.
            typed: an operator typed what is tried, and may wait for a verdict as long as it takes.
        """
        context, running = self._context, self._context.state.trials.running()
        for record in running:
            if record.of_desk or prepared.of_desk:
                return f"{record.name} runs; a trial of the whole desk runs alone"
            if record.concerns(prepared.trader):
                return f"{record.name} runs on {prepared.trader}; a trader has one trial at a time"
        if len(running) >= MOST_AT_ONCE:
            return f"{' and '.join(r.name for r in running)} run; at most {MOST_AT_ONCE} at once"
        now_s = context.moment.epoch_s
        for trader in prepared.before if prepared.trader == EVERY else (prepared.trader,):
            left_s = self._trials.quiet_until_s(trader, prepared.setting) - now_s
            if left_s > 0 and prepared.setting != PLACEBO:
                minutes = -(-left_s // 60)
                return (
                    f"{prepared.setting} of {trader} was tried a while ago; it rests {minutes:.0f} "
                    "min more"
                )
        length = prepared.length
        if length.too_long and not typed:
            return (
                f"a verdict takes {length.attempts:,} attempts, {length.sessions:,} sessions, of "
                f"{MOST_SESSIONS} at most; Try something starts it all the same, the word ACCEPT "
                "and a reason apply it without a trial"
            )
        return ""

    def started(
        self, prepared: Prepared, recommendation: str, predicted: Mapping[str, float]
    ) -> ev.TrialStarted:
        """The row with which a prepared trial starts."""
        context = self._context
        at_ms = context.moment.at_ms
        name = f"T{context.state.trials.named + 1}"
        seed = random.Random(f"{context.config.simulation.seed}/{name}/{at_ms}").getrandbits(48)
        length = prepared.length
        return ev.TrialStarted(
            at_ms,
            name,
            recommendation,
            prepared.trader,
            prepared.setting,
            dict(prepared.before),
            prepared.after,
            prepared.design.value,
            seed,
            asdict(prepared.plan),
            prepared.loss_room,
            prepared.week,
            prepared.number,
            {
                "pairs": length.pairs,
                "attempts": length.attempts,
                "sessions": length.sessions,
            },
            dict(predicted),
        )

    # ------------------------------------------------------------------ inside

    def _traders(self, trader: str) -> list[ExpirationTrader]:
        traders = self._context.traders
        staying = [each for each in traders.values() if not each.leaving]
        chosen = staying if trader == EVERY else [t for t in staying if t.key == trader]
        if not chosen:
            raise RefusedError(f"there is no trader {trader}; choose one of the table, or *")
        return chosen

    def _design(self, setting: str, trader: str) -> Design:
        """What the coin assigns: single attempts only where one arm takes nothing of the other."""
        design = BY_SETTING[setting].design
        binds = self._binds()
        if design is Design.ATTEMPT and binds:
            design = Design.BLOCK
        if setting != "rests" and trader != EVERY and (binds or design is Design.SESSION):
            why = binds or f"{BY_SETTING[setting].word} is tried by whole days"
            raise RefusedError(f"{why}: try it on all traders together (*)")
        return design

    def _binds(self) -> str:
        """What traders share and one arm would take from the other; "" where nothing."""
        if self._context.config.limits.enforces_order_budget:
            return "the order budget is enforced, and one trader's orders are another's"
        if any(each.blocked is Gate.LOSS_ROOM for each in self._context.traders.values()):
            return "the loss room binds, and one trader's is another's"
        return ""

    def _a_session(self, measure: Yardstick, traders: int) -> int:
        """Attempts of so many traders in a session at the present pace."""
        attempts = traders * SESSION_S / measure.attempt_seconds
        gate = self._context.gate
        if gate.limits.enforces_order_budget:
            attempts = min(attempts, gate.limits.order_budget_day)
        return max(1, int(attempts))

    @staticmethod
    def _block_attempts(design: Design, traders: int, a_session: int) -> int:
        if design is Design.ATTEMPT:
            return 1
        if design is Design.SESSION:
            return max(SHORTEST_BLOCK, a_session)
        return max(SHORTEST_BLOCK, BLOCK_ATTEMPTS_A_TRADER * traders if traders > 1 else 0)

    def _of_the_week(self) -> tuple[str, int]:
        session = self._context.state.session
        name = week_of(date.min.isoformat() if session is None else session.session_date)
        return name, self._context.state.trials.in_week(name) + 1
