"""The gateway's own threads: they ask on, whatever else is asked and whatever goes wrong."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.gateway import running
from tests.support.alpaca_facade import AlpacaFacade, alpaca
from tests.support.alpaca_gateway import paper_settings as settings
from tests.support.alpaca_gateway import serving, until


@pytest.fixture
def folder() -> Iterator[Path]:
    made = Path(tempfile.mkdtemp())  # a socket's path must be short
    yield made
    shutil.rmtree(made)


@pytest.fixture
def facade(folder: Path) -> Iterator[AlpacaFacade]:
    with alpaca(settings(folder).simulation) as facade:
        yield facade


def test_the_account_is_asked_for_while_the_desk_trades(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Buying power that is 30 s old lets every debit out, or none."""
    monkeypatch.setattr(
        "engine.gateway.links.LinkAge.age_s", 0.0
    )  # the broker answers all the time
    monkeypatch.setattr(running, "HEARTBEAT_S", 0.1)
    with serving(facade, settings(folder)) as gateway:
        first = gateway._books.account
        assert first is not None
        until(lambda: gateway._books.account != first, "the account grows old")
