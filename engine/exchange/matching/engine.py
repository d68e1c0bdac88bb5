"""The matching engine: a broker whose exchange is a fill model over quotes it does not own."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import partial
from typing import Final

from engine.brokers.block_store import MEMORY, BlockStore
from engine.brokers.ledger import ExchangeLedger
from engine.brokers.protocol import (
    ContractPosition,
    OpenOrder,
    ReportSink,
    SettlementSink,
    SharePosition,
    Timer,
)
from engine.config import Calibration, FillModelParameters, ModelName
from engine.exchange.matching.clearing import Clearing
from engine.exchange.matching.known_orders import EndedOrder, KnownOrders
from engine.exchange.matching.models import FillModel, fill_model
from engine.exchange.matching.orders import ExchangeOrder, ExchangeOrderState, rejection
from engine.exchange.matching.quotes import ExchangeMarkets, NaturalMarket, leg_prices_c
from engine.exchange.matching.reports import Reporter, fill_report_of, report_of
from engine.exchange.matching.sources import QuoteSource
from engine.exchange.seeding import Draws, LogNormalDelays
from engine.exchange.wire_log import WireLog
from engine.market.fees import FeeSchedule
from engine.market.phases import PhaseNow
from engine.orders.types import OrderRequest, ReportKind

COUNTED: Final = (
    "acks", "cancel_rejects", "cancels", "duplicates", "expired", "fills", "late_fills",
    "not_found", "partials", "queries", "rejects", "submits",
)  # fmt: skip
"""What `MatchingEngine.counts` counts; late and partial fills are counted as fills too."""

_REJECTIONS: Final = (
    "complex order book not available",
    "price protection: outside the exchange's band",
    "temporarily not accepting orders in this class",
)
_WORKING: Final = ExchangeOrderState.WORKING
_ACK: Final = ReportKind.ACK


class DuplicateClientOrderIdError(ValueError):
    """An order was sent under a client order id that the exchange knows."""


class MatchingEngine:
    """A broker (`Broker`) that never waits: every report comes through a timer.

    Used from one thread, the one that runs the timers. Each order has its own stream of chance,
    so what happens to one never depends on others, except through the drift that our own debit
    fills cause. Rates and rules: docs/simulated-exchange.md.

    Args:
        quotes: bid and ask of each contract; if they are `MovableQuotes` a debit fill moves them.
        timer: calls back at an epoch second, in order.
        seed: decides everything that is chance.
        phase_of: the trading phase at an epoch second.
        model: the fill model.
        parameters: probabilities, delays and drifts.
        calibration: what the model "calibrated" was fitted to.
        fees: of each leg.
        ledger: the exchange's books of the account; new ones by default.
        clearing: settles in that ledger what expires or is assigned; None where nothing does.
        store: keeps orders that traded long ago.

    Attributes:
        crossing: orders whose cancellation crosses with an execution, if they could trade.
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
        model: ModelName,
        parameters: FillModelParameters | None = None,
        calibration: Calibration | None = None,
        fees: FeeSchedule | None = None,
        ledger: ExchangeLedger | None = None,
        clearing: Clearing | None = None,
        store: BlockStore = MEMORY,
    ) -> None:
        self.name = "simulated exchange"
        self.ledger = ExchangeLedger() if ledger is None else ledger
        self.clearing = clearing
        self.wire = WireLog()
        self._timer, self._seed = timer, seed
        self._parameters = p = parameters or FillModelParameters()
        self._markets = markets = ExchangeMarkets(quotes, p)
        # Where only the natural market fills, one short of the limit is as good as none.
        self._market_of = markets.reached if model == "crossing" else markets.natural
        self._fees = fees or FeeSchedule()
        self.model: FillModel = fill_model(model, quotes, p, seed, calibration)
        self._phase_of = phase_of
        self._phase: PhaseNow | None = None
        self._orders = KnownOrders(seed, store)
        self._expires_s = -math.inf
        self._counts = dict.fromkeys(COUNTED, 0)
        self._delays = LogNormalDelays(p.delay_spread)
        self._reports = Reporter(timer, p, self._counts)
        self._report = self._reports.send
        self.crossing: set[str] = set()

    @property
    def counts(self) -> Mapping[str, int]:
        """How often each thing of `COUNTED` has happened."""
        return dict(self._counts)

    def connect(self, sink: ReportSink) -> None:
        """Take the sink of reports; called once, before any order."""
        self._reports.connect(sink)

    def submit(self, request: OrderRequest, now_s: float) -> None:
        """Take an order at `now_s` (epoch seconds); its acknowledgement or rejection follows.

        Raises:
            DuplicateClientOrderIdError: the id was used before.
        """
        self.wire.submit(request, now_s)
        client_id = request.client_order_id
        if self._orders.find(client_id) is not None:
            raise DuplicateClientOrderIdError(f"client order id {client_id} was used before")
        draws = Draws(self._seed, client_id)
        acts_s = now_s + self._delays.draw(draws, self._parameters.acknowledge_s)
        order = ExchangeOrder(request, draws, acts_s)
        self._orders.add(order)
        self._counts["submits"] += 1
        self._timer(acts_s, partial(self._arrive, order))

    def cancel(self, client_order_id: str, now_s: float) -> None:
        """Ask for a cancellation; CANCELED, CANCEL_REJECTED or NOT_FOUND follows."""
        self.wire.cancel(client_order_id, now_s)
        order = self._orders.find(client_order_id)
        if order is None:
            acts_s = now_s + self._parameters.cancel_s
            self._timer(acts_s, partial(self._reports.unknown, client_order_id, acts_s))
            return
        acts_s = now_s + self._delays.draw(order.draws, self._parameters.cancel_s)
        self._orders.keep(order)
        acts_s = max(acts_s, order.acts_s)
        self._timer(acts_s, partial(self._cancel, order, acts_s))

    def query(self, client_order_id: str, now_s: float) -> None:
        """Ask about an order; every report of it follows again, or NOT_FOUND."""
        self.wire.query(client_order_id, now_s)
        self._counts["queries"] += 1
        acts_s = now_s + self._parameters.query_s
        order = self._orders.find(client_order_id)
        if order is None:
            self._timer(acts_s, partial(self._reports.unknown, client_order_id, acts_s))
        else:
            acts_s = max(acts_s, order.acts_s)
            self._timer(acts_s, partial(self._reports.answer, order, acts_s))

    def open_orders(self) -> tuple[OpenOrder, ...]:
        """Every order that works, oldest first."""
        return self._orders.open_orders()

    def live_orders(self) -> tuple[tuple[str, ExchangeOrder], ...]:
        """Every order that may still execute: those that work, and those on their way in."""
        return self._orders.live()

    def state_of(self, client_order_id: str) -> ExchangeOrderState | None:
        """How far an order has come; None where it is not known (any more)."""
        order = self._orders.find(client_order_id)
        return None if order is None else order.state

    def positions(self) -> tuple[ContractPosition, ...]:
        """Every contract held, from the exchange's books."""
        return self.ledger.positions()

    def connect_settlements(self, sink: SettlementSink) -> None:
        """Take the sink of settlement reports; what happened overnight follows at once."""
        if self.clearing is not None:
            self.clearing.connect(sink)

    def shares(self) -> tuple[SharePosition, ...]:
        """Every share position, from the exchange's books."""
        return self.ledger.shares()

    def close_shares(self, symbol: str, now_s: float) -> None:
        """Trade all shares of a root away at the underlying's last price."""
        if self.clearing is not None:
            self.clearing.close_shares(symbol, now_s)

    def _arrive(self, order: ExchangeOrder) -> None:
        at_s = order.acts_s
        order.arrive()
        phase = self._phase_at(at_s)
        market = None
        reason = rejection(order) if phase.is_open else "session closed"
        if not reason:
            self._markets.find(order)
            market = self._market_of(order, at_s)
            if market is None and not self._markets.is_listed(order, at_s):
                reason = "unknown contract, or no quote for it"
            elif order.draws.uniform() < self._parameters.reject:
                reason = _REJECTIONS[int(order.draws.uniform() * len(_REJECTIONS))]
        if reason:
            self._counts["rejects"] += 1
            self._end(order, ExchangeOrderState.REJECTED, at_s, reason)
            return
        closes_s = phase.closes_s
        if closes_s is not None and closes_s > self._expires_s:
            self._expires_s = closes_s
            self._timer(closes_s, partial(self._expire, closes_s))
        order.work()
        self._counts["acks"] += 1
        self._report(report_of(order, _ACK, at_s), order)
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
            self._execute(order, market, quantity, price_c, at_s, reported_s=None)
        if order.leaves and again_s is not None:
            self._timer(again_s, order.look_at(again_s, self._look))

    def _execute(
        self,
        order: ExchangeOrder,
        market: NaturalMarket,
        quantity: int,
        price_c: int,
        at_s: float,
        reported_s: float | None,
    ) -> None:
        """Book a trade, and report it now, or at the epoch second `reported_s`."""
        execution = order.execute(
            quantity,
            price_c,
            leg_prices_c(market, price_c),
            at_s,
            self._fees.vertical_fee_c(quantity, order.request.symbol),
        )
        self.ledger.book(execution)
        self._counts["fills"] += 1
        if order.leaves:
            self._counts["partials"] += 1
        if order.pays:
            self._markets.move_against_us(order, at_s)
        report = fill_report_of(order, execution)
        if reported_s is not None:
            self._timer(reported_s, partial(self._reports.late, report, self._orders))
            return
        if not order.leaves:
            self._end(order, ExchangeOrderState.FILLED, at_s)
        self._report(report, order)
        if not order.leaves:
            self._orders.put_away(order)

    def _cancel(self, order: ExchangeOrder | EndedOrder, at_s: float) -> None:
        p = self._parameters
        if isinstance(order, EndedOrder) or order.state is not _WORKING:
            self._counts["cancel_rejects"] += 1
            self._report(
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
                reported_s = at_s + earliest_s + (latest_s - earliest_s) * order.draws.uniform()
                self._counts["late_fills"] += 1
                quantity = min(order.leaves, market.size)
                self._execute(
                    order, market, quantity, order.request.limit_c, at_s, reported_s=reported_s
                )
        self._counts["cancels"] += 1
        self._end(order, ExchangeOrderState.CANCELED, at_s)

    def _expire(self, at_s: float) -> None:
        for order in self._orders.working():
            self._counts["expired"] += 1
            self._end(order, ExchangeOrderState.EXPIRED, at_s)

    def _end(
        self, order: ExchangeOrder, state: ExchangeOrderState, at_s: float, reason: str = ""
    ) -> None:
        order.end(state, reason)
        self._orders.end(order)
        self._reports.end(order, at_s)

    def _phase_at(self, at_s: float) -> PhaseNow:
        phase = self._phase
        if phase is None or not phase.starts_s <= at_s < phase.ends_s:
            phase = self._phase = self._phase_of(at_s)
        return phase
