"""What a desk reads and changes of a trader between two of its steps: stops, settings, restarts."""

from __future__ import annotations

from engine.book.balancer import PositionBalancer
from engine.config import SizingParameters, TimingParameters
from engine.market.session import Moment
from engine.orders.actions import Action, Quotes
from engine.orders.ladder import Choice
from engine.pricing.credit import CreditMaximizer
from engine.risk.gates import Gate
from engine.snapshot import TraderState
from engine.trader import unit_exits
from engine.trader.arms import Arms
from engine.trader.context import TraderContext
from engine.trader.debits import DebitOrders
from engine.trader.fill_chances import FillChances
from engine.trader.gates import EntryGates
from engine.trader.legged_unit import LeggedUnit


class TraderControls:
    """The half of a trader that answers the desk; ExpirationTrader adds the step.

    Args:
        context: what the trader's parts share; only they and the trader change it.
        gates: of its entries.
        debits: its debits and their counts.
    """

    def __init__(self, context: TraderContext, gates: EntryGates, debits: DebitOrders) -> None:
        self.context = context
        self.chain = context.chain
        self.symbol = context.chain.symbol
        self.expiration = context.chain.expiration
        self.key = context.key
        self.lock = context.chain.lock
        self.config = context.config
        self.session = context.session
        self.gate = context.gate
        self.exposure = context.exposure
        self.ids = context.ids
        self.debits = debits
        self._gates = gates

    # ------------------------------------------------------------------ what it is made of

    @property
    def timing(self) -> TimingParameters:
        """Delays between attempts, and how long a debit works."""
        return self.context.timing

    @property
    def sizing(self) -> SizingParameters:
        """Contracts of a debit, now and at most."""
        return self.context.sizing

    @property
    def balancer(self) -> PositionBalancer:
        """Position balance shared by the executor's traders."""
        return self.context.balancer

    @property
    def credit_maximizer(self) -> CreditMaximizer:
        """How the completing credit is chosen."""
        return self.chain.credit_maximizer

    def collect(self) -> list[Action]:
        """Start an empty list of actions: what is decided from here on goes there."""
        return self.context.collect()

    @property
    def out(self) -> list[Action]:
        """The actions of the present step so far."""
        return self.context.out

    # ------------------------------------------------------------------ may it trade?

    def entry_gate(self, moment: Moment) -> Gate | None:
        """The first gate that is closed before any quote is looked at; None where all are open."""
        return self._gates.first_closed(moment)

    def state(self) -> TraderState:
        """What the trader is doing, for its row."""
        return self._gates.state()

    @property
    def paused(self) -> bool:
        """Whether an operator has paused it."""
        return self.context.paused

    @property
    def leaving(self) -> bool:
        """Whether its chain was removed: it enters nothing any more."""
        return self.context.leaving

    @property
    def fault(self) -> str:
        """What failed in its own code, "" where nothing did."""
        return self.context.fault

    @property
    def held(self) -> Gate | None:
        """The reason of its automatic hold; None where it is not held."""
        return self.context.held

    @property
    def blocked(self) -> Gate | None:
        """The gate that the latest attempt met; None where it met none."""
        return self.context.blocked

    @property
    def hours(self) -> frozenset[int] | None:
        """Exchange hours in which debits may go out; None for all."""
        return self.context.hours

    @property
    def last_quotes(self) -> Quotes | None:
        """The latest quotes; None before the first."""
        return self.context.last_quotes

    @property
    def next_attempt_s(self) -> float | None:
        """Engine seconds of the next attempt; None while a debit works or the trader faulted."""
        return self.context.next_attempt_s

    @property
    def next_delay_s(self) -> float:
        """The delay drawn before the next attempt, or before the present one."""
        return self.context.next_delay_s

    # ------------------------------------------------------------------ what others decide

    def plan_next(self, moment: Moment, factor: float = 1.0) -> None:
        """Draw the delay before the next attempt; the wait for it begins now."""
        self.context.wait_from(moment.now_s)
        self.context.plan_next(moment, factor)

    def attempt_at(self, at_s: float) -> None:
        """Make the next attempt at engine second `at_s`, whatever delay was drawn."""
        self.context.attempt_at(at_s)

    def release(self, moment: Moment) -> None:
        """End an automatic hold; fill rate and rejects are judged anew."""
        if self.context.held is not None:
            self.context.end_hold(moment)
            self.debits.judge_anew()

    def leave(self, leaving: bool = True) -> None:
        """The chain is removed: enter nothing any more; False: it was added again."""
        with self.lock:
            self.context.leave(leaving)

    def pause(self) -> None:
        """Enter nothing until an operator resumes; what is open goes on."""
        self.context.pause()

    def resume(self) -> None:
        """Lift the pause and the fault; a hold has its own `release`."""
        self.context.resume()

    def mark_faulted(self, text: str) -> None:
        """The trader's own code failed: it enters nothing until an operator resumes it."""
        self.context.mark_faulted(text)

    def refusal(self, unit: LeggedUnit, choice: Choice, moment: Moment) -> str:
        """Why a choice about a unit cannot be made now, as a sentence; "" where it can."""
        return unit_exits.refusal(self.context, unit, choice, moment)

    def use_balancer(self, balancer: PositionBalancer) -> None:
        """Share this balance from now on."""
        self.context.use_balancer(balancer)

    def use_maximizer(self, maximizer: CreditMaximizer) -> None:
        """Choose credits so from now on."""
        self.chain.use_maximizer(maximizer)

    def set_size(self, contracts: int, *, only_downward: bool) -> None:
        """Trade so many contracts from the next attempt on.

        Args:
            contracts: the new size, checked by the caller.
            only_downward: whether the fill rate may only make it smaller from here on.
        """
        self.context.set_size(contracts)
        self.debits.size_only_downward(only_downward)

    def continue_at_size(self, contracts: int) -> None:
        """Trade so many contracts, as an earlier process did when it ended."""
        self.context.set_size(contracts)

    def set_cancel_after(self, seconds: float) -> None:
        """Cancel a debit that has worked for so many seconds."""
        self.context.set_cancel_after(seconds)

    def set_delays(self, low_s: float, high_s: float) -> None:
        """Wait between so many and so many seconds before an attempt."""
        self.context.set_delays(low_s, high_s)

    def set_rest(self, rests: bool) -> None:
        """Enter nothing, because the chain is not worth its orders; False: enter again."""
        self.context.set_rest(rests)

    def use_arms(self, arms: Arms) -> None:
        """Ask these before each attempt from now on."""
        self.context.use_arms(arms)

    def use_chances(self, chances: FillChances) -> None:
        """Ask this how often attempts are to fill from now on."""
        self.context.use_chances(chances)

    def set_hours(self, hours: frozenset[int] | None) -> None:
        """Enter in these exchange hours alone; None for all."""
        self.context.set_hours(hours)

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
        self.context.restore(cycle, fault)
        self.debits.restore(attempts, fills, last_result)

    def restore_hold(self, code: Gate, text: str, until_s: float) -> None:
        """Continue a hold of an earlier process until engine second `until_s`."""
        self.context.restore_hold(code, text, until_s)
