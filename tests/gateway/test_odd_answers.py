"""Rows of Alpaca's that nobody can read: what stops for them, and how a person goes on."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from engine.brokers.protocol import NotSentError, UnreadPosition
from engine.brokers.remote.link import LinkError

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import AlpacaFacade
from tests.support.alpaca_gateway import Desk, desk_on, serving, until
from tests.support.alpaca_gateway import paper_settings as settings
from tui.cli.main import main

FILLS = "/v2/account/activities/FILL"


def also(facade: AlpacaFacade, path: str, row: dict[str, Any]) -> None:
    """Let every answer of a path end with a row more."""
    answer = facade.answer

    def with_it(method: str, path_: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        status, told = answer(method, path_, query, body)
        if path_ == path and query.get("page_token") != row.get("id", ""):
            told = [*told, row]
        return status, told

    facade.answer = with_it  # type: ignore[method-assign,assignment]


def fill(symbol: str, **odd: str) -> dict[str, str]:
    return {
        "activity_type": "FILL", "id": "20990101::0f5cf5c5088e", "order_id": "another",
        "transaction_time": "2099-01-01T00:00:00Z", "symbol": symbol, "side": "buy",
        "qty": "1000", "price": "99.5", **odd,
    }  # fmt: skip


def kinds(desk: Desk) -> set[str]:
    """Of the troubles that the desk was told last."""
    told = desk.broker.health
    return set() if told is None else {each.kind for each in told[0].troubles}


def test_an_account_that_holds_bonds_trades_options(facade: AlpacaFacade, folder: Path) -> None:
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        bond = {"symbol": "912797KS5", "asset_class": "us_treasury", "qty": "1000", "side": "long"}
        also(facade, "/v2/positions", bond)
        also(facade, FILLS, fill("912797KS5"))
        gateway._missed.set()
        until(lambda: "EXECUTION_PASSED" in kinds(desk))
        desk.submit(desk.order("PTEST01-1", 1))
        assert desk.broker.positions() == ()
        assert "EXECUTION_ODD" not in kinds(desk)


def test_an_option_that_cannot_be_read_stops_debits_until_a_person_answers(
    facade: AlpacaFacade, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["gateway", "alpaca", "--paper", "--state-dir", str(folder), "--accept-odd"]
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        also(facade, FILLS, fill("SPY270115C00600000", qty="many"))
        gateway._missed.set()
        until(lambda: "EXECUTION_ODD" in kinds(desk))
        with pytest.raises(NotSentError, match="--accept-odd f5c5088e"):
            desk.submit(desk.order("PTEST01-1", 1))
        assert main([*command, "somebody"]) == 2
        assert "those that do: …f5c5088e" in capsys.readouterr().err
        assert main([*command, "f5c5088e"]) == 0
        assert "20990101::0f5cf5c5088e: `qty` is not a number" in capsys.readouterr().out
        until(lambda: "EXECUTION_ODD" not in kinds(desk))
        desk.submit(desk.order("PTEST01-2", 1))
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        desk.submit(desk.order("PTEST01-3", 1))


def test_a_position_whose_count_cannot_be_read_hides_no_other_and_stops_no_start(
    facade: AlpacaFacade, folder: Path
) -> None:
    """Nobody may take it for none: who wants a number of each gets no answer."""
    names = {"asset_class": "us_option", "side": "long"}
    also(facade, "/v2/positions", {"symbol": "SPY270115C00600000", "qty": "2", **names})
    also(facade, "/v2/positions", {"symbol": "SPY270115C00605000", "qty": "many", **names})
    shares = {"symbol": "BRK.B", "asset_class": "us_equity", "side": "long"}
    also(facade, "/v2/positions", {**shares, "qty": None})
    also(facade, "/v2/positions", {**shares, "symbol": "AAPL", "qty": "100"})
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        counted, unread = desk.broker.positions_told()
        assert [row.quantity for row in counted] == [2]
        assert unread == (UnreadPosition("SPY", date(2027, 1, 15), "call", 605.0),)
        with pytest.raises(LinkError, match="cannot be read"):
            desk.broker.positions()
        held, uncounted = desk.broker.shares_told()
        assert [(row.symbol, row.quantity) for row in held] == [("AAPL", 100)]
        assert uncounted == {"BRKB"}
        with pytest.raises(LinkError, match="cannot be read"):
            desk.broker.shares()
        until(lambda: "POSITION_ODD" in kinds(desk))
        desk.submit(desk.order("PTEST01-1", 1))
