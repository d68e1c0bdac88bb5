"""Trade through TWS or IB Gateway with ib_async: its contracts, orders and tickers as callbacks.

    pip install ib_async==2.1.0
    python examples/ib_account.py SPY [PORT]             4002: IB Gateway on paper

ib_async lives in one event loop, here in a thread of its own: callbacks ask it and wait. Its pin of
tzdata is older than Legdesk's; give the program an environment of its own. Ctrl-C ends it in order.
"""

from __future__ import annotations

import asyncio
import math
import sys
import threading
from collections.abc import Coroutine, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from engine import SpreadLeg, create_arbitrage_executor, standard_expiration
from engine.market.clock import SystemClock

STRIKES = 17
"""Of a chain, nearest to the price: two market data lines each, of the usual hundred."""

ANSWER_S = 5.0


class IbAccount:
    """The callbacks of one account.

    Args:
        ib: a connected ib_async.IB.
        loop: the running event loop that it lives in.
    """

    def __init__(self, ib: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._ib, self._loop = ib, loop
        self._stocks: dict[str, Any] = {}
        self._contracts: dict[tuple[str, str, str, float], Any] = {}
        self._lines: dict[tuple[str, str], dict[int, Any]] = {}
        self._trades: dict[str, Any] = {}

    def _ask(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(ANSWER_S)

    def submit_order(
        self,
        symbol: str,
        legs: Sequence[SpreadLeg],
        quantity: int,
        limit_price: float,
        expiration: date,
        client_order_id: str,
        pays: bool,
    ) -> str:
        """Send a limit order on two legs; answer with IB's id."""
        from ib_async import Bag, ComboLeg, LimitOrder, TagValue

        async def place() -> Any:
            combo = Bag(symbol=symbol, exchange="SMART", currency="USD")
            combo.comboLegs = [
                ComboLeg(
                    conId=(
                        await self._option(symbol, expiration, leg.option_type, leg.strike)
                    ).conId,
                    ratio=1,
                    action=leg.side.upper(),
                    exchange="SMART",
                )
                for leg in legs
            ]
            # The legs say what is bought and sold: the combination is bought, for less than nothing
            # where it receives.
            price = round(limit_price if pays else -limit_price, 2)
            order = LimitOrder("BUY", quantity, price, tif="DAY", orderRef=client_order_id)
            order.smartComboRoutingParams = [TagValue("NonGuaranteed", "0")]  # both legs or none
            return self._ib.placeOrder(combo, order)

        trade = self._ask(place())
        self._trades[str(trade.order.orderId)] = trade
        return str(trade.order.orderId)

    def order_status(self, order_id: str) -> Mapping[str, Any]:
        """What became of an order, counted and priced by the executions of its legs."""

        async def look() -> Mapping[str, Any]:
            trade = self._trades[order_id]
            bought: dict[int, list[float]] = {
                leg.conId: [0.0, 0.0] for leg in trade.contract.comboLegs
            }
            for fill in trade.fills:
                if fill.contract.conId in bought:
                    shares = fill.execution.shares * (1 if fill.execution.side == "BOT" else -1)
                    bought[fill.contract.conId][0] += abs(shares)
                    bought[fill.contract.conId][1] += shares * fill.execution.price
            lots = int(min(shares for shares, _ in bought.values()))
            price = sum(paid / shares for shares, paid in bought.values()) if lots else None
            status, told = trade.orderStatus.status, trade.log[-1].message if trade.log else ""
            if status == "Filled" and lots < trade.order.totalQuantity:
                status = "Submitted"  # the executions of a leg are still to come
            return {"status": status, "filled": lots, "price": price, "reason": told}

        answer: Mapping[str, Any] = self._ask(look())
        return answer

    def cancel_order(self, order_id: str) -> None:
        """Ask for a cancellation; the status says what became of it."""

        async def cancel() -> None:
            self._ib.cancelOrder(self._trades[order_id].order)

        self._ask(cancel())

    def option_chain(self, symbol: str, expiration: date) -> list[Any]:
        """Tickers of the strikes nearest to the price; none until quotes have come."""
        tickers: list[Any] = self._ask(self._chain(symbol, expiration))
        return tickers

    def last_price(self, symbol: str) -> float | None:
        """Dollars a share; None until a price has come."""

        async def price() -> float:
            return float((await self._stock(symbol)).marketPrice())

        value: float = self._ask(price())
        return None if math.isnan(value) else value

    async def _stock(self, symbol: str) -> Any:
        from ib_async import Stock

        if not self._ib.isConnected():
            raise ConnectionError("not connected to IB: prices that stand still are no quotes")
        if symbol not in self._stocks:
            (contract,) = await self._ib.qualifyContractsAsync(Stock(symbol, "SMART", "USD"))
            self._stocks[symbol] = self._ib.reqMktData(contract)
        return self._stocks[symbol]

    async def _option(self, symbol: str, expiration: date, option_type: str, strike: float) -> Any:
        from ib_async import Option

        key = symbol, f"{expiration:%Y%m%d}", option_type[0].upper(), strike
        if key not in self._contracts:
            named = Option(*key[:2], strike, key[2], "SMART", tradingClass=symbol, currency="USD")
            (self._contracts[key],) = await self._ib.qualifyContractsAsync(named)
        return self._contracts[key]

    async def _chain(self, symbol: str, expiration: date) -> list[Any]:
        stock, day = await self._stock(symbol), f"{expiration:%Y%m%d}"
        price = stock.marketPrice()
        listed = await self._ib.reqSecDefOptParamsAsync(symbol, "", "STK", stock.contract.conId)
        strikes = {
            strike
            for each in listed
            if each.tradingClass == symbol and day in each.expirations
            for strike in each.strikes
        }
        if math.isnan(price):
            return []
        near = sorted(sorted(strikes, key=lambda strike: abs(strike - price))[:STRIKES])
        lines = self._lines.setdefault((symbol, day), {})
        asked = (self._option(symbol, expiration, right, k) for k in near for right in "CP")
        wanted = await asyncio.gather(*asked)
        for gone in lines.keys() - {each.conId for each in wanted if each}:
            self._ib.cancelMktData(lines.pop(gone).contract)
        for contract in wanted:
            if contract and contract.conId not in lines:  # IB does not list every strike of a day
                lines[contract.conId] = self._ib.reqMktData(contract)
        return [ticker for ticker in lines.values() if ticker.time is not None]


def main() -> None:
    """Trade one chain, about 45 days out, until Ctrl-C."""
    try:
        from ib_async import IB
    except ModuleNotFoundError:
        sys.exit("ib_async is not installed: pip install ib_async==2.1.0")
    symbol, port = (*sys.argv[1:3], *("SPY", "4002")[len(sys.argv) - 1 :])[:2]
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def connect() -> Any:
        ib = IB()
        await ib.connectAsync("127.0.0.1", int(port), clientId=17)
        return ib

    try:
        ib = asyncio.run_coroutine_threadsafe(connect(), loop).result()
    except (OSError, TimeoutError) as error:
        sys.exit(f"nothing answers at port {port}: start IB Gateway, allow the API ({error})")
    account = IbAccount(ib, loop)
    executor = create_arbitrage_executor(
        account.submit_order,
        account.option_chain,
        account.last_price,
        cancel_callback=account.cancel_order,
        order_status_callback=account.order_status,
    )
    today = datetime.fromtimestamp(SystemClock().epoch_s(), ZoneInfo("America/New_York")).date()
    executor.add_symbol(symbol, [standard_expiration(today + timedelta(days=45))])
    executor.run()


if __name__ == "__main__":
    main()
