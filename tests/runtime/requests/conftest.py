"""A desk that an operator asks."""

from __future__ import annotations

import pytest

from tests.support.operator_steps import Operated


@pytest.fixture
def desk() -> Operated:
    """A desk of six traders that has traded for two minutes."""
    operated = Operated()
    operated.run(120)
    return operated
