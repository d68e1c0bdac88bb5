"""The fill models: `assumed` fills as documented, `crossing` only where the market crosses."""

import math
from functools import partial
from statistics import median

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.config import FillModelParameters
from engine.exchange.matching import MatchingEngine
from engine.exchange.matching.models import AssumedFills, at_location
from engine.exchange.matching.orders import ExchangeOrder
from engine.exchange.matching.quotes import NaturalMarket
from engine.exchange.matching.sources import LegQuote
from engine.exchange.matching.waiting import crosses, location_of, natural_price_c
from engine.exchange.seeding import Draws
from engine.market.chain import CALL
from engine.market.phases import TradingPhase
from engine.orders.types import OrderReport, Part, ReportKind
from tests.support.exchange_world import (
    CLOSES_S,
    EXPIRATION,
    MORNING_S,
    OPENS_S,
    ORDINARY,
    HeapTimer,
    StillQuotes,
    order,
    phase_of,
    still_quotes,
)

CANCEL_S = 2.5


def first_fills_s(
    *,
    parameters: FillModelParameters = ORDINARY,
    count: int = 2500,
    at_s: float = MORNING_S,
    size: float = 50.0,
    cancel_after_s: float = CANCEL_S,
    seed: int = 1,
    **kwargs: object,
) -> list[float]:
    """Seconds from WORKING to the first fill of those of `count` orders that filled in time."""
    timer = HeapTimer(at_s)
    matching = MatchingEngine(
        still_quotes(size), timer, seed, phase_of, model="assumed", parameters=parameters
    )
    working: dict[str, float] = {}
    first: dict[str, float] = {}

    def hear(report: OrderReport) -> None:
        name = report.client_order_id
        if report.kind is ReportKind.ACK and name not in working:
            working[name] = report.at_s
            timer(report.at_s + cancel_after_s, lambda: cancelled.add(name))
        elif report.kind is ReportKind.FILL and name not in cancelled:
            first.setdefault(name, report.at_s - working[name])

    cancelled: set[str] = set()
    matching.connect(hear)
    for number in range(count):
        matching.submit(order(f"S-{number}", **kwargs), at_s)  # type: ignore[arg-type]
    timer.run(at_s + cancel_after_s + 1.0)
    return list(first.values())


@pytest.mark.parametrize(
    ("quantity", "limit_c", "documented"),
    [
        (1, 214, 0.45),
        (2, 214, 0.38),
        (3, 214, 0.22),
        (1, 208, 0.22),
        (1, 220, 0.64),
        (1, 230, 0.85),
        (1, 200, 0.06),
        (1, 189, 0.0),
    ],
)
def test_assumed_debits_fill_with_the_documented_probability(quantity, limit_c, documented):
    count = 2500
    filled = len(first_fills_s(quantity=quantity, limit_c=limit_c, count=count))
    error = 4 * math.sqrt(documented * (1 - documented) / count)
    assert abs(filled / count - documented) <= error + 0.005


@pytest.mark.parametrize(
    ("at_s", "phase"),
    [
        (OPENS_S + 300.0, TradingPhase.OPEN_AUCTION),
        (OPENS_S + 3 * 3600.0, TradingPhase.MIDDAY),
        (CLOSES_S - 600.0, TradingPhase.CLOSE_AUCTION),
    ],
)
def test_assumed_probabilities_follow_the_phase(at_s, phase):
    count = 2500
    expected = 0.45 * ORDINARY.by_phase[phase]
    filled = len(first_fills_s(at_s=at_s, count=count))
    assert abs(filled / count - expected) <= 4 * math.sqrt(expected * (1 - expected) / count)


def test_assumed_fills_take_about_a_second_and_never_come_at_once():
    times = first_fills_s()
    assert 1.05 < median(times) < 1.35
    assert min(times) >= ORDINARY.dead_s


def test_assumed_rest_of_a_partial_fill_waits_anew():
    timer = HeapTimer(MORNING_S)
    parts = ORDINARY.changed(partial=1.0, duplicate=0.0)
    matching = MatchingEngine(still_quotes(), timer, 1, phase_of, model="assumed", parameters=parts)
    fills: dict[str, list[float]] = {}

    def hear(report: OrderReport) -> None:
        if report.kind is ReportKind.FILL:
            fills.setdefault(report.client_order_id, []).append(report.at_s)

    matching.connect(hear)
    for number in range(1500):
        matching.submit(order(f"S-{number}", quantity=2), MORNING_S)
    timer.run(MORNING_S + 300.0)
    rests = [times[1] - times[0] for times in fills.values()]
    assert len(rests) == 1500
    # One combination left at 0.35: -ln(1 - 0.45) / 2.25 s fills a second.
    expected_s = math.log(2) * 2.25 / -math.log(1 - 0.45)
    assert abs(median(rests) - expected_s) < 0.15 * expected_s


def credit_waits_s(parameters: FillModelParameters, count: int = 1500) -> list[float]:
    """Seconds to the fill of single credits under as many seeds; infinite after two minutes."""
    waits = []
    for seed in range(count):
        one = first_fills_s(
            parameters=parameters,
            part=Part.CREDIT,
            limit_c=226,
            count=1,
            cancel_after_s=120.0,
            seed=seed,
        )
        waits.append(one[0] if one else math.inf)
    return waits


def test_assumed_completing_orders_fill_within_seconds_but_some_hang_and_some_never_fill():
    scarce = ORDINARY.changed(thin_share=0.06, nobody_share=0.02)
    waits = credit_waits_s(scarce)
    assert sum(wait < 10 for wait in waits) / len(waits) > 0.75
    assert 0.03 < sum(wait >= 30 for wait in waits) / len(waits) < 0.12
    assert 0.01 < sum(wait == math.inf for wait in waits) / len(waits) < 0.08


def test_assumed_completing_orders_hang_rarely_by_default():
    waits = credit_waits_s(FillModelParameters())
    assert sum(wait < 10 for wait in waits) / len(waits) > 0.75
    assert sum(wait >= 30 for wait in waits) / len(waits) < 0.02


def test_assumed_fills_less_where_less_is_displayed_and_never_more_than_that():
    many, few = (first_fills_s(quantity=3, size=size) for size in (50.0, 1.0))
    assert len(few) < 0.6 * len(many)
    timer = HeapTimer(MORNING_S)
    matching = MatchingEngine(
        still_quotes(2.0), timer, 1, phase_of, model="assumed", parameters=ORDINARY
    )
    reports: list[OrderReport] = []
    matching.connect(reports.append)
    for number in range(200):
        matching.submit(order(f"S-{number}", quantity=5, limit_c=230), MORNING_S)
    timer.run(MORNING_S + 60.0)
    quantities = [report.quantity for report in reports if report.kind is ReportKind.FILL]
    assert quantities
    assert max(quantities) == 2


def test_some_chains_fill_poorly_and_some_well_and_it_stays_so():
    parameters = FillModelParameters()
    model, again = (AssumedFills(parameters, 3) for _ in range(2))
    names = [f"R{number}" for number in range(1500)]
    factors = [model.chain_factor(name, EXPIRATION) for name in names]
    assert factors == [again.chain_factor(name, EXPIRATION) for name in reversed(names)][::-1]
    poor = [factor for factor in factors if factor < 0.5]
    good = [factor for factor in factors if factor > 1.18]
    assert 0.05 < len(poor) / len(factors) < 0.11
    assert 0.13 < len(good) / len(factors) < 0.21
    assert all(0.09 < 0.45 * factor < 0.155 for factor in poor)
    assert all(0.53 < 0.45 * factor < 0.57 for factor in good)


@given(st.floats(-1, 2))
def test_a_better_limit_never_fills_less(location):
    pairs = FillModelParameters().by_location
    assert 0 <= at_location(pairs, location) <= at_location(pairs, location + 0.01) <= 1


def quotes_at(middle_c: int, half_c: int, size: int) -> dict[tuple[int, float], LegQuote]:
    """The 100/105 call vertical at middle_c +- half_c, the cheaper leg fixed at 3.00."""
    return {
        (CALL, 100.0): (
            3.0 + (middle_c - half_c) / 100,
            3.0 + (middle_c + half_c) / 100,
            size,
            size,
        ),
        (CALL, 105.0): (3.0, 3.0, size, size),
    }


@given(
    moves=st.lists(
        st.tuples(st.integers(150, 350), st.integers(1, 60), st.integers(1, 4)),
        min_size=1,
        max_size=25,
    ),
    limit_c=st.integers(150, 350),
    quantity=st.integers(1, 6),
    part=st.sampled_from([Part.DEBIT, Part.CREDIT, Part.UNWIND]),
)
def test_crossing_fills_only_where_the_natural_market_has_reached_the_limit(
    moves, limit_c, quantity, part
):
    timer = HeapTimer(MORNING_S)
    quotes = StillQuotes(quotes_at(*moves[0]), [MORNING_S + 1.0 + k for k in range(len(moves))])
    calm = FillModelParameters(reject=0.0, duplicate=0.0, drift_location=0.0)
    matching = MatchingEngine(quotes, timer, 1, phase_of, model="crossing", parameters=calm)
    reports: list[OrderReport] = []
    matching.connect(reports.append)
    present = [moves[0]]

    def change(number: int) -> None:
        quotes.by_contract.update(quotes_at(*moves[number]))
        present[0] = moves[number]

    for number in range(1, len(moves)):
        timer(MORNING_S + 1.0 + number, partial(change, number))
    request = order(quantity=quantity, limit_c=limit_c, part=part)
    matching.submit(request, MORNING_S)

    def check(report: OrderReport) -> None:
        reports.append(report)
        if report.kind is not ReportKind.FILL:
            return
        middle_c, half_c, size = present[0]
        natural_c = middle_c + half_c if request.pays else middle_c - half_c
        assert limit_c >= natural_c if request.pays else limit_c <= natural_c
        assert report.quantity <= size
        if request.pays:
            assert natural_c <= report.price_c <= limit_c
        else:
            assert limit_c <= report.price_c <= natural_c

    matching.connect(check)
    timer.run(MORNING_S + 100.0)
    filled = sum(report.quantity for report in reports if report.kind is ReportKind.FILL)
    crossed = any(
        limit_c >= middle + half if request.pays else limit_c <= middle - half
        for middle, half, _ in moves
    )
    assert (filled > 0) == crossed
    assert filled <= quantity


def test_crossing_trades_at_the_natural_price_on_arrival_and_at_the_limit_later():
    def price_of(start_c: int) -> int:
        timer = HeapTimer(MORNING_S)
        quotes = StillQuotes(quotes_at(start_c, 20, 9), [MORNING_S + 5.0])
        matching = MatchingEngine(quotes, timer, 1, phase_of, model="crossing", parameters=ORDINARY)
        reports: list[OrderReport] = []
        matching.connect(reports.append)
        timer(MORNING_S + 4.0, lambda: quotes.by_contract.update(quotes_at(200, 20, 9)))
        matching.submit(order(limit_c=240), MORNING_S)
        timer.run(MORNING_S + 60.0)
        (fill,) = [report for report in reports if report.kind is ReportKind.FILL]
        return fill.price_c

    assert price_of(210) == 230
    assert price_of(300) == 240


class Moved(StillQuotes):
    """Still quotes that remember how they were moved."""

    def nudge(self, symbol: str, expiration: object, dollars: float, now_s: float) -> None:
        self.changes_s.append(dollars)


@pytest.mark.parametrize(("right", "against_us"), [("call", -1), ("put", 1)])
def test_a_debit_fill_moves_quotes_that_can_be_moved_against_us(right, against_us):
    timer = HeapTimer(MORNING_S)
    row = 0 if right == "call" else 1
    dear, cheap = (100.0, 105.0) if right == "call" else (105.0, 100.0)
    quotes = Moved({(row, dear): (5.0, 5.2, 9, 9), (row, cheap): (2.8, 3.0, 9, 9)})
    matching = MatchingEngine(quotes, timer, 1, phase_of, model="assumed", parameters=ORDINARY)
    matching.connect(lambda report: None)
    matching.submit(order(bought=dear, sold=cheap, right=right, limit_c=250), MORNING_S)
    timer.run(MORNING_S + 1.0)
    assert quotes.changes_s == [pytest.approx(against_us * 1e-4 * ORDINARY.drift_bp * dear)]
    credit = order("S-C", part=Part.CREDIT, bought=cheap, sold=dear, right=right, limit_c=150)
    matching.submit(credit, timer.now_s)
    timer.run(timer.now_s + 1.0)
    assert len(matching.ledger.executions) == 2
    assert len(quotes.changes_s) == 1, "a credit moves nothing"


def at_exchange(limit_c: int, part: Part = Part.DEBIT, symbol: str = "AAPL") -> ExchangeOrder:
    return ExchangeOrder(order(part=part, limit_c=limit_c, symbol=symbol), Draws(1, "S"), 0.0)


def natural(bid_c: float, ask_c: float) -> NaturalMarket:
    leg: LegQuote = (0.0, 0.0, 9.0, 9.0)
    return NaturalMarket(bid_c, ask_c, 9, leg, leg)


@pytest.mark.parametrize(
    ("part", "limit_c", "location", "reached"),
    [
        (Part.DEBIT, 214, 0.35, False),
        (Part.DEBIT, 239, 0.975, False),
        (Part.DEBIT, 240, 1.0, True),
        (Part.CREDIT, 226, 0.35, False),
        (Part.CREDIT, 201, 0.975, False),
        (Part.CREDIT, 200, 1.0, True),
    ],
)
def test_a_limit_is_located_from_its_own_side_of_the_market(part, limit_c, location, reached):
    market, resting = natural(200, 240), at_exchange(limit_c, part)
    assert location_of(resting, market) == pytest.approx(location)
    assert crosses(resting, market) is reached


def test_a_natural_price_between_two_ticks_is_the_one_against_us_and_never_worse_than_the_limit():
    between = natural(201.5, 238.5)
    for symbol, paid, received in (("AAPL", 239, 201), ("SPX", 240, 200)):
        assert natural_price_c(at_exchange(260, symbol=symbol), between) == paid
        assert natural_price_c(at_exchange(150, Part.CREDIT, symbol), between) == received
    assert natural_price_c(at_exchange(238), between) == 238
    assert natural_price_c(at_exchange(205, Part.CREDIT), between) == 205
    assert not crosses(at_exchange(0, Part.CREDIT), natural(200, 240)), "no price is no offer"


def test_after_a_debit_fill_recorded_quotes_stand_still_but_sell_worse_for_a_while():
    def price_after(*, debit_first: bool, wait_s: float) -> int | None:
        timer = HeapTimer(MORNING_S)
        quotes = StillQuotes(quotes_at(220, 20, 9))
        matching = MatchingEngine(quotes, timer, 1, phase_of, model="crossing", parameters=ORDINARY)
        fills: list[OrderReport] = []
        matching.connect(lambda r: fills.append(r) if r.kind is ReportKind.FILL else None)
        if debit_first:
            matching.submit(order("S-D", limit_c=250), MORNING_S)
        timer.run(MORNING_S + wait_s)
        matching.submit(order("S-C", part=Part.CREDIT, limit_c=200), timer.now_s)
        timer.run(timer.now_s + 5.0)
        return next((fill.price_c for fill in fills if fill.client_order_id == "S-C"), None)

    assert price_after(debit_first=False, wait_s=1.0) == 200
    assert price_after(debit_first=True, wait_s=1.0) is None
    assert price_after(debit_first=True, wait_s=5400.0) == 200
