"""The settings that a desk keeps for its gateway: read back whole, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.config import ConfigError, DeskConfig
from engine.config.broker import fingerprint_of
from engine.gateway.kept_settings import FILE, NEEDED, keep, read_kept
from engine.run_folder.lock import StateLock

pytest.importorskip("httpx2", reason="httpx2 is not installed (the extra `alpaca`)")
from tests.support.alpaca_facade import LIVE_NUMBER
from tests.support.alpaca_gateway import live_settings, opened
from tui.cli.main import main

FEES = {"default": {"commission_c": 1, "exchange_c": 2}, "SPXW": {"commission_c": 3}}


def settings(folder: Path) -> DeskConfig:
    broker = live_settings(folder, max_calls_per_min=99, proxy="http://proxy:3128").broker
    return live_settings(folder).changed(
        broker=broker, fees=FEES, theme="light", limits={"max_clock_skew_s": 0.5}
    )


def test_they_are_its_owners_alone_and_read_back_as_they_were(folder: Path) -> None:
    config = settings(folder)
    path = keep(config)
    assert path == folder / "live" / "gateway" / "alpaca-main" / FILE
    assert path.stat().st_mode & 0o777 == 0o600
    found = read_kept(path)
    for name in ("mode", "account", "state_dir", "fees"):
        assert getattr(found, name) == getattr(config, name), name
    number = config.broker.account_number
    assert number not in path.read_text()
    assert found.broker.account_number == fingerprint_of(number)
    assert found.broker.changed(account_number=number) == config.broker
    assert found.limits.max_clock_skew_s == 0.5
    assert found.theme != config.theme
    keep(config.changed(fees={}))
    assert read_kept(path).fees == {}


def test_those_of_a_desk_that_runs_are_not_replaced_by_one_that_cannot_start_beside_it(
    folder: Path,
) -> None:
    config = settings(folder)
    path = keep(config)
    before = path.read_text()
    run = folder / "live" / "runs" / "main"
    run.mkdir(parents=True)
    with StateLock(run):
        assert keep(config.changed(fees={})) == path
        assert path.read_text() == before
        path.unlink()
        assert keep(config) == path, "it has none"
        assert path.read_text() == before
    keep(config.changed(fees={}))
    assert path.read_text() != before


def _without(*keys: str) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        for key in keys[:-1]:
            told = told[key]
        del told[keys[-1]]

    return change


def _with(value: Any, *keys: str) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        for key in keys[:-1]:
            told = told[key]
        told[keys[-1]] = value

    return change


@pytest.mark.parametrize(
    "change",
    [
        _without("broker", "account_number"),
        _without("fees"),
        _with("LIVE!", "mode"),
        _with("PAPER", "mode"),
        _with("other", "account"),
        _with("99", "broker", "max_calls_per_min"),
        _with(True, "broker", "first_day_contracts"),
        _with("x", "broker", "key"),
        _with("dark-grey", "theme"),
        _with({}, "limits"),
        lambda told: told.clear(),
    ],
)
def test_what_is_not_as_it_was_kept_is_refused(
    change: Callable[[dict[str, Any]], None], folder: Path
) -> None:
    path = keep(settings(folder))
    told = json.loads(path.read_text())
    change(told)
    path.write_text(json.dumps(told))
    with pytest.raises(ConfigError, match="start the desk again"):
        read_kept(path)


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "\0", "[" * 100_000, "NaN"])
def test_what_is_no_settings_at_all_is_refused(text: str, folder: Path) -> None:
    path = keep(settings(folder))
    path.write_text(text)
    with pytest.raises(ConfigError, match="start the desk again"):
        read_kept(path)


def test_a_file_that_others_may_change_or_that_is_gone_is_refused(folder: Path) -> None:
    path = keep(settings(folder))
    path.chmod(0o620)
    with pytest.raises(ConfigError, match="its owner's alone"):
        read_kept(path)
    path.unlink()
    with pytest.raises(ConfigError, match="cannot be read"):
        read_kept(path)


def test_a_gateway_takes_the_account_of_the_kept_settings_and_no_other(
    live_facade: Any, folder: Path
) -> None:
    for number, taken in ((LIVE_NUMBER, True), ("847OTHER0001", False)):
        path = keep(live_settings(folder, account_number=number))
        if taken:
            gateway = opened(live_facade, read_kept(path))
            gateway.stop()
            gateway.serve()
        else:
            with pytest.raises(ConfigError, match=r"broker\.account_number names"):
                opened(live_facade, read_kept(path))


def test_everything_that_a_gateway_reads_of_the_settings_is_kept(
    live_facade: Any, folder: Path
) -> None:
    read: set[str] = set()

    class Watched(DeskConfig):
        """Settings that note which of them are read."""

        def __getattribute__(self, name: str) -> Any:
            if name in DeskConfig.model_fields:
                read.add(name)
            return super().__getattribute__(name)

    config = Watched.model_validate(live_settings(folder).model_dump())
    read.clear()
    gateway = opened(live_facade, config)
    gateway.stop()
    gateway.serve()
    assert {"broker", "fees", "limits"} <= read <= NEEDED.keys()


def test_options_that_name_another_account_than_the_file_are_refused(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = keep(settings(folder))
    assert main(["gateway", "alpaca", "--paper", "--kept", str(path)]) == 2
    assert "another account" in capsys.readouterr().err


def test_a_file_that_names_a_folder_of_before_is_not_used(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = keep(settings(folder))
    path.write_text(path.read_text().replace(str(folder), "/proc/moved"))
    with pytest.raises(ConfigError, match="start the desk again"):
        read_kept(path)
    mistaken = folder / "c.toml"
    mistaken.write_text("mode = ")
    files = ["--kept", str(path), "--config", str(mistaken)]
    assert main(["gateway", "alpaca", "--live", "--cancel-only", *files]) == 2
    assert "the settings of now are used" in capsys.readouterr().err


def test_a_damaged_file_starts_no_gateway_that_takes_orders_and_says_what_to_do(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = keep(settings(folder))
    path.write_text("{")
    assert main(["gateway", "alpaca", "--live", "--kept", str(path)]) == 2
    assert "start the desk again" in capsys.readouterr().err
    mistaken = folder / "c.toml"
    mistaken.write_text("mode = ")
    files = ["--kept", str(path), "--config", str(mistaken)]
    assert main(["gateway", "alpaca", "--live", "--cancel-only", *files]) == 2
    err = capsys.readouterr().err
    assert "the settings of now are used" in err and "c.toml: not valid TOML" in err
