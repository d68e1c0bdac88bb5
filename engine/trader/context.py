"""What the parts of one trader share: its chain, settings, limits, stops and pending actions."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from typing import Protocol

from engine.book.balancer import PositionBalancer
from engine.book.contracts import ContractBook
from engine.config import SizingParameters, TimingParameters
from engine.market.session import Moment, SessionView
from engine.orders import events as ev
from engine.orders.actions import Action, Fetch, Note, Quotes, Warn
from engine.orders.ids import OrderIds, cycle_number
from engine.orders.order import Booking
from engine.risk.chain_exposure import ChainExposure
from engine.risk.gate import PreTradeGate
from engine.risk.gates import STOPS, Gate, look_again_s
from engine.trader.arms import NO_TRIALS, Arms, AttemptValues
from engine.trader.attempt import Attempt
from engine.trader.chain import ScannedChain
from engine.trader.fill_chances import OWN_CHANCES, FillChances


class CreditTaker(Protocol):
    """What the debit side tells the credit side."""

    def debit_executed(
        self, attempt: Attempt, booked: Sequence[tuple[Booking, int]], moment: Moment
    ) -> None:
        """Debit contracts filled, with their fees in cents; negative ones were taken back."""

    def debit_dead(self, cycle: int, moment: Moment) -> None:
        """The debit of a cycle can execute no more."""


class TraderContext:
    """Everything that more than one part of a trader needs; a part holds this, never the trader.

    Args:
        chain: symbol, expiration and scan rules.
        timing, sizing: the trader's own copies.
        balancer: position balance shared by the desk's traders.
        session, gate, ids: given by the desk.
        seed: of the delays.
        bar_s: seconds between a replay's quotes; None where they come when asked for.
        contracts: what the account holds, shared by the desk's traders.

    Attributes:
        out: actions of the present step, in order.
        last_quotes, quoted_s: the latest quotes, and epoch seconds at which they were confirmed.
        attempt: the debit that may still execute, None between attempts.
        cycle: number of the latest cycle.
        arms: what decides settings of single attempts.
        chances: what knows how often its attempts are expected to fill.
        hours: exchange hours in which debits may go out; None for all.
        rests: whether none go out, because the chain is not worth its orders.
        leaving: whether the chain was removed.
        fault: what failed in the trader's own code, "" where nothing did.
        held, held_text, held_until_s: the automatic hold, its reason, and engine seconds of its
            end; infinite where only an operator ends it.
        blocked: the gate that the latest attempt met.
        next_attempt_s, next_delay_s: engine seconds of the next attempt, and the delay drawn.
    """

    def __init__(
        self,
        chain: ScannedChain,
        timing: TimingParameters,
        sizing: SizingParameters,
        *,
        balancer: PositionBalancer,
        session: SessionView,
        gate: PreTradeGate,
        ids: OrderIds,
        seed: int | str = 0,
        bar_s: float | None = None,
        contracts: ContractBook | None = None,
    ) -> None:
        self.chain = chain
        self.key = chain.key
        self.config = chain.config
        self.timing = timing
        self.sizing = sizing
        self.balancer = balancer
        self.session = session
        self.gate = gate
        self.exposure = gate.exposure.chains.setdefault(
            chain.key, ChainExposure(chain.terms.multiplier)
        )
        self.ids = ids
        self.rng = random.Random(f"{seed}/{chain.key}")
        self._bar_s = bar_s
        self.contracts = ContractBook() if contracts is None else contracts
        self.out: list[Action] = []
        self.fetching = False
        self.last_quotes: Quotes | None = None
        self.quoted_s: float | None = None
        self.attempt: Attempt | None = None
        self.cycle = 0
        self.arms: Arms = NO_TRIALS
        self.chances: FillChances = OWN_CHANCES
        self.hours: frozenset[int] | None = None
        self.rests = False
        self.paused = False
        self.leaving = False
        self.fault = ""
        self.held: Gate | None = None
        self.held_text = ""
        self.held_until_s = math.inf
        self.blocked: Gate | None = None
        self.next_attempt_s: float | None = None
        self.next_delay_s = 0.0
        self._waits_from_s: float | None = None
        self._kept_from_s: float | None = None

    @property
    def quote_age_limit_s(self) -> float:
        """Seconds after which quotes are too old to trade on."""
        return self._bar_s or self.gate.limits.max_quote_age_s

    def executed_orders(self) -> int:
        """How many orders of the whole desk have executed so far."""
        return self.gate.exposure.executed_so_far

    @property
    def attempt_every_s(self) -> float:
        """Seconds from one attempt to the next on average, where none fills."""
        timing, multiplier = self.timing, self.session.multiplier or 1.0
        mean_s = (timing.min_delay_between_attempts + timing.max_delay_between_attempts) / 2
        return mean_s * multiplier * self.gate.delay_factor() + timing.cancel_after_seconds

    @property
    def values(self) -> AttemptValues:
        """The settings that a trial gives the next attempt, and none other."""
        return self.arms.values(self.key)

    def may_enter_at(self, epoch_s: float) -> bool:
        """Whether the chain's own settings, or a trial's, let debits go out at an epoch second."""
        values = self.arms.values(self.key)
        if self.rests if values.rests is None else values.rests:
            return False
        hours = self.hours if values.hours is None else values.hours
        return hours is None or self.session.exchange_hour(epoch_s) in hours

    @property
    def entry_hours(self) -> frozenset[int] | None:
        """Exchange hours of the next attempt; None for all."""
        drawn = self.values.hours
        return self.hours if drawn is None else drawn

    @property
    def optimal_expiry(self) -> bool:
        """Whether the chain's days to expiration are in the optimal range."""
        low, high = self.config.spreads.optimal_expiry_range
        return low <= (self.chain.expiration - self.session.phase.session_date).days <= high

    @property
    def may_send(self) -> bool:
        """Whether any order may be sent at all: the exchange trades, and nothing is frozen."""
        return self.session.multiplier is not None and not self.gate.desk.frozen

    # ------------------------------------------------------------------ actions of the step

    def collect(self) -> list[Action]:
        """Start an empty list of actions: what is decided from here on goes there."""
        self.out = []
        return self.out

    def note(self, event: ev.Event) -> None:
        """Write an event to the journal."""
        self.out.append(Note(event))

    def warn(self, code: str, place: str | int = "", text: str = "") -> None:
        """Raise an alarm about the trader, or about its unit or order `place`."""
        where = f"{self.key}/{place}" if place != "" else self.key
        self.out.append(Warn(code, f"{where}: {text}" if text else where, True))

    def clear(self, code: str, place: str | int) -> None:
        """Clear an alarm about a unit or an order."""
        self.out.append(Warn(code, f"{self.key}/{place}", False))

    def fetch(self) -> None:
        """Ask for quotes once, however many parts of the trader want them."""
        if not self.fetching:
            self.fetching = True
            self.out.append(Fetch())

    def quotes_arrived(self, quotes: Quotes) -> None:
        """Remember the latest quotes."""
        self.fetching = False
        self.last_quotes = quotes
        if quotes.chain is not None:
            self.quoted_s = quotes.chain.confirmed_s

    # ------------------------------------------------------------------ the live debit

    def next_cycle(self) -> int:
        """Begin a cycle; returns its number."""
        self.cycle = cycle_number(self.cycle + 1)
        return self.cycle

    def attempt_sent(self, attempt: Attempt) -> None:
        """A debit went out: no other attempt before its end."""
        self.attempt = attempt
        self.next_attempt_s = None

    def attempt_restored(self, attempt: Attempt) -> None:
        """A debit of an earlier process may still execute."""
        self.attempt = attempt

    def attempt_ended(self) -> None:
        """The debit can execute no more."""
        self.attempt = None

    def debit_live(self, cycle: int) -> bool:
        """Whether the debit of a cycle may still execute."""
        attempt = self.attempt
        return attempt is not None and attempt.cycle == cycle and attempt.order.live

    # ------------------------------------------------------------------ when it may enter

    def wait_from(self, now_s: float) -> None:
        """The wait before the next attempt begins at engine second `now_s`."""
        self._waits_from_s = now_s

    def waited_s(self, now_s: float) -> float:
        """Seconds from the end of the attempt before, or since the trader could enter, to now.

        Pauses, holds and what stops the whole desk are left out.
        """
        return self.next_delay_s if self._waits_from_s is None else now_s - self._waits_from_s

    def unit_over(self, now_s: float) -> float:
        """A unit is over; seconds for which it kept the trader from an attempt that was due.

        Once the ladder has left it to the operator the time is the operator's.
        """
        since_s = now_s if self._kept_from_s is None else self._kept_from_s
        self._kept_from_s = None
        return min(now_s - since_s, self.config.ladder.operator_until_s)

    def plan_next(self, moment: Moment, factor: float = 1.0) -> None:
        """Draw the delay before the next attempt."""
        timing = self.timing
        low, high = timing.min_delay_between_attempts, timing.max_delay_between_attempts
        low, high = self.values.delay_s or (low, high)
        spread = timing.random_delay_factor
        delay = low + (high - low) * self.rng.random()
        delay *= 1 + spread * (self.rng.random() - 0.5)
        delay = max(
            low, delay * (self.session.multiplier or 1.0) * factor * self.gate.delay_factor()
        )
        self.next_delay_s = delay
        self.next_attempt_s = moment.now_s + delay

    def attempt_at(self, at_s: float) -> None:
        """Make the next attempt at engine second `at_s`, whatever delay was drawn."""
        self.next_attempt_s = at_s

    def block(self, gate: Gate, moment: Moment) -> None:
        """Remember the closed gate and look again soon enough for its kind."""
        self.blocked = gate
        if gate in STOPS:
            self.wait_from(moment.now_s)
        elif gate is Gate.UNHEDGED and self._kept_from_s is None:
            self._kept_from_s = moment.now_s
        self.arms.met(self.key, gate, moment.now_s)
        if gate is Gate.FAULT:
            self.next_attempt_s = None
            return
        opens_s = self.session.phase.next_open_s
        if gate is Gate.PHASE:
            again_s = 60.0 if opens_s is None else max(0.0, opens_s - moment.epoch_s)
        else:
            again_s = look_again_s(gate)
        self.next_attempt_s = moment.now_s + again_s

    def unblock(self, moment: Moment) -> None:
        """No gate is closed to the present attempt."""
        self.blocked = self._kept_from_s = None
        self.arms.met(self.key, None, moment.now_s)

    def hold(self, gate: Gate, text: str, until_s: float, moment: Moment) -> None:
        """Stop entries until engine second `until_s` (infinite: until an operator resumes)."""
        self.restore_hold(gate, text, until_s)
        left_ms = 0 if until_s == math.inf else round((until_s - moment.now_s) * 1000)
        until_ms = moment.at_ms + left_ms if left_ms else 0
        self.note(ev.TraderHeld(moment.at_ms, self.key, gate, until_ms, text))
        if self.next_attempt_s is not None and until_s < math.inf:
            self.next_attempt_s = max(self.next_attempt_s, until_s)

    def restore_hold(self, gate: Gate, text: str, until_s: float) -> None:
        """Continue a hold of an earlier process until engine second `until_s`."""
        self.held, self.held_text, self.held_until_s = gate, text, until_s

    def end_hold(self, moment: Moment) -> None:
        """End an automatic hold; the operator's pause stays."""
        if self.held is not None:
            self.note(ev.TraderReleased(moment.at_ms, self.key, self.held))
        self.held, self.held_text, self.held_until_s = None, "", math.inf
        self.wait_from(moment.now_s)

    def pause(self) -> None:
        """Enter nothing until an operator resumes; what is open goes on."""
        self.paused = True

    def leave(self, leaving: bool) -> None:
        """Enter nothing any more, because the chain is removed; False: it was added again."""
        self.leaving = leaving

    def resume(self) -> None:
        """Lift the pause and the fault; a hold ends by itself or is released."""
        self.paused = False
        self.fault = ""

    def mark_faulted(self, text: str) -> None:
        """The trader's own code failed: it enters nothing until an operator resumes it."""
        self.fault = text
        self.next_attempt_s = None

    def restore(self, cycle: int, fault: str) -> None:
        """Continue, paused, where an earlier process stopped."""
        self.cycle = cycle
        self.paused = True
        self.fault = fault

    # ------------------------------------------------------------------ settings

    def set_size(self, contracts: int) -> None:
        """Trade so many contracts from the next attempt on."""
        given = self.sizing.model_dump() | {"current_contracts": contracts}
        self.sizing = SizingParameters.model_validate(given)

    def set_cancel_after(self, seconds: float) -> None:
        """Cancel a debit that has worked for so many seconds."""
        given = self.timing.model_dump() | {"cancel_after_seconds": seconds}
        self.timing = TimingParameters.model_validate(given)

    def set_delays(self, low_s: float, high_s: float) -> None:
        """Wait between so many and so many seconds before an attempt."""
        given = self.timing.model_dump() | {
            "min_delay_between_attempts": low_s,
            "max_delay_between_attempts": high_s,
        }
        self.timing = TimingParameters.model_validate(given)

    def set_rest(self, rests: bool) -> None:
        """Enter nothing, because the chain is not worth its orders; False: enter again."""
        self.rests = rests

    def use_arms(self, arms: Arms) -> None:
        """Ask these before each attempt from now on."""
        self.arms = arms

    def use_chances(self, chances: FillChances) -> None:
        """Ask this how often attempts are to fill from now on."""
        self.chances = chances

    def set_hours(self, hours: frozenset[int] | None) -> None:
        """Enter in these exchange hours alone; None for all."""
        self.hours = hours

    def use_balancer(self, balancer: PositionBalancer) -> None:
        """Share this balance from now on."""
        self.balancer = balancer
