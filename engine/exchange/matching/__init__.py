"""The matching engine works our orders against quotes, simulated or recorded."""

from engine.exchange.matching.engine import DuplicateClientOrderIdError, MatchingEngine
from engine.exchange.matching.sources import MovableQuotes, QuoteSource

__all__ = [
    "DuplicateClientOrderIdError",
    "MatchingEngine",
    "MovableQuotes",
    "QuoteSource",
]
