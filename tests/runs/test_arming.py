"""Arming a live desk without a screen: a file that names the account, soon old, used once."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from engine.config import REAL_MONEY, ConfigError, DeskConfig
from engine.runs.arming import FILE, VALID_S, arm, take_armed
from tui.cli.arm import arm as command

NOW_S = 1_796_000_000.0


def live(home: Path, **broker: object) -> DeskConfig:
    given = {"name": "alpaca", "feed": "opra", "account_number": "8473X4821", **broker}
    return DeskConfig.model_validate(
        {"mode": "LIVE", "account": "main", "broker": given, "state_dir": home}
    )


def test_what_is_armed_is_owner_only_and_good_for_one_start(tmp_path: Path) -> None:
    config = live(tmp_path)
    path = arm(config, 5_000.0, NOW_S)
    assert path == tmp_path / "live" / FILE and stat.S_IMODE(path.stat().st_mode) == 0o600
    armed = take_armed(config, NOW_S + VALID_S)
    assert (armed.account, armed.tail, armed.debit_limit_usd) == ("main", "4821", 5_000.0)
    assert not path.exists()
    with pytest.raises(ConfigError, match="legdesk arm"):
        take_armed(config, NOW_S + 1)


@pytest.mark.parametrize("after_s", [-1.0, VALID_S + 1])
def test_what_was_armed_too_long_ago_or_in_the_future_arms_nothing(
    tmp_path: Path, after_s: float
) -> None:
    path = arm(live(tmp_path), 5_000.0, NOW_S)
    with pytest.raises(ConfigError, match="ten minutes"):
        take_armed(live(tmp_path), NOW_S + after_s)
    assert not path.exists(), "it is used up all the same"


def test_another_account_is_not_armed(tmp_path: Path) -> None:
    arm(live(tmp_path), 5_000.0, NOW_S)
    with pytest.raises(ConfigError, match="another account was armed, main …4821"):
        take_armed(live(tmp_path, account_number="8473X4822"), NOW_S)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"account": 1}', "x" * 99, "[" * 9_000])
def test_a_file_of_something_else_arms_nothing(tmp_path: Path, text: str) -> None:
    path = arm(live(tmp_path), 5_000.0, NOW_S)
    path.write_text(text)
    with pytest.raises(ConfigError):
        take_armed(live(tmp_path), NOW_S)


def test_a_file_that_others_could_have_written_arms_nothing(tmp_path: Path) -> None:
    path = arm(live(tmp_path), 5_000.0, NOW_S)
    path.chmod(0o640)
    with pytest.raises(ConfigError, match="by others"):
        take_armed(live(tmp_path), NOW_S)


def test_a_link_to_a_file_arms_nothing(tmp_path: Path) -> None:
    path = arm(live(tmp_path), 5_000.0, NOW_S)
    other = tmp_path / "other"
    os.replace(path, other)
    path.symlink_to(other)
    with pytest.raises(ConfigError, match="legdesk arm"):
        take_armed(live(tmp_path), NOW_S)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("LEGDESK_"):
            monkeypatch.delenv(name)
    path = tmp_path / "desk.toml"
    path.write_text(
        f'mode = "LIVE"\naccount = "main"\nstate_dir = "{tmp_path}"\n'
        '[broker]\nname = "alpaca"\nfeed = "opra"\naccount_number = "8473X4821"\n'
    )
    return path


def test_the_command_wants_the_last_characters_typed(settings: Path, tmp_path: Path) -> None:
    words = ["--debit-limit", "5000", "--config", str(settings)]
    wrong = CliRunner().invoke(command, words, input="4822\n", standalone_mode=False)
    assert "nothing is armed" in wrong.output and not (tmp_path / "live" / FILE).exists()
    right = CliRunner().invoke(command, words, input="4821\n", standalone_mode=False)
    assert "armed: main ...4821, debits of at most 5,000.00 $ today" in right.output
    assert (tmp_path / "live" / FILE).exists()


def test_only_a_live_account_of_the_file_is_armed(tmp_path: Path) -> None:
    paper = live(tmp_path).changed(mode="PAPER")
    with pytest.raises(ConfigError, match="mode is PAPER"):
        arm(paper, 1.0, NOW_S)
    with pytest.raises(ConfigError, match="account_number") as refused:
        arm(live(tmp_path, account_number="", feed="indicative"), 1.0, NOW_S)
    assert "broker.feed" in str(refused.value), "every reason is told at once"
    with pytest.raises(ConfigError, match="none is built in for simulated"):
        arm(live(tmp_path, name="simulated"), 1.0, NOW_S)


def test_an_account_that_the_file_does_not_name_is_armed_as_the_desk_calls_it(
    settings: Path, tmp_path: Path
) -> None:
    settings.write_text(settings.read_text().replace('account = "main"\n', ""))
    words = ["--debit-limit", "5000", "--config", str(settings)]
    CliRunner().invoke(command, words, input="4821\n", standalone_mode=False)
    assert take_armed(live(tmp_path), time.time()).account == "main"


def test_whoever_arms_is_told_what_nobody_has_shown(settings: Path) -> None:
    words = ["--debit-limit", "5000", "--config", str(settings)]
    said = CliRunner().invoke(command, words, input="4821\n", standalone_mode=False).output
    assert REAL_MONEY in said
