"""Every fault of the wire on every kind of call: nothing is sent twice, and the books agree.

The outcomes are those of the table in `engine/brokers/http/outcome.py`. The waits of gateway and
client are made short, so that the whole table takes seconds.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import TypeVar

import pytest

from engine.brokers.http.governor import Governor
from engine.brokers.protocol import NotSentError, ThrottledError
from engine.gateway.running import Gateway
from engine.orders.types import ReportKind

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import AlpacaFacade, alpaca
from tests.support.alpaca_gateway import Desk, desk_on, paper_settings, serving, until
from tests.support.fault_proxy import AFTER, BEFORE, FaultProxy, fault_proxy
from tests.support.stream_proxy import STREAM_FAULTS, StreamProxy, stream_proxy

K = ReportKind
Rows = TypeVar("Rows")
SHORT = {
    "engine.brokers.http.client.ORDER_S": 0.15,
    "engine.brokers.http.client.BOOKS_S": 0.12,
    "engine.brokers.http.client._JITTER_S": 0.01,
    "engine.brokers.http.governor._BLOCKED_S": 0.1,
    "engine.brokers.stream.supervisor.FIRST_WAIT_S": 0.02,
    "engine.brokers.stream.supervisor.LONGEST_WAIT_S": 0.05,
    "engine.gateway.account.THROTTLED_LOOK_UP_S": 0.15,
    "engine.gateway.books.SHARED_S": 0.0,
    "engine.gateway.looking.ABSENT_S": 0.3,
    "engine.gateway.running.LOOK_WITHIN_S": 0.01,
    "engine.gateway.watched.CANCEL_POLLS_S": (0.05, 0.1, 0.2),
    "engine.gateway.watched.LOOK_UPS_S": (0.05, 0.15, 0.3),
    "engine.gateway.watched.POLL_S": 0.1,
    "engine.gateway.watched.STREAMED_S": 0.3,
    "engine.gateway.alpaca.Governor": lambda _, __, *more: Governor(9_000, 9_000, *more),
}
"""Seconds in place of the real ones, the calls of hours in one minute."""

NEVER, AT_ONCE_C = 1, 95
"""Cents of a limit that never executes, and of one that does."""


class Wires:
    """A desk, its gateway, and a broker behind wires that break."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        config = paper_settings(folder)
        self.facade: AlpacaFacade = stack.enter_context(alpaca(config.simulation))
        hosts = self.facade.hosts
        port = int(hosts.trading.rpartition(":")[2])
        self.calls: FaultProxy = stack.enter_context(fault_proxy(port))
        self.stream: StreamProxy = stack.enter_context(stream_proxy(hosts.stream))
        wired = hosts._replace(trading=self.calls.base, stream=self.stream.url)
        self.gateway: Gateway = stack.enter_context(serving(self.facade, config, hosts=wired))
        self.desk: Desk = stack.enter_context(desk_on(self.gateway))
        self._names = (f"PTEST01-{number}" for number in count(1))
        self.name = ""
        self.refused: type[Exception] | None = None

    def submit(self, limit_c: int) -> str:
        """Send a new order; its name."""
        self.name, self.refused = next(self._names), None
        self._try(lambda: self.desk.submit(self.desk.order(self.name, limit_c)))
        return self.name

    def cancel(self) -> bool:
        """Cancel the order; whether that was taken."""
        self.refused = None
        self._try(lambda: self.desk.broker.cancel(self.name, 0.0))
        return self.refused is None

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except ConnectionError as error:
            self.refused = type(error)

    @property
    def kinds(self) -> list[ReportKind]:
        """What the desk was told of the order."""
        return self.desk.kinds(self.name)

    @property
    def status(self) -> str:
        """The order's at the broker."""
        return self.facade.orders[self.name].status

    @property
    def posts(self) -> int:
        """How often the order arrived at the broker."""
        return sum(body["client_order_id"] == self.name for body in self.facade.posts)

    @property
    def deletes(self) -> int:
        """How often a cancel of the order left."""
        call = f"DELETE /v2/orders/{self.facade.orders[self.name].broker_id}"
        return self.calls.came.count(call)

    def strike(self, method: str, *faults: str) -> None:
        """Break the next calls of a method."""
        self.calls.struck = 0
        self.calls.faults[method] = list(faults)

    def agree(self) -> None:
        """Nothing works, nothing came twice, and desk, gateway and broker have the same books."""
        self.calls.faults.clear()
        self.stream.release()
        live = ("new", "partially_filled", "pending_cancel")
        assert not [o for o in self.facade.orders.values() if o.status in live]
        sent = Counter(body["client_order_id"] for body in self.facade.posts)
        assert set(sent.values()) <= {1}
        fills = [r.execution_id for r in self.desk.reports if r.kind is K.FILL]
        assert len(fills) == len(set(fills)) == len(self.facade.ledger.executions)
        broker = self.desk.broker
        assert until(lambda: self._told(broker.open_orders)) == ((),)
        (held,) = until(lambda: self._told(broker.positions))
        assert sorted(held, key=str) == sorted(self.facade.matching.positions(), key=str)
        assert broker.ledger.cash_c == self.facade.ledger.cash_c
        states = broker.states(list(self.facade.orders))
        assert set(states.values()) <= {"filled", "canceled"}

    @staticmethod
    def _told(ask: Callable[[], Rows]) -> tuple[Rows] | tuple[()]:
        try:
            return (ask(),)
        except ConnectionError:
            return ()


@pytest.fixture(scope="module")
def opened_wires() -> Iterator[Wires]:
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        for name, value in SHORT.items():
            patch.setattr(name, value)
        yield Wires(stack, folder)
    shutil.rmtree(folder)


@pytest.fixture
def wires(opened_wires: Wires) -> Iterator[Wires]:
    yield opened_wires
    opened_wires.agree()


@pytest.mark.parametrize("fault", AFTER)
def test_an_order_whose_answer_is_lost_is_found_and_never_sent_again(
    fault: str, wires: Wires
) -> None:
    wires.strike("POST", fault)
    wires.submit(AT_ONCE_C)
    assert wires.refused is None
    until(lambda: K.FILL in wires.kinds, f"{wires.kinds}, at the broker {wires.posts}")
    assert wires.kinds == [K.ACK, K.FILL]
    assert (wires.posts, wires.calls.struck) == (1, 1)


@pytest.mark.parametrize("fault", ["cut before", "silent before"])
def test_an_order_that_never_arrived_is_told_as_not_found(fault: str, wires: Wires) -> None:
    wires.strike("POST", fault)
    wires.submit(AT_ONCE_C)
    assert wires.refused is None, "nobody knows yet"
    until(lambda: wires.kinds)
    assert wires.kinds == [K.NOT_FOUND]
    assert (wires.posts, wires.calls.struck) == (0, 1)


def test_an_order_that_the_broker_turns_away_is_throttled_and_may_be_sent_as_another(
    wires: Wires,
) -> None:
    wires.strike("POST", "busy before")
    wires.submit(AT_ONCE_C)
    assert (wires.refused, wires.kinds, wires.posts) == (ThrottledError, [], 0)


def test_an_order_without_a_connection_is_not_sent(wires: Wires) -> None:
    came = len(wires.facade.posts)
    with wires.calls.down():
        wires.submit(AT_ONCE_C)
    assert (wires.refused, wires.kinds) == (NotSentError, [])
    assert len(wires.facade.posts) == came


@pytest.mark.parametrize("fault", AFTER)
def test_a_cancel_whose_answer_is_lost_is_followed_and_not_repeated(
    fault: str, wires: Wires
) -> None:
    wires.submit(NEVER)
    until(lambda: wires.kinds == [K.ACK])
    wires.strike("DELETE", fault)
    wires.cancel()
    assert wires.refused is not None, "nobody knows whether it was cancelled"
    until(lambda: wires.kinds[1:], f"the broker has it as {wires.status}")
    assert wires.kinds == [K.ACK, K.CANCELED]
    assert (wires.deletes, wires.calls.struck, wires.status) == (1, 1, "canceled")


@pytest.mark.parametrize("fault", [*BEFORE, "refuse"])
def test_a_cancel_that_never_arrived_is_told_so_and_the_next_one_cancels(
    fault: str, wires: Wires
) -> None:
    wires.submit(NEVER)
    until(lambda: wires.kinds == [K.ACK])
    with ExitStack() as stack:
        if fault == "refuse":
            stack.enter_context(wires.calls.down())
        wires.strike("DELETE", fault)
        wires.cancel()
    assert wires.refused is not None
    assert (wires.kinds, wires.status) == ([K.ACK], "new")
    wires.calls.faults.clear()
    until(wires.cancel)
    until(lambda: wires.kinds == [K.ACK, K.CANCELED])


@pytest.mark.parametrize("fault", [*AFTER, *BEFORE, "refuse"])
def test_questions_that_are_lost_are_asked_again_until_the_broker_says(
    fault: str, wires: Wires
) -> None:
    wires.stream.fault = "silent"
    wires.strike("POST", "cut")
    if fault != "refuse":
        wires.calls.faults["GET"] = [fault] * 3
    wires.submit(AT_ONCE_C)
    if fault == "refuse":
        with wires.calls.down():
            until(lambda: not wires.gateway._connection.orders.up)
    until(lambda: K.FILL in wires.kinds, f"the broker has it as {wires.status}")
    assert wires.kinds == [K.ACK, K.FILL]
    assert wires.posts == 1
    assert wires.calls.struck == (1 if fault == "refuse" else 4)


@pytest.mark.parametrize("fault", [*AFTER, *BEFORE, "refuse"])
def test_books_that_are_not_told_are_no_books(fault: str, wires: Wires) -> None:
    with ExitStack() as stack:
        if fault == "refuse":
            stack.enter_context(wires.calls.down())
        wires.strike("GET", *[fault] * 9)
        with pytest.raises(ConnectionError, match="does not tell its positions now"):
            wires.desk.broker.positions()


@pytest.mark.parametrize("fault", STREAM_FAULTS)
def test_a_stream_that_breaks_or_lies_changes_nothing_that_is_booked(
    fault: str, wires: Wires
) -> None:
    until(lambda: wires.gateway._connection.streamed)
    wires.stream.struck, wires.stream.fault = 0, fault
    wires.submit(AT_ONCE_C)
    until(lambda: K.FILL in wires.kinds, f"the broker has it as {wires.status}")
    wires.stream.release()
    wires.submit(NEVER)
    wires.stream.fault = fault
    until(lambda: wires.kinds == [K.ACK])
    wires.cancel()
    until(lambda: wires.kinds == [K.ACK, K.CANCELED])
    assert wires.stream.struck
