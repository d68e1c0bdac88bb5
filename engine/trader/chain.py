"""One symbol and expiration with the rules it is scanned by."""

from __future__ import annotations

import math
import threading
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from engine.config import DeskConfig
from engine.market.calendar import exchange_date
from engine.market.chain import OptionChain
from engine.market.clock import Clock
from engine.market.expirations import (
    ExpirationCategory,
    days_to_expiry,
    expiration_category,
    expiration_date,
)
from engine.market.fees import FeeSchedule
from engine.market.quotes.chains import ChainLike, chain_from
from engine.market.ticks import ContractTerms, combination_tick_c
from engine.pricing.credit import CreditMaximizer
from engine.pricing.kernel import Workspace
from engine.pricing.leg_prices import BlockedLegs
from engine.pricing.opportunity import TwoPartOpportunity
from engine.pricing.rules import LiquidityFilter, PriceGate, ScanRules
from engine.pricing.scanner import Scanner, ScanResult
from engine.trader.arms import AttemptValues

_PLAIN: Final = CreditMaximizer()

RULE_OF: Final = {
    "buy_location": "buy_at",
    "sell_location": "sell_at",
    "minimum_floor": "min_payoff_floor",
    "objective": "objective",
}
"""Settings that say by which rules pairs are chosen, and the rule each is."""


def by_the_other_objective(rules: ScanRules) -> ScanRules:
    """The same rules, the best pair being what the other objective takes for it."""
    return replace(rules, objective="credit" if rules.objective == "floor" else "floor")


def refuse_own_fees(maximizer: CreditMaximizer) -> None:
    """Raise where a maximizer of a trader sets fees: they are data, by root and contract.

    Raises:
        ValueError: it does.
    """
    if maximizer.fee_per_share != _PLAIN.fee_per_share:
        raise ValueError(
            f"fee_per_share is {maximizer.fee_per_share:g}, but a trader's fees come from the fee "
            "schedule of its root; leave it at 0"
        )


def trader_key(symbol: str, expiration: date) -> str:
    """The key every event, row and command names a trader by."""
    return f"{symbol} {expiration.isoformat()}"


class ScannedChain:
    """Scans one chain by the rules of its trader.

    Args:
        symbol: option root.
        expiration: exchange date, or a datetime (naive: exchange date; aware: converted).
        config: spread rules, ladder and limits.
        credit_maximizer: how the completing credit is chosen.
        clock: used only by the properties that speak of today.
        fees: what legs cost.
        terms: exercise, settlement and multiplier.
        workspace: scan buffers shared with others of the same thread.

    Attributes:
        rules, entry_rules, other_rules: of a scan; those of an entry, which takes the best pair
            alone; the same by the other objective.
        lock: held by every method that other threads may call.
    """

    def __init__(
        self,
        symbol: str,
        expiration: date | datetime,
        config: DeskConfig,
        credit_maximizer: CreditMaximizer,
        clock: Clock,
        fees: FeeSchedule,
        terms: ContractTerms,
        workspace: Workspace | None,
    ) -> None:
        self.symbol = symbol
        self.expiration = expiration_date(expiration)
        self.key = trader_key(symbol, self.expiration)
        self.config = config
        self.credit_maximizer = credit_maximizer
        self.fees = fees
        self.terms = terms
        self.lock = threading.RLock()
        self._clock = clock
        self._workspace = workspace
        self._scanner: Scanner | None = None
        self._own: dict[str, Any] = {}
        self._drawn: dict[tuple[Any, ...], ScanRules] = {}
        self.rebuild_rules()

    def __repr__(self) -> str:
        rules = self.rules
        return f"ScannedChain({self.key}, rule {rules.rule}, widest {rules.max_width:g} points)"

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

    def scan_opportunities(
        self, options: ChainLike, underlying_price: float = math.nan
    ) -> list[TwoPartOpportunity]:
        """The best credit for each debit of the chain, ranked by net credit, floor, fill estimate.

        Any thread may call it: it has buffers of its own, as the desk's traders share theirs.

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
            terms=self.terms,
        )
        with self.lock:
            rules = self.rules
        return list(Scanner(chain.strikes).scan(chain, rules))

    def scan(
        self,
        chain: OptionChain,
        rules: ScanRules,
        blocked_legs: BlockedLegs | None = None,
        dearest_c: int | None = None,
    ) -> ScanResult:
        """Scan a chain with this trader's buffers.

        Args:
            chain: quotes of this symbol and expiration.
            rules: which pairs count.
            blocked_legs: contracts that must not be bought, or not sold.
            dearest_c: cents a share above which debits are left out; None for no limit.
        """
        return self.scanner_for(chain).scan(chain, rules, None, blocked_legs, dearest_c)

    def scanner_for(self, chain: OptionChain) -> Scanner:
        """The scanner with this trader's buffers; new strikes get new ones."""
        if self._scanner is None or not self._scanner.fits(chain):
            self._scanner = Scanner(chain.strikes, self._workspace)
        return self._scanner

    def use_maximizer(self, maximizer: CreditMaximizer) -> None:
        """Choose credits so from now on."""
        self.credit_maximizer = maximizer
        self.rebuild_rules()

    def choose_by(self, setting: str, value: Any) -> None:
        """Choose pairs by another value from now on.

        Args:
            setting: buy_location, sell_location, minimum_floor or objective.
            value: quote location, dollars a share, or "credit" or "floor".
        """
        self._own[RULE_OF[setting]] = value
        self.rebuild_rules()

    def rules_for(self, values: AttemptValues) -> ScanRules:
        """The rules of an entry whose attempt has settings of its own."""
        if not values.chooses:
            return self.entry_rules
        drawn = values.buy_at, values.sell_at, values.minimum_floor, values.objective
        rules = self._drawn.get(drawn)
        if rules is None:
            names = ("buy_at", "sell_at", "min_payoff_floor", "objective")
            changes: dict[str, Any] = {
                name: value for name, value in zip(names, drawn, strict=True) if value is not None
            }
            rules = self._drawn[drawn] = replace(self.entry_rules, **changes)
        return rules

    def rebuild_rules(self) -> None:
        """Derive the scan rules again after the settings or the maximizer changed.

        Raises:
            ValueError: the maximizer sets fees.
        """
        refuse_own_fees(self.credit_maximizer)
        spreads, maximizer, plain = self.config.spreads, self.credit_maximizer, _PLAIN
        # What the maximizer leaves at its default is the desk's setting; what it sets holds.
        floor, cap = maximizer.min_payoff_floor, maximizer.max_loss
        buy_at, sell_at = maximizer.debit_location, maximizer.quote_location
        limits, ladder = self.config.limits, self.config.ladder
        self.tick_c = combination_tick_c(self.symbol)
        self.pair_fee_c = self.fees.pair_fee_c(1, self.symbol)
        self.rules = ScanRules(
            buy_at=spreads.buy_location if buy_at == plain.debit_location else buy_at,
            sell_at=spreads.sell_location if sell_at == plain.quote_location else sell_at,
            max_width=maximizer.max_spread_width,
            min_net_credit=max(
                spreads.min_credit_threshold, maximizer.min_credit_threshold, limits.min_net_edge
            ),
            rule=spreads.rule if floor is None else "safe",
            min_payoff_floor=spreads.min_payoff_floor if floor is None else floor,
            max_loss=spreads.max_loss_usd if cap is None else cap,
            objective=spreads.objective if maximizer.objective is None else maximizer.objective,
            prefer_atm=maximizer.prefer_atm,
            tick_c=self.tick_c,
            fee_per_share=self.pair_fee_c / 100 / self.terms.multiplier,
            liquidity=LiquidityFilter(
                min_volume=spreads.min_volume,
                min_open_interest=spreads.min_open_interest,
                max_quote_width=spreads.max_quote_width or math.inf,
            )
            if maximizer.liquidity == plain.liquidity
            else maximizer.liquidity,
            gate=PriceGate(unwind_fraction=ladder.unwind_fraction, unwind_cap=ladder.unwind_cap),
        )
        if self._own:
            self.rules = replace(self.rules, **self._own)
        self.entry_rules = replace(self.rules, top=1)
        self.other_rules = by_the_other_objective(self.entry_rules)
        self._drawn.clear()
