"""The simulated market: underlyings, listed chains and quotes, all from one seed."""

from engine.exchange.quotes.market import SimulatedMarket

__all__ = ["SimulatedMarket"]
