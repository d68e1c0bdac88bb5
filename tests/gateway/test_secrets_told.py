"""What a broker says back of keys and numbers reaches neither desk nor journal."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.orders.types import ReportKind

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import KEY, NUMBER, SECRET, AlpacaFacade
from tests.support.alpaca_gateway import desk_on, serving, until
from tests.support.alpaca_gateway import paper_settings as settings
from tests.support.kept_answers import texts_below


def test_a_refusal_and_an_alarm_are_told_without_keys_and_number(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = facade.answer

    def refuses(method: str, path: str, query: Any, body: Any) -> Any:
        if method == "POST":
            message = f"account {NUMBER} of {KEY} may not ({SECRET})"
            return 403, {"code": 40310000, "message": message}
        return answer(method, path, query, body)

    monkeypatch.setattr(facade, "answer", refuses)
    with serving(facade, settings(folder)) as gateway, desk_on(gateway) as desk:
        desk.submit(desk.order("PTEST01-1", 95))
        until(lambda: ReportKind.REJECTED in desk.kinds("PTEST01-1"))
        (refused,) = desk.reports
        assert refused.reason == "account …4821 of [secret] may not ([secret]) (40310000)"
        gateway._orders.looks._orders.note("TEST", f"{SECRET} {KEY} {NUMBER}")
        health: Any = gateway.server._health
        assert health().troubles[0].text == "[secret] [secret] …4821"
    texts = dict(texts_below(folder))
    assert any("/raw/" in str(path) and "may not ([secret])" in texts[path] for path in texts)
    for path, text in texts.items():
        assert SECRET not in text and KEY not in text and NUMBER not in text, path
