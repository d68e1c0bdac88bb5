"""A default simulated day of 15 traders: everything happens, at sane rates, and adds up."""

from collections import Counter
from datetime import date
from functools import partial

import pytest

from engine.exchange.matching import MatchingEngine
from engine.exchange.matching.engine import COUNTED
from engine.exchange.quotes import SimulatedMarket
from engine.market.ticks import combination_tick_c
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from tests.support.exchange_world import (
    CLOSES_S,
    DAY,
    OPENS_S,
    HeapTimer,
    ScriptedDay,
    order,
    phase_of,
)

ROOTS = ("AAPL", "MSFT", "SPY", "TSLA", "SPX")


@pytest.fixture(scope="module")
def day() -> ScriptedDay:
    market = SimulatedMarket(7, DAY, OPENS_S, CLOSES_S)
    chains = [(root, e) for root in ROOTS for e in market.expirations(root, OPENS_S)[2:8:2]]
    assert len(chains) == 15
    done = ScriptedDay(
        market, chains, lambda timer: MatchingEngine(market, timer, 5, phase_of, model="assumed")
    )
    done.run()
    return done


class LegByLeg:
    """The same quotes, but only of single contracts."""

    def __init__(self, market: SimulatedMarket) -> None:
        self.leg_quote, self.nudge = market.leg_quote, market.nudge
        self.next_change_s = market.next_change_s


def resting_orders(market: SimulatedMarket, count: int) -> list[tuple[float, OrderRequest]]:
    """When to send what: verticals a cent or two short of their natural price, either way."""
    sent = []
    for number in range(count):
        now_s = OPENS_S + 5.0 + 3.3 * number
        root = ROOTS[number % len(ROOTS)]
        expiration = market.expirations(root, OPENS_S)[3]
        chain = market.chain(root, expiration, now_s)
        assert chain is not None
        x = int(chain.strikes.searchsorted(chain.underlying_price)) + number % 5 - 2
        y = x + 1
        dear, cheap = (float(strike) for strike in chain.strikes[[x, y]])
        part = Part.DEBIT if number % 2 else Part.CREDIT
        if part is Part.DEBIT:
            natural_c, short_c = round(100 * (chain.ask[0, x] - chain.bid[0, y])), -1 - number % 3
        else:
            natural_c, short_c = round(100 * (chain.bid[0, x] - chain.ask[0, y])), 1 + number % 3
        tick_c = combination_tick_c(root)
        limit_c = max(1, (natural_c // tick_c + short_c)) * tick_c
        bought, sold = (dear, cheap) if part is Part.DEBIT else (cheap, dear)
        request = order(
            f"S-{number}",
            part=part,
            quantity=1 + number % 3,
            limit_c=limit_c,
            bought=bought,
            sold=sold,
            symbol=root,
            expiration=expiration,
        )
        sent.append((now_s, request))
    return sent


@pytest.mark.parametrize("model", ["assumed", "crossing"])
def test_looking_at_verticals_at_once_fills_what_looking_leg_by_leg_does(model):
    def reports(*, leg_by_leg: bool) -> list[OrderReport]:
        requests = resting_orders(SimulatedMarket(7, DAY, OPENS_S, CLOSES_S), 120)
        market, timer = SimulatedMarket(7, DAY, OPENS_S, CLOSES_S), HeapTimer()
        quotes = LegByLeg(market) if leg_by_leg else market
        matching = MatchingEngine(quotes, timer, 5, phase_of, model=model)
        heard: list[OrderReport] = []
        matching.connect(heard.append)
        for now_s, request in requests:
            timer(now_s, partial(matching.submit, request, now_s))
        timer.run(OPENS_S + 900.0)
        return heard

    at_once = reports(leg_by_leg=False)
    assert at_once == reports(leg_by_leg=True)
    fills = sum(report.kind is ReportKind.FILL for report in at_once)
    assert 20 < fills < len(at_once)


Contract = tuple[str, date, str, float]


def contracts_and_cash_of(
    day: ScriptedDay, reports: list[OrderReport]
) -> tuple[dict[Contract, int], int]:
    """Contracts and cents from reports and requests alone, each execution once."""
    held: Counter[Contract] = Counter()
    cash_c = 0
    seen = set()
    for report in reports:
        if report.kind is not ReportKind.FILL or report.execution_id in seen:
            continue
        seen.add(report.execution_id)
        request = day.requests[report.client_order_id]
        for leg, sign in zip(request.legs, (1, -1), strict=True):
            contract = (request.symbol, request.expiration, leg.option_type, leg.strike)
            held[contract] += sign * report.quantity
        sign = -1 if request.pays else 1
        cash_c += sign * report.price_c * report.quantity * request.multiplier
    return {contract: quantity for contract, quantity in held.items() if quantity}, cash_c


def exchange_view(day: ScriptedDay) -> tuple[dict[Contract, int], int]:
    held = {
        (p.symbol, p.expiration, p.right, p.strike): p.quantity for p in day.matching.positions()
    }
    return held, day.matching.ledger.cash_c


def test_everything_that_can_happen_to_an_order_happens_in_a_day(day):
    counts = day.matching.counts
    answered_only_when_asked = {"queries", "not_found"}
    assert set(counts) == set(COUNTED)
    for name in set(COUNTED) - answered_only_when_asked:
        assert counts[name] > 0, name


def test_rates_of_a_day_are_sane(day):
    counts = day.matching.counts
    assert counts["submits"] > 20_000
    assert counts["acks"] + counts["rejects"] == counts["submits"]
    assert 0.0001 < counts["rejects"] / counts["submits"] < 0.0006
    assert 0.0005 < counts["late_fills"] / counts["cancels"] < 0.004
    assert 0.0002 < counts["duplicates"] / (counts["acks"] + counts["fills"]) < 0.0009
    assert counts["cancel_rejects"] / counts["cancels"] < 0.02
    assert 0.05 < counts["partials"] / counts["fills"] < 0.30


def test_most_completing_orders_fill_within_seconds_and_several_percent_hang(day):
    waits = list(day.credit_wait_s.values())
    sent = day.credits_sent
    assert sum(wait < 10 for wait in waits) / sent > 0.6
    hanging = 1 - sum(wait < 30 for wait in waits) / sent
    assert 0.03 < hanging < 0.15
    assert len(waits) < sent, "some are never wanted"


def test_the_exchanges_books_add_up_and_equal_what_was_reported(day):
    day.matching.ledger.check()
    assert contracts_and_cash_of(day, day.reports) == exchange_view(day)


def test_dropping_one_execution_on_the_way_is_noticed(day):
    fills = [n for n, r in enumerate(day.reports) if r.kind is ReportKind.FILL]
    lost = day.reports[fills[len(fills) // 2]]
    kept = [report for report in day.reports if report.execution_id != lost.execution_id]
    assert contracts_and_cash_of(day, kept) != exchange_view(day)


def test_each_order_ends_once_and_never_trades_more_than_it_asked_for(day):
    traded: Counter[str] = Counter()
    for execution in day.matching.ledger.executions:
        traded[execution.client_order_id] += execution.quantity
    assert all(0 < q <= day.requests[name].quantity for name, q in traded.items())
    terminal = {ReportKind.CANCELED, ReportKind.REJECTED, ReportKind.EXPIRED}
    ends = Counter(r.client_order_id for r in day.reports if r.kind in terminal)
    assert set(ends.values()) == {1}
    complete = {n for n, q in traded.items() if q == day.requests[n].quantity}
    assert set(ends) | complete == set(day.requests)


def test_leg_prices_are_never_negative_and_make_the_combinations_price(day):
    for execution in day.matching.ledger.executions:
        dear, cheap = execution.legs
        assert cheap.price_c >= 0
        assert dear.price_c - cheap.price_c == execution.price_c
