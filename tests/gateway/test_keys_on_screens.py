"""Keys and the account's number are on no screen and in no traceback, whatever crashes."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from engine.brokers.alpaca.recorded_day import replay_day
from engine.config import SimulationSettings
from engine.gateway.raw_files import read_raw
from engine.run_folder.lock import holder
from tests.support.exchange_processes import until
from tests.support.terminal import Terminal

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_customer import RUN, Customer, customer_of
from tests.support.alpaca_facade import KEY, NUMBER, SECRET, AlpacaFacade, alpaca
from tests.support.alpaca_gateway import KEYS
from tests.support.kept_answers import texts_below

CRASHES = """
from pathlib import Path
import engine.brokers.http.network as network
import tui.viewmodel.header as header

def crashing(name, call, words):
    def crash(*arguments):
        if (Path(__file__).parent / name).exists():
            raise RuntimeError(f"{name}: {words(*arguments)}")
        return call(*arguments)
    return crash

network.HttpxNetwork._send = crashing(
    "gateway crashes", network.HttpxNetwork._send, lambda self, request, read_s: request.headers.raw
)
header.first = crashing("desk crashes", header.first, lambda view, width: view.snapshot)
"""
"""Both crash when a test says so, with all that they know in the error's own words."""


@dataclass(frozen=True)
class Keyed(Customer):
    """A customer whose keys are in the environment."""

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(**KEYS, **more)

    def crash(self, what: str) -> None:
        """Have desk or gateway crash from now on."""
        (self.folder / "site" / f"{what} crashes").touch()


@pytest.fixture
def facade() -> Iterator[AlpacaFacade]:
    with alpaca(SimulationSettings(symbols=("SPY",))) as facade:
        yield facade


def plain(seen: bytes) -> str:
    """What a terminal was sent, without what moves and colours it."""
    return re.sub(rb"\x1b\[[0-9;?<>=]*[a-zA-Z]", b"", seen).decode(errors="replace")


def test_no_screen_no_traceback_and_no_file_has_what_only_the_broker_may_know(
    facade: AlpacaFacade,
) -> None:
    with customer_of(facade) as made:
        home = Keyed(made.folder)
        site = home.folder / "site" / "sitecustomize.py"
        site.write_text(site.read_text() + CRASHES)
        settings = home.folder / "c.toml"
        settings.write_text(settings.read_text().replace(', "QQQ", "AAPL", "MSFT"', ""))
        run = [word for word in RUN if word != "--headless"]
        desk = Terminal(home, *run, settings)
        try:
            shown = [desk.until("─ CONNECTION ─", "…4821")]  # at a first start by itself
            desk.press(b"\x1b")
            desk.until("TRADERS")
            for key, page in (("l", "ALARM, REQUESTS, EVENTS"), ("t", "SESSION REPORT")):
                desk.press(key)
                shown.append(desk.until(page))
                desk.press(b"\x1b")
                desk.until("TRADERS")
            until(lambda: facade.ledger.executions, what="nothing executed")
            home.crash("gateway")
            desk.until("GATEWAY_FAULT")
            shown.append(desk.text)
            home.crash("desk")
            desk.ended()
            shown.append(plain(bytes(desk.seen)))
        finally:
            desk.close()
        os.kill(holder(home.gateway) or 0, signal.SIGTERM)
        until(lambda: holder(home.gateway) is None)
        fails = home.legdesk("gateway", "alpaca", "--paper")
        shown += [fails.stdout, fails.stderr]
        assert "RuntimeError" in shown[-3] and "desk crashes" in shown[-3]
        kept = dict(texts_below(home.state))
        raw = home.root / "raw" / "alpaca-main"
        assert any(raw in path.parents for path in kept)
        assert replay_day(read_raw(raw)).orders
        text = "\n".join([*shown, *kept.values()])
        assert "Traceback" in text and "gateway crashes" in text
        for place, each in [*kept.items(), *enumerate(shown)]:
            for canary in (SECRET, KEY, NUMBER):
                assert canary not in each, (canary, place)
