"""Options on an index at Alpaca: their root is not the underlying, and nobody trades that."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.brokers.remote.broker import RemoteBroker
from engine.commands import Ask, Command, TicketState
from engine.config import DeskConfig, SimulationSettings
from engine.desk.opening import Desk, DeskPlan, open_desk
from engine.risk.gates import Gate

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_customer import SETTINGS
from tests.support.alpaca_facade import AlpacaFacade, alpaca
from tests.support.alpaca_gateway import desk_on, paper_settings, serving, until

ROOTS = ("SPXW", "SPX", "SPY")
PRICE = 5_900.0


def settings(folder: Path, *symbols: str) -> DeskConfig:
    broker = {"symbols": list(symbols or ROOTS), "expirations_per_symbol": 1}
    given = tomllib.loads(SETTINGS.replace("[broker]", "[ignored]"))
    busy = {name: given[name] for name in ("timing", "spreads", "limits")}
    return paper_settings(folder, **broker).changed(**busy)


@pytest.fixture(params=[True, False], ids=["values", "no-values"])
def index_facade(request: pytest.FixtureRequest) -> Iterator[AlpacaFacade]:
    """An account that may ask for values of indices, and one that may not."""
    with alpaca(SimulationSettings(symbols=ROOTS, expirations_per_symbol=2)) as facade:
        facade.tells_indices = request.param
        yield facade


def test_a_root_has_its_own_chain_and_expirations_and_its_underlying_a_price(
    index_facade: AlpacaFacade, folder: Path
) -> None:
    with serving(index_facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        market, now_s = desk.market, index_facade.clock.epoch_s()
        for root in ROOTS:
            listed = market.expirations(root, 0.0)
            assert listed == index_facade.market.expirations(root, now_s), root
            chain = market.chain(root, listed[0], 0.0)
            assert chain is not None and chain.symbol == root
            price = market.underlying(root, 0.0)
            assert price is not None
            true = index_facade.market.underlying(root, index_facade.clock.epoch_s())
            assert price == pytest.approx(true, rel=0.01)
            assert chain.underlying_price == pytest.approx(true, rel=0.01)
            index = root != "SPY"
            assert (chain.style, chain.settlement) == (
                ("european", "cash") if index else ("american", "physical")
            )
        calls = set(index_facade.calls)
        assert "GET /v1beta1/options/snapshots/SPX" in calls
        assert "GET /v1beta1/options/snapshots/SPXW" not in calls
    if not index_facade.tells_indices:
        asked = index_facade.calls.count("GET /v1beta1/indices/latest/values")
        assert asked == 1, "what is refused is not asked for again at once"


@pytest.mark.parametrize("index_facade", [False], indirect=True, ids=["no-values"])
def test_a_desk_trades_a_chain_of_an_index(index_facade: AlpacaFacade, folder: Path) -> None:
    with serving(index_facade, settings(folder, "SPXW")) as gateway:
        desk = open_desk(settings(folder, "SPXW"), DeskPlan(exchange=gateway.path, pool_threads=1))
        try:
            desk.executor.start()
            until(lambda: _resumed(desk))
            until(lambda: len(_parts(index_facade)) == 2, "no debit and its credit executed")
            desk.executor.ask(Command(Ask.HALT))
            (trader,) = desk.executor.context.traders.values()
            terms = trader.chain.terms
            assert (trader.symbol, terms.style, terms.settlement) == ("SPXW", "european", "cash")
            (row,) = desk.snapshot().traders
            assert row.gate != Gate.ASSIGNMENT, "nobody exercises it early"
        finally:
            _leave(desk)
    for body in index_facade.posts:
        assert round(abs(float(body["limit_price"])) * 100) % 5 == 0, "off the tick of SPXW"
        assert all(leg["symbol"].startswith("SPXW26") for leg in body["legs"])
    assert not math.isnan(index_facade.ledger.cash_c)


def _parts(facade: AlpacaFacade) -> set[bool]:
    names = {each.client_order_id for each in list(facade.ledger.executions)}
    return {facade.orders[name].request.pays for name in names}


def _resumed(desk: Desk) -> bool:
    return desk.executor.ask(Command(Ask.RESUME)).state is TicketState.CONFIRMED


def _leave(desk: Desk) -> None:
    desk.stop(drain=False)
    assert isinstance(desk.exchange, RemoteBroker)
    desk.exchange.link.close()
