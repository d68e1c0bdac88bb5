"""A simulated broker that tells what one in another process would: its facts, health, account."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any, cast

from engine.brokers.remote.facts import Caps, Health, SessionFacts
from engine.market.clock import SessionClock
from engine.runtime.context import DeskContext

HEALTHY = Health(True, True, 0.2, 131, 200, 30.0, 0.04)
FACTS = SessionFacts("alpaca", "LIVE", "4821", "opra", "live", Caps(), SessionClock(0.0, 0.0))


class ToldBroker:
    """Gives the broker of a desk in virtual time what a gateway's has, and takes the desk's mode.

    Args:
        context: of the desk.
        facts: of the broker's process, changed as named.
    """

    def __init__(self, context: DeskContext, **facts: Any) -> None:
        self.context = context
        self.broker = cast("Any", context.broker)
        self.broker.facts = replace(FACTS, **facts)
        self.broker.connected = True
        self.broker.why_gone = ""
        context.config.mode = self.broker.facts.mode
        self.tell()

    def tell(self, **changes: Any) -> None:
        """Push a health message, as a gateway does each second."""
        self.broker.health = replace(HEALTHY, **changes), self.context.now().now_s

    def goes_on_telling(self) -> None:
        """Be as well in every second of the rest of the test."""
        self.broker.health = HEALTHY, math.inf
