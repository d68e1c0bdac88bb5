"""Keys that are refused while a gateway runs: new ones are taken, of the same account alone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.gateway.login import log_in
from engine.gateway.running import Gateway
from engine.orders.types import ReportKind as K

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import KEY, SECRET, AlpacaFacade
from tests.support.alpaca_gateway import Desk, desk_on, serving, until
from tests.support.alpaca_gateway import paper_settings as settings
from tests.support.kept_answers import texts_below

NEW = ("PKNEWCANARY1", "new-canary-20417")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.gateway.new_keys.READ_EVERY_S", 0.2)


@pytest.fixture
def gateway(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gateway]:
    """A gateway on keys that were kept by `legdesk login`."""
    monkeypatch.setattr("engine.gateway.login.HOSTS", {"PAPER": facade.hosts})
    log_in(settings(folder), KEY, SECRET, lambda: None)
    with serving(facade, settings(folder), environment={}) as gateway:
        yield gateway


def troubles(desk: Desk) -> dict[str, str]:
    told = desk.broker.health
    return {} if told is None else {each.kind: each.text for each in told[0].troubles}


def test_an_order_that_works_when_keys_are_revoked_is_cancelled_with_new_ones(
    facade: AlpacaFacade, folder: Path, gateway: Gateway
) -> None:
    with desk_on(gateway) as desk:
        desk.submit(desk.order("PTEST01-1", 1))
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK])
        facade.keys = NEW
        until(lambda: "KEYS_REFUSED" in troubles(desk))
        assert "`legdesk login alpaca --paper`" in troubles(desk)["KEYS_REFUSED"]
        with pytest.raises(ConnectionError, match="keys"):
            desk.broker.cancel("PTEST01-1", 0.0)
        assert desk.kinds("PTEST01-1") == [K.ACK], "nothing ends because nobody may ask"
        told = log_in(settings(folder), *NEW, lambda: None).sentences()
        assert any("a gateway that runs takes them within" in each for each in told)
        until(lambda: troubles(desk) == {}, "they were not taken")
        desk.broker.cancel("PTEST01-1", 0.0)
        until(lambda: desk.kinds("PTEST01-1") == [K.ACK, K.CANCELED])
        assert len(facade.posts) == 1
    secrets = folder / "paper" / "secrets.toml"
    assert NEW[1] in secrets.read_text()
    secrets.unlink()
    for path, text in texts_below(folder):
        assert NEW[0] not in text and NEW[1] not in text, path


def test_new_keys_that_cannot_be_used_are_not(
    facade: AlpacaFacade, folder: Path, gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer, number = facade.answer, ["PA3ANOTHER9999"]

    def of_another(method: str, path: str, query: dict[str, str], body: Any) -> tuple[int, Any]:
        status, told = answer(method, path, query, body)
        return status, told | {"account_number": number[0]} if path == "/v2/account" else told

    with desk_on(gateway) as desk:
        facade.keys = NEW
        until(lambda: "KEYS_REFUSED" in troubles(desk))
        log_in(settings(folder), *NEW, lambda: None)
        facade.answer = of_another  # type: ignore[method-assign]
        until(lambda: "another account" in troubles(desk).get("KEYS_UNUSABLE", ""))
        assert "KEYS_REFUSED" in troubles(desk), "its own are refused all the same"
        facade.keys = ("PKTHIRD", "third")
        until(lambda: "refused, too (401)" in troubles(desk).get("KEYS_UNUSABLE", ""))
        facade.answer = answer  # type: ignore[method-assign]
        facade.keys = NEW
        until(lambda: troubles(desk) == {}, "they were not taken")
