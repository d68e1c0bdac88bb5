"""A market that exists only here: underlyings, listed chains and quotes from one seed."""

from engine.brokers.simulated.market import SimulatedMarket

__all__ = ["SimulatedMarket"]
