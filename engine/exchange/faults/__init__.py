"""Faults of the simulated exchange and its feed: docs/simulation.md says what is injected."""

from engine.exchange.faults.faulty_broker import FaultyBroker
from engine.exchange.faults.faulty_exchange import FaultPlan, FaultyExchange
from engine.exchange.faults.faulty_market import FaultyMarket
from engine.exchange.faults.kinds import Fault
from engine.exchange.faults.profiles import PROFILES

__all__ = ["PROFILES", "Fault", "FaultPlan", "FaultyBroker", "FaultyExchange", "FaultyMarket"]
