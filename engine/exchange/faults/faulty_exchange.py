"""A faulty exchange put together: broker, feed and chance of one run."""

from __future__ import annotations

from dataclasses import dataclass

from engine.brokers.protocol import MarketData, Timer
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.faulty_broker import FaultyBroker
from engine.exchange.faults.faulty_market import FaultyMarket
from engine.exchange.faults.kinds import QUOTE_FAULTS, Fault
from engine.exchange.faults.profiles import drawn_rates
from engine.exchange.matching.venue import MatchingEngine
from engine.market.clock import Clock


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Which faults a run has.

    Args:
        profile: one of PROFILES; a run's probabilities are drawn from its ranges.
        seed: decides about all of them.
        calm_s: epoch second from which no fault strikes, so that everything must settle; None
            for never.
    """

    profile: str = "none"
    seed: int = 0
    calm_s: float | None = None


@dataclass(frozen=True, slots=True)
class FaultyExchange:
    """Broker and feed with one source of chance.

    Args:
        broker, market: what the engine is given.
        faults: chance, with the counts of what it did.
    """

    broker: FaultyBroker
    market: FaultyMarket
    faults: Faults

    @classmethod
    def around(
        cls, plan: FaultPlan, venue: MatchingEngine, market: MarketData, clock: Clock, timer: Timer
    ) -> FaultyExchange:
        """Faults around an exchange and its market.

        Raises:
            ValueError: no such profile.
        """
        faults = Faults(plan.seed, drawn_rates(plan.profile, plan.seed))
        return cls(FaultyBroker(venue, faults, clock, timer), FaultyMarket(market, faults), faults)

    def ask(self, fault: Fault, times: int = 1) -> None:
        """Let a fault happen now, or at its next `times` opportunities."""
        if fault in QUOTE_FAULTS or fault is Fault.FEED_ERROR:
            self.faults.ask(fault, times)
        else:
            self.broker.ask(fault, times)

    def calm(self) -> None:
        """End every fault, for good but for what is asked for."""
        self.broker.calm()
        self.market.calm()
