"""What settings must say before real money is traded: each reason, and all of them at once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from engine.config import ConfigError, DeskConfig, load_config, real_money_refusals

SOUND = {"name": "alpaca", "feed": "opra", "account_number": "847CANARY9377"}


def refusals(mode: str = "LIVE", **broker: Any) -> list[str]:
    settings = {"mode": mode, "broker": {**SOUND, **broker}}
    return real_money_refusals(DeskConfig.model_validate(settings))


def test_an_account_its_number_and_a_live_feed_are_enough() -> None:
    assert refusals() == []


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_the_other_modes_ask_for_none_of_it(mode: str) -> None:
    assert refusals(mode, feed="indicative", account_number="") == []


@pytest.mark.parametrize(
    ("broker", "says"),
    [
        ({"account_number": ""}, ["needs broker.account_number"]),
        ({"account_number": "PA3CANARY4821"}, ["begins with PA"]),
        ({"feed": "indicative"}, ['needs broker.feed = "opra"']),
        (
            {"feed": "indicative", "account_number": ""},
            ["needs broker.account_number", 'needs broker.feed = "opra"'],
        ),
        ({"name": "simulated"}, ["none is built in for simulated"]),
        ({"name": ""}, ["none is built in for no broker"]),
    ],
)
def test_each_reason_is_told_and_all_of_them_at_once(
    broker: dict[str, Any], says: list[str]
) -> None:
    told = refusals(**broker)
    assert len(told) == len(says)
    for sentence, part in zip(told, says, strict=True):
        assert part in sentence and "CANARY" not in sentence


def test_a_clock_that_may_be_farther_off_than_a_second_is_refused() -> None:
    settings = {"mode": "LIVE", "broker": SOUND, "limits": {"max_clock_skew_s": 1.5}}
    (told,) = real_money_refusals(DeskConfig.model_validate(settings))
    assert "limits.max_clock_skew_s of at most 1 s" in told


def test_the_mode_live_is_never_taken_from_the_environment(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[broker]\nname = "alpaca"\nfeed = "opra"\naccount_number = "847X9377"\n')
    for text in ("LIVE", "live", '"LIVE"'):
        with pytest.raises(ConfigError, match="LIVE is taken from a file alone"):
            load_config(path, {"LEGDESK_MODE": text})
    path.write_text('mode = "LIVE"\n' + path.read_text())
    assert load_config(path, {}).mode == "LIVE"


@pytest.mark.parametrize(
    "variables",
    [
        {"LEGDESK_BROKER__ACCOUNT_NUMBER": "847CANARY9377"},
        {"LEGDESK_BROKER__FEED": "opra"},
        {"LEGDESK_BROKER__FIRST_DAY_CONTRACTS": "10"},
        {"LEGDESK_BROKER": '{feed = "opra"}'},
        {"LEGDESK_LIMITS__MAX_CLOCK_SKEW_S": "1.0"},
        {"LEGDESK_ACCOUNT": "other"},
        {"LEGDESK_account": "other", "LEGDESK_broker__feed": "opra"},
    ],
)
def test_whose_money_it_is_and_how_much_is_never_taken_from_the_environment(
    tmp_path: Path, variables: dict[str, str]
) -> None:
    path = tmp_path / "c.toml"
    path.write_text('mode = "LIVE"\n[broker]\nname = "alpaca"\n')
    with pytest.raises(ConfigError, match="taken from the file alone") as told:
        load_config(path, variables)
    assert all(name in str(told.value) for name in variables) and "CANARY" not in str(told.value)
    kept = {"LEGDESK_BROKER__KEY": "k", "LEGDESK_TIMING__CANCEL_AFTER_SECONDS": "1.5"}
    assert load_config(path, kept).timing.cancel_after_seconds == 1.5
    assert load_config(path, {**variables, "LEGDESK_MODE": "PAPER"}).mode == "PAPER"
