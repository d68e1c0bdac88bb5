"""Which pairs a scan may choose: prices, filters and gates, as data."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from engine.config.bounds import MOST_A_SHARE, MOST_USD, MOST_VOLUME

Rule = Literal["any", "otm", "safe"]
Objective = Literal["credit", "floor"]


@dataclass(frozen=True, slots=True)
class LiquidityFilter:
    """Which contracts may be traded at all.

    An unknown volume or open interest passes, and is counted as unknown.

    Args:
        min_volume, min_open_interest: contracts.
        max_quote_width: ask minus bid of one contract, dollars a share.
        require_bid_on_sold_legs: refuse to sell a contract without a bid.
        refuse_crossed: refuse a contract whose bid is above its ask.
        require_offer: refuse a contract with an ask of 0: nobody offers it, whatever the bid says.
        refuse_contradicted: refuse a contract that the quotes of other strikes contradict
            (`engine.pricing.contradictions`).
    """

    min_volume: float = 0.0
    min_open_interest: float = 0.0
    max_quote_width: float = math.inf
    require_bid_on_sold_legs: bool = True
    refuse_crossed: bool = True
    require_offer: bool = True
    refuse_contradicted: bool = True

    @property
    def is_plain(self) -> bool:
        """Whether it asks only for sound quotes, and for a bid on what is sold."""
        return (
            self.refuse_crossed
            and self.require_offer
            and self.refuse_contradicted
            and self.require_bid_on_sold_legs
            and self.max_quote_width == math.inf
            and self.min_volume <= 0
            and self.min_open_interest <= 0
        )


@dataclass(frozen=True, slots=True)
class PriceGate:
    """The risk gate's price requirements for a pair, applied before ranking.

    Args:
        min_margin_c: cents a share by which the credit limit must exceed debit plus fees.
        unwind_fraction: loss accepted on an unwind, as a share of the debit ...
        unwind_ticks: ... but at least this many ticks ...
        unwind_cap: ... and never more than this share of the debit.
        inside_market: limits must lie inside the natural market of their vertical.
    """

    min_margin_c: int = 1
    unwind_fraction: float = 0.25
    unwind_ticks: int = 2
    unwind_cap: float = 0.5
    inside_market: bool = True

    def unwind_loss(self, debit: float, tick: float) -> float:
        """Loss accepted on an unwind, in the units of `debit` and `tick`."""
        return min(
            max(self.unwind_ticks * tick, self.unwind_fraction * debit), self.unwind_cap * debit
        )


@dataclass(frozen=True, slots=True)
class ScanRules:
    """The rules by which the best credit of a debit is chosen.

    Args:
        buy_at, sell_at: quote locations of debits and credits, 0 the natural bid, 1 the ask.
        max_width: widest vertical, points.
        min_net_credit: dollars a share after fees.
        rule: "any" credit of the chain; "otm", every strike at or beyond the debit's short
            strike; "safe", the same and a payoff floor of at least `min_payoff_floor`.
        min_payoff_floor: dollars a share after fees; used by "safe" alone.
        max_loss: dollars a share after fees that no terminal price may exceed; None for no cap.
        objective: what the best pair has the most of: net "credit", or payoff "floor".
        sane: refuse a debit or a credit outside (0, width).
        prefer_atm: among credits within one tick take the short strike nearest the underlying;
            where the floor is the objective, among pairs of equal floor.
        tick_c: cents; 0 prices without rounding, for reference only.
        fee_per_share: dollars a share for the four legs of a pair.
        top: rows kept.
        liquidity: which contracts may be traded.
        gate: price gates of the risk gate; None for none.

    Raises:
        ValueError: a figure outside its range, named.
    """

    buy_at: float = 0.35
    sell_at: float = 0.65
    max_width: float = 10.0
    min_net_credit: float = 0.0
    rule: Rule = "safe"
    min_payoff_floor: float = 0.0
    max_loss: float | None = None
    objective: Objective = "credit"
    sane: bool = True
    prefer_atm: bool = True
    tick_c: int = 1
    fee_per_share: float = 0.0
    top: int = 50
    liquidity: LiquidityFilter = field(default_factory=LiquidityFilter)
    gate: PriceGate | None = None

    def __post_init__(self) -> None:
        for name, low, high in (
            ("buy_at", 0.0, 1.0),
            ("sell_at", 0.0, 1.0),
            ("max_width", 0.0, MOST_A_SHARE),
            ("min_net_credit", -MOST_USD, MOST_A_SHARE),
            ("min_payoff_floor", -MOST_USD, MOST_A_SHARE),
            ("fee_per_share", 0.0, MOST_A_SHARE),
            ("tick_c", 0, 100),
            ("top", 1, MOST_VOLUME),
        ):
            if not low <= getattr(self, name) <= high:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be {low} to {high}")
        if not self.max_width > 0:
            raise ValueError(f"max_width is {self.max_width}; it must be positive")
        if self.rule not in ("any", "otm", "safe"):
            raise ValueError(f"rule is {self.rule!r}; it must be 'any', 'otm' or 'safe'")
        if self.objective not in ("credit", "floor"):
            raise ValueError(f"objective is {self.objective!r}; it must be 'credit' or 'floor'")

    @property
    def least_net(self) -> float:
        """The least net credit after fees, dollars a share, with the gate's margin."""
        margin = self.gate.min_margin_c / 100 if self.gate else -math.inf
        return max(self.min_net_credit, margin)

    @property
    def least_floor(self) -> float:
        """The same with the gate's margin: a wider credit must bring the difference of the widths.

        Every stage of the ladder asks for it under the rule "safe", so a pair that cannot bring it
        is not begun.
        """
        floor = self.asked_floor
        return max(floor, self.gate.min_margin_c / 100) if self.gate and self._is_safe else floor

    @property
    def _is_safe(self) -> bool:
        return self.rule == "safe"

    @property
    def asked_floor(self) -> float:
        """The least payoff floor after fees, dollars a share; -inf where none is asked."""
        floor = self.min_payoff_floor if self._is_safe else -math.inf
        return floor if self.max_loss is None else max(floor, -self.max_loss)

    @property
    def units_per_dollar(self) -> float:
        """Ticks in a dollar; one where prices are not rounded."""
        return 100 / self.tick_c if self.tick_c else 1.0

    @property
    def slack(self) -> float:
        """The difference below which two prices are equal, in price units."""
        return 1e-7 if self.tick_c else 1e-9
