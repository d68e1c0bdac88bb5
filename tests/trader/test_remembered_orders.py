"""Cycles that ended are packed, and nothing that is told of them later shows it."""

from dataclasses import fields, replace
from functools import partial
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.market.legs import SpreadLeg
from engine.orders import events as ev
from engine.orders.ladder import Choice, Stage
from engine.orders.order import Order
from engine.orders.transitions import LIVE, OrderState
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from engine.simulation.seeds import Rehearsal, desk_of, kept_events
from engine.trader import completing, remembered_orders
from engine.trader.attempt import Attempt, UnitPlan
from engine.trader.legged_unit import LeggedUnit, Target
from engine.trader.packed_cycle import Cycle, packed, settled, unpacked
from engine.trader.remembered_orders import RememberedOrders
from tests.support.retained import retained_bytes
from tests.support.trader_parts import make_context
from tests.support.trader_world import World

CONTEXT = make_context()
ENDED = sorted(set(OrderState) - LIVE - {OrderState.NEW, OrderState.RECORDED})
counts = st.integers(0, 1 << 40)
seconds = st.floats(0, 2e9) | st.just(float("inf"))
strikes = st.sampled_from([95.0, 97.5, 100.0, 102.5])
names = st.text("ABC-123~.", min_size=1, max_size=12)
prices = st.tuples(st.integers(-3, 9), st.integers(0, 500))


@st.composite
def orders(draw, part):
    right = draw(st.sampled_from(["call", "put"]))
    day, nan = CONTEXT.chain.expiration, float("nan")
    legs = (
        SpreadLeg(draw(strikes), day, right, "buy", draw(seconds), nan),
        SpreadLeg(draw(strikes), day, right, "sell", nan, draw(seconds)),
    )
    request = OrderRequest(
        draw(names), CONTEXT.key, CONTEXT.chain.symbol, day, part, legs,
        draw(counts), draw(counts), CONTEXT.exposure.multiplier,
        draw(st.tuples(*[st.sampled_from(["open", "close", "mixed"])] * 2)),
    )  # fmt: skip
    values = {
        "state": draw(st.sampled_from(ENDED)),
        "executions": draw(st.dictionaries(names, prices, max_size=3)),
        "lots": draw(
            st.dictionaries(st.integers(0, 1), st.dictionaries(names, prices, max_size=2))
        ),
        "legs_told": draw(st.dictionaries(names, counts, max_size=2)),
        "lost": draw(st.booleans()),
        "unpriced": frozenset(),
        "overtook": {},
    }
    for each in fields(Order):
        if each.name.endswith("_s"):
            values[each.name] = draw(seconds if each.name == "asked_s" else seconds | st.none())
        elif each.name != "request":
            values.setdefault(each.name, draw(counts) if each.type == "int" else None)
    return Order(request, **values)


@st.composite
def cycles(draw):
    """Whatever can be remembered of a cycle that needs nothing by itself."""
    number = draw(counts)
    sent = draw(st.lists(st.sampled_from([Part.CREDIT, Part.UNWIND]).flatmap(orders), max_size=3))
    unit = None
    if sent or draw(st.booleans()):
        values = {
            each.name: draw(
                {
                    "int": counts,
                    "float": seconds,
                    "bool": st.booleans(),
                    "bool | None": st.booleans() | st.none(),
                    "str": names,
                    "OptionType": st.sampled_from(["call", "put"]),
                    "Stage": st.sampled_from(Stage),
                    "Stage | None": st.sampled_from(Stage) | st.none(),
                    "Choice | None": st.sampled_from(Choice) | st.none(),
                    "list[tuple[int, int, float, float]]": st.lists(
                        st.tuples(counts, counts, strikes, strikes), max_size=2
                    ),
                    "list[Order]": st.lists(st.sampled_from(sent), max_size=2)
                    if sent
                    else st.just([]),
                    "Order | None": st.none(),
                    "Target | None": st.none(),
                }[str(each.type)]
            )
            for each in fields(LeggedUnit)
        }
        unit = LeggedUnit(**{**values, "cycle": number})
    plan = draw(
        st.none()
        | st.builds(UnitPlan, st.just("call"), strikes, strikes, strikes, strikes, counts, seconds)
    )
    attempts = [
        Attempt(
            draw(orders(Part.DEBIT)), plan, number, draw(seconds), draw(st.integers(0, 23)),
            draw(st.sampled_from([unit, None])), draw(seconds | st.none()), draw(st.booleans()),
            ended=True, first_s=draw(seconds | st.none()),
        )
        for _ in range(draw(st.integers(0 if sent else 1, 2)))
    ]  # fmt: skip
    return Cycle(attempts, [(order, unit) for order in sent] if unit else [])


def told(thing):
    """All that is known of a thing, its parts' parts included, but for quotes of legs."""
    if isinstance(thing, SpreadLeg):
        return thing.strike, thing.expiration, thing.option_type, thing.side
    if isinstance(thing, (Order, OrderRequest, LeggedUnit, Attempt)):
        return {each.name: told(getattr(thing, each.name)) for each in fields(thing)}
    if isinstance(thing, (list, tuple)):
        return [told(each) for each in thing]
    return type(thing), thing


@given(cycles())
def test_a_cycle_is_as_it_was_but_for_the_quotes_of_its_legs(cycle):
    assert settled(cycle)
    data = packed(cycle)
    assert data is not None
    again = unpacked(data, CONTEXT)
    assert told(again) == told(cycle)
    parts = [each.unit for each in again.attempts if each.unit], [u for _, u in again.completing]
    assert len({id(unit) for units in parts for unit in units}) <= 1, "one unit for all of them"


@given(cycles(), st.data())
def test_what_may_change_by_itself_or_is_unusual_is_not_packed(cycle, data):
    asked = [each.order for each in cycle.attempts] + [order for order, _ in cycle.completing]
    order = data.draw(st.sampled_from(asked))
    what = data.draw(st.sampled_from(["live", "price", "overtook", "ended", "target", "units"]))
    if what == "live":
        order.state = data.draw(st.sampled_from(sorted(LIVE | {OrderState.RECORDED})))
    elif what == "price":
        order.unpriced = frozenset({"X"})
    elif what == "overtook":
        order.overtook["X"] = OrderReport(ReportKind.CORRECTION, "O", 1.0, execution_id="X")
    elif what == "ended" and cycle.attempts:
        cycle.attempts[0].ended = False
    elif what == "target" and cycle.completing:
        cycle.completing[0][1].next_target = Target(Part.CREDIT, 1.0, 2.0, 1, 1)
    elif cycle.completing:
        other = (order, LeggedUnit(1, "call", 1.0, 2.0, 2.0, 1.0, 0, 0.0))
        cycle = Cycle(cycle.attempts, [*cycle.completing, other])
    else:
        return
    assert not settled(cycle) or packed(cycle) is None


@pytest.mark.parametrize("profile", ["none", "mixed", "fills", "everything"])
@pytest.mark.parametrize("seed", [2, 5])
def test_a_day_is_the_same_however_soon_its_cycles_are_packed(profile, seed):
    journals, unpacked_again = [], 0

    def counted(*arguments):
        nonlocal unpacked_again
        unpacked_again += 1
        return unpacked(*arguments)

    for most in (0, 10**9):
        packs_from = partial(RememberedOrders, unpacked=most)
        with (
            patch.object(completing, "RememberedOrders", packs_from),
            patch.object(remembered_orders, "unpacked", counted),
        ):
            desk = desk_of(seed, Rehearsal(profile=profile, traders=3, minutes=20))
            events = kept_events(desk)
            desk.run_to_end()
        journals.append(events)
    assert journals[0] == journals[1] and len(journals[0]) > 100
    assert unpacked_again or profile in ("none", "mixed")


def cycle_done(world):
    """A debit and its credit that executed, several cycles ago."""
    debit = world.debit()
    bought = world.fill(debit)
    world.run(2.0)
    credit = world.credit()
    sold = world.fill(credit)
    assert bought and sold
    for _ in range(3):
        world.run_until(lambda: not world.trader.debits.live)
        world.debit()
    return debit, credit


def test_debit_and_credit_of_a_packed_cycle_still_share_one_unit():
    world = World(contracts=1)
    debit, credit = cycle_done(world)
    assert not world.trader.credits.units
    for name in (credit, debit):
        execution, _, price_c = world.booked[name].executions[0]
        bust = OrderReport(
            ReportKind.CORRECTION,
            name,
            world.moment.epoch_s,
            execution_id=execution,
            price_c=price_c,
        )
        world.step(bust)
        if name == credit:
            (unit,) = world.trader.credits.units.values()
            assert unit.remaining == 1, "sold no more, so it is to be completed again"
    assert not world.trader.credits.units, "neither bought nor sold any more"
    assert world.of(ev.CycleEnded)[-1].contracts == 0


def test_an_order_that_came_to_a_packed_cycle_shares_the_unit_of_the_others():
    """What was unpacked had a unit of its own, and its names stood in place of the new one."""
    world = World(contracts=1)
    debit, credit = cycle_done(world)
    remembered = world.trader.credits.remembered
    order, unit = remembered.completing[credit]
    names = remembered._names.pop(unit.cycle)
    assert remembered._put_away(names)
    more = replace(order, request=replace(order.request, client_order_id="another"))
    remembered.add_completing(more, unit)
    assert remembered.debits[debit].unit is remembered.completing[credit][1] is unit
    assert sorted(remembered._names[unit.cycle]) == sorted([*names, "another"])


def test_a_remembered_order_takes_few_bytes():
    def remembered(count):
        context = make_context()
        kept = RememberedOrders(context, ())
        for number in range(count):
            plan = UnitPlan(
                "call", 100.0 + number, 105.0, 105.0, 110.0, 130 + number, 120.0 + number
            )
            day, quote = context.chain.expiration, (1.0 + number, 2.0 + number)
            legs = (
                SpreadLeg(100.0 + number, day, "call", "buy", *quote),
                SpreadLeg(105.0, day, "call", "sell", *quote),
            )
            request = OrderRequest(
                f"S0-FUWD-1-{number}D1", context.key, "AAPL", context.chain.expiration, Part.DEBIT,
                legs, 2, 120 + number,
            )  # fmt: skip
            order = Order(request, OrderState.CANCELED, sent_s=1e9 + number, working_s=2e9 + number)
            kept.add_debit(Attempt(order, plan, number, 3.0 + number, 10, ended=True))
        return kept

    few, many = (retained_bytes(partial(remembered, count)) for count in (16, 47))
    assert (many - few) / (47 - 16) < 450
