"""A gateway on Alpaca's API in threads of its own, and a desk's side of its socket."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from engine.brokers.remote.connection import RemoteAccount, join
from engine.config import DeskConfig
from engine.gateway.running import Gateway
from engine.gateway.starting import open_gateway
from engine.market.legs import SpreadLeg
from engine.orders.types import OrderReport, OrderRequest, Part, ReportKind
from tests.support.alpaca_facade import KEY, LIVE_NUMBER, SECRET, AlpacaFacade


def keys_in_environment(key: str, secret: str) -> dict[str, str]:
    """The variables in which keys may stand."""
    return {"LEGDESK_BROKER__KEY": key, "LEGDESK_BROKER__SECRET": secret}


KEYS = keys_in_environment(KEY, SECRET)
NAN = float("nan")
WITHIN_S = 60.0
PATIENCE_S = 240.0


def paper_settings(folder: Path, **broker: object) -> DeskConfig:
    return DeskConfig.model_validate(
        {
            "mode": "PAPER",
            "account": "main",
            "state_dir": str(folder),
            "broker": {"name": "alpaca", **broker},
            "simulation": {"seed": 7, "symbols": ["SPY"], "expirations_per_symbol": 2},
        }
    )


def live_settings(folder: Path, **broker: object) -> DeskConfig:
    """Settings that trade the real money of the live account."""
    given = {"name": "alpaca", "feed": "opra", "account_number": LIVE_NUMBER, **broker}
    return paper_settings(folder).changed(mode="LIVE", broker=given)


def opened(facade: AlpacaFacade, config: DeskConfig, **more: Any) -> Gateway:
    return open_gateway(
        config,
        environment=more.pop("environment", keys_in_environment(*facade.keys)),
        hosts=more.pop("hosts", facade.hosts),
        keyring=lambda: None,
        clock=more.pop("clock", facade.clock),
        **more,
    )


@contextmanager
def serving(facade: AlpacaFacade, config: DeskConfig, **more: Any) -> Iterator[Gateway]:
    gateway = opened(facade, config, **more)
    thread = threading.Thread(target=gateway.serve)
    thread.start()
    try:
        yield gateway
    finally:
        gateway.stop()
        thread.join(WITHIN_S)


def until(true: Callable[[], Any], what: str = "it never came about") -> Any:
    """Its result once it is true; a busy machine may take its time."""
    waiting, end = threading.Event(), time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if result := true():
            return result
        waiting.wait(0.01)
    raise AssertionError(what)


class Desk:
    """A desk's side of the wire, with what it was told."""

    def __init__(self, account: RemoteAccount) -> None:
        self.account, self.broker, self.market = account, account.broker, account.market
        self.reports: list[OrderReport] = []
        self.broker.connect(self.reports.append)
        self.expiration = self.market.expirations("SPY", 0.0)[0]

    def order(self, name: str, limit_c: int, part: Part = Part.DEBIT) -> OrderRequest:
        """A vertical near the money."""
        chain = self.market.chain("SPY", self.expiration, 0.0)
        assert chain is not None
        at = int(chain.strikes.searchsorted(chain.underlying_price))
        low, high = chain.strike_list[at], chain.strike_list[at + 1]
        bought, sold = (low, high) if part is Part.DEBIT else (high, low)
        legs = (
            SpreadLeg(bought, self.expiration, "call", "buy", NAN, NAN),
            SpreadLeg(sold, self.expiration, "call", "sell", NAN, NAN),
        )
        return OrderRequest(name, "SPY", "SPY", self.expiration, part, legs, 1, limit_c)

    def submit(self, request: OrderRequest) -> None:
        self.broker.submit(request, self.broker.facts.clock.epoch_s())

    def kinds(self, name: str) -> list[ReportKind]:
        return [each.kind for each in self.reports if each.client_order_id == name]


@contextmanager
def desk_on(gateway: Gateway | Path) -> Iterator[Desk]:
    account = join(gateway if isinstance(gateway, Path) else gateway.path, "main")
    try:
        yield Desk(account)
    finally:
        account.broker.link.close()
