"""A broker at its worst, seen from a desk: storms of 429, endless pages, a wrong clock, wrong TLS."""

from __future__ import annotations

import random
import socket
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from shutil import which
from typing import Any

import pytest

from engine.brokers.http.call import Call, Lost, Priority
from engine.brokers.http.client import HttpClient
from engine.brokers.http.governor import Governor
from engine.brokers.http.redaction import Redactor
from engine.brokers.protocol import NotSentError
from engine.brokers.remote.facts import Health
from engine.config import DeskConfig
from engine.desk.opening import Desk as OpenDesk
from engine.desk.opening import DeskPlan, open_desk
from engine.gateway.links import words_of
from engine.market.clock import SystemClock
from engine.orders.types import ReportKind as K
from engine.risk.gates import Gate
from engine.snapshot import AlarmView

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.brokers.http.network import HttpxNetwork
from tests.support.alpaca_customer import SETTINGS
from tests.support.alpaca_facade import AlpacaFacade, FacadeClock
from tests.support.alpaca_gateway import Desk, desk_on, paper_settings, serving, until

TOO_MANY = 429


def test_a_storm_of_429_sends_few_calls_loses_no_order_and_passes(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.looking.ABSENT_S", 2.0)
    with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK])
        second = desk.order("PTEST01-2", 1)
        with facade.lock:
            before = len(facade.calls)
            facade.faults = {method: [TOO_MANY] * 999 for method in ("GET", "POST", "DELETE")}
        began_s = facade.clock.now_s()
        desk.submit(second)  # whether it was taken nobody says
        with pytest.raises(ConnectionError):
            desk.broker.cancel("PTEST01-1", 0.0)
        with pytest.raises(ConnectionError):
            desk.broker.positions()
        lasted_s = facade.clock.now_s() - began_s
        with facade.lock:
            calls = len(facade.calls) - before
            facade.faults.clear()
        assert calls <= 4 + 3 * lasted_s, "each refused call brought more"
        assert desk.kinds("PTEST01-1") == [K.ACK]
        until(lambda: _answers(desk.broker.positions), "it never passes")
        until(lambda: _answers(lambda: desk.broker.cancel("PTEST01-1", 0.0)))
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK, K.CANCELED])
        until(lambda: desk.kinds("PTEST01-2"), "it is in doubt for ever")
        assert desk.kinds("PTEST01-2") == [K.NOT_FOUND], "a 429 is no reject"
        assert [body["client_order_id"] for body in facade.posts] == ["PTEST01-1"]


def _answers(ask: Callable[[], object]) -> bool:
    """Whether a question is answered now."""
    try:
        ask()
    except ConnectionError:
        return False
    return True


def _endless(facade: AlpacaFacade, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every list lead back to where it was, or on for ever."""
    answer, pages = facade.answer, iter(range(10**6))

    def more(method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        status, told = answer(method, path, query, body)
        if "snapshots" in path or path.endswith("/contracts"):
            return status, told | {"next_page_token": f"p{next(pages)}"}
        if (method, path) == ("GET", "/v2/orders"):
            row = {"id": "o", "client_order_id": "another", "symbol": "AAPL", "qty": "1"}
            return status, [row | {"side": "buy", "filled_qty": "0"}] * 500
        return status, told

    monkeypatch.setattr(facade, "answer", more)


def test_lists_without_an_end_are_errors_and_the_gateway_goes_on(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.alpaca_feed.LISTED_SHARED_S", 0.0)
    monkeypatch.setattr("engine.gateway.books.SHARED_S", 0.0)
    with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
        order = desk.order("PTEST01-1", 1)
        with monkeypatch.context() as patch:
            _endless(facade, patch)
            with pytest.raises(ConnectionError, match="more than 4 pages; nothing was taken"):
                desk.market.chain("SPY", facade.market.expirations("SPY", 0.0)[1], 0.0)
            with pytest.raises(ConnectionError, match="does not tell its open orders"):
                desk.broker.open_orders()
            until(lambda: any("leads back" in text for text in _troubles(desk.broker)))
        assert desk.broker.open_orders() == ()
        desk.submit(order)
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK])


def _troubles(broker: Any) -> list[str]:
    return [] if broker.health is None else [each.text for each in broker.health[0].troubles]


def _busy(folder: Path) -> DeskConfig:
    import tomllib

    given = tomllib.loads(SETTINGS.replace("[broker]", "[ignored]"))
    busy = {name: given[name] for name in ("timing", "spreads", "limits")}
    return paper_settings(folder, symbols=["SPY"], expirations_per_symbol=1).changed(**busy)


def _alarms(desk: OpenDesk, code: str) -> list[AlarmView]:
    return [each for each in desk.snapshot().alarms if each.code == code]


def _debits(facade: AlpacaFacade) -> int:
    with facade.lock:
        return sum(float(body["limit_price"]) > 0 for body in facade.posts)


def test_a_brokers_clock_two_seconds_off_closes_entries(facade: AlpacaFacade, folder: Path) -> None:
    """Read from the dates of its answers, and told on the wire; nothing here is made up."""
    ours = FacadeClock(facade.clock.epoch_s() - 2.0)
    config = _busy(folder)
    with serving(facade, config, clock=ours) as gateway:
        desk = open_desk(config, DeskPlan(exchange=gateway.path, pool_threads=1))
        try:
            desk.executor.start()
            ahead_s = until(lambda: desk.snapshot().connection.clock_ahead_s)
            assert 1.0 < ahead_s < 3.0
            until(lambda: desk.executor.context.gate.desk_gate() is Gate.CLOCK, "it trades on")
            (alarm,) = until(lambda: _alarms(desk, "BROKER_CLOCK"))
            assert "+" in alarm.what
            debits = _debits(facade)
            asked = len(facade.calls)
            until(lambda: len(facade.calls) > asked + 5)
            assert _debits(facade) == debits
        finally:
            desk.stop(drain=False)
            desk.exchange.link.close()  # type: ignore[union-attr]


def _client(base: str) -> HttpClient:
    clock = SystemClock()
    return HttpClient(
        HttpxNetwork(base, clock),
        dict,
        Governor(100, 200, clock),
        clock,
        random.Random(1),
        Redactor(()),
    )


POST = Call("POST", "/v2/orders", Priority.DEBIT, body={"qty": "1"})


@pytest.fixture
def untrusted(tmp_path: Path) -> Iterator[str]:
    """The address of a server with a certificate that nobody signed; it may be sent nothing."""
    if which("openssl") is None:
        pytest.skip("openssl is not installed")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-keyout", str(key), "-out", str(certificate), "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    listening = socket.create_server(("127.0.0.1", 0))
    arrived: list[bytes] = []

    def serve() -> None:
        while True:
            try:
                opened, _ = listening.accept()
            except OSError:
                return
            with suppress(OSError), context.wrap_socket(opened, server_side=True) as encrypted:
                arrived.append(encrypted.recv(65536))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{listening.getsockname()[1]}"
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join(60)
    assert not any(arrived), "something was sent"


def test_a_certificate_that_nobody_signed_is_sent_nothing(untrusted: str) -> None:
    result = _client(untrusted).send(POST)
    assert isinstance(result, Lost) and result.unsent
    assert "certificate verify failed" in words_of(result)


def test_what_was_refused_tls_is_said_to_be_unsent_at_the_gateway(
    facade: AlpacaFacade, folder: Path, untrusted: str
) -> None:
    with serving(facade, paper_settings(folder)) as gateway, desk_on(gateway) as desk:
        order = desk.order("PTEST01-1", 1)
        orders = gateway._connection._clients[0]
        sound, orders._network = orders._network, HttpxNetwork(untrusted, facade.clock)
        with pytest.raises(NotSentError, match="no connection"):
            desk.submit(order)
        until(lambda: _health(desk).orders_why.startswith("no trusted connection: "))
        assert not _health(desk).orders_up
        orders._network = sound
        until(lambda: _health(desk).orders_up)
        assert facade.posts == []


def _health(desk: Desk) -> Health:
    told = until(lambda: desk.broker.health)
    found: Health = told[0]
    return found
