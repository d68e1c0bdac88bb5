"""Executors that a test starts, each stopped at its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.support.executor_world import NEAR, PaperBroker, Placed
from tests.support.running_executor import Running, Start


@pytest.fixture
def running() -> Iterator[Start]:
    """Starts executors, and stops each at the end of the test."""
    started: list[Running] = []

    def start(
        answer: Callable[[Placed], Any] = lambda placed: placed.order_id,
        symbols: tuple[str, ...] = ("AAPL",),
        **more: Any,
    ) -> Running:
        broker = PaperBroker(answer)
        one = Running(broker, **({"cancel_callback": broker.cancel} | more))
        for symbol in symbols:
            one.executor.add_symbol(symbol, [NEAR])
        one.executor.start()
        started.append(one)
        return one

    yield start
    for one in started:
        one.stop()
