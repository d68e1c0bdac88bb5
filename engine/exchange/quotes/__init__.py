"""A market that exists only here: underlyings, listed chains and quotes from one seed."""

from engine.exchange.quotes.market import SimulatedMarket

__all__ = ["SimulatedMarket"]
