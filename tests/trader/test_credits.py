"""The credit of a filled debit: when it goes out, at which price, and what it accounts for."""

from __future__ import annotations

import pytest

from engine.book.contract_keys import contract_key
from engine.orders import events as ev
from engine.orders.types import Part
from tests.support.trader_world import World


def test_a_full_fill_sends_the_credit_at_once_at_the_price_leaned_on():
    world = World()
    unit = world.legged()
    at_s, credit = world.submits(Part.CREDIT)[0]
    assert at_s == unit.first_fill_s
    pair = world.trader.debits.chooser.opportunity
    assert pair is not None
    assert credit.limit_c == pair.credit_limit_c
    assert credit.legs[0].strike == pair.credit_long and credit.legs[1].strike == pair.credit_short
    assert (credit.legs[0].side, credit.legs[1].side) == ("buy", "sell")


def test_after_a_partial_fill_the_rest_is_cancelled_and_the_credit_waits_for_its_end():
    world = World(contracts=3, cancel_s=0.1)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 2)
    filled_s = world.now_s
    assert world.cancels(name)[0][0] == filled_s
    assert not world.submits(Part.CREDIT)
    world.run(0.2)
    at_s, credit = world.submits(Part.CREDIT)[0]
    assert at_s == pytest.approx(filled_s + 0.1)
    assert credit.quantity == 2


def test_the_credit_goes_out_after_a_quarter_second_while_the_cancel_is_pending():
    world = World(contracts=3, cancel_s=1.0)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 1)
    filled_s = world.now_s
    world.run(0.9)
    at_s, credit = world.submits(Part.CREDIT)[0]
    assert at_s == pytest.approx(filled_s + 0.25)
    assert credit.quantity == 1


def test_a_second_execution_forms_a_second_credit_when_the_first_is_terminal():
    world = World(contracts=3, cancel_s=2.0)
    name = world.debit()
    world.run(0.5)
    world.fill(name, 1)
    world.run(0.5)
    first = world.credit()
    world.fill(name, 2)
    world.run(0.5)
    assert len(world.submits(Part.CREDIT)) == 1
    world.fill(first)
    world.run(0.3)
    assert [request.quantity for _, request in world.submits(Part.CREDIT)] == [1, 2]
    world.fill(world.credit())
    world.run(3.0)
    assert not world.trader.credits.units
    done = world.of(ev.CycleEnded)
    assert [(e.outcome, e.contracts) for e in done] == [("COMPLETE", 3)]


def test_a_credit_that_fills_in_parts_completes_without_another():
    world = World(contracts=3)
    world.legged()
    credit = world.credit()
    world.run(0.5)
    for _ in range(3):
        world.fill(credit, 1)
        world.run(0.3)
    assert len(world.submits(Part.CREDIT)) == 1
    assert world.of(ev.CycleEnded)[0].contracts == 3


def test_a_completed_cycle_accounts_for_its_money_to_the_cent():
    world = World(contracts=2)
    world.legged()
    world.run(0.5)
    world.fill(world.credit(), price_c=250)
    ended = world.of(ev.CycleEnded)[0]
    debit = world.submits(Part.DEBIT)[0][1]
    assert ended.net_c == (250 - debit.limit_c) * 2 * 100
    assert ended.fees_c == 2 * 4 * 68
    assert ended.floor_c == ended.net_c - ended.fees_c
    assert ended.label == "LOCK*"


def test_a_completed_trader_attempts_again():
    world = World()
    world.legged()
    world.run(0.5)
    world.fill(world.credit())
    world.debit()


@pytest.mark.parametrize(
    ("held", "sizes"), [(0, [3]), (-1, [1, 2]), (-3, [3]), (2, [3]), (-5, [3])]
)
def test_a_credit_is_as_large_as_each_leg_has_one_effect_and_the_rest_follows(
    held: int, sizes: list[int]
) -> None:
    world = World(contracts=3)
    world.legged()
    leg = world.submits(Part.CREDIT)[0][1].legs[0]
    world = World(contracts=3)
    context = world.trader.context
    key = contract_key("AAPL", context.chain.expiration, leg.option_type, leg.strike)
    debit = world.debit()
    context.contracts.adjust(key, held)
    world.fill(debit, 3)
    sent = []
    for _ in sizes:
        name = world.credit()
        request = world.booked[name].request
        assert request.legs[0].strike == leg.strike
        sent.append(request.quantity)
        context.contracts.adjust(key, context.contracts.held(key) + request.quantity)
        world.fill(name, request.quantity)
        world.run(1.0)
    assert sent == sizes
    assert len(world.submits(Part.CREDIT)) == len(sizes)
    assert not world.trader.credits.units
