"""What completed pairs have in common, whatever money they brought."""

from __future__ import annotations

from typing import NamedTuple

from engine.book.settlement import intrinsic_c

Like = tuple[int, ...]
"""Terms, contracts and strikes of a row, by their numbers: the same of pairs that are alike."""


class Alike(NamedTuple):
    """What pairs have in common: right, dollars a contract per point, shape, contracts, strikes."""

    right: str
    multiplier: int
    shape: str
    contracts: int
    buy: float
    sell: float
    credit_buy: float
    credit_sell: float

    def worst_c(self) -> int:
        """The least that the legs come to over all terminal prices, in cents."""
        buy, sell, credit_buy, credit_sell = self[4:]
        least = min(
            intrinsic_c(self.right, buy, price_c)
            - intrinsic_c(self.right, sell, price_c)
            + intrinsic_c(self.right, credit_buy, price_c)
            - intrinsic_c(self.right, credit_sell, price_c)
            for price_c in {0, *(round(strike * 100) for strike in self[4:])}
        )
        return least * self.multiplier * self.contracts
