"""The best credit vertical for one given debit: before it is bought, and after it filled."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from engine.market.chain import CALL, PUT, OptionChain
from engine.market.legs import OptionType, SpreadLeg, strike_text
from engine.market.quotes.chains import ChainLike, NothingQuotedError, chain_from
from engine.pricing.assembly import assemble, leg_at
from engine.pricing.choice import Debit, best_credit
from engine.pricing.kernel import BlockedLegs, Bools, PriceKernel
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import LiquidityFilter, Objective, PriceGate, ScanRules
from engine.pricing.scanner import Scanner
from engine.pricing.search import acceptable
from engine.pricing.verticals import market_of


def best_credit_for(
    chain: OptionChain,
    debit_long: float,
    debit_short: float,
    right: OptionType,
    rules: ScanRules,
    *,
    paid_c: int | None = None,
    lowest_credit_c: int | None = None,
    by_floor: bool = False,
    scanner: Scanner | None = None,
    allowed: Bools | None = None,
    blocked_legs: BlockedLegs | None = None,
) -> TwoPartOpportunity | None:
    """The best credit under the rules for one debit, at its limit price or as it filled.

    Args:
        debit_long, debit_short: strikes.
        paid_c: cents a share paid for the debit; None prices it as the scan does, and refuses
            it as the scan does.
        lowest_credit_c: least credit limit, cents a share; replaces the least net credit and the
            gate's margin. The floor still holds under "safe".
        by_floor: prefer the highest floor of the pair to the highest credit.
        scanner: lends its work arrays; its earlier results end.
        allowed: (2, n) False where a contract must not be traded.
        blocked_legs: contracts that may not be bought, and that may not be sold.

    Raises:
        KeyError: the chain does not list a strike of the debit.
        ValueError: the strikes are not those of a debit, or prices are not rounded.
    """
    if not (debit_long < debit_short if right == "call" else debit_long > debit_short):
        raise _not_a_debit(debit_long, debit_short, right)
    kernel = (scanner or Scanner(chain.strikes)).kernel(chain, rules)
    kernel.price(chain, rules, allowed, blocked_legs)
    debit = _debit(kernel, chain, CALL if right == "call" else PUT, debit_long, debit_short)
    scale = kernel.scale
    if paid_c is not None:
        debit = debit._replace(paid=paid_c / 100 * scale)
    else:
        priced = _priced(kernel, rules, debit)
        if priced is None:
            return None
        debit = priced
    least = None if lowest_credit_c is None else lowest_credit_c / 100 * scale
    credit = best_credit(
        kernel, rules, debit, chain.underlying_price, least_credit=least, by_floor=by_floor
    )
    return assemble(kernel, chain, rules, debit, credit) if credit else None


def _debit(kernel: PriceKernel, chain: OptionChain, right: int, long: float, short: float) -> Debit:
    """A debit, not yet priced, on the kernel's axis."""
    grid = kernel.grid
    width = round(abs(short - long), 6) * kernel.scale
    inner, outer = (grid.column(right, chain.index(strike)) for strike in (long, short))
    return Debit(right, inner, outer, width, math.nan)


def _priced(kernel: PriceKernel, rules: ScanRules, debit: Debit) -> Debit | None:
    """The debit at the scan's price; None where the scan would refuse it."""
    rows = np.abs(kernel.widths[:, 0, 0] - debit.width) <= 1e-6 * kernel.scale
    row = int(rows.argmax()) if rows.any() else -1
    if row < 0:
        return None
    n = kernel.grid.n
    at = np.array([(row * 2 + debit.right) * n + debit.short])
    if not len(acceptable(kernel, rules, at)):
        return None
    return debit._replace(paid=float(kernel.debit.take(at)[0]))


@dataclass(frozen=True, slots=True)
class CreditMaximizer:
    """Finds the credit vertical that brings the most, or guarantees the most, against a debit.

    Args:
        min_credit_threshold: least net credit, dollars a share after fees.
        max_spread_width: widest credit vertical, points.
        prefer_atm: among credits within one cent take the short strike nearest the underlying.
        min_payoff_floor: least payoff floor of the pair, dollars a share after fees; None for
            none, which gives the specification's maximum credit.
        quote_location: where in its natural market the credit is priced.
        debit_location: where a debit given as two legs is priced.
        fee_per_share: dollars a share for the four legs.
        max_loss: dollars a share after fees that no terminal price may exceed; None for no cap.
        liquidity: which contracts may be traded.
        objective: "credit", the highest net credit; "floor", the highest payoff floor of the pair;
            None for what a trader's settings say, and alone for the specification's "credit".

    Raises:
        ValueError: a figure outside its range, named.
    """

    min_credit_threshold: float = 0.0
    max_spread_width: float = 10
    prefer_atm: bool = True
    min_payoff_floor: float | None = None
    quote_location: float = 0.65
    debit_location: float = 0.35
    fee_per_share: float = 0.0
    max_loss: float | None = None
    liquidity: LiquidityFilter = field(default_factory=LiquidityFilter)
    objective: Objective | None = None

    def __post_init__(self) -> None:
        self.scan_rules()

    def scan_rules(
        self, *, tick_c: int = 1, gate: PriceGate | None = None, top: int = 50
    ) -> ScanRules:
        """The same choice as rules for a whole chain.

        Args:
            tick_c: tick of the combination, cents; 0 prices without rounding.
            gate: price gates of the risk gate; None for none.
            top: rows kept.
        """
        return ScanRules(
            buy_at=self.debit_location,
            sell_at=self.quote_location,
            max_width=self.max_spread_width,
            min_net_credit=self.min_credit_threshold,
            rule="otm" if self.min_payoff_floor is None else "safe",
            min_payoff_floor=self.min_payoff_floor or 0.0,
            max_loss=self.max_loss,
            objective="credit" if self.objective is None else self.objective,
            prefer_atm=self.prefer_atm,
            tick_c=tick_c,
            fee_per_share=self.fee_per_share,
            top=top,
            liquidity=self.liquidity,
            gate=gate,
        )

    def find_best_credit_spread(
        self,
        debit_opportunity: tuple[SpreadLeg, SpreadLeg] | TwoPartOpportunity,
        available_options: ChainLike,
        underlying_price: float,
    ) -> tuple[SpreadLeg, SpreadLeg, float] | None:
        """The credit vertical that the settings allow with the most of their objective.

        Every strike lies at or beyond the debit's short strike (calls higher, puts lower).

        Args:
            debit_opportunity: (long leg, short leg), priced at `debit_location` of its natural
                market, or an opportunity, priced at its debit limit.
            available_options: the options of one expiration.
            underlying_price: dollars a share; NaN where unknown.

        Returns:
            (long leg, short leg, credit): the credit in dollars a share at `quote_location`, not
            rounded to a tick. None where no credit meets the settings, or where the debit is
            refused: crossed, or not between 0 and its width.

        Raises:
            ValueError: the legs are not a debit vertical; an option cannot be read, or is of
                another expiration or root.
        """
        priced = _paid_for(debit_opportunity, self.debit_location)
        if priced is None:
            return None
        long, short, paid = priced
        pair = debit_opportunity if isinstance(debit_opportunity, TwoPartOpportunity) else None
        try:
            chain = chain_from(
                available_options,
                symbol=pair.symbol if pair else "",
                expiration=long.expiration,
                underlying_price=underlying_price,
            )
        except NothingQuotedError:
            return None
        rules = self.scan_rules(tick_c=0)
        kernel = Scanner(chain.strikes).kernel(chain, rules)
        kernel.price(chain, rules)
        right = CALL if long.option_type == "call" else PUT
        debit = _beyond(chain, right, long.strike, short.strike, paid)
        best = best_credit(kernel, rules, debit, underlying_price)
        if best is None:
            return None
        return (
            leg_at(kernel, chain, right, best.long, "buy"),
            leg_at(kernel, chain, right, best.short, "sell"),
            round(best.price, 9),
        )


def _not_a_debit(long: float, short: float, right: OptionType) -> ValueError:
    text = f"buying {strike_text(long)} and selling {strike_text(short)}"
    return ValueError(f"{text} is not a {right} debit")


def _paid_for(
    debit: tuple[SpreadLeg, SpreadLeg] | TwoPartOpportunity, location: float
) -> tuple[SpreadLeg, SpreadLeg, float] | None:
    """Long leg, short leg and price of a debit; None where it must be refused."""
    long, short = debit.debit_legs if isinstance(debit, TwoPartOpportunity) else debit
    market = market_of(long, short)
    if (long.strike < short.strike) != (long.option_type == "call"):
        raise _not_a_debit(long.strike, short.strike, long.option_type)
    if not (long.bid <= long.ask and short.bid <= short.ask):
        return None
    if isinstance(debit, TwoPartOpportunity):
        paid = debit.debit_limit_c / 100
    else:
        paid = market.price_at(location)
    return (long, short, paid) if 0 < paid < market.width else None


def _beyond(chain: OptionChain, right: int, long: float, short: float, paid: float) -> Debit:
    """A debit whose strikes the options need not list, at the first positions beyond them."""
    if right == CALL:
        inner, outer = (int(np.searchsorted(chain.strikes, k - 1e-9)) for k in (long, short))
    else:
        listed = -chain.strikes[::-1]
        inner, outer = (int(np.searchsorted(listed, -k - 1e-9)) for k in (long, short))
    return Debit(right, inner, outer, round(abs(short - long), 6), paid)
