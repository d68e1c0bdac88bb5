"""What the operator decides about one legged unit, and what forces it out whatever was decided."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from engine.orders import events as ev
from engine.orders.ladder import Choice, Stage
from engine.orders.types import Part, ReportKind
from engine.trader.unit_exits import EX_DATE, forced_sell_back
from engine.trader.unit_prices import credit_target
from tests.support.trader_world import World, stage_of

TOMORROW = "2026-01-15"


def legged(at_s=0.0, **world):
    """A world with a unit that is `at_s` seconds old, and the unit."""
    made = World(**world)
    unit = made.legged()
    made.run_to(unit.first_fill_s + at_s)
    return made, unit


def choose(world, unit, choice):
    assert world.trader.refusal(unit, choice, world.moment) == ""
    actions = world.trader.collect()
    changed = world.trader.credits.decide(unit, choice, world.moment)
    world.carry_out(actions)
    world.step()
    return changed


def refused(world, unit, choice):
    return world.trader.refusal(unit, choice, world.moment)


def prices(world, unit):
    return unit.ladder_prices(world.trader.chain.rules.fee_per_share * 100, 1, world.config.ladder)


def limits(world, since=0):
    return [request.limit_c for _, request in world.submits(Part.CREDIT)[since:]]


# -------------------------------------------------------------------- nothing by itself


def test_at_the_operators_stage_a_credit_rests_at_the_price_paid_and_nothing_else_happens():
    world, unit = legged(301.0)
    assert stage_of(unit) is Stage.OPERATOR
    world.run(1.0)
    sent = len(world.submits())
    assert unit.limit_c == prices(world, unit).f2_c
    world.run_to(unit.first_fill_s + 899.0)
    assert stage_of(unit) is Stage.OPERATOR
    assert len(world.submits()) == sent
    assert not world.of(ev.UnitDecided)
    world.run(2.0)
    assert stage_of(unit) is Stage.UNWIND


def asked_for(world):
    return ("UNDECIDED", f"{world.trader.key}/1") in world.standing


def test_a_unit_that_becomes_the_operators_is_an_alarm_of_its_own_until_it_is_sold_back():
    world, unit = legged(299.9)
    assert not asked_for(world)
    world.run_to(unit.first_fill_s + 300.2)
    assert asked_for(world)
    world.run_to(unit.first_fill_s + 899.0)
    assert asked_for(world)
    world.run(2.0)
    assert stage_of(unit) is Stage.UNWIND and not asked_for(world)


@pytest.mark.parametrize("choice", list(Choice)[:4])
def test_what_the_operator_decides_there_answers_for_it(choice):
    world, unit = legged(302.0)
    assert choose(world, unit, choice), "leaving it to the ladder is a decision too"
    assert not asked_for(world)
    world.run(30.0)
    assert not asked_for(world)


def test_what_was_decided_before_it_became_the_operators_does_not_answer_for_it():
    world, unit = legged(100.0)
    choose(world, unit, Choice.HOLD)
    choose(world, unit, Choice.LADDER)
    world.run_to(unit.first_fill_s + 301.0)
    assert stage_of(unit) is Stage.OPERATOR and asked_for(world)
    world.fill(world.credit())
    assert not asked_for(world)


def test_a_unit_that_is_parked_at_the_operators_stage_is_parked_and_no_longer_undecided():
    world, unit = legged(302.0)
    world.trader.credits.abandon("kill", world.moment)
    world.carry_out(world.trader.out)
    assert stage_of(unit) is Stage.PARKED and not asked_for(world)


# -------------------------------------------------------------------- concede


def test_conceding_walks_a_tick_at_a_time_to_five_cents_below_the_debit_and_no_further():
    world, unit = legged(302.0)
    p, before = prices(world, unit), len(world.submits())
    assert choose(world, unit, Choice.CONCEDE)
    world.run(60.0)
    sent = [request.limit_c for _, request in world.submits()[before:]]
    assert sent == list(range(p.f2_c - 1, p.f3_c - 1, -1))
    assert stage_of(unit) is Stage.OPERATOR and unit.conceding
    (event,) = world.of(ev.UnitDecided)
    assert event[2:] == (unit.cycle, "concede", "operator")


def test_a_concession_that_is_taken_completes_the_unit_below_its_cost():
    world, unit = legged(302.0)
    choose(world, unit, Choice.CONCEDE)
    world.run(30.0)
    world.fill(world.credit())
    end = world.of(ev.CycleEnded)[-1]
    assert end.outcome == "COMPLETE"
    assert end.net_c == -min(500, unit.paid_c * 10)


def test_a_concession_chosen_late_has_the_operators_stage_anew_and_then_ends_in_the_sell_back():
    world, unit = legged(890.0)
    choose(world, unit, Choice.CONCEDE)
    world.run(599.0)
    assert stage_of(unit) is Stage.OPERATOR
    world.run(2.0)
    assert stage_of(unit) is Stage.UNWIND


@pytest.mark.parametrize("age_s", [1.0, 10.0, 30.0, 100.0, 299.0])
def test_less_than_the_debit_is_not_accepted_before_the_operators_stage(age_s):
    world, unit = legged(age_s)
    assert "from H5 on" in refused(world, unit, Choice.CONCEDE)


def test_choosing_the_ladder_again_ends_a_concession():
    world, unit = legged(302.0)
    choose(world, unit, Choice.CONCEDE)
    world.run(30.0)
    assert unit.limit_c == prices(world, unit).f3_c
    choose(world, unit, Choice.LADDER)
    world.run(5.0)
    assert unit.limit_c == prices(world, unit).f2_c


def test_the_settings_of_a_concession_do_what_they_say():
    world, unit = legged(302.0, ladder={"concede_max": 0.02, "concede_fraction": 0.5})
    choose(world, unit, Choice.CONCEDE)
    world.run(60.0)
    assert min(limits(world)) == prices(world, unit).f2_c - 2
    world, unit = legged(302.0, ladder={"concede_max": 0.0})
    choose(world, unit, Choice.CONCEDE)
    world.run(60.0)
    assert min(limits(world)) == prices(world, unit).f2_c


# -------------------------------------------------------------------- unwind


@pytest.mark.parametrize("age_s", [0.1, 3.0, 10.0, 30.0, 100.0, 400.0])
def test_selling_back_is_open_at_every_stage_and_never_loses_more_than_allowed(age_s):
    world, unit = legged(age_s)
    choose(world, unit, Choice.UNWIND)
    world.run(60.0)
    sold = [request for _, request in world.submits(Part.UNWIND)]
    assert sold
    least = unit.paid_c / unit.filled - prices(world, unit).unwind_loss_c
    assert min(request.limit_c for request in sold) >= least
    assert {request.quantity for request in sold} == {1}


def test_a_sell_back_that_finds_nobody_is_parked_with_a_credit_at_the_full_price():
    world, unit = legged(100.0)
    choose(world, unit, Choice.UNWIND)
    world.run_until(lambda: stage_of(unit) is Stage.PARKED)
    world.run(10.0)
    assert unit.rests and unit.limit_c == prices(world, unit).f1_c
    assert [e.choice for e in world.of(ev.UnitDecided)] == ["unwind", "hold"]
    assert world.of(ev.UnitDecided)[-1].by == "ladder"


def test_what_the_operator_began_to_sell_back_may_return_to_the_ladder():
    world, unit = legged(100.0)
    choose(world, unit, Choice.UNWIND)
    world.run(5.0)
    assert choose(world, unit, Choice.LADDER)
    assert stage_of(unit) is Stage.SCRATCH
    world.run(5.0)
    assert world.submits()[-1][1].part is Part.CREDIT


# -------------------------------------------------------------------- hold


@pytest.mark.parametrize("rule", ["safe", "otm"])
def test_a_credit_wider_than_the_debit_rests_above_what_it_may_owe(rule):
    world, unit = legged(400.0)
    rules = replace(world.trader.chain.rules, rule=rule)
    beyond_c = 500
    width = abs(unit.long_strike - unit.short_strike) + beyond_c / 100
    outward = 1.0 if unit.credit_long > unit.credit_short else -1.0
    unit.credit_long = unit.credit_short + outward * width
    p = prices(world, unit)
    owed_c = beyond_c if rule == "safe" else 0
    unit.stage = Stage.PARKED
    target = credit_target(unit, None, rules, world.config.ladder, world.now_s)
    assert target is not None and target.limit_c == p.f1_c + owed_c
    unit.stage = Stage.OPERATOR
    target = credit_target(unit, None, rules, world.config.ladder, world.now_s)
    assert target is not None and target.limit_c == p.f2_c + owed_c
    unit.choice, unit.decided_s = Choice.CONCEDE, world.now_s
    target = credit_target(unit, None, rules, world.config.ladder, world.now_s)
    assert target is not None and target.limit_c == p.f2_c - 1 + owed_c


def test_a_held_unit_keeps_a_credit_at_the_full_price_and_nothing_else_ever_happens_to_it():
    world, unit = legged(400.0)
    choose(world, unit, Choice.HOLD)
    world.run(10.0)
    assert stage_of(unit) is Stage.PARKED and unit.limit_c == prices(world, unit).f1_c
    assert ("PARKED", f"{world.trader.key}/{unit.cycle}") in world.standing
    sent = len(world.submits())
    world.run(3600.0)
    assert len(world.submits()) == sent and unit.stage is Stage.PARKED
    world.fill(world.credit())
    assert world.of(ev.CycleEnded)[-1].outcome == "COMPLETE"


def test_a_held_unit_is_left_by_the_operator_alone_for_any_other_choice():
    for choice, stage in ((Choice.CONCEDE, Stage.OPERATOR), (Choice.UNWIND, Stage.UNWIND)):
        world, unit = legged(400.0)
        choose(world, unit, Choice.HOLD)
        world.run(2000.0)
        assert "sell it back at its age" in refused(world, unit, Choice.LADDER)
        assert choose(world, unit, choice)
        assert stage_of(unit) is stage
        assert ("PARKED", f"{world.trader.key}/{unit.cycle}") not in world.standing


def test_choosing_the_same_again_changes_nothing():
    for choice in Choice:
        if choice is Choice.PARK:
            continue
        world, unit = legged(302.0)
        choose(world, unit, choice)
        decided = len(world.of(ev.UnitDecided))
        assert not choose(world, unit, choice)
        assert len(world.of(ev.UnitDecided)) == decided


# -------------------------------------------------------------------- what refuses


def test_nothing_but_the_reason_is_given_where_nothing_may_work():
    world, unit = legged(302.0)
    assert "own" in refused(world, unit, Choice.PARK)
    world.flags.frozen = True
    for choice in (Choice.LADDER, Choice.CONCEDE, Choice.UNWIND, Choice.HOLD):
        assert "kill" in refused(world, unit, choice)


def test_nothing_is_chosen_while_the_exchange_is_closed():
    world, unit = legged(20.0, at="15:54:30")
    world.trader.pause()
    world.chain.bid[:] = math.nan
    world.run(330.0)
    assert "closed" in refused(world, unit, Choice.UNWIND)


# -------------------------------------------------------------------- triggers


def test_a_bid_that_falls_far_at_the_operators_stage_sells_the_unit_back():
    world, unit = legged(302.0)
    world.chain.bid[:] = world.chain.bid * 0.2
    world.chain.ask[:] = world.chain.ask * 0.2
    world.run(3.0)
    assert stage_of(unit) is Stage.UNWIND
    assert "bid has fallen" in refused(world, unit, Choice.CONCEDE)
    assert refused(world, unit, Choice.HOLD) == ""


def test_a_day_that_was_halted_for_its_loss_sells_back_even_when_the_marks_recover():
    world, unit = legged(302.0)
    world.exposure.mark(world.trader.key, 99, -10_000_000)
    world.gate.day_halted()
    world.exposure.mark(world.trader.key, 99, 0)
    world.run(2.0)
    assert stage_of(unit) is Stage.UNWIND
    assert "day" in refused(world, unit, Choice.LADDER)


@pytest.mark.parametrize(
    ("dates", "deep", "forced"),
    [
        ((TOMORROW,), True, True),
        ((TOMORROW,), False, False),
        (("2026-01-14", "2026-01-16"), True, False),
        ((), True, False),
    ],
)
def test_a_short_leg_in_the_money_before_an_ex_date_sells_the_unit_back(dates, deep, forced):
    world, unit = legged(1.0, ex_dividends={"AAPL": dates})
    call = unit.right == "call"
    strike = unit.short_strike
    into, out = (strike + 1, strike - 1) if call else (strike - 1, strike + 1)
    world.underlying = into if deep else out
    world.run(10.0)
    assert (unit.stage is Stage.UNWIND) is forced


@pytest.mark.parametrize(("right", "inside", "outside"), [("call", 1, -1), ("put", -1, 1)])
def test_a_short_put_is_in_the_money_below_its_strike_and_a_call_above(right, inside, outside):
    for away, reason in ((inside, EX_DATE), (outside, ""), (0, "")):
        world, unit = legged(1.0, ex_dividends={"AAPL": (TOMORROW,)})
        unit.right = right
        context, underlying = world.trader.context, unit.short_strike + away
        assert forced_sell_back(context, unit, world.moment, underlying) == reason


def test_an_unknown_price_of_the_underlying_forces_nothing():
    world, unit = legged(1.0, ex_dividends={"AAPL": (TOMORROW,)})
    world.underlying = math.nan
    world.run(10.0)
    assert unit.stage is not Stage.UNWIND


def test_an_ex_date_of_another_symbol_or_a_cash_settled_index_forces_nothing():
    world, unit = legged(1.0, ex_dividends={"MSFT": (TOMORROW,)})
    world.underlying = 10_000.0 if unit.right == "call" else 0.01
    world.run(10.0)
    assert unit.stage is not Stage.UNWIND


def test_force_balance_at_close_is_a_setting_that_the_balancer_is_made_with():
    from engine.arbitrage_executor import ArbitrageExecutor
    from engine.config import DeskConfig

    for wanted in (True, False):
        config = DeskConfig(ladder={"force_balance_at_close": wanted})
        made = ArbitrageExecutor(
            config=config, order_callback=lambda *_: None, quote_callback=lambda *_: None
        )
        assert made.balancer.force_balance_at_close is wanted
        made.stop()


def test_a_rejected_resting_credit_is_not_sent_again():
    world, unit = legged(400.0)
    choose(world, unit, Choice.HOLD)
    world.run(10.0)
    name = world.credit()
    world.end(name, ReportKind.REJECTED, "no")
    world.run(100.0)
    assert world.credit() == name and not unit.rests
    assert world.of(ev.UnitDecided)[-1][3:] == ("park", "ladder")


@pytest.mark.parametrize("before", [Choice.HOLD, Choice.CONCEDE])
@pytest.mark.parametrize("after", [Choice.LADDER, Choice.UNWIND, Choice.HOLD])
def test_an_order_that_was_to_follow_is_forgotten_when_something_else_is_chosen(before, after):
    """What a cancelled order was to be replaced with belongs to the choice of that moment."""
    world, unit = legged(310.0)
    choose(world, unit, Choice.CONCEDE)
    world.run(20.0)
    if before is Choice.HOLD:
        choose(world, unit, before)
    world.end(world.credit(), ReportKind.CANCELED)
    if before is after:
        return
    sent = len(world.submits())
    choose(world, unit, after)
    world.run(4.0)
    p = prices(world, unit)
    for _, request in world.submits()[sent:]:
        assert (request.part is Part.UNWIND) is (after is Choice.UNWIND)
        if after is Choice.HOLD:
            assert request.limit_c == p.f1_c
        elif after is Choice.LADDER:
            assert request.limit_c == p.f2_c
    assert len(world.submits()) > sent
