"""A broker made for tests: it answers calls as some broker might, and its dialect reads them.

Faults are put between the two, so that what is tested is everything between a desk and a broker.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from engine.brokers.dialect import DialectError, FillPage, Holdings, OrderPage
from engine.brokers.following.charges import Charge, ChargePage, Traded
from engine.brokers.following.option_events import OptionEvent, OptionEventPage
from engine.brokers.following.order_view import ENDS, LegView, OrderView, ViewState, leg_total
from engine.brokers.following.replay import FillRow, OddFill
from engine.brokers.following.symbols import contract_from_occ, contract_of, occ_symbol
from engine.brokers.http.call import Answer, Call, Failure, Lost, Priority
from engine.brokers.http.outcome import Refusal
from engine.brokers.protocol import AccountState, ContractPosition, OpenOrder
from engine.orders.settlements import SettlementKind
from engine.orders.types import OrderRequest
from tests.support.order_at_broker import OrderAtBroker


class PlainDialect:
    """Words that need no explanation."""

    name = "plain"

    def submit(self, request: OrderRequest) -> Call:
        if "mixed" in request.effects:
            raise DialectError("there is no word for a leg that closes and opens")
        legs = [
            {"symbol": occ_symbol(contract_of(request.symbol, leg, request.expiration)),
             "side": leg.side, "effect": effect}
            for leg, effect in zip(request.legs, request.effects, strict=True)
        ]  # fmt: skip
        sign = 1 if request.pays else -1
        body = {
            "client": request.client_order_id,
            "quantity": request.quantity,
            "pays": sign * request.limit_c,
            "legs": legs,
        }
        priority = Priority.DEBIT if request.pays else Priority.COMPLETION
        return Call("POST", "/orders", priority, body=body)

    def cancel(self, broker_id: str) -> Call:
        return Call("DELETE", f"/orders/{broker_id}", Priority.CANCEL)

    def look_up(self, client_id: str) -> Call:
        return Call("GET", "/order", Priority.STATUS, (("client", client_id),))

    def order(self, broker_id: str) -> Call:
        return Call("GET", "/order", Priority.STATUS, (("id", broker_id),))

    def open_orders(self, token: str | None) -> Call:
        return Call("GET", "/orders", Priority.BOOKS, (("page", token or ""),), books=True)

    def orders_since(self, at_s: float, token: str | None) -> Call:
        query = (("since", str(at_s)), ("page", token or ""))
        return Call("GET", "/orders/today", Priority.BOOKS, query, books=True)

    def positions(self) -> Call:
        return Call("GET", "/positions", Priority.BOOKS, books=True)

    def account(self) -> Call:
        return Call("GET", "/account", Priority.BOOKS)

    def fills(self, cursor: str, token: str | None) -> Call:
        return Call("GET", "/fills", Priority.BOOKS, (("after", token or cursor),), books=True)

    def taken(self, body: Any) -> OrderView | None:
        if not isinstance(body, dict) or not body.get("id"):
            return None
        state = body["state"]
        known = state if state in set(ViewState) else ViewState.UNKNOWN
        legs = None
        if "legs" in body:
            legs = tuple(
                LegView(
                    contract_from_occ(leg["symbol"]),
                    leg["side"],
                    leg_total(leg["filled"], leg["average"]),
                )
                for leg in body["legs"]
            )
        aliases = () if legs is None else (f"{body['id']}-buy", f"{body['id']}-sell")
        return OrderView(
            body["client"], body["id"], ViewState(known), body["at"], legs, state, aliases=aliases
        )

    def refusal(self, status: int, body: Any) -> Refusal | None:
        if not isinstance(body, dict) or "refused" not in body:
            return None
        reason = str(body["refused"])
        return Refusal(reason, used_before=reason == "used", too_late=reason == "late")

    def read_open_orders(self, body: Any) -> OrderPage:
        if not isinstance(body, dict):
            raise DialectError("open orders are no page")
        rows = tuple(OpenOrder(r["client"], r["id"], r["quantity"], 0) for r in body["rows"])
        return OrderPage(rows, body["next"])

    def read_positions(self, body: Any) -> Holdings:
        rows = []
        for symbol, quantity in body.items():
            root, expiration, right, strike = contract_from_occ(symbol)
            rows.append(ContractPosition(root, expiration, right, strike, quantity))
        return Holdings(tuple(rows), ())

    def read_account(self, body: Any, at_s: float) -> AccountState:
        return AccountState("4821", body["equity_c"], None, 3, "USD", (), at_s)

    def read_fills(self, body: Any) -> FillPage:
        rows = tuple(
            FillRow(r["name"], r["order"], r["at"], contract_from_occ(r["symbol"]), r["side"], 1,
                    r["price_c"])
            for r in body["rows"] if "wrong" not in r
        )  # fmt: skip
        odd = tuple(
            OddFill(r["name"], r["order"], r["wrong"], r["option"])
            for r in body["rows"]
            if "wrong" in r
        )
        return FillPage(rows, body["next"], odd)

    def option_events(self, token: str | None) -> Call:
        query = (("before", token or ""),)
        return Call("GET", "/option_events", Priority.BOOKS, query, books=True)

    def read_option_events(self, *bodies: Any) -> OptionEventPage:
        rows = tuple(
            OptionEvent(r["name"], SettlementKind(r["kind"]), date.fromisoformat(r["day"]),
                        contract_from_occ(r["symbol"]), r["quantity"], r.get("cash_c"),
                        r.get("shares"), r.get("taken_back", False))
            for body in bodies for r in body["rows"]
        )  # fmt: skip
        return OptionEventPage(rows, bodies[-1]["next"])

    def charges(self) -> Call:
        return Call("GET", "/fees", Priority.BOOKS, books=True)

    def read_charges(self, body: Any) -> ChargePage:
        rows = [
            Charge(
                r["name"],
                date.fromisoformat(r["day"]),
                Decimal(r["cost_c"]),
                Traded(r.get("of", "either")),
            )
            for r in body["rows"]
        ]
        return ChargePage(tuple(rows), body["cut"])

    def account_number(self, body: Any) -> str:
        return "PA34821"


EVENTS_A_PAGE = 3
FEES_A_PAGE = 4


class PlainBroker:
    """The broker itself: takes calls and keeps orders; `faults` break one call each, in turn.

    Attributes:
        orders: by our id.
        posts: bodies of every POST that left, arrived or not.
        faults: of the next calls of a kind (its method, or "GET /order"): `lost` was done and its
            answer lost, `cut` was never done, `unsent`, or an `Answer` that comes in its place
            (done before where its status is not 4xx).
        meanwhile: what happens while the answer to the next call of a path is on its way, once.
    """

    def __init__(self) -> None:
        self.orders: dict[str, OrderAtBroker] = {}
        self.ids: dict[str, str] = {}
        self.posts: list[Any] = []
        self.calls: list[Call] = []
        self.faults: dict[str, list[str | Answer]] = {}
        self.before_post: Callable[[str], None] = lambda name: None
        self.meanwhile: dict[str, Callable[[], object]] = {}
        self.fills: list[dict[str, Any]] = []
        self.option_events: list[dict[str, Any]] = []
        self.fees: list[dict[str, Any]] = []
        self.refuses = ""
        self._count = itertools.count(1)

    def send(self, call: Call) -> Answer | Lost:
        """Take a call as `HttpClient.send` would."""
        self.calls.append(call)
        waiting = self.faults.get(f"{call.method} {call.path}") or self.faults.get(call.method)
        fault = waiting.pop(0) if waiting else None
        if fault == "unsent":
            return Lost(Failure.NOT_CONNECTED)
        if call.method == "POST":
            assert call.body is not None
            self.before_post(call.body["client"])
            self.posts.append(call.body)
        if fault == "cut":
            return Lost(Failure.NOT_WRITTEN)
        if isinstance(fault, Answer) and 400 <= fault.status < 500:
            return fault
        answer = self._answer(call)
        self.meanwhile.pop(call.path, lambda: None)()
        if fault == "lost":
            return Lost(Failure.NO_ANSWER)
        if fault == "taken and 429":
            return Answer(429, None)
        return fault if isinstance(fault, Answer) else answer

    def _answer(self, call: Call) -> Answer:
        query = dict(call.query)
        match call.method, call.path:
            case "POST", "/orders":
                return self._take(dict(call.body or {}))
            case "GET", "/order":
                name = query.get("client") or self.ids[query["id"]]
                return Answer(200, self.told(name)) if name in self.orders else Answer(404, None)
            case "DELETE", path:
                name = self.ids[path.rpartition("/")[2]]
                order = self.orders[name]
                if order.state in (*ENDS, ViewState.FILLED):
                    return Answer(422, {"refused": "late"})
                order.state = ViewState.CANCELING
                return Answer(204, None)
            case "GET", "/orders":
                ended = (*ENDS, ViewState.FILLED)
                open_ = [n for n, o in self.orders.items() if o.state not in ended]
                rows = [{"client": n, "id": self.told(n)["id"], "quantity": 1} for n in open_]
                return Answer(200, {"rows": rows, "next": None})
            case "GET", "/orders/today":
                rows = [{"client": n, "id": self.told(n)["id"], "quantity": 1} for n in self.orders]
                return Answer(200, {"rows": rows, "next": None})
            case "GET", "/positions":
                return Answer(200, self.positions())
            case "GET", "/option_events":
                before = dict(call.query)["before"]
                names = [row["name"] for row in self.option_events]
                older = self.option_events[: names.index(before) if before else None]
                page = older[::-1][:EVENTS_A_PAGE]
                following = page[-1]["name"] if len(page) == EVENTS_A_PAGE else None
                return Answer(200, {"rows": page, "next": following})
            case "GET", "/fees":
                return Answer(
                    200,
                    {"rows": self.fees[::-1][:FEES_A_PAGE], "cut": len(self.fees) > FEES_A_PAGE},
                )
            case "GET", "/fills":
                return Answer(200, {"rows": self.fills, "next": None})
            case _:
                return Answer(200, {"equity_c": 1_000_000})

    def _take(self, body: dict[str, Any]) -> Answer:
        if self.refuses:
            return Answer(422, {"refused": self.refuses})
        if body["client"] in self.orders:
            return Answer(422, {"refused": "used"})
        order = OrderAtBroker(self.wanted[body["client"]])
        self.orders[body["client"]] = order
        self.ids[f"B{next(self._count)}"] = body["client"]
        return Answer(200, self.told(body["client"]))

    wanted: dict[str, OrderRequest] = {}
    """Requests by our id, from which orders are made."""

    def told(self, name: str) -> dict[str, Any]:
        """An order as an answer tells it."""
        order = self.orders[name]
        view = order.view()
        broker_id = next(key for key, value in self.ids.items() if value == name)
        legs = [
            {
                "symbol": occ_symbol(leg.contract),
                "side": leg.side,
                "filled": leg.total.filled,
                "average": (leg.total.paid_c or 0) / 100 / max(1, leg.total.filled),
            }
            for leg in view.legs or ()
        ]
        return {"client": name, "id": broker_id, "state": order.state.value, "at": order.at_s,
                "legs": legs}  # fmt: skip

    def positions(self) -> dict[str, int]:
        """What the orders have come to, by symbol."""
        held: dict[str, int] = {}
        for order in self.orders.values():
            for leg in order.view().legs or ():
                signed = leg.total.filled if leg.side == "buy" else -leg.total.filled
                symbol = occ_symbol(leg.contract)
                held[symbol] = held.get(symbol, 0) + signed
        return {symbol: quantity for symbol, quantity in held.items() if quantity}
