"""One account at Alpaca over the simulated exchange: what a call is answered, what the stream says.

What the exchange executes is told as Alpaca tells it: orders with their legs, activities,
positions. Who carries calls and events, over sockets or in virtual time, is another's matter.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from datetime import datetime
from typing import Any, Final

from engine.brokers.execution import Execution
from engine.brokers.following.symbols import contract_of, occ_symbol
from engine.brokers.protocol import ContractPosition, MarketData, SharePosition
from engine.exchange.alpaca.orders import NAN, WORKING, Order, moment, request_of, uuid_of
from engine.exchange.alpaca.quotes import contracts, index_values, last_trades, snapshots
from engine.exchange.matching.engine import MatchingEngine
from engine.market.clock import Clock
from engine.market.legs import SpreadLeg
from engine.market.ticks import is_index, underlying_of
from engine.orders.types import OrderReport, ReportKind

CASH_C: Final = 10_000_000
"""Cents that the account begins with."""

ORDERS_A_PAGE: Final = 50
"""Orders of a page, where a call does not say how many."""

_ENDED: Final = {
    ReportKind.CANCELED: "canceled",
    ReportKind.REJECTED: "rejected",
    ReportKind.EXPIRED: "expired",
}
_ABSENT: Final = (404, {"code": 40410000, "message": "order not found"})
_VALUES: Final = (
    "avg_entry_price", "cost_basis", "market_value", "current_price", "lastday_price",
    "change_today", "unrealized_pl", "unrealized_plpc", "unrealized_intraday_pl",
    "unrealized_intraday_plpc",
)  # fmt: skip
"""What a position is worth, which nobody here reads."""

Event = dict[str, Any]


class AlpacaAccount:
    """One account at Alpaca; used from one thread at a time.

    Args:
        number: the account's.
        matching: works the orders; its ledger is the account's.
        market: the true quotes.
        clock: the exchange's time.
        push: takes each trade update, in Alpaca's form.
        behind_s: for how many seconds answers about orders do not know an execution, unless an
            event tells it before; asked once for each.

    Attributes:
        posts: bodies of every order that came.
        orders: every order that was taken, by our id.
        feeds: those whose quotes it may read.
        trading_level: its level of option trading.
        tells_indices: whether it may ask for values of indices.
    """

    def __init__(
        self,
        number: str,
        matching: MatchingEngine,
        market: MarketData,
        clock: Clock,
        push: Callable[[Event], None],
        behind_s: Callable[[], float] = lambda: 0.0,
    ) -> None:
        self._number, self._matching, self._market = number, matching, market
        self._clock, self._push = clock, push
        self.posts: list[dict[str, Any]] = []
        self.orders: dict[str, Order] = {}
        self.feeds = {"indicative"}
        self.trading_level = 3
        self.tells_indices = True
        self._by_id: dict[str, Order] = {}
        self._fills: list[tuple[Order, Execution]] = []
        self._behind_s, self._seen = behind_s, 0
        self._untold: list[tuple[float, Execution]] = []
        matching.connect(self._hear)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        """The status and the values of an answer."""
        now_s = self._clock.epoch_s()
        self._take_executions(now_s)
        match method, path.strip("/").split("/"):
            case "GET", ["v2", "account"]:
                return 200, self._account()
            case "GET", ["v2", "positions"]:
                contracts_held = [_position(row) for row in self._matching.positions()]
                return 200, contracts_held + [_share(row) for row in self._matching.shares()]
            case "POST", ["v2", "orders"]:
                return self._post(body, now_s)
            case "GET", ["v2", "orders"]:
                return 200, self._page(query)
            case "GET", ["v2", "orders:by_client_order_id"]:
                return _one(self.orders.get(query["client_order_id"]), nested=False)
            case "GET", ["v2", "orders", broker_id]:
                return _one(self._by_id.get(broker_id))
            case "DELETE", ["v2", "orders", broker_id]:
                return self._delete(self._by_id.get(broker_id), now_s)
            case "GET", ["v2", "account", "activities"]:
                return 200, []  # nothing ends on this exchange before the account is closed
            case "GET", ["v2", "account", "activities", "FILL"]:
                return 200, self._activities(query)
            case "GET", ["v2", "options", "contracts"]:
                return 200, contracts(self._market, query, now_s)
            case "GET", ["v2", "stocks", "trades", "latest"]:
                symbols = query["symbols"].split(",")
                if any(map(is_index, symbols)):  # nobody trades an index: it is no share
                    return 400, {"message": f"invalid symbol in {query['symbols']}"}
                return 200, last_trades(self._market, symbols, now_s)
            case "GET", ["v1beta1", "indices", "latest", "values"]:
                if not self.tells_indices:
                    return 403, {"message": "insufficient grants"}
                return 200, index_values(self._market, query["index_symbols"].split(","), now_s)
            case "GET", ["v1beta1", "options", "snapshots", underlying]:
                if query["feed"] not in self.feeds:
                    return 403, {"message": "OPRA agreement is not signed"}
                root = query.get("root_symbol", underlying)
                if underlying_of(root) != underlying:
                    return 200, {"snapshots": {}, "next_page_token": None}
                return 200, snapshots(self._market, root, query.get("expiration_date"), now_s)
        return 404, {"code": 40410000, "message": "endpoint not found"}

    def client_id(self, broker_id: str) -> str:
        """Our id of an order that Alpaca calls so; its own where there is none."""
        order = self._by_id.get(broker_id)
        return broker_id if order is None else order.request.client_order_id

    def cross(self, broker_id: str) -> None:
        """Let an execution cross the next cancel of an order, where it could trade."""
        self._matching.crossing.add(self.client_id(broker_id))

    # ------------------------------------------------------------------ orders

    def _post(self, body: dict[str, Any], now_s: float) -> tuple[int, Any]:
        self.posts.append(body)
        name = body["client_order_id"]
        if name in self.orders:
            return 422, {"code": 40010001, "message": "client_order_id must be unique"}
        request, stem = request_of(body), f"{self._number}/{name}"
        leg_ids = tuple(uuid_of(f"{stem}/{at}") for at in range(len(request.legs)))
        order = Order(request, body, uuid_of(stem), now_s, leg_ids, now_s, len(self.orders))
        self.orders[name] = self._by_id[order.broker_id] = order
        self._matching.submit(request, now_s)
        return 200, order.told()

    def _delete(self, order: Order | None, now_s: float) -> tuple[int, Any]:
        if order is None:
            return _ABSENT
        if order.status not in WORKING:
            text = f'order is already in "{order.status}" state'
            return 422, {"code": 42210000, "message": text}
        order.change("pending_cancel", order.at_s)
        self._matching.cancel(order.request.client_order_id, now_s)
        return 204, None

    def _hear(self, report: OrderReport) -> None:
        """Take what the exchange reports of an order, and tell the stream."""
        order, now_s = self.orders[report.client_order_id], self._clock.epoch_s()
        self._take_executions(now_s, report.execution_id)
        event = "new"
        if report.kind in _ENDED:
            event = _ENDED[report.kind]
            whole = order.filled >= order.request.quantity
            order.change(order.status if whole else event, now_s, report.reason)
        elif report.kind is ReportKind.FILL:
            event = "fill" if order.filled >= order.request.quantity else "partial_fill"
            order.change(order.status, now_s)
        elif report.kind is ReportKind.CANCEL_REJECTED:
            event = "order_cancel_rejected"
            order.change("new" if order.status == "pending_cancel" else order.status, now_s)
        else:
            order.change(order.status, now_s)
        at = moment(now_s)
        told = order.told(nested=len(self.orders) % 2 == 0)
        self._push({"event": event, "timestamp": at, "at": at, "order": told})

    def _take_executions(self, now_s: float, told: str = "") -> None:
        """Let answers know what was executed: what they are not behind, and what an event tells."""
        booked = self._matching.ledger.executions
        fresh, self._seen = booked[self._seen :], len(booked)
        self._untold += [(each.at_s + self._behind_s(), each) for each in fresh]
        rest: list[tuple[float, Execution]] = []
        for due_s, execution in self._untold:
            if due_s > now_s and execution.execution_id != told:
                rest.append((due_s, execution))
                continue
            order = self.orders[execution.client_order_id]
            order.fill(execution, now_s)
            self._fills.append((order, execution))
        self._untold = rest

    def _page(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """A page of orders, by when they were sent: from a second on, or after one of them."""
        rows = list(self.orders.values())
        last = self._by_id.get(query.get("after_order_id", ""))
        if last is not None:
            rows = rows[last.number + 1 :]
        elif since := query.get("after"):
            since_s = datetime.fromisoformat(since).timestamp()
            rows = rows[bisect_right(rows, since_s, key=lambda order: order.sent_s) :]
        if query.get("status") != "all":
            rows = [order for order in rows if order.status in WORKING]
        if query.get("direction") != "asc":
            rows.reverse()
        return [order.told() for order in rows[: int(query.get("limit", ORDERS_A_PAGE))]]

    # ------------------------------------------------------------------ the account

    def _account(self) -> dict[str, Any]:
        cash = (CASH_C + self._matching.ledger.cash_c) / 100
        return {
            "id": uuid_of(self._number),
            "account_number": self._number,
            "status": "ACTIVE",
            "currency": "USD",
            "equity": f"{cash:.2f}",
            "options_buying_power": f"{cash:.2f}",
            "options_trading_level": self.trading_level,
            "account_blocked": False,
            "trading_blocked": False,
            "trade_suspended_by_user": False,
        }

    def _activities(self, query: dict[str, str]) -> list[dict[str, Any]]:
        rows = []
        for number, (order, execution) in enumerate(self._fills):
            request = order.request
            for at, fill in enumerate(execution.legs):
                leg = next(
                    i for i, each in enumerate(request.legs)
                    if (each.option_type, each.strike) == (fill.right, fill.strike)
                )  # fmt: skip
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
                        "transaction_time": moment(execution.at_s),
                    }
                )
        after = query.get("page_token", "")
        rows = [row for row in rows if row["id"] > after]
        if query["direction"] == "desc":
            rows.reverse()
        return rows[: int(query["page_size"])]


def _one(order: Order | None, *, nested: bool = True) -> tuple[int, Any]:
    return _ABSENT if order is None else (200, order.told(nested=nested))


def _position(row: ContractPosition) -> dict[str, Any]:
    leg = SpreadLeg(row.strike, row.expiration, row.right, "buy", NAN, NAN)  # type: ignore[arg-type]
    symbol = occ_symbol(contract_of(row.symbol, leg, row.expiration))
    return {
        "asset_id": uuid_of(symbol),
        "asset_marginable": False,
        "exchange": "",
        **dict.fromkeys(_VALUES, "0"),
        "symbol": symbol,
        "asset_class": "us_option",
        "qty": str(row.quantity),
        "side": "long" if row.quantity > 0 else "short",
    }


def _share(row: SharePosition) -> dict[str, Any]:
    return {
        "asset_id": uuid_of(row.symbol),
        "asset_marginable": True,
        "exchange": "ARCA",
        **dict.fromkeys(_VALUES, "0"),
        "symbol": row.symbol,
        "asset_class": "us_equity",
        "qty": str(row.quantity),
        "side": "long" if row.quantity > 0 else "short",
    }
