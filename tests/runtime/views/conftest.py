"""A desk of several sizes whose snapshot is looked at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

import pytest

from tests.support.desks import settings, simulated
from tests.support.open_journals import kept_open
from tests.support.operator_steps import Operated


@pytest.fixture(scope="session", params=[(9, 1441), (21, 3000)], ids=["young", "grown"])
def desk(request: pytest.FixtureRequest) -> Iterator[Operated]:
    """Made once: tests look at it, and one that has it go on leaves a desk that is as good."""
    seed, seconds = request.param
    with kept_open() as close:
        operated = Operated(simulated(settings(seed), until=time(15, 55)))
        operated.run(seconds)
        operated.legged()
    yield operated
    close()
