"""Requests that the exchange's process serves: quotes, and an account's orders and books."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from engine.brokers.protocol import MarketData
from engine.brokers.remote.codec import chain_plain, order_of
from engine.exchange.remote_account import Account


class ExchangeRequests:
    """Answers requests; each takes the message as it arrived and returns a JSON value.

    Args:
        market: the quotes.
        now_s: the exchange's time, epoch seconds.

    Attributes:
        of_market: requests by name that need no account.
        of_account: requests by name of one account.
    """

    def __init__(self, market: MarketData, now_s: Callable[[], float]) -> None:
        self._market = market
        self._now_s = now_s
        self.of_market: dict[str, Callable[[dict[str, Any]], Any]] = {
            "chain": self._chain,
            "underlying": self._underlying,
            "expirations": self._expirations,
        }
        self.of_account: dict[str, Callable[[Account, dict[str, Any]], Any]] = {
            "submit": self._submit,
            "cancel": self._cancel,
            "query": self._query,
            "open_orders": lambda account, message: account.open_orders(),
            "positions": lambda account, message: account.positions(),
            "executions": lambda account, message: account.executions(int(message["since"])),
            "states": lambda account, message: account.states(list(message["orders"])),
        }

    def _submit(self, account: Account, message: dict[str, Any]) -> str:
        account.submit(order_of(message["order"]))
        return "taken"

    def _cancel(self, account: Account, message: dict[str, Any]) -> str:
        account.cancel(str(message["order"]))
        return "taken"

    def _query(self, account: Account, message: dict[str, Any]) -> str:
        account.query(str(message["order"]))
        return "taken"

    def _chain(self, message: dict[str, Any]) -> dict[str, Any] | None:
        expiration = date.fromisoformat(message["expiration"])
        chain = self._market.chain(str(message["symbol"]), expiration, self._now_s())
        return None if chain is None else chain_plain(chain)

    def _underlying(self, message: dict[str, Any]) -> float | None:
        return self._market.underlying(str(message["symbol"]), self._now_s())

    def _expirations(self, message: dict[str, Any]) -> list[str]:
        days = self._market.expirations(str(message["symbol"]), self._now_s())
        return [day.isoformat() for day in days]
