"""A venue that works our orders against quotes it does not own, under a named fill model."""

from engine.brokers.matching.parameters import FillModelParameters
from engine.brokers.matching.sources import MovableQuotes, QuoteSource
from engine.brokers.matching.venue import DuplicateClientOrderIdError, MatchingVenue

__all__ = [
    "DuplicateClientOrderIdError",
    "FillModelParameters",
    "MatchingVenue",
    "MovableQuotes",
    "QuoteSource",
]
