"""Prism stands between us and the façade, and refuses what Alpaca's descriptions do not say.

    .venv/bin/pytest -m prism

It needs npx and, once, the registry that npx uses. Requests are held against the descriptions as
they are published, answers against those with the overlay.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.alpaca.hosts import Hosts, headers_of
from engine.brokers.http.call import Call
from engine.orders.types import ReportKind
from tests.brokers.alpaca.test_facade_described import vertical
from tests.gateway.test_paper_visit import FEE, QUICK, keys
from tests.support.alpaca_facade import KEY, SECRET, AlpacaFacade
from tests.support.alpaca_gateway import desk_on, paper_settings, serving, until
from tests.support.exchange_processes import until as in_time
from tests.support.lifelike_alpaca import LifelikeAlpaca, lifelike
from tests.support.paper_visit import PaperVisit
from tests.support.vendor_descriptions import QUOTES, TRADING, description

pytestmark = pytest.mark.prism

PRISM = "@stoplight/prism-cli@5.14.2"
"""The last line of versions that runs on Node 20."""

LOADS_WITHIN_S = 300.0
STARTS_WITHIN_S = 60.0


@pytest.fixture(scope="session")
def prism() -> list[str]:
    """The command that runs Prism; skips where there is none."""
    npx = shutil.which("npx")
    if npx is None:
        pytest.skip("npx is not on this machine (it comes with Node 20)")
    command = [npx, "--yes", PRISM]
    try:
        tried = subprocess.run(
            [*command, "--version"], capture_output=True, text=True, timeout=LOADS_WITHIN_S
        )
    except subprocess.TimeoutExpired:
        pytest.skip(f"npx does not bring {PRISM} in {LOADS_WITHIN_S:.0f} s")
    if tried.returncode:
        pytest.skip(f"npx does not bring {PRISM}: {tried.stderr.strip()[-200:]}")
    return command


class Proxy:
    """One Prism in front of a façade.

    Attributes:
        said: its lines.
    """

    def __init__(self, command: list[str], description: Path, upstream: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [
                *command, "proxy", str(description), upstream, "--errors",
                "--host", "127.0.0.1", "--port", str(port),
            ],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )  # fmt: skip
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait(self) -> None:
        """Wait until it listens."""
        in_time(self._listens, STARTS_WITHIN_S, "Prism does not listen")

    def _listens(self) -> bool:
        assert self._process.poll() is None, "".join(self.said)
        return any("is listening" in line for line in self.said)

    def _read(self) -> None:
        assert self._process.stdout is not None
        self.said.extend(self._process.stdout)

    @property
    def violations(self) -> list[str]:
        """What was not as described."""
        return [line.strip() for line in self.said if "violat" in line.lower()]

    def close(self) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(STARTS_WITHIN_S)
        self._reader.join(STARTS_WITHIN_S)
        assert self._process.stdout is not None
        self._process.stdout.close()


@contextmanager
def described(
    prism: list[str], folder: Path, facade: LifelikeAlpaca
) -> Iterator[tuple[Hosts, list[Proxy]]]:
    """The façade's addresses behind Prism, for trading and for quotes."""
    with ExitStack() as stack:
        proxies = []
        for name in (TRADING, QUOTES):
            file = folder / f"{name}.json"
            file.write_text(json.dumps(description(name, answers=True)))
            proxy = Proxy(prism, file, facade.hosts.trading)
            stack.callback(proxy.close)
            proxies.append(proxy)
        for proxy in proxies:
            proxy.wait()
        yield Hosts(proxies[0].base, proxies[1].base, facade.hosts.stream), proxies


def test_a_visit_to_the_account_is_as_described_from_the_first_call_to_the_last(
    prism: list[str], folder: Path
) -> None:
    with lifelike() as facade, described(prism, folder, facade) as (hosts, proxies):
        facade.fees = [FEE]
        findings = PaperVisit(hosts, keys(), facade.clock, folder / "raw", QUICK).run()
    print(findings.report(), *(line for proxy in proxies for line in proxy.said))
    assert findings.otherwise() == []
    assert [proxy.violations for proxy in proxies] == [[], []]


def test_a_desk_trades_through_prism_as_without_it(prism: list[str], folder: Path) -> None:
    config = paper_settings(folder)
    with (
        lifelike() as facade,
        described(prism, folder, facade) as (hosts, proxies),
        serving(facade, config, hosts=hosts) as gateway,
        desk_on(gateway) as desk,
    ):
        desk.submit(desk.order("PTEST01-1", 1))
        desk.submit(desk.order("PTEST01-2", 95))
        until(lambda: ReportKind.FILL in desk.kinds("PTEST01-2"), "it never executed")
        desk.broker.cancel("PTEST01-1", 0.0)
        until(lambda: ReportKind.CANCELED in desk.kinds("PTEST01-1"), "it works on")
        until(lambda: len(desk.broker.positions()) == 2)
        assert desk.broker.account().option_level == 3
        assert len(facade.posts) == 2
        assert [proxy.violations for proxy in proxies] == [[], []]


def test_prism_refuses_orders_and_answers_that_are_not_as_described(
    prism: list[str], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lifelike() as facade, described(prism, folder, facade) as (hosts, _):
        import httpx2

        dialect, told = AlpacaDialect(), AlpacaFacade.answer

        def answered(call: Call) -> int:
            response = httpx2.request(
                call.method, hosts.trading + call.path, params=dict(call.query), json=call.body,
                headers=headers_of(KEY, SECRET), timeout=30.0,
            )  # fmt: skip
            return int(response.status_code)

        good = dialect.submit(vertical(facade, "PRISM-1", 1))
        body: dict[str, Any] = dict(good.body or {})
        wrong: list[dict[str, Any]] = [
            {"qty": 1},
            {"client_order_id": "P" * 129},
            {"time_in_force": "whenever"},
            {"legs": [body["legs"][0] | {"position_intent": "buy_to_opem"}, body["legs"][1]]},
            {"legs": body["legs"] * 3},
        ]
        for change in wrong:
            assert answered(replace(good, body=body | change)) == 422, change
        assert facade.posts == []
        assert answered(good) == 200
        order = next(iter(facade.orders.values()))
        spoilt = told(facade, "GET", f"/v2/orders/{order.broker_id}", {}, None)[1]
        for change in ({"status": "at_the_moon"}, {"qty": 1}):
            monkeypatch.setattr(facade, "answer", lambda *call, c=change: (200, spoilt | c))
            assert answered(dialect.order(order.broker_id)) == 500, change
