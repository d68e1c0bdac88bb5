"""A short folder for a gateway's socket, and a façade of Alpaca's API."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.support.alpaca_facade import AlpacaFacade


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder whose name is short enough for a socket's path."""
    made = Path(tempfile.mkdtemp())
    yield made
    shutil.rmtree(made)


@pytest.fixture
def facade(folder: Path) -> Iterator[AlpacaFacade]:
    """One paper account at a façade that serves while the test runs."""
    from tests.support.alpaca_facade import alpaca
    from tests.support.alpaca_gateway import paper_settings

    with alpaca(paper_settings(folder).simulation) as facade:
        yield facade


@pytest.fixture
def live_facade(folder: Path) -> Iterator[AlpacaFacade]:
    """One account of real money at a façade that serves while the test runs."""
    from tests.support.alpaca_facade import alpaca
    from tests.support.alpaca_gateway import paper_settings

    with alpaca(paper_settings(folder).simulation, live=True) as facade:
        yield facade
