"""Alpaca's API over the simulated exchange: calls on loopback, and the stream of trade updates.

What is answered and told is the engine's (`engine/exchange/alpaca`); here are its sockets, real
time and the faults that a test asks for.
"""

from __future__ import annotations

import heapq
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from engine.brokers.alpaca.hosts import Hosts
from engine.brokers.ledger import ExchangeLedger
from engine.config import SimulationSettings
from engine.exchange.alpaca.account import AlpacaAccount
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.session import on_day, simulated_hours, simulated_market
from engine.market.calendar import xnys
from engine.market.clock import SystemClock
from engine.market.phases import phase_at
from tests.support.alpaca_events import AccountEvents

KEY, SECRET, NUMBER = "PKCANARY8842", "canary-secret-55172", "PA3CANARY4821"
LIVE_KEY, LIVE_SECRET, LIVE_NUMBER = "AKCANARY1207", "canary-secret-90316", "847CANARY9377"
"""Of an account of real money; the constants above are of a paper one."""


class FacadeClock:
    """Real time, shifted to the simulated session."""

    def __init__(self, begins_s: float) -> None:
        self._real = SystemClock()
        self._shift_s = begins_s - self._real.epoch_s()

    def now_s(self) -> float:
        return self._real.now_s()

    def epoch_s(self) -> float:
        return self._real.epoch_s() + self._shift_s

    def wait(self, condition: threading.Condition, timeout_s: float | None) -> None:
        self._real.wait(condition, timeout_s)


class AlpacaFacade(AlpacaAccount):
    """One account at Alpaca, behind sockets; answers and sockets share one lock.

    It rejects no order at random, whose lot hangs on ids that differ from run to run: a test that
    wants a refusal asks for it.

    Attributes:
        faults: of the next calls of a method: a status to answer in place of the truth, "lost" for
            an answer that never comes although it was done.
        calls: every call, as "GET /v2/account".
        events: what becomes of it otherwise than by orders of spreads.
        keys: key and secret that it takes.
    """

    def __init__(
        self, settings: SimulationSettings, at: time = time(10, 15), *, live: bool = False
    ) -> None:
        hours = simulated_hours(settings)
        self.keys = (LIVE_KEY, LIVE_SECRET) if live else (KEY, SECRET)
        self.clock = FacadeClock(on_day(hours.date, at))
        self.market = simulated_market(settings, hours)
        self.ledger = ExchangeLedger()
        self.matching = MatchingEngine(
            self.market,
            self._at,
            settings.seed,
            lambda epoch_s: phase_at(epoch_s, xnys()),
            model=settings.fill_model,
            parameters=settings.fills.changed(reject=0.0),
            ledger=self.ledger,
        )
        number = LIVE_NUMBER if live else NUMBER
        super().__init__(number, self.matching, self.market, self.clock, self._push)
        if live:
            self.feeds.add("opra")
        self.events = AccountEvents(self)
        self.lock = threading.RLock()
        self.calls: list[str] = []
        self.faults: dict[str, list[int | str]] = {}
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._changed = threading.Condition(self.lock)
        self._over = False
        self._streams: list[ServerConnection] = []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._ws = serve(self._stream, "127.0.0.1", 0)
        self._threads = [
            threading.Thread(target=target, daemon=True)
            for target in (self._run_timers, self._http.serve_forever, self._ws.serve_forever)
        ]
        for thread in self._threads:
            thread.start()
        base = f"http://127.0.0.1:{self._http.server_address[1]}"
        port = self._ws.socket.getsockname()[1]
        self.hosts = Hosts(base, base, f"ws://127.0.0.1:{port}/stream")

    def close(self) -> None:
        with self.lock:
            self._over = True
            self._changed.notify_all()
        self._http.shutdown()
        self._http.server_close()
        self._ws.shutdown()

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        about_events = self.events.answer(method, path.strip("/").split("/"), query, body)
        return about_events or super().answer(method, path, query, body)

    def headers(self) -> dict[str, str]:
        """Of every answer, besides those that HTTP needs."""
        return {}

    # ------------------------------------------------------------------ the exchange's time

    def _at(self, due_s: float, call: Callable[[], None]) -> None:
        with self.lock:
            self._count += 1
            heapq.heappush(self._due, (due_s, self._count, call))
            self._changed.notify_all()

    def _run_timers(self) -> None:
        with self.lock:
            while not self._over:
                now_s = self.clock.epoch_s()
                while self._due and self._due[0][0] <= now_s:
                    heapq.heappop(self._due)[2]()
                self._changed.wait(min(0.2, self._due[0][0] - now_s) if self._due else 0.2)

    # ------------------------------------------------------------------ the wires

    def _handler(facade) -> type[BaseHTTPRequestHandler]:  # noqa: N805
        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def log_message(self, *given: object) -> None:
                return

            def date_time_string(self, timestamp: float | None = None) -> str:
                return formatdate(facade.clock.epoch_s(), usegmt=True)

            def _serve(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                keys = self.headers.get("APCA-API-KEY-ID"), self.headers.get("APCA-API-SECRET-KEY")
                with facade.lock:
                    facade.calls.append(f"{self.command} {parts.path}")
                    waiting = facade.faults.get(self.command)
                    fault = waiting.pop(0) if waiting else None
                    if keys != facade.keys:
                        status, told = 401, {"message": "unauthorized."}
                    elif isinstance(fault, int):
                        status, told = fault, None
                    else:
                        query = dict(parse_qsl(parts.query))
                        status, told = facade.answer(self.command, parts.path, query, body)
                if fault == "lost":
                    self.close_connection = True
                    return
                data = b"" if told is None else json.dumps(told).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                for name, value in facade.headers().items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_DELETE = _serve  # noqa: N815

        return Handler

    def _stream(self, peer: ServerConnection) -> None:
        try:
            login = json.loads(peer.recv())["data"]
            good = (login["key_id"], login["secret_key"]) == self.keys
            status = "authorized" if good else "unauthorized"
            self._say(peer, "authorization", {"action": "authenticate", "status": status})
            if not good:
                return
            streams = json.loads(peer.recv())["data"]["streams"]
            self._say(peer, "listening", {"streams": streams})
            self._streams.append(peer)
            for _ in peer:
                continue
        except ConnectionClosed:
            return
        finally:
            if peer in self._streams:
                self._streams.remove(peer)

    @staticmethod
    def _say(peer: ServerConnection, stream: str, data: dict[str, Any]) -> None:
        peer.send(json.dumps({"stream": stream, "data": data}).encode())

    def _push(self, event: dict[str, Any]) -> None:
        for peer in list(self._streams):
            try:
                self._say(peer, "trade_updates", event)
            except ConnectionClosed:
                continue


@contextmanager
def alpaca(settings: SimulationSettings, *, live: bool = False) -> Iterator[AlpacaFacade]:
    """A façade that serves while the block runs; a paper account unless it is a live one."""
    facade = AlpacaFacade(settings, live=live)
    try:
        yield facade
    finally:
        facade.close()
