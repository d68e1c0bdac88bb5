"""Contracts that a new pair or another credit may not buy, or not sell, whatever they cost."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from engine.book.contract_keys import ContractKey, contract_key
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.ticks import canonical_root
from engine.pricing.contradictions import Bools
from engine.pricing.early_exercise import ExerciseTerms, assignable
from engine.pricing.leg_prices import BlockedLegs, unsold_too
from engine.trader.context import TraderContext
from engine.trader.legged_unit import LeggedUnit


class BlockedContracts:
    """Which contracts of a chain an order may not buy, or not sell.

    Pairs of one chain share strikes, and an account holds one position of each contract: buying
    what another pair is short closes that pair's leg, and its floor no longer holds. What is
    external is neither bought nor sold. Where the
    limits say so, contracts that may be exercised early at no loss are not sold either.

    Args:
        context: whose chain it is, what the account holds, and the limits.
    """

    def __init__(self, context: TraderContext) -> None:
        self._context = context
        self._symbol = context.chain.symbol
        self._expiration = context.chain.expiration.isoformat()
        self._known: tuple[object, int, object] | None = None
        self._strikes: object = None
        self._columns: dict[float, int] = {}
        self._blocked: BlockedLegs | None = None

    def of_an_entry(self, chain: OptionChain) -> BlockedLegs | None:
        """What a new pair must leave alone; None where nothing."""
        return unsold_too(self.of_other_pairs(chain), self._assignable(chain))

    def of_another_credit(self, chain: OptionChain, own: LeggedUnit) -> BlockedLegs | None:
        """What another credit of an open unit must leave alone; None where nothing.

        A unit for which no credit was ever planned takes one that may be assigned: a debit left
        alone is worse.
        """
        assignable = self._assignable(chain) if own.planned else None
        return unsold_too(self.of_other_pairs(chain, own), assignable)

    def _assignable(self, chain: OptionChain) -> Bools | None:
        """Contracts that may be exercised early at no loss; None where none, or nobody asks."""
        context = self._context
        limits = context.gate.limits
        if not limits.refuses_assignable:
            return None
        terms = ExerciseTerms(
            limits.interest_rate,
            context.config.dividend_yield(canonical_root(chain.symbol)),
            limits.assignment_width_share,
        )
        days = (context.chain.expiration - context.session.phase.session_date).days
        return assignable(chain, terms, days)

    def of_other_pairs(
        self, chain: OptionChain, own: LeggedUnit | None = None
    ) -> BlockedLegs | None:
        """What other pairs hold, which a new pair, or another credit of `own`, leaves alone.

        Args:
            chain: whose strikes the answer is about.
            own: its legs are not another pair's; quantities are netted as the account nets them.
        """
        held = self._context.contracts.chain(self._symbol, self._expiration)
        if own is not None:
            others = self._without(held.quantities, own)
            return _blocked_legs(self._columns_of(chain), others, held.external)
        known, changes = self._known, held.changes
        if known and known[0] is held and known[1] == changes and known[2] is chain.strikes:
            return self._blocked
        self._blocked = _blocked_legs(self._columns_of(chain), dict(held.quantities), held.external)
        self._known = held, changes, chain.strikes
        return self._blocked

    def _columns_of(self, chain: OptionChain) -> dict[float, int]:
        """The chain's columns by strike; strikes seldom change."""
        if chain.strikes is not self._strikes:
            self._strikes = chain.strikes
            self._columns = {strike: column for column, strike in enumerate(chain.strike_list)}
        return self._columns

    def _without(self, held: Mapping[ContractKey, int], own: LeggedUnit) -> dict[ContractKey, int]:
        others = dict(held)
        for leg in own.payoff_legs():
            key = contract_key(self._symbol, self._expiration, leg.right, leg.strike)
            others[key] = others.get(key, 0) - leg.quantity
        return others


def _blocked_legs(
    columns: Mapping[float, int],
    held: Mapping[ContractKey, int],
    external: Mapping[ContractKey, int],
) -> BlockedLegs | None:
    """What may not be bought or sold: what would close a leg; of external contracts, anything.

    `columns` of the chain by strike.
    """
    if not held and not external:
        return None
    shape = 2, len(columns)
    unbought, unsold = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
    for key, quantity in held.items():
        column = columns.get(key.strike)
        if not quantity or column is None:
            continue  # no order for a strike that is not listed
        side = unbought if quantity < 0 else unsold
        side[CALL if key.right == "C" else PUT, column] = True
    for key in external:
        column = columns.get(key.strike)
        if column is not None:
            row = CALL if key.right == "C" else PUT
            unbought[row, column] = unsold[row, column] = True
    return BlockedLegs(unbought, unsold)
