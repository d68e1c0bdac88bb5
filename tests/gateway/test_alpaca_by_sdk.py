"""The façade is Alpaca enough for Alpaca's own library, which drives it whole."""

from __future__ import annotations

import threading
from typing import Any

import pytest

pytest.importorskip("alpaca", reason="alpaca-py is not installed (group `contract`)")
pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from alpaca.common.exceptions import APIError
from alpaca.data.historical.option import OptionHistoricalDataClient
from alpaca.data.requests import OptionChainRequest
from alpaca.trading import requests as asked
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderClass, OrderSide, PositionIntent, TimeInForce
from alpaca.trading.stream import TradingStream

from engine.config import SimulationSettings
from tests.support.alpaca_facade import KEY, NUMBER, SECRET, AlpacaFacade, alpaca
from tests.support.exchange_processes import until


def order(facade: AlpacaFacade, name: str, limit: float) -> Any:
    now_s = facade.clock.epoch_s()
    expiration = facade.market.expirations("SPY", now_s)[0]
    low = int(facade.market.underlying("SPY", now_s) or 0)
    legs = [
        asked.OptionLegRequest(
            symbol=f"SPY{expiration:%y%m%d}C{strike * 1000:08d}",
            ratio_qty=1,
            side=OrderSide(side),
            position_intent=PositionIntent(f"{side}_to_open"),
        )
        for strike, side in ((low, "buy"), (low + 1, "sell"))
    ]
    return asked.LimitOrderRequest(
        qty=1,
        limit_price=limit,
        order_class=OrderClass.MLEG,
        time_in_force=TimeInForce.DAY,
        client_order_id=name,
        legs=legs,
    )


def test_alpacas_own_library_trades_on_the_facade() -> None:
    with alpaca(SimulationSettings(symbols=("SPY",))) as facade:
        client: Any = TradingClient(KEY, SECRET, url_override=facade.hosts.trading)
        assert client.get_account().account_number == NUMBER
        quotes: Any = OptionHistoricalDataClient(KEY, SECRET, url_override=facade.hosts.data)
        expiration = facade.market.expirations("SPY", facade.clock.epoch_s())[0]
        wanted = OptionChainRequest(
            underlying_symbol="SPY", expiration_date=expiration, feed="indicative"
        )
        assert len(quotes.get_option_chain(wanted)) > 20
        listed = asked.GetOptionContractsRequest(underlying_symbols=["SPY"], root_symbol="SPY")
        assert client.get_option_contracts(listed).option_contracts

        events: list[str] = []

        async def hear(update: Any) -> None:
            events.append(str(getattr(update.event, "value", update.event)))

        stream: Any = TradingStream(KEY, SECRET, url_override=facade.hosts.stream)
        stream.subscribe_trade_updates(hear)
        threading.Thread(target=stream.run, daemon=True).start()
        until(lambda: facade._streams)

        sent = client.submit_order(order(facade, "SDK-1", 0.01))
        assert client.get_order_by_client_id("SDK-1").id == sent.id
        with pytest.raises(APIError) as twice:
            client.submit_order(order(facade, "SDK-1", 0.01))
        assert twice.value.code == 40010001
        until(lambda: "new" in events)
        client.cancel_order_by_id(sent.id)
        until(lambda: client.get_order_by_id(sent.id).status.value == "canceled")
        with pytest.raises(APIError) as late:
            client.cancel_order_by_id(sent.id)
        assert late.value.code == 42210000
        sent = client.submit_order(order(facade, "SDK-2", 0.95))
        until(lambda: client.get_order_by_id(sent.id).status.value == "filled")
        nested = client.get_order_by_id(sent.id, asked.GetOrderByIdRequest(nested=True))
        assert [float(leg.filled_qty) for leg in nested.legs] == [1.0, 1.0]
        assert sorted(float(row.qty) for row in client.get_all_positions()) == [-1.0, 1.0]
        until(lambda: {"new", "canceled", "fill"} <= set(events))
        stream.stop()
