"""An executor in a thread of its own, whose time the test moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from engine import ArbitrageExecutor
from tests.support.executor_world import (
    PaperBroker,
    by_hand,
    executor_on,
    forward,
    nothing_held,
    stop_as_time_goes_on,
)


class Running:
    """An executor in a thread of its own whose time the test moves.

    Attributes:
        held: says how many callbacks the test keeps from returning.
    """

    def __init__(self, broker: PaperBroker, **more: Any) -> None:
        self.held: Callable[[], int] = nothing_held
        self.clock, pace = by_hand()
        self.broker = broker
        self.executor: ArbitrageExecutor = executor_on(broker, pace, **more)

    def until(self, happened: Callable[[], bool], most_s: float = 60.0) -> None:
        """Move time until something has happened."""
        for _ in range(round(most_s * 2)):
            forward(self.executor, self.clock, 0.5, self.held)
            if happened():
                return
        pytest.fail(f"it did not happen within {most_s:g} engine seconds")

    def stop(self) -> None:
        """Stop it while time goes on."""
        stop_as_time_goes_on(self.executor, self.clock, held=self.held)


Start = Callable[..., Running]
