"""A trader's parts work on a context alone: no trader is made here."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from engine.market.session import Moment
from engine.orders import events as ev
from engine.orders.actions import Cancel, Fetch, Note, Query, Quotes, Submit, Warn
from engine.orders.ladder import Stage
from engine.orders.order import Booking
from engine.orders.transitions import OrderState
from engine.orders.types import OrderReport, Part, ReportKind
from engine.pricing.opportunity import TwoPartOpportunity
from engine.risk.gates import Gate
from engine.snapshot import TraderState
from engine.trader.attempt import Attempt
from engine.trader.blocked_contracts import BlockedContracts
from engine.trader.choosing import DebitSelector
from engine.trader.completing import CreditSide
from engine.trader.context import TraderContext
from engine.trader.debits import DebitOrders
from engine.trader.final_ends import FinalEnds
from engine.trader.gates import EntryGates
from engine.trader.order_life import LONE_LEG_S, LoneLegs, cancel
from engine.trader.remembered_orders import RememberedOrders
from engine.trader.unit_exits import cycle_ended
from engine.trader.unit_stages import park
from engine.trader.unknown_prices import UnknownPrices
from tests.support.trader_parts import epoch, make_chain, make_context

START = epoch()


def at(now_s: float = 0.0) -> Moment:
    return Moment(now_s, START + now_s)


def quotes(now_s: float = 0.0) -> Quotes:
    chain = make_chain()
    chain.confirmed_s = START + now_s
    return Quotes(chain, 100.0)


def gates_of(context: TraderContext) -> EntryGates:
    return EntryGates(context, {}, LoneLegs(context), FinalEnds(context), UnknownPrices(context))


def selector_of(context: TraderContext) -> DebitSelector:
    return DebitSelector(context, gates_of(context), BlockedContracts(context))


@dataclass
class Credits:
    """A credit side that writes down what it is told."""

    executed: list[tuple[int, int]] = field(default_factory=list)
    dead: list[int] = field(default_factory=list)

    def debit_executed(
        self, attempt: Attempt, booked: Sequence[tuple[Booking, int]], moment: Moment
    ) -> None:
        self.executed += [(each.quantity, each.price_c) for each, _ in booked]

    def debit_dead(self, cycle: int, moment: Moment) -> None:
        self.dead.append(cycle)


def submitted(context: TraderContext) -> Submit:
    return next(each for each in context.out if isinstance(each, Submit))


def test_entry_gates_name_the_stops_of_their_context():
    context = make_context()
    gates = gates_of(context)
    assert gates.first_closed(at()) is None and gates.state() is TraderState.RUN
    context.pause()
    assert gates.first_closed(at()) is Gate.PAUSED and gates.state() is TraderState.PAUSED
    context.mark_faulted("ValueError: no")
    assert gates.first_closed(at()) is Gate.FAULT and gates.state() is TraderState.FAULT
    context.resume()
    assert gates.first_closed(at()) is None


def test_a_hold_ends_when_its_context_is_told_and_leaves_a_row_each_time():
    context = make_context()
    context.hold(Gate.HELD, "3/20 fills", 30.0, at())
    assert gates_of(context).first_closed(at()) is Gate.HELD
    context.end_hold(at(30.0))
    assert gates_of(context).first_closed(at(30.0)) is None
    events = [type(each.event) for each in context.out if isinstance(each, Note)]
    assert events == [ev.TraderHeld, ev.TraderReleased]


def test_a_selector_chooses_a_pair_or_names_the_gate():
    context = make_context()
    selector = selector_of(context)
    chosen = selector.choose(quotes(), at(), 0, 0)
    assert not isinstance(chosen, Gate)
    pair, contracts = chosen
    assert selector.opportunity is pair and contracts == 1
    assert selector.choose(quotes(), at(), 0, 0) is Gate.DUPLICATE
    assert selector.choose(quotes(), at(60.0), 0, 0) is Gate.QUOTES_STALE


def debit_of(context: TraderContext, credits: Credits) -> tuple[DebitOrders, str]:
    """A debit side whose first order is out and acknowledged, and the order's id."""
    debits = DebitOrders(context, selector_of(context), credits, RememberedOrders(context, ()))
    debits.try_debit(quotes(), at())
    name = submitted(context).request.client_order_id
    order = debits.find(name)
    assert order is not None and order.state is OrderState.RECORDED
    order.sent(0.0)
    debits.on_report(order, OrderReport(ReportKind.ACK, name, START), at(0.1))
    return debits, name


def test_a_debit_side_hands_every_execution_to_the_credit_side():
    context, credits = make_context(), Credits()
    debits, name = debit_of(context, credits)
    order = debits.find(name)
    assert order is not None
    price_c = order.request.limit_c
    debits.on_report(
        order,
        OrderReport(ReportKind.FILL, name, START, execution_id="X1", quantity=1, price_c=price_c),
        at(0.2),
    )
    assert credits.executed == [(1, price_c)]
    assert credits.dead == [1]
    assert debits.live is None and (debits.attempts, debits.fills) == (1, 1)


def test_a_debit_side_cancels_what_worked_long_enough_and_asks_where_nothing_answers():
    context = make_context()
    debits, name = debit_of(context, Credits())
    after_s = 0.1 + context.timing.cancel_after_seconds
    context.collect()
    debits.watch(at(after_s))
    assert [each for each in context.out if isinstance(each, Cancel)] == [Cancel(name, "timeout")]
    context.collect()
    debits.watch(at(after_s + context.gate.limits.unknown_after_s))
    assert [each for each in context.out if isinstance(each, Query)] == [Query(name)]


def credit_side(context: TraderContext) -> tuple[CreditSide, TwoPartOpportunity]:
    """A credit side with one debit contract that filled at second 0, and the pair chosen for it."""
    chosen = selector_of(context).choose(quotes(), at(), 0, 0)
    assert not isinstance(chosen, Gate)
    pair, _ = chosen
    debits = DebitOrders(context, selector_of(context), Credits(), RememberedOrders(context, ()))
    debits.try_debit(quotes(), at())
    attempt = debits.live
    assert attempt is not None
    side = CreditSide(context, BlockedContracts(context))
    side.debit_executed(attempt, [(Booking("X1", 1, pair.debit_limit_c), 100)], at())
    context.attempt_ended()
    side.debit_dead(attempt.cycle, at())
    context.collect()
    return side, pair


def test_a_credit_side_sells_the_planned_credit_of_a_dead_debit():
    context = make_context()
    side, pair = credit_side(context)
    side.watch(at())
    request = submitted(context).request
    assert request.part is Part.CREDIT
    assert request.legs[1].strike == pair.credit_short
    assert request.limit_c == pair.credit_limit_c


def test_a_credit_side_fetches_quotes_where_a_stage_looks_at_the_market():
    context = make_context()
    side, _ = credit_side(context)
    (unit,) = side.units.values()
    unit.move_to(Stage.RESCAN)
    unit.force(Stage.RESCAN, "")
    side.watch(at())
    assert [each for each in context.out if isinstance(each, Fetch)] == [Fetch()]


def test_a_parked_unit_raises_its_alarm_and_its_cycle_leaves_a_row():
    context = make_context()
    side, _ = credit_side(context)
    (unit,) = side.units.values()
    park(context, unit, at(5.0), "no buyer")
    assert unit.left_alone and unit.look_s == math.inf
    where = f"{context.key}/1: no buyer"
    assert Warn("PARKED", where, True) in context.out
    row = cycle_ended(context, unit, "PARKED", at(5.0))
    assert (row.outcome, row.contracts, row.label) == ("PARKED", 1, "RISK")


def test_a_leg_that_stays_alone_is_an_alarm_until_the_other_executes():
    context = make_context()
    debits, name = debit_of(context, Credits())
    order = debits.find(name)
    assert order is not None
    lone = LoneLegs(context)
    context.collect()
    for leg, execution in ((0, "X1"), (1, "X2")):
        order.on_report(
            OrderReport(
                ReportKind.LEG_FILL,
                name,
                START,
                execution_id=execution,
                quantity=1,
                price_c=order.request.limit_c if leg == 0 else 0,
                leg=leg,
            ),
            1.0,
        )
        lone.watch(order, at(1.0))
        if leg == 0:
            assert lone and lone.wake_s() == 1.0 + LONE_LEG_S
            lone.warn(at(1.0 + LONE_LEG_S))
    assert not lone
    assert [each.raised for each in context.out if isinstance(each, Warn)] == [True, False]


def test_an_order_is_cancelled_once():
    context = make_context()
    debits, name = debit_of(context, Credits())
    order = debits.find(name)
    assert order is not None
    assert cancel(context, order, "operator", at(1.0))
    assert not cancel(context, order, "operator", at(1.0))
