"""The façade is Alpaca enough for Alpaca's own library, which drives it whole."""

from __future__ import annotations

import json
import threading
from datetime import datetime, time
from typing import Any

import pytest

pytest.importorskip("alpaca", reason="alpaca-py is not installed")
pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from alpaca.common.exceptions import APIError
from alpaca.data.historical.option import OptionHistoricalDataClient
from alpaca.data.historical.stock import StockHistoricalDataClient
from alpaca.data.requests import OptionChainRequest, StockBarsRequest
from alpaca.data.timeframe import TimeFrame
from alpaca.trading import requests as asked
from alpaca.trading.client import TradingClient
from alpaca.trading.enums import OrderClass, OrderSide, PositionIntent, TimeInForce
from alpaca.trading.models import NonTradeActivity
from alpaca.trading.stream import TradingStream

from engine.brokers.alpaca.dialect import AlpacaDialect
from engine.brokers.alpaca.market import closes_call, read_close
from engine.brokers.following.symbols import Contract
from engine.config import SimulationSettings
from tests.support.alpaca_facade import KEY, NUMBER, SECRET, AlpacaFacade, alpaca
from tests.support.exchange_processes import until

DIALECT = AlpacaDialect()


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


def test_alpacas_own_models_read_the_ends_of_contracts_and_the_close_that_settles_them() -> None:
    with alpaca(SimulationSettings(symbols=("SPY",))) as facade:
        client: Any = TradingClient(KEY, SECRET, url_override=facade.hosts.trading)
        sent = client.submit_order(order(facade, "SDK-1", 0.95))
        until(lambda: client.get_order_by_id(sent.id).status.value == "filled")
        (short,) = [row for row in facade.matching.positions() if row.quantity < 0]
        contract = Contract(short.symbol, short.expiration, short.right, short.strike)
        name = facade.events.end("OPASN", contract, -1)
        rows = client.get("/account/activities", dict(DIALECT.option_events(None).query))
        kinds = {}
        for row in rows:  # what the model wants beside is of the broker's own interface
            told = NonTradeActivity(**row, account_id=client.get_account().id, description="")
            kinds[told.activity_type.value] = told
        assert (kinds["OPASN"].id, kinds["OPASN"].qty) == (name, 1.0)
        assert (kinds["OPTRD"].qty, kinds["OPTRD"].net_amount) == (-100.0, short.strike * 100)
        ends, odd = DIALECT.read_option_events(rows)[::2]
        assert not odd and ends[0].cash_c == kinds["OPTRD"].net_amount * 100

        held = {row.asset_class.value: row for row in client.get_all_positions()}
        assert (held["us_equity"].symbol, float(held["us_equity"].qty)) == ("SPY", -100.0)
        facade.events.charge("ORF", "0.05")
        (charge,) = client.get("/account/activities", dict(DIALECT.charges().query))
        fee = NonTradeActivity(**charge, account_id=client.get_account().id, description="")
        (read,) = DIALECT.read_charges([charge]).rows
        assert (fee.activity_type.value, fee.date, fee.net_amount * -100) == (
            "FEE", read.day, float(read.cost_c)
        )  # fmt: skip

        wanted_shares = asked.MarketOrderRequest(
            symbol="SPY",
            qty=100,
            side=OrderSide.BUY,
            time_in_force=TimeInForce.DAY,
            client_order_id="SH-SPY-1-1",
        )
        theirs = json.loads(json.dumps(wanted_shares.to_request_fields(), default=str))
        ours = dict(DIALECT.trade_shares("SH-SPY-1-1", "SPY", 100).body or {})
        assert {**theirs, "qty": f"{theirs['qty']:.0f}"} == ours
        traded = client.submit_order(wanted_shares)
        view = DIALECT.taken_shares(
            client.get("/orders:by_client_order_id", {"client_order_id": "SH-SPY-1-1"})
        )
        assert view is not None and view.broker_id == str(traded.id)
        assert (view.filled, view.paid_c) == (
            float(traded.filled_qty), float(traded.filled_avg_price) * 100 * 100
        )  # fmt: skip

        quotes: Any = StockHistoricalDataClient(KEY, SECRET, url_override=facade.hosts.data)
        today = facade.events.today
        facade.events.closes["SPY", today.isoformat()] = 601.25
        wanted = StockBarsRequest(
            symbol_or_symbols="SPY",
            timeframe=TimeFrame.Day,
            start=datetime.combine(today, time()),
            limit=1,
        )
        (bar,) = quotes.get_stock_bars(wanted)["SPY"]
        call = closes_call("SPY", today)
        assert (call.path, sorted(dict(call.query))) == (
            "/v2/stocks/bars", ["limit", "start", "symbols", "timeframe"]
        )  # fmt: skip
        body = quotes.get("/stocks/bars", dict(call.query), api_version="v2")
        assert read_close(body, "SPY", today) == bar.close == 601.25
