"""A legged unit on its ladder under any market, any answers and any choice of the operator.

The oracle computes the ladder's prices with fractions from the executions the exchange has, and
judges each submission by the stage it was made in and the choice that the journal had by then:
minutes may pass in one rule, and the ladder may park the unit in them.
"""

import math
from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from engine.orders import events as ev
from engine.orders.actions import Note, Submit
from engine.orders.ladder import Choice, Stage
from engine.orders.types import Part, ReportKind
from engine.trader.unit_exits import BID, CLOSE, DAY_LOSS
from tests.support.trader_world import World

RULES_THAT_PARK = (
    "the unwind found no buyer within its loss limit",
    "rejected 8 times in a row",
    "the exchange is closed",
    "kill: nothing works any more",
    "the session ended",
)


class UnitOnItsLadder(RuleBasedStateMachine):
    """One unit; the debit has filled, its trader is paused."""

    @initialize(
        contracts=st.integers(1, 3),
        at=st.sampled_from(["10:30:00", "15:40:00"]),
        forced=st.booleans(),
        age_s=st.sampled_from([0.0, 50.0, 310.0, 310.0, 880.0]),
        conceding=st.booleans(),
    )
    def begin(self, contracts, at, forced, age_s, conceding):
        self.world = World(
            contracts=contracts,
            at=at,
            limits={"rejects_halt": 1000},
            ladder={"force_balance_at_close": forced},
        )
        self.world.trader.balancer.force_balance_at_close = forced
        self.unit = self.world.legged(contracts)
        self.world.trader.pause()
        self.seen = len(self.world.actions)
        self.chosen = []
        self.decided = None
        self.first_bid = self.world.chain.bid.copy()
        self.first_ask = self.world.chain.ask.copy()
        self.world.run(age_s)
        if conceding and self.unit.stage is Stage.OPERATOR:
            self.the_operator_chooses(Choice.CONCEDE)

    # ---------------------------------------------------------------- what happens

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 7.0, 30.0, 120.0, 400.0]))
    def time_passes(self, seconds):
        self.world.run(seconds)

    @rule(share=st.sampled_from([0.9, 1.0, 1.1, 2.0, 0.3]), gone=st.booleans())
    def the_market_moves(self, share, gone):
        self.world.chain.bid[:] = math.nan if gone else self.first_bid * share
        self.world.chain.ask[:] = math.nan if gone else self.first_ask * share

    @rule(quantity=st.integers(1, 3))
    def some_of_it_executes(self, quantity):
        for name, booked in reversed(self.world.booked.items()):
            if booked.open and booked.request.part is not Part.DEBIT:
                self.world.fill(name, min(quantity, booked.leaves))
                return

    @rule(kind=st.sampled_from([ReportKind.REJECTED, ReportKind.EXPIRED]))
    def its_order_ends(self, kind):
        for name, booked in reversed(self.world.booked.items()):
            if booked.open and booked.request.part is not Part.DEBIT:
                self.world.end(name, kind, "closed")
                return

    @rule(
        choice=st.sampled_from(
            [Choice.CONCEDE, Choice.CONCEDE, Choice.LADDER, Choice.UNWIND, Choice.HOLD]
        )
    )
    def the_operator_chooses(self, choice):
        world, unit = self.world, self.unit
        before = unit.stage
        reason = world.trader.refusal(unit, choice, world.moment)
        if reason:
            return
        world.trader.collect()
        if world.trader.credits.decide(unit, choice, world.moment):
            self.chosen.append(choice)
        world.carry_out(world.trader.out)
        world.step()
        if choice is Choice.CONCEDE and before is not Stage.PARKED:
            assert unit.age_s(world.now_s) > 300 - 1e-6

    @precondition(lambda self: len(self.chosen) > 1)
    @rule()
    def the_day_is_halted_for_its_loss(self):
        self.world.exposure.mark(self.world.trader.key, 99, -1_000_000)
        assert self.world.gate.day_halted()

    @precondition(lambda self: len(self.chosen) > 1)
    @rule(on=st.booleans())
    def killed(self, on):
        self.world.flags.killed = self.world.flags.frozen = on

    # ---------------------------------------------------------------- what holds at every step

    @invariant()
    def each_submission_is_allowed(self):
        if not hasattr(self, "world"):
            return
        world, unit = self.world, self.unit
        fresh = [action for _, action in world.actions[self.seen :]]
        self.seen = len(world.actions)
        for action in fresh:
            if isinstance(action, Note) and isinstance(action.event, ev.UnitDecided):
                self.decided = action.event.choice
            if not isinstance(action, Submit):
                continue
            request, stage = action.request, action.intent.stage
            assert request.part is not Part.DEBIT
            paid = Fraction(unit.paid_c, unit.filled)
            if request.part is Part.UNWIND:
                assert stage == "H6"
                allowed = min(max(Fraction(2), paid / 4), paid / 2)
                assert request.limit_c >= paid - allowed
                continue
            assert stage != "H6"
            fee = Fraction(world.trader.chain.rules.fee_per_share * 100)
            width = abs(request.legs[0].strike - request.legs[1].strike) * 100
            # A credit that rests asks for what it is wider than its debit on top.
            assert world.trader.chain.rules.rule == "safe"
            wider = max(0, round(width - abs(unit.long_strike - unit.short_strike) * 100))
            least = paid + fee + 1
            if stage == "H4":
                least = paid
            elif stage == "H5":
                conceding = self.decided == Choice.CONCEDE
                least = paid - min(Fraction(5), paid / 10) if conceding else paid
                if not conceding:
                    assert request.limit_c == min(math.ceil(paid) + wider, width - 1)
            if stage in ("H5", "H7"):
                least += wider
            # No exchange takes a limit outside the width: there the credit asks all it can.
            assert request.limit_c >= min(Fraction(round(float(least), 9)), Fraction(width - 1))

    @invariant()
    def never_more_is_sold_than_was_bought(self):
        if hasattr(self, "world"):
            unit = self.unit
            sold = sum(
                order.filled
                for order in self.world.orders.values()
                if order.request.part is not Part.DEBIT
            )
            assert sold == unit.credited + unit.unwound <= unit.filled

    @invariant()
    def parked_by_a_rule_or_by_the_operator(self):
        if not hasattr(self, "world") or self.unit.stage is not Stage.PARKED:
            return
        world, unit = self.world, self.unit
        if unit.remaining == 0:
            return
        text = world.standing[("PARKED", f"{world.trader.key}/{unit.cycle}")]
        if text == "held by the operator":
            assert Choice.HOLD in self.chosen
        else:
            assert text.startswith(RULES_THAT_PARK)

    @invariant()
    def sold_back_by_age_trigger_or_operator_alone(self):
        if not hasattr(self, "world") or self.unit.stage is not Stage.UNWIND:
            return
        unit, now_s = self.unit, self.world.now_s
        old = unit.age_s(now_s) > 900 - 1e-6
        assert old or Choice.UNWIND in self.chosen or unit.forced_reason in (BID, CLOSE, DAY_LOSS)

    @invariant()
    def every_decision_is_journaled(self):
        if hasattr(self, "world"):
            rows = [e.choice for e in self.world.of(ev.UnitDecided) if e.by == "operator"]
            held = self.chosen.count(Choice.HOLD)
            others = [c.value for c in self.chosen if c is not Choice.HOLD]
            assert [row for row in rows if row != "hold"] == others
            assert rows.count("hold") <= held

    def all_that_must_hold(self):
        """Check every invariant, where the rules are called one by one."""
        self.each_submission_is_allowed()
        self.never_more_is_sold_than_was_bought()
        self.parked_by_a_rule_or_by_the_operator()
        self.sold_back_by_age_trigger_or_operator_alone()
        self.every_decision_is_journaled()


def test_a_concession_that_the_close_ends_in_parking_went_down_to_its_lowest_and_not_below():
    """The unit concedes, is sold back before the close, parks, all within one rule's minutes."""
    story = UnitOnItsLadder()
    story.begin(contracts=2, at="15:40:00", forced=True, age_s=880.0, conceding=True)
    story.all_that_must_hold()
    conceded_from = len(story.world.submits(Part.CREDIT))
    story.time_passes(400.0)
    story.all_that_must_hold()
    paid = story.unit.paid_c // story.unit.filled
    *conceded, resting = [
        request.limit_c for _, request in story.world.submits(Part.CREDIT)[conceded_from:]
    ]
    assert conceded == [paid - step for step in range(1, 6)]
    assert resting > paid
    assert story.unit.stage is Stage.PARKED and story.decided == Choice.PARK


TestUnitOnItsLadder = UnitOnItsLadder.TestCase
TestUnitOnItsLadder.settings = settings(max_examples=120, stateful_step_count=30, deadline=None)
