"""Under which terms held contracts are exercised and settled."""

from __future__ import annotations

from dataclasses import replace

from engine.market.ticks import ContractTerms, contract_terms
from engine.runtime.context import DeskContext


def terms_of(context: DeskContext, chain: str) -> ContractTerms:
    """The terms under which a chain was added; those of its root where it never was.

    Of a chain that was removed, when it settles is its root's.

    Args:
        context: the desk's shared parts.
        chain: root and ISO date with a blank between, a trader's key.
    """
    trader = context.traders.get(chain)
    if trader is not None:
        return trader.chain.terms
    terms, totals = contract_terms(chain.partition(" ")[0]), context.state.traders.get(chain)
    if totals is None:
        return terms
    return replace(
        terms,
        style="european" if totals.style == "european" else "american",
        settlement="cash" if totals.settlement == "cash" else "physical",
        multiplier=totals.multiplier,
    )
