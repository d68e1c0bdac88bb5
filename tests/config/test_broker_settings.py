"""Whose account it is, what it charges, and that LIVE is written down by a person."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.config import ConfigError, DeskConfig, refuse_simulated_chains, refuse_stock_symbols
from engine.config.loading import load_config
from engine.market.fees import FeeSchedule, schedule_of


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(text)
    return path


def test_live_is_taken_from_the_file_alone(tmp_path: Path) -> None:
    assert load_config(written(tmp_path, 'mode = "LIVE"'), {}).mode == "LIVE"
    assert load_config(None, {"LEGDESK_MODE": "PAPER"}).mode == "PAPER"
    with pytest.raises(ConfigError, match="LIVE is taken from a file alone"):
        load_config(None, {"LEGDESK_MODE": "LIVE"})
    with pytest.raises(ConfigError, match="LIVE is taken from a file alone"):
        load_config(written(tmp_path, 'mode = "LIVE"'), {"LEGDESK_MODE": "live"})


def test_fees_are_told_by_root_and_the_rest_by_default(tmp_path: Path) -> None:
    text = "[fees.default]\ncommission_c = 0\nexchange_c = 3\n[fees.spx]\ncommission_c = 65\nexchange_c = 60\n"
    fees = schedule_of(load_config(written(tmp_path, text), {}).fees)
    assert (fees.leg_c("AAPL"), fees.leg_c("SPX"), fees.leg_c("SPXW")) == (3, 125, FeeSchedule(
        fees.default, fees.by_root).leg_c("SPXW"))  # fmt: skip
    assert schedule_of(DeskConfig().fees) == FeeSchedule()


def test_a_brokers_keys_in_the_environment_are_no_settings(tmp_path: Path) -> None:
    keys = {f"LEGDESK_BROKER__{name}": "canary-5512" for name in ("KEY", "SECRET", "TOKEN")}
    config = load_config(written(tmp_path, "[broker]\nname = 'simulated'"), keys)
    assert "canary" not in repr(config)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[fees.spy]\ncommission_c = -1", "greater than or equal to 0"),
        ("[fees.spy]\n[fees.SPY]", "named twice"),
        ("[fees.spy]\ncomission_c = 1", "unknown key"),
        ("[broker]\nname = 'alpacca'", "broker.name"),
        ("[broker]\naccount_number = 'PA 3'", "does not end an account's number"),
        ("[broker]\nproxy = 'proxy:3128'", "that is no proxy; write http://host:port"),
        ("[broker]\nproxy = 'socks5://proxy:1080'", "that is no proxy"),
    ],
)
def test_settings_that_make_no_sense_are_named(text: str, says: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=says):
        load_config(written(tmp_path, text), {})


def test_a_proxy_s_name_and_password_are_refused_and_not_repeated(tmp_path: Path) -> None:
    text = "[broker]\nproxy = 'http://me:canary@proxy:3128'"
    with pytest.raises(ConfigError, match="without a name and a password") as refused:
        load_config(written(tmp_path, text), {})
    assert "canary" not in str(refused.value)
    good = load_config(written(tmp_path, "[broker]\nproxy = 'http://proxy.corp:3128'"), {})
    assert good.broker.proxy and "proxy" not in good.for_the_journal()["broker"]


@pytest.mark.parametrize("mode", ["PAPER", "LIVE"])
def test_chains_of_an_account_that_are_named_as_simulated_are_told_where_they_are_now(
    mode: str, tmp_path: Path
) -> None:
    text = f'mode = "{mode}"\n[broker]\nname = "alpaca"\n[simulation]\n'
    old = "symbols = ['SPY']\nexpirations_per_symbol = 2\n"
    config = load_config(written(tmp_path, text + old), {})
    with pytest.raises(
        ConfigError, match=r"symbols and broker\.expirations_per_symbol: write them"
    ):
        refuse_simulated_chains(config)
    options = config.broker.changed(symbols=("QQQ",))
    with pytest.raises(ConfigError, match=r"^simulation\.expirations_per_symbol: the chains of a"):
        refuse_simulated_chains(config.changed(broker=options))
    refuse_simulated_chains(config.changed(broker=options.changed(expirations_per_symbol=1)))
    refuse_simulated_chains(config.changed(mode="SIM"))
    refuse_simulated_chains(config.changed(broker=options.changed(name="simulated")))
    new = load_config(written(tmp_path, text.replace("[simulation]\n", "") + old), {})
    assert (new.broker.symbols, new.broker.expirations_per_symbol) == (("SPY",), 2)
    refuse_simulated_chains(new)
    with pytest.raises(ConfigError, match="are the most; name fewer"):
        many = [f"A{number}" for number in range(90)]
        load_config(
            written(tmp_path, f"[broker]\nsymbols = {many}\nexpirations_per_symbol = 60"), {}
        )


def test_a_change_keeps_in_mind_what_somebody_named() -> None:
    config = DeskConfig.model_validate({"broker": {"name": "alpaca"}})
    assert config.changed(mode="PAPER").broker.changed(feed="opra").model_fields_set == {
        "name", "feed"
    }  # fmt: skip


def test_the_number_of_an_account_is_in_no_journal() -> None:
    config = DeskConfig.model_validate({"broker": {"account_number": "PA34567890"}})
    assert "PA34567890" not in str(config.for_the_journal())


def test_a_share_s_symbol_in_place_of_a_root_is_refused_with_the_root(tmp_path: Path) -> None:
    text = 'mode = "PAPER"\n[broker]\nname = "alpaca"\nsymbols = ["SPY", "brk.b", "BF/B"]\n'
    config = load_config(written(tmp_path, text), {})
    with pytest.raises(ConfigError, match=r"write BRKB for BRK\.B, BFB for BF/B$"):
        refuse_stock_symbols(config)
    refuse_stock_symbols(config.changed(mode="SIM"))
    refuse_stock_symbols(config.changed(broker=config.broker.changed(symbols=("BRKB", "SPXW"))))
