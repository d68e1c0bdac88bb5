"""Early assignment in the session: somebody exercises a contract that the account is short."""

from __future__ import annotations

from collections.abc import Iterable

from engine.brokers.protocol import ContractPosition
from engine.exchange.faults.chance import Faults
from engine.exchange.matching.venue import MatchingEngine
from engine.market.legs import OptionType
from engine.market.ticks import contract_terms


def assignable(rows: Iterable[ContractPosition]) -> list[ContractPosition]:
    """The shorts among positions that their holders may exercise before expiration."""
    return [
        row
        for row in rows
        if row.quantity < 0
        and contract_terms(row.symbol).style == "american"
        and contract_terms(row.symbol).settlement == "physical"
    ]


def assign_one(venue: MatchingEngine, faults: Faults, at_s: float) -> bool:
    """Assign some or all contracts of one short position; False where there is none.

    Args:
        venue: the exchange; it settles, books and tells it.
        faults: chance.
        at_s: epoch seconds.
    """
    shorts = assignable(venue.ledger.positions())
    if venue.clearing is None or not shorts:
        return False
    row = shorts[faults.index("assigned/which", len(shorts))]
    contracts = 1 + faults.index("assigned/how many", -row.quantity)
    right: OptionType = "call" if row.right == "call" else "put"
    venue.clearing.assign(row.symbol, row.expiration, right, row.strike, contracts, at_s)
    return True
