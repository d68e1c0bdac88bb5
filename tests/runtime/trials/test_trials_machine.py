"""The law of trials: whatever happens, settings differ from before inside an `after` attempt alone.

After its end, unless it was KEPT, every setting is what it was; and a desk that dies at any moment
and goes on from its journal knows everything that it knew.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.commands import Ask, TicketState
from engine.orders import events as ev
from engine.runtime.trials.levers import drawn
from engine.state.totals import plain_values
from engine.trader.arms import OWN
from tests.support.trial_desk import TrialDesk

TYPED = (
    "cancel_ms 3000", "cancel_ms 1500", "size 2", "minimum_floor 0.05", "objective floor",
    "buy_location 0.4", "delay 4-8", "placebo",
)  # fmt: skip
WHOM = ("*", 0, 1)


class Trials(RuleBasedStateMachine):
    """Starts, attempts, revisions, stops, undoes, restarts."""

    @initialize()
    def open(self) -> None:
        self.desk = TrialDesk()
        self.expected = self.desk.settings()
        self.layers: list[tuple[str, str, dict[str, Any]]] = []
        self.parked: list[tuple[str, int]] = []
        self.seen = len(self.desk.log)

    # ------------------------------------------------------------------ the model

    def follow(self) -> None:
        """Bring the model up to what was put in force, by its rows of recommendations alone."""
        made = {e.recommendation: e for e in self.desk.log if isinstance(e, ev.Recommended)}
        for event in self.desk.log[self.seen :]:
            if isinstance(event, ev.RecommendationSettled):
                name = event.recommendation
                if event.outcome in ("applied", "kept"):
                    row = made[name]
                    setting = row.evidence["setting"]
                    if setting == "placebo":
                        continue
                    keys = self.desk.keys if row.trader == "*" else [row.trader]
                    changed = {k: self.expected[k, setting] for k in keys}
                    self.layers.append((name, setting, changed))
                    for key in keys:
                        self.expected[key, setting] = row.after
                elif event.outcome == "undone":
                    self.taken_back(name)
        self.seen = len(self.desk.log)

    def taken_back(self, name: str) -> None:
        at = next((i for i, layer in enumerate(self.layers) if layer[0] == name), None)
        if at is None:
            return
        _, setting, before = self.layers.pop(at)
        for key, value in before.items():
            later = [b for _, s, b in self.layers[at:] if s == setting and key in b]
            if later:
                later[0][key] = value
            else:
                self.expected[key, setting] = value

    # ------------------------------------------------------------------ rules

    @precondition(lambda self: self.may_start())
    @rule(word=st.sampled_from(TYPED), whom=st.sampled_from(WHOM), later=st.booleans())
    def start(self, word: str, whom: str | int, later: bool) -> None:
        if later:
            self.desk.passes(3601)
        target = whom if isinstance(whom, str) else self.desk.keys[whom]
        self.desk.ask(Ask.TRIAL, word=f"{word} {target}")

    def may_start(self) -> bool:
        running = self.desk.running
        return len(running) < 2 and not any(r.started.trader == "*" for r in running)

    @rule(
        count=st.integers(5, 40),
        gain=st.sampled_from([5000.0, 0.0, -300.0]),
        fills=st.sampled_from([1, 1, 3]),
        parks=st.booleans(),
    )
    def attempt(self, count: int, gain: float, fills: int, parks: bool) -> None:
        numbers = iter(range(count * 2))
        self.desk.attempts(
            lambda after: 10.0 + gain * after if next(numbers) % fills == 0 else None, count
        )
        if parks:
            key = self.desk.keys[count % 2]
            self.parked.append((key, self.desk.attempt(key, -50.0, outcome="PARKED")))

    @precondition(lambda self: self.parked)
    @rule(dollars=st.floats(-50, 50), outcome=st.sampled_from(["COMPLETE", "SCRATCHED"]))
    def completes_late(self, dollars: float, outcome: str) -> None:
        self.desk.cycle_ends(*self.parked.pop(), dollars, outcome)

    @rule(cancel_ms=st.sampled_from([1000, 2000]), undo=st.booleans(), data=st.data())
    def change(self, cancel_ms: int, undo: bool, data: st.DataObject) -> None:
        if undo and self.layers:
            name = data.draw(st.sampled_from([layer[0] for layer in self.layers]))
            assert self.desk.ask(Ask.UNDO, name).state is TicketState.CONFIRMED
            return
        tried = {record.started.lever for record in self.desk.running}
        try:
            self.desk.executor.apply_optimization({"optimal_cancel_ms": cancel_ms})
        except ValueError:
            assert "optimal_cancel_ms" in tried

    @precondition(lambda self: self.desk.running)
    @rule(sure=st.integers(0, 3))
    def stop(self, sure: int) -> None:
        if sure < 3:
            return
        ticket = self.desk.ask(Ask.STOP_TRIAL, self.desk.running[0].name)
        assert ticket.state is TicketState.CONFIRMED

    @rule(new_day=st.booleans())
    def restart(self, new_day: bool) -> None:
        self.journal_knows_what_the_desk_knows()
        before = {k: t.context.values for k, t in self.desk.traders.items()}
        ended = len(self.desk.of(ev.TrialEnded))
        self.desk.restart(new_day=new_day)
        assert len(self.desk.of(ev.TrialEnded)) == ended
        if not new_day:
            assert before == {k: t.context.values for k, t in self.desk.traders.items()}

    def teardown(self) -> None:
        if hasattr(self, "desk"):
            self.journal_knows_what_the_desk_knows()

    # ------------------------------------------------------------------ laws

    @invariant()
    def settings_are_what_they_were(self) -> None:
        self.follow()
        assert self.desk.settings() == self.expected

    @invariant()
    def an_attempt_uses_the_value_of_its_arm_and_else_its_own(self) -> None:
        for key, trader in self.desk.traders.items():
            values = trader.context.values
            record = self.desk.state.trials.of(key)
            if record is None:
                assert values == OWN
                continue
            lever = record.started.lever
            after = values.arm == f"{record.name} after"
            assert after or values.arm == f"{record.name} before"
            own = None if lever == "placebo" else self.expected[key, lever]
            assert values == drawn(lever, record.started.after if after else own, values.arm)

    @invariant()
    def a_trader_has_one_trial_a_desk_trial_runs_alone_and_two_run_at_most(self) -> None:
        running = self.desk.running
        assert len(running) <= 2
        if any(record.started.trader == "*" for record in running):
            assert len(running) == 1
        concerned = [key for record in running for key in record.started.before]
        assert len(concerned) == len(set(concerned))

    def journal_knows_what_the_desk_knows(self) -> None:
        told, known = plain_values(self.desk.folded()), plain_values(self.desk.state)
        assert told["trials"] == known["trials"]


Trials.TestCase.settings = settings(max_examples=20, stateful_step_count=20, deadline=None)
test_the_law_of_trials = Trials.TestCase
