"""ExpirationTrader: one chain's trading loop, as a step function.

The trader decides; it does no I/O, reads no clock and sleeps nowhere. The runtime calls `step`
with the moment and the messages that arrived, and carries out the actions it returns.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

from engine.book.balancer import PositionBalancer
from engine.book.contracts import ContractBook
from engine.config import DeskConfig, SizingParameters, TimingParameters
from engine.learning.sizing import FillWindow
from engine.market.calendar import exchange_date, xnys
from engine.market.clock import Clock, SystemClock
from engine.market.fees import FeeSchedule
from engine.market.session import Moment, SessionView
from engine.market.ticks import ContractTerms, contract_terms
from engine.orders.actions import Action, Failed, Fetch, Message, Note, Quotes, Sent, WakeAt, Warn
from engine.orders.events import TraderHeld, TraderReleased
from engine.orders.ids import OrderIds
from engine.orders.remembered import executed_kept
from engine.orders.states import Order
from engine.orders.types import OrderReport, Part, ReportKind
from engine.pricing.credit import CreditMaximizer
from engine.pricing.kernel import Workspace
from engine.risk.chain_exposure import ChainExposure
from engine.risk.exposure import Exposure
from engine.risk.gate import DeskFlags, Gate, PreTradeGate
from engine.snapshot import TraderState
from engine.trader import gates as entry
from engine.trader.chain import ScannedChain, trader_key
from engine.trader.completing import CreditSide
from engine.trader.debits import DebitOrders
from engine.trader.lone_legs import LoneLegs
from engine.trader.other_pairs import HeldPairs

__all__ = ["ExpirationTrader", "trader_key"]


class ExpirationTrader(ScannedChain):
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
        super().__init__(
            symbol,
            expiration,
            config or DeskConfig(),
            credit_maximizer or CreditMaximizer(),
            clock or SystemClock(),
            fees or FeeSchedule(),
            terms or contract_terms(symbol),
            workspace,
        )
        self.timing = timing or self.config.timing
        self.sizing = (sizing or self.config.sizing).model_copy()
        self.balancer = balancer or PositionBalancer()
        self.order_callback = order_callback
        self.quote_callback = quote_callback
        self.session = session or SessionView(
            xnys(), self.timing, self.config.limits.last_debit_before_close_s
        )
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
        self.bar_s = bar_s
        self.contracts = ContractBook() if contracts is None else contracts
        self.held_pairs = HeldPairs(self)
        self._lone_legs = LoneLegs(self.key)
        self.debits = DebitOrders(self)
        self.completer = CreditSide(self)

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
            out = self.collect()
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

    def collect(self) -> list[Action]:
        """Start an empty list of actions: what is decided from here on goes there."""
        self.out = []
        return self.out

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
            self.completer.orders.on_report(order, report, moment)
        if report.kind is ReportKind.LEG_FILL:
            self._lone_legs.watch(order, moment, self.out)

    def _on_sent(self, message: Sent, moment: Moment) -> None:
        order = self.find(message.order)
        if order is not None:
            order.sent(moment.now_s)

    def _on_failed(self, message: Failed, moment: Moment) -> None:
        order = self.find(message.order)
        if order is None:
            return
        if order.request.part is Part.DEBIT:
            self.debits.on_failed(order, message.reason, message.denied, moment)
        else:
            self.completer.orders.on_failed(order, message.reason, moment)

    def _on_quotes(self, quotes: Quotes, moment: Moment) -> None:
        self.fetching = False
        self.last_quotes = quotes
        if quotes.chain is not None:
            self.quoted_s = quotes.chain.confirmed_s
        self.completer.on_quotes(quotes, moment)
        due = self.next_attempt_s
        if due is not None and moment.now_s >= due and self.debits.live is None:
            self.debits.try_debit(quotes, moment)

    def executed_kept(self) -> int:
        """How many executed debits, and executed credits, are remembered on a desk of this size."""
        return executed_kept(len(self.gate.exposure.chains))

    @property
    def leg_unconfirmed(self) -> bool:
        """Whether one leg of an order of ours has executed and the other's word is missing."""
        return bool(self._lone_legs)

    def mark_unconfirmed(self, order: str, moment: Moment) -> None:
        """A report about an order made no sense; the runtime has asked what it was."""
        with self.lock:
            self.completer.orders.mark_unconfirmed(order, moment)

    def mark_all_unconfirmed(self) -> None:
        """A report made no sense and named no order: it may have been about one of ours."""
        with self.lock:
            self.completer.orders.mark_all_unconfirmed()

    def find(self, order: str) -> Order | None:
        """An order of this trader that is live or ended not long ago."""
        return self.debits.find(order) or self.completer.orders.find(order)

    def _timers(self, moment: Moment) -> None:
        if self.held is not None:
            self._release(moment)
        if self._lone_legs:
            self._lone_legs.warn(moment, self.out)
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

    # ------------------------------------------------------------------ what others decide

    def pause(self) -> None:
        """Enter nothing until somebody resumes; what is open goes on."""
        self.paused = True

    def resume(self) -> None:
        """Lift the pause and the fault; a hold has its own `release`."""
        self.paused = False
        self.fault = ""

    def mark_faulted(self, text: str) -> None:
        """The trader's own code failed: it enters nothing until somebody resumes it."""
        self.fault = text
        self.next_attempt_s = None

    def attempt_at(self, at_s: float) -> None:
        """Make the next attempt at engine second `at_s`, whatever delay was drawn."""
        self.next_attempt_s = at_s

    def use_balancer(self, balancer: PositionBalancer) -> None:
        """Share this balance from now on."""
        self.balancer = balancer

    def use_maximizer(self, maximizer: CreditMaximizer) -> None:
        """Choose credits so from now on."""
        self.credit_maximizer = maximizer
        self.rebuild_rules()

    def set_size(self, contracts: int, *, only_downward: bool) -> None:
        """Trade so many contracts from the next attempt on.

        Args:
            contracts: the new size, checked by the caller.
            only_downward: whether the fill rate may only make it smaller from here on.
        """
        self.sizing.current_contracts = contracts
        self.debits.size_only_downward(only_downward)

    def continue_at_size(self, contracts: int) -> None:
        """Trade so many contracts, as an earlier process did when it ended."""
        self.sizing.current_contracts = contracts

    def set_cancel_after(self, seconds: float) -> None:
        """Cancel a debit that has worked for so many seconds."""
        self.timing.cancel_after_seconds = seconds

    def set_hours(self, hours: frozenset[int] | None) -> None:
        """Enter in these exchange hours alone; None for all."""
        self.hours = hours

    def restore(
        self, *, cycle: int, attempts: int, fills: int, last_result: str, fault: str
    ) -> None:
        """Continue, paused, where an earlier process stopped.

        Args:
            cycle: the number of the last cycle.
            attempts, fills: of the session.
            last_result: of the last attempt, as the trader's row shows it.
            fault: "" where its code had not failed.
        """
        self.cycle = cycle
        self.paused = True
        self.fault = fault
        self.debits.restore(attempts, fills, last_result)

    def restore_hold(self, code: Gate, text: str, until_s: float) -> None:
        """Continue a hold of an earlier process until engine second `until_s`."""
        self.held, self.held_text, self.held_until_s = code, text, until_s

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
            wake = min(wake, self._lone_legs.wake_s())
        return wake

    # ------------------------------------------------------------------ may it trade?

    def entry_gate(self, moment: Moment) -> Gate | None:
        """The first gate that is closed before any quote is looked at; None where all are open."""
        return entry.first_closed(self, moment)

    def block(self, code: Gate, moment: Moment) -> None:
        """Remember the closed gate and look again soon enough for its kind."""
        self.blocked = code
        again_s = entry.look_again_s(self, code, moment)
        self.next_attempt_s = None if code is Gate.FAULT else moment.now_s + again_s

    def plan_next(self, moment: Moment, factor: float = 1.0) -> None:
        """Draw the delay before the next attempt."""
        timing = self.timing
        low, high = timing.min_delay_between_attempts, timing.max_delay_between_attempts
        spread = timing.random_delay_factor
        delay = low + (high - low) * self.rng.random()
        delay *= 1 + spread * (self.rng.random() - 0.5)
        delay = max(
            low, delay * (self.session.multiplier or 1.0) * factor * self.gate.delay_factor()
        )
        self.next_delay_s = delay
        self.next_attempt_s = moment.now_s + delay

    def state(self) -> TraderState:
        """What the trader is doing, for its row."""
        return entry.state_of(self)
