"""A faulty exchange put together: a broker and a feed with faults, and one source of chance."""

from __future__ import annotations

from dataclasses import dataclass

from engine.brokers.protocol import MarketData, Timer
from engine.exchange.faults.chance import Faults, drawn_rates
from engine.exchange.faults.faulty_broker import FaultyBroker
from engine.exchange.faults.faulty_market import FaultyMarket
from engine.exchange.faults.host_sleep import Host
from engine.exchange.faults.kinds import QUOTE_FAULTS, Fault
from engine.exchange.matching.engine import MatchingEngine
from engine.market.clock import Clock


@dataclass(frozen=True, slots=True)
class FaultPlan:
    """Which faults a run has.

    Args:
        profile: one of PROFILES; the run's probabilities are drawn from its ranges.
        seed: decides everything about them.
        calm_s: epoch second from which no fault strikes, so that all orders and reports can
            finish; None for never.
    """

    profile: str = "none"
    seed: int = 0
    calm_s: float | None = None


@dataclass(frozen=True, slots=True)
class FaultyExchange:
    """Broker and feed with one source of chance.

    Args:
        broker, market: for the engine.
        faults: decides when a fault strikes, and counts.
    """

    broker: FaultyBroker
    market: FaultyMarket
    faults: Faults

    @classmethod
    def around(
        cls,
        plan: FaultPlan,
        matching: MatchingEngine,
        market: MarketData,
        clock: Clock,
        timer: Timer,
        host: Host | None = None,
    ) -> FaultyExchange:
        """Faults around a matching engine and its market.

        Args:
            plan: which faults.
            matching: works the orders.
            market: the true quotes.
            clock: the present.
            timer: calls back at an epoch second, in order.
            host: runs the desk's steps; None where they cannot be held.

        Raises:
            ValueError: there is no such profile.
        """
        faults = Faults(plan.seed, drawn_rates(plan.profile, plan.seed))
        broker = FaultyBroker(matching, faults, clock, timer, host)
        return cls(broker, FaultyMarket(market, faults), faults)

    def ask(self, fault: Fault, times: int = 1) -> None:
        """Let a fault happen now, or at its next `times` opportunities."""
        if fault in QUOTE_FAULTS or fault is Fault.FEED_ERROR:
            self.faults.ask(fault, times)
        else:
            self.broker.ask(fault, times)

    def calm(self) -> None:
        """End every fault; only those asked for strike from now on."""
        self.broker.calm()
        self.market.calm()
