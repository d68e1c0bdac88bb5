"""Whose account the options of a command name: real money is named by the file alone."""

from __future__ import annotations

import click
import pytest

from engine.config import DeskConfig
from tui.cli.gateway import on_account
from tui.cli.main import main

LIVE = DeskConfig.model_validate({"mode": "LIVE", "broker": {"name": "alpaca"}})


@pytest.mark.parametrize("mode", ["SIM", "PAPER"])
def test_real_money_is_never_named_by_an_option(mode: str) -> None:
    config = LIVE.changed(mode=mode)
    with pytest.raises(click.UsageError, match="LIVE is taken from the settings file alone"):
        on_account(config, "alpaca", paper=False, live=True)


def test_the_file_names_real_money_and_an_option_only_says_so_again() -> None:
    for live in (True, False):
        found = on_account(LIVE, None, paper=False, live=live)
        assert (found.mode, found.broker.name, found.account) == ("LIVE", "alpaca", "main")


def test_an_option_takes_paper_where_the_file_names_real_money() -> None:
    assert on_account(LIVE, "alpaca", paper=True).mode == "PAPER"
    with pytest.raises(click.UsageError, match="two accounts"):
        on_account(LIVE, "alpaca", paper=True, live=True)


@pytest.mark.parametrize(
    "words",
    [
        ["arm", "--debit-limit", "nan"],
        ["exchange", "--speed", "nan"],
        ["watch", "--every", "NaN"],
        ["replay", "session", "--quote-location", "nan"],
    ],
)
def test_no_number_is_no_number_in_any_range(
    words: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit of debits was armed with it, and an exchange ran at no speed."""
    assert main(words) == 2
    assert "is not a number" in capsys.readouterr().err
