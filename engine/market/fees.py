"""Commissions and exchange fees as data, in exact cents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from engine.config.broker import DEFAULT, LegFeeSettings
from engine.market.ticks import canonical_root

LEGS_OF_A_VERTICAL: Final = 2
LEGS_OF_A_PAIR: Final = 4


@dataclass(frozen=True, slots=True)
class LegFee:
    """The charge for one contract of one leg, in cents."""

    commission_c: int = 65
    exchange_c: int = 3

    @property
    def total_c(self) -> int:
        """Commission and exchange fee together, in cents."""
        return self.commission_c + self.exchange_c


@dataclass(frozen=True, slots=True)
class FeeSchedule:
    """The fees of one broker.

    Args:
        default: the fee of roots that `by_root` does not name.
        by_root: other fees by option root, such as {"SPX": LegFee(65, 60)}.
    """

    default: LegFee = LegFee()
    by_root: Mapping[str, LegFee] = field(default_factory=lambda: MappingProxyType({}))

    def leg_c(self, root: str = "") -> int:
        """Cents for one contract of one leg."""
        return self.by_root.get(canonical_root(root), self.default).total_c

    def vertical_fee_c(self, contracts: int, root: str = "") -> int:
        """Cents for both legs of `contracts` verticals."""
        return LEGS_OF_A_VERTICAL * contracts * self.leg_c(root)

    def pair_fee_c(self, contracts: int, root: str = "") -> int:
        """Cents for all four legs of `contracts` two-part spreads."""
        return LEGS_OF_A_PAIR * contracts * self.leg_c(root)

    def pair_fee_per_share(self, root: str = "", multiplier: int = 100) -> float:
        """Dollars per share that one two-part spread must earn to pay its fees."""
        return self.pair_fee_c(1, root) / 100 / multiplier


def schedule_of(settings: Mapping[str, LegFeeSettings]) -> FeeSchedule:
    """The fees that the settings name, by option root and "default"."""
    fees = {name: LegFee(each.commission_c, each.exchange_c) for name, each in settings.items()}
    default = fees.pop(DEFAULT, LegFee())
    return FeeSchedule(default, {canonical_root(root): fee for root, fee in fees.items()})


NO_FEES: Final = FeeSchedule(LegFee(0, 0))
