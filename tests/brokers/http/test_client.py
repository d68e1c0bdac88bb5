"""Calls over HTTP: bounded, within their time, without secrets, and no order sent twice."""

from __future__ import annotations

import random
import socket
import threading
import traceback
from collections.abc import Callable, Iterator
from email.utils import formatdate
from typing import Any
from unittest.mock import Mock

import pytest

from engine.brokers.http.call import Answer, Call, Failure, Lost, Priority
from engine.brokers.http.client import ExchangeError, HttpClient
from engine.brokers.http.deadlines import Deadlines, _Timed
from engine.brokers.http.governor import Governor
from engine.brokers.http.network import HttpxNetwork, MissingPackageError
from engine.brokers.http.redaction import Redactor
from engine.market.clock import SystemClock
from tests.support.broken_wire import broken_wire
from tests.support.waiting_clock import WaitingClock

httpx2 = pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
httpcore2 = pytest.importorskip("httpcore2")

CANARY = "canary-key-93152"
POST = Call("POST", "/v2/orders", Priority.DEBIT, body={"qty": "1"})
GET = Call("GET", "/v2/positions", Priority.BOOKS, books=True)

Handler = Callable[..., Any]


class Broker:
    """Answers calls as told, and keeps them."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.answers: list[Handler] = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if self.answers else lambda _: httpx2.Response(200, json={})
        return answer(request)


def client(broker, clock: WaitingClock | None = None, base: str = "https://api.test") -> HttpClient:
    clock = clock or WaitingClock()
    transport = None if broker is None else httpx2.MockTransport(broker)
    redactor = Redactor([CANARY])
    return HttpClient(
        HttpxNetwork(base, clock, transport),
        lambda: {"X-KEY": CANARY},
        Governor(100, 100, clock),
        clock,
        random.Random(1),
        redactor,
    )


def raising(error: Exception) -> Handler:
    def answer(request):
        raise error

    return answer


class Broken(HttpxNetwork):
    """One that raises what it was given to send."""

    def _send(self, request: Any, read_s: float) -> Any:
        raise KeyError(str(request.headers.raw))


def test_an_error_that_nobody_foresaw_goes_on_without_the_headers_that_it_tells() -> None:
    caller = client(Broker())
    caller._network = Broken("https://api.test", WaitingClock())
    with pytest.raises(ExchangeError, match=r"KeyError at test_client\.py:\d+: .*secret") as told:
        caller.send(POST)
    assert CANARY not in "".join(traceback.format_exception(told.value))


def test_an_answer_has_its_values_and_the_headers_that_may_be_kept():
    broker = Broker()
    headers = {"X-RateLimit-Remaining": "7", "Set-Cookie": CANARY, "X-Key": CANARY}
    broker.answers.append(lambda _: httpx2.Response(200, json={"id": "B1"}, headers=headers))
    answer = client(broker).send(POST)
    assert isinstance(answer, Answer)
    assert (answer.status, answer.body) == (200, {"id": "B1"})
    assert answer.headers["x-ratelimit-remaining"] == "7"
    assert CANARY not in repr(answer)
    (request,) = broker.requests
    assert request.headers["X-KEY"] == CANARY
    assert request.headers["accept-encoding"] == "identity"
    assert request.read() == b'{"qty":"1"}'
    timeouts = request.extensions["timeout"]
    assert timeouts == {"connect": 1.0, "read": 1.5, "write": 1.5, "pool": 0.2}


def test_books_may_take_longer_and_forms_are_forms():
    broker = Broker()
    sender = client(broker)
    sender.send(GET)
    sender.send(Call("POST", "/o", Priority.DEBIT, body={"a": "1"}, form=True))
    assert broker.requests[0].extensions["timeout"]["read"] == 3.0
    assert broker.requests[1].read() == b"a=1"


FAILURES = [
    (lambda: httpx2.ConnectError("refused"), Failure.NOT_CONNECTED, True),
    (lambda: httpx2.ProxyError("403 Forbidden"), Failure.NOT_CONNECTED, True),
    (lambda: httpx2.ConnectTimeout("late"), Failure.CONNECT_TIMEOUT, True),
    (lambda: httpx2.PoolTimeout("full"), Failure.NO_FREE_CONNECTION, True),
    (lambda: httpx2.WriteError("cut"), Failure.NOT_WRITTEN, False),
    (lambda: httpx2.WriteTimeout("late"), Failure.NOT_WRITTEN, False),
    (lambda: httpx2.ReadTimeout("late"), Failure.NO_ANSWER, False),
    (lambda: httpx2.ReadError("cut"), Failure.BROKEN, False),
    (lambda: httpx2.RemoteProtocolError("odd"), Failure.BROKEN, False),
    (lambda: RuntimeError(f"{CANARY} leaked"), Failure.BROKEN, False),
]


@pytest.mark.parametrize(("error", "failure", "unsent"), FAILURES)
def test_an_order_is_never_sent_twice_whatever_fails(error, failure, unsent):
    broker = Broker()
    broker.answers += [raising(error())] * 3
    result = client(broker).send(POST)
    assert isinstance(result, Lost)
    assert (result.failure, result.unsent) == (failure, unsent)
    assert len(broker.requests) == 1
    assert CANARY not in result.text


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        (lambda: {"X-KEY": "canary-key-93152\u2603"}, {"qty": "1"}),
        (lambda: vars()["keys"], {"qty": "1"}),
        (dict, {"qty": object()}),
    ],
)
def test_a_call_that_cannot_be_written_was_surely_not_sent(headers, body):
    broker = Broker()
    sender = client(broker)
    sender._headers = headers
    result = sender.send(Call("POST", "/v2/orders", Priority.DEBIT, body=body))
    assert isinstance(result, Lost)
    assert result.unsent
    assert result.failure is Failure.NOT_WRITABLE
    assert CANARY not in result.text
    assert broker.requests == []


@pytest.mark.parametrize("status", [500, 502, 503])
def test_neither_a_post_nor_a_delete_is_repeated_after_an_error_of_the_broker(status):
    for call in (POST, Call("DELETE", "/v2/orders/B1", Priority.CANCEL)):
        broker = Broker()
        broker.answers += [lambda _: httpx2.Response(status)] * 3
        result = client(broker).send(call)
        assert isinstance(result, Answer)
        assert (result.status, len(broker.requests)) == (status, 1)


def test_what_changes_nothing_is_tried_once_more():
    broker = Broker()
    broker.answers += [
        raising(httpx2.ReadTimeout("late")),
        lambda _: httpx2.Response(200, json=[1]),
    ]
    clock = WaitingClock()
    result = client(broker, clock).send(GET)
    assert isinstance(result, Answer)
    assert result.body == [1]
    assert len(clock.waits) == 1
    assert 0 <= clock.waits[0] <= 0.2
    broker.answers += [lambda _: httpx2.Response(503)] * 3
    result = client(broker).send(GET)
    assert isinstance(result, Answer)
    assert (result.status, len(broker.requests)) == (503, 4)


def stream(*blocks: bytes, clock: WaitingClock | None = None) -> Handler:
    def body() -> Iterator[bytes]:
        for block in blocks:
            if clock is not None:
                clock.move(1.0)
            yield block

    return lambda _: httpx2.Response(200, content=body())


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (lambda _: httpx2.Response(200, text="<html>busy</html>"), Failure.NOT_READABLE),
        (lambda _: httpx2.Response(200, text='{"a": NaN}'), Failure.NOT_READABLE),
        (lambda _: httpx2.Response(200, text="[" * 40 + "]" * 40), Failure.NOT_READABLE),
        (stream(*[b" " * 2**20] * 9), Failure.NOT_READABLE),
        (
            lambda _: httpx2.Response(
                200, stream=httpx2.ByteStream(b"x"), headers={"content-encoding": "gzip"}
            ),
            Failure.NOT_READABLE,
        ),
    ],
    ids=["html", "nan", "deep", "long", "compressed"],
)
def test_what_is_beyond_the_bounds_is_no_answer(answer, failure):
    broker = Broker()
    broker.answers.append(answer)
    result = client(broker).send(POST)
    assert isinstance(result, Lost)
    assert result.failure is failure
    assert not result.unsent


def test_an_answer_that_drips_is_given_up():
    clock = WaitingClock()
    broker = Broker()
    broker.answers.append(stream(*[b" "] * 10, clock=clock))
    result = client(broker, clock).send(POST)
    assert isinstance(result, Lost)
    assert result.failure is Failure.NO_ANSWER
    assert clock.now_s() == pytest.approx(3.0)


def test_a_refusal_in_html_is_an_answer_without_values():
    broker = Broker()
    broker.answers.append(lambda _: httpx2.Response(403, text="<html>no</html>"))
    result = client(broker).send(POST)
    assert isinstance(result, Answer)
    assert (result.status, result.body) == (403, None)


def test_a_redirect_is_not_followed():
    broker = Broker()
    broker.answers.append(lambda _: httpx2.Response(307, headers={"location": "https://evil.test"}))
    result = client(broker).send(POST)
    assert isinstance(result, Answer)
    assert result.status == 307
    assert len(broker.requests) == 1


def test_the_governor_and_the_clock_hear_what_headers_say():
    broker, clock = Broker(), WaitingClock()
    reset_s = str(int(clock.epoch_s()) + 30)
    headers = {
        "x-ratelimit-remaining": "3",
        "x-ratelimit-reset": reset_s,
        "date": formatdate(clock.epoch_s() + 2, usegmt=True),
    }
    broker.answers.append(lambda _: httpx2.Response(200, json={}, headers=headers))
    sender = client(broker, clock)
    sender.send(GET)
    assert sender._governor.rate() == (3, 100, 30.0)
    assert sender.offset.ahead_of_s(clock) == pytest.approx(2.5)
    broker.answers.append(lambda _: httpx2.Response(429, headers={"retry-after": "20"}))
    sender.send(Call("DELETE", "/v2/orders/B1", Priority.CANCEL))
    result = sender.send(POST)
    assert isinstance(result, Lost)
    assert result.failure is Failure.NO_TURN
    assert result.unsent
    assert len(broker.requests) == 2


def test_only_this_machine_is_called_without_tls():
    with pytest.raises(ValueError, match="https only"):
        client(Broker(), base="http://api.test")
    client(Broker(), base="http://127.0.0.1:1").close()


def test_a_path_stays_on_its_host():
    for path in ("//evil.test/x", "https://evil.test", ""):
        with pytest.raises(ValueError, match="is not a path"):
            Call("GET", path, Priority.BOOKS)


def test_without_the_package_one_sentence_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "httpx2", None)
    with pytest.raises(MissingPackageError, match="pip install"):
        client(None)


WHOLE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n"
    b'Connection: close\r\n\r\n{"id":"B1"}'
)


def test_over_a_real_connection_that_breaks_an_order_left_once_and_its_fate_is_unknown():
    with broken_wire(WHOLE) as wire:
        sender = client(None, base=wire.base)
        assert isinstance(sender.send(POST), Answer)
        for fault in ("cut", "truncate"):
            wire.fault = fault
            before = len(wire.requests)
            result = sender.send(POST)
            assert isinstance(result, Lost)
            assert result.failure is Failure.BROKEN
            assert len(wire.requests) == before + 1
        base = wire.base
    refused = client(None, base=base).send(POST)
    assert isinstance(refused, Lost)
    assert refused.unsent


DELETE = Call("DELETE", "/v2/orders/B1", Priority.CANCEL)


class AskedClock(WaitingClock):
    """A clock that notes when somebody asks for the time."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()

    def now_s(self) -> float:
        self.asked.set()
        return super().now_s()


@pytest.mark.parametrize("call", [POST, DELETE], ids=["order", "cancel"])
def test_headers_that_drip_are_given_up(call):
    """Each piece begins the library's own limit anew; the whole exchange has one."""
    clock = AskedClock()

    def half_a_second_passes() -> None:
        clock.asked.wait(60)
        clock.asked.clear()
        clock.move(0.5)

    with broken_wire(b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 2_000) as wire:
        wire.drips = half_a_second_passes
        result = client(None, clock, base=wire.base).send(call)
        clock.asked.set()
        assert len(wire.requests) == 1
    assert isinstance(result, Lost)
    assert result.failure is Failure.NO_ANSWER
    assert 2.5 <= clock.now_s() < 5.0


@pytest.fixture
def hanging_names(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Names that nobody resolves until the event is set."""
    answers, resolve = threading.Event(), socket.getaddrinfo

    def hang(host: str, *given: Any, **named: Any) -> Any:
        if host != "localhost":
            return resolve(host, *given, **named)
        answers.wait(60)
        return resolve("127.0.0.1", *given, **named)

    monkeypatch.setattr(socket, "getaddrinfo", hang)
    yield answers
    answers.set()


def test_a_name_that_nobody_resolves_costs_no_more_than_a_connection(hanging_names):
    with broken_wire(WHOLE) as wire:
        clock = WaitingClock()
        sender = client(None, clock, base=wire.base.replace("127.0.0.1", "localhost"))
        result = sender.send(DELETE)
        assert isinstance(result, Lost)
        assert (result.failure, result.unsent) == (Failure.CONNECT_TIMEOUT, True)
        assert clock.now_s() == pytest.approx(1.0)
        hanging_names.set()
        assert isinstance(sender._network, HttpxNetwork)
        names = sender._network._deadlines._names
        while names._asked:
            hanging_names.wait(0.01)
        assert isinstance(sender.send(DELETE), Answer)
        hanging_names.clear()
        clock.move(3600)
        began_s = clock.now_s()
        assert isinstance(sender.send(DELETE), Answer), "its addresses of before are known"
        assert clock.now_s() - began_s < 0.5


def test_a_name_that_there_is_not_is_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*given: Any, **named: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    clock = SystemClock()
    deadlines = Deadlines(clock)
    deadlines.begin(clock.now_s() + 60)
    with pytest.raises(httpcore2.ConnectError, match=r"api\.test is not known: Name or service"):
        deadlines.connect_tcp("api.test", 443, 60.0)


def test_an_address_that_does_not_answer_leaves_time_for_the_next_which_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A host may have addresses of both families, of which one leads nowhere from here."""
    clock, tried, dead = WaitingClock(), [], {"::7", "10.0.0.1"}

    def connect(address: str, port: int, timeout: float, *given: Any) -> Any:
        tried.append(address)
        if address in dead:
            clock.move(timeout)
            raise httpcore2.ConnectTimeout("timed out")
        return Mock()

    deadlines = Deadlines(clock)
    monkeypatch.setattr(deadlines._inner, "connect_tcp", connect)
    deadlines._names._known["api.test"] = 0.0, ["::7", "10.0.0.1", "10.0.0.2"]

    def opened() -> Any:
        deadlines.begin(clock.now_s() + 2.5)
        tried.clear()
        return deadlines.connect_tcp("api.test", 443, 1.0)

    opened()
    assert tried == ["::7", "10.0.0.1", "10.0.0.2"] and clock.now_s() < 1.0
    opened()
    assert tried == ["10.0.0.2"]
    dead.add("10.0.0.2")
    with pytest.raises(httpcore2.ConnectTimeout):
        opened()
    dead.discard("::7")
    opened()
    assert tried[-1] == "::7"
    opened()
    assert tried == ["::7"], "one that has failed is no longer the first"


def resolved(monkeypatch: pytest.MonkeyPatch, dead: set[str], addresses: list[str]) -> Any:
    """A way to the network on which some addresses lead nowhere, and what it tried."""
    clock, tried = WaitingClock(), []

    def connect(address: str, port: int, timeout: float, *given: Any) -> Any:
        tried.append((address, timeout))
        if address in dead:
            clock.move(timeout)
            raise httpcore2.ConnectTimeout("timed out")
        return Mock()

    deadlines = Deadlines(clock)
    monkeypatch.setattr(deadlines._inner, "connect_tcp", connect)
    monkeypatch.setattr(deadlines._names, "addresses", lambda host, until_s: list(addresses))

    def opened() -> list[tuple[str, float]]:
        deadlines.begin(clock.now_s() + 2.5)
        tried.clear()
        deadlines.connect_tcp("api.test", 443, 1.0)
        return list(tried)

    return opened


def test_addresses_share_what_is_left_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three addresses of a family that is routed nowhere come first: the fourth has its time."""
    addresses = ["::1", "::2", "::3", "10.0.0.1"]
    tried = resolved(monkeypatch, set(addresses[:3]), addresses)()
    assert [address for address, _ in tried] == addresses
    assert min(seconds for _, seconds in tried) >= 0.25


def test_addresses_that_failed_come_last_and_all_have_their_turn(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """There are more of them than one call has time for."""
    addresses = [f"::{n}" for n in range(1, 9)] + ["10.0.0.1"]
    dead = set(addresses[:8])
    opened = resolved(monkeypatch, dead, addresses)
    for _ in range(2):
        with pytest.raises(httpcore2.ConnectTimeout):
            opened()
    assert [address for address, _ in opened()][-1] == "10.0.0.1"
    assert [address for address, _ in opened()] == ["10.0.0.1"], "it is kept"
    dead.clear()
    dead.add("10.0.0.1")
    tried = opened()
    assert tried[0] == ("10.0.0.1", 0.5) and tried[1][0] != "10.0.0.1", "one that fails leaves time"
    assert opened()[0][0] == tried[1][0]


def test_whatever_waited_too_long_is_not_sent_afterwards():
    """An order whose connection came late would be an old order."""
    deadlines = Deadlines(WaitingClock())
    deadlines.begin(-1.0)
    for step in (
        lambda: deadlines.connect_tcp("127.0.0.1", 1, 1.0),
        lambda: _Timed(Mock(), deadlines).start_tls(Mock(), None, 1.0),
    ):
        with pytest.raises(httpcore2.ConnectTimeout):
            step()
    with pytest.raises(httpcore2.WriteTimeout):
        _Timed(Mock(), deadlines).write(b"x", 1.0)
