"""A trader under any interleaving of acknowledgements, fills, cancels, rejects and silence.

The world checks after every step what must always hold (see `World.check`): filled quantities are
sums of executions, no cycle could sell more than its debit filled, exposure equals a recount from
the orders, no second debit beside a live one, no debit on a stale quote or through a closed gate.
"""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.orders import events as ev
from engine.orders.ladder import Stage
from engine.orders.types import OrderReport, Part, ReportKind
from engine.trader.remembered_orders import UNPACKED
from tests.support.trader_world import World


class TraderUnderFire(RuleBasedStateMachine):
    """The exchange answers nothing by itself: every report is a rule's choice."""

    @initialize(
        contracts=st.integers(1, 3),
        seed=st.integers(0, 99),
        record_s=st.sampled_from([0.0, 0.4]),
        unpacked=st.sampled_from([0, 1, UNPACKED]),
    )
    def begin(self, contracts, seed, record_s, unpacked):
        self.world = World(
            contracts=contracts,
            seed=seed,
            record_s=record_s,
            unpacked=unpacked,
            timing={"min_delay_between_attempts": 1.0, "max_delay_between_attempts": 2.0},
            limits={"rejects_halt": 1000, "unwinds_exit_only": 1000},
        )
        self.silence()
        self.reported = []
        self.world.debit()

    def silence(self):
        self.world.ack_s = self.world.cancel_s = self.world.query_s = None

    def pick(self, data, true):
        """One of the latest orders at the exchange for which `true`, or None."""
        names = [n for n, booked in list(self.world.booked.items())[-6:] if true(booked)]
        return data.draw(st.sampled_from(names)) if names else None

    @rule(seconds=st.sampled_from([0.05, 0.3, 1.0, 2.5, 6.0, 20.0]))
    def time_passes(self, seconds):
        self.world.run(seconds)

    @rule(data=st.data())
    def acknowledged(self, data):
        name = self.pick(data, lambda b: b.open)
        if name:
            self.world.report(ReportKind.ACK, name)

    @rule(data=st.data(), quantity=st.integers(1, 3), heard=st.booleans())
    def executed(self, data, quantity, heard):
        name = self.pick(data, lambda b: b.open)
        if name:
            leaves = self.world.booked[name].leaves
            self.reported.append(self.world.fill(name, min(quantity, leaves), tell=heard))

    @precondition(lambda self: self.reported)
    @rule(data=st.data())
    def heard_late_or_twice(self, data):
        self.world.step(data.draw(st.sampled_from(self.reported[-4:])))

    @rule(
        data=st.data(),
        kind=st.sampled_from([ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED]),
    )
    def ended(self, data, kind):
        name = self.pick(data, lambda b: b.open)
        if name and self.all_heard(name):
            self.world.end(name, kind, "closed")

    @rule(data=st.data())
    def debit_executes_after_its_end(self, data):
        name = self.pick(
            data,
            lambda b: b.request.part is Part.DEBIT and b.status is not ReportKind.ACK and b.leaves,
        )
        if name:
            self.reported.append(self.world.fill(name, 1))

    @precondition(lambda self: self.world.record_s == 0)
    @rule(data=st.data())
    def completing_order_executes_after_its_end(self, data):
        name = self.pick(
            data,
            lambda b: (
                b.request.part is not Part.DEBIT and b.status is not ReportKind.ACK and b.leaves
            ),
        )
        if name:
            self.reported.append(self.world.fill(name, 1))

    @rule(data=st.data(), text=st.sampled_from([ReportKind.CANCEL_REJECTED, ReportKind.NOT_FOUND]))
    def no_answer_at_all(self, data, text):
        name = self.pick(data, lambda b: True)
        if name:
            self.world.report(text, name)

    @rule(data=st.data())
    def asked_and_answered(self, data):
        name = self.pick(data, lambda b: True)
        if name:
            self.world.answer(name)

    @rule()
    def garbage(self):
        world = self.world
        world.step(OrderReport(ReportKind.FILL, "S-OTHER", 0.0, execution_id="g", quantity=9))

    @rule(on=st.booleans())
    def paused(self, on):
        self.world.trader.context.paused = on

    @rule(age_s=st.sampled_from([0.0, 5.0]))
    def quotes_age(self, age_s):
        self.world.quotes_age_s = age_s

    def all_heard(self, name):
        return self.world.orders[name].filled == self.world.booked[name].filled

    @invariant()
    def no_pending_order_sells_twice(self):
        if not hasattr(self, "world"):
            return
        for unit in self.world.trader.credits.units.values():
            live = [
                order
                for name, order in self.world.orders.items()
                if order.live
                and order.request.part is not Part.DEBIT
                and name.startswith(self.world.trader.ids.make(unit.cycle, Part.CREDIT, 0)[:-2])
            ]
            assert len(live) <= 1

    @invariant()
    def limits_hold(self):
        if hasattr(self, "world"):
            limits = self.world.gate.limits
            assert self.world.exposure.working <= limits.max_imbalance_chain

    def teardown(self):
        if not hasattr(self, "world"):
            return
        world = self.world
        world.trader.pause()
        world.ack_s = world.cancel_s = world.query_s = 0.05
        for name in list(world.booked):
            world.answer(name)
        world.run(60.0)
        for _ in range(200):
            open_credits = [
                n for n, b in world.booked.items() if b.open and b.request.part is not Part.DEBIT
            ]
            for name in open_credits:
                world.fill(name)
            world.run(10.0)
            if not world.trader.credits.units:
                break
        self.everything_settled()

    def everything_settled(self):
        world = self.world
        oversold = any(code == "OVERSOLD" for code, _ in world.standing)
        parked = [
            unit for unit in world.trader.credits.units.values() if unit.stage is Stage.PARKED
        ]
        assert oversold or len(parked) == len(world.trader.credits.units)
        for unit in parked:
            assert ("PARKED", f"{world.trader.key}/{unit.cycle}") in world.standing
        for name, order in world.orders.items():
            booked = world.booked.get(name)
            assert not order.live or order.request.part is not Part.DEBIT
            if booked is not None:
                assert order.filled == booked.filled, "engine and exchange differ"
        ended = {e.cycle for e in world.of(ev.CycleEnded)}
        held = {e.cycle for e in world.of(ev.OrderIntended) if _filled(world, e)}
        assert oversold or held - {unit.cycle for unit in parked} <= ended


def _filled(world, intended):
    return intended.part == "D" and world.orders[intended.order].filled > 0


TestTraderUnderFire = TraderUnderFire.TestCase
TestTraderUnderFire.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
