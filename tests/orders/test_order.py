"""The life of one order: the table of transitions, and laws that no stream of reports breaks."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from engine.market.legs import SpreadLeg
from engine.orders.order import Order
from engine.orders.transitions import LIVE, TERMINAL, TRANSITIONS, OrderState, Trigger
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind

DAY = date(2026, 2, 20)
S, T, K = OrderState, Trigger, ReportKind
QUANTITY = 6

LISTED = {
    S.NEW: {T.DENY: S.DENIED, T.RECORD: S.RECORDED},
    S.DENIED: {T.FILL_SOME: S.DENIED, T.FILL_ALL: S.FILLED},
    S.RECORDED: {
        T.DENY: S.DENIED,
        T.SEND: S.SENT,
        T.ACK: S.WORKING,
        T.FILL_SOME: S.PARTIAL,
        T.FILL_ALL: S.FILLED,
        T.REJECTED: S.REJECTED,
    },
    S.SENT: {T.DENY: S.DENIED, T.ACK: S.WORKING, T.FILL_SOME: S.PARTIAL},
    S.WORKING: {T.ACK: S.WORKING, T.FILL_SOME: S.PARTIAL},
    S.PARTIAL: {T.ACK: S.PARTIAL, T.FILL_SOME: S.PARTIAL},
    S.CANCEL_SENT: {
        T.DENY: S.DENIED,
        T.ACK: S.CANCEL_SENT,
        T.FILL_SOME: S.CANCEL_SENT,
        T.CANCEL_REJECTED: S.UNKNOWN,
    },
    S.UNKNOWN: {T.DENY: S.DENIED, T.ACK: S.WORKING, T.FILL_SOME: S.PARTIAL},
    S.FILLED: {},
    S.CANCELED: {T.FILL_SOME: S.CANCELED, T.FILL_ALL: S.FILLED},
    S.REJECTED: {T.FILL_SOME: S.REJECTED, T.FILL_ALL: S.FILLED},
    S.EXPIRED: {T.FILL_SOME: S.EXPIRED, T.FILL_ALL: S.FILLED},
}
OF_EVERY_LIVE_ORDER = {
    T.FILL_ALL: S.FILLED,
    T.CANCEL: S.CANCEL_SENT,
    T.CANCELED: S.CANCELED,
    T.REJECTED: S.REJECTED,
    T.EXPIRED: S.EXPIRED,
    T.SILENCE: S.UNKNOWN,
}


def request(quantity=QUANTITY, part=Part.DEBIT):
    legs = (
        SpreadLeg(100.0, DAY, "call", "buy", 4.0, 4.2),
        SpreadLeg(105.0, DAY, "call", "sell", 2.0, 2.2),
    )
    return OrderRequest("S-1-1D1", "AAPL 2026-02-20", "AAPL", DAY, part, legs, quantity, 200)


def order(state=S.WORKING, quantity=QUANTITY, part=Part.DEBIT):
    return Order(request(quantity, part), state)


def report(kind, quantity=0, execution="", price_c=200, leg=-1):
    return OrderReport(
        kind,
        "S-1-1D1",
        0.0,
        execution_id=execution,
        quantity=quantity,
        price_c=price_c,
        leg=leg,
    )


def fill(quantity, execution, price_c=200):
    return report(K.FILL, quantity, execution, price_c)


def leg_fill(leg, quantity, execution, price_c):
    return report(K.LEG_FILL, quantity, execution, price_c, leg)


@pytest.mark.parametrize("state", S)
@pytest.mark.parametrize("trigger", T)
def test_every_pair_of_state_and_trigger_is_listed_or_refused(state, trigger):
    expected = dict(LISTED[state])
    if state in LIVE:
        expected.update(OF_EVERY_LIVE_ORDER)
    subject = order(state)
    moved = subject.trigger(trigger)
    assert moved is (trigger in expected)
    assert subject.state is expected.get(trigger, state)


def test_the_table_has_no_pair_beyond_the_listed_ones():
    count = sum(len(pairs) for pairs in LISTED.values()) + len(LIVE) * len(OF_EVERY_LIVE_ORDER)
    assert len(TRANSITIONS) == count


def test_a_recorded_order_counts_as_live_until_it_is_sent_or_denied():
    assert order(S.RECORDED).live
    assert not order(S.NEW).live
    assert all(not order(state).live for state in TERMINAL)


def test_an_order_that_is_not_found_is_not_cancelled():
    for state in LIVE:
        subject = order(state)
        assert subject.on_report(report(K.NOT_FOUND), 1.0).ignored
        assert subject.state is state


def test_status_words_never_change_a_quantity():
    for kind in (K.ACK, K.CANCELED, K.REJECTED, K.EXPIRED, K.CANCEL_REJECTED, K.NOT_FOUND):
        subject = order()
        applied = subject.on_report(report(kind, 3, "X1"), 1.0)
        assert subject.filled == 0 and applied.quantity == 0


def test_a_fill_before_the_acknowledgement_is_booked_and_the_acknowledgement_changes_nothing():
    subject = order(S.SENT)
    assert subject.on_report(fill(2, "X1"), 1.0).after is S.PARTIAL
    assert subject.on_report(report(K.ACK), 2.0).ignored
    assert (subject.state, subject.filled, subject.working_s) == (S.PARTIAL, 2, 2.0)


def test_orders_without_an_execution_of_unknown_price_share_the_empty_set():
    one, two = order(), order()
    one.on_report(fill(1, "a", 200), 1.0)
    assert one.unpriced is two.unpriced
    one.on_report(fill(1, "b", 260), 1.0)
    assert (one.unpriced, two.unpriced) == ({"b"}, set())
    one.on_report(fill(1, "b", 190), 1.0)
    assert one.unpriced == set()


def test_a_repeated_execution_is_ignored():
    subject = order()
    subject.on_report(fill(2, "X1"), 1.0)
    assert subject.on_report(fill(2, "X1"), 1.1).ignored
    assert subject.filled == 2


@pytest.mark.parametrize("ended", [K.CANCELED, K.REJECTED, K.EXPIRED])
def test_an_execution_after_the_end_is_booked_and_called_late(ended):
    subject = order()
    subject.on_report(report(ended), 1.0)
    applied = subject.on_report(fill(2, "X1"), 2.0)
    assert applied.late and applied.quantity == 2 and subject.filled == 2
    assert not subject.live


def test_an_execution_beyond_the_ordered_quantity_is_refused_aloud():
    subject = order(quantity=2)
    subject.on_report(fill(2, "X1"), 1.0)
    applied = subject.on_report(fill(1, "X2"), 1.1)
    assert applied.refused and subject.filled == 2


def test_a_cancel_rejected_as_too_late_leaves_the_order_unknown():
    subject = order()
    assert subject.cancel_sent(1.0)
    subject.on_report(report(K.CANCEL_REJECTED), 1.1)
    assert subject.state is S.UNKNOWN and subject.live


def test_a_cancel_is_sent_once_and_never_for_an_order_that_did_not_leave():
    subject = order()
    assert subject.cancel_sent(1.0) and not subject.cancel_sent(1.1)
    assert not order(S.RECORDED).cancel_sent(1.0)
    assert not order(S.FILLED).cancel_sent(1.0)


def test_working_counts_from_the_first_acknowledgement():
    subject = order(S.SENT)
    subject.on_report(report(K.ACK), 1.0)
    subject.on_report(report(K.ACK), 5.0)
    assert subject.working_s == 1.0


def test_a_bust_takes_contracts_back_at_their_own_price():
    subject = order()
    subject.on_report(fill(3, "X1", 198), 1.0)
    applied = subject.on_report(report(K.CORRECTION, 0, "X1", 0), 2.0)
    assert [tuple(b) for b in applied.bookings] == [("X1", -3, 198)]
    assert subject.filled == 0


def test_a_corrected_price_takes_the_execution_back_and_books_it_anew():
    subject = order()
    subject.on_report(fill(3, "X1", 198), 1.0)
    applied = subject.on_report(report(K.CORRECTION, 3, "X1", 201), 2.0)
    assert [(b.quantity, b.price_c) for b in applied.bookings] == [(-3, 198), (3, 201)]
    assert len({b.execution_id for b in applied.bookings}) == 2
    assert subject.filled == 3 and applied.quantity == 0


@pytest.mark.parametrize(("quantity", "price_c"), [(0, 200), (2, 200), (3, 199)])
def test_a_correction_that_overtakes_its_execution_counts_as_one_that_follows_it(quantity, price_c):
    fill_3, corrected = fill(3, "X1"), report(K.CORRECTION, quantity, "X1", price_c)
    follows, overtakes = order(), order()
    for each in (fill_3, corrected):
        follows.on_report(each, 1.0)
    assert overtakes.on_report(corrected, 1.0).refused, "the execution is not known yet"
    overtakes.on_report(fill_3, 1.1)
    assert (overtakes.filled, overtakes.leaves) == (follows.filled, follows.leaves)
    assert overtakes.executions == follows.executions
    assert overtakes.on_report(corrected, 1.2).ignored and overtakes.on_report(fill_3, 1.3).ignored


def test_the_same_correction_twice_changes_nothing():
    subject = order()
    subject.on_report(fill(3, "X1"), 1.0)
    subject.on_report(report(K.CORRECTION, 1, "X1"), 2.0)
    assert subject.on_report(report(K.CORRECTION, 1, "X1"), 2.1).ignored
    assert subject.filled == 1


def test_an_execution_that_is_corrected_again_is_booked_under_a_name_of_its_own():
    subject = order()
    names = ["X1"]
    subject.on_report(fill(3, "X1"), 1.0)
    for price_c in (199, 198, 200):
        applied = subject.on_report(report(K.CORRECTION, 3, "X1", price_c), 2.0)
        names.append(applied.bookings[-1].execution_id)
        assert [each.quantity for each in applied.bookings] == [-3, 3]
    assert len(set(names)) == 4, "one of the same name would count as told before"


def test_the_silence_of_an_order_is_news_once_until_the_broker_answers():
    subject = order(S.SENT)
    assert subject.report_lost()
    assert not subject.report_lost()
    subject.on_report(report(K.ACK), 1.0)
    assert subject.report_lost()


@pytest.mark.parametrize("leg", [0, 1])
def test_contracts_of_either_leg_that_the_other_has_not_matched_are_counted(leg):
    subject = order()
    subject.on_report(leg_fill(leg, 3, "L1", (400, 300)[leg]), 1.0)
    subject.on_report(leg_fill(1 - leg, 1, "L2", (300, 400)[leg]), 1.0)
    assert subject.incomplete_legs == 2


def test_a_credit_may_bring_its_whole_width_and_no_more():
    subject = order(part=Part.CREDIT)
    assert subject.on_report(fill(1, "X1", 500), 1.0).quantity == 1
    assert subject.on_report(fill(1, "X2", 501), 1.0).refused


def test_legs_count_complete_lots_only():
    subject = order(quantity=3)
    assert subject.on_report(leg_fill(0, 2, "a", 420), 1.0).quantity == 0
    assert (subject.filled, subject.incomplete_legs) == (0, 2)
    applied = subject.on_report(leg_fill(1, 1, "b", 220), 1.1)
    assert [(b.quantity, b.price_c) for b in applied.bookings] == [(1, 200)]
    assert (subject.filled, subject.incomplete_legs, subject.state) == (1, 1, S.PARTIAL)


@given(
    bought=st.lists(st.integers(300, 500), min_size=1, max_size=5),
    sold=st.lists(st.integers(100, 290), min_size=1, max_size=5),
    order_of=st.randoms(use_true_random=False),
    part=st.sampled_from(Part),
    limit_c=st.integers(1, 499),
)
def test_lots_of_legs_carry_the_money_of_their_legs_unless_that_is_worse_than_the_limit(
    bought, sold, order_of, part, limit_c
):
    contracts = min(len(bought), len(sold))
    if part is not Part.DEBIT:
        bought, sold = sold, bought  # a credit sells the dearer leg
    reports = [leg_fill(0, 1, f"a{i}", price) for i, price in enumerate(bought[:contracts])]
    reports += [leg_fill(1, 1, f"b{i}", price) for i, price in enumerate(sold[:contracts])]
    order_of.shuffle(reports)
    subject = Order(replace(request(contracts, part), limit_c=limit_c), S.WORKING)
    bookings = [b for report in reports for b in subject.on_report(report, 1.0).bookings]
    net_c = sum(bought[:contracts]) - sum(sold[:contracts])
    told_c = net_c if part == "D" else -net_c
    booked_c = sum(b.quantity * b.price_c for b in bookings)
    within = told_c <= limit_c * contracts if part == "D" else told_c >= limit_c * contracts
    assert (booked_c == told_c) if within else subject.unpriced
    assert bool(subject.unpriced) is not within
    assert booked_c <= limit_c * contracts if part == "D" else booked_c >= limit_c * contracts
    assert subject.filled == contracts and subject.state is S.FILLED


@pytest.mark.parametrize(("part", "worse_c"), [(Part.DEBIT, 230), (Part.CREDIT, 170)])
def test_legs_that_come_to_worse_than_the_limit_count_at_the_limit_until_that_is_explained(
    part, worse_c
):
    subject = order(quantity=2, part=part)
    bought, sold = (200 + worse_c, 200) if part is Part.DEBIT else (200, 200 + worse_c)
    subject.on_report(leg_fill(0, 1, "a", bought), 1.0)
    applied = subject.on_report(leg_fill(1, 1, "b", sold), 1.0)
    limit_c = subject.request.limit_c
    assert [(b.quantity, b.price_c) for b in applied.bookings] == [(1, limit_c)]
    assert subject.unpriced == {"b/0"}
    # A second lot that makes up for it explains the first.
    better_c = 2 * limit_c - worse_c
    bought, sold = (200 + better_c, 200) if part is Part.DEBIT else (200, 200 + better_c)
    subject.on_report(leg_fill(0, 1, "c", bought), 2.0)
    applied = subject.on_report(leg_fill(1, 1, "d", sold), 2.0)
    assert applied.priced and not subject.unpriced
    value_c = sum(b.quantity * b.price_c for b in applied.bookings) + limit_c
    assert (subject.filled, value_c) == (2, worse_c + better_c)


def test_what_was_busted_does_not_execute_again_so_the_rest_ends_the_order():
    subject = order(quantity=3)
    subject.on_report(report(K.ACK), 1.0)
    subject.on_report(fill(2, "X2"), 1.1)
    subject.on_report(report(K.CORRECTION, 0, "X2"), 2.0)
    assert (subject.filled, subject.leaves, subject.state) == (0, 1, S.PARTIAL)
    subject.on_report(fill(1, "X1"), 2.1)
    assert (subject.filled, subject.leaves, subject.state) == (1, 0, S.FILLED)


@pytest.mark.parametrize("price_c", [-1, 501, 10**9])
def test_an_execution_outside_the_width_of_its_strikes_is_refused_and_booked_nowhere(price_c):
    subject = order()
    applied = subject.on_report(fill(1, "absurd", price_c), 1.0)
    assert applied.refused and applied.quantity == 0 and subject.filled == 0
    subject.on_report(fill(1, "good"), 1.1)
    assert subject.on_report(report(K.CORRECTION, 1, "good", price_c), 1.2).refused
    assert subject.filled == 1


def test_legs_that_add_up_to_no_price_are_refused_and_the_right_ones_still_count():
    subject = order(quantity=1)
    assert subject.on_report(leg_fill(0, 1, "hostile", 10**8), 1.0).refused
    subject.on_report(leg_fill(0, 1, "a", 420), 1.1)
    assert subject.on_report(leg_fill(1, 1, "b", 900), 1.2).refused
    applied = subject.on_report(leg_fill(1, 1, "b", 220), 1.3)
    assert [(b.quantity, b.price_c) for b in applied.bookings] == [(1, 200)]


def test_a_combination_reported_by_legs_and_then_as_a_whole_counts_once():
    subject = order(quantity=2)
    subject.on_report(leg_fill(0, 1, "a", 420), 1.0)
    subject.on_report(leg_fill(1, 1, "b", 220), 1.0)
    assert subject.on_report(fill(1, "whole"), 1.1).ignored
    assert subject.filled == 1
    assert subject.on_report(fill(1, "second"), 1.2).quantity == 1
    assert subject.filled == 2


def test_a_combination_reported_as_a_whole_and_then_by_legs_counts_once():
    subject = order(quantity=2)
    subject.on_report(fill(1, "whole"), 1.0)
    subject.on_report(leg_fill(0, 1, "a", 420), 1.1)
    assert subject.on_report(leg_fill(1, 1, "b", 220), 1.1).quantity == 0
    assert subject.filled == 1


class OrderUnderReports(RuleBasedStateMachine):
    """Any stream of reports about one order, with a recount of the executions beside it."""

    def __init__(self):
        super().__init__()
        self.order = Order(request(), S.RECORDED)
        self.truth = {}
        self.overtook = {}
        self.booked = 0
        self.now_s = 0.0
        self.was_terminal = False

    def tell(self, report):
        self.now_s += 0.1
        before = self.order.state
        applied = self.order.on_report(report, self.now_s)
        assert applied.before is before and applied.after is self.order.state
        self.booked += applied.quantity
        return applied

    @precondition(lambda self: self.order.state is S.RECORDED)
    @rule()
    def send(self):
        self.order.sent(self.now_s)
        assert self.order.state is S.SENT

    @rule()
    def cancel(self):
        could = self.order.state in LIVE and self.order.state is not S.CANCEL_SENT
        assert self.order.cancel_sent(self.now_s) is could

    @rule()
    def silence(self):
        could = self.order.state in LIVE
        assert self.order.trigger(T.SILENCE) is could

    @rule(kind=st.sampled_from([K.ACK, K.CANCELED, K.REJECTED, K.EXPIRED, K.CANCEL_REJECTED]))
    def status(self, kind):
        filled = self.order.filled
        assert self.tell(report(kind)).quantity == 0
        assert self.order.filled == filled

    @rule()
    def not_found(self):
        state = self.order.state
        self.tell(report(K.NOT_FOUND))
        assert self.order.state is state

    @rule(quantity=st.integers(-1, QUANTITY + 1), execution=st.integers(1, 8))
    def executed(self, quantity, execution):
        name, ended = f"X{execution}", self.order.state in TERMINAL
        room = QUANTITY - sum(self.truth.values())
        new = name not in self.truth and 0 < quantity <= room
        applied = self.tell(fill(quantity, name))
        left = self.overtook.pop(name, quantity) if new else 0
        left = left if left <= room else quantity
        assert applied.quantity == left
        assert applied.ignored is not new
        assert applied.late is (new and ended)
        if new:
            self.truth[name] = left

    @rule(quantity=st.integers(0, QUANTITY), execution=st.integers(1, 8))
    def corrected(self, quantity, execution):
        name = f"X{execution}"
        known = self.truth.get(name)
        fits = known is not None and sum(self.truth.values()) - known + quantity <= QUANTITY
        applied = self.tell(report(K.CORRECTION, quantity, name))
        assert applied.quantity == (quantity - (known or 0) if fits else 0)
        if fits:
            self.truth[name] = quantity
        elif known is None:
            self.overtook[name] = quantity

    @invariant()
    def filled_is_the_sum_of_distinct_executions(self):
        assert self.order.filled == sum(self.truth.values()) == self.booked
        assert 0 <= self.order.filled <= QUANTITY
        assert self.order.leaves == max(0, QUANTITY - self.order.filled - self.order.busted)

    @invariant()
    def an_end_is_never_left(self):
        ended = self.order.state in TERMINAL
        assert ended or not self.was_terminal
        self.was_terminal = ended


TestOrderUnderReports = OrderUnderReports.TestCase
TestOrderUnderReports.settings = settings(max_examples=80, stateful_step_count=25, deadline=None)


def test_an_execution_worse_than_its_limit_is_booked_at_the_limit_until_its_price_is_told():
    bought = order(quantity=1)
    applied = bought.on_report(report(K.FILL, 1, "E1", price_c=201), 1.0)
    assert [each.price_c for each in applied.bookings] == [200]
    assert bought.unpriced == {"E1"}
    applied = bought.on_report(report(K.FILL, 1, "E1", price_c=198), 2.0)
    assert [(each.quantity, each.price_c) for each in applied.bookings] == [(-1, 200), (1, 198)]
    assert applied.priced
    assert (bought.unpriced, bought.filled) == (set(), 1)
