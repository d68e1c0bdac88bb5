"""What every server of the wire does alike, with requests that wait for a broker in threads."""

from __future__ import annotations

import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.http.client import ORDER_S, TRIES
from engine.brokers.http.governor import LONGEST_WAIT_S
from engine.brokers.http.network import CONNECT_S, POOL_S
from engine.brokers.http.outcome import THROTTLED_LOOK_UP_S
from engine.brokers.protocol import NotSentError, RefusedOrderError, ThrottledError
from engine.brokers.remote.broker import LATEST_S, RemoteBroker
from engine.brokers.remote.codec import report_plain
from engine.brokers.remote.connection import join, look
from engine.brokers.remote.facts import Caps, Health, SessionFacts
from engine.brokers.remote.frames import NOT_SENT, REFUSED, THROTTLED, VERSION, Frames, packed
from engine.brokers.remote.host import MOST_OUT, Host, Message, Push, RefusalError
from engine.brokers.remote.link import Link, LinkError, RefusedByExchangeError
from engine.brokers.remote.told_books import OLDEST_S
from engine.brokers.remote.workers import CALLS, CANCELS, THREADS, Workers
from engine.market.clock import SessionClock, SystemClock
from engine.orders.types import OrderReport, OrderRequest, ReportKind
from tests.orders.test_order import request

WITHIN_S = 60.0
NOW_S = 1_800_000_000.0


class OneAccount:
    """An account that says what a test has it say."""

    def __init__(self, name: str) -> None:
        self.name, self.seq = name, 0
        self.push: Push | None = None
        self.messages: list[Message] = []

    def connect(self, push: Push) -> None:
        self.push = push

    def disconnect(self) -> None:
        self.push = None

    def after(self, seq: int) -> list[Message]:
        return [message for message in self.messages if message["seq"] > seq]

    def tell(self, **what: Any) -> None:
        """As a gateway's stream does, from a thread of its own."""
        self.seq += 1
        self.messages.append({"seq": self.seq, **what})
        if self.push is not None:
            self.push(self.messages[-1])


class Gateway:
    """A venue with one account, whose requests a test holds and lets go.

    Attributes:
        held: set to have every request wait until it is cleared.
        answers: what a request returns, or raises.
    """

    def __init__(self, folder: Path) -> None:
        self.clock = SessionClock(SystemClock().now_s(), NOW_S)
        caps = Caps(accounts=True)
        self.told = SessionFacts("fake", "PAPER", "4821", "opra", "live", caps, self.clock)
        self.account: OneAccount | None = None
        self.go_on = threading.Event()
        self.go_on.set()
        self.began: list[str] = []
        self.answers: dict[str, Any] = {}
        self.healths: list[Health] = []
        self.heard: Callable[[Message], None] = lambda message: None
        self.workers = Workers()
        self.host = Host(folder / "s", self, SystemClock(), self.workers, at_once={"positions"})
        self.path = folder / "s"
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._over.is_set():
            self.host.turn(0.05)
            while self.healths:
                self.host.tell_desks({"health": self.healths.pop().plain()})
        self.host.close()

    def close(self) -> None:
        self.go_on.set()
        self._over.set()
        self._thread.join()

    def facts(self, account: str) -> Message:
        return self.told.plain()

    def find(self, name: str) -> OneAccount | None:
        return self.account

    def open(self, name: str) -> OneAccount:
        self.account = OneAccount(name)
        return self.account

    def of_market(self, op: str) -> Callable[[Message], Any] | None:
        return (lambda message: self._answer("chain", message)) if op == "chain" else None

    def of_account(self, op: str) -> Callable[[Any, Message], Any] | None:
        return lambda account, message: self._answer(op, message)

    def _answer(self, op: str, message: Message) -> Any:
        name = f"{op} {message.get('order', '')}".strip()
        self.began.append(name)
        self.heard(message)
        if op != "positions":
            assert self.go_on.wait(WITHIN_S)
        answer = self.answers.get(op, "taken")
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    gateway = Gateway(folder)
    yield gateway
    gateway.close()
    shutil.rmtree(folder)


@pytest.fixture
def broker(gateway: Gateway) -> Iterator[RemoteBroker]:
    broker = join(gateway.path, "alpaca/main").broker
    yield broker
    broker.link.close()


def until(true: Callable[[], Any]) -> None:
    waiting = threading.Event()
    for _ in range(6_000):
        if true():
            return
        waiting.wait(0.01)
    raise AssertionError("it never came about")


def aside(call: Callable[[], object]) -> threading.Thread:
    """Make a call that will wait, in a thread; its error is its own."""

    def run() -> None:
        try:
            call()
        except LinkError:
            return

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def order() -> OrderRequest:
    made: OrderRequest = request()
    return made


def test_a_session_says_what_it_is(gateway: Gateway) -> None:
    facts = look(gateway.path)
    assert (facts.broker, facts.mode, facts.account_tail) == ("fake", "PAPER", "4821")
    assert (facts.feed, facts.feed_quality, facts.simulation) == ("opra", "live", None)


def test_a_peer_of_another_version_is_refused_with_a_sentence(gateway: Gateway) -> None:
    for version in ({}, {"version": 1}, {"version": VERSION + 1}, {"version": "x" * 99}):
        with socket.socket(socket.AF_UNIX) as peer:
            peer.connect(str(gateway.path))
            peer.sendall(
                packed({"id": 3, "op": "hello", "role": "desk", "account": "a", **version})
            )
            (answer,) = Frames().feed(peer.recv(1 << 16))
        assert answer["id"] == 3 and answer["code"] == REFUSED
        assert "start both with the same version of Legdesk" in answer["error"]
    assert gateway.account is None, "no account was opened for it"


@pytest.mark.parametrize(
    ("error", "kind", "code"),
    [
        (ThrottledError("too fast"), ThrottledError, THROTTLED),
        (NotSentError("no connection"), NotSentError, NOT_SENT),
        (RefusalError("not allowed"), RefusedOrderError, REFUSED),
        (RefusedOrderError("no word"), RefusedOrderError, REFUSED),
        (ValueError("nobody knows"), RefusedByExchangeError, ""),
    ],
)
def test_an_error_says_whether_it_is_certain_that_nothing_was_sent(
    error: Exception, kind: type[Exception], code: str, gateway: Gateway, broker: RemoteBroker
) -> None:
    gateway.answers["submit"] = error
    with pytest.raises(ConnectionError, match=str(error)) as caught:
        broker.submit(order(), broker.facts.clock.epoch_s())
    assert type(caught.value) is kind
    with pytest.raises(RefusedByExchangeError) as refused:
        broker.link.ask("submit")
    assert refused.value.code == code
    known = order().client_order_id in broker._leaves
    assert known is (code == ""), "only an order that may have left is asked about later"


def test_a_cancel_and_the_books_never_wait_for_orders_that_hang(
    gateway: Gateway, broker: RemoteBroker
) -> None:
    gateway.go_on.clear()
    submits = [aside(lambda: broker.link.ask("submit", WITHIN_S, order="x")) for _ in range(12)]
    until(lambda: len(gateway.began) == THREADS["calls"])
    gateway.answers["positions"] = {"as_of": broker.facts.clock.epoch_s(), "rows": []}
    assert broker.positions() == ()
    cancel = aside(lambda: broker.link.ask("cancel", WITHIN_S, order="y"))
    until(lambda: "cancel y" in gateway.began)
    gateway.go_on.set()
    for thread in (*submits, cancel):
        thread.join(WITHIN_S)
    assert gateway.began.count("submit x") == 12


def test_a_guards_cancels_overtake_those_of_a_desk(gateway: Gateway, broker: RemoteBroker) -> None:
    guard = Link(gateway.path, "guard", "alpaca/main")
    guard.open()
    gateway.go_on.clear()
    calls = [aside(lambda: broker.link.ask("cancel", WITHIN_S, order="d")) for _ in range(9)]
    until(lambda: len(gateway.began) == THREADS[CANCELS])
    until(lambda: gateway.workers._jobs[CANCELS].qsize() == 9 - THREADS[CANCELS])
    calls.append(aside(lambda: guard.ask("cancel", WITHIN_S, order="g")))
    until(lambda: gateway.workers._jobs[CANCELS].qsize() == 10 - THREADS[CANCELS])
    gateway.go_on.set()
    for thread in calls:
        thread.join(WITHIN_S)
    assert gateway.began.index("cancel g") <= 2 * THREADS[CANCELS]
    guard.close()


def test_a_desk_that_asks_too_much_at_once_is_told_and_others_are_served(
    gateway: Gateway, broker: RemoteBroker
) -> None:
    gateway.go_on.clear()
    calls = [aside(lambda: broker.link.ask("query", WITHIN_S, order="q")) for _ in range(MOST_OUT)]
    until(lambda: next(iter(gateway.host._clients.values())).out[CALLS] == MOST_OUT)
    with pytest.raises(ThrottledError, match="too many requests"):
        broker.submit(order(), broker.facts.clock.epoch_s())
    assert look(gateway.path).broker == "fake"
    gateway.go_on.set()
    for thread in calls:
        thread.join(WITHIN_S)


def test_an_order_never_waits_for_quotes_that_hang(gateway: Gateway, broker: RemoteBroker) -> None:
    gateway.go_on.clear()
    calls = [aside(lambda: broker.link.ask("chain", WITHIN_S, symbol="SPY")) for _ in range(24)]
    until(lambda: sum(jobs.qsize() for jobs in gateway.workers._jobs.values()) >= 24 - 8)
    calls.append(aside(lambda: broker.link.ask("submit", WITHIN_S, order="x", by=1.0)))
    until(lambda: "submit x" in gateway.began)
    gateway.go_on.set()
    for thread in calls:
        thread.join(WITHIN_S)


def test_a_cancel_is_taken_while_as_many_requests_hang_as_a_connection_may_have(
    gateway: Gateway, broker: RemoteBroker
) -> None:
    gateway.go_on.clear()
    calls = [aside(lambda: broker.link.ask("query", WITHIN_S, order="q")) for _ in range(MOST_OUT)]
    until(lambda: gateway.workers._jobs["calls"].qsize() == MOST_OUT - THREADS["calls"])
    calls.append(aside(lambda: broker.link.ask("cancel", WITHIN_S, order="y")))
    until(lambda: "cancel y" in gateway.began)
    gateway.go_on.set()
    for thread in calls:
        thread.join(WITHIN_S)


def test_what_waits_for_a_thread_at_the_end_is_not_begun_but_cancels() -> None:
    workers, go_on, begun = Workers(), threading.Event(), list[str]()

    def job(name: str) -> Callable[[], None]:
        def run() -> None:
            begun.append(name)
            go_on.wait(WITHIN_S)

        return run

    for kind in (CALLS, CANCELS):
        for number in range(THREADS[kind]):
            workers.submit(kind, job(f"{kind} {number}"))
    until(lambda: len(begun) == THREADS[CALLS] + THREADS[CANCELS])
    workers.submit(CALLS, job("late order"))
    workers.submit(CANCELS, job("late cancel"))
    workers.close()
    go_on.set()
    for thread in workers._threads:
        thread.join(WITHIN_S)
    assert "late cancel" in begun
    assert "late order" not in begun


def test_the_desk_waits_for_an_orders_answer_as_long_as_a_gateway_may_take(
    gateway: Gateway, broker: RemoteBroker
) -> None:
    asked: list[float] = []

    class Patient(Link):
        def ask(self, op: str, within_s: float = 2.0, **arguments: Any) -> Any:
            asked.append(within_s)

    link, there = Patient(gateway.path, "desk", "a"), broker.link
    assert isinstance(there, Link)
    patient = RemoteBroker(link, broker.facts.clock, broker.facts)
    link._socket = there._socket
    patient.submit(order(), broker.facts.clock.epoch_s())
    patient.cancel("x", 0.0)
    longest_s = LONGEST_WAIT_S + TRIES * (CONNECT_S + ORDER_S) + POOL_S
    assert min(asked) > THROTTLED_LOOK_UP_S + 1.5 * longest_s


def test_an_order_says_until_when_it_may_leave(gateway: Gateway, broker: RemoteBroker) -> None:
    seen: list[Message] = []
    gateway.heard = seen.append
    now_s = broker.facts.clock.epoch_s()
    broker.submit(order(), now_s)
    assert seen[-1]["by"] == pytest.approx(now_s + LATEST_S, abs=0.001)


def test_an_order_that_filled_is_not_asked_about(broker: RemoteBroker) -> None:
    made = order()
    broker.submit(made, broker.facts.clock.epoch_s())
    name = made.client_order_id
    for number in (1, 1, *range(2, made.quantity + 1)):
        assert name in broker._leaves
        report = OrderReport(ReportKind.FILL, name, 1.0, "b", f"b:{number}", 1, 100)
        broker.hear({"report": report_plain(report)})
    assert name not in broker._leaves


def test_a_new_desk_waits_for_what_the_dead_one_had_sent(gateway: Gateway) -> None:
    first = join(gateway.path, "alpaca/main").broker
    gateway.go_on.clear()
    sent = aside(lambda: first.link.ask("submit", WITHIN_S, order="x"))
    until(lambda: gateway.began == ["submit x"])
    first.link.close()
    joined: list[RemoteBroker] = []
    second = aside(lambda: joined.append(join(gateway.path, "alpaca/main").broker))
    until(lambda: gateway.host._held)
    assert not joined
    gateway.go_on.set()
    for thread in (sent, second):
        thread.join(WITHIN_S)
    assert joined and joined[0].link.connected
    joined[0].link.close()


@pytest.mark.parametrize("age_s", [OLDEST_S + 0.5, -OLDEST_S - 0.5])
def test_books_that_are_not_of_now_are_no_answer(
    age_s: float, gateway: Gateway, broker: RemoteBroker
) -> None:
    row = ["SPY", "2026-12-18", "call", 500.0, 3]
    gateway.answers["positions"] = {"as_of": gateway.clock.epoch_s() - age_s, "rows": [row]}
    with pytest.raises(LinkError, match="that is no answer"):
        broker.positions()
    gateway.answers["positions"] = {"as_of": gateway.clock.epoch_s(), "rows": [row]}
    assert [each.quantity for each in broker.positions()] == [3]


def test_reports_and_health_come_in_order_from_any_thread(
    gateway: Gateway, broker: RemoteBroker
) -> None:
    heard: list[OrderReport] = []
    broker.connect(heard.append)
    account = gateway.account
    assert account is not None
    for number in range(200):
        report = OrderReport(ReportKind.ACK, f"P-{number}", 1.0, "b")
        account.tell(report=report_plain(report))
    gateway.healths.append(Health(False, True, 1.5))
    until(lambda: len(heard) == 200 and broker.health is not None)
    assert [report.client_order_id for report in heard] == [f"P-{n}" for n in range(200)]
    assert broker.health is not None and broker.health[0] == Health(False, True, 1.5)


def test_a_job_that_raises_costs_nobody_the_thread() -> None:
    workers, made = Workers(), threading.Semaphore(0)

    def raises() -> None:
        made.release()
        raise RuntimeError("nobody foresaw it")

    try:
        for _ in range(2 * THREADS[CANCELS]):
            workers.submit(CANCELS, raises)
        workers.submit(CANCELS, made.release)
        for _ in range(2 * THREADS[CANCELS] + 1):
            assert made.acquire(timeout=30.0)
    finally:
        workers.close()
