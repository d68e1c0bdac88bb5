"""The gateway's own threads: they ask on, whatever else is asked and whatever goes wrong."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.brokers.remote.workers import CANCELS
from engine.gateway import running
from tests.support.alpaca_facade import AlpacaFacade
from tests.support.alpaca_gateway import paper_settings as settings
from tests.support.alpaca_gateway import serving, until


def test_the_account_is_asked_for_while_the_desk_trades(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Buying power that is 30 s old lets every debit out, or none."""
    monkeypatch.setattr(
        "engine.gateway.links.LinkAge.age_s", 0.0
    )  # the broker answers all the time
    monkeypatch.setattr(running, "HEARTBEAT_S", 0.1)
    with serving(facade, settings(folder)) as gateway:
        first = gateway._books.account
        assert first is not None
        until(lambda: gateway._books.account != first, "the account grows old")


def test_a_turn_that_fails_is_told_and_the_next_one_is_taken(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.turns.AFTER_FAULT_S", 0.01)
    with serving(facade, settings(folder)) as gateway:
        looks, work = gateway._orders.looks, gateway._orders.looks.work
        mended = threading.Event()

        def fails() -> float:
            if mended.is_set():
                return work()
            raise TypeError("an answer nobody foresaw")

        monkeypatch.setattr(looks, "work", fails)
        health: Any = gateway.server._health
        until(lambda: not health().orders_up, "orders count as looked after")
        (text,) = until(
            lambda: [each.text for each in health().troubles if each.kind == "GATEWAY_FAULT"]
        )
        assert text.startswith("its looks: TypeError: an answer nobody foresaw (test_turns")
        mended.set()
        until(lambda: health().orders_up, "nobody looks at orders any more")


def test_what_the_account_tells_is_read_on_after_a_fault(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.turns.AFTER_FAULT_S", 0.01)
    with serving(facade, settings(folder)) as gateway:
        asked: list[str] = []

        def fails() -> bool:
            asked.append("again")
            raise KeyError("odd")

        monkeypatch.setattr(gateway._fills, "read", fails)
        gateway._gap()
        until(lambda: len(asked) > 2, "executions are read no more")


def test_the_gateway_s_own_cancels_do_not_pile_up_before_those_of_a_guard(
    facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(facade, settings(folder)) as gateway:
        server, names = gateway.server, tuple("ABCDEFGH")
        answers = threading.Event()
        cancelled: list[str] = []
        acted: list[int] = []

        def slow(name: str) -> None:
            answers.wait(30.0)
            cancelled.append(name)

        def always(now_s: float, *, watched: bool) -> bool:
            acted.append(1)
            return True

        monkeypatch.setattr(gateway._orders, "working", lambda: () if answers.is_set() else names)
        monkeypatch.setattr(gateway._orders, "cancel", slow)
        monkeypatch.setattr(server._alone, "acts", always)
        until(lambda: len(acted) > 4)
        assert server._workers._jobs[CANCELS].qsize() < len(names)
        server._workers.submit(CANCELS, lambda: cancelled.append("guard's"), guards=True)
        answers.set()
        until(lambda: len(cancelled) == len(names) + 1)
        assert "guard's" in cancelled[:4]
