"""What the screen of open units is told, recounted from the chain and the executions."""

from __future__ import annotations

import math
from datetime import time

from engine.commands import Ask
from engine.config import SpreadRules
from engine.market.chain import CALL, PUT
from engine.orders.ladder import Stage
from engine.risk.gates import Gate
from engine.snapshot import TraderState
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


def by_credit() -> Operated:
    """A desk that ranks by net credit: by floor hardly a credit is wider than its debit."""
    config = settings().changed(spreads=SpreadRules(objective="credit"))
    return Operated(simulated(config, until=time(15, 0)))


def bid_c(chain, right, sold, bought):
    """Cents a share received for a vertical right now."""
    row = CALL if right == "call" else PUT
    got = chain.bid[row, chain.index(sold)] - chain.ask[row, chain.index(bought)]
    return None if math.isnan(got) else round(float(got) * 100)


def test_each_open_unit_is_there_with_what_every_way_comes_to_at_the_quotes_seen_last():
    desk = by_credit()
    desk.run(60)
    seen = stale = wider = 0
    for _ in range(80):
        desk.run(3.7)
        views = {view.key: view for view in desk.snapshot().units}
        units = {
            f"{key}/{unit.cycle}": (trader, unit)
            for key, trader in desk.context.traders.items()
            for unit in trader.credits.units.values()
            if unit.remaining
        }
        assert views.keys() == units.keys()
        for name, view in views.items():
            trader, unit = units[name]
            chain = trader.last_quotes.chain
            seen += 1
            stale += view.stale
            assert view.open == unit.filled - unit.credited - unit.unwound
            n, paid_c = view.open * 100, unit.paid_c / unit.filled
            fees_c = 4 * 68 * view.open
            credit = bid_c(chain, unit.right, unit.credit_short, unit.credit_long)
            debit = bid_c(chain, unit.right, unit.long_strike, unit.short_strike)
            assert (view.credit_bid_c, view.debit_bid_c) == (credit, debit)
            widths = unit.long_strike - unit.short_strike, unit.credit_short - unit.credit_long
            owed_c = max(0, round((abs(widths[1]) - abs(widths[0])) * 100))
            wider += owed_c > 0
            assert view.complete_c == round((credit - owed_c - paid_c) * n) - fees_c
            assert view.unwind_c == round((debit - paid_c) * n) - fees_c
            assert view.scratch_c == round((view.f2_c - owed_c - paid_c) * n) - fees_c
            assert view.carry_c == -round(paid_c * n) - fees_c // 2
            now_s = desk.context.now().epoch_s
            assert view.stale == (now_s - chain.confirmed_s > 1.0)
            assert view.stage == unit.stage.value
    assert seen > 20 and stale and wider


def test_of_a_unit_sold_twice_no_row_says_that_it_waits_for_its_credit():
    desk = by_credit()
    desk.run(60)
    key = desk.legged()
    (unit,) = desk.context.traders[key].credits.units.values()
    unit.credited = unit.filled + 1
    desk.executor.publisher.hurry()
    desk.executor.publisher._snapshots.watch(key)
    shown = desk.snapshot()
    (row,) = (each for each in shown.traders if each.key == key)
    assert not [each for each in shown.units if each.trader == key]
    assert (row.stage, row.hung_s) == ("", None)
    assert row.state is TraderState.BLOCKED and "more was sold on this chain" in row.gate_text
    assert shown.detail is not None and (shown.detail.stage, shown.detail.cycle) == ("", "")


def test_the_detail_of_an_open_unit_says_what_works_for_it_and_no_price_where_nothing_does():
    desk = by_credit()
    desk.run(60)
    key = desk.legged()
    (unit,) = desk.context.traders[key].credits.units.values()
    desk.executor.publisher._snapshots.watch(key)

    def told() -> str:
        detail = desk.snapshot().detail
        assert detail is not None
        return str(detail.cycle)

    right = unit.right[0].upper()
    (view,) = (each for each in desk.snapshot().units if each.trader == key)
    assert view.limit_c is not None
    sold = view.credit_legs.removesuffix(right)
    assert told().endswith(f", selling {sold} at {view.limit_c / 100:.2f}")
    desk.ask(Ask.UNWIND, f"{key}/{unit.cycle}")
    desk.run_until(
        lambda: unit.order is not None and unit.order.live and unit.order.request.part == "U"
    )
    assert unit.order is not None
    assert told().endswith(f", selling it back at {unit.order.request.limit_c / 100:.2f}")
    unit.order = None
    unit.park()
    assert told().endswith(" without credit, nothing works for it")


def test_quotes_that_are_missing_leave_what_depends_on_them_unknown_and_the_rest_known():
    desk = by_credit()
    desk.run(60)
    key = desk.legged()
    desk.context.traders[key].last_quotes.chain.bid[:] = math.nan
    view = next(view for view in desk.snapshot().units if view.trader == key)
    assert (view.complete_c, view.unwind_c, view.credit_bid_c, view.debit_bid_c) == (None,) * 4
    assert view.carry_c < 0 and view.scratch_c <= 0
    assert view.stage == Stage.LEAN.value and len(view.refusals) == 4


def test_the_detail_names_no_gate_as_closed_that_has_opened_since_the_trader_looked():
    desk = by_credit()
    desk.run(60)
    trader = desk.context.traders[desk.legged()]
    desk.run_until(lambda: not trader.credits.units and trader.debits.live is None)
    trader.context.blocked = Gate.UNHEDGED
    desk.executor.publisher.hurry()
    desk.executor.publisher._snapshots.watch(trader.key)
    shown = desk.snapshot()
    (row,) = (each for each in shown.traders if each.key == trader.key)
    assert shown.detail is not None
    stops = {code for code, passes, _ in shown.detail.gates if not passes}
    assert Gate.UNHEDGED.value not in stops and row.gate != Gate.UNHEDGED
