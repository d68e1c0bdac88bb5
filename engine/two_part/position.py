"""One two-part spread from its debit order to the completed pair, with its money and floor."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.pricing.opportunity import TwoPartOpportunity, label
from engine.pricing.payoff import payoff_minimum


class TwoPartState(StrEnum):
    """The state of a position."""

    SCANNING = "SCANNING"
    DEBIT_WORKING = "DEBIT_WORKING"
    LEGGED = "LEGGED"
    CREDIT_WORKING = "CREDIT_WORKING"
    COMPLETE = "COMPLETE"


@dataclass(slots=True, eq=False)
class TwoPartPosition:
    """One debit and the credits sold against it; changed through its methods only.

    Args:
        opportunity: the pair chosen; once a credit is matched, the pair with that credit.
        contracts: debit contracts ordered.
        state: see TwoPartState.
        debit_filled, credit_filled, unwound: contracts.
        paid_c, received_c, unwind_c: whole cents of account money before fees.
        credit_working: contracts that a credit order still has to fill.
        order: what the order callback returned for the last order; None by hand.
    """

    opportunity: TwoPartOpportunity
    contracts: int
    state: TwoPartState = TwoPartState.DEBIT_WORKING
    debit_filled: int = 0
    credit_filled: int = 0
    unwound: int = 0
    paid_c: int = 0
    received_c: int = 0
    unwind_c: int = 0
    credit_working: int = 0
    order: object = None

    def order_placed(self, order: object) -> None:
        """Keep what the order callback returned for the order now working."""
        self.order = order

    def bought(self, contracts: int, total_c: int) -> bool:
        """Add debit contracts for cents in all; returns whether they are the first."""
        first = not self.debit_filled
        self.debit_filled += contracts
        self.paid_c += total_c
        return first

    def debit_ended(self) -> None:
        """The debit no longer works: what filled waits for its credit."""
        self.state = TwoPartState.LEGGED if self.debit_filled else TwoPartState.SCANNING

    def credit_ordered(self, matched: TwoPartOpportunity) -> None:
        """A credit works for every contract that is legged."""
        self.opportunity = matched
        self.state = TwoPartState.CREDIT_WORKING
        self.credit_working = self.hung_contracts

    def credit_ended(self) -> None:
        """The credit no longer works, whatever it filled."""
        self.credit_working = 0

    def hedged(self) -> bool:
        """Move on after a credit or unwind; returns whether every debit contract is closed."""
        if not self.hung_contracts:
            self.state = TwoPartState.COMPLETE
            return True
        if not self.credit_working:
            self.state = TwoPartState.LEGGED
        return False

    def legged_late(self) -> None:
        """A debit that had ended filled after all; a credit that works goes on working."""
        if self.state is not TwoPartState.CREDIT_WORKING:
            self.state = TwoPartState.LEGGED

    def sold(self, contracts: int, total_c: int) -> None:
        """Add credit contracts for cents in all."""
        self.credit_filled += contracts
        self.received_c += total_c
        if self.state is TwoPartState.CREDIT_WORKING:
            self.credit_working -= contracts

    def sold_back(self, contracts: int, total_c: int) -> None:
        """Add unwound debit contracts for cents in all."""
        self.unwound += contracts
        self.unwind_c += total_c

    @property
    def hung_contracts(self) -> int:
        """Unhedged debit contracts."""
        return self.debit_filled - self.credit_filled - self.unwound

    @property
    def debit_price_c(self) -> int:
        """Average debit in cents a share, rounded up against us; 0 before any fill."""
        shares = self.debit_filled * self.opportunity.multiplier
        return -(-self.paid_c // shares) if shares else 0

    @property
    def net_premium(self) -> float:
        """Dollars received minus paid, before fees: cash, not profit."""
        return (self.received_c + self.unwind_c - self.paid_c) / 100

    @property
    def floor(self) -> float | None:
        """Payoff floor a share at filled prices after fees; None unless credits alone completed it.

        Averages over the contracts where they filled at different prices.
        """
        if not self.debit_filled or self.unwound or self.hung_contracts:
            return None
        pair = self.opportunity
        contract_c = (self.received_c - self.paid_c) / self.debit_filled - pair.fee_c_per_pair
        return contract_c / 100 / pair.multiplier + payoff_minimum(pair.payoff_legs)

    @property
    def label(self) -> str:
        """ARB, LOCK* or RISK at filled prices; empty until completed by credits."""
        floor = self.floor
        pair = self.opportunity
        return "" if floor is None else label(floor, pair.style, pair.settlement)
