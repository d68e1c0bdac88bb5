"""ExpirationTrader: one chain's trading loop, as a step function.

The trader decides; it does no I/O, reads no clock and sleeps nowhere. The runtime calls `step`
with the moment and the messages that arrived, and carries out the actions it returns.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from engine.book.balancer import PositionBalancer
from engine.config import DeskConfig, SizingParameters, TimingParameters
from engine.debits import DebitDesk
from engine.hedging import Completer
from engine.learning.sizing import FillWindow
from engine.market.calendar import exchange_date, xnys
from engine.market.chain import ChainLike, OptionChain, chain_from
from engine.market.clock import Clock, SystemClock
from engine.market.expirations import (
    ExpirationCategory,
    days_to_expiry,
    expiration_category,
    expiration_date,
)
from engine.market.fees import FeeSchedule
from engine.market.session import Moment, SessionView
from engine.market.ticks import ContractTerms, combination_tick_c, contract_terms
from engine.orders.actions import Action, Failed, Fetch, Message, Note, Quotes, Sent, WakeAt, Warn
from engine.orders.events import TraderHeld, TraderReleased
from engine.orders.ids import OrderIds
from engine.orders.states import Order
from engine.orders.types import OrderReport, Part, ReportKind
from engine.pricing.credit import CreditMaximizer
from engine.pricing.kernel import Workspace
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import LiquidityFilter, PriceGate, ScanRules
from engine.pricing.scanner import Scanner, ScanResult
from engine.risk.exposure import ChainExposure, Exposure
from engine.risk.gate import DeskFlags, Gate, PreTradeGate
from engine.snapshot import TraderState

LONE_LEG_S: Final = 30.0
"""How long one leg's executions may wait for the other's before it is an alarm."""


def trader_key(symbol: str, expiration: date) -> str:
    """The key every event, row and command names a trader by."""
    return f"{symbol} {expiration.isoformat()}"


class ExpirationTrader:
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
            of `config`, and seed 0.
        workspace: scan buffers shared with the other traders of the same thread.
        terms: exercise, settlement and multiplier; those of the root where not given.
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
    ) -> None:
        self.symbol = symbol
        self.expiration = expiration_date(expiration)
        self.key = trader_key(symbol, self.expiration)
        self.config = config or DeskConfig()
        self.timing = timing or self.config.timing
        self.sizing = (sizing or self.config.sizing).model_copy()
        self.balancer = balancer or PositionBalancer()
        self.credit_maximizer = credit_maximizer or CreditMaximizer()
        self.order_callback = order_callback
        self.quote_callback = quote_callback
        self.lock = threading.RLock()
        self._clock: Clock = clock or SystemClock()
        self.session = session or SessionView(
            xnys(), self.timing, self.config.limits.last_debit_before_close_s
        )
        self.terms = terms or contract_terms(symbol)
        self.fees = fees or FeeSchedule()
        if gate is None:
            gate = PreTradeGate(self.config.limits, Exposure(), DeskFlags())
        self.gate = gate
        self.exposure = gate.exposure.chains.setdefault(
            self.key, ChainExposure(self.terms.multiplier)
        )
        self.ids = ids or OrderIds("SIM", "0", exchange_date(self._clock.epoch_s()), 1)
        self.rng = random.Random(f"{seed}/{self.key}")
        self.cycle = 0
        self.last_quotes: Quotes | None = None
        self.quoted_s: float | None = None
        self.window = FillWindow.of(self.config.fill_rate)
        self.hours: frozenset[int] | None = None
        self.paused = False
        self.fault = ""
        self.held: Gate | None = None
        self.held_text = ""
        self.held_until_s = math.inf
        self.blocked: Gate | None = None
        self.next_attempt_s: float | None = None
        self.next_delay_s = 0.0
        self.fetching = False
        self.out: list[Action] = []
        self.bar_s: float | None = None
        self._lone_legs: dict[str, float] = {}
        self.rebuild_rules()
        self._scanner: Scanner | None = None
        self._workspace = workspace
        self.debits = DebitDesk(self)
        self.completer = Completer(self)

    # ------------------------------------------------------------------ what it is

    @property
    def days_to_expiry(self) -> int:
        """Calendar days from the exchange's today to the expiration."""
        return days_to_expiry(self.expiration, exchange_date(self._clock.epoch_s()))

    @property
    def expiration_category(self) -> ExpirationCategory:
        """WEEKLY, MONTHLY, QUARTERLY or LEAPS by days to expiry."""
        return expiration_category(self.days_to_expiry)

    @property
    def is_optimal_expiration(self) -> bool:
        """Whether the days to expiry lie in the optimal range, ends included."""
        low, high = self.config.spreads.optimal_expiry_range
        return low <= self.days_to_expiry <= high

    def get_fill_rate(self) -> float:
        """Fills over attempts of the session, 0.0 before the first attempt."""
        with self.lock:
            return self.debits.fills / self.debits.attempts if self.debits.attempts else 0.0

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
        chain = chain_from(
            options,
            symbol=self.symbol,
            expiration=self.expiration,
            underlying_price=underlying_price,
        )
        with self.lock:
            return list(self.scan(chain, self.rules))

    def scan(self, chain: OptionChain, rules: ScanRules) -> ScanResult:
        """Scan a chain with this trader's buffers."""
        return self.scanner_for(chain).scan(chain, rules)

    def scanner_for(self, chain: OptionChain) -> Scanner:
        """The scanner with this trader's buffers; new strikes get new ones."""
        if self._scanner is None or not self._scanner.fits(chain):
            self._scanner = Scanner(chain.strikes, self._workspace)
        return self._scanner

    def rebuild_rules(self) -> None:
        """Derive the scan rules again after the settings or the maximizer changed."""
        spreads, maximizer = self.config.spreads, self.credit_maximizer
        limits, ladder = self.config.limits, self.config.ladder
        self.tick_c = combination_tick_c(self.symbol)
        self.pair_fee_c = self.fees.pair_fee_c(1, self.symbol)
        self.rules = ScanRules(
            buy_at=spreads.buy_location,
            sell_at=spreads.sell_location,
            max_width=min(spreads.max_spread_width, maximizer.max_spread_width)
            if spreads.max_spread_width != 10.0
            else maximizer.max_spread_width,
            min_net_credit=max(
                spreads.min_credit_threshold, maximizer.min_credit_threshold, limits.min_net_edge
            ),
            rule=spreads.rule,
            min_payoff_floor=spreads.min_payoff_floor,
            max_loss=spreads.max_loss_usd,
            prefer_atm=maximizer.prefer_atm,
            tick_c=self.tick_c,
            fee_per_share=self.pair_fee_c / 100 / self.terms.multiplier,
            liquidity=LiquidityFilter(
                min_volume=spreads.min_volume,
                min_open_interest=spreads.min_open_interest,
                max_quote_width=spreads.max_quote_width or math.inf,
            ),
            gate=PriceGate(unwind_fraction=ladder.unwind_fraction, unwind_cap=ladder.unwind_cap),
        )
        self.entry_rules = replace(self.rules, top=1)

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
            out = self.out = []
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

    def note(self, event: Any) -> None:
        """Add an event to the step's actions."""
        self.out.append(Note(event))

    def fetch(self) -> None:
        """Ask for quotes once, however many parts of the trader want them."""
        if not self.fetching:
            self.fetching = True
            self.out.append(Fetch())

    def _on_report(self, report: OrderReport, moment: Moment) -> None:
        order = self.find(report.client_order_id)
        if order is None:
            if report.execution_id:
                text = f"execution {report.execution_id} of a forgotten order"
                self.out.append(Warn("BOOK_DIFFERS", f"{self.key}: {text}", True))
            return
        if order.request.part is Part.DEBIT:
            self.debits.on_report(order, report, moment)
        else:
            self.completer.on_report(order, report, moment)
        if report.kind is ReportKind.LEG_FILL:
            self._watch_legs(order, moment)

    def _watch_legs(self, order: Order, moment: Moment) -> None:
        """Start or end the time that one leg's executions may wait for the other's."""
        name = order.request.client_order_id
        if order.incomplete_legs:
            self._lone_legs.setdefault(name, moment.now_s + LONE_LEG_S)
        elif self._lone_legs.pop(name, None) is not None:
            self.out.append(Warn("BOOK_DIFFERS", f"{self.key}/{name}", False))

    def _warn_of_legs(self, moment: Moment) -> None:
        for name, due_s in self._lone_legs.items():
            if moment.now_s >= due_s:
                self._lone_legs[name] = math.inf
                text = f"one leg of order {name} filled without the other"
                self.out.append(Warn("BOOK_DIFFERS", f"{self.key}/{name}: {text}", True))

    def _on_sent(self, message: Sent, moment: Moment) -> None:
        order = self.find(message.order)
        if order is not None:
            order.sent(moment.now_s)

    def _on_failed(self, message: Failed, moment: Moment) -> None:
        order = self.find(message.order)
        if order is None:
            return
        if order.request.part is Part.DEBIT:
            self.debits.on_failed(order, message.reason, moment)
        else:
            self.completer.on_failed(order, message.reason, moment)

    def _on_quotes(self, quotes: Quotes, moment: Moment) -> None:
        self.fetching = False
        self.last_quotes = quotes
        if quotes.chain is not None:
            self.quoted_s = quotes.chain.confirmed_s
        self.completer.on_quotes(quotes, moment)
        due = self.next_attempt_s
        if due is not None and moment.now_s >= due and self.debits.live is None:
            self.debits.try_debit(quotes, moment)

    def find(self, order: str) -> Order | None:
        """An order of this trader that is live or ended not long ago."""
        return self.debits.find(order) or self.completer.find(order)

    def _timers(self, moment: Moment) -> None:
        if self.held is not None:
            self._release(moment)
        if self._lone_legs:
            self._warn_of_legs(moment)
        debits, completer = self.debits, self.completer
        if debits.live is not None:
            debits.watch(moment)
        if completer.units:
            completer.watch(moment)
        due = self.next_attempt_s
        if due is None or moment.now_s < due or debits.live is not None or self.fetching:
            return
        closed = self.entry_gate(moment)
        if closed is None:
            self.fetch()
        else:
            self.block(closed, moment)

    def _release(self, moment: Moment) -> None:
        if moment.now_s >= self.held_until_s:
            self.release(moment)

    def hold(self, code: Gate, text: str, until_s: float, moment: Moment) -> None:
        """Stop entries until engine second `until_s` (infinite: until an operator resumes)."""
        self.held, self.held_text, self.held_until_s = code, text, until_s
        left_ms = 0 if until_s == math.inf else round((until_s - moment.now_s) * 1000)
        until_ms = moment.at_ms + left_ms if left_ms else 0
        self.note(TraderHeld(moment.at_ms, self.key, code, until_ms, text))
        if self.next_attempt_s is not None and until_s < math.inf:
            self.next_attempt_s = max(self.next_attempt_s, until_s)

    def release(self, moment: Moment) -> None:
        """End an automatic hold; the window is judged anew."""
        if self.held is None:
            return
        self.note(TraderReleased(moment.at_ms, self.key, self.held))
        self.debits.rejects = 0
        self.held, self.held_text, self.held_until_s = None, "", math.inf
        self.window.clear()

    def _wake_s(self) -> float:
        debits, completer, due = self.debits, self.completer, self.next_attempt_s
        wake = math.inf
        if debits.live is not None:
            wake = debits.wake_s()
        elif due is not None and not self.fetching:
            wake = due
        if completer.units:
            wake = min(wake, completer.wake_s())
        if self.held is not None:
            wake = min(wake, self.held_until_s)
        if self._lone_legs:
            wake = min(wake, *self._lone_legs.values())
        return wake

    # ------------------------------------------------------------------ may it trade?

    def entry_gate(self, moment: Moment) -> Gate | None:
        """The first gate that is closed before any quote is looked at; None where all are open."""
        if self.fault:
            return Gate.FAULT
        desk = self.gate.desk_gate()
        if desk is not None:
            return desk
        session = self.session
        if session.multiplier is None:
            return Gate.PHASE
        if moment.epoch_s >= session.last_debit_s:
            return Gate.CLOSE_NEAR
        if self.paused:
            return Gate.PAUSED
        if self.held is not None:
            return Gate.HELD
        if self.hours is not None and session.exchange_hour(moment.epoch_s) not in self.hours:
            return Gate.HOURS
        if (self.expiration - session.phase.session_date).days < (
            self.config.spreads.min_days_to_expiry
        ):
            return Gate.EXPIRY_NEAR
        if self.completer.units:
            return Gate.UNHEDGED
        return self.gate.chain_gate(self.key, self.exposure, moment.now_s)

    def block(self, code: Gate, moment: Moment) -> None:
        """Remember the closed gate and look again soon enough for its kind."""
        self.blocked = code
        again_s = _LOOK_AGAIN_S.get(code, 2.0)
        if code is Gate.PHASE:
            opens_s = self.session.phase.next_open_s
            again_s = 60.0 if opens_s is None else max(0.0, opens_s - moment.epoch_s)
        self.next_attempt_s = None if code is Gate.FAULT else moment.now_s + again_s

    def plan_next(self, moment: Moment, factor: float = 1.0) -> None:
        """Draw the delay before the next attempt."""
        timing = self.timing
        low, high = timing.min_delay_between_attempts, timing.max_delay_between_attempts
        spread = timing.random_delay_factor
        delay = low + (high - low) * self.rng.random()
        delay *= 1 + spread * (self.rng.random() - 0.5)
        delay = max(low, delay * (self.session.multiplier or 1.0) * factor)
        self.next_delay_s = delay
        self.next_attempt_s = moment.now_s + delay

    def state(self) -> TraderState:
        """What the trader is doing, for its row."""
        if self.fault:
            return TraderState.FAULT
        if self.completer.units:
            return TraderState.HEDGING
        if self.gate.desk.killed:
            return TraderState.KILLED
        if self.paused:
            return TraderState.PAUSED
        if self.debits.live is not None:
            return TraderState.WORKING
        if self.held is not None:
            return TraderState.HELD
        if self.session.multiplier is None:
            return TraderState.OFF
        if self.blocked is Gate.QUOTES_STALE:
            return TraderState.STALE
        if self.blocked is not None and self.blocked not in _PASSING:
            return TraderState.BLOCKED
        return TraderState.RUN


_LOOK_AGAIN_S = {
    Gate.NO_PAIR: 3.0,
    Gate.QUOTES_STALE: 1.0,
    Gate.RATE: 0.5,
    Gate.UNHEDGED: 1.0,
    Gate.CLOSE_NEAR: 60.0,
    Gate.EXPIRY_NEAR: 60.0,
    Gate.HOURS: 30.0,
}
_PASSING = frozenset({Gate.NO_PAIR, Gate.RATE, Gate.EDGE, Gate.DUPLICATE})
