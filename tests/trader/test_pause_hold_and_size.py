"""Pauses, automatic holds, the size of debits, and gates that close meanwhile."""

from __future__ import annotations

import pytest

from engine.book.contract_keys import contract_key
from engine.orders import events as ev
from engine.orders.actions import Fetch, Quotes
from engine.orders.types import Part
from engine.risk.gates import Gate
from tests.support.trader_parts import EXPIRATION, make_chain
from tests.support.trader_world import World, fast


def test_pause_lets_a_live_debit_live_out_its_timer_and_a_filled_one_complete():
    world = World()
    name = world.debit()
    world.run(0.5)
    world.trader.pause()
    world.step()
    world.run(1.9)
    assert not world.cancels(name)
    world.fill(name)
    assert world.submits(Part.CREDIT)
    world.run(0.5)
    world.fill(world.credit())
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"
    world.run(600.0)
    assert len(world.submits(Part.DEBIT)) == 1


def test_a_low_fill_rate_pauses_sixty_seconds_and_then_judges_anew():
    world = fast()
    world.run_until(lambda: world.trader.held is not None, 400.0)
    assert world.trader.debits.attempts == 20
    held_s = world.now_s
    count = len(world.submits())
    world.run(59.9)
    assert len(world.submits()) == count
    world.run(3.0)
    assert len(world.submits()) > count
    assert world.of(ev.TraderReleased)
    assert world.trader.debits.window.attempts <= 1
    world.run_until(lambda: len(world.of(ev.TraderHeld)) == 2, 400.0)
    assert world.trader.debits.attempts == 40
    assert world.now_s - held_s > 60.0


def test_a_fill_rate_at_the_minimum_goes_on():
    turn = iter(range(1000))
    world = fast(fills=lambda booked: booked.request.quantity if _fills(booked, turn) else 0)
    world.run_until(lambda: world.trader.debits.attempts >= 44, 1000.0)
    assert world.trader.held is None


def _fills(booked, turn):
    return booked.request.part is Part.CREDIT or next(turn) % 4 == 0


def test_the_size_steps_up_by_one_every_twenty_attempts_that_fill():
    world = fast(fills=lambda booked: booked.request.quantity)
    world.run_until(lambda: world.trader.debits.attempts >= 45, 1000.0)
    changes = [(e.before, e.after) for e in world.of(ev.SizeChanged)]
    assert changes == [(1, 2), (2, 3)]
    sizes = [r.quantity for _, r in world.submits(Part.DEBIT)]
    assert sizes[:20] == [1] * 20 and sizes[20:40] == [2] * 20


def test_the_size_steps_down_but_never_below_the_minimum():
    sizing = {"current_contracts": 2}
    world = fast(sizing=sizing, fill_rate={"min_fill_rate": 0.0})
    world.run_until(lambda: world.trader.debits.attempts >= 45, 1000.0)
    assert [(e.before, e.after) for e in world.of(ev.SizeChanged)] == [(2, 1)]


def test_after_an_approved_size_it_steps_only_downward():
    world = fast(fills=lambda booked: booked.request.quantity)
    world.trader.debits.only_downward = True
    world.run_until(lambda: world.trader.debits.attempts >= 25, 1000.0)
    assert not world.of(ev.SizeChanged)


def test_the_size_never_exceeds_the_room_left():
    world = World(
        sizing={"current_contracts": 8}, limits={"max_imbalance_chain": 3, "orders_per_minute": 600}
    )
    world.debit()
    assert world.submits()[0][1].quantity == 3


def test_the_size_does_not_grow_beyond_what_the_limits_let_an_order_have():
    world = fast(fills=lambda booked: booked.request.quantity, limits={"max_imbalance_chain": 2})
    world.run_until(lambda: world.trader.debits.attempts >= 65, 1000.0)
    assert [(e.before, e.after) for e in world.of(ev.SizeChanged)] == [(1, 2)]


@pytest.mark.parametrize(
    ("began", "goes_on", "at_target", "changes"),
    [
        (5, 8, 10, [(4, 3), (3, 2)]),  # 25 %, then 40 % (below the target), then 50 %
        (15, 12, 10, [(2, 3), (3, 4)]),  # 75 %, then 60 % (above the target), then 50 %
    ],
)
def test_a_change_of_size_that_began_goes_on_until_the_rate_is_back_at_the_target(
    began: int, goes_on: int, at_target: int, changes: list[tuple[int, int]]
) -> None:
    world = _of_rates([began, goes_on, at_target, goes_on], size=changes[0][0])
    world.run_until(lambda: world.trader.debits.attempts >= 80, 2000.0)
    assert [(e.before, e.after) for e in world.of(ev.SizeChanged)] == changes


def test_a_size_that_an_operator_set_does_not_go_on_as_the_fill_rate_began():
    world = _of_rates([15, 12], size=3)
    world.run_until(lambda: world.of(ev.SizeChanged), 1000.0)
    world.trader.set_size(3, only_downward=False)
    world.run_until(lambda: world.trader.debits.attempts >= 40, 1000.0)
    assert [(e.before, e.after) for e in world.of(ev.SizeChanged)] == [(3, 4)]


def _of_rates(fills_of_twenty: list[int], size: int) -> World:
    """A trader of this size of whose every twenty debits so many fill."""
    debits = iter(n < fills for fills in [*fills_of_twenty, 0] for n in range(20))
    return fast(
        sizing={"current_contracts": size},
        fill_rate={"min_fill_rate": 0.0},
        fills=lambda booked: (
            booked.request.quantity if booked.request.part is Part.CREDIT or next(debits) else 0
        ),
    )


def test_a_size_that_no_pair_fits_inside_the_limits_is_cut_to_one_that_does():
    dear = World(sizing={"current_contracts": 5}, limits={"max_debit_usd_order": 480.0})
    dear.debit()
    _, request = dear.submits()[0]
    assert 1 <= request.quantity < 5
    assert request.quantity * request.limit_c <= 480
    assert (request.quantity + 1) * request.limit_c > 480


def test_a_size_whose_only_pair_would_close_a_leg_of_another_is_cut_to_one_that_closes_none():
    """At 103 two pairs are offered: one for 2.38 that buys the 82.5 call, and one for 2.39."""
    world = World(sizing={"current_contracts": 5}, limits={"max_debit_usd_order": 1_192.0})
    world.chain, world.underlying = make_chain(103.0), 103.0
    short = contract_key("AAPL", EXPIRATION.isoformat(), "C", 82.5)
    world.trader.context.contracts.adjust(short, -1)
    world.debit()
    _, request = world.submits()[0]
    assert (request.quantity, request.limit_c) == (4, 239)


def test_a_size_is_never_cut_below_sizings_own_minimum():
    sizing = {"min_contracts": 5, "current_contracts": 6}
    limits = {"max_debit_usd_order": 480.0, "max_imbalance_chain": 10}
    world = World(sizing=sizing, limits=limits)
    world.run(60.0)
    assert world.submits() == []
    assert world.trader.blocked is Gate.NO_PAIR


@pytest.mark.parametrize("flag", ["killed", "halted", "exit_only", "journal_failed"])
def test_no_debit_goes_out_while_a_flag_of_the_desk_is_up(flag):
    world = fast()
    setattr(world.flags, flag, True)
    world.run(30.0)
    assert not world.submits()
    setattr(world.flags, flag, False)
    world.debit()


def test_no_debit_goes_out_after_the_days_loss():
    world = fast()
    world.exposure.losses.realised_c = -250_000
    world.run(30.0)
    assert not world.submits() and world.trader.blocked is Gate.DAY_LOSS


def test_a_gate_that_closes_while_quotes_are_on_their_way_stops_the_debit():
    world = fast()
    world.fetch_answers = False
    world.run_until(lambda: any(isinstance(a, Fetch) for _, a in world.actions))
    world.flags.halted = True
    world.quote()
    assert not world.submits()


def test_a_report_and_quotes_in_one_inbox_never_send_a_debit_beside_a_new_unit():
    world = fast(contracts=1)
    old = world.debit()
    world.run_until(lambda: not world.orders[old].live)
    world.fetch_answers = False
    world.run_until(
        lambda: isinstance(world.actions[-1][1], Fetch) or world.trader.context.fetching
    )
    report = world.fill(old, tell=False)
    world.chain.confirmed_s = world.moment.epoch_s
    world.step(report, Quotes(world.chain, 100.0))
    assert len(world.submits(Part.DEBIT)) == 1
    assert world.submits(Part.CREDIT)
