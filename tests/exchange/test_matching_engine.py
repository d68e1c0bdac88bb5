"""The matching engine as a broker: acknowledgements, cancels and their races, queries, expiry."""

from dataclasses import replace

import pytest

from engine.config import FillModelParameters
from engine.exchange.matching import (
    DuplicateClientOrderIdError,
    MatchingEngine,
    known_orders,
)
from engine.market.fees import FeeSchedule, LegFee
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from tests.support.exchange_world import (
    CLOSES_S,
    EXPIRATION,
    MORNING_S,
    OPENS_S,
    HeapTimer,
    kinds,
    order,
    phase_of,
    still_quotes,
)

CERTAIN = FillModelParameters(
    poor_share=0.0,
    good_share=0.0,
    ordinary_factor=(1.0, 1.0),
    reject=0.0,
    late_fill=0.0,
    duplicate=0.0,
    partial=0.0,
)
NEVER_C = 150
"""A debit so far below the market that nobody sells."""


class Desk:
    """A matching engine over still quotes, and its reports."""

    def __init__(
        self,
        parameters: FillModelParameters = CERTAIN,
        *,
        now_s: float = MORNING_S,
        seed: int = 1,
        size: float = 50.0,
    ) -> None:
        self.timer = HeapTimer(now_s)
        self.quotes = still_quotes(size)
        self.exchange = MatchingEngine(
            self.quotes, self.timer, seed, phase_of, model="assumed", parameters=parameters
        )
        self.reports: list[OrderReport] = []
        self.exchange.connect(self.reports.append)

    def submit(self, request: OrderRequest) -> None:
        self.exchange.submit(request, self.timer.now_s)

    def cancel(self, name: str = "S-1") -> None:
        self.exchange.cancel(name, self.timer.now_s)

    def query(self, name: str = "S-1") -> None:
        self.exchange.query(name, self.timer.now_s)

    def pass_s(self, seconds: float) -> None:
        self.timer.run(self.timer.now_s + seconds)

    def kinds(self) -> list[ReportKind]:
        return kinds(self.reports)


def test_an_order_is_acknowledged_after_a_while_works_and_is_cancelled_after_a_while():
    desk = Desk()
    desk.submit(order(limit_c=NEVER_C))
    assert desk.reports == []
    assert desk.exchange.open_orders() == ()
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.ACK]
    assert 0.005 < desk.reports[0].at_s - MORNING_S < 0.5
    (working,) = desk.exchange.open_orders()
    assert (working.client_order_id, working.quantity, working.filled) == ("S-1", 1, 0)
    assert working.broker_order_id == desk.reports[0].broker_order_id != ""
    desk.cancel()
    assert desk.kinds() == [ReportKind.ACK]
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.CANCELED]
    assert desk.exchange.open_orders() == ()


def test_a_marketable_debit_fills_at_the_natural_price_and_is_booked_leg_by_leg():
    desk = Desk()
    desk.submit(order(limit_c=260, quantity=2))
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.FILL]
    fill = desk.reports[1]
    assert (fill.quantity, fill.price_c) == (2, 240)
    (execution,) = desk.exchange.ledger.executions
    bought, sold = execution.legs
    assert (bought.price_c - sold.price_c, bought.quantity, sold.quantity) == (240, 2, -2)
    assert 500 <= bought.price_c <= 520
    assert 280 <= sold.price_c <= 300
    assert desk.exchange.ledger.cash_c == -48_000
    assert desk.exchange.ledger.fees_c == 2 * 2 * 68
    held = {(p.strike, p.quantity) for p in desk.exchange.positions()}
    assert held == {(100.0, 2), (105.0, -2)}


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"limit_c": 0}, "outside zero and the width"),
        ({"limit_c": 500}, "outside zero and the width"),
        ({"symbol": "SPX", "limit_c": 213}, "not on the tick"),
        ({"quantity": 0}, "at least 1"),
        ({"bought": 105.0, "sold": 100.0}, "must be the cheaper"),
        ({"part": Part.CREDIT, "bought": 100.0, "sold": 105.0}, "dearer leg must be sold"),
        ({"sold": 106.0}, "unknown contract"),
        ({"right": "put", "bought": 105.0, "sold": 100.0}, "unknown contract"),
    ],
)
def test_an_improper_order_is_rejected_with_a_reason_and_never_works(change, reason):
    desk = Desk()
    desk.submit(order(**change))
    desk.pass_s(30.0)
    assert desk.kinds() == [ReportKind.REJECTED]
    assert reason in desk.reports[0].reason
    assert desk.exchange.open_orders() == ()
    assert desk.exchange.ledger.executions == ()


def test_legs_of_two_rights_two_expirations_or_wrong_sides_are_rejected():
    good = order()
    bought, sold = good.legs
    wrong = [
        (replace(good, legs=(bought, replace(sold, option_type="put"))), "both be calls or both"),
        (replace(good, legs=(sold, bought)), "one bought and one sold"),
        (
            replace(good, legs=(bought, replace(sold, expiration=EXPIRATION.replace(day=16)))),
            "the order's expiration",
        ),
    ]
    for request, reason in wrong:
        desk = Desk()
        desk.submit(request)
        desk.pass_s(1.0)
        assert desk.kinds() == [ReportKind.REJECTED]
        assert reason.removeprefix("both be ") in desk.reports[0].reason


@pytest.mark.parametrize("now_s", [OPENS_S - 600.0, CLOSES_S - 0.001, CLOSES_S + 3600.0])
def test_outside_the_session_every_order_is_rejected(now_s):
    desk = Desk(now_s=now_s)
    desk.submit(order())
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.REJECTED]
    assert desk.reports[0].reason == "session closed"


def test_a_client_order_id_is_taken_once():
    desk = Desk()
    desk.submit(order(limit_c=NEVER_C))
    with pytest.raises(DuplicateClientOrderIdError, match="S-1"):
        desk.submit(order(limit_c=NEVER_C))
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.ACK]


def test_a_cancel_that_comes_before_the_acknowledgement_is_answered_after_it():
    desk = Desk(CERTAIN.changed(acknowledge_s=3.0, delay_spread=0.1))
    desk.submit(order(limit_c=NEVER_C))
    desk.cancel()
    desk.pass_s(2.0)
    assert desk.kinds() == []
    desk.pass_s(3.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.CANCELED]


def test_a_cancel_that_comes_after_the_fill_is_rejected_as_too_late():
    desk = Desk()
    desk.submit(order(limit_c=260))
    desk.pass_s(1.0)
    desk.cancel()
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.FILL, ReportKind.CANCEL_REJECTED]
    assert "too late" in desk.reports[-1].reason


def test_a_fill_between_the_cancel_request_and_its_arrival_wins_the_race():
    slow = CERTAIN.changed(cancel_s=5.0, delay_spread=0.01)
    won = 0
    for seed in range(30):
        desk = Desk(slow, seed=seed)
        desk.submit(order())
        desk.pass_s(0.2)
        desk.cancel()
        desk.pass_s(10.0)
        kinds = desk.kinds()
        assert kinds in (
            [ReportKind.ACK, ReportKind.FILL, ReportKind.CANCEL_REJECTED],
            [ReportKind.ACK, ReportKind.CANCELED],
        )
        won += kinds[1] is ReportKind.FILL
    assert 10 < won < 30


def test_an_execution_that_crosses_with_the_cancel_is_told_after_it_but_booked_before():
    desk = Desk(CERTAIN.changed(late_fill=1.0, by_location=((0.0, 0.01), (1.0, 0.01))))
    desk.submit(order(quantity=3))
    desk.pass_s(0.3)
    desk.cancel()
    desk.pass_s(0.045 * 10)
    assert ReportKind.CANCELED in desk.kinds()
    desk.pass_s(3.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.CANCELED, ReportKind.FILL]
    cancelled, fill = desk.reports[1:]
    assert fill.quantity == 3
    assert fill.at_s <= cancelled.at_s
    assert desk.exchange.counts["late_fills"] == 1
    assert [e.execution_id for e in desk.exchange.ledger.executions] == [fill.execution_id]


def test_no_more_crosses_with_the_cancel_than_is_displayed():
    crossing = CERTAIN.changed(late_fill=1.0, by_location=((0.0, 0.01), (1.0, 0.01)))
    desk = Desk(crossing, size=2.0)
    desk.submit(order(quantity=3))
    desk.pass_s(0.3)
    desk.cancel()
    desk.pass_s(5.0)
    assert [each.quantity for each in desk.exchange.ledger.executions] == [2]


def test_each_root_has_its_own_fee():
    timer = HeapTimer(MORNING_S)
    fees = FeeSchedule(by_root={"AAPL": LegFee(50, 7)})
    exchange = MatchingEngine(
        still_quotes(50.0), timer, 1, phase_of, model="assumed", parameters=CERTAIN, fees=fees
    )
    exchange.connect(lambda report: None)
    exchange.submit(order(limit_c=260, quantity=3), MORNING_S)
    timer.run(MORNING_S + 1.0)
    assert exchange.ledger.fees_c == 2 * 3 * 57


def test_nothing_crosses_with_the_cancel_of_an_order_that_nobody_wanted():
    desk = Desk(CERTAIN.changed(late_fill=1.0))
    desk.submit(order(limit_c=NEVER_C))
    desk.pass_s(1.0)
    desk.cancel()
    desk.pass_s(5.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.CANCELED]


def test_a_partial_fill_leaves_the_rest_working_and_cancellable():
    certain_part = CERTAIN.changed(partial=1.0, by_size=(0.01, 0.01, 0.01, 0.01, 1.0))
    desk = Desk(certain_part, seed=3)
    desk.submit(order(quantity=5, limit_c=239))
    desk.pass_s(5.0)
    fills = [report for report in desk.reports if report.kind is ReportKind.FILL]
    assert fills
    filled = sum(fill.quantity for fill in fills)
    assert 0 < filled < 5
    (working,) = desk.exchange.open_orders()
    assert (working.quantity, working.filled) == (5, filled)
    desk.cancel()
    desk.pass_s(1.0)
    assert desk.kinds()[-1] is ReportKind.CANCELED
    assert desk.exchange.counts["partials"] == len(fills)


def test_orders_that_still_work_expire_at_the_close():
    desk = Desk(now_s=CLOSES_S - 60.0)
    desk.submit(order("S-1", limit_c=NEVER_C))
    desk.submit(order("S-2", limit_c=NEVER_C))
    desk.pass_s(59.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.ACK]
    desk.pass_s(2.0)
    assert desk.kinds()[2:] == [ReportKind.EXPIRED, ReportKind.EXPIRED]
    assert [report.at_s for report in desk.reports[2:]] == [CLOSES_S, CLOSES_S]
    assert desk.exchange.open_orders() == ()


def test_a_query_repeats_every_report_that_the_orders_state_is_made_of():
    desk = Desk()
    desk.submit(order("filled", limit_c=260))
    desk.submit(order("resting", limit_c=NEVER_C))
    desk.submit(order("refused", limit_c=900))
    desk.pass_s(1.0)
    first = list(desk.reports)
    desk.reports.clear()
    for name, expected in (
        ("filled", [ReportKind.ACK, ReportKind.FILL]),
        ("resting", [ReportKind.ACK]),
        ("refused", [ReportKind.REJECTED]),
        ("never sent", [ReportKind.NOT_FOUND]),
    ):
        desk.reports.clear()
        desk.query(name)
        desk.pass_s(1.0)
        assert desk.kinds() == expected, name
        fills = [report for report in desk.reports if report.kind is ReportKind.FILL]
        assert all(fill in first for fill in fills)


def test_a_query_before_the_acknowledgement_never_says_not_found():
    desk = Desk(CERTAIN.changed(acknowledge_s=3.0))
    desk.submit(order(limit_c=NEVER_C))
    desk.query()
    desk.pass_s(30.0)
    assert set(desk.kinds()) == {ReportKind.ACK}


def test_cancelling_what_was_never_sent_is_answered_not_found():
    desk = Desk()
    desk.cancel("S-404")
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.NOT_FOUND]


def test_a_repeated_report_is_the_same_report():
    desk = Desk(CERTAIN.changed(duplicate=1.0))
    desk.submit(order(limit_c=260))
    desk.pass_s(1.0)
    acks = [report for report in desk.reports if report.kind is ReportKind.ACK]
    fills = [report for report in desk.reports if report.kind is ReportKind.FILL]
    assert acks == [acks[0]] * 2
    assert fills == [fills[0]] * 2
    assert len(desk.exchange.ledger.executions) == 1


def test_what_happens_to_an_order_does_not_depend_on_other_orders():
    alone, crowded = Desk(seed=9), Desk(seed=9)
    alone.submit(order("S-mine"))
    for number in range(50):
        crowded.submit(order(f"S-{number}", limit_c=214 + number % 5))
    crowded.submit(order("S-mine"))
    for desk in (alone, crowded):
        desk.pass_s(20.0)
    mine = [report for report in crowded.reports if report.client_order_id == "S-mine"]
    assert mine == alone.reports


def test_orders_that_never_traded_are_forgotten_after_many_and_traded_ones_never(monkeypatch):
    monkeypatch.setattr(known_orders, "_REMEMBERED", 10)
    desk = Desk()
    desk.submit(order("traded", limit_c=260))
    for number in range(30):
        desk.submit(order(f"S-{number}", limit_c=900))
    desk.pass_s(5.0)
    known = [n for n in range(30) if desk.exchange.state_of(f"S-{n}") is not None]
    assert len(known) == 10
    desk.reports.clear()
    desk.query("traded")
    desk.query("S-0")
    desk.pass_s(1.0)
    assert desk.kinds() == [ReportKind.ACK, ReportKind.FILL, ReportKind.NOT_FOUND]


def test_quotes_that_vanish_while_an_order_works_fill_nothing():
    desk = Desk()
    desk.submit(order(limit_c=NEVER_C))
    desk.pass_s(0.5)
    desk.quotes.by_contract.clear()
    desk.pass_s(600.0)
    assert desk.kinds() == [ReportKind.ACK]
