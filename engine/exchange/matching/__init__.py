"""A venue that works our orders against quotes it does not own, under a named fill model."""

from engine.exchange.matching.parameters import FillModelParameters
from engine.exchange.matching.sources import MovableQuotes, QuoteSource
from engine.exchange.matching.venue import DuplicateClientOrderIdError, MatchingEngine

__all__ = [
    "DuplicateClientOrderIdError",
    "FillModelParameters",
    "MatchingEngine",
    "MovableQuotes",
    "QuoteSource",
]
