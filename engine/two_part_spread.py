"""The strategy on one chain, by hand or with a callback: scan, buy a debit, sell its credit.

For notebooks and for one person watching one chain. Nothing here waits, retries or reads a clock:
the caller feeds chains and fills, on one thread. ArbitrageExecutor is the form that trades.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime

from engine.config.argument_names import names_what_was_meant
from engine.learning.fill_statistics import SessionFillStatistics
from engine.market.chain import OptionChain
from engine.market.fees import FeeSchedule
from engine.market.legs import SpreadLeg
from engine.market.quotes.chains import ChainLike, chain_from
from engine.market.ticks import combination_tick_c, contract_terms
from engine.pricing.credit import CreditMaximizer, best_credit_for
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import PriceGate, ScanRules
from engine.pricing.scanner import Scanner
from engine.two_part.booking import TwoPartBooking
from engine.two_part.position import TwoPartPosition, TwoPartState

OrderCallback = Callable[[str, tuple[SpreadLeg, SpreadLeg], int, float, date], object]
"""(symbol, legs, quantity, limit_price, expiration) to an order id, as the executor calls it."""

__all__ = [
    "SessionFillStatistics",
    "TwoPartPosition",
    "TwoPartSpreadStrategy",
    "TwoPartState",
]


class TwoPartSpreadStrategy(TwoPartBooking):
    """One chain's two-part spreads, one at a time; single-threaded.

    Args:
        symbol: option root; decides tick, multiplier and style.
        expiration: exchange date; aware datetimes are converted to New York.
        order_callback: sends an order and returns its id; without it orders are placed by hand.
        contracts: ordered at a time.
        credit_maximizer: which pairs qualify, and at what prices; by default no terminal price
            may lose after fees. Its `fee_per_share` is set from `fees`.
        fees: per leg and contract.
        gate: further price gates of the scan; None for none.
        min_fill_rate: below it, from 20 of the last 50 attempts on, no new attempt.
        max_imbalance: open debit contracts.

    Raises:
        ValueError: a setting out of range, named.
    """

    @names_what_was_meant
    def __init__(
        self,
        symbol: str,
        expiration: date | datetime,
        order_callback: OrderCallback | None = None,
        *,
        contracts: int = 1,
        credit_maximizer: CreditMaximizer | None = None,
        fees: FeeSchedule | None = None,
        gate: PriceGate | None = None,
        min_fill_rate: float = 0.25,
        max_imbalance: int = 5,
    ) -> None:
        if contracts < 1:
            raise ValueError(f"contracts is {contracts}; it must be 1 or more")
        super().__init__(symbol, expiration, max_imbalance)
        self.contracts = contracts
        self.credit_maximizer = credit_maximizer or CreditMaximizer(min_payoff_floor=0.0)
        self.fees = fees or FeeSchedule()
        self.gate = gate
        self.min_fill_rate = min_fill_rate
        self._order_callback = order_callback
        self._terms = contract_terms(symbol)
        self._scanner: Scanner | None = None

    def __repr__(self) -> str:
        chain = f"{self.symbol} {self.expiration}"
        return f"TwoPartSpreadStrategy({chain}, {self.state}, {self.balance})"

    def scan_debit_opportunities(
        self, options: ChainLike, underlying_price: float, top: int = 50
    ) -> list[TwoPartOpportunity]:
        """Debits with the best credit for each, ranked by net credit, floor, fill estimate.

        Args:
            options: an OptionChain, SpreadLegs or mappings of this chain.
            underlying_price: dollars a share; NaN where unknown.
            top: rows returned at most.

        Raises:
            ValueError: the options cannot be read or belong to another expiration.
        """
        chain = self._chain(options, underlying_price)
        return self._scanner_of(chain).scan(chain, self._rules(chain.multiplier, top)).top()

    def match_credit(
        self, options: ChainLike, underlying_price: float
    ) -> TwoPartOpportunity | None:
        """The best credit now for the debit that filled, at its filled price; None for none.

        The settings of the scan apply to it too. Where the debit's strikes are quoted no more there
        is none.

        Raises:
            ValueError: no debit contract is waiting for its credit.
        """
        position = self._in(TwoPartState.LEGGED)
        chain = self._chain(options, underlying_price)
        rules = self._rules(chain.multiplier)
        pair = position.opportunity
        if not {pair.debit_long, pair.debit_short} <= set(chain.strike_list):
            return None
        return best_credit_for(
            chain,
            pair.debit_long,
            pair.debit_short,
            pair.right,
            rules,
            paid_c=position.debit_price_c,
            scanner=self._scanner_of(chain),
        )

    def should_attempt_trade(self, opportunity: TwoPartOpportunity | None = None) -> bool:
        """Whether a new debit may be tried now; `why_not` says why not."""
        return not self.why_not(opportunity)

    def why_not(self, opportunity: TwoPartOpportunity | None = None) -> str:
        """The first reason not to try a new debit, as a sentence; empty where there is none.

        Args:
            opportunity: the pair that would be tried; None asks about the strategy alone.
        """
        if self.state not in (TwoPartState.SCANNING, TwoPartState.COMPLETE):
            return f"the position is {self.state}: finish it first"
        if not self._balancer.can_add_debit(self.symbol, self.expiration, self.contracts):
            net = self.balance.net_contracts
            return f"{net} open contracts leave no room for {self.contracts} more"
        if self._window.should_pause(self.min_fill_rate):
            return (
                f"only {self._window.fills} of the last {self._window.attempts} attempts filled; "
                "call clear_fill_window() after a pause"
            )
        if opportunity is not None:
            if (opportunity.symbol, opportunity.expiration) != (self.symbol, self.expiration):
                return f"the opportunity is for {opportunity.symbol} {opportunity.expiration}"
            if opportunity.net_edge < self.credit_maximizer.min_credit_threshold - 1e-9:
                return f"net credit after fees {opportunity.net_edge:.4f} is too low"
            least = self.credit_maximizer.min_payoff_floor
            if least is not None and opportunity.floor < least - 1e-9:
                return f"payoff floor {opportunity.floor:.4f} is below {least:g}"
        return ""

    def open_debit(self, opportunity: TwoPartOpportunity) -> TwoPartPosition:
        """Order the debit of an opportunity; the position is then DEBIT_WORKING.

        Raises:
            ValueError: `why_not` names a reason.
        """
        reason = self.why_not(opportunity)
        if reason:
            raise ValueError(f"no debit now: {reason}")
        position = TwoPartPosition(opportunity, self.contracts)
        self.position = position
        self._order(opportunity.debit_legs, position.contracts, opportunity.debit_limit_c)
        return position

    def open_credit(self, matched: TwoPartOpportunity) -> TwoPartPosition:
        """Order the credit for every legged contract.

        Args:
            matched: from `match_credit`, or the opportunity itself.

        Raises:
            ValueError: no contract is legged, or the credit belongs to another debit.
        """
        position = self._in(TwoPartState.LEGGED)
        mine, pair = position.opportunity, matched
        if (pair.right, pair.debit_long, pair.debit_short) != (
            mine.right,
            mine.debit_long,
            mine.debit_short,
        ):
            raise ValueError("this credit was matched to another debit")
        former = (mine.credit_short, mine.credit_long)
        if position.credit_filled and (pair.credit_short, pair.credit_long) != former:
            raise ValueError("part of another credit has filled; complete with the same one")
        position.credit_ordered(matched)
        self._order(matched.credit_legs, position.credit_working, matched.credit_limit_c)
        return position

    def step(self, options: ChainLike, underlying_price: float) -> TwoPartPosition | None:
        """Take the next step with fresh quotes: open the best debit, or a filled debit's credit.

        Returns:
            The position; unchanged while an order works or where nothing qualifies.
        """
        if self.state is TwoPartState.LEGGED:
            matched = self.match_credit(options, underlying_price)
            if matched is not None:
                self.open_credit(matched)
        elif self.should_attempt_trade():
            for opportunity in self.scan_debit_opportunities(options, underlying_price, top=1):
                self.open_debit(opportunity)
        return self.position

    def _rules(self, multiplier: int, top: int = 50) -> ScanRules:
        fee = self.fees.pair_fee_per_share(self.symbol, multiplier)
        return replace(self.credit_maximizer, fee_per_share=fee).scan_rules(
            tick_c=combination_tick_c(self.symbol), gate=self.gate, top=top
        )

    def _order(self, legs: tuple[SpreadLeg, SpreadLeg], quantity: int, limit_c: int) -> None:
        if self._order_callback is not None and self.position is not None:
            order = self._order_callback(
                self.symbol, legs, quantity, limit_c / 100, self.expiration
            )
            self.position.order_placed(order)

    def _chain(self, options: ChainLike, underlying_price: float) -> OptionChain:
        chain = chain_from(
            options,
            symbol=self.symbol,
            expiration=self.expiration,
            underlying_price=underlying_price,
        )
        if chain is not options:
            chain.take_terms(self._terms)
        elif (chain.symbol, chain.expiration) != (self.symbol, self.expiration):
            raise ValueError(
                f"the chain is {chain.symbol} {chain.expiration}, not {self.symbol} "
                f"{self.expiration}"
            )
        return chain

    def _scanner_of(self, chain: OptionChain) -> Scanner:
        if self._scanner is None or not self._scanner.fits(chain):
            self._scanner = Scanner(chain.strikes)
        return self._scanner
