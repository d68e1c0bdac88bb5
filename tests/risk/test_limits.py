"""Limits of an order and of a session: each closes at its number, and not before it."""

from __future__ import annotations

import json
from datetime import date
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from engine.book.balancer import PositionBalancer
from engine.config import RiskLimits
from engine.market.calendar import xnys
from engine.orders import events as ev
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.risk.gate import PreTradeGate, price_gate
from engine.risk.gates import Gate
from engine.risk.order_budget import MonthSoFar, Spending, spending
from engine.risk.worst_case import UNBOUNDED, Potential, worst_case_c
from engine.run_folder.errors import JournalError
from engine.run_folder.order_counts import OrderDays
from tests.support.exposure_events import A, added, cycle_ended, ended, executed, intended
from tests.support.trader_world import World

# -------------------------------------------------------------------- the order budget


@pytest.mark.parametrize(
    ("orders", "ratio", "level"),
    [
        (0, None, Spending.FREE),
        (69, 1.0, Spending.FREE),
        (70, 1.0, Spending.WARN),
        (84, 1.0, Spending.WARN),
        (85, 1.0, Spending.THROTTLE),
        (94, 1.0, Spending.THROTTLE),
        (95, 1.0, Spending.STOP),
        (500, 1.0, Spending.STOP),
    ],
)
def test_a_budget_of_a_hundred_warns_throttles_and_stops_at_its_shares(orders, ratio, level):
    assert spending(orders, ratio, 100) is level


@pytest.mark.parametrize(
    ("ratio", "level"),
    [
        (9.99, Spending.FREE),
        (10.0, Spending.WARN),
        (14.99, Spending.WARN),
        (15.0, Spending.THROTTLE),
        (19.99, Spending.THROTTLE),
        (20.0, Spending.STOP),
    ],
)
def test_the_ratio_counts_from_a_hundred_submissions_on(ratio, level):
    assert spending(99, ratio, 100_000) is Spending.FREE
    assert spending(100, ratio, 100_000) is level


def test_the_budget_is_averaged_over_the_months_sessions():
    assert spending(351, 1.0, 351) is Spending.STOP
    assert spending(351, 1.0, 351, MonthSoFar(sessions=10, before=0)) is Spending.FREE
    assert spending(0, None, 351, MonthSoFar(sessions=3, before=3 * 351)) is Spending.STOP
    assert spending(1, 1.0, 351, MonthSoFar(sessions=1, today=350)) is Spending.STOP


def test_the_budget_holds_a_live_desk_and_a_simulation_only_where_it_is_asked_to():
    plain = RiskLimits()
    stored = RiskLimits.model_validate(plain.model_dump())
    assert plain.enforces_order_budget and stored.enforces_order_budget
    assert not plain.scaled(3).enforces_order_budget
    assert not stored.scaled(3).scaled(3).enforces_order_budget
    asked = RiskLimits(order_budget_enforced=True)
    assert asked.scaled(3).scaled(3).enforces_order_budget
    assert not RiskLimits(order_budget_enforced=False).enforces_order_budget


def test_orders_by_day_are_kept_for_the_next_session_by_their_owner_alone(tmp_path):
    path = tmp_path / "orders-by-day.json"
    days = OrderDays(path)
    days.count(date(2026, 1, 30), 900)
    days.count(date(2026, 2, 2), 200)
    days.count(date(2026, 2, 2), 150)  # never falls
    days.count(date(2026, 2, 3), 10)
    assert path.stat().st_mode & 0o077 == 0
    again = OrderDays(path)
    month = again.month(xnys(), date(2026, 2, 4), 0)
    assert month == MonthSoFar(sessions=3, before=210, today=0)
    assert again.month(xnys(), date(2026, 2, 3), 4) == MonthSoFar(2, 200, 6)
    for number in range(200):
        again.count(date.fromordinal(date(2026, 3, 1).toordinal() + number), 1)
    assert len(json.loads(path.read_text())) <= 92


@pytest.mark.parametrize(
    "text", ["", "[]", '{"x": 1}', '{"2026-01-05": "a"}', '{"2026-01-05": -1}']
)
def test_a_damaged_count_of_orders_is_refused_with_what_to_do(tmp_path, text):
    path = tmp_path / "orders-by-day.json"
    path.write_text(text)
    with pytest.raises(JournalError, match="move it away"):
        OrderDays(path)


def test_too_few_executions_double_the_delays_and_a_simulation_only_counts():
    for enforced, factor in ((True, 2.0), (False, 1.0)):
        one = World(start=False, limits={"order_budget_enforced": enforced})
        other = World(start=False)
        for number in range(150):
            one.emit(intended(f"d{number}", 1, trader=one.trader.key))
            if number < 9:
                one.emit(executed(f"d{number}", 1, trader=one.trader.key))
        assert one.gate.spending() is Spending.THROTTLE
        assert one.gate.delay_factor() == factor
        one.trader.plan_next(one.moment)
        other.trader.plan_next(other.moment)
        assert one.trader.next_delay_s == pytest.approx(factor * other.trader.next_delay_s)


# -------------------------------------------------------------------- the worst case of a chain

STRIKES = (95, 100, 105, 110)
legs = st.tuples(st.sampled_from("CP"), st.sampled_from(STRIKES), st.sampled_from(STRIKES)).filter(
    lambda leg: leg[1] != leg[2]
)


@st.composite
def potential(draw, completed=True):
    right, buys, sells = draw(legs)
    completing = draw(st.none() | potential(completed=False)) if completed else None
    return Potential(
        right, buys, sells, draw(st.integers(0, 3)), draw(st.integers(-60_000, 60_000)), completing
    )


def worth(right, strike, price):
    return max(0, price - strike if right == "C" else strike - price)


def comes_to(order, price):
    spread = worth(order.right, order.buys, price) - worth(order.right, order.sells, price)
    return spread * 100 * 100 + order.money_c


@settings(max_examples=150, deadline=None)
@given(
    pairs=st.lists(st.tuples(legs, st.integers(1, 3)), max_size=3),
    cash_c=st.integers(-100_000, 100_000),
    potentials=st.lists(potential(), max_size=3),
)
def test_the_worst_case_is_the_least_over_every_outcome_and_every_price(pairs, cash_c, potentials):
    """Against trying each filled quantity of each order, each completed part, each whole price."""
    held: dict[tuple[str, float], int] = {}
    for (right, buys, sells), count in pairs:
        held[right, buys] = held.get((right, buys), 0) + count
        held[right, sells] = held.get((right, sells), 0) - count
    outcomes = [
        [
            (filled, done)
            for filled in range(each.quantity + 1)
            for done in range(filled + 1 if each.completing else 1)
        ]
        for each in potentials
    ]
    least = min(
        cash_c
        + sum(n * worth(right, strike, price) * 10_000 for (right, strike), n in held.items())
        + sum(
            filled * comes_to(each, price)
            + (done * comes_to(each.completing, price) if each.completing else 0)
            for each, (filled, done) in zip(potentials, chosen, strict=True)
        )
        for chosen in product(*outcomes)
        for price in (0, 50, *range(90, 121), 300)
    )
    assert worst_case_c(held, cash_c, potentials, 100) == least


@pytest.mark.parametrize(
    ("right", "held", "buys", "sells"),
    [("C", (115.0, 120.0, 125.0), 100.0, 105.0), ("P", (85.0, 80.0, 75.0), 100.0, 95.0)],
)
def test_a_dip_beyond_every_strike_of_the_orders_is_seen(right, held, buys, sells):
    dip = {(right, strike): count for strike, count in zip(held, (-1, 2, -1), strict=True)}
    debit = Potential(right, buys, sells, 1, -20_000)
    assert worst_case_c(dip, 0, [debit], 100) == -50_000, "it fills only where it costs most"
    assert worst_case_c({key: -n for key, n in dip.items()}, 0, [debit], 100) == -20_000


def test_more_calls_sold_than_held_have_no_worst_case():
    assert worst_case_c({("C", 100.0): -1}, 0, [], 100) == UNBOUNDED
    assert worst_case_c({("P", 100.0): -1}, 0, [], 100) == -1_000_000
    assert worst_case_c({}, 1_000_000, [], 100, -100) == UNBOUNDED
    assert worst_case_c({("C", 105.0): 1}, 1_000_000, [], 100, -100) == -50_000
    assert worst_case_c({}, -1_000_000, [], 100, 100) == -1_000_000


def test_a_chain_holds_what_its_orders_executed_and_gives_back_what_was_busted():
    sums = Exposure()
    for event in (
        added(A),
        intended("d", 2),
        executed("d", 2),
        intended("c", 2, limit_c=210, part="C"),
        executed("c", 1, price_c=210),
    ):
        sums.apply(event)
    chain = sums.chains[A]
    assert chain.held == {("C", 100): 3, ("C", 105): -3}
    assert chain.cash_c == -2 * 200 * 100 + 210 * 100 - 2 * 136
    (left,) = sums.working_orders(A)
    assert (left.quantity, left.money_c) == (1, 21_000)
    sums.apply(ev.Executed(0, A, "d", "bust", -2, 200, -136, True))
    assert chain.held == {("C", 100): 1, ("C", 105): -1}


def gate(*events, **limits):
    sums = Exposure()
    for event in (added(A), *events):
        sums.apply(event)
    return PreTradeGate(RiskLimits(**limits), sums, DeskFlags())


def debit(quantity=1, limit_c=200, buys=100.0, sells=105.0):
    return Potential("C", buys, sells, quantity, -limit_c * 100)


def test_a_debit_that_could_cost_the_chain_more_than_allowed_is_refused():
    subject = gate(max_worst_loss_usd_chain=1000)
    chain = subject.exposure.chains[A]
    assert subject.account_gate(A, chain, debit(5)) is None
    assert subject.account_gate(A, chain, debit(6)) is Gate.WORST_CASE


def test_what_works_already_counts_in_the_worst_case():
    subject = gate(intended("d", 4), max_worst_loss_usd_chain=1000)
    chain = subject.exposure.chains[A]
    assert subject.account_gate(A, chain, debit(1)) is None
    assert subject.account_gate(A, chain, debit(2)) is Gate.WORST_CASE
    subject.exposure.apply(ev.OrderUnknown(0, A, "d", "no answer"))
    assert subject.account_gate(A, chain, debit(2)) is Gate.WORST_CASE
    subject.exposure.apply(ended("d"))
    assert subject.account_gate(A, chain, debit(2)) is None


# -------------------------------------------------------------------- crossing and price


@pytest.mark.parametrize("right", ["C", "P"])
@pytest.mark.parametrize(
    ("buys", "sells", "crosses"),
    [
        (105.0, 95.0, True),  # takes the leg that the working credit sells
        (95.0, 100.0, True),  # gives it the leg that it buys
        (105.0, 100.0, True),
        (100.0, 105.0, False),
        (95.0, 110.0, False),
    ],
)
def test_either_leg_of_a_working_order_is_crossed(right, buys, sells, crosses):
    subject = gate(intended("c", 1, part="C"))  # buys 100, sells 105
    made = debit(buys=buys, sells=sells)._replace(right=right)
    found = subject.account_gate(A, subject.exposure.chains[A], made)
    assert found is (Gate.CROSS if crosses and right == "C" else None)


@pytest.mark.parametrize(("leg", "bought"), [(100.0, False), (105.0, True)])
def test_either_leg_of_another_order_of_the_account_is_crossed(leg, bought):
    subject = gate()
    chain = subject.exposure.chains[A]
    made = debit(buys=100.0, sells=105.0)
    subject.desk.external = frozenset({(A, "C", leg, bought)})
    assert subject.account_gate(A, chain, made) is Gate.CROSS
    subject.desk.external = frozenset({(A, "C", leg, not bought)})
    assert subject.account_gate(A, chain, made) is None


def test_a_debit_does_not_trade_with_the_chains_own_or_another_order_of_the_account():
    subject = gate(intended("c", 1, part="C"))  # buys 100, sells 105
    chain = subject.exposure.chains[A]
    assert subject.account_gate(A, chain, debit()) is None
    assert subject.account_gate(A, chain, debit(buys=105.0, sells=110.0)) is Gate.CROSS
    subject = gate()
    chain = subject.exposure.chains[A]
    subject.desk.external = frozenset({(A, "C", 100.0, False)})
    assert subject.account_gate(A, chain, debit()) is Gate.CROSS
    for other in ((A, "C", 100.0, True), (A, "P", 100.0, False), ("X", "C", 100.0, False)):
        subject.desk.external = frozenset({other})
        assert subject.account_gate(A, chain, debit()) is None


@pytest.mark.parametrize(
    ("limit_c", "tick_c", "market", "closed"),
    [
        (1, 1, None, None),
        (499, 1, None, None),
        (0, 1, None, Gate.PRICE),
        (-5, 1, None, Gate.PRICE),
        (500, 1, None, Gate.PRICE),
        (123, 5, None, Gate.PRICE),
        (125, 5, None, None),
        (150, 1, (150.0, 160.0), None),
        (160, 1, (150.0, 160.0), None),
        (149, 1, (150.0, 160.0), Gate.PRICE),
        (161, 1, (150.0, 160.0), Gate.PRICE),
    ],
)
def test_a_limit_is_on_its_tick_inside_its_width_and_inside_its_market(
    limit_c, tick_c, market, closed
):
    assert price_gate(limit_c, 500, tick_c, market) is closed


def test_a_clock_more_than_a_second_off_closes_the_desk():
    subject = gate()
    subject.desk.clock_skew_s = 1.0
    assert subject.desk_gate() is None
    subject.desk.clock_skew_s = 1.01
    assert subject.desk_gate() is Gate.CLOCK


def test_another_days_session_counts_its_losses_orders_and_unwinds_afresh():
    sums = Exposure()

    def started(day):
        return ev.SessionStarted(0, "SIM", "a", "r", "s", "m", 1, day, {})

    for event in (started("2026-01-14"), added(A), intended("d", 1), ended("d", "rejected")):
        sums.apply(event)
    sums.apply(cycle_ended("SCRATCHED", net_c=-30_000))
    sums.apply(started("2026-01-14"))
    assert (sums.orders, sums.unwinds, sums.day_loss_c) == (1, 1, 30_000)
    sums.apply(started("2026-01-15"))
    assert (sums.orders, sums.unwinds, sums.day_loss_c) == (0, 0, 0)
    assert sums.rejects_since(0) == 0


# -------------------------------------------------------------------- gate and balancer as machines


class GateUnderOrders(RuleBasedStateMachine):
    """Debits go out wherever the gate lets them; what it lets out never breaks a limit."""

    def __init__(self):
        super().__init__()
        self.gate = gate(max_worst_loss_usd_chain=3000, orders_per_minute=6000)
        self.chain = self.gate.exposure.chains[A]
        self.number = 0
        self.live = {}
        self.filled = {}

    def apply(self, event):
        self.gate.exposure.apply(event)

    @rule(wanted=st.integers(1, 12), limit_c=st.integers(1, 499))
    def a_debit_goes_out_where_it_may(self, wanted, limit_c):
        subject, limits = self.gate, self.gate.limits
        size = min(wanted, subject.room(self.chain))
        order = debit(size, limit_c)
        refused = (
            size <= 0
            or subject.desk_gate()
            or subject.capital_gate(self.chain, size, limit_c)
            or subject.account_gate(A, self.chain, order)
        )
        if refused:
            return
        self.number += 1
        name = f"d{self.number}"
        self.apply(intended(name, size, limit_c=limit_c, cycle=self.number))
        self.live[name] = (size, limit_c)
        assert size <= limits.max_contracts
        assert size * limit_c * 100 <= limits.max_debit_usd_order * 100

    @rule(part=st.integers(1, 10), ends=st.booleans())
    def it_fills_or_ends(self, part, ends):
        if not self.live:
            return
        name, (left, limit_c) = next(iter(self.live.items()))
        took = min(part, left)
        self.apply(executed(f"{name}", took, price_c=limit_c)._replace(execution=f"x{took}"))
        self.filled[name] = self.filled.get(name, 0) + took
        del self.live[name]
        if left > took and not ends:
            self.live[name] = (left - took, limit_c)
        else:
            self.apply(ended(name))

    @rule()
    def it_becomes_unknown(self):
        if self.live:
            self.apply(ev.OrderUnknown(0, A, next(iter(self.live)), "no answer"))

    @rule(price_c=st.integers(1, 499))
    def a_filled_one_is_completed(self, price_c):
        if not self.filled:
            return
        name, count = next(iter(self.filled.items()))
        if name in self.live:
            return
        del self.filled[name]
        cycle = int(name[1:])
        self.apply(intended(f"c{name}", count, limit_c=price_c, part="C", cycle=cycle))
        self.apply(executed(f"c{name}", count, price_c=price_c))
        self.apply(ended(f"c{name}", "filled"))

    @invariant()
    def no_limit_is_broken(self):
        limits, sums = self.gate.limits, self.gate.exposure
        at_work = sum(size for size, _ in self.live.values()) + sum(self.filled.values())
        assert self.chain.imbalance == at_work <= limits.max_imbalance_chain
        assert sums.imbalance <= limits.max_imbalance_desk
        assert self.chain.legged_c + self.chain.working_c <= limits.max_debit_usd_chain * 100
        worst_c = worst_case_c(self.chain.held, self.chain.cash_c, sums.working_orders(A), 100)
        completed_c = min(0, self.chain.cash_c)
        assert worst_c >= -limits.max_worst_loss_usd_chain * 100 + completed_c


class BalancerUnderFills(RuleBasedStateMachine):
    """The balancer against a list of what was bought and sold."""

    def __init__(self):
        super().__init__()
        self.balancer = PositionBalancer(max_imbalance=5)
        self.bought, self.sold = [], []
        self.day = date(2026, 2, 20)

    @rule(contracts=st.integers(1, 6), cost_c=st.integers(1, 500), working=st.integers(0, 3))
    def buys_where_it_may(self, contracts, cost_c, working):
        net = sum(n for n, _ in self.bought) - sum(n for n, _ in self.sold)
        allowed = self.balancer.can_add_debit("X", self.day, contracts, working)
        assert allowed == (net + working + contracts <= 5)
        if allowed:
            self.balancer.record_debit_fill("X", self.day, contracts, cost_c / 100)
            self.bought.append((contracts, cost_c))

    @rule(contracts=st.integers(1, 6), credit_c=st.integers(1, 500))
    def sells_against_it(self, contracts, credit_c):
        net = sum(n for n, _ in self.bought) - sum(n for n, _ in self.sold)
        if contracts <= net:
            self.balancer.record_credit_fill("X", self.day, contracts, credit_c / 100)
            self.sold.append((contracts, credit_c))

    @invariant()
    def it_counts_exactly_and_stays_within_its_limit(self):
        balance = self.balancer.get_balance("X", self.day)
        net = sum(n for n, _ in self.bought) - sum(n for n, _ in self.sold)
        assert balance.imbalance == net <= 5
        summary = self.balancer.get_summary()
        cash_c = sum(n * c for n, c in self.sold) - sum(n * c for n, c in self.bought)
        assert round(summary["net_premium"] * 100) == cash_c * 100
        assert self.balancer.room("X", self.day) == 5 - net


TestGateUnderOrders = GateUnderOrders.TestCase
TestGateUnderOrders.settings = settings(max_examples=80, stateful_step_count=30, deadline=None)
TestBalancerUnderFills = BalancerUnderFills.TestCase
TestBalancerUnderFills.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


@pytest.mark.parametrize("traders", range(1, 1001, 37))
def test_scaled_dollars_are_whole_cents_and_never_less(traders: int) -> None:
    plain = RiskLimits()
    scaled = plain.scaled(traders)
    for name, value in scaled:
        if "_usd" in name:
            assert value == round(value, 2) >= getattr(plain, name), name
    odd = RiskLimits(day_loss_halt_usd=333.3333, max_debit_usd_desk=111.1111).scaled(1)
    assert odd.max_debit_usd_desk == 111.1111, "what is not raised is as it was written"
    assert odd.day_loss_halt_usd == 1333.33
