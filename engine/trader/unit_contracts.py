"""What one cycle bought and sold, and what it comes to: money, value, payoff and its floor."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from engine.config import LadderParameters
from engine.market.legs import OptionType
from engine.orders.ladder import Prices, prices
from engine.orders.order import Booking
from engine.orders.types import OrderRequest, Part
from engine.pricing.payoff import PayoffLeg, pair_kind, payoff_minimum


@dataclass(slots=True, eq=False)
class UnitContracts:
    """Debit contracts that filled, and what was sold against them.

    Prices are cents per share; `paid_c` is the sum of quantity x price of the debit executions,
    `sold` the executions of credits as (quantity, price, short strike, long strike).

    Args:
        cycle: the trader's cycle the debit belongs to.
        right, long_strike, short_strike: the debit vertical.
        credit_short, credit_long, planned_c: the credit leaned on when the debit went out.
        first_fill_s: engine seconds of the first execution; every age counts from it.
        entry_bid_c: natural bid of the debit vertical when its order went out, cents a share.

    Attributes:
        filled, credited, unwound: contracts bought, completed by a credit, and sold back.
        elsewhere: contracts that ended otherwise: other hands closed them, or they settled.
        unwound_c: sum of quantity x price of what was sold back.
        fees_c: cents of account money.
        bid_c: natural bid of the debit vertical seen last, cents a share; NaN before the first.
        last_fill_s: engine seconds of the latest completing execution.
    """

    cycle: int
    right: OptionType
    long_strike: float
    short_strike: float
    credit_short: float
    credit_long: float
    planned_c: int
    first_fill_s: float
    entry_bid_c: float = math.inf
    filled: int = 0
    paid_c: int = 0
    sold: list[tuple[int, int, float, float]] = field(default_factory=list)
    credited: int = 0
    unwound: int = 0
    elsewhere: int = 0
    unwound_c: int = 0
    fees_c: int = 0
    bid_c: float = math.nan
    last_fill_s: float = 0.0

    # ------------------------------------------------------------------ executions

    def bought(self, quantity: int, price_c: int, fee_c: int) -> None:
        """Debit contracts filled; a negative quantity takes some back."""
        self.filled += quantity
        self.paid_c += quantity * price_c
        self.fees_c += fee_c

    def charge(self, fee_c: int) -> None:
        """Add fees in cents; negative where some are given back."""
        self.fees_c += fee_c

    def book(self, request: OrderRequest, booking: Booking, fee_c: int, now_s: float) -> None:
        """Add an execution of a completing order.

        Args:
            request: a credit, or an unwind of the debit.
            booking: what executed; a negative quantity takes some back.
            fee_c: cents of account money.
            now_s: engine seconds.
        """
        _, quantity, price_c = booking
        self.fees_c += fee_c
        self.last_fill_s = now_s
        if request.part is Part.CREDIT:
            self.credited += quantity
            bought, sold = request.legs
            self.sold.append((quantity, price_c, sold.strike, bought.strike))
        else:
            self.unwound += quantity
            self.unwound_c += quantity * price_c

    def quoted(self, bid_c: float) -> None:
        """Remember the debit vertical's natural bid, cents a share."""
        self.bid_c = bid_c

    def end_elsewhere(self) -> None:
        """What remains was closed by other hands, or has settled: nothing is sold for it."""
        self.elsewhere += self.remaining

    @property
    def remaining(self) -> int:
        """Filled debit contracts that no credit and no unwind has matched, and that are there."""
        return self.filled - self.credited - self.unwound - self.elsewhere

    @property
    def outcome(self) -> str:
        """How its cycle ended, once nothing of it remains: see CycleEnded."""
        if not self.filled:
            return "BUSTED"
        return "SCRATCHED" if self.unwound else "COMPLETE"

    # ------------------------------------------------------------------ what it comes to

    def ladder_prices(
        self, fee_c_per_share: float, tick_c: int, parameters: LadderParameters
    ) -> Prices:
        """The ladder's prices at the average paid, cents per share."""
        return prices(self.paid_c / self.filled, fee_c_per_share, tick_c, parameters)

    def sell_back_below_c(self, unwind_loss_c: int) -> float:
        """Natural bid, cents a share, below which selling the debit back begins.

        See docs/decisions/sell-back.md: paid - 0.8 U, but the gate lets debits in whose bid lies as
        low as paid - U, so the market must also have moved 0.2 U against us since the entry.
        """
        paid = self.paid_c / self.filled
        moved = self.entry_bid_c - 0.2 * unwind_loss_c
        return min(paid - 0.8 * unwind_loss_c, moved)

    def money_c(self, multiplier: int) -> int:
        """Credit received minus debit paid so far, cents of account money before fees."""
        received = sum(q * p for q, p, _, _ in self.sold) + self.unwound_c
        return (received - self.paid_c) * multiplier

    def value_c(self, multiplier: int) -> int:
        """What the unit has won or (negative) lost if it were sold back now, after its fees.

        Cents of account money. What a credit completed counts when the cycle ends, with its floor.
        A vertical is worth nothing at least and its width at most, whatever is quoted; where no
        bid was seen, nothing is lost but the fees.
        """
        if self.filled <= 0:
            return -self.fees_c
        paid = self.paid_c / self.filled
        bid_c = self.bid_c if math.isfinite(self.bid_c) else self.entry_bid_c
        width_c = abs(self.long_strike - self.short_strike) * 100
        worth_c = min(max(0.0, bid_c), width_c) if math.isfinite(bid_c) else paid
        won_c = (worth_c - paid) * max(0, self.remaining) + self.unwound_c - paid * self.unwound
        return round(won_c * multiplier) - self.fees_c

    def payoff_legs(self) -> list[PayoffLeg]:
        """Everything bought and sold in this unit as legs held to expiration."""
        kept = self.filled - self.unwound
        legs = [
            PayoffLeg(kept, self.right, self.long_strike),
            PayoffLeg(-kept, self.right, self.short_strike),
        ]
        for quantity, _, short, long in self.sold:
            legs.append(PayoffLeg(-quantity, self.right, short))
            legs.append(PayoffLeg(quantity, self.right, long))
        return legs

    def floor_c(self, multiplier: int) -> int:
        """Payoff floor at filled prices after fees, cents of account money (not of a share)."""
        least = payoff_minimum(self.payoff_legs())
        if least == float("-inf"):
            raise ArithmeticError("a unit sold more calls than it bought")
        return self.money_c(multiplier) - self.fees_c + round(least * multiplier * 100)

    def kind(self) -> str:
        """The class name of the payoff at the last credit's strikes."""
        if not self.sold:
            return "vertical"
        _, _, short, long = self.sold[-1]
        return pair_kind(self.right, self.long_strike, self.short_strike, short, long)
