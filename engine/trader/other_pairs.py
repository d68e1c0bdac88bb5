"""Which contracts of a chain an order may not buy, or not sell, because other pairs hold them.

Pairs of one chain share strikes, and an account holds one position of each contract: buying what
another pair is short closes that pair's leg, and its floor holds no more (EXECUTION, section 9).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from engine.book.contracts import ContractKey, contract_key
from engine.market.chain import CALL, PUT, OptionChain
from engine.pricing.leg_prices import BlockedLegs

if TYPE_CHECKING:
    from engine.trader.legged_unit import LeggedUnit
    from engine.trader.trader import ExpirationTrader


class HeldPairs:
    """What the account holds of one chain beside an order that would go out.

    Args:
        trader: whose chain it is.
    """

    def __init__(self, trader: ExpirationTrader) -> None:
        self._trader = trader
        self._expiration = trader.expiration.isoformat()
        self._known: tuple[object, int, object] | None = None
        self._blocked: BlockedLegs | None = None

    def blocked(self, chain: OptionChain, own: LeggedUnit | None = None) -> BlockedLegs | None:
        """What a new pair, or another credit of `own`, must leave alone; None where nothing.

        Args:
            chain: whose strikes the answer is about.
            own: its legs are not another pair's; quantities are netted as the account nets them.
        """
        trader = self._trader
        held = trader.contracts.chain(trader.symbol, self._expiration)
        changes = held.changes
        if own is None:
            known = self._known
            if known and known[0] is held and known[1] == changes and known[2] is chain.strikes:
                return self._blocked
        quantities = tuple(held.quantities.items())
        if own is not None:
            quantities = self._without(quantities, own)
            return _blocked_legs(chain, quantities)
        self._blocked = _blocked_legs(chain, quantities)
        self._known = held, changes, chain.strikes
        return self._blocked

    def _without(
        self, held: Iterable[tuple[ContractKey, int]], own: LeggedUnit
    ) -> tuple[tuple[ContractKey, int], ...]:
        others = dict(held)
        for leg in own.payoff_legs():
            key = contract_key(self._trader.symbol, self._expiration, leg.right, leg.strike)
            others[key] = others.get(key, 0) - leg.quantity
        return tuple(others.items())


def _blocked_legs(
    chain: OptionChain, held: tuple[tuple[ContractKey, int], ...]
) -> BlockedLegs | None:
    if not held:
        return None
    columns = {strike: column for column, strike in enumerate(chain.strikes.tolist())}
    shape = 2, len(columns)
    unbought, unsold = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for key, quantity in held:
        column = columns.get(key.strike)
        if not quantity or column is None:
            continue  # no order for a strike that is not listed
        side = unbought if quantity < 0 else unsold
        side[CALL if key.right == "C" else PUT, column] = True
    return BlockedLegs(unbought, unsold)
