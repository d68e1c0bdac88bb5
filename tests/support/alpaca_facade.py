"""Alpaca's API over the simulated exchange: calls on loopback, and the stream of trade updates.

What the exchange executes is told as Alpaca tells it: orders with their legs, activities, positions.
"""

from __future__ import annotations

import heapq
import json
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from engine.brokers.alpaca.hosts import Hosts
from engine.brokers.following.symbols import contract_from_occ, contract_of, occ_symbol
from engine.brokers.ledger import ExchangeLedger, Execution
from engine.config import SimulationSettings
from engine.exchange.matching.engine import MatchingEngine
from engine.exchange.session import on_day, simulated_hours, simulated_market
from engine.market.calendar import xnys
from engine.market.chain import CALL, PUT, OptionChain
from engine.market.clock import SystemClock
from engine.market.legs import SpreadLeg
from engine.market.phases import phase_at
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from tests.support.alpaca_events import AccountEvents

KEY, SECRET, NUMBER = "PKCANARY8842", "canary-secret-55172", "PA3CANARY4821"
LIVE_KEY, LIVE_SECRET, LIVE_NUMBER = "AKCANARY1207", "canary-secret-90316", "847CANARY9377"
"""Of an account of real money; the constants above are of a paper one."""

NAN = float("nan")
_ENDED = {
    ReportKind.CANCELED: "canceled",
    ReportKind.REJECTED: "rejected",
    ReportKind.EXPIRED: "expired",
}


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


@dataclass
class Order:
    """An order as the façade keeps it."""

    request: OrderRequest
    body: dict[str, Any]
    broker_id: str
    at_s: float
    status: str = "new"
    reason: str = ""
    leg_ids: list[str] = field(default_factory=list)


class AlpacaFacade:
    """One account at Alpaca.

    Attributes:
        posts: bodies of every order that came.
        faults: of the next calls of a method: a status to answer in place of the truth, "lost" for
            an answer that never comes although it was done.
        calls: every call, as "GET /v2/account".
        events: what becomes of it otherwise than by orders of spreads.
        keys: key and secret that it takes.
        feeds: of quotes that the account may ask for.
    """

    def __init__(
        self, settings: SimulationSettings, at: time = time(10, 15), *, live: bool = False
    ) -> None:
        hours = simulated_hours(settings)
        self.keys = (LIVE_KEY, LIVE_SECRET) if live else (KEY, SECRET)
        self.number = LIVE_NUMBER if live else NUMBER
        self.clock = FacadeClock(on_day(hours.date, at))
        self.market = simulated_market(settings, hours)
        self.ledger = ExchangeLedger()
        self.matching = MatchingEngine(
            self.market,
            self._at,
            settings.seed,
            lambda epoch_s: phase_at(epoch_s, xnys()),
            model=settings.fill_model,
            parameters=settings.fills,
            ledger=self.ledger,
        )
        self.lock = threading.RLock()
        self.orders: dict[str, Order] = {}
        self.posts: list[dict[str, Any]] = []
        self.calls: list[str] = []
        self.faults: dict[str, list[int | str]] = {}
        self.trading_level = 3
        self.events = AccountEvents(self)
        self.feeds = {"indicative", "opra"} if live else {"indicative"}
        self._due: list[tuple[float, int, Callable[[], None]]] = []
        self._count = 0
        self._changed = threading.Condition(self.lock)
        self._over = False
        self._streams: list[ServerConnection] = []
        self.matching.connect(self._hear)
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

    def _hear(self, report: OrderReport) -> None:
        order = self.orders[report.client_order_id]
        order.at_s = self.clock.epoch_s()
        if report.kind in _ENDED:
            order.status, order.reason = _ENDED[report.kind], report.reason
        elif report.kind is ReportKind.FILL:
            whole = self._filled(order) >= order.request.quantity
            order.status = "filled" if whole else "partially_filled"
        elif report.kind is ReportKind.CANCEL_REJECTED and order.status == "pending_cancel":
            order.status = "new"
        event = {ReportKind.FILL: "fill", ReportKind.ACK: "new"}.get(report.kind, "canceled")
        told = self.told(order, nested=len(self.orders) % 2 == 0)
        at = _moment(order.at_s)
        self._push("trade_updates", {"event": event, "timestamp": at, "at": at, "order": told})

    def _executions(self, order: Order) -> list[Execution]:
        name = order.request.client_order_id
        return [each for each in self.ledger.executions if each.client_order_id == name]

    def _filled(self, order: Order) -> int:
        return sum(each.quantity for each in self._executions(order))

    # ------------------------------------------------------------------ as Alpaca tells it

    def told(self, order: Order, *, nested: bool = True) -> dict[str, Any]:
        """An order as an answer or an event tells it."""
        executions, legs = self._executions(order), []
        filled = self._filled(order)
        request = order.request
        for leg, effect, name in zip(request.legs, request.effects, order.leg_ids, strict=True):
            paid_c = sum(
                each.price_c * abs(each.quantity)
                for execution in executions
                for each in execution.legs
                if (each.right, each.strike) == (leg.option_type, leg.strike)
            )
            legs.append(
                {
                    "id": name,
                    "client_order_id": name,
                    "symbol": occ_symbol(
                        contract_of(order.request.symbol, leg, order.request.expiration)
                    ),
                    "asset_id": _uuid(name),
                    "asset_class": "us_option",
                    "side": leg.side,
                    "position_intent": f"{leg.side}_to_{effect}",
                    "ratio_qty": "1",
                    "qty": str(request.quantity),
                    "filled_qty": str(filled),
                    "filled_avg_price": f"{paid_c / 100 / filled:.6f}" if filled else None,
                    "status": order.status,
                    **_dates(order),
                    **_OF_ORDERS,
                    "type": "",
                    "order_type": "",
                    "limit_price": None,
                    "legs": None,
                }
            )
        return {
            **_OF_ORDERS,
            **order.body,
            "id": order.broker_id,
            "status": order.status,
            "asset_id": "",
            "asset_class": "",
            "symbol": "",
            "side": "",
            "filled_qty": str(filled),
            "filled_avg_price": None,
            **_dates(order),
            "legs": legs if nested else None,
        }

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """The status and the values of an answer."""
        parts = path.strip("/").split("/")
        about_events = self.events.answer(method, parts, query)
        if about_events is not None:
            return about_events
        match method, parts:
            case "GET", ["v2", "account"]:
                return 200, self._account()
            case "GET", ["v2", "positions"]:
                held = [_position(row) for row in self.matching.positions()]
                return 200, held + self.events.positions()
            case "POST", ["v2", "orders"]:
                return self._post(body)
            case "GET", ["v2", "orders"]:
                live = ("new", "partially_filled", "pending_cancel")
                return 200, [self.told(o) for o in self.orders.values() if o.status in live]
            case "GET", ["v2", "orders:by_client_order_id"]:
                return self._one(self.orders.get(query["client_order_id"]), nested=False)
            case "GET", ["v2", "orders", broker_id]:
                return self._one(self._called(broker_id))
            case "DELETE", ["v2", "orders", broker_id]:
                return self._delete(self._called(broker_id))
            case "GET", ["v2", "account", "activities", "FILL"]:
                return 200, self._activities(query)
            case "GET", ["v2", "options", "contracts"]:
                return 200, self._contracts(query)
            case "GET", ["v2", "stocks", "trades", "latest"]:
                return 200, self._trades(query["symbols"].split(","))
            case "GET", ["v1beta1", "options", "snapshots", root]:
                if query["feed"] not in self.feeds:
                    return 403, {"message": "OPRA agreement is not signed"}
                return 200, self._snapshots(root, date.fromisoformat(query["expiration_date"]))
        return 404, {"code": 40410000, "message": "endpoint not found"}

    def _one(self, order: Order | None, *, nested: bool = True) -> tuple[int, Any]:
        if order is None:
            return 404, {"code": 40410000, "message": "order not found"}
        return 200, self.told(order, nested=nested)

    def _called(self, broker_id: str) -> Order | None:
        return next((o for o in self.orders.values() if o.broker_id == broker_id), None)

    def _account(self) -> dict[str, Any]:
        cash = (10_000_000 + self.ledger.cash_c) / 100
        return {
            "id": _uuid(self.number),
            "account_number": self.number,
            "status": "ACTIVE",
            "currency": "USD",
            "equity": f"{cash:.2f}",
            "options_buying_power": f"{cash:.2f}",
            "options_trading_level": self.trading_level,
            "account_blocked": False,
            "trading_blocked": False,
            "trade_suspended_by_user": False,
        }

    def _post(self, body: dict[str, Any]) -> tuple[int, Any]:
        self.posts.append(body)
        name = body["client_order_id"]
        if name in self.orders:
            return 422, {"code": 40010001, "message": "client_order_id must be unique"}
        request = _request(body)
        order = Order(request, body, str(uuid.uuid4()), self.clock.epoch_s())
        order.leg_ids = [str(uuid.uuid4()) for _ in request.legs]
        self.orders[name] = order
        self.matching.submit(request, self.clock.epoch_s())
        return 200, self.told(order)

    def _delete(self, order: Order | None) -> tuple[int, Any]:
        if order is None:
            return 404, {"code": 40410000, "message": "order not found"}
        if order.status not in ("new", "partially_filled", "pending_cancel"):
            text = f'order is already in "{order.status}" state'
            return 422, {"code": 42210000, "message": text}
        order.status = "pending_cancel"
        self.matching.cancel(order.request.client_order_id, self.clock.epoch_s())
        return 204, None

    def _activities(self, query: dict[str, str]) -> list[dict[str, Any]]:
        rows = []
        for number, execution in enumerate(self.ledger.executions):
            order = self.orders[execution.client_order_id]
            for at, fill in enumerate(execution.legs):
                leg = next(
                    i for i, each in enumerate(order.request.legs)
                    if (each.option_type, each.strike) == (fill.right, fill.strike)
                )  # fmt: skip
                request = order.request
                contract = contract_of(request.symbol, request.legs[leg], request.expiration)
                rows.append(
                    {
                        "id": f"{number:012d}::{at}",
                        "activity_type": "FILL",
                        "type": "fill",
                        "cum_qty": str(abs(fill.quantity)),
                        "leaves_qty": "0",
                        "order_id": order.leg_ids[leg],
                        "symbol": occ_symbol(contract),
                        "side": "buy" if fill.quantity > 0 else "sell",
                        "qty": str(abs(fill.quantity)),
                        "price": f"{fill.price_c / 100:.2f}",
                        "transaction_time": _moment(execution.at_s),
                    }
                )
        after = query.get("page_token", "")
        rows = [row for row in rows if row["id"] > after]
        if query["direction"] == "desc":
            rows.reverse()
        return rows[: int(query["page_size"])]

    def _contracts(self, query: dict[str, str]) -> dict[str, Any]:
        root = query["root_symbol"]
        days = self.market.expirations(root, self.clock.epoch_s())
        low = float(query.get("strike_price_gte", "0"))
        high = float(query.get("strike_price_lte", "inf"))
        rows = []
        for day in days:
            chain = self.market.chain(root, day, self.clock.epoch_s())
            strikes = [] if chain is None else chain.strike_list
            rows += [_contract(root, day, strike) for strike in strikes if low <= strike <= high]
        begins = int(query.get("page_token") or 0)
        ends = begins + int(query.get("limit", "100"))
        token = str(ends) if ends < len(rows) else None
        return {"option_contracts": rows[begins:ends], "next_page_token": token}

    def _trades(self, symbols: list[str]) -> dict[str, Any]:
        now_s = self.clock.epoch_s()
        prices = {symbol: self.market.underlying(symbol, now_s) for symbol in symbols}
        told = {
            s: {"p": price, "t": _moment(now_s), "s": 100, "x": "V", "i": 1, "c": ["@"], "z": "B"}
            for s, price in prices.items()
            if price
        }
        return {"trades": told}

    def _snapshots(self, root: str, expiration: date) -> dict[str, Any]:
        chain = self.market.chain(root, expiration, self.clock.epoch_s())
        rows: dict[str, Any] = {}
        for column, strike in enumerate([] if chain is None else chain.strike_list):
            for row, right in ((CALL, "call"), (PUT, "put")):
                assert chain is not None
                leg = SpreadLeg(strike, expiration, right, "buy", NAN, NAN)  # type: ignore[arg-type]
                symbol = occ_symbol(contract_of(root, leg, expiration))
                rows[symbol] = _snapshot(chain, row, column, self.clock.epoch_s())
        return {"snapshots": rows, "next_page_token": None}

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

    def _push(self, stream: str, data: dict[str, Any]) -> None:
        for peer in list(self._streams):
            try:
                self._say(peer, stream, data)
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


def _moment(epoch_s: float) -> str:
    return datetime.fromtimestamp(epoch_s, UTC).isoformat().replace("+00:00", "Z")


def _contract(root: str, day: date, strike: float) -> dict[str, Any]:
    symbol = occ_symbol(contract_of(root, SpreadLeg(strike, day, "call", "buy", NAN, NAN), day))
    return {
        "id": _uuid(symbol),
        "symbol": symbol,
        "name": symbol,
        "status": "active",
        "tradable": True,
        "expiration_date": day.isoformat(),
        "root_symbol": root,
        "underlying_symbol": root,
        "underlying_asset_id": _uuid(root),
        "type": "call",
        "style": "american",
        "strike_price": f"{strike:g}",
        "multiplier": "100",
        "size": "100",
        "ppind": True,
    }


def _dates(order: Order) -> dict[str, Any]:
    at = _moment(order.at_s)
    ended = {"filled": "filled_at", "canceled": "canceled_at", "expired": "expired_at"}
    never = dict.fromkeys(("filled_at", "canceled_at", "expired_at", "failed_at", "replaced_at"))
    told = {"created_at": at, "updated_at": at, "submitted_at": at, "expires_at": at}
    return never | told | ({ended[order.status]: at} if order.status in ended else {})


_OF_ORDERS: dict[str, Any] = {
    "order_class": "mleg",
    "order_type": "limit",
    "type": "limit",
    "time_in_force": "day",
    "extended_hours": False,
    "notional": None,
    "stop_price": None,
    "trail_percent": None,
    "trail_price": None,
    "hwm": None,
    "replaced_by": None,
    "replaces": None,
    "source": None,
    "subtag": None,
}
"""What Alpaca tells of every order, and nobody here reads."""


_VALUES = (
    "avg_entry_price", "cost_basis", "market_value", "current_price", "lastday_price",
    "change_today", "unrealized_pl", "unrealized_plpc", "unrealized_intraday_pl",
    "unrealized_intraday_plpc",
)  # fmt: skip
"""What a position is worth, which nobody here reads."""


def _position(row: Any) -> dict[str, Any]:
    leg = SpreadLeg(row.strike, row.expiration, row.right, "buy", NAN, NAN)
    symbol = occ_symbol(contract_of(row.symbol, leg, row.expiration))
    return {
        "asset_id": _uuid(symbol),
        "asset_marginable": False,
        "exchange": "",
        **dict.fromkeys(_VALUES, "0"),
        "symbol": symbol,
        "asset_class": "us_option",
        "qty": str(row.quantity),
        "side": "long" if row.quantity > 0 else "short",
    }


def _snapshot(chain: OptionChain, row: int, column: int, now_s: float) -> dict[str, Any]:
    quoted_s = chain.quoted_s[row, column]
    sides = (("bp", chain.bid), ("ap", chain.ask), ("bs", chain.bid_size), ("as", chain.ask_size))
    quote: dict[str, Any] = {name: _figure(values[row, column]) for name, values in sides}
    quote |= {"bs": int(quote["bs"]), "as": int(quote["as"]), "bx": "C", "ax": "C", "c": " "}
    quote["t"] = _moment(now_s if quoted_s != quoted_s else float(quoted_s))
    told: dict[str, Any] = {"latestQuote": quote}
    if chain.iv[row, column] == chain.iv[row, column]:
        told["impliedVolatility"] = float(chain.iv[row, column])
    return told


def _figure(value: float) -> float:
    """A figure of a quote; a side that nobody quotes is told as 0."""
    return 0.0 if value != value else float(value)


def _uuid(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))


def _request(body: dict[str, Any]) -> OrderRequest:
    """The order that a body asks for, read by other code than wrote it."""
    price_c = round(float(body["limit_price"]) * 100)
    legs, intents = [], []
    root, expiration = "", date.min
    for row in sorted(body["legs"], key=lambda each: str(each["side"])):
        root, expiration, right, strike = contract_from_occ(row["symbol"])
        legs.append(SpreadLeg(strike, expiration, right, row["side"], NAN, NAN))  # type: ignore[arg-type]
        intents.append(row["position_intent"].rpartition("_")[2])
    part = Part.DEBIT if price_c > 0 else Part.CREDIT
    return OrderRequest(
        body["client_order_id"], root, root, expiration, part, (legs[0], legs[1]),
        int(body["qty"]), abs(price_c), effects=(intents[0], intents[1]),
    )  # fmt: skip
