"""A gateway of real money: whose keys it takes, what it refuses, what it tells of feed and keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.brokers.alpaca.hosts import HOSTS
from engine.brokers.http.secrets import Entry, store_credentials
from engine.brokers.protocol import NotSentError
from engine.config import REAL_MONEY, ConfigError
from engine.desk.live import live_session
from engine.desk.plan import DeskPlan
from engine.gateway.process import is_there
from engine.orders.types import ReportKind
from engine.run_folder.paths import state_root

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from engine.gateway.login import log_in
from tests.support.alpaca_facade import (
    KEY,
    LIVE_KEY,
    LIVE_SECRET,
    NUMBER,
    SECRET,
    AlpacaFacade,
)
from tests.support.alpaca_gateway import (
    Desk,
    desk_on,
    keys_in_environment,
    live_settings,
    opened,
    paper_settings,
    serving,
    until,
)

K = ReportKind


def troubles(desk: Desk) -> list[str]:
    health = desk.broker.health
    return [] if health is None else [f"{each.kind} {each.text}" for each in health[0].troubles]


def test_the_hosts_of_real_money_are_alpacas_own_and_not_those_of_paper() -> None:
    paper, live = HOSTS["PAPER"], HOSTS["LIVE"]
    assert live == (
        "https://api.alpaca.markets",
        "https://data.alpaca.markets",
        "wss://api.alpaca.markets/stream",
    )
    assert paper.trading == "https://paper-api.alpaca.markets"
    assert paper.stream != live.stream


def test_an_order_of_real_money_executes(live_facade: AlpacaFacade, folder: Path) -> None:
    with serving(live_facade, live_settings(folder)) as gateway, desk_on(gateway) as desk:
        facts = desk.account.facts
        assert (facts.broker, facts.mode, facts.account_tail) == ("alpaca", "LIVE", "9377")
        assert (facts.feed, facts.feed_quality) == ("opra", "live")
        assert gateway.path.parent == folder / "live" / "gateway" / "alpaca-main"
        desk.submit(desk.order("LTEST01-1", 95))
        until(lambda: K.FILL in desk.kinds("LTEST01-1"), "it never executed")
        assert desk.broker.ledger.cash_c == live_facade.ledger.cash_c


@pytest.mark.parametrize(
    ("change", "keys", "says"),
    [
        ({"account_number": ""}, None, r"needs broker\.account_number"),
        ({"account_number": NUMBER}, None, "begins with PA"),
        ({"feed": "indicative"}, None, r'needs broker\.feed = "opra"'),
        ({"account_number": "847000009999"}, None, r"are of account …9377.*names …9999"),
        ({}, (KEY, SECRET), r"for LIVE \(401\): by its first letters the key is one for PAPER"),
        ({}, (LIVE_KEY, "wrong"), r"for LIVE \(401\); make new ones"),
    ],
)
def test_what_is_no_gateway_of_real_money_is_refused_with_a_sentence(
    change: dict[str, object], keys: tuple[str, str] | None, says: str,
    live_facade: AlpacaFacade, folder: Path,
) -> None:  # fmt: skip
    environment = keys_in_environment(*(keys or live_facade.keys))
    with pytest.raises(ConfigError, match=says) as refused:
        opened(live_facade, live_settings(folder, **change), environment=environment)
    assert "CANARY" not in str(refused.value) and "canary" not in str(refused.value)


def test_every_reason_of_the_settings_is_told_at_once(
    live_facade: AlpacaFacade, folder: Path
) -> None:
    with pytest.raises(ConfigError) as refused:
        opened(live_facade, live_settings(folder, account_number="", feed="indicative"))
    assert len(str(refused.value).splitlines()) == 2
    assert live_facade.calls == [], "and the broker is not asked"


def test_keys_of_real_money_are_refused_on_paper_with_a_sentence(
    facade: AlpacaFacade, folder: Path
) -> None:
    environment = keys_in_environment(LIVE_KEY, LIVE_SECRET)
    with pytest.raises(ConfigError, match=r"for PAPER \(401\): .* the key is one for LIVE"):
        opened(facade, paper_settings(folder), environment=environment)


def test_a_paper_account_behind_the_host_of_real_money_is_refused(
    live_facade: AlpacaFacade, folder: Path
) -> None:
    live_facade._number = NUMBER
    with pytest.raises(ConfigError, match="of the paper account …4821, and the mode is LIVE"):
        opened(live_facade, live_settings(folder))


class Ring:
    """A keyring that remembers which entries were asked for."""

    def __init__(self) -> None:
        self.kept: dict[str, str] = {}
        self.asked: list[str] = []

    def get_password(self, service_name: str, username: str) -> str | None:
        self.asked.append(username)
        return self.kept.get(username)

    def set_password(self, service_name: str, username: str, password: str) -> None:
        self.kept[username] = password

    def delete_password(self, service_name: str, username: str) -> None:
        del self.kept[username]


@pytest.mark.parametrize("ring", [True, False])
@pytest.mark.parametrize(("mode", "other"), [("LIVE", "PAPER"), ("PAPER", "LIVE")])
def test_a_gateway_never_reads_the_keys_of_the_other_mode(
    ring: bool, mode: str, other: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keyring = Ring() if ring else None
    values = {"key": LIVE_KEY, "secret": LIVE_SECRET}
    entry, root = Entry("alpaca", other, "main"), state_root(folder, other)
    store_credentials(entry, values, root, keyring)  # which reads back what it has stored
    if keyring is not None:
        keyring.asked.clear()
    config = live_settings(folder) if mode == "LIVE" else paper_settings(folder)

    def none_is_asked(*given: object) -> None:
        raise AssertionError("the broker was asked with keys of the other mode")

    monkeypatch.setattr("engine.gateway.starting._put_together", none_is_asked)
    from engine.gateway.starting import open_gateway

    with pytest.raises(ConfigError, match=f"no keys of alpaca/{mode.lower()}/main"):
        open_gateway(config, environment={}, keyring=lambda: keyring)
    if keyring is not None:
        assert keyring.asked == [f"alpaca/{mode.lower()}/main"]


def test_a_login_of_real_money_keeps_its_keys_by_themselves_and_says_what_nobody_has_shown(
    live_facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(HOSTS, "LIVE", live_facade.hosts)
    ring = Ring()
    found = log_in(live_settings(folder, account_number=""), LIVE_KEY, LIVE_SECRET, lambda: ring)
    assert list(ring.kept) == ["alpaca/live/main"]
    assert found.sentences()[0].startswith("account …9377")
    assert found.sentences()[-1] == REAL_MONEY
    with pytest.raises(ConfigError, match="the key is one for PAPER"):
        log_in(live_settings(folder), KEY, SECRET, lambda: ring)
    with pytest.raises(ConfigError, match=r"are of account …9377.*names …9999"):
        log_in(
            live_settings(folder, account_number="8470009999"), LIVE_KEY, LIVE_SECRET, lambda: ring
        )


def test_an_account_that_may_not_ask_the_live_feed_is_told_at_once_and_when_it_may_again(
    live_facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("engine.gateway.running.HEARTBEAT_S", 0.1)
    live_facade.feeds = {"indicative"}
    with serving(live_facade, live_settings(folder)) as gateway, desk_on(gateway) as desk:
        assert desk.account.facts.feed_quality == "refused"
        live_facade.feeds = {"indicative", "opra"}  # a desk asks for no quotes until it is live
        until(lambda: desk.broker.health and desk.broker.health[0].feed_quality == "live")
        assert desk.broker.health is not None and desk.broker.health[0].data_up
        live_facade.feeds = {"indicative"}
        until(lambda: not _told(desk))
        assert desk.market.underlying("SPY", 0.0), "prices of shares say nothing of the feed"
        until(lambda: desk.broker.health and desk.broker.health[0].feed_quality == "refused")


def _told(desk: Desk) -> bool:
    """Whether the gateway gives quotes of a chain now."""
    try:
        return desk.market.chain("SPY", desk.expiration, 0.0) is not None
    except ConnectionError:
        return False


def test_a_gateway_on_modified_quotes_is_no_gateway_of_a_live_desk(
    live_facade: AlpacaFacade, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = live_settings(folder, symbols=["SPY"], expirations_per_symbol=2)
    with monkeypatch.context() as patch:
        patch.setattr("engine.gateway.starting.refuse_real_money", lambda config: None)
        serves = serving(live_facade, live_settings(folder, feed="indicative"))
        with serves as gateway, pytest.raises(ConfigError, match="indicative, which is indicative"):
            live_session(config, DeskPlan(exchange=gateway.path))


def test_keys_that_are_revoked_close_entries_and_lose_nothing(
    live_facade: AlpacaFacade, folder: Path
) -> None:
    with serving(live_facade, live_settings(folder)) as gateway, desk_on(gateway) as desk:
        desk.submit(desk.order("LTEST01-1", 1))
        until(lambda: desk.kinds("LTEST01-1") == [K.ACK])
        later = desk.order("LTEST01-2", 1)  # by quotes of while the keys are good
        keys, live_facade.keys = live_facade.keys, ("revoked", "revoked")
        with pytest.raises(NotSentError, match=r"does not accept our keys \(401\)"):
            desk.submit(later)
        until(lambda: any(each.startswith("KEYS_REFUSED ") for each in troubles(desk)))
        (told,) = troubles(desk)
        assert "`legdesk login alpaca --live`" in told and "within 30 s" in told
        assert desk.broker.health is not None and not desk.broker.health[0].orders_up
        with live_facade.lock:
            live_facade.matching.cancel("LTEST01-1", live_facade.clock.epoch_s())
        live_facade.keys = keys
        until(lambda: desk.kinds("LTEST01-1") == [K.ACK, K.CANCELED], "its end is lost")
        until(lambda: troubles(desk) == [], "it stands though the keys are taken again")
        assert [body["client_order_id"] for body in live_facade.posts] == ["LTEST01-1"]
    log = (folder / "live" / "gateway" / "alpaca-main" / "gateway.log").read_text()
    assert log.count("KEYS_REFUSED") == 1


def test_one_that_only_cancels_starts_whatever_the_settings_have_become(
    live_facade: AlpacaFacade, folder: Path
) -> None:
    config = live_settings(folder, account_number="", feed="indicative")
    opened(live_facade, config, cancel_only=True)._undo.close()
    assert not is_there(folder / "live" / "gateway" / "alpaca-main")
