"""The façade with what a person's visit looks at besides: the clock, pages, limits, reservations."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from engine.brokers.following.symbols import contract_from_occ
from engine.config import SimulationSettings
from engine.exchange.alpaca.orders import moment
from engine.market.calendar import xnys
from engine.market.phases import OPEN_PHASES, phase_at
from tests.support.alpaca_facade import AlpacaFacade

Told = tuple[int, Any]
LIMIT = 1_000


class LifelikeAlpaca(AlpacaFacade):
    """One paper account.

    Attributes:
        fees: its FEE activities.
    """

    def __init__(self, settings: SimulationSettings, fees: tuple[dict[str, Any], ...] = ()) -> None:
        self.fees = list(fees)
        self._left = LIMIT
        super().__init__(settings)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Told:
        if path == "/v2/clock":
            return 200, self._clock_told()
        if path == "/v2/account/activities" and query["activity_types"] == "FEE":
            return 200, self.fees
        if path == "/v2/options/contracts" and "root_symbol" not in query:
            query = query | {"root_symbol": query["underlying_symbols"]}
        if method == "POST" and self._is_held_elsewhere(body):
            message = "insufficient qty available for order"
            return 403, {"code": 40310000, "message": message}
        status, told = super().answer(method, path, query, body)
        if status == 200 and "/options/snapshots/" in path:
            told = _page(told, query)
        if path == "/v2/account/activities/FILL":
            told = [part for row in told for part in _split(row)]
        return status, told

    def _clock_told(self) -> dict[str, Any]:
        now = phase_at(self.clock.epoch_s(), xnys())
        assert now.next_open_s is not None and now.closes_s is not None
        return {
            "timestamp": moment(self.clock.epoch_s()),
            "is_open": now.phase in OPEN_PHASES,
            "next_open": moment(now.next_open_s),
            "next_close": moment(now.closes_s),
        }

    def headers(self) -> dict[str, str]:
        self._left = max(1, self._left - 1)
        return {
            "X-RateLimit-Limit": str(LIMIT),
            "X-RateLimit-Remaining": str(self._left),
            "X-RateLimit-Reset": str(int(self.clock.epoch_s()) + 30),
        }

    def _is_held_elsewhere(self, body: dict[str, Any]) -> bool:
        """Whether an order closes more contracts than other orders leave of what is held."""
        free: dict[str, int] = {}
        for row in self.matching.positions():
            name = (row.symbol, row.expiration, row.right, row.strike)
            free[str(name)] = abs(row.quantity)
        for order in self.orders.values():
            if order.status in ("new", "partially_filled", "pending_cancel"):
                for leg in order.body["legs"]:
                    _reserve(free, leg, order.request.quantity - order.filled)
        for leg in body["legs"]:
            _reserve(free, leg, int(body["qty"]))
        return body["client_order_id"] not in self.orders and any(n < 0 for n in free.values())

    def _push(self, event: dict[str, Any]) -> None:
        """A fill's event names its execution, which its activity is called after."""
        if event["event"] in ("fill", "partial_fill"):
            latest = self._activities({"direction": "desc", "page_size": "1"})
            event = event | {"execution_id": latest[0]["id"]}
        order = event["order"]
        if order["legs"] is None:
            order = self._by_id[order["id"]].told()
        super()._push(event | {"order": order})


def _reserve(free: dict[str, int], leg: dict[str, Any], quantity: int) -> None:
    if leg["position_intent"].endswith("close"):
        name = str(tuple(contract_from_occ(leg["symbol"])))
        free[name] = free.get(name, 0) - quantity


def _split(row: dict[str, Any]) -> list[dict[str, Any]]:
    """Two contracts executed at two prices, a cent on either side of their average."""
    if row["qty"] != "2":
        return [row]
    price = float(row["price"])
    return [
        row | {"id": f"{row['id']}{part}", "qty": "1", "price": f"{price + cent / 100:.2f}"}
        for part, cent in (("", -1), ("+", 1))
    ]


def _page(told: dict[str, Any], query: dict[str, str]) -> dict[str, Any]:
    rows = list(told["snapshots"].items())
    begins = int(query.get("page_token") or 0)
    ends = begins + int(query["limit"])
    token = str(ends) if ends < len(rows) else None
    return {"snapshots": dict(rows[begins:ends]), "next_page_token": token}


@contextmanager
def lifelike(kind: type[LifelikeAlpaca] = LifelikeAlpaca) -> Iterator[LifelikeAlpaca]:
    """An account that serves while the block runs."""
    facade = kind(SimulationSettings(seed=7, symbols=("SPY",), expirations_per_symbol=2))
    try:
        yield facade
    finally:
        facade.close()
