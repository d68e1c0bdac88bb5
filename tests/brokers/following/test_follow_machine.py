"""Any life of an order at a broker, any hearing of it: engine, ledger and broker end agreed."""

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from engine.brokers.following.executions import record
from engine.brokers.following.follow import follow, overdue
from engine.brokers.following.followed import Followed, resumed
from engine.brokers.following.order_view import ENDS, OrderView, ViewState
from engine.brokers.ledger import ExchangeLedger
from engine.orders.order import Order
from engine.orders.transitions import OrderState
from engine.orders.types import Part, ReportKind
from tests.support.order_at_broker import OrderAtBroker, request


class OrderLife(RuleBasedStateMachine):
    """A broker executes, ends and busts an order; its answers are lost, late, doubled, reordered."""

    @initialize(part=st.sampled_from([Part.DEBIT, Part.CREDIT]), quantity=st.integers(1, 3))
    def send(self, part, quantity):
        self.broker = OrderAtBroker(request(part, quantity))
        self.order = Order(self.broker.request)
        self.order.state = OrderState.SENT
        self.followed = Followed(self.broker.request)
        self.ledger = ExchangeLedger()
        self.in_flight: list[OrderView] = []
        self.now_s = 0.0
        self.numbered = 0
        self.ends: list[ReportKind] = []

    def _apply(self, step):
        self.followed = step.order
        record(self.ledger, step.order, step.reports, 6)
        for report in step.reports:
            assert not self.order.on_report(report, self.now_s).refused
            if report.kind.value in set(ENDS):
                self.ends.append(report.kind)
        self.numbered = max(self.numbered, step.order.numbered)

    @precondition(lambda self: self.broker.state in (ViewState.WORKING, ViewState.CANCELING))
    @rule(leg=st.sampled_from([0, 1]), cheap=st.integers(1, 300), tell=st.booleans())
    def execute(self, leg, cheap, tell):
        """One contract of a leg trades, at a price that keeps the limit with its lot's other leg."""
        part, prices = self.broker.request.part, self.broker.prices
        at = len(prices[leg])
        if at >= self.broker.request.quantity or at > len(prices[1 - leg]):
            return
        net = 100 if part is Part.DEBIT else 115
        is_dear = (leg == 0) == (part is Part.DEBIT)
        matched = prices[1 - leg][at] if len(prices[1 - leg]) > at else None
        if matched is None:
            price_c = cheap + (net if is_dear else 0)
        else:
            price_c = matched + net if is_dear else matched - net
        if price_c <= 0:
            return
        self.broker.execute(leg, price_c)
        if tell:
            self.in_flight.append(self.broker.view(prices=cheap % 3 > 0))

    @precondition(lambda self: len(self.broker.prices[0]) == len(self.broker.prices[1]))
    @rule(state=st.sampled_from([*ENDS - {ViewState.REJECTED}]), counts=st.booleans())
    def end(self, state, counts):
        self.broker.end(state)
        self.in_flight.append(self.broker.view(counts=counts))

    @precondition(lambda self: self.broker.lots and self.broker.lots == len(self.broker.prices[0]))
    @precondition(lambda self: self.broker.lots == len(self.broker.prices[1]))
    @rule()
    def bust(self):
        """A trade is taken back: the broker says so, and what it answers from then on replaces."""
        self.broker.bust(1)
        self._apply(follow(self.followed, self.broker.view(), self.now_s))
        self.broker.replaces = False

    @rule(data=st.data(), keep=st.booleans())
    def hear(self, data, keep):
        """Any answer that is on its way arrives, perhaps not for the last time."""
        if self.in_flight:
            at = data.draw(st.integers(0, len(self.in_flight) - 1))
            view = self.in_flight[at] if keep else self.in_flight.pop(at)
            self._apply(follow(self.followed, view, self.now_s))

    @rule()
    def poll(self):
        self._apply(follow(self.followed, self.broker.view(), self.now_s))

    @rule(seconds=st.sampled_from([1.0, 2.0, 31.0]))
    def wait(self, seconds):
        self.now_s += seconds
        self._apply(overdue(self.followed, self.now_s, 1000.0 + self.now_s))

    @rule()
    def restart(self):
        """The process ends; what is left of the order is what the ledger has."""
        self.in_flight.clear()
        known = list(self.ledger.executions)
        self.followed = resumed(self.broker.request, self.followed.broker_id, known, self.numbered)
        self.ends.clear()

    @invariant()
    def nothing_is_invented(self):
        if not hasattr(self, "broker"):
            return
        assert self.order.filled == len(self.ledger.executions)
        assert len(self.ends) <= 1
        self.ledger.check()
        names = [execution.execution_id for execution in self.ledger.executions]
        assert len(names) == len(set(names))

    def teardown(self):
        if not hasattr(self, "broker"):
            return
        self.poll()
        assert self.order.filled == self.broker.lots
        if len(self.broker.prices[0]) == len(self.broker.prices[1]):
            booked_c = sum(n * price_c for n, price_c in self.order.executions.values())
            assert booked_c == self.broker.total_c
            sign = -1 if self.broker.request.pays else 1
            assert self.ledger.cash_c == sign * self.broker.total_c * 100
            assert not self.order.unpriced
            ended = self.broker.state in ENDS
            whole = len(self.followed.lots) >= self.broker.request.quantity
            assert self.followed.end is not None or not ended or whole


OrderLife.TestCase.settings = settings(max_examples=20, stateful_step_count=25, deadline=None)
TestOrderLife = OrderLife.TestCase
