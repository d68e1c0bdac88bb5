"""Faults of the simulated exchange and its feed: docs/simulation.md says what is injected."""

from engine.brokers.faults.exchange import FaultPlan, FaultyExchange
from engine.brokers.faults.kinds import Fault
from engine.brokers.faults.market import FaultyMarket
from engine.brokers.faults.profiles import PROFILES
from engine.brokers.faults.venue import FaultyVenue

__all__ = ["PROFILES", "Fault", "FaultPlan", "FaultyExchange", "FaultyMarket", "FaultyVenue"]
