"""A desk of one chain at a faulty exchange, whose faults a test asks for."""

from __future__ import annotations

from datetime import time
from typing import Any

from engine.config import LadderParameters
from engine.exchange.faults.faulty_broker import FaultyBroker
from engine.exchange.faults.faulty_exchange import FaultPlan
from engine.exchange.faults.kinds import Fault
from engine.exchange.matching import MatchingEngine
from engine.trader.trader import ExpirationTrader
from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


def faulty(seed: int = 7, start: time | None = None, **ladder: float) -> Operated:
    """A desk of one chain whose faults are asked for, never by chance; from the open, or `start`."""
    config = settings(seed, symbols=("SPY",))
    config.ladder = LadderParameters(**ladder)
    config.simulation.expirations_per_symbol = 1
    return Operated(simulated(config, until=None, start=start, faults=FaultPlan()))


def ask(desk: Operated, fault: Fault, times: int = 1) -> None:
    assert desk.desk.faulty is not None
    desk.desk.faulty.ask(fault, times)


def struck(desk: Operated, fault: Fault) -> int:
    assert desk.desk.faulty is not None
    return desk.desk.faulty.faults.counts[fault]


def broker_of(desk: Operated) -> FaultyBroker:
    """The faulty broker of the desk."""
    assert desk.desk.faulty is not None
    return desk.desk.faulty.broker


def matching_of(desk: Operated) -> MatchingEngine:
    """The matching engine behind the desk's broker."""
    assert isinstance(desk.venue, MatchingEngine)
    return desk.venue


def trader_of(desk: Operated) -> ExpirationTrader:
    return next(iter(desk.context.traders.values()))


def sent_to_the_exchange(desk: Operated) -> list[str]:
    return [request.client_order_id for _, request in desk.sent]


def wire(desk: Operated, what: str) -> list[str]:
    return [row["order"] for row in wire_rows(desk) if row["what"] == what]


def wire_rows(desk: Operated) -> list[dict[str, Any]]:
    return list(broker_of(desk).wire.rows())


def sleeping(desk: Operated) -> bool:
    return broker_of(desk).sleep.asleep


def shorts(desk: Operated) -> list[Any]:
    return [row for row in desk.venue.positions() if row.quantity < 0]
