"""What becomes of an account at the façade otherwise than by orders of option spreads.

Contracts are assigned, exercised, expired or closed by another hand, shares are traded, fees are
charged: the façade's own books follow, and its activities tell it in Alpaca's form.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from engine.brokers.following.symbols import Contract, occ_symbol
from engine.exchange.alpaca.account import AlpacaAccount
from engine.exchange.alpaca.orders import _OF_ORDERS, moment, uuid_of
from engine.orders.settlements import SettlementKind, SettlementReport

if TYPE_CHECKING:
    from tests.support.alpaca_facade import AlpacaFacade

NEW_YORK = ZoneInfo("America/New_York")
Told = tuple[int, Any]
_WORKING = ("new", "partially_filled")
_KINDS = {
    "OPASN": SettlementKind.ASSIGNED,
    "OPEXC": SettlementKind.EXERCISED,
    "OPEXP": SettlementKind.EXPIRED,
}


class AccountEvents:
    """Events of one account.

    Attributes:
        activities: non-trade activities, in Alpaca's form, oldest first.
        closes: dollars at which an underlying closed on a day, by symbol and ISO date; a day
            without has none yet.
        share_posts: bodies of every order of shares that came.
        fills: executions of other hands, in Alpaca's form.
        executes: shares of such an order that execute as it comes.
        refuses: why such orders are refused; "" where they are not.
    """

    def __init__(self, facade: AlpacaFacade) -> None:
        self._facade = facade
        self.activities: list[dict[str, Any]] = []
        self.closes: dict[tuple[str, str], float] = {}
        self.share_orders: dict[str, dict[str, Any]] = {}
        self.share_posts: list[dict[str, Any]] = []
        self.fills: list[dict[str, Any]] = []
        self.executes = 1_000_000
        self.refuses = ""

    def end(self, word: str, contract: Contract, quantity: int, day: date | None = None) -> str:
        """Contracts end; returns the activity's id.

        Args:
            word: Alpaca's, such as OPASN.
            contract: which.
            quantity: contracts, signed as held.
            day: exchange date; None for today.
        """
        facade = self._facade
        with facade.lock:
            day = day or self.today
            group, strike_c = str(uuid.uuid4()), round(contract.strike * 100)
            shares = 0
            if word != "OPEXP":
                shares = quantity * 100 * (1 if contract.right == "call" else -1)
            name = self._name()
            facade.ledger.settle(
                SettlementReport(
                    _KINDS[word], name, facade.clock.epoch_s(), contract.root,
                    contract.expiration, contract.right, contract.strike, quantity, strike_c,  # type: ignore[arg-type]
                    -shares * strike_c, shares,
                )
            )  # fmt: skip
            symbol = occ_symbol(contract)
            self._tell(name, word, day, symbol, -quantity, group)
            if shares:
                amount = -shares * strike_c / 100
                self._tell(self._name(), "OPTRD", day, contract.root, shares, group, amount)
            return name

    def charge(self, kind: str, dollars: str, day: date | None = None) -> None:
        """A fee of a day is charged, such as an ORF."""
        with self._facade.lock:
            self.activities.append(
                {
                    "id": self._name(),
                    "activity_type": "FEE",
                    "activity_sub_type": kind,
                    "date": f"{day or self.today}T00:00:00Z",
                    "net_amount": f"-{dollars}",
                    "status": "executed",
                }
            )

    @property
    def today(self) -> date:
        """The exchange date."""
        return datetime.fromtimestamp(self._facade.clock.epoch_s(), NEW_YORK).date()

    def _name(self) -> str:
        at = datetime.fromtimestamp(self._facade.clock.epoch_s(), NEW_YORK)
        return f"{at:%Y%m%d}{len(self.activities):09d}::{uuid.uuid4()}"

    def _tell(
        self, name: str, word: str, day: date, symbol: str, qty: int, group: str, amount: float = 0
    ) -> None:
        self.activities.append(
            {
                "id": name,
                "activity_type": word,
                "date": f"{day}T00:00:00Z",
                "net_amount": f"{amount:.2f}" if amount else "0",
                "symbol": symbol,
                "qty": str(qty),
                "status": "executed",
                "group_id": group,
            }
        )

    # ------------------------------------------------------------------ answers

    def answer(self, method: str, path: list[str], query: dict[str, str], body: Any) -> Told | None:
        """The status and the values of an answer; None where it is not about these."""
        match method, path:
            case "POST", ["v2", "orders"] if "legs" not in body:
                return self._trade_shares(body)
            case "GET", ["v2", "orders:by_client_order_id"] if (
                query["client_order_id"] in self.share_orders
            ):
                return 200, self._told_order(query["client_order_id"])
            case "GET", ["v2", "orders"] if self.share_orders:
                _, rows = AlpacaAccount.answer(self._facade, method, "v2/orders", query, body)
                ours = [self._told_order(name) for name in self.share_orders]
                every = query.get("status") == "all"
                return 200, rows + [row for row in ours if every or row["status"] in _WORKING]
            case _, ["v2", "orders", broker_id] if name := self._share_order(broker_id):
                if method == "DELETE":
                    self.end_order(name, "canceled")
                return (204, None) if method == "DELETE" else (200, self._told_order(name))
            case "GET", ["v2", "account", "activities"]:
                words = query["activity_types"].split(",")
                rows = [row for row in self.activities[::-1] if row["activity_type"] in words]
                after = query.get("page_token")
                at = [row["id"] for row in rows].index(after) + 1 if after else 0
                return 200, rows[at : at + int(query["page_size"])]
            case "GET", ["v2", "account", "activities", "FILL"] if self.fills:
                return 200, self._fills(query)
            case "GET", ["v2", "stocks", "bars"]:
                return 200, {"bars": self._bars(query), "next_page_token": None}
        return None

    def by_hand(self, contract: Contract, traded: int, price_c: int) -> None:
        """Another hand trades contracts of the account, signed as traded, and closes some."""
        facade = self._facade
        with facade.lock:
            now_s, name = facade.clock.epoch_s(), str(uuid.uuid4())
            facade.ledger.settle(
                SettlementReport(
                    SettlementKind.CLOSED, name, now_s, contract.root, contract.expiration,
                    contract.right, contract.strike, -traded, price_c,  # type: ignore[arg-type]
                    -traded * price_c * 100, 0,
                )
            )  # fmt: skip
            rows = self._fills({"direction": "desc", "page_size": "1"})
            last = rows[0]["id"].partition("::")[0] if rows else f"{0:012d}"
            self.fills.append(
                {
                    "id": f"{last}::9{len(self.fills)}",
                    "activity_type": "FILL",
                    "type": "fill",
                    "cum_qty": str(abs(traded)),
                    "leaves_qty": "0",
                    "order_id": name,
                    "symbol": occ_symbol(contract),
                    "side": "buy" if traded > 0 else "sell",
                    "qty": str(abs(traded)),
                    "price": f"{price_c / 100:.2f}",
                    "transaction_time": moment(now_s),
                }
            )

    def _fills(self, query: dict[str, str]) -> list[dict[str, Any]]:
        """Those of our orders and those of other hands."""
        every = {"direction": "asc", "page_size": "10000"}
        rows = [*self._facade._activities(every), *self.fills]
        rows.sort(key=lambda row: str(row["id"]), reverse=query["direction"] == "desc")
        after = query.get("page_token", "")
        return [row for row in rows if row["id"] > after][: int(query["page_size"])]

    def _trade_shares(self, body: dict[str, Any]) -> Told:
        """Take an order of shares; it executes at once, as far as it may."""
        name = body["client_order_id"]
        self.share_posts.append(body)
        if name in self.share_orders:
            return 422, {"code": 40010001, "message": "client_order_id must be unique"}
        if self.refuses:
            return 403, {"code": 40310000, "message": self.refuses}
        self.share_orders[name] = {"body": body, "filled": 0, "paid": 0.0, "status": "new"}
        self.trade(name, self.executes)
        return 200, self._told_order(name)

    def trade(self, name: str, shares: int, price: float = 601.5) -> None:
        """At most so many shares of an order execute, and the stream tells it."""
        facade, order = self._facade, self.share_orders[name]
        with facade.lock:
            whole = int(order["body"]["qty"])
            shares = min(shares, whole - order["filled"])
            if shares:
                order["filled"] += shares
                order["paid"] += shares * price
                order["status"] = "filled" if order["filled"] == whole else "partially_filled"
                signed = shares if order["body"]["side"] == "buy" else -shares
                facade.ledger.settle(
                    SettlementReport(
                        SettlementKind.SHARES, f"{name}/{order['filled']}",
                        facade.clock.epoch_s(), order["body"]["symbol"], self.today, "call", 0.0, 0,
                        round(price * 100), round(-signed * price * 100), signed, 1,
                    )
                )  # fmt: skip
            self._push(name)

    def end_order(self, name: str, status: str) -> None:
        """An order of shares ends with what it has executed."""
        with self._facade.lock:
            self.share_orders[name]["status"] = status
            self._push(name)

    def _share_order(self, broker_id: str) -> str:
        """Our id of an order of shares; "" where the broker's id is none of one."""
        return next((name for name in self.share_orders if uuid_of(name) == broker_id), "")

    def _push(self, name: str) -> None:
        told, at = self._told_order(name), moment(self._facade.clock.epoch_s())
        event = {"filled": "fill", "partially_filled": "partial_fill"}.get(
            told["status"], told["status"]
        )
        self._facade._push({"event": event, "timestamp": at, "at": at, "order": told})

    def _told_order(self, name: str) -> dict[str, Any]:
        order = self.share_orders[name]
        at, filled = moment(self._facade.clock.epoch_s()), order["filled"]
        return {
            **_OF_ORDERS,
            **order["body"],
            "id": uuid_of(name),
            "order_class": "simple",
            "order_type": "market",
            "asset_id": uuid_of(order["body"]["symbol"]),
            "asset_class": "us_equity",
            "limit_price": None,
            "status": order["status"],
            "filled_qty": str(filled),
            "filled_avg_price": f"{order['paid'] / filled:.6f}" if filled else None,
            **dict.fromkeys(("created_at", "updated_at", "submitted_at", "expires_at"), at),
            **dict.fromkeys(("filled_at", "canceled_at", "expired_at", "failed_at")),
            "replaced_at": None,
            "legs": None,
        }

    def _bars(self, query: dict[str, str]) -> dict[str, list[dict[str, Any]]]:
        told: dict[str, list[dict[str, Any]]] = {}
        for (symbol, day), price in sorted(self.closes.items()):
            if symbol in query["symbols"].split(",") and day >= query["start"][:10]:
                begins = datetime.fromisoformat(day).replace(tzinfo=NEW_YORK)
                stamp = begins.astimezone(ZoneInfo("UTC")).isoformat().replace("+00:00", "Z")
                bar = dict.fromkeys(("o", "h", "l", "c", "vw"), price) | {
                    "t": stamp,
                    "v": 9,
                    "n": 3,
                }
                told.setdefault(symbol, []).append(bar)
        return {symbol: rows[: int(query["limit"])] for symbol, rows in told.items()}
