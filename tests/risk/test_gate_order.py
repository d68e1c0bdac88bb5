"""Gates are asked in the order of one table: of several closed ones, the first is named."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.book.contract_keys import contract_key
from engine.config.bounds import MOST_DAYS
from engine.market.chain import OptionChain
from engine.orders.actions import Quotes
from engine.pricing.credit import CreditMaximizer
from engine.risk.gates import AT_QUOTES, BEFORE_QUOTES, TABLE, Asked, Gate
from engine.risk.order_budget import MonthSoFar
from engine.risk.reservation import Promise
from engine.trader.legged_unit import LeggedUnit
from tests.support.order_budget import learn
from tests.support.trader_world import World

HUGE: Final = 10**6
ORDER: Final = list(TABLE)

Close = Callable[[World], object]


def _spend_the_rate(world: World) -> None:
    for _ in range(round(world.gate.rate.size) + 1):
        world.gate.rate.spend(world.now_s)


def _open_a_unit(world: World) -> None:
    world.trader.credits.adopt(
        LeggedUnit(1, "call", 100.0, 105.0, 105.0, 110.0, 100, 0.0, filled=1, paid_c=100)
    )


def _spend_the_budget(world: World) -> None:
    world.gate.limits.order_budget_enforced = True
    world.gate.set_month(MonthSoFar(before=HUGE))


def _set(thing: Callable[[World], object], **values: object) -> Close:
    """Give attributes of a part of the world other values."""

    def close(world: World) -> None:
        for name, value in values.items():
            setattr(thing(world), name, value)

    return close


BEFORE: Final[dict[Gate, Close]] = {
    Gate.FAULT: lambda world: world.trader.mark_faulted("ValueError: no"),
    Gate.ENDED: lambda world: world.flags.end(),
    Gate.KILLED: lambda world: world.flags.kill(1),
    Gate.HALTED: lambda world: world.flags.halt(),
    Gate.EXIT_ONLY: lambda world: world.flags.close_entries(),
    Gate.JOURNAL: lambda world: world.flags.fail_journal(),
    Gate.CLOCK: lambda world: world.flags.set_clock_skew(3600.0),
    Gate.LINK: lambda world: world.flags.set_link("no connection"),
    Gate.FEED: lambda world: world.flags.refuse_feed("indicative"),
    Gate.BASELINE: lambda world: world.flags.ask_baseline("SPY +1"),
    Gate.UNARMED: lambda world: world.flags.disarm(),
    Gate.UNKNOWN_ORDER: lambda world: (
        _set(lambda w: w.flags, definite_answers=False)(world),
        _set(lambda w: w.exposure, unknown=1)(world),
    ),
    Gate.HUNG_DESK: _set(lambda world: world.exposure, hung=HUGE),
    Gate.IMBALANCE_DESK: _set(lambda world: world.exposure, working=HUGE),
    Gate.DAY_LOSS: _set(lambda world: world.exposure.losses, realised_c=-HUGE * HUGE),
    Gate.UNWINDS: _set(lambda world: world.exposure.losses, unwinds=HUGE),
    Gate.BUDGET: _spend_the_budget,
    Gate.PHASE: _set(lambda world: world.session, multiplier=None),
    Gate.CLOSE_NEAR: _set(lambda world: world.session, last_debit_s=0.0),
    Gate.REMOVED: lambda world: world.trader.leave(),
    Gate.PAUSED: lambda world: world.trader.pause(),
    Gate.HELD: lambda world: world.trader.restore_hold(Gate.REJECTS, "rejected", math.inf),
    Gate.HOURS: lambda world: world.trader.set_hours(frozenset()),
    Gate.EXPIRY_NEAR: _set(lambda world: world.config.spreads, min_days_to_expiry=MOST_DAYS),
    Gate.UNHEDGED: _open_a_unit,
    Gate.RECONCILE: lambda world: world.flags.differ(frozenset({world.trader.key})),
    Gate.UNCOVERED: lambda world: world.flags.watch({world.trader.key: Gate.UNCOVERED}),
    Gate.SHARES: lambda world: world.flags.watch({world.trader.key: Gate.SHARES}),
    Gate.EX_DATE: lambda world: world.flags.watch({world.trader.key: Gate.EX_DATE}),
    Gate.IMBALANCE_CHAIN: lambda world: world.trader.exposure.work(HUGE, 0),
    Gate.RATE: _spend_the_rate,
}
"""How each gate is closed that is asked before quotes are fetched."""

POSITIONS: Final = {Gate.UNCOVERED, Gate.SHARES, Gate.EX_DATE}
"""One chain has one of these at a time: the watch over positions chooses it."""


def chosen(world: World) -> object:
    """What the trader would send now, or the gate that is closed."""
    world.chain.confirmed_s = world.moment.epoch_s - world.quotes_age_s
    quotes = Quotes(world.chain if world.listed else None, world.underlying)
    return world.trader.debits.chooser.choose(quotes, world.moment, 0, 0)


def _sell_every_contract(world: World) -> None:
    for right in ("C", "P"):
        for strike in world.chain.strikes.tolist():
            key = contract_key("AAPL", world.trader.expiration, right, strike)
            world.trader.context.contracts.adjust(key, -1)


def _quote_calls_alone_below_what_exercise_is_worth(world: World) -> None:
    world.chain.bid[1] = world.chain.ask[1] = math.nan
    world.chain.count_write(underlying_price=500.0)


def _promise_more_elsewhere(world: World) -> None:
    world.gate.limits.order_budget_enforced = True
    learn(world.gate.reservation, Promise(1e12, 2.0, 10.0), world.now_s)


def _work_on_every_side(world: World) -> None:
    world.flags.set_external(
        frozenset(
            (world.trader.key, right, strike, bought)
            for right in "CP"
            for strike in world.chain.strikes.tolist()
            for bought in (True, False)
        )
    )


def _make_quotes_flat(world: World) -> None:
    world.chain.bid[:] = world.chain.ask[:] = (world.chain.bid + world.chain.ask) / 2


def _list_too_many_strikes(world: World) -> None:
    world.chain = OptionChain("AAPL", world.trader.expiration, np.arange(1.0, 1_001.0))
    world.trader.use_maximizer(CreditMaximizer(max_spread_width=1_000))


WITH_QUOTES: Final[dict[Gate, Close]] = {
    Gate.NOT_LISTED: _set(lambda world: world, listed=False),
    Gate.QUOTES_STALE: _set(lambda world: world, quotes_age_s=60.0),
    Gate.CAPITAL_ORDER: _set(lambda world: world.gate.limits, max_debit_usd_order=0.5),
    Gate.CAPITAL_CHAIN: _set(lambda world: world.gate.limits, max_debit_usd_chain=0.5),
    Gate.CAPITAL_DESK: _set(lambda world: world.gate.limits, max_debit_usd_desk=0.5),
    Gate.CAPITAL_DAY: lambda world: world.gate.limit_day(50),
    Gate.LOSS_ROOM: _set(lambda world: world.gate.limits, day_loss_exit_only_usd=3.0),
    Gate.STRIKES: _list_too_many_strikes,
    Gate.NO_PAIR: _make_quotes_flat,
    Gate.CLOSES_OTHER: _sell_every_contract,
    Gate.ASSIGNMENT: _quote_calls_alone_below_what_exercise_is_worth,
    Gate.PRICE: _set(lambda world: world.trader.chain, tick_c=97),
    Gate.EDGE: _set(lambda world: world.gate.limits, min_net_edge=100.0),
    Gate.WORTH: _promise_more_elsewhere,
    Gate.CROSS: _work_on_every_side,
    Gate.WORST_CASE: _set(lambda world: world.gate.limits, max_worst_loss_usd_chain=0.0),
    Gate.BUYING_POWER: lambda world: world.gate.power.ask(needed=True),
    Gate.DUPLICATE: chosen,
}
"""How each gate is closed that is asked with quotes in hand."""


def test_every_gate_that_is_asked_is_closed_once_in_these_tests():
    assert BEFORE.keys() == BEFORE_QUOTES
    assert WITH_QUOTES.keys() == AT_QUOTES - {Gate.IMBALANCE_CHAIN}
    never = {gate for gate, row in TABLE.items() if row.asked is Asked.AS_HOLD}
    assert BEFORE.keys() | WITH_QUOTES.keys() | never == set(Gate)


@settings(max_examples=150, deadline=None)
@given(gates=st.sets(st.sampled_from(sorted(BEFORE)), min_size=1))
def test_of_the_gates_asked_before_quotes_the_first_in_the_table_is_named(gates: set[Gate]):
    for spare in sorted(gates & POSITIONS)[1:]:
        gates.discard(spare)
    world = World(start=False)
    for gate in gates:
        BEFORE[gate](world)
    assert world.trader.entry_gate(world.moment) is min(gates, key=ORDER.index)
    assert chosen(world) is min(gates, key=ORDER.index)


@settings(max_examples=100, deadline=None)
@given(gates=st.sets(st.sampled_from(sorted(WITH_QUOTES)), min_size=1))
def test_of_the_gates_asked_with_quotes_the_first_in_the_table_is_named(gates: set[Gate]):
    world = World(start=False)
    if Gate.DUPLICATE in gates:  # it closes by an order that went out: before the others
        chosen(world)
    for gate in gates - {Gate.DUPLICATE}:
        WITH_QUOTES[gate](world)
    assert chosen(world) is min(gates, key=ORDER.index)


@settings(max_examples=50, deadline=None)
@given(early=st.sampled_from(sorted(BEFORE)), late=st.sampled_from(sorted(WITH_QUOTES)))
def test_what_needs_no_quotes_is_asked_before_what_does(early: Gate, late: Gate):
    world = World(start=False)
    WITH_QUOTES[late](world)
    BEFORE[early](world)
    assert ORDER.index(early) < ORDER.index(late)
    assert chosen(world) is early
