"""What a gateway tells of links that are cut: which, why, and since when."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.brokers.remote.facts import Health

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import AlpacaFacade
from tests.support.alpaca_gateway import Desk, desk_on, serving, until
from tests.support.alpaca_gateway import paper_settings as settings


def health(desk: Desk) -> Health:
    told = until(lambda: desk.broker.health)
    found: Health = told[0]
    return found


def test_a_broker_that_answers_errors_is_told_as_that(facade: AlpacaFacade, folder: Path) -> None:
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        until(lambda: health(desk).orders_up)
        assert health(desk).orders_why == ""
        facade.faults["GET"] = [503] * 400
        until(lambda: not health(desk).orders_up)
        told = health(desk)
        assert told.orders_why == "it answers 503"
        assert told.orders_age_s is not None and told.orders_age_s >= told.heard_age_s
        facade.faults.clear()
        until(lambda: health(desk).orders_up)
        assert health(desk).orders_why == ""


def test_a_stream_that_another_program_takes_is_told(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.links.STREAM_S", 1.0)
    monkeypatch.setattr("engine.brokers.stream.supervisor.GOOD_S", 0.1)
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        until(lambda: health(desk).events_up)
        until(lambda: not health(desk).troubles)
        for peer in list(facade._streams):
            peer.close()
        facade._ws.shutdown()
        (trouble,) = until(lambda: health(desk).troubles)
        assert trouble.kind == "STREAM_DOWN"
        assert "orders are asked for every two seconds" in trouble.text
        told = health(desk)
        assert told.events_up is False and told.events_down_s >= 1.0 and told.events_why
        assert (told.orders_up, told.data_up) == (True, True)


def test_an_account_that_takes_no_spreads_is_blocked_before_its_first_order(
    facade: AlpacaFacade, folder: Path
) -> None:
    facade.trading_level = 2
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        (blocked,) = desk.broker.account().blocked
        assert blocked == "spreads need option level 3, it has 2: ask for it"
        (trouble,) = until(lambda: health(desk).troubles)
        assert (trouble.kind, trouble.text) == ("ACCOUNT_BLOCKED", blocked)
        assert facade.posts == []
