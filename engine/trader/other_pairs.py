"""Whether an order would close contracts that another pair of the chain holds.

Pairs of one chain share strikes, and an account holds one position of each contract: buying what
another pair is short closes that pair's leg, and its floor holds no more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from engine.book.contracts import contract_key
from engine.market.legs import OptionType
from engine.pricing.opportunity import TwoPartOpportunity

if TYPE_CHECKING:
    from engine.expiration_trader import ExpirationTrader
    from engine.trader.legged_unit import LeggedUnit


class OtherPairs:
    """What the account holds of one chain beside a unit of it.

    Args:
        trader: whose chain it is.
    """

    def __init__(self, trader: ExpirationTrader) -> None:
        self._trader = trader

    def pair_closes(self, pair: TwoPartOpportunity) -> bool:
        """Whether the debit, or the credit leaned on, would close a leg of another pair."""
        return self._closes(pair.right, pair.debit_long, pair.debit_short, None) or self._closes(
            pair.right, pair.credit_long, pair.credit_short, None
        )

    def credit_closes(self, unit: LeggedUnit, short: float, long: float) -> bool:
        """Whether a credit for the unit would close a leg of another pair than its own."""
        return self._closes(unit.right, long, short, unit)

    def _closes(self, right: OptionType, buy: float, sell: float, own: LeggedUnit | None) -> bool:
        return self._held(right, buy, own) < 0 or self._held(right, sell, own) > 0

    def _held(self, right: OptionType, strike: float, own: LeggedUnit | None) -> int:
        """Contracts that other pairs hold, netted as the account nets them."""
        trader = self._trader
        key = contract_key(trader.symbol, trader.expiration, right, strike)
        held = trader.contracts.held(key)
        if own is None or not held:
            return held
        return held - sum(leg.quantity for leg in own.payoff_legs() if leg.strike == strike)
