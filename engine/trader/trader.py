"""ExpirationTrader: one chain's trading loop, as a step function.

The trader decides; it does no I/O, reads no clock and sleeps nowhere. The runtime calls `step`
with the moment and the messages that arrived, and carries out the actions it returns.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, NoReturn

from engine.book.balancer import PositionBalancer
from engine.book.contracts import ContractBook
from engine.config import DeskConfig, SizingParameters, TimingParameters
from engine.market.calendar import exchange_date, xnys
from engine.market.clock import Clock, SystemClock
from engine.market.expirations import ExpirationCategory
from engine.market.fees import FeeSchedule
from engine.market.quotes.chains import ChainLike
from engine.market.session import Moment, SessionView
from engine.market.ticks import ContractTerms, contract_terms
from engine.orders.actions import Action, Failed, Message, Quotes, Sent, WakeAt
from engine.orders.ids import OrderIds
from engine.orders.order import Order
from engine.orders.types import OrderReport, Part, ReportKind
from engine.pricing.credit import CreditMaximizer
from engine.pricing.kernel import Workspace
from engine.pricing.opportunity import TwoPartOpportunity
from engine.risk.exposure import Exposure
from engine.risk.flags import DeskFlags
from engine.risk.gate import PreTradeGate
from engine.trader.blocked_contracts import BlockedContracts
from engine.trader.chain import ScannedChain, trader_key
from engine.trader.choosing import DebitSelector
from engine.trader.completing import CreditSide
from engine.trader.context import TraderContext
from engine.trader.controls import TraderControls
from engine.trader.debits import DebitOrders
from engine.trader.final_ends import FinalEnds
from engine.trader.gates import EntryGates
from engine.trader.order_life import LoneLegs
from engine.trader.unknown_prices import UnknownPrices

__all__ = ["ExpirationTrader", "trader_key"]


class ExpirationTrader(TraderControls):
    """Trades one symbol and expiration.

    Args:
        symbol: option root.
        expiration: exchange date, or a datetime (naive: exchange date; aware: converted).
        timing, sizing: see engine.config; the defaults are the specification's.
        balancer: position balance shared by the executor's traders.
        credit_maximizer: how the completing credit is chosen.
        order_callback, quote_callback: kept for whoever runs the trader; the step itself calls
            neither.
        config: spread rules, ladder, limits and fees' profile.
        clock: used only by the properties that speak of today.
        session, gate, ids, seed: given by the executor; by default a closed session, the limits
            of that config, and seed 0.
        workspace: scan buffers shared with the other traders of the same thread.
        terms: exercise, settlement and multiplier; those of the root where not given.
        bar_s: seconds between a replay's quotes; None where they come when asked for.
        contracts: what the account holds, shared by the desk's traders.

    Attributes:
        chain: the symbol and expiration with the rules they are scanned by.
        context: what the trader's parts share; only they and the trader change it.
        ends: ends of orders that are not final yet.
        prices: orders whose executions have no price yet.
        debits, credits: the orders of debits, and the credits that complete what filled.
    """

    def __init__(
        self,
        symbol: str,
        expiration: date | datetime,
        timing: TimingParameters | None = None,
        sizing: SizingParameters | None = None,
        balancer: PositionBalancer | None = None,
        credit_maximizer: CreditMaximizer | None = None,
        order_callback: Callable[..., Any] | None = None,
        quote_callback: Callable[..., Any] | None = None,
        *,
        config: DeskConfig | None = None,
        clock: Clock | None = None,
        session: SessionView | None = None,
        gate: PreTradeGate | None = None,
        ids: OrderIds | None = None,
        fees: FeeSchedule | None = None,
        seed: int | str = 0,
        workspace: Workspace | None = None,
        terms: ContractTerms | None = None,
        bar_s: float | None = None,
        contracts: ContractBook | None = None,
    ) -> None:
        config, clock = config or DeskConfig(), clock or SystemClock()
        timing = timing or config.timing
        chain = ScannedChain(
            symbol,
            expiration,
            config,
            credit_maximizer or CreditMaximizer(),
            clock,
            fees or FeeSchedule(),
            terms or contract_terms(symbol),
            workspace,
        )
        context = TraderContext(
            chain,
            timing,
            (sizing or config.sizing).model_copy(),
            balancer=balancer or PositionBalancer(),
            session=session or SessionView(xnys(), timing, config.limits.last_debit_before_close_s),
            gate=gate or PreTradeGate(config.limits, Exposure(), DeskFlags()),
            ids=ids or OrderIds("SIM", "0", exchange_date(clock.epoch_s()), 1),
            seed=seed,
            bar_s=bar_s,
            contracts=contracts,
        )
        self.order_callback = order_callback
        self.quote_callback = quote_callback
        self.blocked_contracts = BlockedContracts(context)
        self.credits = CreditSide(context, self.blocked_contracts)
        self.lone_legs = LoneLegs(context)
        self.ends = FinalEnds(context)
        self.prices = UnknownPrices(context)
        gates = EntryGates(context, self.credits.units, self.lone_legs, self.ends, self.prices)
        chooser = DebitSelector(context, gates, self.blocked_contracts)
        debits = DebitOrders(context, chooser, self.credits, self.credits.remembered)
        super().__init__(context, gates, debits)

    # ------------------------------------------------------------------ what it looks at

    @property
    def days_to_expiry(self) -> int:
        """Calendar days from the exchange's today to the expiration."""
        return self.chain.days_to_expiry

    @property
    def expiration_category(self) -> ExpirationCategory:
        """WEEKLY, MONTHLY, QUARTERLY or LEAPS by days to expiry."""
        return self.chain.expiration_category

    @property
    def is_optimal_expiration(self) -> bool:
        """Whether the days to expiry lie in the optimal range, ends included."""
        return self.chain.is_optimal_expiration

    def scan_opportunities(
        self, options: ChainLike, underlying_price: float = math.nan
    ) -> list[TwoPartOpportunity]:
        """The best credit for each debit of the chain, ranked by net credit, floor, fill estimate.

        Args:
            options: an OptionChain, SpreadLegs or mappings.
            underlying_price: dollars a share; NaN where unknown.

        Raises:
            ValueError: the options cannot be read as a chain.
        """
        return self.chain.scan_opportunities(options, underlying_price)

    def get_fill_rate(self) -> float:
        """Fills over attempts of the session, 0.0 before the first attempt."""
        with self.lock:
            return self.debits.fills / self.debits.attempts if self.debits.attempts else 0.0

    # ------------------------------------------------------------------ the step

    def step(self, moment: Moment, inbox: Sequence[Message] = ()) -> list[Action]:
        """Decide what to do now.

        Args:
            moment: the present; timers that are due at `moment.now_s` fire.
            inbox: messages since the last step, in order of arrival.

        Returns:
            What the runtime must do, in order; the last action says when to step again.
        """
        with self.lock:
            out = self.context.collect()
            for message in inbox:
                if isinstance(message, OrderReport):
                    self._on_report(message, moment)
                elif isinstance(message, Quotes):
                    self._on_quotes(message, moment)
                elif isinstance(message, Sent):
                    self._on_sent(message, moment)
                else:
                    self._on_failed(message, moment)
            self._timers(moment)
            wake = self._wake_s()
            if wake < math.inf:
                out.append(WakeAt(wake))
            return out

    def _on_report(self, report: OrderReport, moment: Moment) -> None:
        order = self.find(report.client_order_id)
        if order is None:
            if report.execution_id:
                told = f"{report.quantity} at {report.price_c / 100:.2f}"
                text = f"execution {report.execution_id} of a forgotten order, told {told}"
                self.context.warn("BOOK_DIFFERS", text=text)
            self.ends.forgotten(report.client_order_id, moment)
            return
        was_live = order.live
        if order.request.part is Part.DEBIT:
            self.debits.on_report(order, report, moment)
        else:
            self.credits.orders.on_report(order, report, moment)
        self.ends.heard(order, was_live, report, moment)
        if order.unpriced or self.prices:
            self.prices.heard(order, report, moment)
        if report.kind is ReportKind.LEG_FILL or self.lone_legs:
            self.lone_legs.watch(order, moment)

    def _on_sent(self, message: Sent, moment: Moment) -> None:
        order = self.find(message.order)
        if order is not None:
            order.sent(moment.now_s)

    def _on_failed(self, message: Failed, moment: Moment) -> None:
        order = self.find(message.order)
        if order is None:
            return
        if order.request.part is Part.DEBIT:
            self.debits.on_failed(order, message, moment)
        else:
            self.credits.orders.on_failed(order, message, moment)

    def _on_quotes(self, quotes: Quotes, moment: Moment) -> None:
        context = self.context
        context.quotes_arrived(quotes)
        self.credits.on_quotes(quotes, moment)
        due = context.next_attempt_s
        if due is not None and moment.now_s >= due and context.attempt is None:
            self.debits.try_debit(quotes, moment)

    def __repr__(self) -> str:
        counts = f"{self.debits.fills}/{self.debits.attempts} attempts filled"
        units = len(self.credits.units)
        return f"ExpirationTrader({self.key}, {self.state()}, {counts}, {units} open units)"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a trader belongs to its executor and cannot be copied; copy get_status()")

    @property
    def gone(self) -> bool:
        """Whether its chain was removed and nothing of it works, is open or may still be told."""
        still = self.context.attempt, self.credits.units, self.lone_legs, self.ends, self.prices
        return self.context.leaving and not any(still)

    def leg_ahead_again(self, order: Order, moment: Moment, *, new_day: bool) -> None:
        """Go on waiting for the other leg of an order of an earlier process.

        Args:
            order: one that the trader knows again.
            moment: the present.
            new_day: whether it is of an earlier session: then it holds back no debit.
        """
        self.credits.orders.leg_ahead_again(order)
        if not new_day:
            self.lone_legs.watch(order, moment)

    def still_wants(self, order: str) -> bool:
        """Whether a completing order that has not left yet may still be sent."""
        with self.lock:
            return self.credits.orders.still_wanted(order)

    def mark_unconfirmed(self, order: str, moment: Moment) -> None:
        """A report about an order made no sense; the runtime has asked what it was."""
        with self.lock:
            self.credits.orders.mark_unconfirmed(order, moment)

    def mark_all_unconfirmed(self) -> None:
        """A report made no sense and named no order: it may have been about one of our orders."""
        with self.lock:
            self.credits.orders.mark_all_unconfirmed()

    def find(self, order: str) -> Order | None:
        """An order of this trader that is live or ended not long ago."""
        return self.debits.find(order) or self.credits.orders.find(order)

    def _timers(self, moment: Moment) -> None:
        context = self.context
        if context.held is not None and moment.now_s >= context.held_until_s:
            self.release(moment)
        if self.lone_legs:
            self.lone_legs.warn(moment)
        if self.ends:
            self.ends.watch(moment)
        if self.prices:
            self.prices.watch(moment)
        if context.attempt is not None:
            self.debits.watch(moment)
        if self.credits.units:
            self.credits.watch(moment)
        due = context.next_attempt_s
        if due is None or moment.now_s < due or context.attempt is not None or context.fetching:
            return
        closed = self._gates.first_closed(moment)
        if closed is None:
            context.fetch()
        else:
            context.block(closed, moment)

    def _wake_s(self) -> float:
        context = self.context
        wake = math.inf
        if context.attempt is not None:
            wake = self.debits.wake_s()
        elif context.next_attempt_s is not None and not context.fetching:
            wake = context.next_attempt_s
        if self.credits.units:
            wake = min(wake, self.credits.wake_s())
        if context.held is not None:
            wake = min(wake, context.held_until_s)
        if self.lone_legs:
            wake = min(wake, self.lone_legs.wake_s())
        if self.ends:
            wake = min(wake, self.ends.wake_s())
        if self.prices:
            wake = min(wake, self.prices.wake_s())
        return wake
