"""Clients of brokers' libraries over one account: what a library's program calls, answered in its classes."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib import import_module
from types import SimpleNamespace
from typing import Any

from engine.market.chain import OptionChain
from tests.support.account_sdks import Account, Shaped, Worked
from tests.support.executor_world import NEAR, SPOT, option_chain

NOW = datetime(2026, 3, 10, 15, 0, tzinfo=UTC)


def occ(symbol: str, day: date, right: str, strike: float) -> str:
    """A contract's symbol without blanks."""
    return f"{symbol}{day:%y%m%d}{right}{round(strike * 1000):08d}"


def quotes(chain: OptionChain) -> list[tuple[str, float, float, float]]:
    """Right, strike, bid and ask of every contract."""
    return [
        ("CP"[row], float(strike), float(chain.bid[row, i]), float(chain.ask[row, i]))
        for row in (0, 1)
        for i, strike in enumerate(chain.strikes)
    ]


class AlpacaClients:
    """TradingClient, OptionHistoricalDataClient and StockHistoricalDataClient in one.

    Args:
        account: what it trades for.
        real: whether alpaca-py's own models are answered with.
    """

    def __init__(self, account: Account, *, real: bool) -> None:
        self.account, self._real = account, real
        self.requests: list[Any] = []
        self.refuses = False

    def _error(self, status: int, text: str) -> Exception:
        kind = import_module("alpaca.common.exceptions").APIError
        http = SimpleNamespace(response=SimpleNamespace(status_code=status), request=None)
        error: Exception = kind(text, http)
        return error

    def submit_order(self, request: Any) -> Any:
        self.requests.append(request)
        if self.refuses:
            raise self._error(403, "insufficient options buying power")
        legs = [(leg.symbol, 1 if leg.side.value == "buy" else -1) for leg in request.legs]
        order = self.account.take(request.client_order_id, legs, request.qty, request.limit_price)
        if self.account.lost:
            raise TimeoutError("read timed out")
        return self._order(order)

    def get_order_by_client_id(self, client: str) -> Any:
        order = self.account.by_client(client)
        if order is None:
            raise self._error(404, "order not found")
        return self._order(order)

    def get_order_by_id(self, order_id: str, request: Any) -> Any:
        assert request.nested
        return self._order(self.account.look(str(uuid.UUID(order_id).int)))

    def cancel_order_by_id(self, order_id: str) -> None:
        self.account.cancel(str(uuid.UUID(order_id).int))

    def get_option_chain(self, request: Any) -> Any:
        assert request.underlying_symbol == request.root_symbol == "AAPL"
        named = {
            occ("AAPL", request.expiration_date, right, strike): {
                "latestQuote": {"t": NOW.isoformat(), "bp": bid, "bs": 5, "ap": ask, "as": 5}
            }
            for right, strike, bid, ask in quotes(option_chain("AAPL", request.expiration_date))
            if request.strike_price_gte <= strike <= request.strike_price_lte
        }
        if self._real:
            kind = import_module("alpaca.data.models").OptionsSnapshot
            return {symbol: kind(symbol, body) for symbol, body in named.items()}
        return {
            symbol: Shaped(
                latest_quote=Shaped(
                    bid_price=body["latestQuote"]["bp"], ask_price=body["latestQuote"]["ap"]
                )
            )
            for symbol, body in named.items()
        }

    def get_stock_latest_trade(self, request: Any) -> Any:
        return {request.symbol_or_symbols: Shaped(price=SPOT)}

    def _order(self, order: Worked) -> Any:
        words = {"working": "new", "filled": "filled", "canceled": "canceled"}
        common = {
            "created_at": NOW,
            "updated_at": NOW,
            "submitted_at": NOW,
            "order_class": "mleg",
            "time_in_force": "day",
            "status": words[order.word],
            "extended_hours": False,
        }
        legs = [
            common
            | {
                "id": uuid.UUID(int=int(order.order_id) * 10 + i),
                "client_order_id": f"{order.client}-{i}",
                "symbol": contract,
                "side": "buy" if sign > 0 else "sell",
                "filled_qty": str(order.filled),
                "filled_avg_price": str(order.leg_price(sign)) if order.filled else None,
            }
            for i, (contract, sign) in enumerate(order.legs)
        ]
        body = common | {
            "id": uuid.UUID(int=int(order.order_id)),
            "client_order_id": order.client,
            "filled_qty": str(order.filled),
            "filled_avg_price": None,
            "legs": legs,
        }
        if self._real:
            return import_module("alpaca.trading.models").Order(**body)
        enums = import_module("alpaca.trading.enums")

        def shaped(each: dict[str, Any]) -> Shaped:
            more = {"status": enums.OrderStatus(each["status"])}
            if "side" in each:
                more["side"] = enums.OrderSide(each["side"])
            return Shaped(**(each | more))

        return Shaped(**(shaped(body).__dict__ | {"legs": [shaped(leg) for leg in legs]}))


class Ib:
    """An ib_async.IB that is connected.

    Args:
        account: what it trades for.
    """

    def __init__(self, account: Account) -> None:
        self.account = account
        self.connected = True
        self.lines: list[Any] = []
        self.trades: dict[int, Any] = {}
        self._named: dict[int, str] = {}

    def isConnected(self) -> bool:  # noqa: N802
        return self.connected

    async def qualifyContractsAsync(self, *contracts: Any) -> list[Any]:  # noqa: N802
        for contract in contracts:
            name = "AAPL"
            if hasattr(contract, "strike") and contract.strike:
                day = datetime.strptime(contract.lastTradeDateOrContractMonth, "%Y%m%d").date()
                name = occ(contract.symbol, day, contract.right, contract.strike)
            known = {text: number for number, text in self._named.items()}
            contract.conId = known.get(name, 500 + len(known))
            self._named[contract.conId] = name
        return list(contracts)

    async def reqSecDefOptParamsAsync(self, *named: Any) -> list[Any]:  # noqa: N802
        kind = import_module("ib_async").OptionChain
        strikes = [float(strike) for strike in option_chain().strikes]
        return [
            kind(
                exchange="SMART",
                underlyingConId=named[-1],
                tradingClass=root,
                multiplier="100",
                expirations=[f"{NEAR:%Y%m%d}"],
                strikes=strikes,
            )
            for root in ("AAPL", "2AAPL")
        ]

    def reqMktData(self, contract: Any) -> Any:  # noqa: N802
        self.lines.append(contract)
        ticker = import_module("ib_async").Ticker(contract=contract, time=NOW)
        if contract.conId == self.lines[0].conId:
            ticker.last = SPOT
            return ticker
        for right, strike, bid, ask in quotes(option_chain()):
            if (right, strike) == (contract.right, contract.strike):
                ticker.bid, ticker.ask = bid, ask
        return ticker

    def cancelMktData(self, contract: Any) -> None:  # noqa: N802
        self.lines.remove(contract)

    def placeOrder(self, contract: Any, order: Any) -> Any:  # noqa: N802
        ib = import_module("ib_async")
        assert (contract.secType, order.action) == ("BAG", "BUY")
        assert [(each.tag, each.value) for each in order.smartComboRoutingParams] == [
            ("NonGuaranteed", "0")
        ]
        legs = [
            (self._named[leg.conId], 1 if leg.action == "BUY" else -1) for leg in contract.comboLegs
        ]
        taken = self.account.take(order.orderRef, legs, order.totalQuantity, order.lmtPrice)
        order.orderId = int(taken.order_id)
        trade = ib.Trade(
            contract=contract,
            order=order,
            orderStatus=ib.OrderStatus(status="PreSubmitted"),
            fills=[],
            log=[],
        )
        self.trades[order.orderId] = trade
        return trade

    def cancelOrder(self, order: Any) -> None:  # noqa: N802
        self.account.cancel(str(order.orderId))

    def happen(self) -> None:
        """Let orders execute and end, as the socket would tell; the second leg a moment later."""
        ib = import_module("ib_async")
        for order_id, trade in self.trades.items():
            order = self.account.look(str(order_id))
            if order.word == "canceled":
                trade.orderStatus.status = "Cancelled"
            if order.word == "filled" and len(trade.fills) < 2:
                leg, (name, sign) = (
                    trade.contract.comboLegs[len(trade.fills)],
                    order.legs[len(trade.fills)],
                )
                assert self._named[leg.conId] == name
                execution = ib.Execution(
                    execId=f"{order_id}.{leg.conId}",
                    side="BOT" if sign > 0 else "SLD",
                    shares=float(order.filled),
                    price=order.leg_price(sign),
                )
                contract = Shaped(conId=leg.conId, secType="OPT")
                trade.fills.append(
                    ib.Fill(contract=contract, execution=execution, commissionReport=None, time=NOW)
                )
                trade.orderStatus.status = "Filled"


class Tastytrade:
    """An Account with its session's calls, and the SDK's functions for chains and quotes.

    Args:
        account: what it trades for.
        real: whether the SDK's own models are answered with.
    """

    def __init__(self, account: Account, *, real: bool) -> None:
        self.account, self._real = account, real
        self.requests: list[Any] = []

    async def place_order(self, session: Any, order: Any, dry_run: bool) -> Any:
        assert dry_run is False
        self.requests.append(order)
        legs = [
            (leg.symbol.replace(" ", ""), 1 if leg.action.value.startswith("Buy") else -1)
            for leg in order.legs
        ]
        quantity = order.legs[0].quantity
        taken = self.account.take(order.external_identifier, legs, quantity, -order.price)
        if self.account.lost:
            raise TimeoutError("read timed out")
        return Shaped(order=self._order(taken))

    async def get_order(self, session: Any, order_id: int) -> Any:
        return self._order(self.account.look(str(order_id)))

    async def get_live_orders(self, session: Any) -> list[Any]:
        return [self._order(order) for order in self.account.orders.values()]

    async def delete_order(self, session: Any, order_id: int) -> None:
        self.account.cancel(str(order_id))

    async def chain_of(self, session: Any, symbol: str) -> Any:
        return {
            NEAR: [
                Shaped(
                    symbol=f"{symbol:6}{occ('', NEAR, right, strike)}",
                    root_symbol=symbol,
                    strike_price=Decimal(str(strike)),
                    shares_per_contract=100,
                )
                for right, strike, _, _ in quotes(option_chain())
            ]
        }

    async def quotes_of(self, session: Any, options: Any = (), equities: Any = ()) -> list[Any]:
        assert len([*options, *equities]) <= 100
        told = {
            occ("AAPL  ", NEAR, right, strike): (bid, ask)
            for right, strike, bid, ask in quotes(option_chain())
        }
        rows = [Shaped(symbol=name, bid=told[name][0], ask=told[name][1]) for name in options]
        return rows + [Shaped(symbol=name, mark=Decimal(str(SPOT))) for name in equities]

    def _order(self, order: Worked) -> Any:
        module = import_module("tastytrade.order")
        words = {"working": "Live", "filled": "Filled", "canceled": "Cancelled"}
        legs = [
            {
                "instrument_type": module.InstrumentType("Equity Option"),
                "symbol": contract,
                "action": module.OrderAction("Buy to Open" if sign > 0 else "Sell to Open"),
                "quantity": Decimal(order.quantity),
                "remaining_quantity": Decimal(order.quantity - order.filled),
                "fills": [
                    module.FillInfo(
                        fill_id=f"{order.order_id}-{sign}",
                        quantity=Decimal(order.filled),
                        fill_price=Decimal(str(order.leg_price(sign))),
                        filled_at=NOW,
                    )
                ]
                if order.filled
                else [],
            }
            for contract, sign in order.legs
        ]
        body = {
            "account_number": "5WT00000",
            "time_in_force": "Day",
            "order_type": "Limit",
            "underlying_symbol": "AAPL",
            "underlying_instrument_type": "Equity",
            "cancellable": True,
            "editable": False,
            "edited": False,
            "updated_at": NOW,
            "size": Decimal(order.quantity),
            "status": module.OrderStatus(words[order.word]),
            "id": int(order.order_id),
            "external_identifier": order.client,
            "reject_reason": None,
            "legs": [module.Leg(**leg) for leg in legs],
        }
        return module.PlacedOrder(**body) if self._real else Shaped(**body)
