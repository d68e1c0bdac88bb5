"""What the desk may lose: kept event by event, it must equal a recount from scratch."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.orders import events as ev
from engine.risk.exposure import Exposure
from tests.support.exposure_events import (
    MULTIPLIER,
    A,
    B,
    added,
    cycle_ended,
    ended,
    executed,
    intended,
)


def after(*events):
    sums = Exposure()
    for event in (added(A), added(B), *events):
        sums.apply(event)
    return sums


def figures(sums, trader=A):
    chain = sums.chains[trader]
    return chain.working, chain.legged, chain.working_c, chain.legged_c


def test_a_debit_that_works_counts_with_its_limit():
    assert figures(after(intended("d", 3))) == (3, 0, 60_000, 0)


def test_a_fill_moves_contracts_from_working_to_legged_at_the_price_paid():
    sums = after(intended("d", 3), executed("d", 2, 198))
    assert figures(sums) == (1, 2, 20_000, 39_600)


def test_an_unknown_debit_counts_as_if_it_filled():
    sums = after(intended("d", 3), ev.OrderUnknown(0, A, "d", "no answer"))
    assert sums.imbalance == 3 and sums.unknown == 1
    sums.apply(ev.CancelSent(0, A, "d", "timeout"))
    assert sums.imbalance == 3 and sums.unknown == 1
    sums.apply(ended("d"))
    assert sums.imbalance == 0 and sums.unknown == 0


def test_shares_that_an_assignment_left_bring_their_chain_what_they_are_sold_for():
    sums = after(
        intended("d", 1),
        executed("d", 1),
        ev.Settled(0, A, "s", "assigned", "C", 105, -1, 10_600, 1_050_000, -100),
    )
    chain = sums.chains[A]
    before_c = chain.cash_c
    for shares, price_c in ((40, 10_500), (80, 10_700)):
        sums.apply(ev.SharesTraded(0, "X", "t", shares, price_c, -shares * price_c))
    assert chain.shares == 0, "no more than it owes"
    assert chain.cash_c - before_c == -(40 * 10_500 + 60 * 10_700)


def test_an_unknown_credit_counts_as_not_filled():
    sums = after(
        intended("d", 2),
        executed("d", 2),
        intended("c", 2, part="C"),
        ev.OrderUnknown(0, A, "c", "no answer"),
    )
    assert figures(sums)[:2] == (0, 2)


def test_an_order_found_again_is_no_longer_unknown():
    sums = after(intended("d", 1), ev.OrderUnknown(0, A, "d", ""), ev.OrderWorking(0, A, "d", "b"))
    assert sums.unknown == 0 and sums.working == 1


def test_a_late_fill_after_a_cancel_is_legged_and_was_no_longer_working():
    sums = after(intended("d", 3), ended("d"), executed("d", 2, late=True))
    assert figures(sums) == (0, 2, 0, 40_000)


def test_a_bust_of_a_live_debit_is_counted_once():
    sums = after(intended("d", 3), executed("d", 2), executed("d", -1))
    assert figures(sums) == (2, 1, 40_000, 20_000)
    sums.apply(ended("d"))
    assert figures(sums) == (0, 1, 0, 20_000)


def test_a_credit_takes_its_share_of_the_cost_with_it_and_a_bust_brings_it_back():
    sums = after(intended("d", 3), executed("d", 3, 201), ended("d", "filled"))
    sums.apply(intended("c", 3, part="C"))
    sums.apply(executed("c", 2, 230))
    assert figures(sums) == (0, 1, 0, 20_100)
    sums.apply(executed("c", -1, 230))
    assert figures(sums) == (0, 2, 0, 40_200)


def test_contracts_sold_too_often_wait_for_a_late_debit_and_make_nothing_negative():
    sums = after(intended("d", 2), executed("d", 1), ended("d"), intended("c", 2, part="C"))
    sums.apply(executed("c", 2))
    assert figures(sums) == (0, 0, 0, 0)
    sums.apply(executed("d", 1, late=True))
    assert figures(sums) == (0, 0, 0, 0)


def test_a_unit_hangs_from_the_walk_on_until_its_cycle_ends():
    sums = after(intended("d", 1), executed("d", 1))
    sums.apply(ev.LadderMoved(0, A, 1, "H1", 200))
    assert sums.hung == 0
    sums.apply(ev.LadderMoved(0, A, 1, "H2", 200))
    sums.apply(ev.LadderMoved(0, A, 1, "H3", 200))
    assert sums.hung == 1
    sums.apply(cycle_ended("PARKED"))
    assert sums.hung == 1
    sums.apply(cycle_ended("SCRATCHED"))
    assert sums.hung == 0


def test_the_days_loss_sums_scratches_after_fees_negative_floors_and_open_marks():
    sums = after(
        cycle_ended("SCRATCHED", net_c=-1_000, fees_c=300, cycle=1),
        cycle_ended("COMPLETE", floor_c=-500, net_c=900, cycle=2),
        cycle_ended("COMPLETE", floor_c=700, cycle=3),
    )
    assert sums.day_loss_c == 1_800 and sums.unwinds == 1
    sums.mark(A, 4, -250)
    sums.mark(A, 4, -200)
    assert sums.day_loss_c == 2_000
    sums.mark(A, 4, 900)
    assert sums.day_loss_c == 1_800


def test_the_end_of_a_cycle_takes_its_own_mark_and_no_other():
    sums = after()
    sums.mark(A, 1, -500)
    sums.mark(A, 2, -70)
    sums.mark(B, 1, -8)
    assert sums.day_loss_c == 578
    sums.apply(cycle_ended("PARKED", cycle=1))
    assert sums.day_loss_c == 578
    sums.apply(cycle_ended("SCRATCHED", net_c=-300, fees_c=100, cycle=1))
    assert sums.day_loss_c == 478
    assert sums.chains[A].marks == {2: -70}


def test_a_cycle_that_ends_again_replaces_what_it_had_come_to():
    sums = after(
        cycle_ended("COMPLETE", floor_c=-500),
        cycle_ended("SCRATCHED", net_c=-900, fees_c=100),
    )
    assert sums.realised_c == -1_000 and sums.unwinds == 1
    sums.apply(cycle_ended("UNWOUND", net_c=-700, fees_c=100))
    assert sums.realised_c == -800 and sums.unwinds == 1
    sums.apply(cycle_ended("COMPLETE", floor_c=200))
    assert sums.realised_c == 0 and sums.unwinds == 0


def test_a_pair_settled_without_its_credit_counts_its_loss_and_no_gain():
    for realised_c, counted_c in ((-12_300, -12_300), (45_600, 0)):
        sums = after(intended("d", 1), executed("d", 1))
        sums.apply(ev.PairSettled(0, A, 1, 1, 1, 10_400, 0, 0, 136, realised_c, None))
        assert (sums.realised_c, sums.legged) == (counted_c, 0)


def test_a_position_that_an_operator_accepts_is_held_as_the_broker_has_it():
    sums = after(intended("d", 1), executed("d", 1), ev.BookAdjusted(0, A, "C", 100, 1, 3))
    assert sums.chains[A].held == {("C", 100): 3, ("C", 105): -1}


def test_shares_are_taken_off_the_chains_of_their_own_symbol_alone():
    assigned = ev.Settled(0, A, "s", "assigned", "C", 105, -1, 10_600, 1_050_000, -100)
    sums = after(intended("d", 1), executed("d", 1), assigned)
    sums.apply(ev.SharesTraded(0, "Y", "t", 100, 10_500, -1_050_000))
    assert sums.chains[A].shares == -100
    sums.apply(ev.SharesTraded(0, "X", "u", 100, 10_500, -1_050_000))
    assert sums.chains[A].shares == 0


def test_submissions_cancels_and_executed_orders_make_the_efficiency_ratio():
    sums = after()
    assert sums.efficiency() is None
    for event in (
        intended("d", 2),
        executed("d", 1),
        executed("d", 1),
        intended("e", 1, cycle=2),
        ev.CancelSent(0, A, "e", "timeout"),
    ):
        sums.apply(event)
    assert (sums.orders, sums.cancels, sums.executed) == (2, 1, 1)
    assert sums.efficiency() == 1.5


def test_rejects_are_counted_by_the_moment_they_came():
    sums = after(
        *(intended(f"d{i}", 1, cycle=i) for i in range(4)),
        *(ended(f"d{i}", "rejected", at_ms=i * 1000) for i in range(4)),
    )
    assert sums.rejects_since(2000) == 2


class ExposureUnderEvents(RuleBasedStateMachine):
    """Random lives of orders on two chains; the recount keeps plain lists and knows no sums."""

    def __init__(self):
        super().__init__()
        self.sums = after()
        self.debits = {}
        self.count = 0
        self.at_ms = 0

    def apply(self, event):
        self.sums.apply(event)

    @rule(trader=st.sampled_from([A, B]), quantity=st.integers(1, 5), limit_c=st.integers(1, 500))
    def debit(self, trader, quantity, limit_c):
        self.count += 1
        name = f"d{self.count}"
        self.debits[name] = {
            "trader": trader,
            "limit_c": limit_c,
            "leaves": quantity,
            "quantity": quantity,
            "cycle": self.count,
            "paid": [],
            "completed": 0,
            "live": True,
            "unknown": False,
            "credit": None,
        }
        self.apply(intended(name, quantity, limit_c, "D", trader, self.count))

    def pick(self, data, true):
        names = [name for name, debit in self.debits.items() if true(debit)]
        if not names:
            return None, None
        name = data.draw(st.sampled_from(names))
        return name, self.debits[name]

    @precondition(lambda self: any(d["leaves"] for d in self.debits.values()))
    @rule(data=st.data())
    def fill(self, data):
        name, debit = self.pick(data, lambda d: len(d["paid"]) < d["quantity"])
        if debit is None:
            return
        quantity = data.draw(st.integers(1, debit["quantity"] - len(debit["paid"])))
        price_c = data.draw(st.integers(1, debit["limit_c"]))
        self.apply(executed(name, quantity, price_c, not debit["live"], debit["trader"]))
        debit["paid"] += [price_c] * quantity
        if debit["live"]:
            debit["leaves"] -= quantity

    @precondition(lambda self: any(d["live"] for d in self.debits.values()))
    @rule(data=st.data(), status=st.sampled_from(["canceled", "rejected", "expired"]))
    def end(self, data, status):
        name, debit = self.pick(data, lambda d: d["live"])
        debit["live"] = debit["unknown"] = False
        debit["leaves"] = 0
        self.at_ms += 1
        self.apply(ended(name, status, debit["trader"], self.at_ms))

    @precondition(lambda self: any(d["live"] for d in self.debits.values()))
    @rule(data=st.data())
    def lose(self, data):
        name, debit = self.pick(data, lambda d: d["live"])
        debit["unknown"] = True
        self.apply(ev.OrderUnknown(0, debit["trader"], name, "no answer"))

    @rule(data=st.data(), part=st.sampled_from(["C", "U"]))
    def complete(self, data, part):
        name, debit = self.pick(data, lambda d: len(d["paid"]) > d["completed"])
        if debit is None:
            return
        credit = f"c{name}"
        if debit["credit"] is None:
            debit["credit"] = credit
            trader, cycle = debit["trader"], debit["cycle"]
            self.apply(intended(credit, 5, 100, part, trader, cycle))
        quantity = data.draw(st.integers(1, len(debit["paid"]) - debit["completed"]))
        debit["completed"] += quantity
        self.apply(executed(credit, quantity, 210, False, debit["trader"]))

    @invariant()
    def sums_equal_the_recount(self):
        for trader in (A, B):
            mine = [d for d in self.debits.values() if d["trader"] == trader]
            chain = self.sums.chains[trader]
            assert chain.working == sum(d["leaves"] for d in mine)
            assert chain.working_c == sum(
                d["leaves"] * d["limit_c"] * MULTIPLIER[trader] for d in mine
            )
            assert chain.legged == sum(len(d["paid"]) - d["completed"] for d in mine)
            assert (chain.legged_c == 0) or chain.legged > 0
            assert 0 <= chain.legged_c <= sum(sum(d["paid"]) for d in mine) * MULTIPLIER[trader]
        chains = self.sums.chains.values()
        assert self.sums.working == sum(c.working for c in chains)
        assert self.sums.legged == sum(c.legged for c in chains)
        assert self.sums.working_c == sum(c.working_c for c in chains)
        assert self.sums.legged_c == sum(c.legged_c for c in chains)
        assert self.sums.imbalance == self.sums.working + self.sums.legged
        assert self.sums.unknown == sum(d["unknown"] for d in self.debits.values())


TestExposureUnderEvents = ExposureUnderEvents.TestCase
TestExposureUnderEvents.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
