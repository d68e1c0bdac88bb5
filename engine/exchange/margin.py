"""What the simulated account keeps back: the most that positions and working orders can take."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from engine.brokers.protocol import ContractPosition
from engine.exchange.matching.orders import ExchangeOrder
from engine.market.legs import right_letter
from engine.market.ticks import contract_terms
from engine.orders.types import OrderRequest
from engine.risk.worst_case import HeldLine

UNCOVERED_C = 10**9
"""What a short contract without a long of its right takes: more than an account has."""


def margin_c(
    positions: Iterable[ContractPosition], orders: Iterable[tuple[str, ExchangeOrder]]
) -> int:
    """Cents kept back: of each chain the worst that it can be worth, of each order its own.

    Args:
        positions: every contract held.
        orders: every order that may still execute.
    """
    chains: dict[tuple[str, date], dict[tuple[str, float], int]] = defaultdict(dict)
    for row in positions:
        chains[row.symbol, row.expiration][right_letter(row.right), row.strike] = row.quantity
    kept_c = 0
    for (symbol, _), held in chains.items():
        worst_c = HeldLine(held, contract_terms(symbol).multiplier).worst_c(0, ())
        kept_c += UNCOVERED_C if math.isinf(worst_c) else round(max(0.0, -worst_c))
    for _, order in orders:
        kept_c += _order_c(order.request) * (order.request.quantity - order.filled)
    return kept_c


def _order_c(request: OrderRequest) -> int:
    """What one combination of an order can take: its debit, or its width less its credit."""
    if request.pays:
        return request.limit_c * request.multiplier
    bought, sold = request.legs
    width_c = round(abs(bought.strike - sold.strike) * 100)
    return max(0, width_c - request.limit_c) * request.multiplier
