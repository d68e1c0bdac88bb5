"""What the parts of a faulty broker share: the engine behind it, its connection, its orders."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field

from engine.brokers.protocol import Timer
from engine.exchange.faults.account_events import AccountEvents
from engine.exchange.faults.chance import Faults
from engine.exchange.faults.connection import Connection
from engine.exchange.faults.host_sleep import HostSleep
from engine.exchange.faults.order_history import OrderHistory
from engine.exchange.faults.rejections import Rejections
from engine.exchange.matching.engine import MatchingEngine
from engine.market.clock import Clock


@dataclass(frozen=True, slots=True)
class FaultContext:
    """The parts of one faulty broker.

    Args:
        inner: the matching engine; its ledger and its open orders are the truth.
        account: manual trades and corrections in the account.
        connection: carries reports to the trading engine.
        rejections: what the exchange rejects for a while.
        sleep: of the trading engine's host.
        faults: decides when a fault strikes.
        clock, timer: the present, and calls at a later epoch second.
        histories: of each order, by client order id, the oldest first.
    """

    inner: MatchingEngine
    account: AccountEvents
    connection: Connection
    rejections: Rejections
    sleep: HostSleep
    faults: Faults
    clock: Clock
    timer: Timer
    histories: OrderedDict[str, OrderHistory] = field(default_factory=OrderedDict)
