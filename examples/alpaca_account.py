"""Trade a paper account with alpaca-py: its clients, requests and orders behind the callbacks.

    pip install alpaca-py==0.44.0
    APCA_API_KEY_ID=... APCA_API_SECRET_KEY=... python examples/alpaca_account.py SPY

It runs until Ctrl-C, which cancels debits and completes what is legged. Without a subscription to
OPRA the chain is Alpaca's indicative one, whose quotes are modified: good for paper alone.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine import (
    OrderReport,
    ReportKind,
    SpreadLeg,
    create_arbitrage_executor,
    standard_expiration,
)
from engine.market.clock import SystemClock

REFUSALS = (400, 403, 422)
"""HTTP statuses with which Alpaca refuses an order; after any other answer it may exist."""


class AlpacaAccount:
    """The callbacks of one account.

    Args:
        trading: alpaca-py's TradingClient.
        options: its OptionHistoricalDataClient.
        stocks: its StockHistoricalDataClient.
    """

    def __init__(self, trading: Any, options: Any, stocks: Any) -> None:
        self._trading, self._options, self._stocks = trading, options, stocks

    def submit_order(
        self,
        symbol: str,
        legs: Sequence[SpreadLeg],
        quantity: int,
        limit_price: float,
        expiration: date,
        client_order_id: str,
        effects: Sequence[str],
        pays: bool,
    ) -> str | OrderReport:
        """Send a limit order on two legs; answer with Alpaca's id, or with its refusal."""
        from alpaca.common.exceptions import APIError
        from alpaca.trading.enums import OrderClass, OrderSide, PositionIntent, TimeInForce
        from alpaca.trading.requests import LimitOrderRequest, OptionLegRequest

        if "mixed" in effects:
            return refusal(client_order_id, "no leg of an order can both close and open at Alpaca")
        request = LimitOrderRequest(
            qty=quantity,
            limit_price=round(limit_price if pays else -limit_price, 2),
            order_class=OrderClass.MLEG,
            time_in_force=TimeInForce.DAY,
            client_order_id=client_order_id,
            legs=[
                OptionLegRequest(
                    symbol=f"{symbol}{expiration:%y%m%d}{leg.option_type[0].upper()}"
                    f"{round(leg.strike * 1000):08d}",
                    ratio_qty=1,
                    side=OrderSide(leg.side),
                    position_intent=PositionIntent(f"{leg.side}_to_{effect}"),
                )
                for leg, effect in zip(legs, effects, strict=True)
            ],
        )
        try:
            return str(self._trading.submit_order(request).id)
        except Exception as error:
            try:  # an answer that was lost, or a second one: our id says whether the order exists
                return str(self._trading.get_order_by_client_id(client_order_id).id)
            except APIError as missing:
                refused = isinstance(error, APIError) and error.status_code in REFUSALS
                if missing.status_code != 404 or not refused:
                    raise error from missing  # nobody knows: the desk says so and waits
            return refusal(client_order_id, str(error))

    def order_status(self, order_id: str) -> Mapping[str, Any]:
        """What became of an order, counted and priced by its legs."""
        from alpaca.trading.requests import GetOrderByIdRequest

        order = self._trading.get_order_by_id(order_id, GetOrderByIdRequest(nested=True))
        filled = [float(leg.filled_qty or 0) for leg in order.legs or ()]
        lots = int(min(filled, default=0))
        price = None  # until each leg tells its own
        if lots and all(leg.filled_avg_price for leg in order.legs):
            bought, sold = sorted(order.legs, key=lambda leg: leg.side.value)
            price = float(bought.filled_avg_price) - float(sold.filled_avg_price)
        return {"status": order.status.value, "filled": lots, "price": price}

    def cancel_order(self, order_id: str) -> None:
        """Ask for a cancellation; the status says what became of it."""
        self._trading.cancel_order_by_id(order_id)

    def option_chain(self, symbol: str, expiration: date) -> Any:
        """Snapshots of one expiration within a fifth of the price, by contract."""
        from alpaca.data.requests import OptionChainRequest

        price = self.last_price(symbol)
        request = OptionChainRequest(
            underlying_symbol=symbol,
            root_symbol=symbol,
            expiration_date=expiration,
            strike_price_gte=0.8 * price,
            strike_price_lte=1.2 * price,
        )
        return self._options.get_option_chain(request)

    def last_price(self, symbol: str) -> float:
        """Dollars a share of the last trade."""
        from alpaca.data.requests import StockLatestTradeRequest

        request = StockLatestTradeRequest(symbol_or_symbols=symbol)
        return float(self._stocks.get_stock_latest_trade(request)[symbol].price)


def refusal(client_order_id: str, reason: str) -> OrderReport:
    """An order that never was."""
    now_s = SystemClock().epoch_s()
    return OrderReport(ReportKind.REJECTED, client_order_id, now_s, reason=reason)


def main() -> None:
    """Trade one chain, about 45 days out, until Ctrl-C."""
    keys = os.environ.get("APCA_API_KEY_ID"), os.environ.get("APCA_API_SECRET_KEY")
    if not all(keys):
        sys.exit("set APCA_API_KEY_ID and APCA_API_SECRET_KEY to those of a paper account")
    try:
        from alpaca.data.historical import OptionHistoricalDataClient, StockHistoricalDataClient
        from alpaca.trading.client import TradingClient
    except ModuleNotFoundError:
        sys.exit("alpaca-py is not installed: pip install alpaca-py==0.44.0")
    account = AlpacaAccount(
        TradingClient(*keys, paper=True),
        OptionHistoricalDataClient(*keys),
        StockHistoricalDataClient(*keys),
    )
    executor = create_arbitrage_executor(
        account.submit_order,
        account.option_chain,
        account.last_price,
        cancel_callback=account.cancel_order,
        order_status_callback=account.order_status,
    )
    today = datetime.fromtimestamp(SystemClock().epoch_s(), ZoneInfo("America/New_York")).date()
    symbol = sys.argv[1] if len(sys.argv) > 1 else "SPY"
    executor.add_symbol(symbol, [standard_expiration(today + timedelta(days=45))])
    executor.run()


if __name__ == "__main__":
    main()
