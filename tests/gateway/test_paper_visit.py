"""A person's visit to a paper account, here to the façade: each point is settled, or left open."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.brokers.alpaca.hosts import HOSTS
from engine.brokers.alpaca.recorded_day import replay_day
from engine.brokers.http.secrets import Credentials, entered
from engine.config import SimulationSettings
from engine.gateway.raw_files import read_raw
from engine.market.clock import SystemClock
from tests.live_paper import test_live_paper as live
from tests.support.alpaca_facade import KEY, LIVE_KEY, LIVE_SECRET, NUMBER, SECRET, alpaca
from tests.support.alpaca_gateway import KEYS
from tests.support.kept_answers import texts_below
from tests.support.lifelike_alpaca import LifelikeAlpaca, Told, lifelike
from tests.support.paper_lags import POINT, Lags
from tests.support.paper_orders import Pace
from tests.support.paper_points import POINTS, Findings, Verdict
from tests.support.paper_visit import NotPaperError, PaperVisit
from tests.support.waiting_clock import WaitingClock

QUICK = Pace(poll_s=0.1, event_s=1.0, cancel_s=1.0, fill_s=20.0, settle_s=1.0)
FEE = {
    "id": "20261120000000000::9f1c",
    "activity_type": "FEE",
    "date": "2026-11-20",
    "net_amount": "-0.06",
    "qty": "2",
}
NOT_HERE = ["too many (429)", "assignments", "index options", "a gateway's death"]
"""What this façade does not show."""


def keys(key: str = KEY, secret: str = SECRET) -> Credentials:
    return entered({"key": key, "secret": secret})


def visited(facade: LifelikeAlpaca, folder: Path, pace: Pace = QUICK) -> Findings:
    return PaperVisit(facade.hosts, keys(), facade.clock, folder / "raw", pace).run()


def those(findings: Findings, verdict: Verdict) -> list[str]:
    return [name for name in POINTS if findings.verdict(name)[0] is verdict]


def by_a_person(
    facade: LifelikeAlpaca, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, str]:
    """Run the very test that a person with keys runs; the folder it leaves, and its report."""
    with monkeypatch.context() as patch:
        patch.setattr(live, "HOSTS", {"PAPER": facade.hosts})
        patch.setattr(live, "SystemClock", lambda: facade.clock)
        patch.setattr(live, "system_keyring", lambda: None)
        patch.setattr(live, "PACE", QUICK)
        patch.setenv("LEGDESK_STATE_DIR", str(folder / "state"))
        patch.setenv("XDG_CONFIG_HOME", str(folder / "none"))
        patch.delenv("LEGDESK_CONFIG", raising=False)
        for name, value in KEYS.items():
            patch.setenv(name, value)
        live.test_a_paper_account_is_as_it_is_assumed(folder)
    (left,) = (folder / "build" / "live_paper").iterdir()
    return left, (left / "report.md").read_text()


def test_every_point_is_settled_or_says_why_it_is_open(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lifelike() as facade:
        facade.fees = [FEE]
        left, report = by_a_person(facade, folder, monkeypatch)
        assert {order.status for order in facade.orders.values()} == {"canceled", "filled"}
        assert facade.matching.positions() == ()
    rows = {
        name: row for name in POINTS for row in report.splitlines() if row.startswith(f"| {name} |")
    }
    assert list(rows) == list(POINTS)
    assert [name for name, row in rows.items() if "| open |" in row] == NOT_HERE
    assert not any("OTHERWISE" in row for row in rows.values())
    texts = dict(texts_below(folder))
    assert any("trade_updates" in text for text in texts.values())
    for text in texts.values():
        assert KEY not in text and SECRET not in text and NUMBER not in text
    assert replay_day(read_raw(left / "raw")).odd == []


def test_what_is_otherwise_fails_the_persons_test_and_so_do_wrong_keys(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lifelike() as facade:
        facade.trading_level = 2
        with pytest.raises(pytest.fail.Exception, match=r"not as it is assumed: account$"):
            by_a_person(facade, folder, monkeypatch)
        facade.keys = ("PK", "changed")
        with pytest.raises(
            pytest.fail.Exception, match=r"401 unauthorized\.; check network and keys"
        ):
            by_a_person(facade, folder, monkeypatch)
        assert facade.posts == []


def test_a_proxy_that_the_settings_name_is_not_gone_around(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lifelike() as facade:
        monkeypatch.setenv("LEGDESK_BROKER__PROXY", "http://127.0.0.1:1")
        with pytest.raises(pytest.fail.Exception, match="check network and keys"):
            by_a_person(facade, folder, monkeypatch)
        assert facade.calls == []


class Contrary(LifelikeAlpaca):
    """An account where nothing is as it is assumed."""

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Told:
        known = method == "POST" and body["client_order_id"] in self.orders
        if known:  # it takes a used id for another order
            body = body | {"client_order_id": f"{body['client_order_id']}-AGAIN"}
        status, told = super().answer(method, path, query, body)
        if method == "DELETE" and status == 422:
            return 204, None
        if path == "/v2/clock":
            return 200, {"is_open": False}
        if path == "/v2/account/activities/FILL":
            told = [row | {"price": f"{float(row['price']) + 0.01:.2f}"} for row in told]
        if path == "/v2/orders" and method == "GET":
            return 200, []
        if path == "/v2/orders:by_client_order_id":
            return 404, {"code": 40410000, "message": "order not found"}
        return status, told

    def headers(self) -> dict[str, str]:
        return {}

    def _is_held_elsewhere(self, body: dict[str, Any]) -> bool:
        return False

    def _push(self, event: dict[str, Any]) -> None:
        if "execution_id" not in event:
            super()._push(event)
        for peer in self._streams:
            bare = event["order"] | {"legs": None, "status": "at_the_moon"}
            self._say(peer, "trade_updates", event | {"order": bare, "execution_id": "another"})


def test_what_is_otherwise_than_assumed_is_said(folder: Path) -> None:
    with lifelike(Contrary) as facade:
        findings = visited(facade, folder)
        assert {order.status for order in facade.orders.values()} == {"canceled", "filled"}
    assert those(findings, Verdict.OTHERWISE) == [
        "clock", "rate headers", "look-ups", "open orders", "used id (40010001)",
        "answers behind", "too late (42210000)", "legs on events", "averages", "execution ids",
        "held contracts (40310000)",
    ]  # fmt: skip
    report = findings.report()
    assert "| settled, OTHERWISE | by its id with legs, by our id not at all |" in report
    assert "second order of one id: 204" in report


class Stubborn(LifelikeAlpaca):
    """It says that it cancels, and does not; its statuses are its own; nothing is sold."""

    def _delete(self, order: Any, now_s: float) -> Told:
        return (204, None) if order.status == "new" else super()._delete(order, now_s)

    def answer(self, method: str, path: str, query: dict[str, str], body: Any) -> Told:
        if method == "POST" and body["limit_price"].startswith("-"):
            return 403, {"code": 40310000, "message": "not today"}
        status, told = super().answer(method, path, query, body)
        if "/v2/orders/" in path and told and told["status"] == "new":
            told = told | {"status": "at_the_moon"}
        return status, told


def test_what_may_still_work_or_be_held_is_said_first(folder: Path) -> None:
    with lifelike(Stubborn) as facade:
        findings = visited(facade, folder, replace(QUICK, event_s=0.3, cancel_s=0.3, settle_s=0.3))
        (working,) = [n for n, order in facade.orders.items() if order.status == "new"]
        held = facade.matching.positions()
    assert sorted(row.quantity for row in held) == [-2, 2]
    head = findings.report().partition("| point")[0]
    assert f"- CANCEL IT BY HAND: order {working} may work on" in head
    assert "- CLOSE IT BY HAND: 2 of SPY261127C" in head
    assert {"cancel", "status words", "positions"} <= set(those(findings, Verdict.OTHERWISE))


@pytest.mark.parametrize(
    ("level", "at_night", "why"),
    [(2, False, "may not trade spreads (level 2)"), (3, True, "the market is closed")],
)
def test_no_order_is_sent_where_none_may_be(
    level: int, at_night: bool, why: str, folder: Path
) -> None:
    with lifelike() as facade:
        facade.trading_level = level
        facade.clock._shift_s += at_night * 12 * 3_600
        findings = visited(facade, folder)
        assert facade.posts == []
    for point in ("new order", "fills", "events"):
        verdict, text = findings.verdict(point)
        assert verdict is Verdict.OPEN and why in text


def test_a_step_that_cannot_be_taken_leaves_its_point_open_and_no_other(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with lifelike() as facade:
        answer = facade.answer
        monkeypatch.setattr(
            facade,
            "answer",
            lambda method, path, *more: (
                (500, None) if path == "/v2/clock" else answer(method, path, *more)
            ),
        )
        facade.trading_level = 2
        findings = visited(facade, folder)
    verdict, text = findings.verdict("clock")
    assert (verdict, text) == (Verdict.OPEN, "the step ended with RuntimeError: GET /v2/clock: 500")
    assert {"feed", "chain", "page tokens"} <= set(those(findings, Verdict.AS_ASSUMED))


def test_no_other_host_and_no_other_account_than_of_paper_is_visited(folder: Path) -> None:
    for hosts in (
        HOSTS["LIVE"],
        HOSTS["PAPER"]._replace(trading="https://paper-api.alpaca.example"),
    ):
        with pytest.raises(NotPaperError, match="not where paper accounts are"):
            PaperVisit(hosts, keys(), SystemClock(), folder)
    with alpaca(SimulationSettings(seed=7, symbols=("SPY",)), live=True) as facade:
        visit = PaperVisit(facade.hosts, keys(LIVE_KEY, LIVE_SECRET), facade.clock, folder, QUICK)
        with pytest.raises(NotPaperError, match=r"account …9377 is not one of paper"):
            visit.run()
        assert facade.calls == ["GET /v2/account"]


def test_answers_that_lag_behind_are_measured_against_what_the_gateway_assumes() -> None:
    clock, findings = WaitingClock(), Findings()

    def knows_after(seconds: float) -> Callable[[], bool]:
        began_s = clock.now_s()
        return lambda: clock.now_s() - began_s >= seconds

    ways = {"at once": knows_after(0.0), "late": knows_after(1.3)}
    Lags(clock, findings).after("an order's answer", ways)
    assert findings.verdict(POINT) == (
        Verdict.AS_ASSUMED, "after an order's answer: at once 0.0 s, late 1.4 s",
    )  # fmt: skip
    Lags(clock, findings).after("its end", {"late": knows_after(2.0), "never": lambda: False})
    verdict, text = findings.verdict(POINT)
    assert verdict is Verdict.OTHERWISE
    assert text.endswith("after its end: late 2.0 s, never not in 10 s")
