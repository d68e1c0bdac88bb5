"""Trade a tastytrade account with its own SDK: its orders, options and market data as callbacks.

    pip install tastytrade==13.2.3
    TT_SECRET=... TT_REFRESH=... python examples/tastytrade_account.py ACCOUNT SPY

The sandbox is used unless TT_LIVE=1 is set; its quotes are 15 minutes old, and its fills invented.
The SDK is asynchronous: its event loop has a thread of its own. Ctrl-C ends the program in order.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Coroutine, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
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

MOST_QUOTES = 100
"""Contracts of one request for market data."""

ANSWER_S = 5.0

UNCLEAR = ("parse response", "internal")
"""What an SDK's error says where the answer was no refusal: the order may exist."""


class TastytradeAccount:
    """The callbacks of one account.

    Args:
        account: the SDK's Account.
        session: its Session.
        chain, quotes: its get_option_chain and get_market_data_by_type.
        loop: the running event loop that the session lives in.
    """

    def __init__(self, account: Any, session: Any, chain: Any, quotes: Any, loop: Any) -> None:
        self._account, self._session, self._loop = account, session, loop
        self._chain_of, self._quotes_of = chain, quotes
        self._listed: dict[str, Any] = {}

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
        effects: Sequence[str],
        pays: bool,
    ) -> str | OrderReport:
        """Send a limit order on two legs; answer with tastytrade's id."""
        from tastytrade.order import (
            AdvancedInstructions,
            InstrumentType,
            Leg,
            LimitOrder,
            OrderAction,
        )
        from tastytrade.utils import TastytradeError

        if "mixed" in effects:
            return refusal(client_order_id, "no leg of an order can both close and open")
        price = Decimal(str(round(limit_price, 2)))
        order = LimitOrder(
            price=-price if pays else price,  # below zero is a debit here
            external_identifier=client_order_id,
            # Without it an order that finds nothing to close opens: a naked short.
            advanced_instructions=AdvancedInstructions(strict_position_effect_validation=True),
            legs=[
                Leg(
                    instrument_type=InstrumentType.EQUITY_OPTION,
                    symbol=f"{symbol:6}{expiration:%y%m%d}{leg.option_type[0].upper()}"
                    f"{round(leg.strike * 1000):08d}",
                    action=OrderAction(f"{leg.side} to {effect}".title().replace("To", "to")),
                    quantity=quantity,
                )
                for leg, effect in zip(legs, effects, strict=True)
            ],
        )
        try:
            placed = self._ask(self._account.place_order(self._session, order, dry_run=False))
            return str(placed.order.id)
        except Exception as error:  # no, or an answer that was lost: our id says which
            for live in self._ask(self._account.get_live_orders(self._session)):
                if live.external_identifier == client_order_id:
                    return str(live.id)
            if isinstance(error, TastytradeError) and not any(map(str(error).count, UNCLEAR)):
                return refusal(client_order_id, str(error))
            raise  # nobody knows: the desk says so and waits

    def order_status(self, order_id: str) -> Mapping[str, Any]:
        """What became of an order, counted and priced by the fills of its legs."""
        order = self._ask(self._account.get_order(self._session, int(order_id)))
        counts, price = [], Decimal(0)
        for leg in order.legs:
            count = sum((fill.quantity for fill in leg.fills or ()), Decimal(0))
            paid = sum((fill.quantity * fill.fill_price for fill in leg.fills or ()), Decimal(0))
            counts.append(count)
            price += leg.action.multiplier * paid / count if count else 0
        lots, status = int(min(counts)), order.status.value
        if status == "Filled" and lots < order.size:
            status = "Live"  # it is Filled when its first leg is; the others follow
        reason = order.reject_reason or ""
        return {
            "status": status,
            "filled": lots,
            "price": price if lots else None,
            "reason": reason,
        }

    def cancel_order(self, order_id: str) -> None:
        """Ask for a cancellation; the status says what became of it."""
        self._ask(self._account.delete_order(self._session, int(order_id)))

    def option_chain(self, symbol: str, expiration: date) -> list[Any]:
        """Market data of the contracts nearest to the price, as many as one request may name."""

        async def chain() -> list[Any]:
            if symbol not in self._listed:
                self._listed[symbol] = await self._chain_of(self._session, symbol)
            price = await self._price(symbol)
            options = [
                option
                for option in self._listed[symbol].get(expiration, ())
                if option.root_symbol == symbol and option.shares_per_contract == 100
            ]
            options.sort(key=lambda option: abs(option.strike_price - price))
            names = [option.symbol for option in options[:MOST_QUOTES]]
            if not names:
                return []
            return list(await self._quotes_of(self._session, options=names))

        return list(self._ask(chain()))

    def last_price(self, symbol: str) -> float:
        """Dollars a share: the mark."""
        return float(self._ask(self._price(symbol)))

    async def _price(self, symbol: str) -> Decimal:
        (quote,) = await self._quotes_of(self._session, equities=[symbol])
        return Decimal(quote.mark)


def refusal(client_order_id: str, reason: str) -> OrderReport:
    """An order that never was."""
    now_s = SystemClock().epoch_s()
    return OrderReport(ReportKind.REJECTED, client_order_id, now_s, reason=reason)


def main() -> None:
    """Trade one chain, about 45 days out, until Ctrl-C."""
    if len(sys.argv) < 2 or not (os.environ.get("TT_SECRET") and os.environ.get("TT_REFRESH")):
        sys.exit(
            "set TT_SECRET and TT_REFRESH and name an account: python " + sys.argv[0] + " ACCOUNT"
        )
    try:
        from tastytrade import Account, Session
        from tastytrade.instruments import get_option_chain
        from tastytrade.market_data import get_market_data_by_type
    except ModuleNotFoundError:
        sys.exit("tastytrade is not installed: pip install tastytrade==13.2.3")
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()

    async def connect() -> tuple[Any, Any]:
        session = Session(is_test=os.environ.get("TT_LIVE") != "1")
        return await Account.get(session, sys.argv[1]), session

    account, session = asyncio.run_coroutine_threadsafe(connect(), loop).result()
    desk = TastytradeAccount(account, session, get_option_chain, get_market_data_by_type, loop)
    executor = create_arbitrage_executor(
        desk.submit_order,
        desk.option_chain,
        desk.last_price,
        cancel_callback=desk.cancel_order,
        order_status_callback=desk.order_status,
    )
    today = datetime.fromtimestamp(SystemClock().epoch_s(), ZoneInfo("America/New_York")).date()
    symbol = sys.argv[2] if len(sys.argv) > 2 else "SPY"
    executor.add_symbol(symbol, [standard_expiration(today + timedelta(days=45))])
    executor.run()


if __name__ == "__main__":
    main()
