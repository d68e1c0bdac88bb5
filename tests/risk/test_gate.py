"""Every reason code of the pre-trade gate is closed by its own cause, and by nothing less."""

import pytest

from engine.config import RiskLimits
from engine.orders.events import LadderMoved
from engine.orders.types import Part, ReportKind
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.risk.gate import PreTradeGate, RateBucket
from engine.risk.gates import TABLE, Gate
from engine.risk.order_budget import MonthSoFar
from tests.support.exposure_events import A, B, added, cycle_ended, ended, executed, intended
from tests.support.trader_parts import DAY, make_chain
from tests.support.trader_world import World


def gate(*events, **limits):
    sums = Exposure()
    for event in (added(A), *events):
        sums.apply(event)
    return PreTradeGate(RiskLimits(**limits), sums, DeskFlags())


def orders(count, cancels=0):
    events = []
    for number in range(count):
        events += [intended(f"d{number}", 1, cycle=number), ended(f"d{number}")]
    return events


def legged(contracts, cycle=1):
    return [intended(f"L{cycle}", contracts, cycle=cycle), executed(f"L{cycle}", contracts)]


def hung(cycle):
    return [*legged(1, cycle), LadderMoved(0, A, cycle, "H2", 100)]


def test_every_code_has_its_row_in_the_order_of_the_codes():
    assert list(TABLE) == list(Gate)
    assert all(row.sentence for row in TABLE.values())


def test_an_idle_desk_is_open():
    subject = gate()
    assert subject.desk_gate() is None
    assert subject.chain_gate(A, subject.exposure.chains[A], 0.0) is None


@pytest.mark.parametrize(
    ("flag", "code"),
    [
        ("ended", Gate.ENDED),
        ("killed", Gate.KILLED),
        ("halted", Gate.HALTED),
        ("exit_only", Gate.EXIT_ONLY),
        ("journal_failed", Gate.JOURNAL),
    ],
)
def test_a_flag_of_the_desk_closes_it(flag, code):
    subject = gate()
    setattr(subject.desk, flag, True)
    assert subject.desk_gate() is code


def test_without_definite_answers_a_second_order_waits_for_the_first():
    subject = gate()
    subject.desk.definite_answers = False
    assert subject.desk_gate() is None
    subject.exposure.apply(intended("d", 1))
    assert subject.desk_gate() is Gate.UNKNOWN_ORDER


def test_two_hung_units_close_the_desk():
    assert gate(*hung(1)).desk_gate() is None
    assert gate(*hung(1), *hung(2)).desk_gate() is Gate.HUNG_DESK


def test_the_desks_imbalance_counts_working_and_legged_contracts():
    nearly = [*legged(4), intended("w", 5, cycle=9)]
    assert gate(*nearly).desk_gate() is None
    assert gate(*nearly, intended("v", 1, cycle=10)).desk_gate() is Gate.IMBALANCE_DESK


def test_the_days_loss_closes_the_desk_and_stays_latched():
    subject = gate(cycle_ended("SCRATCHED", net_c=-24_999))
    assert subject.desk_gate() is None
    subject.exposure.mark(A, 1, -1)
    assert subject.desk_gate() is Gate.DAY_LOSS
    subject.exposure.mark(A, 1, 10_000)
    assert subject.desk_gate() is Gate.DAY_LOSS


def test_three_unwinds_a_day_close_the_desk():
    ends = [cycle_ended("SCRATCHED", cycle=number) for number in range(3)]
    assert gate(*ends[:2]).desk_gate() is None
    assert gate(*ends).desk_gate() is Gate.UNWINDS


def test_ninety_five_percent_of_the_order_budget_closes_the_desk():
    assert gate(*orders(99)).desk_gate() is None
    spent = [*orders(334)]
    filled = [executed(f"d{n}", 1, late=True) for n in range(100)]
    subject = gate(*spent, *filled, max_imbalance_desk=1000)
    assert subject.exposure.orders >= 0.95 * 351
    assert subject.desk_gate() is Gate.BUDGET


def test_the_efficiency_ratio_closes_the_desk_from_a_hundred_orders_on():
    assert gate(*orders(99)).desk_gate() is None
    assert gate(*orders(100)).desk_gate() is Gate.BUDGET


def test_what_earlier_runs_of_the_day_sent_is_not_allowed_again():
    desk = gate()
    for month, allowed in (
        (MonthSoFar(), 351),
        (MonthSoFar(today=340), 11),
        (MonthSoFar(sessions=3, before=900, today=50), 103),
        (MonthSoFar(today=400), 0),
    ):
        desk.set_month(month)
        assert desk.orders_allowed() == allowed


def test_an_unenforced_budget_stops_nothing():
    assert gate(*orders(400), order_budget_enforced=False).desk_gate() is None


def test_a_chain_that_differs_from_the_broker_is_closed():
    subject = gate()
    subject.desk.unreconciled = frozenset({A})
    assert subject.chain_gate(A, subject.exposure.chains[A], 0.0) is Gate.RECONCILE


def test_an_unhedged_unit_closes_its_chain():
    subject = gate(*legged(1))
    assert subject.chain_gate(A, subject.exposure.chains[A], 0.0) is Gate.UNHEDGED


def test_working_contracts_up_to_the_limit_close_the_chain():
    assert (
        gate(intended("d", 4)).chain_gate(A, gate(intended("d", 4)).exposure.chains[A], 0) is None
    )
    subject = gate(intended("d", 5))
    assert subject.chain_gate(A, subject.exposure.chains[A], 0.0) is Gate.IMBALANCE_CHAIN


def test_the_order_rate_closes_the_chain_until_the_bucket_refills():
    subject = gate(orders_per_minute=60)
    chain = subject.exposure.chains[A]
    for _ in range(6):
        assert subject.chain_gate(A, chain, 0.0) is None
        subject.rate.spend(0.0)
    assert subject.chain_gate(A, chain, 0.0) is Gate.RATE
    assert subject.chain_gate(A, chain, 0.9) is Gate.RATE
    assert subject.chain_gate(A, chain, 1.0) is None


def test_completing_orders_may_overdraw_the_bucket_and_debits_pay_it_back():
    bucket = RateBucket(60)
    for _ in range(10):
        bucket.spend(0.0)
    assert not bucket.ready(4.9)
    assert bucket.ready(5.1)
    assert bucket.ready(10_000.0)
    for _ in range(6):
        bucket.spend(10_000.0)
    assert not bucket.ready(10_000.0)


def test_room_is_the_smallest_of_order_chain_and_desk():
    subject = gate(*legged(2), intended("w", 1, cycle=5))
    chain = subject.exposure.chains[A]
    assert subject.room(chain) == 5 - 3
    assert gate(max_contracts=2).room(gate().exposure.chains[A]) == 2
    wide = gate(*legged(2), max_imbalance_chain=50, max_imbalance_desk=9)
    assert wide.room(wide.exposure.chains[A]) == 7


def test_capital_limits_close_at_one_order_one_chain_and_the_desk():
    limits = {
        "max_debit_usd_order": 500,
        "max_debit_usd_chain": 800,
        "max_debit_usd_desk": 1_000,
    }
    subject = gate(**limits)
    chain = subject.exposure.chains[A]
    assert subject.capital_gate(chain, 2, 250) is None
    assert subject.capital_gate(chain, 2, 251) is Gate.CAPITAL_ORDER
    assert subject.capital_gate(chain, 11, 1) is Gate.CAPITAL_ORDER
    subject = gate(intended("d", 2, 200), **limits)
    chain = subject.exposure.chains[A]
    assert subject.capital_gate(chain, 2, 200) is None
    assert subject.capital_gate(chain, 2, 201) is Gate.CAPITAL_CHAIN
    subject = gate(intended("d", 2, 200), **{**limits, "max_debit_usd_desk": 700})
    assert subject.capital_gate(subject.exposure.chains[A], 2, 200) is Gate.CAPITAL_DESK


def test_the_days_own_limit_counts_a_debit_that_works_as_bought():
    subject = gate(intended("d", 2, 200))
    subject.limit_day(60_000)
    assert subject.capital_gate(subject.exposure.chains[A], 1, 200) is None
    assert subject.capital_gate(subject.exposure.chains[A], 1, 201) is Gate.CAPITAL_DAY


@pytest.mark.parametrize(
    "limits",
    [
        {"max_debit_usd_order": 777},
        {"max_debit_usd_order": 777, "max_debit_usd_chain": 1_300},
        {"max_debit_usd_order": 777, "max_debit_usd_chain": 1_300, "max_debit_usd_desk": 1_350},
    ],
    ids=["order", "chain", "desk"],
)
def test_the_dearest_debit_is_the_dearest_that_passes_the_capital_gate(limits):
    elsewhere = [added(B), intended("b", 4, 200, trader=B)]
    for events in ([], [intended("d", 3, 321)], legged(4), elsewhere, [*elsewhere, *legged(4)]):
        subject = gate(*events, **limits)
        chain = subject.exposure.chains[A]
        for quantity in (1, 2, 3):
            dearest_c = subject.largest_debit_c(chain, quantity)
            assert subject.capital_gate(chain, quantity, dearest_c) is None
            assert subject.capital_gate(chain, quantity, dearest_c + 1) is not None


def test_loss_room_is_half_of_what_is_left_of_the_days_allowance():
    assert gate().loss_room_c() == 12_500
    assert gate(cycle_ended("SCRATCHED", net_c=-10_000)).loss_room_c() == 7_500
    assert gate(cycle_ended("SCRATCHED", net_c=-90_000)).loss_room_c() == 0


# -------------------------------------------------------------------- codes a trader finds itself


def blocked(world, seconds=20.0):
    world.run(seconds)
    assert world.submits() == []
    return world.trader.blocked


def test_before_the_open_a_trader_shows_the_phase():
    assert blocked(World(at="09:00:00")) is Gate.PHASE


def test_five_minutes_before_the_close_a_trader_shows_that_the_close_is_near():
    assert blocked(World(at="15:55:00")) is Gate.CLOSE_NEAR


def test_a_paused_trader_shows_it():
    world = World()
    world.trader.pause()
    assert blocked(world) is Gate.PAUSED


def test_a_faulted_trader_never_looks_again():
    world = World()
    world.trader.mark_faulted("ValueError: no")
    world.trader.attempt_at(1.0)
    assert blocked(world) is Gate.FAULT
    assert world.trader.next_attempt_s is None


def test_a_held_trader_shows_it():
    world = World()
    world.trader.context.hold(Gate.HELD, "low fill rate", 500.0, world.moment)
    world.trader.attempt_at(1.0)
    assert blocked(world) is Gate.HELD


def test_outside_the_hours_in_force_a_trader_waits():
    world = World()
    world.trader.set_hours(frozenset({14}))
    assert blocked(world) is Gate.HOURS
    world.trader.set_hours(frozenset({10}))
    world.debit()


def test_a_chain_too_near_its_expiration_is_refused():
    days_left = 37
    assert blocked(World(spreads={"min_days_to_expiry": days_left + 1})) is Gate.EXPIRY_NEAR
    World(spreads={"min_days_to_expiry": days_left}).debit()
    assert DAY.day + days_left - 31 == 20


def test_an_expiration_that_is_not_listed_blocks_its_trader():
    world = World()
    world.listed = False
    assert blocked(world) is Gate.NOT_LISTED


@pytest.mark.parametrize("age_s", [1.01, 60.0, -1.01, float("nan")])
def test_old_future_dated_and_undated_quotes_are_stale(age_s):
    world = World()
    world.quotes_age_s = age_s
    assert blocked(world) is Gate.QUOTES_STALE


def test_quotes_one_second_old_are_fresh():
    world = World(at="10:30:00")
    world.quotes_age_s = 0.99
    world.debit()


def test_a_chain_without_a_pair_says_so():
    world = World()
    world.chain = make_chain(spread=0.0)
    assert blocked(world) is Gate.NO_PAIR


def test_a_debit_never_costs_more_than_one_order_may():
    world = World(limits={"max_debit_usd_order": 228.0})
    world.chain = make_chain(spread=0.3)
    world.debit()
    sent = world.submits(Part.DEBIT)
    assert sent[0][1].limit_c <= 228
    free = World()
    free.chain = make_chain(spread=0.3)
    free.debit()
    assert free.submits(Part.DEBIT)[0][1].limit_c > 228


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ("max_debit_usd_order", Gate.CAPITAL_ORDER),
        ("max_debit_usd_chain", Gate.CAPITAL_CHAIN),
        ("max_debit_usd_desk", Gate.CAPITAL_DESK),
    ],
)
def test_no_capital_at_all_names_the_limit_that_is_spent(limit, code):
    assert blocked(World(limits={limit: 0.5})) is code


def test_no_loss_allowance_left_blocks_before_the_day_loss_does():
    assert blocked(World(limits={"day_loss_exit_only_usd": 3.0})) is Gate.LOSS_ROOM


def test_open_debit_money_of_other_chains_uses_up_the_loss_room():
    world = World(limits={"day_loss_exit_only_usd": 250})
    world.emit(added("SPY 2026-03-20")._replace(multiplier=100))
    world.emit(intended("s", 5, 1_000, trader="SPY 2026-03-20"))
    assert world.gate.loss_room_c() == 12_500 == 0.25 * 5 * 1_000 * 100 / 10
    assert blocked(world) is Gate.LOSS_ROOM


def test_the_same_debit_again_within_a_second_is_a_duplicate():
    timing = {"min_delay_between_attempts": 0.0, "max_delay_between_attempts": 0.01}
    world = World(timing=timing, ack_s=0.0)
    first = world.debit()
    sent_s = world.now_s
    world.end(first, ReportKind.CANCELED)
    world.run(0.5)
    assert len(world.submits(Part.DEBIT)) == 1
    assert world.trader.blocked is Gate.DUPLICATE
    world.debit()
    assert world.now_s - sent_s >= 1.0
