"""Legdesk's engine: two-part option spreads, traded by one trader per symbol and expiration.

The names of the specification are importable from here; each is loaded when first used, so that
importing the package costs nothing and needs no screen.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from engine.arbitrage_executor import ArbitrageExecutor as ArbitrageExecutor
    from engine.arbitrage_executor import create_arbitrage_executor as create_arbitrage_executor
    from engine.book.balance import PositionBalance as PositionBalance
    from engine.book.balance import PositionSummary as PositionSummary
    from engine.book.balancer import PositionBalancer as PositionBalancer
    from engine.config import SizingParameters as SizingParameters
    from engine.config import TimingParameters as TimingParameters
    from engine.learning.metrics import OptimizationMetrics as OptimizationMetrics
    from engine.market.chain import OptionChain as OptionChain
    from engine.market.expirations import ExpirationCategory as ExpirationCategory
    from engine.market.expirations import standard_expiration as standard_expiration
    from engine.market.legs import SpreadLeg as SpreadLeg
    from engine.market.phases import TradingPhase as TradingPhase
    from engine.market.ticks import ContractTerms as ContractTerms
    from engine.orders.types import OrderReport as OrderReport
    from engine.orders.types import OrderResult as OrderResult
    from engine.orders.types import ReportKind as ReportKind
    from engine.pricing.credit import CreditMaximizer as CreditMaximizer
    from engine.pricing.opportunity import TwoPartOpportunity as TwoPartOpportunity
    from engine.runtime.requests.settings import OptimizedSettings as OptimizedSettings
    from engine.runtime.views.status import ExecutorStatus as ExecutorStatus
    from engine.runtime.views.status import TraderStatus as TraderStatus
    from engine.trader.trader import ExpirationTrader as ExpirationTrader
    from engine.two_part_spread import TwoPartSpreadStrategy as TwoPartSpreadStrategy

__version__ = "0.1.0"

_HOMES = {
    "ArbitrageExecutor": "engine.arbitrage_executor",
    "ContractTerms": "engine.market.ticks",
    "CreditMaximizer": "engine.pricing.credit",
    "ExecutorStatus": "engine.runtime.views.status",
    "ExpirationCategory": "engine.market.expirations",
    "ExpirationTrader": "engine.trader.trader",
    "OptimizationMetrics": "engine.learning.metrics",
    "OptimizedSettings": "engine.runtime.requests.settings",
    "OptionChain": "engine.market.chain",
    "OrderReport": "engine.orders.types",
    "OrderResult": "engine.orders.types",
    "PositionBalance": "engine.book.balance",
    "PositionBalancer": "engine.book.balancer",
    "PositionSummary": "engine.book.balance",
    "ReportKind": "engine.orders.types",
    "SizingParameters": "engine.config",
    "SpreadLeg": "engine.market.legs",
    "TimingParameters": "engine.config",
    "TraderStatus": "engine.runtime.views.status",
    "TradingPhase": "engine.market.phases",
    "TwoPartOpportunity": "engine.pricing.opportunity",
    "TwoPartSpreadStrategy": "engine.two_part_spread",
    "create_arbitrage_executor": "engine.arbitrage_executor",
    "standard_expiration": "engine.market.expirations",
}

__all__ = [
    "ArbitrageExecutor",
    "ContractTerms",
    "CreditMaximizer",
    "ExecutorStatus",
    "ExpirationCategory",
    "ExpirationTrader",
    "OptimizationMetrics",
    "OptimizedSettings",
    "OptionChain",
    "OrderReport",
    "OrderResult",
    "PositionBalance",
    "PositionBalancer",
    "PositionSummary",
    "ReportKind",
    "SizingParameters",
    "SpreadLeg",
    "TimingParameters",
    "TraderStatus",
    "TradingPhase",
    "TwoPartOpportunity",
    "TwoPartSpreadStrategy",
    "create_arbitrage_executor",
    "standard_expiration",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module 'engine' has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_HOMES})
