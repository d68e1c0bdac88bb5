"""Orders in Alpaca's form: read from the body that asks for one, and told again.

It is written from Alpaca's documents and knows nothing of our dialect, which it is held against.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final

from engine.brokers.execution import Execution
from engine.brokers.following.symbols import contract_from_occ, contract_of, occ_symbol
from engine.market.legs import SpreadLeg
from engine.orders.types import OrderRequest, Part

NAN: Final = float("nan")
WORKING: Final = ("new", "partially_filled", "pending_cancel")

_UNWIND: Final = re.compile(r"U[0-9]+$")
"""How our ids of unwinds end (`engine/orders/ids.py`)."""

_OF_ORDERS: Final[dict[str, Any]] = {
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


@dataclass(slots=True)
class Order:
    """An order as the account keeps it.

    Args:
        request: what was read from its body.
        body: as it came.
        broker_id: Alpaca's id of it.
        at_s: epoch second of its last change.
        leg_ids: Alpaca's ids of its legs.
        sent_s: epoch second at which it came; number: of orders that came before.
        status: Alpaca's word.
        reason: why it was rejected.
        fills: its executions.
    """

    request: OrderRequest
    body: dict[str, Any]
    broker_id: str
    at_s: float
    leg_ids: tuple[str, ...]
    sent_s: float
    number: int
    status: str = "new"
    reason: str = ""
    fills: list[Execution] = field(default_factory=list)

    @property
    def filled(self) -> int:
        """Combinations that have executed."""
        return sum(each.quantity for each in self.fills)

    def change(self, status: str, at_s: float, reason: str = "") -> None:
        """It has another status from an epoch second on."""
        self.status, self.at_s, self.reason = status, at_s, reason or self.reason

    def fill(self, execution: Execution, at_s: float) -> None:
        """It has executed; after its end that changes the end only where it is whole."""
        self.fills.append(execution)
        if self.filled >= self.request.quantity:
            self.change("filled", at_s)
        else:
            self.change("partially_filled" if self.status in WORKING else self.status, at_s)

    def told(self, *, nested: bool = True) -> dict[str, Any]:
        """As an answer or an event tells it; `nested` with its legs."""
        return {
            **_OF_ORDERS,
            **self.body,
            "id": self.broker_id,
            "status": self.status,
            "asset_id": "",
            "asset_class": "",
            "symbol": "",
            "side": "",
            "filled_qty": str(self.filled),
            "filled_avg_price": None,
            **self._dates(),
            "legs": [self._leg(at) for at in range(len(self.leg_ids))] if nested else None,
        }

    def _leg(self, at: int) -> dict[str, Any]:
        request, filled = self.request, self.filled
        leg, effect, name = request.legs[at], request.effects[at], self.leg_ids[at]
        paid_c = sum(
            each.price_c * abs(each.quantity)
            for execution in self.fills
            for each in execution.legs
            if (each.right, each.strike) == (leg.option_type, leg.strike)
        )
        return {
            **_OF_ORDERS,
            "id": name,
            "client_order_id": name,
            "symbol": occ_symbol(contract_of(request.symbol, leg, request.expiration)),
            "asset_id": uuid_of(name),
            "asset_class": "us_option",
            "side": leg.side,
            "position_intent": f"{leg.side}_to_{effect}",
            "ratio_qty": "1",
            "qty": str(request.quantity),
            "filled_qty": str(filled),
            "filled_avg_price": f"{paid_c / 100 / filled:.6f}" if filled else None,
            "status": self.status,
            **self._dates(),
            "type": "",
            "order_type": "",
            "limit_price": None,
            "legs": None,
        }

    def _dates(self) -> dict[str, Any]:
        at = moment(self.at_s)
        ended = {"filled": "filled_at", "canceled": "canceled_at", "expired": "expired_at"}
        never = dict.fromkeys(
            ("filled_at", "canceled_at", "expired_at", "failed_at", "replaced_at")
        )
        told = {"created_at": at, "updated_at": at, "submitted_at": at, "expires_at": at}
        return never | told | ({ended[self.status]: at} if self.status in ended else {})


def request_of(body: dict[str, Any]) -> OrderRequest:
    """The order that a body asks for.

    Alpaca does not know which part of a pair an order is. The exchange's model of fills does, and
    reads it from our id of the order; of an id that is not ours the price's sign tells.

    Raises:
        KeyError, ValueError: it is not in Alpaca's form.
    """
    price_c = round(float(body["limit_price"]) * 100)
    legs, intents = [], []
    root, expiration = "", date.min
    for row in sorted(body["legs"], key=lambda each: str(each["side"])):
        root, expiration, right, strike = contract_from_occ(row["symbol"])
        legs.append(SpreadLeg(strike, expiration, right, row["side"], NAN, NAN))  # type: ignore[arg-type]
        intents.append(row["position_intent"].rpartition("_")[2])
    name = body["client_order_id"]
    part = Part.DEBIT if price_c > 0 else Part.CREDIT
    if price_c <= 0 and _UNWIND.search(name):
        part = Part.UNWIND
    return OrderRequest(
        name,
        root,
        root,
        expiration,
        part,
        (legs[0], legs[1]),
        int(body["qty"]),
        abs(price_c),
        effects=(intents[0], intents[1]),
    )


def moment(epoch_s: float) -> str:
    """A moment as Alpaca writes it."""
    return datetime.fromtimestamp(epoch_s, UTC).isoformat().replace("+00:00", "Z")


def uuid_of(name: str) -> str:
    """The id of something, always the same."""
    return str(uuid.uuid5(uuid.NAMESPACE_OID, name))
