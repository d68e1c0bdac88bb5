"""A desk of several sizes whose snapshot is looked at."""

from __future__ import annotations

from datetime import time

import pytest

from tests.support.desks import settings, simulated
from tests.support.operator_steps import Operated


@pytest.fixture(scope="module", params=[(9, 1441), (21, 3000)], ids=["young", "grown"])
def desk(request: pytest.FixtureRequest) -> Operated:
    seed, seconds = request.param
    operated = Operated(simulated(settings(seed), until=time(15, 55)))
    operated.run(seconds)
    operated.legged()
    return operated
