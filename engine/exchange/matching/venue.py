"""The matching venue: a broker whose exchange is a fill model over somebody's quotes."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from engine.brokers.ledger import ExchangeLedger, Execution, LegFill
from engine.brokers.protocol import (
    ContractPosition,
    OpenOrder,
    ReportSink,
    SettlementSink,
    SharePosition,
    Timer,
)
from engine.exchange.matching.clearing import Clearing
from engine.exchange.matching.models import AssumedFills, CrossingFills, FillModel
from engine.exchange.matching.orders import EndedOrder, ExchangeOrder, ExchangeOrderState, refusal
from engine.exchange.matching.parameters import FillModelParameters, ModelName
from engine.exchange.matching.quotes import ExchangeMarkets, NaturalMarket, leg_prices_c
from engine.exchange.matching.reports import fill_report_of, report_of
from engine.exchange.matching.sources import QuoteSource
from engine.exchange.seeding import Draws, LogNormalDelays
from engine.exchange.wire_log import WireLog
from engine.market.chain import RIGHTS
from engine.market.fees import FeeSchedule
from engine.market.phases import PhaseNow
from engine.orders.types import OrderReport, OrderRequest, ReportKind

COUNTED: Final = (
    "acks", "cancel_rejects", "cancels", "duplicates", "expired", "fills", "late_fills",
    "not_found", "partials", "queries", "rejects", "submits",
)  # fmt: skip
"""What `MatchingEngine.counts` counts; late and partial fills are counted as fills too."""

_REMEMBERED: Final = 10_000
_REJECTIONS: Final = (
    "complex order book not available",
    "price protection: outside the exchange's band",
    "temporarily not accepting orders in this class",
)
_WORKING: Final = ExchangeOrderState.WORKING
_ACK: Final = ReportKind.ACK
_LAST_WORD: Final = {
    ExchangeOrderState.CANCELED: ReportKind.CANCELED,
    ExchangeOrderState.REJECTED: ReportKind.REJECTED,
    ExchangeOrderState.EXPIRED: ReportKind.EXPIRED,
}


class DuplicateClientOrderIdError(ValueError):
    """An order was sent under a client order id that the venue knows."""


class MatchingEngine:
    """A broker (`Broker`) that never waits: everything it says comes through timers.

    Used from one thread, the one that runs the timers. Each order has its own stream of chance,
    so what happens to one never depends on what others did, except through the drift that our own
    debit fills cause. Rates and rules: docs/simulated-exchange.md.

    Args:
        quotes: bid and ask of each contract; if they are `MovableQuotes` a debit fill moves them.
        timer: calls back at an epoch second, in order.
        seed: decides everything that is chance.
        phase_of: the trading phase at an epoch second.
        model: "assumed" or "crossing".
        parameters: probabilities, delays and drifts.
        fees: what each leg costs.

    Attributes:
        clearing: settles what expires; None where nothing does.
        crossing: orders whose cancellation crosses with an execution, if they could trade.
        ledger: the exchange's own books of the account.
        wire: every call as it arrived, for the offline checker.
    """

    blocking = False

    def __init__(
        self,
        quotes: QuoteSource,
        timer: Timer,
        seed: int,
        phase_of: Callable[[float], PhaseNow],
        *,
        model: ModelName = "assumed",
        parameters: FillModelParameters | None = None,
        fees: FeeSchedule | None = None,
    ) -> None:
        self.name = "simulated exchange"
        self.ledger = ExchangeLedger()
        self.wire = WireLog()
        self._timer, self._seed = timer, seed
        self._parameters = p = parameters or FillModelParameters()
        self._markets = markets = ExchangeMarkets(quotes, p)
        # Where only the market itself fills, one that has not reached the limit is as good as none.
        self._market_of = markets.reached if model == "crossing" else markets.natural
        self._fees = fees or FeeSchedule()
        self.model: FillModel = (
            CrossingFills(quotes) if model == "crossing" else AssumedFills(p, seed)
        )
        self._phase_of = phase_of
        self._phase: PhaseNow | None = None
        self._sink: ReportSink | None = None
        self._orders: dict[str, ExchangeOrder | EndedOrder] = {}
        self._forgettable: deque[str] = deque()
        self._live: dict[str, ExchangeOrder] = {}
        self._expires_s = -math.inf
        self._counts = dict.fromkeys(COUNTED, 0)
        self._delays = LogNormalDelays(p.delay_spread)
        self.clearing: Clearing | None = None
        self.crossing: set[str] = set()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each thing of `COUNTED` has happened."""
        return dict(self._counts)

    def connect(self, sink: ReportSink) -> None:
        """Say where reports go. Called once, before any order."""
        self._sink = sink

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Take an order at `now_s`; its acknowledgement or rejection follows.

        Raises:
            DuplicateClientOrderIdError: the id was used before.
        """
        self.wire.submit(request, now_s)
        client_id = request.client_order_id
        if client_id in self._orders:
            raise DuplicateClientOrderIdError(f"client order id {client_id} was used before")
        draws = Draws(self._seed, client_id)
        acts_s = now_s + self._delays.draw(draws, self._parameters.acknowledge_s)
        order = ExchangeOrder(request, draws, acts_s)
        self._orders[client_id] = self._live[client_id] = order
        self._counts["submits"] += 1
        self._timer(acts_s, partial(self._arrive, order))

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Ask for a cancellation; CANCELED, CANCEL_REJECTED or NOT_FOUND follows."""
        self.wire.cancel(client_order_id, now_s)
        order = self._orders.get(client_order_id)
        if order is None:
            acts_s = now_s + self._parameters.cancel_s
            self._timer(acts_s, partial(self._unknown, client_order_id, acts_s))
            return
        acts_s = now_s + self._delays.draw(order.draws, self._parameters.cancel_s)
        acts_s = max(acts_s, order.acts_s)
        self._timer(acts_s, partial(self._cancel, order, acts_s))

    def query(self, client_order_id: str, now_s: float) -> None:
        """Ask for an order; every report that its state is made of follows again, or NOT_FOUND."""
        self.wire.query(client_order_id, now_s)
        self._counts["queries"] += 1
        acts_s = now_s + self._parameters.query_s
        order = self._orders.get(client_order_id)
        if order is None:
            self._timer(acts_s, partial(self._unknown, client_order_id, acts_s))
        else:
            acts_s = max(acts_s, order.acts_s)
            self._timer(acts_s, partial(self._answer, order, acts_s))

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Every order that works, oldest first."""
        return tuple(
            OpenOrder(
                client_id,
                order.broker_order_id,
                order.request.quantity,
                order.request.quantity - order.leaves,
            )
            for client_id, order in self._live.items()
            if order.state is _WORKING
        )

    def live_orders(self) -> tuple[tuple[str, ExchangeOrder], ...]:
        """Every order that may still execute: those that work, and those on their way in."""
        return tuple(self._live.items())

    def state_of(self, client_order_id: str) -> ExchangeOrderState | None:
        """How far an order came; None where it is not known (any more)."""
        order = self._orders.get(client_order_id)
        return None if order is None else order.state

    def positions(self) -> tuple[ContractPosition, ...]:
        """Every contract held, from the exchange's own books."""
        return self.ledger.positions()

    def connect_settlements(self, sink: SettlementSink) -> None:
        """Say where settlement reports go; what happened overnight follows at once."""
        if self.clearing is not None:
            self.clearing.connect(sink)

    def shares(self) -> tuple[SharePosition, ...]:
        """Every share position, from the exchange's own books."""
        return self.ledger.shares()

    def close_shares(self, symbol: str, now_s: float) -> None:
        """Trade all shares of a root away at the underlying's last price."""
        if self.clearing is not None:
            self.clearing.close_shares(symbol, now_s)

    def _arrive(self, order: ExchangeOrder) -> None:
        request, at_s = order.request, order.acts_s
        order.broker_order_id = f"SIM.{request.client_order_id}"
        phase = self._phase_at(at_s)
        market = None
        reason = refusal(order) if phase.is_open else "session closed"
        if not reason:
            self._markets.find(order)
            market = self._market_of(order, at_s)
            if market is None and not self._markets.is_listed(order, at_s):
                reason = "unknown contract, or no quote for it"
            elif order.draws.uniform() < self._parameters.reject:
                reason = _REJECTIONS[int(order.draws.uniform() * len(_REJECTIONS))]
        if reason:
            order.reason = reason
            self._counts["rejects"] += 1
            self._end(order, ExchangeOrderState.REJECTED, at_s)
            return
        closes_s = phase.closes_s
        if closes_s is not None and closes_s > self._expires_s:
            self._expires_s = closes_s
            self._timer(closes_s, partial(self._expire, closes_s))
        order.state = _WORKING
        self._counts["acks"] += 1
        self._tell(report_of(order, _ACK, at_s), order)
        if order.state is _WORKING:
            self._judge(order, market, at_s, phase)

    def _look(self, order: ExchangeOrder) -> None:
        if order.state is _WORKING:
            at_s = order.again_s
            phase = self._phase_at(at_s)
            if phase.is_open:
                self._judge(order, self._market_of(order, at_s), at_s, phase)

    def _judge(
        self, order: ExchangeOrder, market: NaturalMarket | None, at_s: float, phase: PhaseNow
    ) -> None:
        quantity, price_c, again_s = self.model.look(order, market, at_s, phase.phase)
        if quantity and market is not None:
            self._execute(order, market, quantity, price_c, at_s, told_s=None)
        if order.leaves and again_s is not None:
            # An order has one look before it at a time.
            order.again_s = again_s
            look = order.look
            if look is None:
                look = order.look = partial(self._look, order)
            self._timer(again_s, look)

    def _execute(
        self,
        order: ExchangeOrder,
        market: NaturalMarket,
        quantity: int,
        price_c: int,
        at_s: float,
        told_s: float | None,
    ) -> None:
        """Book a trade, and tell of it now or later."""
        request = order.request
        x_c, y_c = leg_prices_c(market, price_c)
        signed = quantity if order.pays else -quantity
        right = RIGHTS[order.right]
        execution = Execution(
            execution_id=f"{request.client_order_id}.{len(order.executions) + 1}",
            client_order_id=request.client_order_id,
            at_s=at_s,
            symbol=request.symbol,
            expiration=request.expiration,
            quantity=quantity,
            price_c=price_c,
            pays=order.pays,
            multiplier=request.multiplier,
            legs=(
                LegFill(right, order.x_strike, signed, x_c),
                LegFill(right, order.y_strike, -signed, y_c),
            ),
            fees_c=self._fees.vertical_fee_c(quantity, request.symbol),
        )
        self.ledger.book(execution)
        order.executions.append(execution)
        order.leaves -= quantity
        self._counts["fills"] += 1
        if order.leaves:
            self._counts["partials"] += 1
        if order.pays:
            self._markets.move_against_us(order, at_s)
        report = fill_report_of(order, execution)
        if told_s is not None:
            self._timer(told_s, partial(self._tell, report, order))
            return
        if not order.leaves:
            self._end(order, ExchangeOrderState.FILLED, at_s)
        self._tell(report, order)
        if not order.leaves:
            self._orders[order.client_order_id] = EndedOrder(order)

    def _cancel(self, order: ExchangeOrder | EndedOrder, at_s: float) -> None:
        p = self._parameters
        if isinstance(order, EndedOrder) or order.state is not _WORKING:
            self._counts["cancel_rejects"] += 1
            self._tell(
                report_of(
                    order, ReportKind.CANCEL_REJECTED, at_s, f"too late to cancel: {order.state}"
                )
            )
            return
        crosses = order.draws.uniform() < p.late_fill or order.client_order_id in self.crossing
        if crosses and self._phase_at(at_s).is_open:
            market = self._markets.natural(order, at_s)
            if market is not None and self.model.could_trade(order, market):
                earliest_s, latest_s = p.late_by_s
                told_s = at_s + earliest_s + (latest_s - earliest_s) * order.draws.uniform()
                self._counts["late_fills"] += 1
                quantity = min(order.leaves, market.size)
                self._execute(order, market, quantity, order.request.limit_c, at_s, told_s=told_s)
        self._counts["cancels"] += 1
        self._end(order, ExchangeOrderState.CANCELED, at_s)

    def _expire(self, at_s: float) -> None:
        for order in [o for o in self._live.values() if o.state is _WORKING]:
            self._counts["expired"] += 1
            self._end(order, ExchangeOrderState.EXPIRED, at_s)

    def _end(self, order: ExchangeOrder, state: ExchangeOrderState, at_s: float) -> None:
        order.state = state
        order.look = None
        client_id = order.client_order_id
        del self._live[client_id]
        if not order.executions:
            # Only orders that never traded are forgotten, so that a long run stays small.
            self._forgettable.append(client_id)
            if len(self._forgettable) > _REMEMBERED:
                del self._orders[self._forgettable.popleft()]
        if state is not ExchangeOrderState.FILLED:
            self._orders[client_id] = EndedOrder(order)
        kind = _LAST_WORD.get(state)
        if kind is not None:
            self._tell(report_of(order, kind, at_s, order.reason))

    def _answer(self, order: ExchangeOrder | EndedOrder, at_s: float) -> None:
        if order.state is not ExchangeOrderState.REJECTED:
            self._tell(report_of(order, _ACK, at_s))
        for execution in order.executions:
            self._tell(fill_report_of(order, execution))
        kind = _LAST_WORD.get(order.state)
        if kind is not None:
            self._tell(report_of(order, kind, at_s, order.reason))

    def _unknown(self, client_order_id: str, at_s: float) -> None:
        self._counts["not_found"] += 1
        self._tell(OrderReport(ReportKind.NOT_FOUND, client_order_id, at_s, reason="unknown order"))

    def _tell(self, report: OrderReport, order: ExchangeOrder | None = None) -> None:
        """Hand a report to the sink; with an order, sometimes twice."""
        if self._sink is None:
            return
        self._sink(report)
        p = self._parameters
        if order is not None and order.draws.uniform() < p.duplicate:
            self._counts["duplicates"] += 1
            self._timer(report.at_s + p.duplicate_after_s, partial(self._sink, report))

    def _phase_at(self, at_s: float) -> PhaseNow:
        phase = self._phase
        if phase is None or not phase.starts_s <= at_s < phase.ends_s:
            phase = self._phase = self._phase_of(at_s)
        return phase
