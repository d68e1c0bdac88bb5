"""Alpaca's trading API as a dialect: multi-leg limit orders, positions, account, executions."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any, Final

from engine.brokers.alpaca.account import read_account, read_positions
from engine.brokers.alpaca.activities import END_WORDS, read_ends, read_fees
from engine.brokers.alpaca.executions import read_executions
from engine.brokers.alpaca.market import STANDARD_MULTIPLIER
from engine.brokers.alpaca.reading import (
    MULTI_LEG,
    fields_of,
    open_order,
    order_view,
    rows_of,
    share_view,
    text_of,
)
from engine.brokers.dialect import DialectError, FillPage, Holdings, OrderPage
from engine.brokers.following.charges import ChargePage
from engine.brokers.following.option_events import OptionEventPage
from engine.brokers.following.order_view import OrderView
from engine.brokers.following.share_order import ShareView
from engine.brokers.following.symbols import contract_of, occ_symbol
from engine.brokers.http.call import Call, Priority
from engine.brokers.http.outcome import Refusal
from engine.brokers.protocol import AccountState
from engine.orders.soundness import cleaned
from engine.orders.types import OrderRequest

ORDERS_A_PAGE: Final = 500
FILLS_A_PAGE: Final = 100

_ID: Final = re.compile(r"[A-Z0-9-]{1,128}")
_SHARE: Final = re.compile(r"[A-Z]{1,6}(\.[A-Z])?")
_BROKER_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_USED_ID: Final = 40010001
_NOT_CANCELABLE: Final = 42210000
_REFUSING: Final = (400, 403, 422)


class AlpacaDialect:
    """Alpaca's words; every number of an order is text, and so is every number of an answer."""

    name = "alpaca"

    # ------------------------------------------------------------------ calls

    def submit(self, request: OrderRequest) -> Call:
        """A day order of two legs, one contract each a combination.

        A positive limit is what we pay, a negative one what we receive.

        Raises:
            DialectError: Alpaca has no words for it.
        """
        if not _ID.fullmatch(request.client_order_id):
            raise DialectError(f"{request.client_order_id[:40]!r} cannot be an id at Alpaca")
        if request.limit_c <= 0 or request.quantity <= 0:
            raise DialectError("an order needs a limit and a quantity above zero")
        if request.multiplier != STANDARD_MULTIPLIER:
            raise DialectError(f"a multiplier of {request.multiplier} is not sent to Alpaca")
        bought, sold = request.legs
        if (bought.side, sold.side) != ("buy", "sell"):
            raise DialectError("an order buys its first leg and sells its second")
        legs = []
        for leg, effect in zip(request.legs, request.effects, strict=True):
            if effect not in ("open", "close"):
                raise DialectError(f"Alpaca has no word for a leg whose effect is {effect}")
            try:
                symbol = occ_symbol(contract_of(request.symbol, leg, request.expiration))
            except ValueError as error:
                raise DialectError(str(error)) from None
            legs.append(
                {
                    "symbol": symbol,
                    "side": leg.side,
                    "ratio_qty": "1",
                    "position_intent": f"{leg.side}_to_{effect}",
                }
            )
        if legs[0]["symbol"] == legs[1]["symbol"]:
            raise DialectError("both legs are one contract")
        sign = "" if request.pays else "-"
        body = {
            "order_class": MULTI_LEG,
            "type": "limit",
            "time_in_force": "day",
            "qty": str(request.quantity),
            "limit_price": f"{sign}{request.limit_c // 100}.{request.limit_c % 100:02d}",
            "client_order_id": request.client_order_id,
            "legs": legs,
        }
        priority = Priority.DEBIT if request.pays else Priority.COMPLETION
        return Call("POST", "/v2/orders", priority, body=body)

    def cancel(self, broker_id: str) -> Call:
        """A cancel; both legs go together.

        Raises:
            DialectError: that cannot be an id of Alpaca's.
        """
        return Call("DELETE", f"/v2/orders/{_sound_id(broker_id)}", Priority.CANCEL)

    def look_up(self, client_id: str) -> Call:
        """The order of our id; whether its legs are told is not documented."""
        query = (("client_order_id", client_id),)
        return Call("GET", "/v2/orders:by_client_order_id", Priority.STATUS, query)

    def order(self, broker_id: str) -> Call:
        """The order of Alpaca's id, with its legs."""
        path = f"/v2/orders/{_sound_id(broker_id)}"
        return Call("GET", path, Priority.STATUS, (("nested", "true"),))

    def open_orders(self, token: str | None) -> Call:
        """A page of the open orders, oldest first, legs within."""
        query = [
            ("status", "open"),
            ("nested", "true"),
            ("limit", str(ORDERS_A_PAGE)),
            ("direction", "asc"),
        ]
        if token:
            query.append(("after_order_id", token))
        return Call("GET", "/v2/orders", Priority.BOOKS, tuple(query), books=True)

    def orders_since(self, at_s: float, token: str | None) -> Call:
        """A page of the orders since an epoch second, whatever became of them, oldest first."""
        query = [
            ("status", "all"),
            ("nested", "true"),
            ("limit", str(ORDERS_A_PAGE)),
            ("direction", "asc"),
        ]
        if token:  # which Alpaca takes in place of a moment, not with one
            query.append(("after_order_id", token))
        else:
            query.append(("after", f"{datetime.fromtimestamp(at_s, UTC):%Y-%m-%dT%H:%M:%SZ}"))
        return Call("GET", "/v2/orders", Priority.BOOKS, tuple(query), books=True)

    def positions(self) -> Call:
        """Everything held."""
        return Call("GET", "/v2/positions", Priority.BOOKS, books=True)

    def account(self) -> Call:
        """The account."""
        return Call("GET", "/v2/account", Priority.BOOKS)

    def fills(self, cursor: str, token: str | None) -> Call:
        """A page of executions after a cursor; without one the latest alone, on one page."""
        path = "/v2/account/activities/FILL"
        after = token or cursor
        query: tuple[tuple[str, str], ...]
        if not after:
            query = (("direction", "desc"), ("page_size", str(FILLS_A_PAGE - 1)))
        else:
            query = (
                ("direction", "asc"),
                ("page_size", str(FILLS_A_PAGE)),
                ("page_token", after),
            )
        return Call("GET", path, Priority.BOOKS, query, books=True)

    def option_events(self, token: str | None) -> Call:
        """A page of what Alpaca calls non-trade activities of options, the newest first."""
        query = [
            ("activity_types", ",".join(END_WORDS)),
            ("direction", "desc"),
            ("page_size", str(FILLS_A_PAGE)),
        ]
        if token:
            query.append(("page_token", token))
        return Call("GET", "/v2/account/activities", Priority.BOOKS, tuple(query), books=True)

    def charges(self) -> Call:
        """The latest fees, the newest first."""
        query = (
            ("activity_types", "FEE"),
            ("direction", "desc"),
            ("page_size", str(FILLS_A_PAGE)),
        )
        return Call("GET", "/v2/account/activities", Priority.BOOKS, query, books=True)

    def trade_shares(self, name: str, symbol: str, shares: int) -> Call:
        """A market order of the day for whole shares, bought or, where negative, sold.

        Raises:
            DialectError: Alpaca has no words for it.
        """
        if not _ID.fullmatch(name) or not shares or not _SHARE.fullmatch(symbol):
            raise DialectError(f"{shares} {symbol[:12]!r} shares cannot be traded at Alpaca")
        body = {
            "symbol": symbol,
            "qty": str(abs(shares)),
            "side": "buy" if shares > 0 else "sell",
            "type": "market",
            "time_in_force": "day",
            "client_order_id": name,
        }
        return Call("POST", "/v2/orders", Priority.COMPLETION, body=body)

    # ------------------------------------------------------------------ answers

    def read_charges(self, body: Any) -> ChargePage:
        """The fees of a page; those that Alpaca took back are left out.

        Raises:
            DialectError: it is not a page of activities.
        """
        rows = rows_of(body, "activities")
        charges, odd = read_fees(rows)
        return ChargePage(charges, len(rows) >= FILLS_A_PAGE, odd)

    def taken_shares(self, body: Any) -> ShareView | None:
        """The order of shares that a body tells; None where it is not an order.

        Raises:
            DialectError: it is one, and not in Alpaca's form.
        """
        if not isinstance(body, dict) or not body.get("id") or not body.get("client_order_id"):
            return None
        return share_view(body)

    def taken(self, body: Any) -> OrderView | None:
        """The order that a body tells; None where it is not an order.

        Raises:
            DialectError: it is one, and not in Alpaca's form.
        """
        if not isinstance(body, dict) or not body.get("id") or not body.get("client_order_id"):
            return None
        return order_view(body)

    def refusal(self, status: int, body: Any) -> Refusal | None:
        """A refusal has a code of eight digits and a message; that of the keys is none.

        40010001 may be an id that was used before or a form that is wrong: a look-up tells.
        """
        if status not in _REFUSING or not isinstance(body, dict):
            return None
        code = body.get("code")
        if isinstance(code, bool) or not isinstance(code, int) or code < 10_000_000:
            return None
        reason = cleaned(f"{body.get('message') or 'refused'} ({code})")
        return Refusal(reason, code == _USED_ID, code == _NOT_CANCELABLE)

    def read_open_orders(self, body: Any) -> OrderPage:
        """The open orders of a page, ours and others'.

        Raises:
            DialectError: it is not a page of orders.
        """
        rows = rows_of(body, "open orders")
        token = text_of(rows[-1], "id") if len(rows) >= ORDERS_A_PAGE else None
        return OrderPage(tuple(open_order(row) for row in rows), token)

    def read_positions(self, body: Any) -> Holdings:
        """What is held; a fraction of a share, and what has none of our symbols, is named apart.

        So are options and shares whose row does not say how many are held: never taken for none.

        Raises:
            DialectError: it is not a list of positions.
        """
        return read_positions(body)

    def account_number(self, body: Any) -> str:
        """The account's number, to be compared with the configured one and shown nowhere whole.

        Raises:
            DialectError: it is missing.
        """
        return text_of(fields_of(body, "account"), "account_number")

    def read_account(self, body: Any, at_s: float) -> AccountState:
        """What the account is worth and may do.

        Args:
            body: of the answer.
            at_s: epoch second of it.

        Raises:
            DialectError: it is not an account.
        """
        return read_account(body, at_s)

    def read_fills(self, body: Any) -> FillPage:
        """The executions of options on a page; those of shares and coins are passed over.

        Raises:
            DialectError: it is not a page of executions.
        """
        rows = rows_of(body, "executions")
        token = text_of(rows[-1], "id") if len(rows) >= FILLS_A_PAGE else None
        fills, odd = read_executions(rows)
        return FillPage(fills, token, odd)

    def read_option_events(self, *bodies: Any) -> OptionEventPage:
        """The assignments, exercises and expirations on pages, odd activities named.

        Raises:
            DialectError: one is not a page of activities.
        """
        pages = [rows_of(body, "activities") for body in bodies]
        token = text_of(pages[-1][-1], "id") if len(pages[-1]) >= FILLS_A_PAGE else None
        events, odd = read_ends([row for rows in pages for row in rows])
        return OptionEventPage(events, token, odd)


def _sound_id(broker_id: str) -> str:
    if not _BROKER_ID.fullmatch(broker_id):
        raise DialectError(f"{broker_id[:40]!r} is not an id of Alpaca's")
    return broker_id
