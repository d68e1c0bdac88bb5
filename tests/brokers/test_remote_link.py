"""One unreadable frame from an exchange costs a reconnect and nothing else."""

from __future__ import annotations

import json
import queue
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.execution import Execution, LegFill
from engine.brokers.ledger_file import execution_plain
from engine.brokers.protocol import NotSentError
from engine.brokers.remote.broker import RemoteBroker, _Left
from engine.brokers.remote.codec import report_of, report_plain
from engine.brokers.remote.facts import Caps, Health, SessionFacts
from engine.brokers.remote.frames import VERSION, packed
from engine.brokers.remote.link import Link, LinkError
from engine.market.clock import SessionClock
from engine.market.legs import SpreadLeg
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from tests.support.exchange_processes import until

WITHIN_S = 120.0
GOOD = report_plain(OrderReport(ReportKind.ACK, "S0-1", 1.0, "B1"))

FACTS = SessionFacts("b", "PAPER", "4821", "opra", "live", Caps(), SessionClock(0.0, 0.0))


class Exchange:
    """Listens as an exchange does; a test says what it sends.

    Attributes:
        hellos: each connection, and what it said first.
        asked: what was asked for after that; the answer is nonsense.
        refused: orders of which it knows nothing; silent: those about which it never answers.
        facts: what it says of its session.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "s"
        self.hellos: queue.Queue[tuple[socket.socket, dict[str, Any]]] = queue.Queue()
        self.asked: queue.Queue[dict[str, Any]] = queue.Queue()
        self.refused: set[str] = set()
        self.silent: set[str] = set()
        self.facts: dict[str, Any] = {}
        self._listening = socket.socket(socket.AF_UNIX)
        self._listening.bind(str(self.path))
        self._listening.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(accepted,), daemon=True).start()

    def _serve(self, peer: socket.socket) -> None:
        with peer:
            try:
                while True:
                    (length,) = struct.unpack(">I", peer.recv(4, socket.MSG_WAITALL))
                    message = json.loads(peer.recv(length, socket.MSG_WAITALL))
                    if message["op"] == "hello":
                        peer.sendall(
                            packed({"id": 0, "ok": {"seq": 4, "version": VERSION, **self.facts}})
                        )
                        self.hellos.put((peer, message))
                    else:
                        self.asked.put(message)
                        if message.get("order") in self.silent:
                            continue
                        unknown = message.get("order") in self.refused
                        said = {"error": "unknown"} if unknown else {"ok": ["nonsense"]}
                        peer.sendall(packed({"id": message["id"], **said}))
            except (OSError, struct.error):
                return  # the client has gone

    def next_hello(self) -> tuple[socket.socket, dict[str, Any]]:
        return self.hellos.get(timeout=WITHIN_S)

    def close(self) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()


@pytest.fixture
def exchange() -> Iterator[Exchange]:
    folder = Path(tempfile.mkdtemp())  # a socket's path must be short
    exchange = Exchange(folder)
    yield exchange
    exchange.close()
    shutil.rmtree(folder)


@pytest.fixture
def heard() -> queue.Queue[OrderReport]:
    return queue.Queue()


@pytest.fixture
def broker(exchange: Exchange, heard: queue.Queue[OrderReport]) -> Iterator[RemoteBroker]:
    link = Link(exchange.path, "desk", "a")
    broker = RemoteBroker(link, FACTS.clock, FACTS)
    broker.connect(heard.put)
    link.connect()
    link.start(on_push=broker.hear, on_reconnect=broker.ask_about_all)
    yield broker
    link.close()


def framed(text: bytes) -> bytes:
    return struct.pack(">I", len(text)) + text


UNREADABLE = {
    "report": packed({"seq": 5, "report": ["nonsense"]}),
    "kind": packed({"seq": 5, "report": ["wat", *GOOD[1:]]}),
    "quantity": packed({"seq": 5, "report": [*GOOD[:5], 1e300, *GOOD[6:]]}),
    "sequence": packed({"seq": "x", "report": GOOD}),
    "id": packed({"id": "x", "ok": 1}),
    "nest": framed(b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "no JSON": framed(b"{{{"),
    "infinite": framed(b'{"seq":5,"report":Infinity}'),
    "too long": b"\xff\xff\xff\xff",
}


@pytest.mark.parametrize("unreadable", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_unreadable_frame_is_followed_by_a_reconnect_that_asks_for_what_was_missed(
    unreadable: bytes, exchange: Exchange, broker: RemoteBroker, heard: queue.Queue[OrderReport]
) -> None:
    desk, hello = exchange.next_hello()
    assert hello["since"] is None
    desk.sendall(unreadable)
    again, hello = exchange.next_hello()
    assert hello["since"] == 4, "nothing that could not be read counts as heard"
    again.sendall(packed({"seq": 5, "report": GOOD}) + packed({"seq": 6, "report": GOOD}))
    assert [heard.get(timeout=WITHIN_S).client_order_id for _ in range(2)] == ["S0-1", "S0-1"]


def test_a_report_that_is_unreadable_twice_is_passed_over_and_its_order_asked_about(
    exchange: Exchange, broker: RemoteBroker, heard: queue.Queue[OrderReport]
) -> None:
    broker._leaves["S0-9"] = _Left(1)
    for since in (None, 4):
        desk, hello = exchange.next_hello()
        assert hello["since"] == since
        desk.sendall(UNREADABLE["report"])
    desk, hello = exchange.next_hello()
    assert hello["since"] == 5
    asked = exchange.asked.get(timeout=WITHIN_S)
    assert (asked["op"], asked["order"]) == ("query", "S0-9")
    desk.sendall(packed({"seq": 6, "report": GOOD}))
    assert heard.get(timeout=WITHIN_S).client_order_id == "S0-1"


def test_an_order_that_nobody_there_knows_does_not_keep_the_others_from_being_asked_about(
    exchange: Exchange, broker: RemoteBroker
) -> None:
    broker._leaves.update({"S0-8": _Left(1), "S0-9": _Left(1)})
    exchange.refused = {"S0-8"}
    desk, _ = exchange.next_hello()
    desk.shutdown(socket.SHUT_RDWR)
    exchange.next_hello()
    asked = [exchange.asked.get(timeout=WITHIN_S)["order"] for _ in range(2)]
    assert asked == ["S0-8", "S0-9"]


def test_books_that_cannot_be_read_are_no_answer(exchange: Exchange, broker: RemoteBroker) -> None:
    exchange.next_hello()
    for ask in (broker.open_orders, broker.positions, lambda: broker.ledger):
        with pytest.raises(LinkError, match="cannot be read"):
            ask()


def test_the_ledger_is_fetched_anew_after_a_correction(exchange: Exchange) -> None:
    def execution(number: int, price_c: int) -> Execution:
        legs = (LegFill("call", 100.0, 1, price_c + 50), LegFill("call", 105.0, -1, 50))
        name = f"B1:{number}"
        return Execution(
            name, "S0-1", 1.0, "SPY", date(2027, 1, 15), 1, price_c, True, 100, legs, 6
        )

    there = [execution(1, 110), execution(2, 110)]

    class Told(Link):
        def ask(self, op: str, within_s: float = 2.0, **arguments: Any) -> Any:
            rows = there if op == "executions" else []
            return [execution_plain(row) for row in rows[arguments["since"] :]]

    broker = RemoteBroker(Told(exchange.path, "desk", "a"), FACTS.clock, FACTS)
    assert broker.ledger.cash_c == -22_000
    there[:] = [execution(2, 105), execution(3, 110)]
    correction = OrderReport(ReportKind.CORRECTION, "S0-1", 2.0, "B1", "B1:1", 0, 110)
    broker.hear({"report": report_plain(correction)})
    assert broker.ledger.cash_c == -21_500


def test_one_slow_answer_after_a_reconnect_does_not_end_the_questions(
    exchange: Exchange, broker: RemoteBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.brokers.remote.link.ANSWER_WITHIN_S", 0.1)
    monkeypatch.setattr("engine.brokers.remote.broker.ORDERS_WITHIN_S", 0.2)
    first, _ = exchange.next_hello()
    exchange.silent.add("S0-1")
    for name in ("S0-1", "S0-2"):
        broker._leaves[name] = _Left(1)
    first.shutdown(socket.SHUT_RDWR)
    asked = [exchange.asked.get(timeout=WITHIN_S)["order"] for _ in range(2)]
    assert asked == ["S0-1", "S0-2"]


@pytest.mark.parametrize("change", [{"account_tail": "9999"}, {"mode": "LIVE"}])
def test_another_account_than_the_desk_began_on_is_asked_nothing_and_not_heard(
    change: dict[str, str], exchange: Exchange, broker: RemoteBroker
) -> None:
    heard: list[object] = []
    broker.connect(heard.append)
    broker.connect_settlements(heard.append)
    broker._leaves["S0-1"] = _Left(1)
    first, _ = exchange.next_hello()
    exchange.facts = FACTS.plain() | change
    first.shutdown(socket.SHUT_RDWR)
    exchange.next_hello()
    until(lambda: broker.link.connected and broker.link.told.items() >= change.items())
    day = date(2027, 1, 15)
    legs = (
        SpreadLeg(100.0, day, "call", "buy", 1.0, 1.1), SpreadLeg(105.0, day, "call", "sell", 1.0, 1.1)
    )  # fmt: skip
    order = OrderRequest("S0-1", "SPY", "SPY", day, Part.CREDIT, legs, 1, 110)
    says = r"holds account ….* began on …4821 \(PAPER\): log in .* or stop the desk"
    with pytest.raises(NotSentError, match=says):
        broker.submit(order, FACTS.clock.epoch_s())
    for ask in (
        lambda: broker.cancel("S0-1", 0.0),
        lambda: broker.query("S0-1", 0.0),
        lambda: broker.close_shares("SPY", 0.0),
        lambda: broker.states(["S0-1"]),
        lambda: broker.ledger,
        broker.open_orders, broker.positions, broker.shares, broker.account,
    ):  # fmt: skip
        with pytest.raises(LinkError, match=says):
            ask()
    broker.hear({"seq": 9, "report": GOOD})
    broker.ask_about_all()
    assert exchange.asked.empty() and heard == []
    broker.hear({"health": Health(True, True, 1.0).plain()})
    assert broker.health is not None, "that somebody is there is told"


def test_the_brokers_time_is_told_against_this_desks_own_where_the_next_gateway_has_another(
    exchange: Exchange, broker: RemoteBroker
) -> None:
    """The host's clock was 90 s fast when the desk began, and right when the gateway did."""
    told = Health(True, True, 1.0, clock_ahead_s=0.2)
    broker.hear({"health": told.plain()})
    assert broker.health is not None and broker.health[0] == told
    first, _ = exchange.next_hello()
    later = replace(FACTS, clock=SessionClock(50.0, -40.0))
    exchange.facts = later.plain()
    first.shutdown(socket.SHUT_RDWR)
    exchange.next_hello()
    until(lambda: broker.link.connected and "mode" in broker.link.told)
    broker.hear({"health": told.plain()})
    assert broker.health[0].clock_ahead_s == pytest.approx(-89.8)


def test_what_comes_of_an_order_after_its_books_were_read_is_heard(exchange: Exchange) -> None:
    def push(broker: RemoteBroker, kind: ReportKind, name: str, execution: str) -> None:
        report = OrderReport(kind, name, 2.0, "B1", execution, int(kind is ReportKind.FILL), 110)
        broker.hear({"report": report_plain(report)})

    broker = RemoteBroker(Link(exchange.path, "desk", "a"), FACTS.clock, FACTS)
    push(broker, ReportKind.FILL, "S0-1", "B1:1")
    push(broker, ReportKind.CORRECTION, "S0-1", "B1:2")
    push(broker, ReportKind.FILL, "S0-2", "B2:1")
    broker.acknowledge_known(["S0-1"])
    heard: list[OrderReport] = []
    broker.connect(heard.append)
    assert [each.execution_id for each in heard] == ["B1:2", "B2:1"]
    push(broker, ReportKind.CORRECTION, "S0-1", "B1:1")
    push(broker, ReportKind.FILL, "S0-1", "B1:3")
    assert [each.execution_id for each in heard[2:]] == ["B1:1", "B1:3"]


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("nothing", "did not answer in 0.05 s; it is busy or hangs: try again"),
        ("closes", "closed the connection; it may be ending: try again"),
        ("talks", "is no exchange of this version"),
    ],
)
def test_who_listens_and_does_not_answer_is_not_told_to_be_started(
    tmp_path: Path, does: str, says: str
) -> None:
    path = Path(tempfile.mkdtemp(dir=tmp_path.parent)) / "s"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen(1)

        def serve() -> None:
            peer, _ = listening.accept()
            with peer:
                if does == "talks":
                    peer.sendall(framed(b"{{{"))
                    peer.recv(1 << 16)

        if does != "nothing":
            threading.Thread(target=serve, daemon=True).start()
        within_s = 0.05 if does == "nothing" else WITHIN_S
        with pytest.raises(LinkError, match=says) as error:
            Link(path, "look", "").connect(within_s)
    assert "legdesk exchange` runs" in str(error.value) or "start one" not in str(error.value)


def test_where_nobody_listens_the_exchange_is_to_be_started(tmp_path: Path) -> None:
    with pytest.raises(LinkError, match=r"no exchange answers at .* start one"):
        Link(tmp_path / "s", "look", "").connect()


def test_the_brokers_own_word_for_a_state_comes_over_the_wire_where_it_has_one() -> None:
    report = OrderReport(ReportKind.ACK, "S0-1", 1.0, "B1", raw_state="accepted_for_bidding")
    assert report_of(report_plain(report)) == report
    plain = OrderReport(ReportKind.ACK, "S0-1", 1.0, "B1")
    assert len(report_plain(plain)) == 9 and report_of(report_plain(plain)) == plain
