"""Keeps an account's keys once the broker has accepted them, and forgets them."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from engine.brokers.alpaca.hosts import HOSTS
from engine.brokers.http.network import MissingPackageError
from engine.brokers.http.secrets import (
    Keyring,
    SecretsError,
    entered,
    forget_credentials,
    store_credentials,
    system_keyring,
)
from engine.brokers.protocol import AccountState
from engine.config import REAL_MONEY, ConfigError, DeskConfig
from engine.gateway.alpaca import AlpacaConnection, wires_through
from engine.gateway.books import AccountBooks
from engine.gateway.keys import account_number, entry_of
from engine.gateway.new_keys import READ_EVERY_S
from engine.gateway.refusals import refuse_mode
from engine.market.clock import SystemClock
from engine.run_folder.paths import state_root


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """What a login found.

    Args:
        account: as the broker tells it.
        place: where the keys are kept now.
        real_money: whether it is a live account.
    """

    account: AccountState
    place: str
    real_money: bool = False

    def sentences(self) -> list[str]:
        """For people: the account, and what it lacks."""
        told = self.account
        power = "unknown" if told.buying_power_c is None else f"{told.buying_power_c / 100:,.2f}"
        level = "unknown" if told.option_level is None else str(told.option_level)
        lines = [
            f"account …{told.tail}, option level {level}, buying power {power} {told.currency}",
            f"the keys are kept in {self.place}; a gateway that runs takes them within "
            f"{READ_EVERY_S:.0f} s once the broker refuses its own",
        ]
        lines += [f"no order is taken: {flag}" for flag in told.blocked]
        if self.real_money:
            lines.append(REAL_MONEY)
        return lines


def log_in(
    config: DeskConfig,
    key: str,
    secret: str,
    keyring: Callable[[], Keyring | None] = system_keyring,
) -> LoggedIn:
    """Try keys on the account, and keep them where the broker accepts them.

    Args:
        config: mode, broker and account.
        key, secret: what was entered.
        keyring: the machine's.

    Raises:
        ConfigError: the keys cannot be used, or cannot be kept.
    """
    refuse_mode(config)
    try:
        keys, clock = entered({"key": key, "secret": secret}), SystemClock()
        connection = AlpacaConnection(
            HOSTS[config.mode],
            keys,
            config.broker.feed,
            config.broker.max_calls_per_min,
            clock,
            random.Random(),
            wires_through(config.broker.proxy, clock),
        )
        try:
            account_number(config, connection)
            books = AccountBooks(
                connection.dialect, connection.orders.send, clock, lambda kind, text: None
            )
            account = books.ask_account()
        finally:
            connection.close()
        if account is None:
            raise ConfigError(f"{config.broker.name} does not tell the account; try again")
        root = state_root(config.state_dir, config.mode)
        values = {"key": key, "secret": secret}
        place = store_credentials(entry_of(config), values, root, keyring())
        return LoggedIn(account, place, config.mode == "LIVE")
    except (SecretsError, MissingPackageError) as error:
        raise ConfigError(str(error)) from None


def log_out(
    config: DeskConfig, keyring: Callable[[], Keyring | None] = system_keyring
) -> tuple[str, ...]:
    """Forget an account's keys; return where they were.

    Raises:
        ConfigError: they cannot be forgotten.
    """
    root = state_root(config.state_dir, config.mode)
    try:
        return forget_credentials(entry_of(config), root, keyring())
    except SecretsError as error:
        raise ConfigError(str(error)) from None
