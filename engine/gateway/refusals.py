"""For which settings there is no gateway, and why."""

from __future__ import annotations

from engine.brokers.alpaca.hosts import HOSTS
from engine.config import ConfigError, DeskConfig, real_money_refusals


def refuse_mode(config: DeskConfig) -> None:
    """Say why there is no gateway for these settings, where that is so.

    Raises:
        ConfigError: with the reason and the remedy.
    """
    if config.broker.name != "alpaca":
        raise ConfigError('a gateway needs a broker: write name = "alpaca" under [broker]')
    if config.mode not in HOSTS:
        raise ConfigError(
            'a gateway holds an account at a broker; write mode = "PAPER" or "LIVE" in the '
            "settings, or add --paper"
        )


def refuse_real_money(config: DeskConfig) -> None:
    """Say every reason for which these settings trade no real money, where they would.

    Raises:
        ConfigError: with a line for each.
    """
    if refusals := real_money_refusals(config):
        raise ConfigError("\n".join(refusals))
