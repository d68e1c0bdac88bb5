"""Whatever answers arrive, in whatever order: the same executions, the same cents."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.brokers.following.executions import fills_told_again, record
from engine.brokers.following.follow import follow, overdue
from engine.brokers.following.followed import Followed, Step, resumed
from engine.brokers.following.order_view import LegTotal, OrderView, ViewState
from engine.brokers.ledger import ExchangeLedger, LedgerError
from engine.orders.order import Order
from engine.orders.soundness import flaw
from engine.orders.transitions import OrderState
from engine.orders.types import OrderReport, Part, ReportKind
from tests.support.order_at_broker import OrderAtBroker, request, without_prices

K = ReportKind
FEE_C = 6


class Desk:
    """An engine's order and the account's ledger, fed by what is followed."""

    def __init__(self, part: Part = Part.DEBIT, quantity: int = 2, limit_c: int = 110) -> None:
        self.broker = OrderAtBroker(request(part, quantity, limit_c))
        self.order = Order(self.broker.request)
        self.order.state = OrderState.SENT
        self.followed = Followed(self.broker.request)
        self.ledger = ExchangeLedger()
        self.reports: list[OrderReport] = []
        self.notes: list[str] = []

    def take(self, view: OrderView, now_s: float = 0.0) -> list[OrderReport]:
        return self._apply(follow(self.followed, view, now_s))

    def late(self, now_s: float) -> list[OrderReport]:
        return self._apply(overdue(self.followed, now_s, 1000.0 + now_s))

    def _apply(self, step: Step) -> list[OrderReport]:
        self.followed = step.order
        self.notes += step.notes
        record(self.ledger, step.order, step.reports, FEE_C)
        for report in step.reports:
            assert flaw(report) == ""
            applied = self.order.on_report(report, 0.0)
            assert not applied.refused, report
        self.reports += step.reports
        return list(step.reports)

    def booked_c(self) -> int:
        """Cents a share of what the engine has booked."""
        return sum(quantity * price_c for quantity, price_c in self.order.executions.values())

    def agree(self) -> None:
        """Engine, ledger and broker have the same contracts and cents."""
        broker = self.broker
        assert self.order.filled == broker.lots
        assert self.booked_c() == broker.total_c
        assert not self.order.unpriced
        self.ledger.check()
        sign = -1 if broker.request.pays else 1
        assert self.ledger.cash_c == sign * broker.total_c * 100
        assert self.ledger.fees_c == FEE_C * broker.lots
        held = {row.quantity for row in self.ledger.positions()}
        assert held == ({broker.lots, -broker.lots} if broker.lots else set())


@st.composite
def stories(draw):
    """A desk, and every answer that its broker could have given, oldest first."""
    part = draw(st.sampled_from([Part.DEBIT, Part.CREDIT]))
    quantity = draw(st.integers(1, 5))
    desk = Desk(part, quantity)
    lots = draw(st.integers(0, quantity))
    cheap = draw(st.lists(st.integers(1, 300), min_size=lots, max_size=lots))
    net = st.integers(1, 110) if part is Part.DEBIT else st.integers(110, 500)
    dear = [c + draw(net) for c in cheap]
    todo = [list(dear), list(cheap)] if part is Part.DEBIT else [list(cheap), list(dear)]
    views = [desk.broker.view()]
    while todo[0] or todo[1]:
        leg = draw(st.sampled_from([leg for leg in (0, 1) if todo[leg]]))
        desk.broker.execute(leg, todo[leg].pop(0))
        views.append(desk.broker.view(prices=draw(st.booleans())))
    if draw(st.booleans()):
        desk.broker.end(draw(st.sampled_from([ViewState.CANCELED, ViewState.EXPIRED])))
    views.append(desk.broker.view(counts=draw(st.booleans())))
    return desk, views


@settings(max_examples=40)
@given(stories(), st.data())
def test_any_answers_in_any_order_give_the_same_executions_and_cents(story, data):
    desk, views = story
    some = data.draw(st.lists(st.sampled_from(views), max_size=12))
    for view in (*some, desk.broker.view(), *some):
        desk.take(view)
    desk.agree()
    fills = [report for report in desk.reports if report.kind is K.FILL]
    assert [each.execution_id for each in fills] == [f"B7:{n + 1}" for n in range(desk.broker.lots)]
    assert [report.kind for report in desk.reports].count(K.ACK) == 1
    assert desk.reports[0].kind is K.ACK
    ended = desk.broker.state in (ViewState.CANCELED, ViewState.EXPIRED)
    ends = [report.kind for report in desk.reports if report.kind in (K.CANCELED, K.EXPIRED)]
    assert ends == ([K(desk.broker.state.value)] if ended else [])
    assert desk.followed.ended == (ended or desk.broker.state is ViewState.FILLED)


@settings(max_examples=40)
@given(stories(), st.data())
def test_an_order_that_is_followed_on_after_a_restart_books_nothing_twice(story, data):
    desk, views = story
    cut = data.draw(st.integers(0, len(views)))
    for view in views[:cut]:
        desk.take(view)
    before = desk.followed
    mine = desk.ledger.executions
    desk.followed = resumed(before.request, before.broker_id, mine, before.numbered)
    for report in fills_told_again(desk.followed, mine):
        assert not desk.order.on_report(report, 0.0).bookings
    for view in (*data.draw(st.permutations(views)), desk.broker.view()):
        desk.take(view)
    desk.agree()


@settings(max_examples=40)
@given(stories(), st.integers(1, 5), st.data())
def test_a_bust_takes_the_latest_lots_back_and_leaves_the_right_cents(story, busted, data):
    desk, views = story
    old = data.draw(st.lists(st.sampled_from(views), max_size=6))
    for view in (*old, desk.broker.view()):
        desk.take(view)
    before = desk.broker.lots
    if not before:
        return
    desk.broker.bust(min(busted, before))
    for view in (desk.broker.view(), *old, desk.broker.view()):
        desk.take(view)
    desk.agree()
    taken_back = [r for r in desk.reports if r.kind is K.CORRECTION and r.quantity == 0]
    assert len(taken_back) == before - desk.broker.lots


def test_a_lot_is_told_when_its_second_leg_executes():
    desk = Desk()
    assert [r.kind for r in desk.take(desk.broker.view())] == [K.ACK]
    desk.broker.execute(0, 295)
    assert desk.take(desk.broker.view()) == []
    desk.broker.execute(1, 186)
    (fill,) = desk.take(desk.broker.view())
    assert fill.execution_id == "B7:1"
    assert (fill.kind, fill.quantity, fill.price_c, fill.at_s) == (K.FILL, 1, 109, 1002.0)


def test_a_lot_whose_price_is_open_is_told_at_none_and_corrected():
    desk = Desk()
    for leg, price_c in ((0, 290), (0, 300), (1, 181)):
        desk.broker.execute(leg, price_c)
    _, fill = desk.take(desk.broker.view())
    assert (fill.kind, fill.price_c) == (K.FILL, 0)
    assert desk.order.unpriced == {"B7:1"}
    assert desk.ledger.cash_c == -110 * 100
    desk.broker.execute(1, 195)
    priced, second = desk.take(desk.broker.view())
    assert (priced.kind, priced.execution_id, priced.quantity) == (K.CORRECTION, "B7:1", 1)
    assert (second.kind, priced.price_c + second.price_c) == (K.FILL, 214)
    desk.agree()


def test_averages_that_are_no_whole_cent_add_up_and_are_marked():
    desk = Desk(quantity=3)
    for leg, price_c in ((0, 295), (0, 295), (0, 296), (1, 186), (1, 186), (1, 186)):
        desk.broker.execute(leg, price_c)
    view = desk.broker.view()
    legs = tuple(replace(leg, total=replace(leg.total, rounded=True)) for leg in view.legs or ())
    _, *fills = desk.take(replace(view, legs=legs))
    assert [fill.price_c for fill in fills] == [109, 109, 110]
    assert {fill.reason for fill in fills} == {"rounded from averages"}
    desk.agree()


def test_an_end_waits_for_the_counts_of_its_own_answer():
    desk = Desk()
    desk.take(desk.broker.view())
    desk.broker.execute(0, 295)
    desk.broker.execute(1, 186)
    desk.broker.end(ViewState.CANCELED)
    assert desk.take(desk.broker.view(counts=False), 7.0) == []
    assert desk.followed.ask_s == 9.0
    assert [r.kind for r in desk.take(desk.broker.view(), 9.0)] == [K.FILL, K.CANCELED]
    assert desk.followed.ask_s == float("inf")
    assert desk.order.state is OrderState.CANCELED


def test_an_answer_that_says_filled_without_its_contracts_is_asked_again():
    desk = Desk()
    desk.broker.state = ViewState.FILLED
    assert [r.kind for r in desk.take(desk.broker.view(), 5.0)] == [K.ACK]
    assert not desk.followed.ended
    assert desk.followed.ask_s == 7.0


def test_an_unknown_word_is_an_order_that_may_execute():
    desk = Desk()
    desk.broker.state = ViewState.UNKNOWN
    assert [r.kind for r in desk.take(desk.broker.view(), 1.0)] == [K.ACK]
    assert not desk.followed.ended
    assert desk.followed.ask_s == 3.0


def test_legs_that_stay_apart_are_told_alone_and_then_the_end():
    desk = Desk()
    desk.take(desk.broker.view(), 0.0)
    for leg, price_c in ((0, 295), (1, 186), (0, 296)):
        desk.broker.execute(leg, price_c)
        desk.take(desk.broker.view(), 1.0)
    desk.broker.end(ViewState.CANCELED)
    assert desk.take(desk.broker.view(), 2.0) == []
    assert (desk.followed.ask_s, desk.followed.apart_due_s) == (3.0, 31.0)
    assert desk.late(30.9) == []
    told = desk.late(31.0)
    assert [r.kind for r in told] == [K.LEG_FILL, K.LEG_FILL, K.LEG_FILL, K.CANCELED]
    assert [(r.leg, r.execution_id) for r in told[:3]] == [(0, "B7:B1"), (0, "B7:B2"), (1, "B7:S1")]
    assert desk.order.incomplete_legs == 1
    assert desk.order.filled == 1
    assert desk.late(99.0) == []
    assert "2 and 1 contracts" in desk.notes[-1]
    desk.broker.prices[1].append(187)
    kinds = [r.kind for r in desk.take(desk.broker.view(), 60.0)]
    assert kinds == [K.FILL, K.LEG_FILL]
    assert desk.order.incomplete_legs == 0
    desk.agree()


def test_what_is_told_of_a_leg_adds_up_whatever_its_averages_come_to():
    desk = Desk(quantity=3)
    desk.broker.execute(0, 295)
    desk.take(desk.broker.view(), 0.0)
    told = [r.price_c for r in desk.late(30.0)]
    for price_c in (280, 286):
        desk.broker.execute(0, price_c)
        told += [r.price_c for r in desk.take(desk.broker.view(), 40.0) if r.kind is K.LEG_FILL]
    assert len(told) == 3
    assert sum(told) == 295 + 280 + 286
    again = [r for r in fills_told_again(desk.followed, ()) if r.kind is K.LEG_FILL]
    assert [(r.leg, r.execution_id, r.price_c) for r in again] == [
        (0, f"B7:B{number}", price_c) for number, price_c in enumerate(told, 1)
    ]


def test_a_report_that_does_not_fit_the_books_keeps_no_other_out_of_them():
    desk = Desk()
    desk.take(desk.broker.view())
    for leg, price_c in ((0, 295), (1, 186), (0, 296), (1, 186)):
        desk.broker.execute(leg, price_c)
    step = follow(desk.followed, desk.broker.view(), 0.0)
    missing = OrderReport(K.CORRECTION, "SI1-20-1-1D1", 1.0, "B7", "B7:9", 0, 100)
    with pytest.raises(LedgerError, match="B7:9"):
        record(desk.ledger, step.order, (missing, *step.reports), FEE_C)
    assert [each.execution_id for each in desk.ledger.executions] == ["B7:1", "B7:2"]


def test_an_execution_after_a_bust_counts_and_an_answer_of_before_does_not():
    desk = Desk()
    for leg, price_c in ((0, 295), (1, 186)):
        desk.broker.execute(leg, price_c)
    desk.take(desk.broker.view())
    before = desk.broker.view()
    desk.broker.bust(1)
    desk.take(desk.broker.view())
    desk.broker.replaces = False
    assert desk.take(before) == [], "an answer of before the bust"
    for leg, price_c in ((0, 296), (1, 186)):
        desk.broker.execute(leg, price_c)
    assert [r.kind for r in desk.take(desk.broker.view())] == [K.FILL]
    desk.agree()


def test_contracts_that_come_after_the_end_are_told():
    desk = Desk()
    desk.broker.end(ViewState.CANCELED)
    assert [r.kind for r in desk.take(desk.broker.view())] == [K.ACK, K.CANCELED]
    desk.broker.execute(0, 295)
    desk.broker.execute(1, 186)
    assert [r.kind for r in desk.take(desk.broker.view())] == [K.FILL]
    desk.agree()


def test_an_answer_of_before_the_end_is_not_odd_and_one_of_after_it_is():
    desk = Desk()
    before = replace(desk.broker.view(), state=ViewState.CANCELING)
    desk.broker.end(ViewState.CANCELED)
    desk.take(desk.broker.view())
    desk.take(before)
    assert desk.notes == []
    desk.take(replace(before, at_s=desk.broker.at_s + 1.0))
    assert desk.notes == ["it is told as working after its end"]


def test_a_reject_is_no_acknowledgement():
    desk = Desk()
    desk.broker.end(ViewState.REJECTED)
    view = replace(desk.broker.view(), reason="no buying power")
    (report,) = desk.take(view)
    assert (report.kind, report.reason) == (K.REJECTED, "no buying power")


def test_a_corrected_price_corrects_what_was_booked():
    desk = Desk()
    for leg, price_c in ((0, 295), (1, 186), (0, 295), (1, 186)):
        desk.broker.execute(leg, price_c)
    desk.take(desk.broker.view())
    desk.broker.bust(0)
    desk.broker.prices[0][1] = 293
    corrections = desk.take(desk.broker.view())
    assert {r.kind for r in corrections} == {K.CORRECTION}
    desk.agree()
    assert desk.take(desk.broker.view()) == []


def test_a_lot_after_a_bust_has_a_name_of_its_own():
    desk = Desk()
    desk.broker.execute(0, 295)
    desk.broker.execute(1, 186)
    desk.take(desk.broker.view())
    desk.broker.bust(1)
    desk.take(desk.broker.view())
    desk.broker.replaces = False
    desk.broker.execute(0, 290)
    desk.broker.execute(1, 186)
    (fill,) = desk.take(desk.broker.view())
    assert fill.execution_id == "B7:2"
    desk.agree()


def test_what_was_busted_of_a_filled_order_ends_it():
    desk = Desk(quantity=1)
    desk.broker.execute(0, 295)
    desk.broker.execute(1, 186)
    desk.take(desk.broker.view())
    desk.broker.bust(1)
    desk.take(desk.broker.view())
    assert desk.followed.ended
    assert desk.followed.ask_s == float("inf")


@pytest.mark.parametrize(
    ("change", "note"),
    [
        ({"client_id": "SI1-20-1-1D2"}, "came for this order"),
        ({"broker_id": "B8"}, "the broker names it B8 now"),
        ({"legs": ()}, "other legs than the order"),
        ({"broker_id": ""}, "names no order"),
    ],
)
def test_an_answer_about_something_else_books_nothing(change, note):
    desk = Desk()
    if change != {"broker_id": ""}:
        desk.take(desk.broker.view())
    desk.broker.execute(0, 295)
    desk.broker.execute(1, 186)
    told = desk.take(replace(desk.broker.view(), **change))
    assert not [r for r in told if r.kind is not K.ACK]
    assert note in desk.notes[-1]
    desk.take(desk.broker.view())
    desk.agree()


def test_odd_answers_are_noted():
    desk = Desk()
    desk.broker.execute(0, 295)
    desk.take(desk.broker.view())
    desk.broker.prices[0][0] = 290
    desk.take(desk.broker.view())
    assert desk.notes == ["the price of 1 contracts is told otherwise than before"]
    desk.broker.prices[0][0] = 295
    desk.broker.execute(1, 186)
    desk.broker.end(ViewState.CANCELED)
    desk.take(desk.broker.view())
    later = replace(desk.broker.view(), at_s=desk.broker.at_s + 1.0)
    desk.take(replace(later, state=ViewState.WORKING, raw_state="new"))
    assert desk.notes[-1] == "it is told as new after its end"


def test_more_contracts_than_ordered_are_told_and_noted():
    desk = Desk(quantity=1)
    for leg, price_c in ((0, 295), (1, 186), (0, 295), (1, 186)):
        desk.broker.execute(leg, price_c)
    step = follow(desk.followed, desk.broker.view(), 0.0)
    assert [r.kind for r in step.reports] == [K.ACK, K.FILL, K.FILL]
    assert step.notes == ("2 contracts executed of 1",)


def test_averages_that_come_later_price_what_was_told():
    desk = Desk(quantity=1)
    desk.broker.execute(0, 295)
    desk.broker.execute(1, 186)
    desk.take(without_prices(desk.broker.view()), 1.0)
    assert desk.followed.ask_s == 3.0
    assert desk.followed.totals[0] == LegTotal(1, None)
    (correction,) = desk.take(desk.broker.view(), 2.0)
    assert (correction.kind, correction.price_c) == (K.CORRECTION, 109)
    assert desk.followed.ended
    desk.agree()


@pytest.mark.parametrize(
    ("first_c", "second_c"), [((186, 186), (296, 186)), ((300, 186), (150, 150))]
)
def test_a_lot_that_alone_costs_nothing_shares_the_cents_of_the_whole_order(
    first_c: tuple[int, int], second_c: tuple[int, int]
) -> None:
    desk = Desk()
    for prices in (first_c, second_c):
        for leg, price_c in enumerate(prices):
            desk.broker.execute(leg, price_c)
        desk.take(desk.broker.view())
    assert desk.booked_c() == sum(
        c * sign for pair in (first_c, second_c) for c, sign in zip(pair, (1, -1), strict=True)
    )
    desk.agree()
    assert desk.take(desk.broker.view()) == []


def test_an_order_that_costs_nothing_in_all_is_booked_at_its_limit_and_told() -> None:
    desk = Desk(quantity=1)
    desk.broker.execute(0, 186)
    desk.broker.execute(1, 186)
    desk.take(desk.broker.view())
    assert [note for note in desk.notes if "no price above zero" in note]
