"""Brokers' libraries for the account examples: their classes, or stand-ins of equal shape, and an account.

The account takes orders from whatever library and fills some of them. What it hands out is made of
the libraries' own classes where they are installed (`real`), else of classes with the same fields.
"""

from __future__ import annotations

import importlib
import random
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from types import ModuleType, SimpleNamespace
from typing import Any


class Shaped(SimpleNamespace):
    """An object with the fields that it is made with."""


@dataclass
class Worked:
    """An order at the account.

    Args:
        client: our id.
        legs: (contract, 1 bought or -1 sold) of each.
        quantity: combinations.
        limit: dollars a share; negative receives.
    """

    order_id: str
    client: str
    legs: list[tuple[Any, int]]
    quantity: int
    limit: float
    filled: int = 0
    word: str = "working"

    def leg_price(self, sign: int) -> float:
        """Dollars a share of a leg: both together are the limit to the cent."""
        return round(5.0 + max(self.limit, 0.0) if sign > 0 else 5.0 - min(self.limit, 0.0), 2)


@dataclass
class Account:
    """An account that fills two of five orders when it is asked about them, and some in part.

    Attributes:
        orders: by its own id.
        lost: whether answers to new orders are lost on their way.
    """

    orders: dict[str, Worked] = field(default_factory=dict)
    lost: bool = False
    _chance: random.Random = field(default_factory=lambda: random.Random(11))

    def take(
        self, client: str, legs: list[tuple[Any, int]], quantity: float, limit: float
    ) -> Worked:
        """Take an order; the same client order id is never taken twice."""
        assert client not in {order.client for order in self.orders.values()}
        name = str(1001 + len(self.orders))
        self.orders[name] = Worked(name, client, legs, int(quantity), float(limit))
        return self.orders[name]

    def look(self, order_id: str) -> Worked:
        """The order, which may just have executed."""
        order = self.orders[order_id]
        if order.word == "working" and self._chance.random() < 0.4:
            order.filled = order.quantity
            order.word = "filled"
        return order

    def cancel(self, order_id: str) -> None:
        """End an order that has not executed."""
        order = self.orders[order_id]
        if order.word == "working":
            order.word = "canceled"

    def by_client(self, client: str) -> Worked | None:
        """The order with our id."""
        return next((order for order in self.orders.values() if order.client == client), None)

    @property
    def cash_c(self) -> int:
        """Cents a share x contracts received less paid."""
        return -sum(round(order.limit * 100) * order.filled for order in self.orders.values())

    @property
    def contracts(self) -> dict[Any, int]:
        """Contracts held, by contract."""
        held: dict[Any, int] = {}
        for order in self.orders.values():
            for contract, sign in order.legs:
                held[contract] = held.get(contract, 0) + sign * order.filled
        return {contract: count for contract, count in held.items() if count}


def _words(name: str, *values: str) -> Any:
    return StrEnum(name, {value.upper().replace(" ", "_"): value for value in values})


def _alpaca() -> dict[str, dict[str, Any]]:
    class APIError(Exception):
        def __init__(self, error: str, http_error: Any = None) -> None:
            super().__init__(error)
            self.status_code = http_error.response.status_code if http_error else None

    return {
        "alpaca.common.exceptions": {"APIError": APIError},
        "alpaca.trading.enums": {
            "OrderClass": _words("OrderClass", "mleg"),
            "OrderSide": _words("OrderSide", "buy", "sell"),
            "PositionIntent": _words(
                "PositionIntent", "buy_to_open", "buy_to_close", "sell_to_open", "sell_to_close"
            ),
            "TimeInForce": _words("TimeInForce", "day"),
            "OrderStatus": _words("OrderStatus", "new", "filled", "canceled"),
        },
        "alpaca.trading.requests": dict.fromkeys(
            ("LimitOrderRequest", "OptionLegRequest", "GetOrderByIdRequest"), Shaped
        ),
        "alpaca.data.requests": dict.fromkeys(
            ("OptionChainRequest", "StockLatestTradeRequest"), Shaped
        ),
    }


def _ib() -> dict[str, dict[str, Any]]:
    class Bag(Shaped):
        def __init__(self, **fields: Any) -> None:
            super().__init__(conId=0, secType="BAG", comboLegs=[], **fields)

    class Option(Shaped):
        def __init__(
            self, symbol: str, day: str, strike: float, right: str, exchange: str, **more: Any
        ) -> None:
            super().__init__(
                symbol=symbol,
                lastTradeDateOrContractMonth=day,
                strike=strike,
                right=right,
                exchange=exchange,
                conId=0,
                **more,
            )

    class Stock(Shaped):
        def __init__(self, symbol: str, exchange: str, currency: str) -> None:
            super().__init__(symbol=symbol, exchange=exchange, currency=currency, conId=0)

    class ComboLeg(Shaped):
        def __init__(self, conId: int, ratio: int, action: str, exchange: str) -> None:  # noqa: N803
            super().__init__(conId=conId, ratio=ratio, action=action, exchange=exchange)

    class LimitOrder(Shaped):
        def __init__(self, action: str, quantity: float, price: float, **more: Any) -> None:
            super().__init__(
                action=action, totalQuantity=quantity, lmtPrice=price, orderId=0, **more
            )

    class TagValue(Shaped):
        def __init__(self, tag: str, value: str) -> None:
            super().__init__(tag=tag, value=value)

    class Ticker(Shaped):
        def __init__(self, **fields: Any) -> None:
            super().__init__(
                **{"time": None, "bid": -1.0, "ask": -1.0, "last": float("nan"), **fields}
            )

        def marketPrice(self) -> float:  # noqa: N802
            return float(self.last)

    shaped = ("Trade", "OrderStatus", "Fill", "Execution", "OptionChain", "TradeLogEntry")
    return {
        "ib_async": {
            **dict.fromkeys(shaped, Shaped),
            **{
                kind.__name__: kind
                for kind in (Bag, Option, Stock, ComboLeg, LimitOrder, TagValue, Ticker)
            },
        }
    }


def _tastytrade() -> dict[str, dict[str, Any]]:
    class OrderAction(StrEnum):
        BUY_TO_OPEN = "Buy to Open"
        BUY_TO_CLOSE = "Buy to Close"
        SELL_TO_OPEN = "Sell to Open"
        SELL_TO_CLOSE = "Sell to Close"

        @property
        def multiplier(self) -> int:
            return -1 if "Sell" in self.value else 1

    return {
        "tastytrade.order": {
            "AdvancedInstructions": Shaped,
            "InstrumentType": _words("InstrumentType", "Equity Option", "Equity"),
            "Leg": Shaped,
            "LimitOrder": Shaped,
            "OrderAction": OrderAction,
            "OrderStatus": _words("OrderStatus", "Live", "Filled", "Cancelled"),
            "FillInfo": Shaped,
        },
        "tastytrade.utils": {"TastytradeError": type("TastytradeError", (Exception,), {})},
    }


_STAND_INS = {"alpaca": _alpaca, "ib_async": _ib, "tastytrade": _tastytrade}


@contextmanager
def stand_ins(library: str) -> Iterator[None]:
    """Modules of a library whose classes have its shapes, for as long as the block lasts."""
    made: dict[str, ModuleType] = {}
    for name, members in _STAND_INS[library]().items():
        parts = name.split(".")
        for depth in range(1, len(parts) + 1):
            path = ".".join(parts[:depth])
            made.setdefault(path, ModuleType(path))
        made[name].__dict__.update(members)
    before = {name: sys.modules[name] for name in sys.modules if name.split(".")[0] == library}
    for name in before:
        del sys.modules[name]
    sys.modules.update(made)
    try:
        yield
    finally:
        for name in made:
            del sys.modules[name]
        sys.modules.update(before)


@contextmanager
def classes_of(library: str, *, real: bool) -> Iterator[None]:
    """The library itself, or its stand-ins."""
    if real:
        importlib.import_module(library)
        yield
    else:
        with stand_ins(library):
            yield
