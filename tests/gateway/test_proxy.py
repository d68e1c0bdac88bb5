"""A gateway behind a proxy: through that of the settings, and never through another."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.brokers.alpaca.hosts import HOSTS
from engine.orders.types import ReportKind

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.gateway.login import log_in
from tests.support.alpaca_facade import KEY, SECRET, AlpacaFacade
from tests.support.alpaca_gateway import desk_on, paper_settings, serving, until
from tests.support.web_proxy import web_proxy

VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def test_calls_and_stream_go_through_the_proxy_of_the_settings(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HOSTS, "PAPER", facade.hosts)
    with web_proxy() as proxy:
        config = paper_settings(folder, proxy=proxy.address)
        assert log_in(config, KEY, SECRET, lambda: None).account.tail == "4821"
        with serving(facade, config) as gateway, desk_on(gateway) as desk:
            desk.submit(desk.order("PTEST01-1", 95))
            until(lambda: ReportKind.FILL in desk.kinds("PTEST01-1"), "it never executed")
            until(lambda: gateway._connection.streamed, "the stream does not come through")
            passed = list(proxy.passed)
    assert f"GET {facade.hosts.trading}/v2/account" in passed
    assert f"POST {facade.hosts.trading}/v2/orders" in passed
    assert f"CONNECT {facade.hosts.stream.removeprefix('ws://').removesuffix('/stream')}" in passed
    calls = [each for each in passed if not each.startswith("CONNECT")]
    assert len(calls) <= len(facade.calls), "one went another way"


def test_a_proxy_of_the_environment_is_never_used(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with web_proxy() as proxy:
        for name in VARIABLES:
            monkeypatch.setenv(name, proxy.address)
        with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
            assert desk.market.underlying("SPY", 0.0)
            until(lambda: gateway._connection.streamed)
        assert proxy.passed == []
